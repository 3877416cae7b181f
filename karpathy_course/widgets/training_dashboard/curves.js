// Thinned curves as Python sends them (thinning.py), and how they stand in a plot: the band from least to largest, and
// the mean. A bin is null, one number, [least, largest, mean], or that and a word for what was not finite.
import { svg } from "../js/dom.js";
import { marks } from "../js/plot.js";

export class Curve {
  constructor() {
    this.width = 1;
    this.bins = [];
  }

  take({ width, from, bins }) {
    this.width = width;
    this.bins.splice(from, Infinity, ...bins);
  }

  // {least, largest, mean, odd} of a bin; null where nothing is.
  at(k) {
    const bin = this.bins[k];
    if (bin === null || bin === undefined) return null;
    if (typeof bin === "number") return { least: bin, largest: bin, mean: bin, odd: null };
    const [least, largest, mean, odd = null] = bin;
    return { least, largest, mean, odd };
  }

  // [first, last] of the places, from 0, that a bin holds, of so many that there are.
  span(k, count) {
    return [k * this.width, Math.min(count, (k + 1) * this.width) - 1];
  }

  // [{x, least, largest, mean, odd}] of all bins that hold something; x: the middle of its places, first added.
  points(first, count) {
    return this.bins.flatMap((_, k) => {
      const found = this.at(k);
      if (found === null) return [];
      const [from, to] = this.span(k, count);
      return [{ ...found, x: first + (from + to) / 2, k }];
    });
  }
}

// The points in pieces without a gap.
function pieces(points) {
  const found = [];
  points.forEach((point, i) => {
    if (i === 0 || point.k !== points[i - 1].k + 1) found.push([]);
    found.at(-1).push(point);
  });
  return found;
}

const sound = (points) => points.filter(({ mean }) => Number.isFinite(mean));

// scale: what the plot's axis does with a number, such as its logarithm.
export function lines(points, name, scale) {
  return pieces(sound(points)).map((piece) =>
    piece.length > 1
      ? marks.curve(
          piece.map(({ x, mean }) => [x, scale(mean)]),
          name,
        )
      : marks.dot([piece[0].x, scale(piece[0].mean)], `${name}-dot`, 2.5),
  );
}

export function bands(points, name, scale) {
  return pieces(sound(points)).map((piece) => (at) => {
    const edge = (which) => piece.map((point) => [at.x(point.x), at.inside(scale(point[which]))].join(","));
    return svg("polygon", { class: name, points: [...edge("largest"), ...edge("least").toReversed()].join(" ") });
  });
}

// What was no number, at the plot's upper border.
export function crosses(points) {
  return points
    .filter((point) => point.odd !== null)
    .map(
      ({ x }) =>
        (at) =>
          svg("path", { class: "lm-odd", d: `M${at.x(x) - 5} ${at.top - 4}l10 10m0 -10l-10 10` }),
    );
}

// [lowest, highest] of what is shown.
export function reach(points, scale) {
  const all = sound(points)
    .flatMap(({ least, largest }) => [scale(least), scale(largest)])
    .filter(Number.isFinite);
  return all.length ? [Math.min(...all), Math.max(...all)] : [NaN, NaN];
}
