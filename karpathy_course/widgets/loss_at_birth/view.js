// A slider multiplies the first weights; the gauge, the curve and the bars show what Python has computed for it.
import { button, legend, make, row, svg, textLine, widget } from "../js/dom.js";
import { formatNumber, number, spoken } from "../js/numbers.js";
import { marks, Plot } from "../js/plot.js";
import { Gauge } from "./gauge.js";

const LEGEND = [
  ["right", "its favourite class is the right one"],
  ["wrong", "its favourite class is wrong"],
];
const HIGHEST = 12; // times ln C: how far the curve's axis reaches, else its band could not be seen

const select = (id, label, options, act) => {
  const given = { class: "lm-select", "data-testid": id, "aria-label": label, onchange: () => act(box.value) };
  const box = make("select", given, ...options.map(([value, text]) => make("option", { value }, text)));
  return box;
};
const percent = (share) => `${formatNumber(Number((100 * share).toPrecision(3)))} %`;

class BirthView {
  constructor(model, root) {
    const { found, ...about } = model.get("data");
    Object.assign(this, about);
    this.all = found;
    this.layers = "all";
    this.seed = 0; // its place in the list
    this.at = this.as_made;
    this.name = `ln ${this.classes}`;
    this.gauge = new Gauge(this.even, this.classes, this.tolerance);
    this.plot = new Plot({ high: 250, drag: (exponent) => this.nearest(exponent) });
    this.bars = new Plot({ id: "histogram", high: 190 });
    this.line = textLine();
    this.reading = make("p", { class: "lm-reading", "data-testid": "reading" });
    const head = row("lm-head", make("strong", {}, "The loss before the first step"), this.about());
    const left = row("lm-birth-left", this.gauge.element, this.reading, this.controls());
    const right = row("lm-birth-right", this.plot.element, this.bars.element, legend(...LEGEND));
    widget(root, "birth", "loss-at-birth", head, row("lm-columns", left, right), this.line);
    this.show();
  }

  about() {
    const even = make("span", { "data-testid": "even-text", "data-exact": this.even }, formatNumber(this.even));
    return make("span", { class: "lm-count" }, `${this.rows} rows, ${this.name} = `, even);
  }

  controls() {
    const move = () => this.go(Number(this.slider.value));
    const range = { type: "range", min: 0, max: this.scales.length - 1, step: 1, class: "lm-scrub", oninput: move };
    this.slider = make("input", {
      ...range,
      "data-testid": "scale",
      "aria-label": "What the weights are multiplied by",
    });
    this.scaleText = make("output", { class: "lm-number", "data-testid": "scale-text" });
    const last = this.weights.at(-1);
    const which = [
      ["all", this.weights.length > 1 ? `weights of all ${this.weights.length} layers` : "weights of the one layer"],
      ["last", `of the last only (${last})`],
    ];
    const layers = select("layers", "Which weights", which, (value) => this.choose({ layers: value }));
    const seeds = this.seeds.map((seed, k) => [k, `seed ${seed}`]);
    const seed = select("seed", "Seed of the first weights", seeds, (value) => this.choose({ seed: Number(value) }));
    return row(
      "lm-birth-controls",
      make("label", { class: "lm-birth-scale" }, make("span", {}, "weights ×"), this.slider, this.scaleText),
      row(
        "lm-birth-choices",
        layers,
        seed,
        button("as-made", "as made (× 1)", () => this.go(this.as_made)),
      ),
    );
  }

  get found() {
    return this.all[this.seed][this.layers];
  }

  choose(chosen) {
    Object.assign(this, chosen);
    this.show();
  }

  go(at) {
    this.at = at;
    this.show();
  }

  nearest(exponent) {
    const away = this.scales.map((scale) => Math.abs(Math.log10(scale) - exponent));
    this.go(away.indexOf(Math.min(...away)));
  }

  show() {
    const scale = this.scales[this.at];
    const loss = number(this.found.losses[this.at]);
    const inside = Math.abs(loss - this.even) <= this.tolerance * this.even;
    this.slider.value = this.at;
    this.slider.setAttribute("aria-valuetext", spoken(`times ${formatNumber(scale)}, loss ${formatNumber(loss)}`));
    this.scaleText.textContent = formatNumber(scale);
    this.scaleText.dataset.exact = scale;
    this.gauge.show(loss, inside);
    const shown = make("span", { "data-testid": "loss", "data-exact": loss }, spoken(formatNumber(loss)));
    const verdict = inside ? "✓ inside 5 %" : "✗ outside 5 %";
    const mark = make("span", { class: inside ? "lm-inside" : "lm-outside" }, verdict);
    this.reading.replaceChildren("loss ", make("strong", {}, shown), " ", mark);
    this.drawCurve(scale, loss);
    this.drawBars();
    this.line.classList.toggle("lm-wrong-line", !inside);
    this.line.textContent = spoken(this.sentence(scale, loss, inside));
  }

