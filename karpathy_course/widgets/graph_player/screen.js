// One screen of the graph player: its boxes and edges, and what each step writes on them.
import { svg } from "../js/dom.js";
import { frame, words } from "../js/graph_view.js";
import { formatNumber, number, spoken } from "../js/numbers.js";

const MANY_EDGES = 60; // beyond it a local derivative shows only while its edge is in use
const cut = (text, room) => (text.length > room ? `${text.slice(0, room - 1)}…` : text);

export class Screen {
  // open(path) is called when the reader opens a group.
  constructor(graph, view, open) {
    this.graph = graph;
    this.view = view;
    this.into = new Map(view.backward.map((step) => [step.node, step.sends.map((send) => send.edge)]));
    graph.begin(view.size, {
      class: view.edges.length > MANY_EDGES ? "lm-dense" : "",
      role: "group",
      "aria-label": `${view.title}: ${view.visible} nodes`,
    });
    this.boxes = new Map(view.nodes.map((node) => [node.id, this.drawBox(node, open)]));
    this.edges = new Map(view.edges.map((edge) => [edge.id, this.drawEdge(edge)]));
    for (const ids of this.into.values()) this.placeLabels(ids.map((id) => this.edges.get(id)));
  }

  drawBox(node, open) {
    const { w, h } = node;
    const top = [node.name, node.label].filter(Boolean).join(" ");
    const wordy = node.kind === "group" || node.kind === "stub";
    const value = words("lm-value", 0, wordy ? 4 : 5);
    const grad = words("lm-grad", 0, h / 2 - 5);
    const strip = `M${-w / 2},${h / 2 - 17}h${w}v8a9,9 0 0 1 -9,9h${18 - w}a9,9 0 0 1 -9,-9z`;
    const stacked = node.opens && node.kind === "group";
    const { group } = this.graph.box(node.id, node, {
      "data-name": node.name || null,
      behind: [
        svg("title", {}, top || node.label || node.kind),
        ...(stacked ? [frame("lm-behind", node, 9, 6), frame("lm-behind", node, 9, 3)] : []),
      ],
      under: [svg("path", { class: "lm-strip", d: strip })],
      over: [...this.titles(node, top), value, grad],
    });
    if (node.opens) this.makeButton(group, `Open ${top}`, () => open(node.opens), node.opens);
    const owed = this.view.edges.filter((edge) => edge.from === node.id).length;
    return { node, group, value, grad, owed, got: 0, total: 0 };
  }

  titles(node, top) {
    const y = 14 - node.h / 2;
    const side = node.w / 2 - 9;
    const named = node.name ? "lm-label lm-named" : "lm-label";
    if (!node.name || !node.label || node.kind !== "op") {
      return [words(named, 0, y, cut(top, Math.max(3, Math.floor(node.w / 6.2))))];
    }
    return [words(named, -side, y, cut(node.name, 7), "start"), words("lm-label", side, y, cut(node.label, 5), "end")];
  }

  makeButton(group, label, act, opens) {
    const attributes = { role: "button", tabindex: 0, "data-lm-suppress-shortcuts": "true", "data-opens": opens };
    for (const [name, text] of Object.entries({ ...attributes, "aria-label": label })) group.setAttribute(name, text);
    group.addEventListener("click", act);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  }

  drawEdge(edge) {
    const attributes = { "data-edge": edge.id, "data-local": edge.local_text };
    const { group, wire, from, to } = this.graph.edge(edge.id, edge.points, attributes);
    const label = words("lm-local", to[0] - 10, 0, "", "end");
    const port = svg("circle", { class: "lm-port", cx: from[0], cy: from[1], r: 3.2 });
    this.graph.layers[2].append(port, label);
    return { edge, group, wire, label, port, end: to[1] };
  }

