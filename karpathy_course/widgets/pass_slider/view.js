// One graph through a row of passes. Every place, count and sentence comes from Python; the page adds only motion.
import { button, calm, legend, make, row, svg, textLine, widget } from "../js/dom.js";
import { GraphView, words } from "../js/graph_view.js";
import { spoken } from "../js/numbers.js";
import { Plot } from "../js/plot.js";
import { Transport } from "../js/transport.js";
import { drawMeters, memoryOf, microseconds } from "./meters.js";

const NEEDS_KERNEL = "Measuring again needs a kernel: these times are from when the page was made.";
const MEMORY = "Memory alive from the first node to the last; dotted: the peak before all passes";
const READABLE = 0.6; // the scale below which letters of a fitted graph are too small
const LEGEND = [
  ["operation", "operation"],
  ["number", "number"],
  ["input", "input"],
  ["changed", "changed by this pass"],
];

class PassView {
  constructor(model, root) {
    this.model = model;
    this.data = model.get("data");
    this.stages = this.data.stages;
    this.times = this.data.times;
    this.transport = new Transport(
      () => this.stages.length - 1,
      (position, animated) => this.show(position, animated),
      { text: "How many passes are on" },
    );
    this.switches = this.stages.slice(1).map((stage, k) => this.switchFor(stage, k + 1));
    const scale = { smallest: () => 0.85, largest: 1.5, whole: (fitting) => fitting >= READABLE };
    this.graph = new GraphView("The graph", scale);
    this.line = textLine();
    this.legal = make("p", { class: "lm-note", "data-testid": "legal" });
    this.outputs = make("span", { class: "lm-verdict", "data-testid": "outputs" });
    this.meters = make("div", { class: "lm-meters" });
    this.memory = new Plot({ id: "memory", high: 150 });
    this.count = make("span", { class: "lm-count" });
    this.again = button("measure", "measure again", () => this.measure());
    const switches = { class: "lm-switches", "aria-label": "The passes, in order" };
    const passes = make("ol", switches, ...this.switches.map((on) => make("li", {}, on)));
    const memory = make("figure", { class: "lm-memory-side" }, this.memory.element);
    memory.append(make("figcaption", { class: "lm-gain" }, MEMORY));
    const measured = row("lm-meter-side", this.meters, row("lm-tools", this.again, this.outputs));
    const head = row("lm-head", make("strong", {}, "Pass slider"), this.count, legend(...LEGEND));
    const foot = row("lm-foot", this.transport.element, this.graph.fit);
    const columns = row("lm-columns", measured, memory);
    widget(root, "passes", "pass-slider", head, passes, this.graph.stage, foot, this.line, columns, this.legal);
    this.listen(model);
    this.draw();
    this.transport.reset(0);
  }

  listen(model) {
    model.on("msg:custom", (message) => {
      this.again.disabled = false;
      if (!message.times) return;
      this.times = message.times;
      this.measureAnew();
    });
    model.on("no-kernel", () => {
      this.again.disabled = true;
      this.line.textContent = NEEDS_KERNEL;
    });
  }

  measure() {
    this.again.disabled = true;
    this.model.send({ measure: true });
  }

  // A pass stands on all passes before it: switching it on switches those on too, switching it off those behind it.
  switchFor(stage, k) {
    const act = () => this.transport.jump(this.transport.position >= k ? k - 1 : k, true);
    const state = { role: "switch", "aria-checked": "false", "data-testid": `pass-${k}`, onclick: act };
    return make(
      "button",
      { type: "button", class: "lm-switch", ...state },
      make("span", { class: "lm-knob", "aria-hidden": "true" }),
      make("span", {}, stage.name),
      make("span", { class: "lm-gain" }, this.gain(k)),
    );
  }

  gain(k) {
    const [before, after] = [this.stages[k - 1], this.stages[k]];
    const change = (what, unit) => {
      const by = after[what] - before[what];
      return by ? [`${by > 0 ? "+" : "−"}${Math.abs(by)} ${unit}`] : [];
    };
    const parts = [...change("operations", "op."), ...change("peak", "B")];
    return (parts.length ? parts : change("nodes", "nodes")).join(", ") || "no change";
  }

