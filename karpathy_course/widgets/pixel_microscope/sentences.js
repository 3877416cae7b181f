// What the picture shows, in words: the pixel under the lens, and where a gradient landed.
import { at, channelsSeen, patch, placeOf, slopeAt, sums, winner } from "./arithmetic.js";
import { written } from "./maps.js";

const by = (sizes) => sizes.join(" × ");
const plural = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

// "Conv2d 3 × 3, stride 2", as Python's `title` says it.
export function titleOf(layer) {
  const { kind, title, kernel } = layer;
  if (!kernel || kind === "rest") return title;
  const usual = { stride: kind === "conv" ? [1, 1] : kernel, padding: [0, 0], dilation: [1, 1] };
  const unusual = Object.keys(usual).filter((name) => by(layer[name]) !== by(usual[name]));
  const said = unusual.map((name) => {
    const value = layer[name];
    return `${name} ${value[0] === value[1] ? value[0] : by(value)}`;
  });
  return [`${title} ${by(kernel)}`, ...said].join(", ");
}

const indexOf = (layer, [channel, row, column]) =>
  layer.kind === "rest" ? `output ${channel}` : `pixel [${channel}, ${row}, ${column}]`;

// The pixel under the lens.
export function lensSentence(layers, k, place) {
  const layer = layers[k];
  const value = written(layer.out[at(layer.shape, ...place)]);
  const head = `Layer ${k}, ${titleOf(layer)}, ${indexOf(layer, place)} = ${value}: `;
  return head + madeOf(layer, k, place);
}

function madeOf(layer, k, place) {
  const { kind } = layer;
  const [channel, row, column] = place;
  const cells = patch(layer, channel, row, column, channelsSeen(layer, channel)[0]);
  const count = cells.flat().length;
  const outside = cells.flat().filter(({ inside }) => !inside).length;
  const padding = outside ? `, ${outside} of ${count} places in the padding` : "";
  if (kind === "rest" && layer.bias === null) {
    return `one output of all the layers after layer ${k - 1}: ${layer.names.join(", ")}.`;
  }
  if (kind === "conv" || kind === "rest") {
    const { parts, bias, total } = sums(layer, channel, row, column);
    const what = layer.given.kind === "image" ? "channels" : "maps";
    const maps = parts.length > 1 ? `${parts.length} ${what} × ` : "";
    const added = bias === null ? "" : `, plus the bias ${written(bias)}`;
    return `${maps}${plural(count, "product")} with sum ${written(total - (bias ?? 0))}${added}${padding}.`;
  }
  if (kind === "max") {
    const won = winner(cells);
    const ties = won.ties.length > 1 ? `; ${won.ties.length} are equal, the first gets the gradient` : "";
    return `the largest of ${count}, at [${channel}, ${won.row}, ${won.column}]${ties}${padding}.`;
  }
  if (kind === "mean" || kind === "adaptive") {
    return `the mean of a window of ${by([cells.length, cells[0].length])}${padding}.`;
  }
  return `made of ${written(cells[0][0].x)} alone; slope ${written(slopeAt(layer, channel, row, column))}.`;
}

const span = ([first, last]) => (first === last ? `${first}` : `${first} to ${last}`);

// Where the gradient of a pixel landed. found: gradients of all layers before it; seen: what it sees of them.
export function gradientSentence(layers, k, place, found, seen) {
  const start = `Sent back from ${indexOf(layers[k], place)} of layer ${k}: `;
  const parts = [k - 1, 0]
    .filter((n, i) => i === 0 || k > 1)
    .map((n) => {
      const where = n ? `layer ${n}` : "the image";
      const within = `within rows ${span(seen[n].rows)}, columns ${span(seen[n].columns)}`;
      return `in ${where} ${landed(layers[n], found[n], within)}`;
    });
  return `${start}${parts.join("; ")}.`;
}

function landed({ shape }, g, within) {
  let [count, largest] = [0, 0];
  for (let k = 0; k < g.length; k++) {
    if (g[k] !== 0) count += 1;
    if (!(Math.abs(g[k]) <= Math.abs(g[largest]))) largest = k;
  }
  if (!count) return "no number gets a gradient";
  const place = placeOf(shape, largest);
  const got = count === 1 ? "gets" : "get";
  const most = `the largest ${written(g[largest])} at [${place.join(", ")}]`;
  return `${count} of ${plural(g.length, "number")} ${got} a gradient, ${most}, ${within}`;
}