  // A local derivative stands where its edge enters the operation, clear of the other operands' lines.
  placeLabels(edges) {
    const sorted = edges.filter(Boolean).sort((a, b) => a.end - b.end);
    sorted.forEach(({ label, end }, i) => label.setAttribute("y", i < sorted.length / 2 ? end - 5 : end + 13));
  }

  boxThatOpens(path) {
    const inside = ({ node }) => node.opens && `${path}/`.startsWith(`${node.opens}/`);
    return [...this.boxes.values()].find(inside)?.group;
  }

  // What a step is about: its node, and the edges that it sends along.
  partsOf(step) {
    const edges = (step.sends ?? []).map((send) => this.edges.get(send.edge));
    const parts = edges.flatMap(({ group, label, port }) => [group, label, port]);
    return [this.boxes.get(step.node)?.group, ...parts].filter(Boolean);
  }

  clear() {
    for (const box of this.boxes.values()) {
      box.value.textContent = box.grad.textContent = "";
      box.group.removeAttribute("data-value");
      box.group.removeAttribute("data-grad");
      box.group.classList.remove("lm-valued", "lm-lit", "lm-waiting", "lm-wrong", "lm-off");
      Object.assign(box, { got: 0, total: 0 });
    }
    for (const { group, label, port } of this.edges.values()) {
      group.removeAttribute("data-amount");
      group.classList.remove("lm-sent", "lm-now");
      port.classList.remove("lm-full");
      label.textContent = "";
    }
  }

  apply(step, own) {
    const box = this.boxes.get(step.node);
    if (!box) return;
    if (step.phase === "forward") this.fill(box, step);
    else this.light(box, step, own);
  }

  fill({ group, value, node }, step) {
    const many = step.value === null && node.members > 1;
    group.classList.add("lm-valued");
    value.textContent = many ? `${node.members} nodes` : spoken(formatNumber(step.value));
    value.classList.toggle("lm-many", many);
    group.setAttribute("data-value", formatNumber(step.value));
  }

  light({ group, grad }, step, own) {
    group.classList.remove("lm-waiting");
    group.classList.add("lm-lit");
    if (step.wrong) group.classList.add("lm-wrong");
    if (step.grad !== null && step.grad !== undefined) {
      const early = step.wrong?.kind === "early" ? ` of ${formatNumber(step.wrong.should)}` : "";
      grad.textContent = spoken(formatNumber(step.grad) + early);
      group.setAttribute("data-grad", formatNumber(step.grad));
    }
    for (const send of step.sends) this.deliver(send, own);
  }

  deliver(send, own) {
    const { edge, group, label, port } = this.edges.get(send.edge);
    group.classList.add("lm-sent");
    group.setAttribute("data-amount", send.amount_text);
    port.classList.add("lm-full");
    label.textContent = edge.local_text ? `×${spoken(edge.local_text)}` : "";
    const parent = this.boxes.get(edge.from);
    parent.got += 1;
    if (own && parent.node.kind === "leaf") this.receive(parent, number(send.amount));
    const waiting = !parent.group.classList.contains("lm-lit") && parent.got < parent.owed;
    parent.group.classList.toggle("lm-waiting", waiting);
  }

  // A learner's own traversal need not fire the leaves: they show what has arrived so far.
  receive(leaf, amount) {
    leaf.total += amount; // an amount is by how much a gradient changed, also where it was overwritten
    leaf.grad.textContent = spoken(formatNumber(leaf.total));
    leaf.group.setAttribute("data-grad", formatNumber(leaf.total));
    leaf.group.classList.add("lm-lit");
  }

  // At the end of a learner's own traversal a leaf says what it holds, and what it should hold.
  compareLeaves() {
    for (const { node, grad } of this.view.backward) {
      const leaf = this.boxes.get(node);
      const held = leaf?.group.dataset.grad;
      const right = formatNumber(grad);
      if (leaf?.node.kind !== "leaf" || !held || !right || held === right) continue;
      leaf.grad.textContent = spoken(`${held} ≠ ${right}`);
      leaf.group.classList.add("lm-off");
    }
  }
}
