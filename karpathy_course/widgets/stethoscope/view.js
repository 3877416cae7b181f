// Fifty layers side by side: what Python heard in each, for the first weights and the non-linearity that are chosen.
import { button, checkbox, legend, make, row, svg, textLine, widget } from "../js/dom.js";
import { formatNumber, number, spoken } from "../js/numbers.js";
import { marks, Plot } from "../js/plot.js";
import { percent, sentence } from "./sentences.js";
import { LEFT, Strip } from "./strip.js";

const LEGEND = [
  ["heard", "activations, RMS"],
  ["back", "gradients, RMS"],
  ["theory", "theory for random weights"],
];
const FACTS = [
  ["rms", "RMS", (found, k) => found.rms[k]],
  ["theory", "RMS in theory", (found, k) => found.theory?.[k] ?? null],
  ["mean", "mean", (found, k) => found.mean[k]],
  ["dead", "dead units", (found, k) => found.dead[k], percent],
  ["saturated", "saturated", (found, k) => found.saturated[k], percent],
  ["lost", "inf or nan", (found, k) => found.lost[k], percent],
  ["gradient-rms", "gradient, RMS", ({ gradient }, k) => gradient.rms[k]],
  ["gradient-zero", "gradient exactly 0", ({ gradient }, k) => gradient.zero[k], percent],
  ["gradient-lost", "gradient inf or nan", ({ gradient }, k) => gradient.lost[k], percent],
];

const select = (id, label, options, act) => {
  const given = { class: "lm-select", "data-testid": id, onchange: act };
  const box = make("select", given, ...options.map(([value, text]) => make("option", { value }, text)));
  return { box, label: make("label", { class: "lm-choice" }, make("span", {}, label), box) };
};

class StethoscopeView {
  constructor(model, root) {
    Object.assign(this, model.get("data"));
    this.model = model;
    this.all = { ...this.found };
    this.at = 0;
    this.shown = this.chosen;
    this.strip = new Strip(this.words, (k) => this.pick(k));
    this.strip.drawn = () => this.align();
    this.sizes = new Plot({ id: "sizes", high: 200 });
    this.sizes.left = LEFT;
    this.line = textLine();
    this.build(root);
    this.hear = (message) => this.receive(message);
    this.alone = () => this.refuse("This page does not hold that choice: it is computed in the running notebook.");
    this.wait = null;
    model.on("msg:custom", this.hear);
    model.on("no-kernel", this.alone);
    this.show();
  }

  build(root) {
    const choose = () => this.choose();
    this.weights = select("first-weights", "first weights", this.first_weights, choose);
    this.shapes_ = select("non-linearity", "non-linearity", this.shapes, choose);
    this.norm = checkbox("batchnorm", "BatchNorm", choose);
    this.norm.box.disabled = !this.own_norm && !this.switchable;
    this.another = button("another-seed", "draw again", () => this.choose(this.seed + 1));
    this.seedText = make("span", { class: "lm-count", "data-testid": "seed" });
    const tools = row("lm-tools lm-steth-tools", this.weights.label, this.shapes_.label, this.norm.label);
    tools.append(row("lm-steth-seed", this.another, this.seedText));
    const range = { type: "range", min: 1, max: this.names.length, step: 1, class: "lm-scrub lm-steth-layer" };
    const moved = () => this.go(Number(this.slider.value) - 1);
    this.slider = make("input", { ...range, "data-testid": "layer", "aria-label": "Layer", oninput: moved });
    this.facts = make("dl", { class: "lm-steth-facts" });
    this.forward = new Plot({ id: "activation-bars", high: 170 });
    this.backward = new Plot({ id: "gradient-bars", high: 170 });
    this.title = make("h3", { class: "lm-steth-title" });
    const details = row("lm-steth-details", this.facts, this.forward.element, this.backward.element);
    const about = `${this.names.length} layers, ${this.rows} rows, ${this.dtype}, input RMS ${formatNumber(this.input)}`;
    const head = row("lm-head", make("strong", {}, "Listen to every layer"), make("span", { class: "lm-count" }, about));
    const below = row("lm-steth-below", this.slider);
    const under = [legend(...LEGEND), this.sizes.element];
    widget(root, "steth", "stethoscope", head, tools, this.strip.element, below, this.line, this.title, details, ...under);
  }

  get reading() {
    return this.all[this.shown];
  }

  // The choice that the controls say, with another seed if one is given.
  choose(seed = this.seed) {
    const key = [this.weights.box.value, this.shapes_.box.value, Number(this.norm.box.checked), seed].join(" ");
    if (this.all[key]) return this.take(key);
    this.wait = key;
    this.line.textContent = "Python is asked for this choice …";
    this.model.send({ ask: key });
  }

  take(key) {
    this.wait = null;
    this.shown = key;
    this.show();
  }

  receive({ found, refused, asked }) {
    Object.assign(this.all, found);
    if (this.wait && this.all[this.wait]) this.take(this.wait);
    else if (refused && asked === this.wait) this.refuse(refused);
  }

