// One leaf is nudged at a time; the page computes the root again and sets what the gradient predicted
// beside what really happened.
const WIDTH = 460, HEIGHT = 240, SAMPLES = 96;

class NudgeView {
  constructor(model, root) {
    Object.assign(this, model.get("data"));
    this.base = this.at(null, 0);
    this.leaf = this.leaves[0];
    this.delta = 0;
    this.rows = this.leaves.map((leaf) => this.row(leaf));
    this.plot = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "lm-graph lm-plot", role: "img" });
    this.bars = make("div", { class: "lm-bars" });
    this.line = make("p", { class: "lm-line", "aria-live": "polite", "data-testid": "text-line" });
    const reset = make("button", { type: "button", class: "lm-button lm-wide", "data-testid": "reset", onclick: () => this.nudge(this.leaf, 0) }, "back to Δ = 0");
    this.exact = make("input", { type: "number", class: "lm-exact", step: "any", "data-testid": "delta", oninput: () => {
      if (Number.isFinite(this.exact.valueAsNumber)) this.nudge(this.leaf, this.exact.valueAsNumber);
    } });
    this.exactName = make("span");
    const tools = make("div", { class: "lm-tools" }, make("label", {}, this.exactName, this.exact), reset);
    const told = this.formula ? `${this.name} = ${this.formula}` : this.name;
    root.append(make("div", { class: "lm-widget lm-nudge", "data-testid": "nudge" },
      make("div", { class: "lm-head" }, make("strong", {}, told),
        make("span", { class: "lm-count", "data-testid": "root" })),
      make("div", { class: "lm-columns" },
        make("div", { class: "lm-leaves", role: "group", "aria-label": "Leaves to nudge" }, ...this.rows.map((r) => r.element), tools),
        make("div", { class: "lm-right" }, this.plot, this.bars)),
      this.line));
    keepKeysInside(root.lastElementChild);
    this.rootText = root.querySelector('[data-testid="root"]');
    this.nudge(this.leaf, 0);
  }

  reach(leaf) { return Math.max(1, Math.abs(number(leaf.value))); }

  row(leaf) {
    const reach = this.reach(leaf);
    const value = make("output", { class: "lm-number", "data-testid": `value-${leaf.name}` });
    const slider = make("input", { type: "range", class: "lm-scrub", min: -reach, max: reach, step: reach / 100, value: 0,
      "data-testid": `leaf-${leaf.name}`, "aria-label": `Nudge ${leaf.name}`, oninput: () => this.nudge(leaf, Number(slider.value)) });
    const element = make("label", { class: "lm-leaf-row" }, make("span", { class: "lm-name" }, leaf.name), slider, value,
      make("span", { class: "lm-slope" }, `gradient ${spoken(formatNumber(leaf.grad))}`));
    return { leaf, slider, value, element };
  }

  at(leaf, delta) {
    const values = evaluate(this.nodes, leaf ? { [leaf.id]: number(leaf.value) + delta } : {});
    return values[this.root];
  }

  nudge(leaf, delta) {
    this.leaf = leaf;
    this.delta = delta;
    for (const row of this.rows) {
      const now = row.leaf === leaf ? delta : 0;
      row.slider.value = now;
      row.value.textContent = spoken(formatNumber(number(row.leaf.value) + now));
      row.element.classList.toggle("lm-active", row.leaf === leaf);
    }
    this.exactName.textContent = `Δ of ${leaf.name} `;
    if (document.activeElement !== this.exact) this.exact.value = delta;
    const predicted = number(leaf.grad) * delta, changed = this.at(leaf, delta), real = changed - this.base;
    this.rootText.textContent = spoken(`${this.name}: ${formatNumber(this.base)} → ${formatNumber(changed)}`);
    this.drawPlot();
    this.drawBars(predicted, real);
    const name = leaf.name, before = formatNumber(leaf.value), after = formatNumber(number(leaf.value) + delta);
    this.line.textContent = spoken(delta === 0
      ? `Drag a leaf. The gradient of ${name} is ${formatNumber(leaf.grad)}: nudge ${name} by Δ and ${this.name} should change by ${formatNumber(leaf.grad)} × Δ.`
      : `${name}: ${before} → ${after}, so Δ = ${formatNumber(delta)}. Predicted change: ${formatNumber(leaf.grad)} × ${formatNumber(delta)} = ${formatNumber(predicted)}. True change: ${formatNumber(real)}. ${this.verdict(predicted, real)}`);
  }

  // Rounding in the last digits is no difference.
  verdict(predicted, real) {
    const gap = Math.abs(predicted - real), rounding = 1e-9 * Math.max(Math.abs(predicted), Math.abs(real), Math.abs(this.base));
    return gap <= rounding ? "They agree." : `They differ by ${formatNumber(predicted - real)}.`;
  }

  drawBars(predicted, real) {
    const reach = this.reach(this.leaf);
    const most = Math.max(...[predicted, real, number(this.leaf.grad) * reach, this.at(this.leaf, reach) - this.base, this.at(this.leaf, -reach) - this.base]
      .map(Math.abs).filter(Number.isFinite), 1e-12);
    const bar = (id, label, amount) => {
      const share = Number.isFinite(amount) ? Math.min(50, (50 * Math.abs(amount)) / most) : 0;
      const fill = make("span", { class: `lm-fill lm-fill-${id}` });
      fill.style.width = `${share}%`;
      fill.style[amount >= 0 ? "left" : "right"] = "50%";
      return make("div", { class: "lm-bar" }, make("span", { class: "lm-bar-name" }, label), make("span", { class: "lm-track" }, fill),
        make("span", { class: "lm-number", "data-testid": id, "data-exact": String(amount) }, spoken(formatNumber(amount))));
    };
    this.bars.replaceChildren(bar("predicted", "gradient × Δ", predicted), bar("true", "true change", real));
  }

  drawPlot() {
    const reach = this.reach(this.leaf), grad = number(this.leaf.grad);
    const points = Array.from({ length: SAMPLES + 1 }, (_, i) => -reach + (2 * reach * i) / SAMPLES)
      .map((d) => [d, this.at(this.leaf, d)]).filter(([, y]) => Number.isFinite(y));
    const ends = [this.base - grad * reach, this.base + grad * reach];
    const heights = [...points.map(([, y]) => y), ...ends].filter(Number.isFinite);
    const low = Math.min(...heights), high = Math.max(...heights), span = high - low || 1;
    const x = (d) => 12 + ((WIDTH - 24) * (d + reach)) / (2 * reach);
    const y = (v) => HEIGHT - 30 - ((HEIGHT - 48) * (v - low)) / span;
    const moved = this.at(this.leaf, this.delta);
    this.plot.setAttribute("aria-label", spoken(`${this.name} against ${this.leaf.name}, with its tangent of slope ${formatNumber(grad)}`));
    const parts = [
      svg("line", { x1: 12, x2: WIDTH - 12, y1: y(this.base), y2: y(this.base), class: "lm-axis" }),
      svg("polyline", { points: points.map(([d, v]) => `${x(d)},${y(v)}`).join(" "), class: "lm-curve" }),
      svg("line", { x1: x(-reach), y1: y(ends[0]), x2: x(reach), y2: y(ends[1]), class: "lm-tangent" }),
      svg("circle", { cx: x(0), cy: y(this.base), r: 4.5, class: "lm-here" }),
      svg("text", { x: WIDTH / 2, y: HEIGHT - 8, "text-anchor": "middle", class: "lm-label" }, `Δ of ${this.leaf.name}, from ${spoken(formatNumber(-reach))} to ${formatNumber(reach)}`),
    ];
    if (this.delta !== 0 && Number.isFinite(moved)) parts.push(
      svg("line", { x1: x(this.delta), x2: x(this.delta), y1: y(this.base + grad * this.delta), y2: y(moved), class: "lm-gap" }),
      svg("circle", { cx: x(this.delta), cy: y(moved), r: 5, class: "lm-true-dot" }),
      svg("rect", { x: x(this.delta) - 4.5, y: y(this.base + grad * this.delta) - 4.5, width: 9, height: 9, class: "lm-guess-dot" }));
    this.plot.replaceChildren(...parts);
  }
}

export default { render({ model, el }) { new NudgeView(model, el); } };
