// The network's arithmetic again, one pixel at a time, on Python's very numbers: what a pixel is made of, and the chain
// rule from it back to the image. Everything is counted from 0, as in Python; sums are in double precision.
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
const range = (count, at) => Array.from({ length: count }, (_, k) => at(k));
const size = ([channels, rows, columns]) => channels * rows * columns;

// [channel, row, column] of the k-th number of a shape, and back.
export const placeOf = ([, rows, columns], k) => [
  Math.floor(k / (rows * columns)),
  Math.floor(k / columns) % rows,
  k % columns,
];
export const at = ([, rows, columns], channel, row, column) => (channel * rows + row) * columns + column;

// [image, layer 1, …]: each with its kind, shape, what it returned as `out`, and its own numbers as arrays.
export function unpacked({ shape, packed, image, layers }) {
  const Floats = packed === "float64" ? Float64Array : Float32Array;
  const floats = (text) => (text ? new Floats(bytes(text)) : null);
  const found = [{ kind: "image", title: "image", name: "", shape, out: floats(image) }];
  for (const layer of layers) {
    const { kind, out, weight, bias, slope } = layer;
    const given = found.at(-1);
    const own = { ...layer, given, out: floats(out), weight: floats(weight), bias: floats(bias), slope: floats(slope) };
    if (kind === "relu") own.out = given.out.map((x) => (x < 0 ? 0 : x));
    if (kind === "max") own.out = Floats.from(largest(own));
    found.push(own);
  }
  return found;
}

const largest = (layer) =>
  range(size(layer.shape), (k) => {
    const [channel, row, column] = placeOf(layer.shape, k);
    return winner(patch(layer, channel, row, column, channel)).x;
  });

// The rows and columns of what a layer is given that its pixel (row, column) sees; some may lie outside, in the padding.
export function sees(layer, row, column) {
  const [, rows, columns] = layer.given.shape;
  const { kind, kernel, stride, padding, dilation } = layer;
  if (kind === "rest") return [range(rows, (k) => k), range(columns, (k) => k)];
  if (kind === "adaptive") {
    const share = (place, many, count) => {
      const first = Math.floor((place * many) / count);
      return range(Math.ceil(((place + 1) * many) / count) - first, (k) => first + k);
    };
    return [share(row, rows, layer.shape[1]), share(column, columns, layer.shape[2])];
  }
  if (!kernel) return [[row], [column]];
  return [row, column].map((place, axis) =>
    range(kernel[axis], (k) => place * stride[axis] - padding[axis] + k * dilation[axis]),
  );
}

// The channels of what a layer is given that its channel sees.
export function channelsSeen(layer, channel) {
  const given = layer.given.shape[0];
  if (layer.kind === "rest") return range(given, (k) => k);
  if (layer.kind !== "conv") return [channel];
  const each = given / layer.groups;
  const group = Math.floor(channel / (layer.shape[0] / layer.groups));
  return range(each, (k) => group * each + k);
}

const weightAt = (layer, channel, from, i, j) => {
  const [high, wide] = layer.kernel;
  const each = layer.given.shape[0] / (layer.groups ?? 1);
  return layer.weight[((channel * each + (from % each)) * high + i) * wide + j];
};

// Rows of {row, column, inside, x, weight, product}: one channel of a pixel's patch. A pool's weight is its share.
export function patch(layer, channel, row, column, from) {
  const { kind, given } = layer;
  const [rows, columns] = sees(layer, row, column);
  const [, high, wide] = given.shape;
  const inside = (r, c) => r >= 0 && r < high && c >= 0 && c < wide;
  const real = rows.filter((r) => inside(r, 0)).length * columns.filter((c) => inside(0, c)).length;
  const share = kind === "adaptive" ? 1 / (rows.length * columns.length) : 1 / (layer.divisor || real);
  return rows.map((r, i) =>
    columns.map((c, j) => {
      const here = inside(r, c);
      const x = here ? given.out[at(given.shape, from, r, c)] : kind === "max" ? -Infinity : 0;
      const weight = layer.weight ? weightAt(layer, channel, from, i, j) : share;
      return { row: r, column: c, inside: here, x, weight, product: x * weight };
    }),
  );
}

