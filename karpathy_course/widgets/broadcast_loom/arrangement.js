// Where the three arrays stand: a to the left of y and b above it, as in a table of sums, so that rows and columns
// meet; one below the other where that would make them too small.
const APART = 46; // between two arrays: room for a caption
const CAPTION = 24;
const EDGE = 4;
const [SMALLEST, LARGEST] = [0.8, 1.25];

// sizes: [width, height] of a, b and y; table: the size in px of what stands in the corner; room: the width in px.
// places: of each array's corner; sign: of the operation's sign, null where it has no place.
export function arrangement([a, b, y], table, room) {
  const right = Math.max(y[0], b[0]) + APART + 2 * EDGE;
  const scale = Math.min(LARGEST, room / (a[0] + right), (room - table[0]) / right);
  if (scale >= SMALLEST) {
    const left = EDGE + Math.max(a[0], table[0] / scale);
    const top = Math.max(CAPTION + b[1], table[1] / scale);
    const places = [
      [left - a[0], top + APART],
      [left + APART, top - b[1]],
      [left + APART, top + APART],
    ];
    const size = [left - EDGE + right, top + APART + Math.max(a[1], y[1]) + EDGE];
    return { crossed: true, scale, places, size, sign: [left + APART / 2, top + APART / 2] };
  }
  const high = [a, b, y].map(([, height]) => height + APART);
  const places = high.map((_, k) => [EDGE, CAPTION + high.slice(0, k).reduce((sum, height) => sum + height, 0)]);
  const size = [Math.max(a[0], b[0], y[0]) + 2 * EDGE, places[2][1] + y[1] + EDGE];
  const fitting = Math.min(LARGEST, Math.max(SMALLEST, room / size[0]));
  return { crossed: false, scale: fitting, places, size, sign: null };
}
