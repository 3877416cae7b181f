// A strip of Two tapes: a heading, an answer, and the graph of one run in a stage of its own.
import { make, row } from "../js/dom.js";
import { GraphView, words } from "../js/graph_view.js";
import { formatNumber, spoken } from "../js/numbers.js";

const NO_NUMBERS = ["nan", "inf", "-inf"];

export class Strip {
  // sizes: of all pictures of both strips, which share one scale; pictures: those of this strip.
  constructor(id, title, sizes, pictures) {
    this.heading = make("span");
    this.answer = make("output", { class: "lm-answer", "data-testid": `${id}-answer` });
    const widest = Math.max(...sizes.map(([width]) => width));
    const highest = Math.max(...pictures.map(({ size }) => size[1]));
    const scale = { smallest: () => 0.78, largest: 1.2, tallest: Infinity };
    this.graph = new GraphView(title, { id, ...scale, sizes: [[widest, highest]] });
    const name = make("span", {}, make("strong", {}, title), this.heading);
    const section = { class: `lm-${id}-strip`, "aria-label": title };
    this.element = make("section", section, row("lm-head", name, this.answer), this.graph.stage);
  }

  title(heading, answer, bad) {
    this.heading.textContent = heading;
    this.answer.textContent = answer;
    this.answer.classList.toggle("lm-bad", bad);
  }

  say(text) {
    this.picture = null;
    this.graph.stage.replaceChildren(make("p", { class: "lm-note" }, text));
  }

  draw(picture) {
    if (this.picture === picture) return;
    this.picture = picture;
    this.graph.begin(picture.size, { "aria-hidden": "true" });
    picture.edges.forEach((points, i) => this.graph.edge(i, points));
    this.values = picture.nodes.map((node, i) => {
      const value = words("lm-value", 0, 13);
      const label = words("lm-label", 0, -6, spoken(node.label));
      const corner = node.kind === "guard" ? 22 : 9;
      this.graph.box(i, node, { "data-label": node.label, corner, over: [label, value] });
      return value;
    });
  }

  // classes: {class name: whether the box has it}.
  fill(i, value, classes = {}) {
    const { group } = this.graph.boxes.get(i);
    const word = typeof value === "string" && !NO_NUMBERS.includes(value);
    const text = typeof value === "boolean" || word ? String(value) : formatNumber(value);
    this.values[i].textContent = spoken(text);
    group.setAttribute("data-value", text);
    group.classList.toggle("lm-valued", text !== "");
    for (const [name, has] of Object.entries(classes)) group.classList.toggle(name, has);
  }
}
