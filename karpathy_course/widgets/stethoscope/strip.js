// The strip: one column a layer and two lanes, how large the activations are and how large the gradients. A column is
// as wide as many of its numbers have that size. What has died is grey, hatched, and named.
import { make, svg } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { powers, ticks } from "../js/plot.js";

export const LEFT = 58; // px, of the strip and of the plot below it
const RIGHT = 14;
const [TITLE, BAND, EDGE, FOOT] = [20, 18, 11, 20];
const LETTER = 6.6; // px of a letter of a fate's word

// Each kind of death has lines of its own, in a tile of 8 × 8 px.
const HATCHES = {
  v: "M-2 2L2 -2M0 8L8 0M6 10L10 6",
  x: "M1.5 1.5L6.5 6.5M6.5 1.5L1.5 6.5",
  d: "M0 2H8M0 6H8M2 0V8M6 0V8",
  s: "M0 2H8M0 6H8",
};
let strips = 0; // hatches are found by a name that no other widget of the page may have

function hatch(fate, id) {
  const tile = { id, width: 8, height: 8, patternUnits: "userSpaceOnUse", class: "lm-hatch" };
  return svg("pattern", tile, svg("path", { d: HATCHES[fate] }));
}

// Neighbours of one fate: [fate, first, last], counted from 0.
export function runs(fates) {
  const found = [];
  [...fates].forEach((fate, k) => {
    if (found.length && found.at(-1)[0] === fate) found.at(-1)[2] = k;
    else found.push([fate, k, k]);
  });
  return found.filter(([fate]) => fate !== ".");
}

