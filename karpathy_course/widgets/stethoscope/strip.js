// The strip: one column a layer and two lanes, how large the activations are and how large the gradients. A column is
// as wide as many of its numbers have that size. What has died is grey, hatched, and named.
import { make, svg } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { powers, ticks } from "../js/plot.js";
import { runs } from "./readings.js";

export const LEFT = 58; // px, of the strip and of the plot below it
const RIGHT = 14;
const [TITLE, BAND, EDGE, APART, FOOT] = [18, 20, 12, 12, 20];
const LETTER = 6.8; // px of a letter of a fate's word
const NARROWEST = 11; // px in which an upright word can stand

// Each kind of death has lines of its own, in a tile of 8 × 8 px.
const HATCHES = {
  v: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
  x: "M1.5 1.5L6.5 6.5M6.5 1.5L1.5 6.5",
  d: "M0 2H8M0 6H8M2 0V8M6 0V8",
  s: "M1 2h2M5 6h2",
};
let strips = 0; // hatches are found by a name that nothing else on the page may have

function hatches(prefix, fates = Object.keys(HATCHES)) {
  const tile = { width: 8, height: 8, patternUnits: "userSpaceOnUse", class: "lm-hatch" };
  const drawn = (fate) => svg("pattern", { ...tile, id: `${prefix}-${fate}` }, svg("path", { d: HATCHES[fate] }));
  return svg("defs", {}, ...fates.map(drawn));
}

// A piece of a hatch, for the legend.
export function swatch(fate) {
  const id = `lm-hatch-${(strips += 1)}`;
  const size = { width: 18, height: 14 };
  const box = svg("rect", { ...size, class: "lm-fate-ground" });
  const lines = svg("rect", { ...size, class: "lm-ground", style: `fill: url(#${id}-${fate})` });
  return svg("svg", { ...size, class: "lm-swatch", "aria-hidden": "true" }, hatches(id, [fate]), box, lines);
}

