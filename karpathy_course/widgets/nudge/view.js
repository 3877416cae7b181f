// One leaf is nudged at a time; the page computes the root again and sets what the gradient predicted
// beside what really happened.
import { bar, filling } from "../js/bars.js";
import { button, make, row, textLine, widget } from "../js/dom.js";
import { formatNumber, number, spoken } from "../js/numbers.js";
import { evaluate } from "../js/operations.js";
import { marks, Plot } from "../js/plot.js";

const SAMPLES = 96;

class NudgeView {
  constructor(model, root) {
    Object.assign(this, model.get("data"));
    this.base = this.at(null, 0);
    this.leaf = this.leaves[0];
    this.rows = this.leaves.map((leaf) => this.row(leaf));
    this.plot = new Plot({ high: 260, drag: (delta) => this.slide(this.rowOf(this.leaf), delta) });
    this.bars = make("div", { class: "lm-bars" });
    this.line = textLine();
    this.rootText = make("span", { class: "lm-count", "data-testid": "root" });
    const typed = () => Number.isFinite(this.exact.valueAsNumber) && this.nudge(this.leaf, this.exact.valueAsNumber);
    const exact = { type: "number", class: "lm-field lm-exact", step: "any", "data-testid": "delta", oninput: typed };
    this.exact = make("input", exact);
    this.exactName = make("span");
    const reset = button("reset", "back to Δ = 0", () => this.nudge(this.leaf, 0));
    const tools = row("lm-tools", make("label", {}, this.exactName, this.exact), reset);
    const leaves = { class: "lm-leaves", role: "group", "aria-label": "Leaves to nudge" };
    const left = make("div", leaves, ...this.rows.map((each) => each.element), tools);
    const title = this.formula ? `${this.name} = ${this.formula}` : this.name;
    const head = row("lm-head", make("strong", {}, title), this.rootText);
    const columns = row("lm-columns", left, row("lm-right", this.plot.element, this.bars));
    widget(root, "nudge", "nudge", head, columns, this.line);
    this.nudge(this.leaf, 0);
  }

  reach(leaf) {
    return Math.max(1, Math.abs(number(leaf.value)));
  }

  rowOf(leaf) {
    return this.rows.find((each) => each.leaf === leaf);
  }

  row(leaf) {
    const reach = this.reach(leaf);
    const value = make("output", { class: "lm-number", "data-testid": `value-${leaf.name}` });
    const range = { type: "range", min: -reach, max: reach, step: reach / 100, value: 0 };
    const named = { class: "lm-scrub", "data-testid": `leaf-${leaf.name}`, "aria-label": `Nudge ${leaf.name}` };
    const slider = make("input", { ...range, ...named, oninput: () => this.nudge(leaf, Number(slider.value)) });
    const slope = make("span", { class: "lm-slope" }, `gradient ${spoken(formatNumber(leaf.grad))}`);
    const element = make("label", { class: "lm-leaf-row" }, make("span", { class: "lm-name" }, leaf.name));
    element.append(slider, value, slope);
    return { leaf, slider, value, element };
  }

  // The point in the plot moves by the slider's steps, so that both ways lead to the same numbers.
  slide({ leaf, slider }, delta) {
    slider.value = delta;
    this.nudge(leaf, Number(slider.value));
  }

  at(leaf, delta) {
    return evaluate(this.nodes, leaf ? { [leaf.id]: number(leaf.value) + delta } : {})[this.root];
  }

  nudge(leaf, delta) {
    this.leaf = leaf;
    for (const each of this.rows) {
      const now = each.leaf === leaf ? delta : 0;
      each.slider.value = now;
      each.value.textContent = spoken(formatNumber(number(each.leaf.value) + now));
      each.element.classList.toggle("lm-active", each.leaf === leaf);
    }
    this.exactName.textContent = `Δ of ${leaf.name} `;
    if (document.activeElement !== this.exact) this.exact.value = delta;
    const predicted = number(leaf.grad) * delta;
    const changed = this.at(leaf, delta);
    const real = changed - this.base;
    this.rootText.textContent = spoken(`${this.name}: ${formatNumber(this.base)} → ${formatNumber(changed)}`);
    this.drawPlot(delta, changed);
    this.drawBars(predicted, real);
    this.line.textContent = spoken(delta === 0 ? this.invitation() : this.outcome(delta, predicted, real));
  }

