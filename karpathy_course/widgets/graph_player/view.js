// Plays one screen of a graph: values forward, then gradients backward along the edges. Everything
// that is shown (numbers, sentences, places) comes from Python; the page adds only time.
import { calm, checkbox, legend, make, row, textLine, widget } from "../js/dom.js";
import { GraphView } from "../js/graph_view.js";
import { spoken } from "../js/numbers.js";
import { Transport } from "../js/transport.js";
import { Flow } from "./flow.js";
import { Screen } from "./screen.js";

const NEEDS_KERNEL = "This group is too large for this page: open it in the notebook.";
const START = "Press play: first the values, forward; then the gradients, backward.";
const LEGEND = [
  ["value", "value"],
  ["gradient", "gradient"],
  ["local", "local derivative"],
  ["port", "a consumer has delivered"],
];

class Player {
  constructor(model, root) {
    this.model = model;
    this.views = { ...model.get("data").views };
    this.own = false;
    // Letters stay readable; on a narrow screen that means scrolling.
    this.graph = new GraphView("The graph", { smallest: (room) => (room < 600 ? 1 : 0.72) });
    this.graph.fit.addEventListener("click", () => this.follow(this.steps[this.shown - 1], false));
    this.crumbs = make("nav", { class: "lm-crumbs", "aria-label": "Where in the graph" });
    this.line = textLine();
    this.note = make("p", { class: "lm-note", "data-testid": "note" });
    this.transport = new Transport(
      () => this.steps.length,
      (position, animated) => this.show(position, animated),
    );
    this.traversal = checkbox("own-traversal", "run my own traversal", (checked) => {
      this.own = checked;
      this.open(this.path);
      this.transport.go(this.view.forward.length);
    });
    const foot = row("lm-foot", this.transport.element, this.graph.fit, this.traversal.label);
    const head = row("lm-head", this.crumbs, legend(...LEGEND));
    widget(root, "player", "graph-player", head, this.graph.stage, this.line, foot, this.note);
    model.on("msg:custom", (message) => {
      if (message.error) return this.say(message.error);
      this.views[message.path] = message.view;
      this.open(message.path);
    });
    model.on("no-kernel", () => this.say(NEEDS_KERNEL));
    this.open("");
  }

  ask(path) {
    if (this.views[path]) this.open(path);
    else this.model.send({ open: path });
  }

  open(path) {
    const left = this.path;
    const held = [this.graph.stage, this.crumbs].some((part) => part.contains(document.activeElement));
    this.path = path;
    this.view = this.views[path];
    const backward = this.own && this.view.own_backward ? this.view.own_backward : this.view.backward;
    this.steps = [
      ...this.view.forward.map((step) => ({ ...step, phase: "forward" })),
      ...backward.map((step) => ({ ...step, phase: "backward" })),
    ];
    this.traversal.label.hidden = !this.view.own_backward;
    this.note.textContent = this.view.note;
    this.note.hidden = !this.view.note;
    this.drawCrumbs();
    this.screen = new Screen(this.graph, this.view, (group) => this.ask(group));
    this.flow = new Flow(this.graph, this.screen);
    this.marked = [];
    this.transport.split(this.view.forward.length / this.steps.length);
    this.transport.reset(0);
    if (held) this.focusAfter(left);
  }

  // What had the focus is gone with its screen: going back it is the group that was left, else the way back.
  focusAfter(left) {
    const back = left.startsWith(this.path && `${this.path}/`) && this.screen.boxThatOpens(left);
    (back || [...this.crumbs.querySelectorAll("button")].pop() || this.graph.stage).focus();
  }

  drawCrumbs() {
    const parts = this.path ? this.path.split("/") : [];
    const trail = ["", ...parts.map((_, i) => parts.slice(0, i + 1).join("/"))];
    const items = trail.flatMap((path, i) => {
      const title = this.views[path]?.title ?? path.split("/").pop().replace("-", " ");
      const back = { type: "button", class: "lm-crumb", onclick: () => this.ask(path) };
      const last = i === trail.length - 1;
      const item = last ? make("span", { "aria-current": "page" }, title) : make("button", back, title);
      return i ? [make("span", { "aria-hidden": "true" }, " › "), item] : [item];
    });
    const { visible, total } = this.view;
    const count = visible < total ? ` ${visible} shown of ${total} nodes` : "";
    this.crumbs.replaceChildren(...items, make("span", { class: "lm-count" }, count));
  }

  // Draws the first `position` steps; one step further than before changes only what that step changes.
  show(position, animated) {
    if (position !== this.shown + 1 || this.drawn !== this.steps) {
      this.screen.clear();
      this.drawn = this.steps;
      this.shown = 0;
    }
    for (let i = this.shown; i < position; i++) this.screen.apply(this.steps[i], this.own);
    const step = this.steps[position - 1];
    const moving = animated && !calm();
    for (const element of this.marked) element.classList.remove("lm-now");
    this.marked = step ? this.screen.partsOf(step) : [];
    for (const element of this.marked) element.classList.add("lm-now");
    this.pace(animated, step?.phase === "forward");
    this.flow.stop();
    if (step && moving) this.flow.start(step, this.transport.pace);
    this.shown = position;
    if (this.own && position === this.steps.length) this.screen.compareLeaves();
    const opens = this.view.nodes.some((node) => node.opens) ? " Open a stack with a click or Enter." : "";
    this.say(step ? step.text : START + opens);
    this.line.classList.toggle("lm-backward-line", step?.phase === "backward");
    this.line.classList.toggle("lm-wrong-line", Boolean(step?.wrong));
    this.follow(step, moving); // last: it reads the layout, and a change behind it would have it made twice
  }

  pace(animated, forward) {
    const { stage } = this.graph;
    stage.classList.toggle("lm-still", !animated);
    stage.classList.toggle("lm-forward", forward);
    if (this.paced === this.transport.pace) return;
    this.paced = this.transport.pace;
    stage.style.setProperty("--lm-pace", `${this.paced}ms`);
  }

  follow(step, moving) {
    if (step) this.graph.follow(step.node, moving);
  }

  say(text) {
    this.line.textContent = spoken(text);
  }
}

export default {
  render({ model, el }) {
    new Player(model, el);
  },
};