export class Strip {
  // pick(k): a layer was pointed at. words: of each fate. placed: called when the columns have their places.
  constructor(words, pick, placed) {
    Object.assign(this, { words, placed, selected: 0 });
    this.id = `lm-hatch-${(strips += 1)}`;
    this.picture = svg("svg", { role: "img", "data-testid": "strip", width: "100%" });
    this.element = make("div", { class: "lm-strip lm-plot" }, this.picture);
    const at = (event) => {
      const x = event.clientX - this.picture.getBoundingClientRect().left - LEFT;
      pick(Math.max(0, Math.min(this.count - 1, Math.floor(x / this.wide))));
    };
    this.picture.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault(); // no text is selected on the way
      this.picture.setPointerCapture(event.pointerId);
      at(event);
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (this.picture.hasPointerCapture(event.pointerId)) at(event);
    });
    new ResizeObserver(() => this.shown && this.draw()).observe(this.element);
  }

  // lanes: [{title, side: an unpacked reading, name: of its colour, tall: in px}].
  show(lanes, label) {
    this.shown = lanes;
    this.count = lanes[0].side.fate.length;
    this.picture.setAttribute("aria-label", spoken(label));
    this.draw();
  }

  draw() {
    const room = this.element.getBoundingClientRect().width || 700;
    this.wide = (room - LEFT - RIGHT) / this.count;
    this.right = LEFT + this.wide * this.count;
    const drawn = [hatches(this.id)];
    const frames = [];
    let top = 0;
    for (const lane of this.shown) {
      drawn.push(this.lane(lane, top));
      frames.push([top + TITLE + BAND, 2 * EDGE + lane.tall]);
      top += TITLE + BAND + 2 * EDGE + lane.tall + APART;
    }
    top -= APART;
    const frame = (y, height) => svg("rect", { class: "lm-column", y, height, width: this.wide + 4, rx: 3 });
    this.cursor = svg("g", {}, ...frames.map(([y, height]) => frame(y - 3, height + 6)));
    this.picture.setAttribute("height", top + FOOT);
    this.picture.replaceChildren(...drawn, ...this.axis(top), this.cursor);
    this.select(this.selected);
    this.placed();
  }

  select(k) {
    this.selected = k;
    this.cursor.setAttribute("transform", `translate(${LEFT + k * this.wide - 2} 0)`);
  }

  middle(k) {
    return LEFT + (k + 0.5) * this.wide;
  }

  axis(y) {
    const found = ticks(1, this.count, (this.right - LEFT) / 60).filter((k) => Number.isInteger(k) && k > 1);
    return [1, ...found.filter((k) => (k - 1) * this.wide > 30)].map((k) =>
      svg("text", { class: "lm-tick", x: this.middle(k - 1), y: y + 15, "text-anchor": "middle" }, String(k)),
    );
  }

  lane({ title, side, name, tall }, top) {
    const begin = top + TITLE + BAND;
    const [first, last] = [begin + EDGE, begin + EDGE + tall]; // of the logarithmic axis
    const y = (exponent) => last - (tall * (exponent - side.low)) / (side.high - side.low);
    const word = (at, text) => svg("text", { class: "lm-tick", x: LEFT - 6, y: at + 4, "text-anchor": "end" }, text);
    const block = (run, kind, fill = "") => {
      const place = { x: LEFT + run[1] * this.wide, width: (run[2] - run[1] + 1) * this.wide };
      const size = { ...place, y: begin, height: tall + 2 * EDGE };
      return svg("rect", { ...size, class: kind, style: fill && `fill: ${fill}`, "data-fate": run[0] });
    };
    const group = svg("g", { class: `lm-lane lm-lane-${name}` });
    const dead = runs(side.fate);
    group.append(svg("text", { class: "lm-axis-title", x: 4, y: top + 12 }, title));
    group.append(...dead.map((run) => block(run, "lm-fate-ground")));
    for (const v of powers(side.low, side.high, tall / 28)) {
      group.append(svg("line", { class: "lm-grid", x1: LEFT, x2: this.right, y1: y(v), y2: y(v) }));
      if (v > side.low && v < side.high) group.append(word(y(v), spoken(formatNumber(10 ** v))));
    }
    if (side.lost.some(Boolean)) group.append(word(first - 6, "inf, nan"));
    if (side.zero.some(Boolean)) group.append(word(last + 6, "0"));
    group.append(...side.bins.map((bins, k) => this.layer(side, bins, k, first, last)));
    group.append(...dead.map((run) => block(run, "lm-hatched", `url(#${this.id}-${run[0]})`)));
    group.append(
      svg("rect", { class: "lm-ground", x: LEFT, y: begin, width: this.right - LEFT, height: tall + 2 * EDGE }),
    );
    group.append(...dead.map((run) => this.name(run, begin, tall)));
    return group;
  }

  // A column: the sizes as steps around its middle, and at its ends the shares of 0 and of what is not finite.
  layer(side, bins, k, first, last) {
    const [middle, most] = [this.middle(k), 0.46 * this.wide];
    const high = (last - first) / bins.length;
    const step = (share, y, h) => {
      const half = most * share;
      const place = [middle - half, y].map((v) => v.toFixed(1)).join(" ");
      return `M${place}h${(2 * half).toFixed(1)}v${h.toFixed(1)}h${(-2 * half).toFixed(1)}z`;
    };
    const steps = bins.map((share, i) => (share ? step(share, last - (i + 1) * high, high) : ""));
    if (side.zero[k]) steps.push(step(side.zero[k], last + 3, EDGE - 4));
    if (side.lost[k]) steps.push(step(side.lost[k], first - EDGE + 1, EDGE - 4));
    const gone = side.fate[k] === "." ? "" : " lm-gone";
    return svg("path", { class: `lm-layer${gone}`, "data-layer": k + 1, d: steps.join("") });
  }

  // The word over its columns; upright in them where they are too few.
  name([fate, from, to], begin, tall) {
    const word = this.words[fate];
    const [x, width] = [LEFT + from * this.wide, (to - from + 1) * this.wide];
    const long = `${word}: layers ${from + 1} to ${to + 1}`;
    const text = long.length * LETTER < width && from < to ? long : word;
    if (text.length * LETTER < width) {
      const brace = svg("path", { class: "lm-brace", d: `M${x + 1} ${begin - 1}v-4h${width - 2}v4` });
      const place = { x: x + width / 2, y: begin - 8, "text-anchor": "middle" };
      return svg("g", { class: "lm-fate" }, brace, svg("text", place, text));
    }
    if (width < NARROWEST) return svg("g", { class: "lm-fate" });
    const at = `translate(${x + width / 2 + 4} ${begin + EDGE + tall - 4}) rotate(-90)`;
    return svg("g", { class: "lm-fate" }, svg("text", { transform: at }, word));
  }
}