  refuse(words) {
    this.wait = null;
    this.show();
    this.line.textContent = spoken(`${words} ${this.line.textContent}`);
    this.line.classList.add("lm-wrong-line");
  }

  pick(k) {
    this.slider.focus();
    this.go(k);
  }

  go(k) {
    this.at = k;
    this.strip.select(k);
    this.showLayer();
    this.showSizes();
  }

  show() {
    const [weights, shape, norm, seed] = this.shown.split(" ");
    this.weights.box.value = weights;
    this.shapes_.box.value = shape;
    this.norm.box.checked = norm === "1";
    this.seed = Number(seed);
    this.seedText.textContent = `seed ${seed}`;
    this.another.disabled = weights === "given";
    const found = this.reading;
    const lanes = [
      { title: "activations: how large, layer by layer", side: found, name: "heard", tall: 150 },
      { title: "gradients of the loss with respect to them", side: found.gradient, name: "back", tall: 110 },
    ];
    this.strip.show(lanes, `Each layer as a column: the sizes of its activations, and below of its gradients`);
    this.go(this.at);
  }

  // The slider's thumb stands below its column.
  align() {
    const { wide, count } = this.strip;
    const thumb = 16;
    this.slider.style.marginLeft = `${LEFT + wide / 2 - thumb / 2}px`;
    this.slider.style.width = `${wide * (count - 1) + thumb}px`;
  }

  get choice() {
    const texts = [this.weights, this.shapes_].map(({ box }) => box.selectedOptions[0].textContent);
    return `First weights ${texts[0]}, ${texts[1]}${this.norm.box.checked ? ", BatchNorm" : ""}`;
  }

  showLayer() {
    const [found, k] = [this.reading, this.at];
    this.slider.value = k + 1;
    this.slider.setAttribute("aria-valuetext", spoken(`layer ${k + 1}, RMS ${formatNumber(found.rms[k])}`));
    this.title.textContent = `Layer ${k + 1}: ${this.names[k]}, ${this.units[k]} units`;
    this.facts.replaceChildren();
    for (const [name, text, value, write = formatNumber] of FACTS) {
      const number_ = value(found, k);
      if (number_ === null || (name.endsWith("lost") && !number_)) continue;
      const shown = make("dd", { "data-fact": name, "data-exact": String(number_) }, spoken(write(number_)));
      this.facts.append(make("div", {}, make("dt", {}, text), shown));
    }
    this.showBars(this.forward, found, k, "activations", "lm-bar-heard");
    this.showBars(this.backward, found.gradient, k, "gradients", "lm-bar-back");
    this.line.textContent = spoken(sentence(this, found, k, this.choice));
    this.line.classList.toggle("lm-wrong-line", found.fate[k] !== "." || found.gradient.fate[k] !== ".");
  }

  showBars(plot, side, k, what, name) {
    const reach = number(side.reach[k]) || 1;
    const bars = [...side.bars[k]].map((letter, i, all) => (at) => {
      const [from, to] = [i, i + 1].map((j) => at.x(reach * ((2 * j) / all.length - 1)));
      const [top, bottom] = [at.y(parseInt(letter, 36) / 35), at.y(0)];
      return svg("rect", { class: name, x: from + 0.5, width: Math.max(0.5, to - from - 1), y: top, height: bottom - top });
    });
    plot.show({
      x: [-reach, reach],
      y: [0, 1],
      xTitle: `${what} of layer ${k + 1}`,
      yTitle: "how many, of the fullest bar",
      label: `The values of the ${what} of layer ${k + 1}`,
      marks: [marks.upright(0, "lm-axis"), ...bars],
    });
  }

  showSizes() {
    const found = this.reading;
    const points = (list) => list.map((y, k) => [k + 1, Math.log10(number(y))]);
    const pieces = (list, name) => {
      const runs = [[]];
      points(list).forEach((point) => (Number.isFinite(point[1]) ? runs.at(-1).push(point) : runs.push([])));
      return runs.filter((run) => run.length).map((run) => marks.curve(run, name));
    };
    const lines = [found.rms, found.gradient.rms, found.theory ?? []];
    const heights = lines.flatMap((list) => points(list).map(([, y]) => y)).filter(Number.isFinite);
    this.sizes.show({
      x: [0.5, this.names.length + 0.5],
      y: heights.length ? [Math.min(...heights), Math.max(...heights)] : [-1, 1],
      xTitle: "layer",
      yTitle: "RMS",
      xKind: "whole",
      yKind: "powers",
      label: "The RMS of the activations and of the gradients against the layer, with what theory expects",
      marks: [
        ...pieces(lines[2], "lm-theory"),
        ...pieces(lines[0], "lm-curve"),
        ...pieces(lines[1], "lm-back-curve"),
        marks.upright(this.at + 1, "lm-cursor"),
      ],
    });
  }
}

export default {
  render({ model, el }) {
    const view = new StethoscopeView(model, el);
    return () => {
      model.off("msg:custom", view.hear);
      model.off("no-kernel", view.alone);
    };
  },
};
