// Two arrays stretched to one shape, and gradients summed back along the same threads. Numbers, places and sentences
// come from Python; the page adds only motion, and asks for other shapes.
import { button, checkbox, legend, make, row, textLine, widget } from "../js/dom.js";
import { spoken } from "../js/numbers.js";
import { Transport } from "../js/transport.js";
import { Cloth } from "./cloth.js";
import { Rule } from "./rule.js";
import { stateAfter, stepsOf } from "./steps.js";

const NEEDS_KERNEL = "Other shapes need a kernel: this page has the examples in its list.";
const LEGEND = [
  ["own", "a number"],
  ["copy", "a copy, tied to it"],
  ["gradient", "a gradient"],
];

// A typed shape as Python writes it, "(3, 1)"; the text itself where it is none.
export function shapeText(text) {
  const inside = text.trim().replace(/^\(|\)$/g, "");
  if (!/^[\d\s,×x*]*$/.test(inside)) return text;
  const sizes = (inside.match(/\d+/g) ?? []).map(Number);
  return sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(", ")})`;
}

class LoomView {
  constructor(model, root) {
    this.model = model;
    const { examples, looms, operations, shown } = model.get("data");
    this.looms = { ...looms };
    this.signs = operations; // {name: sign}
    this.picked = null;
    this.each = false;
    this.rule = new Rule();
    this.cloth = new Cloth((picked) => this.pick(picked));
    this.line = textLine();
    this.formula = make("strong", {});
    this.transport = new Transport(
      () => this.steps.length,
      (position, animated) => this.show(position, animated),
    );
    this.cells = checkbox("cells", "one result at a time", (checked) => this.computeEach(checked));
    this.clear = button("clear", "clear selection", () => {
      this.pick(null);
      this.cloth.stage.focus(); // the button has nothing more to do
    });
    const head = row("lm-head", this.formula, legend(...LEGEND));
    const foot = row("lm-foot", this.transport.element, this.cells.label, this.clear);
    widget(root, "loom", "broadcast-loom", head, this.controls(examples), this.cloth.stage, this.line, foot);
    model.on("msg:custom", (message) => this.receive(message));
    model.on("no-kernel", () => this.say(NEEDS_KERNEL));
    this.open(shown);
  }

  controls(examples) {
    const option = (key) => make("option", { value: key }, this.titleOf(key));
    this.example = make("select", {
      class: "lm-select",
      "data-testid": "example",
      "aria-label": "Example",
      onchange: () => this.ask(this.example.value),
    });
    this.example.append(...examples.map(option));
    this.addExample = (key) => {
      if (![...this.example.options].some(({ value }) => value === key)) this.example.append(option(key));
    };
    const typed = (name) =>
      make("input", {
        type: "text",
        class: "lm-field lm-shape",
        size: 9,
        spellcheck: "false",
        autocomplete: "off",
        "data-testid": `shape-${name}`,
        onkeydown: (event) => event.key === "Enter" && this.askTyped(),
      });
    this.shapes = ["a", "b"].map(typed);
    const signs = Object.entries(this.signs).map(([op, sign]) => make("option", { value: op }, sign));
    const choice = { "data-testid": "op", "aria-label": "Operation", onchange: () => this.askTyped() };
    this.op = make("select", { class: "lm-select", ...choice }, ...signs);
    const [a, b] = this.shapes;
    return row(
      "lm-tools",
      make("label", {}, "example ", this.example),
      row(
        "lm-typed",
        make("label", {}, "or shapes: a ", a),
        this.op,
        make("label", {}, "b ", b),
        button("show", "show", () => this.askTyped()),
      ),
    );
  }

  titleOf(key) {
    const [a, b, op] = key.split("|");
    const sign = this.signs[op];
    return sign === op ? `${op}(${a}, ${b})` : `${a} ${sign} ${b}`;
  }

  askTyped() {
    this.ask([...this.shapes.map(({ value }) => shapeText(value)), this.op.value].join("|"));
  }

  ask(key) {
    if (this.looms[key]) return this.open(key);
    const [a, b, op] = key.split("|");
    this.say(`Python computes ${this.titleOf(key)} …`);
    this.model.send({ a, b, op });
  }

  receive({ error, loom }) {
    if (error) return this.say(error);
    if (!loom) return;
    this.looms[loom.key] = loom;
    this.open(loom.key);
  }

  open(key) {
    this.loom = this.looms[key];
    this.picked = null;
    this.addExample(key);
    this.example.value = key;
    const [a, b, op] = key.split("|");
    [this.shapes[0].value, this.shapes[1].value, this.op.value] = [a, b, op];
    this.formula.textContent = spoken(this.loom.formula);
    this.cells.label.hidden = !this.loom.result?.values.length;
    this.rule.show(this.loom, this.loom.axes.length, null); // its final size, before places are found around it
    this.cloth.begin(this.loom, this.rule.element);
    this.plan();
    this.transport.reset(0);
  }

  plan() {
    this.steps = stepsOf(this.loom, this.each);
    const forward = this.steps.findIndex(({ kind }) => kind === "arrive");
    this.transport.split(forward < 0 ? 1 : forward / this.steps.length);
  }

  computeEach(each) {
    const compute = this.loom.steps.findIndex(({ kind }) => kind === "compute");
    this.each = each;
    this.plan();
    this.transport.reset(Math.min(this.transport.position, compute));
  }

  pick(picked) {
    if (String(picked) === String(this.picked)) return;
    this.picked = picked;
    this.cloth.show(this.state, picked, false);
    this.clear.disabled = picked === null;
    this.say(picked ? this.wordsOf(picked) : this.sentence);
  }

  // What is said of a picked number: no more than what has been computed by now.
  wordsOf([panel, cell]) {
    const { computed, arrived, summed } = this.state;
    if (panel === 2) {
      const { names, words } = this.loom.result;
      if (cell >= computed) return `${names[cell]} is not computed yet.`;
      return arrived ? words[cell].join(" ") : words[cell][0];
    }
    const [before, after, gradient] = this.loom.operands[panel].words[cell] ?? [""];
    const forward = computed === Infinity ? after : before;
    return summed[panel] ? `${forward} ${gradient}` : forward;
  }

  show(position, animated) {
    this.state = stateAfter(this.steps, position);
    this.sentence = (this.state.step ?? this.loom.steps[0]).text;
    this.rule.show(this.loom, this.state.compared, this.state.step?.axis ?? null);
    this.cloth.stage.style.setProperty("--lm-pace", `${this.transport.pace}ms`);
    this.cloth.show(this.state, this.picked, animated);
    const clash = this.loom.clash && position === this.steps.length;
    const wrong = clash || this.state.step?.wrong;
    this.line.classList.toggle("lm-backward-line", this.state.backward);
    this.line.classList.toggle("lm-wrong-line", Boolean(wrong));
    this.clear.disabled = this.picked === null;
    this.say(this.picked ? `${this.sentence} ${this.wordsOf(this.picked)}` : this.sentence);
  }

  say(text) {
    this.line.textContent = spoken(text);
  }
}

export default {
  render({ model, el }) {
    new LoomView(model, el);
  },
};
