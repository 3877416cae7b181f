// Choose a convolution, a direction and an engine; every number and sentence comes from Python.
import { legend, make, row, textLine, widget } from "../js/dom.js";
import { filling } from "../js/bars.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { height, reach, Roof, swatch } from "./roof.js";

const NOTE =
  "float32. On the CPU: CPU time of one thread, the median of rounds in which the engines take turns. Bytes: every " +
  "array read or written once, the least that is possible. Roof: a large product of matrices, and a large copy, as " +
  "measured on this machine. All axes are logarithmic: a bar that is twice as long is much more than twice as fast.";
const ROOF = ["roof", "the roof: the most that this intensity allows"];
const STORED = ["stored", "stored, from another machine"];
const TRAIL = ["trail", "the chosen engine in the other convolutions"];

class RooflineView {
  constructor(model, root) {
    this.data = model.get("data");
    const { first, passes, sizes, engines } = this.data;
    // Radio buttons of two widgets of one notebook must not belong together; each may have loaded this module anew.
    this.token = Math.random().toString(36).slice(2);
    this.size = first.size;
    this.which = passes[0];
    this.engine = first.engine;
    this.reach = reach(this.data);
    this.roof = new Roof(this.data, (k) => {
      this.rows[k].box.focus(); // so that the arrow keys go on from there
      this.choose({ engine: k });
    });
    this.line = textLine();
    this.sizes = this.pills("size", "Channels, kernel, output", sizes, (k) => this.choose({ size: k }));
    this.passes = this.pills("pass", "Direction", passes, (k) => this.choose({ which: passes[k] }), passes);
    this.rows = engines.map((engine, k) => this.bar(engine, k));
    const { cpu } = this.data.roofs;
    const head = row(
      "lm-head",
      make("strong", {}, "How fast could it be?"),
      make("span", { class: "lm-count" }, `${cpu.machine}, one thread`),
    );
    const stored = Object.values(this.data.roofs).some(({ date }) => date);
    const bars = { class: "lm-roof-bars", role: "radiogroup", "aria-label": "Engine" };
    const right = make(
      "div",
      bars,
      ...this.rows.map(({ element }) => element),
      this.axis(),
      legend(ROOF, ...(stored ? [STORED] : [])),
    );
    const choices = row("lm-roof-choices", this.sizes.element, this.passes.element);
    const columns = row("lm-roof-columns", make("div", {}, this.roof.element, legend(TRAIL)), right);
    widget(root, "roof", "roofline", head, choices, columns, this.line, make("p", { class: "lm-note" }, NOTE));
    this.choose({}); // the first size may lack the first direction
  }

  radio(group, id, value, act, attributes = {}) {
    const given = { type: "radio", name: `lm-roof-${group}-${this.token}`, value, "data-testid": id, ...attributes };
    return make("input", { ...given, onchange: act });
  }

  pills(group, label, texts, act, ids = texts.map((_, k) => k)) {
    const boxes = texts.map((_, k) => this.radio(group, `${group}-${ids[k]}`, k, () => act(k)));
    const each = texts.map((text, k) => make("label", { class: "lm-roof-pill" }, boxes[k], make("span", {}, text)));
    const frame = { class: "lm-roof-pills", role: "radiogroup", "aria-label": label };
    return {
      boxes,
      element: make("div", frame, make("span", { class: "lm-roof-what", "aria-hidden": "true" }, label), ...each),
    };
  }

  bar({ name, kind }, k) {
    const box = this.radio("engine", `engine-${k}`, k, () => this.choose({ engine: k }));
    const track = make("span", { class: "lm-track" });
    const number = make("span", { class: "lm-number" });
    const title = make("span", { class: "lm-bar-name" }, swatch(kind), make("span", {}, name));
    const element = make("label", { class: "lm-bar lm-roof-bar", "data-engine": k }, box, title, track, number);
    return { element, box, track, number };
  }

  place(exponent) {
    const [low, high] = this.reach;
    return (100 * (exponent - low)) / (high - low);
  }

  axis() {
    const [low, high] = this.reach;
    const every = Math.ceil((high - low) / 3.6);
    const powers = Array.from({ length: Math.floor(high) - low + 1 }, (_, k) => low + k).filter(
      (v) => (v - low) % every === 0,
    );
    const ticks = powers.map((power) => {
      const tick = make("span", { class: "lm-roof-tick" }, spoken(formatNumber(10 ** power)));
      tick.style.left = `${this.place(power)}%`;
      return tick;
    });
    this.powers = powers;
    const scale = make("span", { class: "lm-roof-scale" }, ...ticks);
    return make("div", { class: "lm-roof-axis", "aria-hidden": "true" }, scale, make("span", {}, "GFLOP/s"));
  }

  choose(chosen) {
    Object.assign(this, chosen);
    if (!this.data.cells[this.size][this.which]) this.which = Object.keys(this.data.cells[this.size])[0];
    this.show();
  }

  show() {
    const { passes, cells } = this.data;
    const here = cells[this.size][this.which];
    this.sizes.boxes.forEach((box, k) => (box.checked = k === this.size));
    this.passes.boxes.forEach((box, k) => {
      box.checked = passes[k] === this.which;
      box.disabled = !cells[this.size][passes[k]];
    });
    this.rows.forEach((each, k) => this.showBar(each, here[k], k));
    this.roof.show(this.size, this.which, this.engine);
    this.line.textContent = here[this.engine].text;
    this.line.classList.toggle("lm-backward-line", this.which === "backward");
  }

  showBar({ element, box, track, number }, cell, k) {
    box.checked = k === this.engine;
    element.classList.toggle("lm-roof-now", k === this.engine);
    element.dataset.state = cell.state;
    for (const what of ["rate", "roof"]) {
      if (cell[what]) element.dataset[what] = cell[what];
      else delete element.dataset[what];
    }
    const grid = this.powers.slice(1).map((power) => filling("lm-roof-grid", this.place(power), 0));
    const parts = [];
    if (cell.rate) {
      const [bar, roof] = [cell.rate, cell.roof].map((rate) => this.place(height(rate)));
      parts.push(filling(`lm-fill lm-roof-fill lm-roof-${this.which}`, 0, bar), filling("lm-roof-top", roof, 0));
    }
    track.replaceChildren(...grid, ...parts);
    const small = cell.small ? [make("small", {}, cell.small)] : [];
    number.replaceChildren(cell.number, ...small);
  }
}

export default {
  render({ model, el }) {
    new RooflineView(model, el);
  },
};
