// The roofline itself: FLOP/s against FLOP a byte, both as powers of ten, the roofs, and a point for each engine.
import { make, svg } from "../js/dom.js";
import { marks, Plot } from "../js/plot.js";

const GIGA = 1e9;
const LABEL_GAP = 15; // px between two engines' names at least
const WIDE = 124; // px that a name may need
const LONGEST = 18; // letters of a name

// A shape of its own for every engine, so that nobody needs its colour; about 2 wide, around the origin.
const SHAPES = {
  loops: "M-1 0a1 1 0 1 0 2 0a1 1 0 1 0-2 0z",
  im2col: "M-.9-.9h1.8v1.8h-1.8z",
  course: "M0-1.2L1.15 .9H-1.15z",
  torch: "M0-1.3L1.3 0 0 1.3-1.3 0z",
  cuda: "M0 1.2L1.15-.9H-1.15z",
  "own-0": "M0-1.35L.32-.44 1.28-.42 .52 .17 .79 1.09 0 .55-.79 1.09-.52 .17-1.28-.42-.32-.44z",
  "own-1": "M-.4-1.2h.8v.8h.8v.8h-.8v.8h-.8v-.8h-.8v-.8h.8z",
  "own-2": "M0-1.2L1.14-.37 .7 .97H-.7L-1.14-.37z",
};

const shape = (kind, r) =>
  svg("path", { d: SHAPES[kind], transform: `scale(${r})`, "vector-effect": "non-scaling-stroke" });