export class Strip {
  // pick(k): a layer was clicked. words: of each fate.
  constructor(words, pick) {
    this.words = words;
    this.id = `lm-hatch-${(strips += 1)}`;
    this.picture = svg("svg", { role: "img", "data-testid": "strip", width: "100%" });
    this.element = make("div", { class: "lm-strip lm-plot" }, this.picture);
    const at = (event) => {
      const x = event.clientX - this.picture.getBoundingClientRect().left - LEFT;
      pick(Math.max(0, Math.min(this.count - 1, Math.floor(x / this.wide))));
    };
    this.picture.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.count) return;
      event.preventDefault();
      this.picture.setPointerCapture(event.pointerId);
      at(event);
    });
    this.picture.addEventListener("pointermove", (event) => {
      if (this.picture.hasPointerCapture(event.pointerId)) at(event);
    });
    new ResizeObserver(() => this.shown && this.draw()).observe(this.element);
  }

  // lanes: [{title, side: bins, low, high, zero, lost, fate, name: of its colour, high: in px}].
  show(lanes, label) {
    this.shown = lanes;
    this.count = lanes[0].side.fate.length;
    this.picture.setAttribute("aria-label", spoken(label));
    this.draw();
  }

  draw() {
    const room = this.element.getBoundingClientRect().width || 700;
    this.wide = (room - LEFT - RIGHT) / this.count;
    const drawn = [svg("defs", {}, ...Object.keys(HATCHES).map((fate) => hatch(fate, `${this.id}-${fate}`)))];
    let top = 0;
    for (const lane of this.shown) {
      drawn.push(this.lane(lane, top));
      top += TITLE + BAND + 2 * EDGE + lane.tall;
    }
    drawn.push(...this.axis(top));
    this.cursor = svg("rect", { class: "lm-column", y: TITLE + BAND - 3, height: top - TITLE - BAND + 6, rx: 3 });
    this.cursor.setAttribute("width", this.wide + 4);
    this.picture.setAttribute("height", top + FOOT);
    this.picture.replaceChildren(...drawn, this.cursor);
    this.select(this.selected ?? 0);
    this.drawn?.();
  }

  select(k) {
    this.selected = k;
    this.cursor?.setAttribute("x", LEFT + k * this.wide - 2);
  }

  axis(y) {
    const numbers = ticks(1, this.count, (this.wide * this.count) / 60).filter((k) => Number.isInteger(k) && k > 0);
    return (numbers.includes(1) ? numbers : [1, ...numbers]).map((k) =>
      svg("text", { class: "lm-tick", x: this.middle(k - 1), y: y + 14, "text-anchor": "middle" }, String(k)),
    );
  }

  middle(k) {
    return LEFT + (k + 0.5) * this.wide;
  }

  lane({ title, side, name, tall }, top) {
    const [begin, right] = [top + TITLE + BAND, LEFT + this.wide * this.count];
    const [first, last] = [begin + EDGE, begin + EDGE + tall]; // of the logarithmic axis
    const y = (exponent) => last - (tall * (exponent - side.low)) / (side.high - side.low);
    const word = (at, text, more = {}) =>
      svg("text", { class: "lm-tick", x: LEFT - 6, y: at + 4, "text-anchor": "end", ...more }, text);
    const group = svg("g", { class: `lm-lane lm-lane-${name}` });
    group.append(svg("text", { class: "lm-axis-title", x: 4, y: top + 12 }, title));
    group.append(svg("rect", { class: "lm-ground", x: LEFT, y: begin, width: right - LEFT, height: tall + 2 * EDGE }));
    const dead = runs(side.fate);
    group.append(...dead.map((run) => this.block(run, begin, tall, "lm-fate-ground")));
    for (const v of powers(side.low, side.high, tall / 30)) {
      group.append(svg("line", { class: "lm-grid", x1: LEFT, x2: right, y1: y(v), y2: y(v) }));
      if (v > side.low && v < side.high) group.append(word(y(v), spoken(formatNumber(10 ** v))));
    }
    if (side.lost.some((share) => share !== 0)) group.append(word(first - 5, "inf, nan"));
    if (side.zero.some((share) => share !== 0)) group.append(word(last + 6, "0"));
    [...side.fate].forEach((fate, k) => group.append(this.layer(side, fate, k, { first, last, tall })));
    group.append(...dead.map((run) => this.block(run, begin, tall, "", `url(#${this.id}-${run[0]})`)));
    group.append(...dead.map((run) => this.name(run, top + TITLE, tall)));
    return group;
  }

  block([fate, from, to], begin, tall, name, fill = null) {
    const place = { x: LEFT + from * this.wide, width: (to - from + 1) * this.wide };
    return svg("rect", { class: name, ...place, y: begin, height: tall + 2 * EDGE, fill, "data-fate": fate });
  }

  // A column: the sizes as a path of steps around its middle, and shares of 0 and of what is not finite at its ends.
  layer(side, fate, k, { first, last, tall }) {
    const [middle, most] = [this.middle(k), 0.46 * this.wide];
    const step = tall / side.bins[k].length;
    const halves = [...side.bins[k]].map((letter) => (most * parseInt(letter, 36)) / 35);
    const parts = halves.map((half, i) => {
      const y = last - (i + 1) * step;
      return half ? `M${(middle - half).toFixed(1)} ${y.toFixed(1)}h${(2 * half).toFixed(1)}v${step.toFixed(1)}h${(-2 * half).toFixed(1)}z` : "";
    });
    const group = svg("g", { class: fate === "." ? "lm-layer" : "lm-layer lm-gone", "data-layer": k + 1 });
    group.append(svg("path", { d: parts.join("") }));
    const bar = (share, y) => svg("rect", { x: middle - most * share, width: 2 * most * share, y, height: EDGE - 4 });
    if (side.zero[k]) group.append(bar(side.zero[k], last + 3));
    if (side.lost[k]) group.append(bar(side.lost[k], first - EDGE + 1));
    return group;
  }

  // The word over its columns; upright in them where they are too few.
  name([fate, from, to], top, tall) {
    const word = this.words[fate];
    const [x, width] = [LEFT + from * this.wide, (to - from + 1) * this.wide];
    const long = `${word} from layer ${from + 1} on`;
    const text = from !== to && long.length * LETTER < width ? long : word;
    if (text.length * LETTER < width) {
      const line = svg("path", { class: "lm-brace", d: `M${x + 1} ${top + BAND - 1}v-3h${width - 2}v3` });
      const middle = { x: x + width / 2, y: top + BAND - 7, "text-anchor": "middle" };
      return svg("g", { class: "lm-fate" }, line, svg("text", middle, text));
    }
    if (width < 8) return svg("g", {});
    const place = [x + width / 2 + 4, top + BAND + EDGE + tall - 4];
    return svg("g", { class: "lm-fate" }, svg("text", { transform: `translate(${place}) rotate(-90)` }, word));
  }
}
