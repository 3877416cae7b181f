// A plot: axes with round numbers, curves and marks in it, and a point that can be dragged along the x axis. It is
// drawn in CSS pixels and again when its room changes, so that letters and lines keep their size.
import { make, svg } from "./dom.js";
import { formatNumber, spoken } from "./numbers.js";

const TOP = 22;
const BOTTOM = 38;

// About `most` round numbers from low to high: steps of 1, 2 or 5 times a power of ten.
export function ticks(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

// The same for an axis of powers of ten, where places are exponents: 1, 2, 5, 10 … or whole powers.
export function powers(low, high, most) {
  for (const steps of [[1, 2, 5], [1]]) {
    const found = [];
    for (let power = Math.floor(low); power <= high; power++) {
      found.push(...steps.map((k) => power + Math.log10(k)).filter((v) => v >= low && v <= high));
    }
    if (found.length > 1 && found.length <= most + 1) return found;
  }
  if (high - low < 1) return ticks(10 ** low, 10 ** high, most).map(Math.log10);
  return ticks(low, high, most).filter(Number.isInteger);
}

const finite = ([x, y]) => Number.isFinite(x) && Number.isFinite(y);

// What can stand in a plot; each is given places in numbers and returns a function that draws it at its pixels.
// A dot or square above or below the plot is drawn at its border, so that it is not lost.
export const marks = {
  curve: (points, name) => (at) =>
    svg("polyline", {
      class: name,
      points: points
        .filter(finite)
        .map((p) => at.both(p).join(","))
        .join(" "),
    }),
  area: (points, name) => (at) => {
    const [first, last] = [points[0], points.at(-1)].map(([x]) => at.x(x));
    const edge = points.map((p) => at.both(p).join(",")).join(" ");
    return svg("polygon", { class: name, points: `${first},${at.bottom} ${edge} ${last},${at.bottom}` });
  },
  line:
    ([from, to], name) =>
    (at) => {
      const [[x1, y1], [x2, y2]] = [at.both(from), at.both(to)];
      return svg("line", { class: name, x1, y1, x2, y2 });
    },
  upright: (x, name) => (at) => svg("line", { class: name, x1: at.x(x), x2: at.x(x), y1: at.top, y2: at.bottom }),
  level: (y, name) => (at) => svg("line", { class: name, x1: at.left, x2: at.right, y1: at.y(y), y2: at.y(y) }),
  dot:
    (point, name, r = 5) =>
    (at) =>
      svg("circle", { class: name, cx: at.x(point[0]), cy: at.inside(point[1]), r }),
  square: (point, name) => (at) =>
    svg("rect", { class: name, x: at.x(point[0]) - 4.5, y: at.inside(point[1]) - 4.5, width: 9, height: 9 }),
};

export class Plot {
  // drag(x) is called with the place, in numbers, to which the point is dragged. high: in px, axes and all.
  constructor({ id = "plot", high = 240, drag = null }) {
    this.high = high;
    this.picture = svg("svg", { role: "img", "data-testid": id, height: high, width: "100%" });
    this.element = make("div", { class: drag ? "lm-plot lm-drags" : "lm-plot" }, this.picture);
    if (drag) this.listen(drag);
    new ResizeObserver(() => this.shown && this.draw()).observe(this.element);
  }

  listen(drag) {
    const move = (event) => drag(this.at.number(event.clientX - this.picture.getBoundingClientRect().left));
    this.picture.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.at) return;
      event.preventDefault(); // no text is selected on the way
      this.picture.setPointerCapture(event.pointerId);
      move(event);
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (this.picture.hasPointerCapture(event.pointerId)) move(event);
    });
  }

  // x, y: [lowest, highest] that must be seen; marks: drawn in this order; label: what a screen reader says.
  // xKind, yKind: "powers", where places are exponents of ten and the powers are written; "whole" for whole numbers.
  show({ x, y, xTitle, yTitle, label, marks: drawn, xKind = "", yKind = "" }) {
    const [low, high] = y.every(Number.isFinite) ? y : [0, 1];
    const spare = 0.06 * (high - low || Math.abs(high) || 1);
    this.shown = { x, y: [low - spare, high + spare], xTitle, yTitle, drawn, xKind, yKind };
    this.picture.setAttribute("aria-label", spoken(label));
    this.draw();
  }

  draw() {
    const { x, y, xTitle, yTitle, drawn, xKind, yKind } = this.shown;
    const along = (axis, most, kind) =>
      (kind === "powers" ? powers : ticks)(...axis, most)
        .filter((v) => kind !== "whole" || Number.isInteger(v))
        .map((v) => [v, spoken(formatNumber(kind === "powers" ? 10 ** v : v))]);
    const width = this.element.getBoundingClientRect().width || 320;
    const rows = along(y, this.high / 48, yKind);
    const left = this.left ?? 14 + 7 * Math.max(1, ...rows.map(([, text]) => text.length));
    const [right, bottom] = [width - 14, this.high - BOTTOM];
    const columns = along(x, (right - left) / 80, xKind);
    this.at = places(x, y, { left, right, top: TOP, bottom });
    const word = (name, attributes, text) => svg("text", { class: name, ...attributes }, text);
    const grid = [
      ...rows.map(([v]) => marks.level(v, "lm-grid")(this.at)),
      ...columns.map(([v]) => marks.upright(v, "lm-grid")(this.at)),
    ];
    const axes = [
      ...rows.map(([v, text]) => word("lm-tick", { x: left - 6, y: this.at.y(v) + 4, "text-anchor": "end" }, text)),
      ...columns.map(([v, text]) =>
        word("lm-tick", { x: this.at.x(v), y: bottom + 15, "text-anchor": "middle" }, text),
      ),
      word("lm-axis-title", { x: (left + right) / 2, y: this.high - 6, "text-anchor": "middle" }, spoken(xTitle)),
      word("lm-axis-title", { x: 4, y: 12, "text-anchor": "start" }, spoken(yTitle)),
    ];
    // A picture in the picture cuts curves off at the border; a little more room keeps its lines and dots whole.
    const inner = { x: left - 6, y: TOP - 6, width: right - left + 12, height: bottom - TOP + 12 };
    const box = `${inner.x} ${inner.y} ${inner.width} ${inner.height}`;
    const inside = svg("svg", { ...inner, viewBox: box }, ...grid, ...drawn.map((mark) => mark(this.at)));
    this.picture.replaceChildren(inside, ...axes);
  }
}

// Numbers to pixels and back.
function places([x0, x1], [y0, y1], { left, right, top, bottom }) {
  const x = (v) => left + ((right - left) * (v - x0)) / (x1 - x0 || 1);
  const y = (v) => bottom - ((bottom - top) * (v - y0)) / (y1 - y0 || 1);
  const within = (v, low, high) => Math.min(Math.max(v, low), high);
  return {
    x,
    y,
    left,
    right,
    top,
    bottom,
    both: (point) => [x(point[0]), y(point[1])],
    inside: (v) => within(y(v), top, bottom),
    number: (pixel) => within(x0 + ((x1 - x0) * (pixel - left)) / (right - left || 1), x0, x1),
  };
}