// The cell of a max-pool's patch that gets the gradient, and all that are as large. A NaN is handed on from anywhere,
// and its gradient goes to the last place, as in Python.
export function winner(cells) {
  const all = cells.flat();
  const lost = all.find(({ x }) => Number.isNaN(x));
  if (lost) return { ...all.at(-1), x: NaN, ties: all.filter(({ x }) => Number.isNaN(x)) };
  const x = Math.max(...all.map((cell) => cell.x));
  const ties = all.filter((cell) => cell.x === x);
  return { ...ties[0], x, ties };
}

// {parts: [{channel, sum}], bias, total} of a pixel that is a sum of products.
export function sums(layer, channel, row, column) {
  const added = (cells) => cells.flat().reduce((sum, { product }) => sum + product, 0);
  const parts = channelsSeen(layer, channel).map((from) => ({
    channel: from,
    sum: added(patch(layer, channel, row, column, from)),
  }));
  const bias = layer.bias ? layer.bias[biasAt(layer, channel, row, column)] : null;
  return { parts, bias, total: parts.reduce((sum, part) => sum + part.sum, bias ?? 0) };
}

// A bias stands for a whole map, or for one of its pixels.
const biasAt = ({ bias, shape }, channel, row, column) =>
  bias.length === size(shape) ? at(shape, channel, row, column) : channel;

export const slopeAt = (layer, channel, row, column) => {
  const index = at(layer.shape, channel, row, column);
  if (layer.kind === "relu") return layer.given.out[index] > 0 ? 1 : 0;
  return layer.slope.length === layer.shape[0] ? layer.slope[channel] : layer.slope[index];
};

// [gradient in the image, in layer 1, … in layer k]: of one pixel of layer k, with respect to every number before it.
export function gradients(layers, k, channel, row, column) {
  const found = [];
  found[k] = new Float64Array(size(layers[k].shape));
  found[k][at(layers[k].shape, channel, row, column)] = 1;
  for (let n = k; n > 0; n--) found[n - 1] = handedBack(layers[n], found[n]);
  return found;
}

function handedBack(layer, g) {
  const { kind, given, shape } = layer;
  const found = new Float64Array(size(given.shape));
  const slopes = kind === "relu" || kind === "each";
  g.forEach((part, k) => {
    const place = placeOf(shape, k);
    if (slopes) found[k] = part * slopeAt(layer, ...place);
    else if (part !== 0) handBack(layer, ...place, part, found);
  });
  return found;
}

function handBack(layer, channel, row, column, part, found) {
  const { given, kind } = layer;
  if (kind === "max") {
    const won = winner(patch(layer, channel, row, column, channel));
    if (won.inside) found[at(given.shape, channel, won.row, won.column)] += part;
    return;
  }
  if (!layer.weight) {
    for (const cell of patch(layer, channel, row, column, channel).flat()) {
      if (cell.inside) found[at(given.shape, channel, cell.row, cell.column)] += part * cell.weight;
    }
    return;
  }
  const [, high, wide] = given.shape;
  const [rows, columns] = sees(layer, row, column);
  for (const from of channelsSeen(layer, channel)) {
    rows.forEach((r, i) => {
      if (r < 0 || r >= high) return;
      columns.forEach((c, j) => {
        if (c >= 0 && c < wide) found[at(given.shape, from, r, c)] += part * weightAt(layer, channel, from, i, j);
      });
    });
  }
}

// [{rows: [first, last], columns: [first, last]}, …]: what a pixel of layer k can see of the image and each layer.
export function fields(layers, k, row, column) {
  const found = [];
  found[k] = { rows: [row, row], columns: [column, column] };
  for (let n = k; n > 0; n--) {
    const { rows, columns } = found[n];
    const [[, high, wide], first, last] = [
      layers[n - 1].shape,
      sees(layers[n], rows[0], columns[0]),
      sees(layers[n], rows[1], columns[1]),
    ];
    const cut = (a, b, count) => [Math.max(0, a), Math.min(count - 1, b)];
    found[n - 1] = { rows: cut(first[0][0], last[0].at(-1), high), columns: cut(first[1][0], last[1].at(-1), wide) };
  }
  return found;
}

// The finite number of largest size, to which colours are scaled; 1 where there is none.
export function most(numbers) {
  let found = 0;
  for (const x of numbers) if (Number.isFinite(x) && Math.abs(x) > found) found = Math.abs(x);
  return found || 1;
}
