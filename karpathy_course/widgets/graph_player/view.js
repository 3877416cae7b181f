// Plays one screen of a graph: values forward, then gradients backward along the edges. Everything
// that is shown (numbers, sentences, places) comes from Python; the page adds only time.
const NEEDS_KERNEL = "This group is too large for this page: open it in the notebook.";
const START = "Press play: first the values, forward; then the gradients, backward.";
// The scale of the picture: letters stay readable (on a narrow screen that means scrolling), boxes modest.
const smallest = (room) => (room < 600 ? 1 : 0.72), LARGEST = 1.35, TALLEST = 560;

class Player {
  constructor(model, root) {
    this.model = model;
    this.views = { ...model.get("data").views };
    this.own = this.fitted = false;
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
    this.fit = make("button", { type: "button", class: "lm-button lm-fit", "data-testid": "fit", "aria-pressed": "false", onclick: () => {
      this.fitted = !this.fitted;
      this.fit.setAttribute("aria-pressed", this.fitted);
      this.resize();
      this.follow(this.steps[this.shown - 1], false);
    } }, "fit");
    root.append(make("div", { class: "lm-widget lm-player", "data-testid": "graph-player" },
      make("div", { class: "lm-head" }, this.crumbs, this.legend()),
      this.stage, this.line, make("div", { class: "lm-foot" }, this.transport.element, this.fit, this.ownLabel), this.note));
    keepKeysInside(root.lastElementChild);
    model.on("msg:custom", (message) => {
      if (message.error) return this.say(message.error);
      this.views[message.path] = message.view;
      this.open(message.path);
    });
    model.on("no-kernel", () => this.say(NEEDS_KERNEL));
    this.open("");
    new ResizeObserver(() => this.resize()).observe(this.stage);
  }

  legend() {
    const entry = (name, text) => make("span", { class: `lm-key lm-key-${name}` }, text);
    return make("div", { class: "lm-legend", "aria-hidden": "true" }, entry("value", "value"), entry("grad", "gradient"),
      entry("local", "local derivative"), entry("port", "a consumer has delivered"));
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
    this.transport.scrub.style.setProperty("--lm-split", this.view.forward.length / this.steps.length);
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
    const [width, height] = this.view.size, box = `0 0 ${width} ${height}`;
    this.boxes = {};
    this.lines = {};
    this.now = [];
    this.into = Object.fromEntries(this.view.backward.map((step) => [step.node, step.sends.map((send) => send.edge)]));
    const edges = svg("g"), nodes = svg("g"), above = svg("g");
    for (const node of this.view.nodes) nodes.append(this.drawNode(node));
    for (const edge of this.view.edges) edges.append(this.drawEdge(edge, above));
    for (const ids of Object.values(this.into)) this.placeLabels(ids.map((id) => this.lines[id]));
    this.picture = svg("svg", { viewBox: box, class: this.view.edges.length > 60 ? "lm-graph lm-dense" : "lm-graph", role: "group",
      "aria-label": `${this.view.title}: ${this.view.visible} nodes` }, edges, nodes, above);
    // What moves has a picture of its own on top, so that a frame need not paint the graph again.
    this.dots = svg("svg", { viewBox: box, class: "lm-graph lm-moving", "aria-hidden": "true" });
    this.sheet = make("div", { class: "lm-sheet" }, this.picture, this.dots);
    this.stage.replaceChildren(this.sheet);
    this.resize();
  }

  resize() {
    const [width, height] = this.view.size, room = this.stage.clientWidth || 1040, whole = Math.min(LARGEST, room / width, TALLEST / height);
    this.scale = this.fitted ? whole : Math.max(smallest(room), Math.min(LARGEST, room / width, Math.max(1, TALLEST / height)));
    this.sheet.style.width = `${Math.floor(width * this.scale)}px`;
    this.scrolls = Math.max(width * this.scale - room, height * this.scale - TALLEST) > 8;
    this.fit.hidden = !this.fitted && !this.scrolls;
  }

  drawEdge(edge, above) {
    const [first, ...rest] = edge.points;
    let path = `M${first[0]},${first[1]}`, from = first;
    for (const to of rest) {
      const middle = (from[0] + to[0]) / 2;
      path += `C${middle},${from[1]} ${middle},${to[1]} ${to[0]},${to[1]}`;
      from = to;
    }
    const line = svg("path", { d: path, class: "lm-edge" });
    const label = svg("text", { class: "lm-local", x: from[0] - 7, "text-anchor": "end" });
    const port = svg("circle", { class: "lm-port", cx: first[0], cy: first[1], r: 3.2 });
    const group = svg("g", { "data-edge": edge.id, "data-local": edge.local_text }, line);
    above.append(port, label);
    this.lines[edge.id] = { edge, group, line, label, port, end: from[1] };
    return group;
  }

