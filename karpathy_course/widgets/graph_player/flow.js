// Numbers in motion: an operand's value runs into the node that is computed, a gradient runs back to a parent.
import { svg } from "../js/dom.js";
import { words } from "../js/graph_view.js";
import { spoken } from "../js/numbers.js";

const MOST = 40;

export class Flow {
  // What moves has a picture of its own on top, so that a frame need not paint the graph again.
  constructor(graph, screen) {
    this.screen = screen;
    const box = graph.picture.getAttribute("viewBox");
    this.picture = svg("svg", { viewBox: box, class: "lm-graph lm-moving", "aria-hidden": "true" });
    graph.sheet.append(this.picture);
  }

  stop() {
    if (this.picture.firstChild) this.picture.replaceChildren();
  }

  // ms: how long a number is on its way.
  start(step, ms) {
    const back = step.phase === "backward";
    const sends = back ? step.sends : this.operands(step.node);
    const runners = sends.slice(0, MOST).map(({ edge, amount_text: amount }) => {
      const { wire } = this.screen.edges.get(edge);
      return { wire, token: token(spoken(amount ?? ""), back), length: wire.getTotalLength() };
    });
    if (!runners.length) return;
    const place = (t) => {
      const eased = t * t * (3 - 2 * t);
      for (const { wire, token: moved, length } of runners) {
        const point = wire.getPointAtLength(length * (back ? 1 - eased : eased));
        moved.setAttribute("transform", `translate(${point.x},${point.y})`);
      }
    };
    place(0);
    this.picture.append(...runners.map((runner) => runner.token));
    const start = performance.now();
    const tick = (now) => {
      if (!runners[0].token.isConnected) return;
      const t = Math.min(1, Math.max(0, (now - start) / ms));
      place(t);
      if (t < 1) requestAnimationFrame(tick);
      else runners.forEach((runner) => runner.token.remove());
    };
    requestAnimationFrame(tick);
  }

  operands(node) {
    const value = (edge) => this.screen.boxes.get(this.screen.edges.get(edge).edge.from).group.dataset.value;
    return (this.screen.into.get(node) ?? []).map((edge) => ({ edge, amount_text: value(edge) }));
  }
}

function token(text, back) {
  const w = 6.9 * text.length + 13;
  const shape = text ? svg("rect", { x: -w / 2, y: -9.5, width: w, height: 19, rx: 9.5 }) : svg("circle", { r: 4.5 });
  return svg("g", { class: `lm-token ${back ? "lm-dot" : "lm-carried"}` }, shape, words("", 0, 4, text));
}