  sentence(scale, loss, inside) {
    const { lost, mean, sure } = Object.fromEntries(["lost", "mean", "sure"].map((k) => [k, this.found[k][this.at]]));
    const what = this.layers === "all" ? "Weights" : `The weights ${this.weights.at(-1)}`;
    const begin = `${what} × ${formatNumber(scale)}: the loss is ${formatNumber(loss)} and ${this.name} is`;
    const side = loss > this.even ? "above" : "below";
    const ratio = loss / this.even;
    const near = ratio < 2 ? `${percent(Math.abs(ratio - 1))} ${side}` : `${formatNumber(ratio)} times as much`;
    const far = Number.isFinite(loss) ? `, ${near}` : "";
    const first = `${begin} ${formatNumber(this.even)}${far}: ${inside ? "inside" : "outside"} the band of 5 %.`;
    const none = lost === this.rows ? "No row has" : `${lost} of ${this.rows} rows have no`;
    const gone = lost ? ` ${none} probabilities: the scores are too large for their dtype.` : "";
    if (mean === null) return first + gone;
    const even = `an even guess gives each class ${formatNumber(1 / this.classes)}`;
    const favourite = ` On average the favourite class gets a probability of ${formatNumber(mean)}; ${even}.`;
    const wrong = ` ${sure} of ${this.rows} rows are wrong although sure (${formatNumber(this.sure)} or more).`;
    return first + favourite + wrong + gone;
  }

  drawCurve(scale, loss) {
    const exponents = this.scales.map(Math.log10);
    const points = this.found.losses.map((y, k) => [exponents[k], Math.log10(number(y))]);
    const ends = [exponents[0], exponents.at(-1)];
    const [low, high] = [1 - this.tolerance, 1 + this.tolerance].map((share) => Math.log10(share * this.even));
    const band = (at) => {
      const [top, bottom] = [at.y(high), at.y(low)];
      return svg("rect", { class: "lm-band", x: at.left, width: at.right - at.left, y: top, height: bottom - top });
    };
    const most = Math.log10(HIGHEST * this.even);
    const heights = points.map(([, y]) => Math.min(y, most)).filter(Number.isFinite);
    const drawn = [band, marks.level(Math.log10(this.even), "lm-even"), marks.upright(0, "lm-axis")];
    drawn.push(marks.curve(points, "lm-curve"));
    const here = [Math.log10(scale), Math.log10(loss)];
    if (Number.isFinite(here[1])) drawn.push(marks.dot(here, "lm-true-dot lm-handle", 7));
    else drawn.push(marks.upright(here[0], "lm-gap"));
    this.plot.show({
      x: ends,
      y: [Math.min(low, ...heights), Math.max(high + 0.3, ...heights)],
      xTitle: "weights × …",
      yTitle: `loss; the band is ${this.name} ± 5 %`,
      label: `The first loss against the scale of the weights, from ${formatNumber(this.scales[0])} to
        ${formatNumber(this.scales.at(-1))} times, with a band of 5 % around ${this.name}`,
      marks: drawn,
      xKind: "powers",
      yKind: "powers",
    });
  }

  drawBars() {
    const { right, wrong } = Object.fromEntries(["right", "wrong"].map((k) => [k, this.found[k][this.at]]));
    const most = Math.max(1, ...right.map((n, k) => n + wrong[k]));
    const bar = (name, k, from, to) => (at) => {
      const [x1, x2, top, bottom] = [at.x(k / this.bins), at.x((k + 1) / this.bins), at.y(to), at.y(from)];
      const size = { x: x1 + 1, width: Math.max(1, x2 - x1 - 2), y: top, height: bottom - top };
      return svg("rect", { class: name, ...size, "data-bin": k, "data-count": to - from });
    };
    const bars = right.flatMap((n, k) => [
      ...(n ? [bar("lm-bar-right", k, 0, n)] : []),
      ...(wrong[k] ? [bar("lm-bar-wrong", k, n, n + wrong[k])] : []),
    ]);
    this.bars.show({
      x: [0, 1],
      y: [0, most],
      xTitle: "probability of the favourite class",
      yTitle: `rows; dotted: even, 1/${this.classes}`,
      label: "How many rows have a favourite class of each probability, and whether the favourite is right",
      marks: [marks.upright(1 / this.classes, "lm-axis"), ...bars],
    });
  }
}

export default {
  render({ model, el }) {
    new BirthView(model, el);
  },
};
