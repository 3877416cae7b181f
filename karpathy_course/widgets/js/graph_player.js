// Plays one screen of a graph: values forward, then gradients backward along the edges. Everything
// that is shown (numbers, sentences, places) comes from Python; the page adds only time.
const NEEDS_KERNEL = "This group is too large for this page: open it in the notebook.";

class Player {
  constructor(model, root) {
    this.model = model;
    this.views = { ...model.get("data").views };
    this.own = false;
    this.stage = make("div", { class: "lm-stage", "data-testid": "stage", role: "region", tabindex: 0, "aria-label": "The graph; it scrolls" });
    this.crumbs = make("nav", { class: "lm-crumbs", "aria-label": "Where in the graph" });
    this.line = make("p", { class: "lm-line", "aria-live": "polite", "data-testid": "text-line" });
    this.note = make("p", { class: "lm-note", "data-testid": "note" });
    this.transport = new Transport(() => this.steps.length, (position, animated) => this.show(position, animated));
    this.toggle = make("input", { type: "checkbox", "data-testid": "own-traversal", onchange: () => {
      this.own = this.toggle.checked;
      this.open(this.path);
      this.transport.go(this.view.forward.length);
    } });
    this.ownLabel = make("label", { class: "lm-own" }, this.toggle, " run my own traversal");
    root.append(make("div", { class: "lm-widget lm-player", "data-testid": "graph-player" },
      make("div", { class: "lm-head" }, this.crumbs, this.legend()),
      this.stage, this.line, make("div", { class: "lm-foot" }, this.transport.element, this.ownLabel), this.note));
    keepKeysInside(root.lastElementChild);
    model.on("msg:custom", (message) => {
      if (message.error) return this.say(message.error);
      this.views[message.path] = message.view;
      this.open(message.path);
    });
    model.on("no-kernel", () => this.say(NEEDS_KERNEL));
    this.open("");
  }

  legend() {
    const entry = (name, text) => make("span", { class: `lm-key lm-key-${name}` }, text);
    return make("div", { class: "lm-legend", "aria-hidden": "true" },
      entry("value", "value"), entry("grad", "gradient"), entry("local", "local derivative"));
  }

  ask(path) {
    if (this.views[path]) this.open(path);
    else this.model.send({ open: path });
  }

  open(path) {
    const left = this.path, held = [this.stage, this.crumbs].some((part) => part.contains(document.activeElement));
    this.path = path;
    this.view = this.views[path];
    const backward = this.own && this.view.own_backward ? this.view.own_backward : this.view.backward;
    this.steps = [...this.view.forward.map((s) => ({ ...s, phase: "forward" })), ...backward.map((s) => ({ ...s, phase: "backward" }))];
    this.ownLabel.hidden = !this.view.own_backward;
    this.note.textContent = this.view.note;
    this.note.hidden = !this.view.note;
    this.drawCrumbs();
    this.draw();
    this.transport.reset(0);
    if (held) this.focusAfter(left);
  }

  // What had the focus is gone with its screen: going back it is the group that was left, else the way back.
  focusAfter(left) {
    const back = left.startsWith(this.path && `${this.path}/`)
      && Object.values(this.boxes).find(({ node }) => node.opens && `${left}/`.startsWith(`${node.opens}/`));
    (back ? back.box : [...this.crumbs.querySelectorAll("button")].pop() ?? this.stage).focus();
  }

  drawCrumbs() {
    const parts = this.path ? this.path.split("/") : [];
    const trail = ["", ...parts.map((_, i) => parts.slice(0, i + 1).join("/"))];
    this.crumbs.replaceChildren(...trail.flatMap((path, i) => {
      const title = this.views[path]?.title ?? path.split("/").pop().replace("-", " ");
      const last = i === trail.length - 1;
      const item = last ? make("span", { "aria-current": "page" }, title)
        : make("button", { type: "button", class: "lm-crumb", onclick: () => this.ask(path) }, title);
      return i ? [make("span", { "aria-hidden": "true" }, " › "), item] : [item];
    }), make("span", { class: "lm-count" }, this.view.visible < this.view.total ? ` ${this.view.visible} shown of ${this.view.total} nodes` : ""));
  }

