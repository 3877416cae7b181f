// The plots below the strip: the RMS against the layer, with what theory expects, and the values of one layer.
import { svg } from "../js/dom.js";
import { marks, Plot } from "../js/plot.js";
import { LEFT } from "./strip.js";

// A curve over the layers, in pieces where a number has no place on a logarithmic axis.
function pieces(list, name) {
  const found = [[]];
  list.forEach((y, k) => {
    const place = Math.log10(y);
    if (Number.isFinite(place)) found.at(-1).push([k + 1, place]);
    else if (found.at(-1).length) found.push([]);
  });
  const drawn = found.filter((points) => points.length);
  return drawn.map((points) =>
    points.length > 1 ? marks.curve(points, name) : marks.dot(points[0], `${name}-dot`, 3),
  );
}

export class Charts {
  constructor() {
    this.sizes = new Plot({ id: "sizes", high: 190 });
    this.sizes.left = LEFT;
    this.forward = new Plot({ id: "activation-bars", high: 180 });
    this.backward = new Plot({ id: "gradient-bars", high: 180 });
  }

  show(found, k) {
    this.showSizes(found, k);
    this.showBars(this.forward, found, k, "activations", "lm-bar-heard");
    this.showBars(this.backward, found.gradient, k, "gradients", "lm-bar-back");
  }

  showSizes({ rms, theory, gradient }, k) {
    const heights = [...rms, ...gradient.rms, ...(theory ?? [])].map(Math.log10).filter(Number.isFinite);
    const here = [rms, gradient.rms].map((list) => [k + 1, Math.log10(list[k])]);
    const dots = [
      [here[0], (point) => marks.dot(point, "lm-true-dot lm-handle", 6)],
      [here[1], (point) => marks.square(point, "lm-guess-dot lm-handle")],
    ];
    const expected = theory ? ", with what theory expects" : "";
    this.sizes.show({
      x: [0.5, rms.length + 0.5],
      y: heights.length ? [Math.min(...heights), Math.max(...heights)] : [-1, 1],
      xTitle: "layer",
      yTitle: "RMS",
      xKind: "whole",
      yKind: "powers",
      label: `The RMS of the activations and of the gradients against the layer${expected}`,
      marks: [
        marks.upright(k + 1, "lm-axis"),
        ...pieces(theory ?? [], "lm-theory"),
        ...pieces(rms, "lm-curve"),
        ...pieces(gradient.rms, "lm-back-curve"),
        ...dots.filter(([point]) => Number.isFinite(point[1])).map(([point, mark]) => mark(point)),
      ],
    });
  }

  showBars(plot, side, k, what, name) {
    const reach = side.reach[k] || 1;
    const bars = side.bars[k].map((share, i, all) => (at) => {
      const [from, to] = [i, i + 1].map((j) => at.x(reach * ((2 * j) / all.length - 1)));
      const [top, bottom] = [at.y(share), at.y(0)];
      const size = { x: from + 0.5, width: Math.max(0.5, to - from - 1), y: top, height: bottom - top };
      return svg("rect", { class: name, ...size, "data-share": share });
    });
    const none = (at) => {
      const middle = { x: (at.left + at.right) / 2, y: (at.top + at.bottom) / 2, "text-anchor": "middle" };
      return svg("text", { class: "lm-tick", ...middle }, "no number that is finite");
    };
    plot.show({
      x: [-reach, reach],
      y: [0, 1],
      xTitle: `${what} of layer ${k + 1}`,
      yTitle: "share of the fullest",
      label: `How many of the ${what} of layer ${k + 1} have each value, as shares of the fullest bar`,
      marks: side.lost[k] === 1 ? [none] : [marks.upright(0, "lm-axis"), ...bars],
    });
  }
}