  // Every box and arrow of every stage is drawn once; a stage shows those that it has.
  draw() {
    this.graph.begin(this.data.size, { role: "group" });
    this.boxes = this.data.nodes.map((node, k) => this.box(node, k));
    for (const [a, b] of this.stages.flatMap((stage) => stage.edges)) {
      const key = `${a}-${b}`;
      if (this.graph.edges.has(key)) continue;
      const light = this.data.nodes[a].kind === "number" ? " lm-light" : "";
      this.graph.edge(key, this.data.routes[key] ?? this.straight(a, b), { class: `lm-gone${light}` });
    }
  }

  box(node, k) {
    const { folded } = this.data;
    const label = words(node.h < 20 ? "lm-label lm-small" : "lm-label", 0, folded ? -1 : 4);
    const many = words("lm-many", 0, 12);
    const drawn = this.graph.box(k, node, {
      class: "lm-gone",
      corner: node.kind === "op" ? 7 : node.h / 2,
      behind: [svg("title", {}, node.title)],
      over: folded ? [label, many] : [label],
    });
    return { ...drawn, label, many };
  }

  // An edge without a route of its own; one that leads back, among folded boxes, arrives from the right.
  straight(a, b) {
    const [from, to] = [this.data.nodes[a], this.data.nodes[b]];
    const back = to.x <= from.x && this.data.folded;
    const arrives = back ? to.x + to.w / 2 : to.x - to.w / 2;
    return [
      [from.x + from.w / 2, from.y],
      [arrives, to.y],
    ];
  }

  show(position, animated) {
    const stage = this.stages[position];
    this.shown = position;
    this.graph.stage.classList.toggle("lm-still", !animated || calm());
    this.showBoxes(stage, position);
    const edges = new Set(stage.edges.map(([a, b]) => `${a}-${b}`));
    for (const [key, { group }] of this.graph.edges) group.classList.toggle("lm-gone", !edges.has(key));
    this.switches.forEach((on, k) => {
      on.setAttribute("aria-checked", k < position);
      on.classList.toggle("lm-here", k + 1 === position);
    });
    this.graph.picture.setAttribute("aria-label", `${stage.name}: ${stage.nodes} nodes`);
    const folded = this.data.folded ? `, in ${stage.at.length} boxes` : "";
    this.count.textContent = `${stage.name}: ${stage.nodes} nodes${folded}`;
    this.legal.textContent = position ? `${stage.name}: ${stage.legal}` : "";
    this.legal.hidden = !position || !stage.legal;
    const changed = stage.same ? "✓ outputs: same bits" : "✗ outputs changed";
    this.outputs.textContent = stage.same === null ? "outputs not tried" : changed;
    this.outputs.classList.toggle("lm-differs", stage.same === false);
    this.memory.show(memoryOf(stage, this.stages));
    this.measureAnew();
  }

  // A node that is gone lies where the one is that it was merged into.
  showBoxes(stage, position) {
    const alive = new Map(stage.at.map(([k, label, many, kind]) => [k, { label, many, kind }]));
    const changed = new Set(position ? stage.changed : []);
    const into = new Map(position ? stage.into : []);
    this.boxes.forEach(({ node, group, label, many }, k) => {
      const here = alive.get(k);
      const merged = here ? undefined : this.data.nodes[into.get(k)];
      group.classList.toggle("lm-gone", !here);
      group.classList.toggle("lm-changed", Boolean(here) && changed.has(k));
      group.setAttribute("data-many", here ? here.many : 0);
      this.graph.move(k, merged ?? node);
      if (!here) return;
      label.textContent = spoken(here.label);
      many.textContent = here.many;
      group.classList.toggle("lm-made-number", here.kind === "number");
    });
  }

  measureAnew() {
    drawMeters(this.meters, this.stages, this.times, this.shown);
    const { run, compiled } = this.times[this.shown];
    const timeOf = (name, t) => {
      const [low, middle, high] = t.map(microseconds);
      return `${name} ${middle} (half of all runs: ${low} to ${high})`;
    };
    const timed = [run && timeOf("node by node", run), compiled && timeOf("compiled", compiled)].filter(Boolean);
    const text = this.stages[this.shown].text + (timed.length ? ` Time: ${timed.join("; ")}.` : "");
    this.line.textContent = spoken(text);
  }
}

export default {
  render({ model, el }) {
    new PassView(model, el);
  },
};
