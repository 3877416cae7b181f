// Fifty layers side by side: what Python heard in each, for the first weights and the non-linearity that are chosen.
import { button, checkbox, legend, make, row, textLine, widget } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { Charts } from "./charts.js";
import { unpacked } from "./readings.js";
import { first, MEANINGS, percent, sentence } from "./sentences.js";
import { LEFT, Strip, swatch } from "./strip.js";

const LEGEND = [
  ["heard", "activations’ RMS, the dot"],
  ["back", "gradients’ RMS, dotted, the square"],
  ["theory", "theory for random weights, dashed"],
];
const NOTE =
  "A column is widest at the size that most of its layer’s numbers have; at its foot, how many are exactly 0, and at " +
  "its top, how many are inf or nan.";
const RANDOM = " There are no targets here: a random gradient of size 1 is sent back from the output.";
const THUMB = 16; // px of the slider's
const FACTS = [
  ["rms", "RMS", (found, k) => found.rms[k]],
  ["theory", "RMS in theory", (found, k) => found.theory?.[k] ?? null],
  ["mean", "mean", (found, k) => found.mean[k]],
  ["zero", "exactly 0", (found, k) => found.zero[k], percent],
  ["dead", "dead units", (found, k) => found.dead[k], percent],
  ["saturated", "saturated", (found, k) => found.saturated[k], percent],
  ["lost", "inf or nan", (found, k) => found.lost[k] || null, percent],
  ["gradient-rms", "gradient: RMS", ({ gradient }, k) => gradient.rms[k]],
  ["gradient-zero", "gradient: exactly 0", ({ gradient }, k) => gradient.zero[k], percent],
  ["gradient-lost", "gradient: inf or nan", ({ gradient }, k) => gradient.lost[k] || null, percent],
];

const select = (id, label, options, act) => {
  const given = { class: "lm-select", "data-testid": id, onchange: act };
  const box = make("select", given, ...options.map(([value, text]) => make("option", { value }, text)));
  return { box, label: make("label", { class: "lm-choice" }, make("span", {}, label), box) };
};

class StethoscopeView {
  constructor(model, root) {
    this.model = model;
    this.data = model.get("data");
    this.held = {};
    this.keep(this.data.found);
    this.at = 0;
    this.asked = null; // the choice that Python was asked for
    this.static = false;
    this.shown = this.data.chosen;
    this.strip = new Strip(
      this.data.words,
      (k) => this.pick(k),
      () => this.align(),
    );
    this.charts = new Charts();
    this.line = textLine();
    this.build(root);
    this.hear = (message) => this.receive(message);
    this.alone = () => this.becomeStatic();
    model.on("msg:custom", this.hear);
    model.on("no-kernel", this.alone);
    this.show();
    model.send({ ask: this.shown }); // is there a kernel?
  }

  build(root) {
    const { names, rows, dtype, input, first_weights: weights, shapes, own_norm: own, switchable } = this.data;
    const choose = () => this.choose();
    this.weights = select("first-weights", "first weights", weights, choose);
    this.shapes = select("non-linearity", "non-linearity", shapes, choose);
    this.norm = checkbox("batchnorm", "BatchNorm", choose);
    this.norm.box.disabled = !own && !switchable;
    this.another = button("another-seed", "draw again", () => this.choose(this.seed + 1));
    this.seedText = make("span", { class: "lm-count", "data-testid": "seed" });
    const moved = () => this.go(Number(this.slider.value) - 1);
    const range = { type: "range", min: 1, max: names.length, step: 1, class: "lm-steth-layer", oninput: moved };
    this.slider = make("input", { ...range, "data-testid": "layer", "aria-label": "Layer" });
    this.meanings = row("lm-meanings");
    this.facts = make("dl", { class: "lm-steth-facts" });
    this.title = make("p", { class: "lm-steth-title" });
    const about = spoken(`${names.length} layers, ${rows} rows, ${dtype}, input’s RMS ${formatNumber(input)}`);
    const head = row(
      "lm-head",
      make("strong", {}, "Listen to every layer"),
      make("span", { class: "lm-count" }, about),
    );
    const seed = row("lm-choice", this.another, this.seedText);
    const left = make("div", {}, this.title, this.facts);
    widget(
      root,
      "steth",
      "stethoscope",
      head,
      row("lm-tools lm-steth-tools", this.weights.label, this.shapes.label, this.norm.label, seed),
      this.strip.element,
      this.slider,
      this.meanings,
      this.line,
      legend(...LEGEND),
      this.charts.sizes.element,
      row("lm-steth-details", left, this.charts.forward.element, this.charts.backward.element),
      make("p", { class: "lm-note" }, NOTE + (this.held[this.shown].loss === null ? RANDOM : "")),
    );
  }

