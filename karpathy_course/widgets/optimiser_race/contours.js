// Lines of equal height: where a function is below a level, as closed rings, found by marching squares.
const COLUMNS = 160;
const LEVELS = 11;

// The heights over a grid, with a border of infinite height around it, so that every ring closes.
function sampled(height, [x0, x1], [y0, y1], columns, rows) {
  const values = new Float64Array((columns + 3) * (rows + 3)).fill(Infinity);
  for (let j = 0; j <= rows; j++) {
    for (let i = 0; i <= columns; i++) {
      const found = height(x0 + ((x1 - x0) * i) / columns, y0 + ((y1 - y0) * j) / rows);
      if (Number.isFinite(found)) values[(j + 1) * (columns + 3) + i + 1] = found;
    }
  }
  return values;
}

// Levels that share out the area: near a minimum they are dense enough to see its shape, whatever the heights are.
function levels(values) {
  const sorted = values.filter(Number.isFinite).sort();
  return Array.from({ length: LEVELS }, (_, k) => sorted[Math.floor(sorted.length * ((k + 1) / (LEVELS + 1)) ** 1.8)]);
}

// For each of the 16 kinds of square the edges that its lines join; edges: 0 below, 1 right, 2 above, 3 left. What is
// below the level is on the left hand.
const LINES = [
  [],
  [[0, 3]],
  [[1, 0]],
  [[1, 3]],
  [[2, 1]],
  [
    [0, 3],
    [2, 1],
  ],
  [[2, 0]],
  [[2, 3]],
  [[3, 2]],
  [[0, 2]],
  [
    [1, 0],
    [3, 2],
  ],
  [[1, 2]],
  [[3, 1]],
  [[0, 1]],
  [[3, 0]],
  [],
];

// The rings of one level: lists of [column, row] as fractions of the grid.
function rings(values, wide, level) {
  const high = values.length / wide;
  const next = new Map();
  const along = (from, to) => {
    const [a, b] = [values[from], values[to]];
    const share = a === Infinity ? 1 : b === Infinity ? 0 : (level - a) / (b - a);
    const [x, y] = [from % wide, Math.floor(from / wide)];
    return to === from + 1 ? [x + share, y] : [x, y + share];
  };
  for (let j = 0; j < high - 1; j++) {
    for (let i = 0; i < wide - 1; i++) {
      const at = j * wide + i;
      const [a, b, c, d] = [at, at + 1, at + wide + 1, at + wide];
      const kind = (values[a] < level) + 2 * (values[b] < level) + 4 * (values[c] < level) + 8 * (values[d] < level);
      if (kind === 0 || kind === 15) continue;
      const edges = [
        [a, b],
        [b, c],
        [d, c],
        [a, d],
      ];
      for (const [from, to] of LINES[kind]) {
        const [first, second] = [edges[from], edges[to]].map(([p, q]) => 2 * p + (q === p + 1 ? 0 : 1));
        next.set(first, { to: second, point: along(...edges[from]) });
      }
    }
  }
  const found = [];
  while (next.size) {
    const ring = [];
    let [key] = next.keys();
    for (let line = next.get(key); line; line = next.get(key)) {
      next.delete(key);
      ring.push(line.point);
      key = line.to;
    }
    found.push(ring);
  }
  return found;
}

// One path for each level, from the highest to the lowest, in pixels; place: [column share, row share] to pixels.
export function contours(height, x, y, place) {
  const rows = Math.max(2, Math.round((COLUMNS * (y[1] - y[0])) / (x[1] - x[0])));
  const wide = COLUMNS + 3;
  const values = sampled(height, x, y, COLUMNS, rows);
  const written = ([column, row]) =>
    place((column - 1) / COLUMNS, (row - 1) / rows)
      .map((v) => v.toFixed(1))
      .join(" ");
  return levels(values)
    .toReversed()
    .map((level) =>
      rings(values, wide, level)
        .map((ring) => `M${ring.map(written).join("L")}Z`)
        .join(""),
    );
}