  // A local derivative stands where its edge enters the operation, clear of the other operands' lines.
  placeLabels(lines) {
    const sorted = lines.filter(Boolean).sort((a, b) => a.end - b.end);
    sorted.forEach(({ label, end }, i) => label.setAttribute("y", i < sorted.length / 2 ? end - 5 : end + 13));
  }

  drawNode(node) {
    const { x, y, w, h } = node;
    const top = [node.name, node.label].filter(Boolean).join(" ");
    const cut = (text, room) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);
    const label = (text, x, anchor, name) => svg("text", { class: `lm-label${name ? " lm-named" : ""}`, x, y: -h / 2 + 14, "text-anchor": anchor }, text);
    const both = node.name && node.label && node.kind === "op";
    const titles = both
      ? [label(cut(node.name, 7), -w / 2 + 9, "start", true), label(cut(node.label, 5), w / 2 - 9, "end")]
      : [label(cut(top, Math.max(3, Math.floor(w / 6.2))), 0, "middle", Boolean(node.name))];
    const wordy = node.kind === "group" || node.kind === "stub";
    const value = svg("text", { class: "lm-value", x: 0, y: wordy ? 4 : 5, "text-anchor": "middle" });
    const grad = svg("text", { class: "lm-grad", x: 0, y: h / 2 - 5, "text-anchor": "middle" });
    const rect = (class_, shift) => svg("rect", { class: class_, x: -w / 2 + shift, y: -h / 2 - shift, width: w, height: h, rx: 9 });
    const strip = `M${-w / 2},${h / 2 - 17}h${w}v8a9,9 0 0 1 -9,9h${18 - w}a9,9 0 0 1 -9,-9z`;
    const box = svg("g", { class: `lm-node lm-${node.kind}`, transform: `translate(${x},${y})`, "data-node": node.id, "data-name": node.name || null },
      svg("title", {}, top || node.label || node.kind),
      ...(node.opens && node.kind === "group" ? [rect("lm-behind", 6), rect("lm-behind", 3)] : []),
      rect("lm-card", 0), svg("path", { class: "lm-strip", d: strip }), rect("lm-frame", 0), ...titles, value, grad,
      svg("g", { class: "lm-badge", transform: `translate(${w / 2 - 3},${-h / 2 + 3})`, "aria-hidden": "true" },
        svg("circle", { r: 8.5 }), svg("text", { y: 4.5, "text-anchor": "middle" }, "!")));
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
    const step = this.steps[position - 1], moving = animated && !calm();
    for (const element of this.now) element.classList.remove("lm-now");
    const lines = (step?.sends ?? []).map((send) => this.lines[send.edge]);
    this.now = step ? [this.boxes[step.node]?.box, ...lines.flatMap(({ group, label, port }) => [group, label, port])].filter(Boolean) : [];
    for (const element of this.now) element.classList.add("lm-now");
    this.stage.classList.toggle("lm-still", !animated);
    this.stage.classList.toggle("lm-forward", step?.phase === "forward");
    if (this.paced !== this.transport.pace) this.stage.style.setProperty("--lm-pace", `${(this.paced = this.transport.pace)}ms`);
    if (this.dots.firstChild) this.dots.replaceChildren();
    if (step && moving) this.flow(step);
    this.shown = position;
    if (this.own && position === this.steps.length) this.compareLeaves();
    this.say(step ? step.text : START + (this.view.nodes.some((n) => n.opens) ? " Open a stack with a click or Enter." : ""));
    this.line.classList.toggle("lm-backward-line", step?.phase === "backward");
    this.line.classList.toggle("lm-wrong-line", Boolean(step?.wrong));
    this.follow(step, moving); // last: it reads the layout, and a change behind it would have it made twice
  }

  // Where the picture is larger than its stage, the node of this step is brought into sight.
  follow(step, moving) {
    const node = step && this.boxes[step.node]?.node;
    if (!node || !this.scrolls) return;
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.stage;
    const to = (at, half, start, room) => (at - half < start || at + half > start + room ? at - room / 2 : start);
    const left = to(node.x * this.scale, (node.w / 2 + 70) * this.scale, scrollLeft, clientWidth);
    const top = to(node.y * this.scale, (node.h / 2 + 10) * this.scale, scrollTop, clientHeight);
    if (left !== scrollLeft || top !== scrollTop) this.stage.scrollTo({ left, top, behavior: moving ? "smooth" : "auto" });
  }

  clear() {
    this.drawn = this.steps;
    this.shown = 0;
    for (const { box, value, grad } of Object.values(this.boxes)) {
      value.textContent = grad.textContent = "";
      box.removeAttribute("data-value");
      box.removeAttribute("data-grad");
      box.classList.remove("lm-valued", "lm-lit", "lm-waiting", "lm-wrong", "lm-off");
    }
    for (const id in this.boxes) Object.assign(this.boxes[id], { got: 0, total: 0 });
    for (const { group, label, port } of Object.values(this.lines)) {
      group.removeAttribute("data-amount");
      group.setAttribute("class", "");
      port.classList.remove("lm-full");
      label.textContent = "";
    }
  }

  apply(step) {
    const drawn = this.boxes[step.node];
    if (!drawn) return;
    const { box, value, grad, node } = drawn;
    if (step.phase === "forward") {
      box.classList.add("lm-valued");
      const many = step.value === null && node.members > 1;
      value.textContent = many ? `${node.members} nodes` : spoken(formatNumber(step.value));
      value.classList.toggle("lm-many", many);
      box.setAttribute("data-value", formatNumber(step.value));
      return;
    }
    box.classList.remove("lm-waiting");
    box.classList.add("lm-lit");
    if (step.wrong) box.classList.add("lm-wrong");
    if (step.grad !== null && step.grad !== undefined) {
      const early = step.wrong?.kind === "early" ? ` of ${formatNumber(step.wrong.should)}` : "";
      grad.textContent = spoken(formatNumber(step.grad) + early);
      box.setAttribute("data-grad", formatNumber(step.grad));
    }
    for (const send of step.sends) {
      const { edge, group, label, port } = this.lines[send.edge];
      group.setAttribute("class", "lm-sent");
      group.setAttribute("data-amount", send.amount_text);
      port.classList.add("lm-full");
      label.textContent = edge.local_text ? `×${spoken(edge.local_text)}` : "";
      const parent = this.boxes[edge.from];
      parent.got += 1;
      if (this.own && parent.node.kind === "leaf") this.receive(parent, number(send.amount));
      if (!parent.box.classList.contains("lm-lit") && parent.got < parent.owed) parent.box.classList.add("lm-waiting");
      else parent.box.classList.remove("lm-waiting");
    }
  }

  // A learner's own traversal need not fire the leaves: they show what has arrived so far.
  receive(leaf, amount) {
    leaf.total += amount; // an amount is by how much a gradient changed, also where it was overwritten
    leaf.grad.textContent = spoken(formatNumber(leaf.total));
    leaf.box.setAttribute("data-grad", formatNumber(leaf.total));
    leaf.box.classList.add("lm-lit");
  }

  // At the end of a learner's own traversal a leaf says what it holds, and what it should hold.
  compareLeaves() {
    for (const { node, grad } of this.view.backward) {
      const leaf = this.boxes[node], held = leaf?.box.dataset.grad, right = formatNumber(grad);
      if (leaf?.node.kind !== "leaf" || !held || !right || held === right) continue;
      leaf.grad.textContent = spoken(`${held} ≠ ${right}`);
      leaf.box.classList.add("lm-off");
    }
  }

  // Numbers in motion: an operand's value runs into the node that is computed, a gradient runs back to a parent.
  flow(step) {
    const back = step.phase === "backward", lasting = this.transport.pace;
    const sends = back ? step.sends : (this.into[step.node] ?? []).map((edge) => ({ edge, amount_text: this.boxes[this.lines[edge].edge.from].box.dataset.value }));
    const runners = sends.slice(0, 40).map((send) => {
      const { line } = this.lines[send.edge], text = spoken(send.amount_text ?? ""), w = 6.9 * text.length + 13;
      const dot = svg("g", { class: `lm-token ${back ? "lm-dot" : "lm-carried"}` },
        text ? svg("rect", { x: -w / 2, y: -9.5, width: w, height: 19, rx: 9.5 }) : svg("circle", { r: 4.5 }),
        svg("text", { y: 4, "text-anchor": "middle" }, text));
      return { line, dot, length: line.getTotalLength() };
    });
    const place = (t) => {
      const eased = t * t * (3 - 2 * t);
      for (const { line, dot, length } of runners) {
        const point = line.getPointAtLength(length * (back ? 1 - eased : eased));
        dot.setAttribute("transform", `translate(${point.x},${point.y})`);
      }
    };
    if (!runners.length) return;
    place(0);
    this.dots.append(...runners.map(({ dot }) => dot));
    const start = performance.now();
    const tick = (now) => {
      if (!runners[0].dot.isConnected) return;
      const t = Math.min(1, Math.max(0, (now - start) / lasting));
      place(t);
      if (t < 1) requestAnimationFrame(tick);
      else runners.forEach(({ dot }) => dot.remove());
    };
    requestAnimationFrame(tick);
  }

  say(text) { this.line.textContent = spoken(text); }
}

export default { render({ model, el }) { new Player(model, el); } };