  keep(found = {}) {
    for (const [key, packed] of Object.entries(found)) this.held[key] ??= unpacked(packed, this.data);
  }

  // What the controls say, with another seed if one is given.
  choose(seed = this.seed) {
    const key = [this.weights.box.value, this.shapes.box.value, Number(this.norm.box.checked), seed].join(" ");
    if (this.held[key]) return this.take(key);
    this.asked = key;
    this.line.textContent = "Python is listening with this choice …";
    this.model.send({ ask: key });
  }

  take(key) {
    this.asked = null;
    this.shown = key;
    this.show();
  }

  receive({ found, refused, asked }) {
    this.keep(found);
    if (this.asked && this.held[this.asked]) this.take(this.asked);
    else if (refused && asked === this.asked) this.refuse(refused);
  }

  // The choice that was shown before stays.
  refuse(words) {
    this.asked = null;
    this.show();
    this.line.textContent = spoken(`${words} ${this.line.textContent}`);
    this.line.classList.add("lm-wrong-line");
  }

  // Without a kernel there is only what the page holds.
  becomeStatic() {
    if (this.asked) return this.refuse("This page does not hold that choice; a running notebook computes it.");
    this.static = true;
    const norms = new Set(Object.keys(this.held).map((key) => key.split(" ")[2]));
    if (norms.size < 2) this.norm.box.disabled = true;
    this.show();
  }

  pick(k) {
    this.slider.focus();
    this.go(k);
  }

  show() {
    const [weights, shape, norm, seed] = this.shown.split(" ");
    this.weights.box.value = weights;
    this.shapes.box.value = shape;
    this.norm.box.checked = norm === "1";
    this.seed = Number(seed);
    this.another.disabled = this.static || weights === "given";
    const { words } = this.data;
    const found = this.held[this.shown];
    const loss = found.loss === null ? "" : `, loss ${formatNumber(found.loss)}`;
    this.seedText.textContent = spoken(`seed ${seed}${loss}`);
    const [forward, backward] = [first(found.fate, words), first(found.gradient.fate, words, true)];
    this.strip.show(
      [
        { title: "activations", side: found, name: "heard", tall: 160 },
        { title: "gradients with respect to them", side: found.gradient, name: "back", tall: 120 },
      ],
      `A column for each of ${found.fate.length} layers. Activations: ${forward}. Gradients: ${backward}.`,
    );
    const fates = Object.keys(MEANINGS).filter((fate) => (found.fate + found.gradient.fate).includes(fate));
    this.meanings.replaceChildren(...fates.map((fate) => make("span", {}, swatch(fate), ` ${MEANINGS[fate]}`)));
    this.go(this.at);
  }

  // The slider's thumb stands below its column.
  align() {
    const { wide, count } = this.strip;
    this.slider.style.marginLeft = `${LEFT + wide / 2 - THUMB / 2}px`;
    this.slider.style.width = `${wide * (count - 1) + THUMB}px`;
  }

  go(k) {
    this.at = k;
    const found = this.held[this.shown];
    const { names, units, words } = this.data;
    this.strip.select(k);
    this.charts.show(found, k);
    const said = sentence(found, words, k);
    this.slider.value = k + 1;
    this.slider.setAttribute("aria-valuetext", spoken(said.slice(0, said.indexOf(". "))));
    this.title.textContent = `Layer ${k + 1}: ${units[k]} units${names[k] ? `, module “${names[k]}”` : ""}`;
    this.facts.replaceChildren();
    for (const [name, text, value, write = formatNumber] of FACTS) {
      const fact = value(found, k);
      if (fact === null) continue;
      const shown = make("dd", { "data-fact": name, "data-exact": String(fact) }, spoken(write(fact)));
      this.facts.append(make("div", {}, make("dt", {}, text), shown));
    }
    this.line.textContent = spoken(said);
    this.line.classList.toggle("lm-wrong-line", found.fate[k] + found.gradient.fate[k] !== "..");
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