  invitation() {
    const { name, grad } = this.leaf;
    const slope = formatNumber(grad);
    const change = `nudge ${name} by Δ and ${this.name} should change by ${slope} × Δ.`;
    return `Drag a leaf. The gradient of ${name} is ${slope}: ${change}`;
  }

  outcome(delta, predicted, real) {
    const { name, grad, value } = this.leaf;
    const [before, after] = [formatNumber(value), formatNumber(number(value) + delta)];
    const product = `${formatNumber(grad)} × ${formatNumber(delta)} = ${formatNumber(predicted)}`;
    const change = `${name}: ${before} → ${after}, so Δ = ${formatNumber(delta)}. Predicted change: ${product}.`;
    return `${change} True change: ${formatNumber(real)}. ${this.verdict(predicted, real)}`;
  }

  // Rounding in the last digits is no difference.
  verdict(predicted, real) {
    const rounding = 1e-9 * Math.max(Math.abs(predicted), Math.abs(real), Math.abs(this.base));
    const agree = Math.abs(predicted - real) <= rounding;
    return agree ? "They agree." : `They differ by ${formatNumber(predicted - real)}.`;
  }

  drawBars(predicted, real) {
    const reach = this.reach(this.leaf);
    const ends = [reach, -reach].map((delta) => this.at(this.leaf, delta) - this.base);
    const amounts = [predicted, real, number(this.leaf.grad) * reach, ...ends].map(Math.abs);
    const most = Math.max(...amounts.filter(Number.isFinite), 1e-12);
    const drawn = (id, name, amount) => {
      const share = Number.isFinite(amount) ? Math.min(50, (50 * Math.abs(amount)) / most) : 0;
      const part = filling(`lm-fill lm-fill-${id}`, amount >= 0 ? 50 : 50 - share, share);
      return bar({ id, name, exact: amount, text: spoken(formatNumber(amount)) }, part);
    };
    this.bars.replaceChildren(drawn("predicted", "gradient × Δ", predicted), drawn("true", "true change", real));
  }

  drawPlot(delta, changed) {
    const { name } = this.leaf;
    const reach = Math.max(this.reach(this.leaf), Math.abs(delta)); // a typed nudge may be larger than the slider's
    const grad = number(this.leaf.grad);
    const tangent = (d) => this.base + grad * d;
    const steps = Array.from({ length: SAMPLES + 1 }, (_, i) => -reach + (2 * reach * i) / SAMPLES);
    const points = steps.map((d) => [d, this.at(this.leaf, d)]);
    const ends = [-reach, reach].map((d) => [d, tangent(d)]);
    const heights = [...points, ...ends].map(([, y]) => y).filter(Number.isFinite);
    const drawn = [
      marks.level(this.base, "lm-axis"),
      marks.curve(points, "lm-curve"),
      marks.curve(ends, "lm-tangent"),
      marks.dot([0, this.base], "lm-start", 4.5),
    ];
    if (Number.isFinite(changed)) {
      const guess = [delta, tangent(delta)];
      if (delta !== 0) drawn.push(marks.line([guess, [delta, changed]], "lm-gap"), marks.square(guess, "lm-guess-dot"));
      drawn.push(marks.dot([delta, changed], "lm-true-dot lm-handle", 6));
    }
    const [low, high] = [Math.min(...heights), Math.max(...heights)];
    const slope = formatNumber(grad);
    this.plot.show({
      x: [-reach, reach],
      y: [low, high],
      xTitle: `Δ of ${name}`,
      yTitle: this.name,
      label: `${this.name} against the nudge of ${name}, with its tangent of slope ${slope}`,
      marks: drawn,
    });
  }
}

export default {
  render({ model, el }) {
    new NudgeView(model, el);
  },
};