export const swatch = (kind) =>
  svg(
    "svg",
    { class: "lm-roof-swatch", width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" },
    shape(kind, 5.5),
  );

export const height = (rate) => Math.log10(rate / GIGA);

// The rates that any bar or roof of the whole measurement has, as exponents: the axes stay where they are.
export function reach({ cells, roofs }) {
  const rates = cells.flatMap((size) =>
    Object.values(size)
      .flat()
      .flatMap(({ rate, roof }) => (rate ? [rate, roof] : [])),
  );
  const all = [...rates, ...Object.values(roofs).map(({ flops }) => flops)].map(height);
  return [Math.floor(Math.min(...all) - 0.1), Math.max(...all) + 0.25];
}

export class Roof {
  // pick(engine) is called with the number of the engine whose point is clicked.
  constructor(data, pick) {
    this.data = data;
    this.pick = pick;
    this.plot = new Plot({ high: 370 });
    this.element = make("div", { class: "lm-roof-plot" }, this.plot.element);
    this.y = reach(data);
    const all = data.work.flatMap((size) => Object.values(size)).map(({ flops, bytes }) => flops / bytes);
    const ridges = Object.values(data.roofs).map(({ flops, bytes }) => flops / bytes);
    this.x = [Math.min(...all) / 3, Math.max(...all, ...ridges) * 8].map(Math.log10);
  }

  intensity(size, which) {
    const { flops, bytes } = this.data.work[size][which];
    return Math.log10(flops / bytes);
  }

  show(size, which, chosen) {
    const { engines, cells } = this.data;
    const x = this.intensity(size, which);
    const here = cells[size][which].map((cell, k) => ({ ...cell, k, ...engines[k] })).filter(({ rate }) => rate);
    const trail = cells
      .map((of, k) => [k, of[which]?.[chosen]])
      .filter(([, cell]) => cell?.rate)
      .map(([k, cell]) => [this.intensity(k, which), height(cell.rate)])
      .sort(([a], [b]) => a - b);
    const upright = (from, to, name) =>
      marks.line(
        [
          [x, from],
          [x, to],
        ],
        name,
      );
    const roof = Math.max(...here.map((each) => height(each.roof)));
    const picked = here.filter(({ k }) => k === chosen);
    this.plot.show({
      x: this.x,
      y: this.y,
      xTitle: "arithmetic intensity, FLOP a byte",
      yTitle: "GFLOP/s",
      xKind: "powers",
      yKind: "powers",
      label: `Speed against arithmetic intensity, both logarithmic: the roof of this machine, ${here.length} engines`,
      marks: [
        ...Object.entries(this.data.roofs).flatMap(([name, each]) => this.roof(name, each)),
        upright(this.y[0] - 1, roof, "lm-roof-here"),
        ...(trail.length > 1 ? [marks.curve(trail, "lm-roof-trail")] : []),
        ...trail.map((point) => this.faint(point, engines[chosen].kind)),
        ...picked.map((each) => upright(height(each.rate), height(each.roof), "lm-roof-gap")),
        this.points(here, x, chosen, which),
      ],
    });
  }

  // A slope as steep as the copy is fast, up to the ceiling that the arithmetic sets.
  roof(name, { flops, bytes, ceiling, slope, date }) {
    const [top, ridge] = [height(flops), Math.log10(flops / bytes)];
    const left = Math.min(this.x[0] - 1, ridge - 1);
    const corner = [left, top - (ridge - left)];
    const kind = `lm-roof-line lm-roof-${name}${date ? " lm-roof-stored" : ""}`;
    const ground = (at) => {
      const points = [corner, [ridge, top], [this.x[1] + 1, top]].map((p) => at.both(p).join(",")).join(" ");
      const [from, to] = [at.x(left), at.x(this.x[1] + 1)];
      return svg("polygon", { class: "lm-roof-ground", points: `${from},${at.bottom} ${points} ${to},${at.bottom}` });
    };
    const words = (at) => {
      const [x1, y1] = at.both([ridge, top]);
      const angle = (Math.atan2(at.y(top - 1) - y1, x1 - at.x(ridge - 1)) * -180) / Math.PI;
      const visible = [Math.max(this.x[0], ridge - (top - this.y[0])), Math.min(ridge, this.x[1])];
      const middle = (visible[0] + visible[1]) / 2;
      const place = at.both([middle, top - (ridge - middle)]);
      const turned = `translate(${place[0]} ${place[1] - 1}) rotate(${angle})`;
      return svg(
        "g",
        { class: `lm-roof-words lm-roof-${name}` },
        svg("text", { transform: turned, dy: -6, "text-anchor": "middle" }, slope),
        svg("text", { x: at.right - 2, y: y1 - 7, "text-anchor": "end" }, ceiling),
      );
    };
    const line = marks.curve([corner, [ridge, top], [this.x[1] + 1, top]], kind);
    return name === "cpu" ? [ground, line, words] : [line, words];
  }

  faint(point, kind) {
    return (at) => {
      const [x, y] = at.both(point);
      return svg("g", { transform: `translate(${x} ${y})`, class: "lm-roof-faint" }, shape(kind, 4));
    };
  }

  // The points of one size stand above one another; their names are moved apart and tied to them.
  points(here, exponent, chosen, which) {
    return (at) => {
      const x = at.x(exponent);
      const right = at.right - x >= WIDE;
      const order = here.map((each) => ({ ...each, y: at.y(height(each.rate)) })).sort((a, b) => a.y - b.y);
      const names = spread(
        order.map(({ y }) => y),
        at.top + 4,
        at.bottom - 4,
      );
      const drawn = order.map(({ k, kind, name, state, rate, roof, y }, i) => {
        const side = right ? 1 : -1;
        const text = { x: side * 18, y: names[i] - y + 4, "text-anchor": right ? "start" : "end" };
        const tie = { class: "lm-roof-tie", x1: side * 9, y1: 0, x2: side * 15, y2: names[i] - y };
        const about = { "data-engine": k, "data-state": state, "data-rate": rate, "data-roof": roof };
        const look = `lm-roof-point lm-roof-${which}${k === chosen ? " lm-roof-chosen" : ""}`;
        return svg(
          "g",
          { class: look, transform: `translate(${x} ${y})`, onclick: () => this.pick(k), ...about },
          svg("line", tie),
          shape(kind, k === chosen ? 7 : 5.5),
          svg("text", text, name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name),
        );
      });
      const last = drawn.filter((point) => !point.classList.contains("lm-roof-chosen"));
      return svg("g", {}, ...last, ...drawn.filter((point) => !last.includes(point)));
    };
  }
}

// Heights from the top down, moved so that neighbours are LABEL_GAP apart, inside the plot where that can be.
function spread(heights, top, bottom) {
  const found = heights.map((y) => Math.max(top, Math.min(bottom, y)));
  for (let k = 1; k < found.length; k++) found[k] = Math.max(found[k], found[k - 1] + LABEL_GAP);
  const over = found.length ? Math.max(0, found.at(-1) - bottom) : 0;
  if (over) found[found.length - 1] -= over;
  for (let k = found.length - 2; k >= 0; k--) found[k] = Math.min(found[k], found[k + 1] - LABEL_GAP);
  return found;
}
