// A graph as a drawing: boxes where Python's layout put them, arrows between them, a stage that scrolls where
// the drawing is larger than its room, and a button that fits it in. What stands in a box is the widget's.
import { make, svg } from "./dom.js";

const HEAD = 6;

// A curve through points that leaves and arrives level. An arrow back, or to the same column, bends out to the
// right first and arrives from there.
function curveThrough(points) {
  let [x, y] = points[0];
  let path = `M${x},${y}`;
  const [endX, endY] = points.at(-1);
  const back = points.length === 2 && endX <= x;
  const tail = back ? endX + HEAD : endX - HEAD;
  points.slice(1).forEach(([toX, toY], k) => {
    const middle = back ? x + 30 : (x + toX) / 2;
    const end = k === points.length - 2 ? (tail + toX) / 2 : toX;
    path += `C${middle},${y} ${middle},${toY} ${end},${toY}`;
    [x, y] = [toX, toY];
  });
  return { path, head: `M${tail},${endY - HEAD / 2}L${endX},${endY}L${tail},${endY + HEAD / 2}z` };
}

export const words = (name, x, y, text = "", anchor = "middle") =>
  svg("text", { class: name, x, y, "text-anchor": anchor }, text);

export const frame = (name, { w, h }, corner, shift = 0) =>
  svg("rect", { class: name, x: -w / 2 + shift, y: -h / 2 - shift, width: w, height: h, rx: corner });

const placed = ({ x, y }) => `translate(${x}px, ${y}px)`;

// The mark on a box where something is wrong: colour alone would not do. It shows where CSS says so.
const badge = ({ w, h }) =>
  svg(
    "g",
    { class: "lm-badge", transform: `translate(${w / 2 - 3},${3 - h / 2})`, "aria-hidden": "true" },
    svg("circle", { r: 8.5 }),
    words("", 0, 4.5, "!"),
  );

export class GraphView {
  // smallest, largest: bounds of the scale while it need not fit, `smallest` as a function of the room in px.
  // whole(scale): whether a drawing that fits at this scale starts fitted. sizes: of all drawings that this
  // stage will show, where they share one scale, so that nothing jumps from one to the next.
  constructor(name, { id = "stage", smallest, largest = 1.35, tallest = 560, whole = () => false, sizes = null }) {
    Object.assign(this, { smallest, largest, tallest, whole, sizes });
    const label = `${name}; it scrolls`;
    this.stage = make("div", {
      class: "lm-stage",
      "data-testid": id,
      role: "region",
      tabindex: 0,
      "aria-label": label,
    });
    this.asked = null; // until the button is pressed the drawing decides for itself
    this.fit = make("button", { type: "button", class: "lm-button lm-wide", "data-testid": "fit" }, "fit");
    this.fit.addEventListener("click", () => {
      this.asked = !this.fitted;
      this.resize();
    });
    new ResizeObserver(() => this.resize()).observe(this.stage);
  }

  // Begin a drawing of this size; attributes are the picture's.
  begin(size, { class: name = "", ...attributes } = {}) {
    this.size = size;
    this.boxes = new Map();
    this.edges = new Map();
    this.layers = [svg("g"), svg("g"), svg("g")]; // arrows, boxes, and what lies above both
    const box = { viewBox: `0 0 ${size[0]} ${size[1]}` };
    this.picture = svg("svg", { ...box, class: `lm-graph ${name}`.trim(), ...attributes }, ...this.layers);
    this.sheet = make("div", { class: "lm-sheet" }, this.picture);
    this.stage.replaceChildren(this.sheet);
    this.resize();
  }

  // node: {x, y, w, h, kind}. under lies on the card and below its frame, over above both, behind below all.
  box(id, node, { class: name = "", corner = 9, behind = [], under = [], over = [], ...attributes }) {
    const classes = `lm-node lm-${node.kind} ${name}`.trim();
    const group = svg("g", { class: classes, "data-node": id, style: `transform: ${placed(node)}`, ...attributes });
    group.append(...behind, frame("lm-card", node, corner), ...under, frame("lm-frame", node, corner), ...over);
    group.append(badge(node));
    this.layers[1].append(group);
    const drawn = { node, group };
    this.boxes.set(id, drawn);
    return drawn;
  }

  // Move a box to where another node is; CSS lets it glide.
  move(id, node) {
    this.boxes.get(id).group.style.transform = placed(node);
  }

  edge(id, points, { class: name = "", ...attributes } = {}) {
    const { path, head } = curveThrough(points);
    const wire = svg("path", { class: "lm-wire", d: path });
    const arrow = svg("path", { class: "lm-arrow", d: head });
    const group = svg("g", { class: `lm-edge ${name}`.trim(), ...attributes }, wire, arrow);
    this.layers[0].append(group);
    const drawn = { group, wire, from: points[0], to: points.at(-1) };
    this.edges.set(id, drawn);
    return drawn;
  }

  get room() {
    return this.stage.clientWidth || 1040;
  }

  // One scale for all that this stage shows.
  resize() {
    const sizes = this.sizes ?? [this.size];
    const wide = Math.max(...sizes.map(([width]) => width));
    const high = Math.max(...sizes.map(([, height]) => height));
    const fitting = Math.min(this.largest, this.room / wide, this.tallest / high);
    const free = Math.min(this.largest, this.room / wide, Math.max(1, this.tallest / high));
    const readable = Math.max(this.smallest(this.room), free);
    this.fitted = this.asked ?? this.whole(fitting);
    this.scale = this.fitted ? fitting : readable;
    if (this.sheet) this.sheet.style.width = `${Math.floor(this.size[0] * this.scale)}px`;
    if (this.sizes) this.stage.style.minHeight = `${Math.ceil(high * this.scale)}px`;
    this.scrolls = Math.max(wide * this.scale - this.room, high * this.scale - this.tallest) > 8;
    this.fit.hidden = readable - fitting < 0.02;
    this.fit.setAttribute("aria-pressed", this.fitted);
  }

  // Bring a box into sight where the drawing is larger than its stage.
  follow(id, smoothly) {
    const node = this.boxes.get(id)?.node;
    if (!node || !this.scrolls) return;
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.stage;
    const to = (at, half, start, room) => (at - half < start || at + half > start + room ? at - room / 2 : start);
    const left = to(node.x * this.scale, (node.w / 2 + 70) * this.scale, scrollLeft, clientWidth);
    const top = to(node.y * this.scale, (node.h / 2 + 10) * this.scale, scrollTop, clientHeight);
    if (left === scrollLeft && top === scrollTop) return;
    this.stage.scrollTo({ left, top, behavior: smoothly ? "smooth" : "auto" });
  }
}