  draw() {
    const [width, height] = this.view.size;
    this.boxes = {};
    this.lines = {};
    const edges = svg("g"), nodes = svg("g");
    this.dots = svg("g", { "aria-hidden": "true" });
    for (const edge of this.view.edges) edges.append(this.drawEdge(edge));
    for (const node of this.view.nodes) nodes.append(this.drawNode(node));
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: this.view.edges.length > 24 ? "lm-graph lm-dense" : "lm-graph", role: "group",
      "aria-label": `${this.view.title}: ${this.view.visible} nodes` }, edges, nodes, this.dots);
    picture.style.width = `${Math.round(width * Math.max(0.72, Math.min(1.35, 1040 / width)))}px`;
    this.stage.replaceChildren(picture);
    // Operands' labels stand at different heights of their lines, so that crossing lines keep them apart.
    for (const { edge, line, label } of Object.values(this.lines)) {
      const { x, y } = line.getPointAtLength(line.getTotalLength() * (edge.slot % 2 ? 0.7 : 0.32));
      label.setAttribute("x", x);
      label.setAttribute("y", y - 4);
    }
  }

  drawEdge(edge) {
    const [first, ...rest] = edge.points;
    let path = `M${first[0]},${first[1]}`, from = first;
    for (const to of rest) {
      const middle = (from[0] + to[0]) / 2;
      path += `C${middle},${from[1]} ${middle},${to[1]} ${to[0]},${to[1]}`;
      from = to;
    }
    const line = svg("path", { d: path, class: "lm-edge" });
    const label = svg("text", { class: "lm-local", "text-anchor": "middle" });
    const group = svg("g", { "data-edge": edge.id, "data-local": edge.local_text }, line, label);
    this.lines[edge.id] = { edge, group, line, label };
    return group;
  }

  drawNode(node) {
    const { x, y, w, h } = node;
    const top = [node.name, node.label].filter(Boolean).join(" ");
    const cut = (text, room) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
    const label = (text, x, anchor) => svg("text", { class: "lm-label", x, y: -h / 2 + 14, "text-anchor": anchor }, text);
    const both = node.name && node.label && node.kind === "op";
    const titles = both
      ? [label(cut(node.name, 7), -w / 2 + 8, "start"), label(cut(node.label, 5), w / 2 - 8, "end")]
      : [label(cut(top, Math.max(3, Math.floor(w / 6.2))), 0, "middle")];
    const wordy = node.kind === "group" || node.kind === "stub";
    const value = svg("text", { class: "lm-value", x: 0, y: wordy ? 4 : 5, "text-anchor": "middle" });
    const grad = svg("text", { class: "lm-grad", x: 0, y: h / 2 - 6, "text-anchor": "middle" });
    const box = svg("g", { class: `lm-node lm-${node.kind}`, transform: `translate(${x},${y})`, "data-node": node.id, "data-name": node.name || null },
      svg("title", {}, top || node.label || node.kind),
      svg("rect", { x: -w / 2, y: -h / 2, width: w, height: h, rx: 9 }),
      ...titles, value, grad);
    if (node.opens) {
      for (const [name, text] of [["role", "button"], ["tabindex", 0], ["data-lm-suppress-shortcuts", "true"], ["aria-label", `Open ${top}`], ["data-opens", node.opens]]) box.setAttribute(name, text);
      box.addEventListener("click", () => this.ask(node.opens));
      box.addEventListener("keydown", (event) => {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); this.ask(node.opens); }
      });
    }
    this.boxes[node.id] = { node, box, value, grad, owed: this.view.edges.filter((e) => e.from === node.id).length, got: 0, total: 0 };
    return box;
  }

  // Draws the first `position` steps; one step further than before changes only what that step changes.
  show(position, animated) {
    if (position !== this.shown + 1 || this.drawn !== this.steps) this.clear();
    for (let i = this.shown; i < position; i++) this.apply(this.steps[i]);
    const step = this.steps[position - 1];
    this.stage.querySelectorAll(".lm-now").forEach((e) => e.classList.remove("lm-now"));
    if (step) {
      this.boxes[step.node]?.box.classList.add("lm-now");
      for (const send of step.sends ?? []) this.lines[send.edge].group.classList.add("lm-now");
      if (animated && !calm()) this.flow(step);
    }
    this.shown = position;
    this.say(step ? step.text : "Press play: first the values, forward; then the gradients, backward.");
    this.line.classList.toggle("lm-wrong-line", Boolean(step?.wrong));
  }

  clear() {
    this.drawn = this.steps;
    this.shown = 0;
    this.dots.replaceChildren();
    for (const { box, value, grad } of Object.values(this.boxes)) {
      value.textContent = grad.textContent = "";
      box.removeAttribute("data-value");
      box.removeAttribute("data-grad");
      box.classList.remove("lm-valued", "lm-lit", "lm-waiting", "lm-wrong");
    }
    for (const id in this.boxes) Object.assign(this.boxes[id], { got: 0, total: 0 });
    for (const { group, label } of Object.values(this.lines)) {
      group.removeAttribute("data-amount");
      group.setAttribute("class", "");
      label.textContent = "";
    }
  }

  apply(step) {
    const drawn = this.boxes[step.node];
    if (!drawn) return;
    const { box, value, grad, node } = drawn;
    if (step.phase === "forward") {
      box.classList.add("lm-valued");
      value.textContent = step.value === null ? (node.members > 1 ? `${node.members} nodes` : "") : spoken(formatNumber(step.value));
      box.setAttribute("data-value", formatNumber(step.value));
      return;
    }
    box.classList.remove("lm-waiting");
    box.classList.add("lm-lit");
    if (step.wrong) box.classList.add("lm-wrong");
    if (step.grad !== null && step.grad !== undefined) {
      grad.textContent = spoken(formatNumber(step.grad));
      box.setAttribute("data-grad", formatNumber(step.grad));
    }
    for (const send of step.sends) {
      const { edge, group, label } = this.lines[send.edge];
      group.setAttribute("class", "lm-sent");
      group.setAttribute("data-amount", send.amount_text);
      label.textContent = edge.local_text ? `×${spoken(edge.local_text)}` : "";
      const parent = this.boxes[edge.from];
      parent.got += 1;
      if (this.own && parent.node.kind === "leaf") this.receive(parent, step, number(send.amount));
      if (!parent.box.classList.contains("lm-lit") && parent.got < parent.owed) parent.box.classList.add("lm-waiting");
      else parent.box.classList.remove("lm-waiting");
    }
  }

  // A learner's own traversal need not fire the leaves: they show what has arrived so far.
  receive(leaf, step, amount) {
    leaf.total = step.wrong?.kind === "overwrote" ? amount : leaf.total + amount;
    leaf.grad.textContent = spoken(formatNumber(leaf.total));
    leaf.box.setAttribute("data-grad", formatNumber(leaf.total));
  }

  // A dot with its number runs along each edge that this step uses: to the consumers' side for values
  // it is enough to light up; gradients travel against the arrow.
  flow(step) {
    this.dots.replaceChildren();
    if (step.phase !== "backward") return;
    const start = performance.now(), runners = step.sends.map((send) => {
      const { line } = this.lines[send.edge];
      const dot = svg("g", { class: "lm-dot" }, svg("circle", { r: 4 }), svg("text", { y: -8, "text-anchor": "middle" }, spoken(send.amount_text)));
      this.dots.append(dot);
      return { line, dot, length: line.getTotalLength() };
    });
    const tick = (now) => {
      const t = Math.min(1, (now - start) / 550), eased = t * t * (3 - 2 * t);
      for (const { line, dot, length } of runners) {
        const point = line.getPointAtLength(length * (1 - eased));
        dot.setAttribute("transform", `translate(${point.x},${point.y})`);
      }
      if (t < 1 && runners[0]?.dot.isConnected) requestAnimationFrame(tick);
      else runners.forEach(({ dot }) => dot.remove());
    };
    if (runners.length) requestAnimationFrame(tick);
  }

  say(text) { this.line.textContent = spoken(text); }
}

export default { render({ model, el }) { new Player(model, el); } };
