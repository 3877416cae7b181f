// A network under the microscope: all its maps, one pixel of them under the lens, and where its gradient lands.
import { legend, make, row, textLine, widget } from "../js/dom.js";
import { spoken } from "../js/numbers.js";
import { channelsSeen, fields, gradients, placeOf, sums, unpacked } from "./arithmetic.js";
import { Boards } from "./boards.js";
import { gradientSentence, lensSentence, titleOf } from "./sentences.js";
import { Stack } from "./stack.js";
import { SumPanel } from "./sum.js";

const LEGEND = [
  ["above", "above 0"],
  ["below", "below 0, with a dash"],
  ["back", "gradient above 0"],
  ["seen", "what the pixel sees, dashed"],
];
const NOTE =
  "Point at a pixel of the map with the bold title, or move with the arrow keys; a click or Enter sends a gradient " +
  "of 1 back from it, Escape takes it away, Page Up and Page Down change the map. Deeper colours are larger " +
  "numbers; ticks at a border show where windows begin, if not at every pixel. Maps, rows and columns count " +
  "from 0, as in Python.";
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const highest = (numbers) => numbers.reduce((best, x, k) => (x > numbers[best] ? k : best), 0);
const numbered = (count) => (channel) => [channel, `${channel} of ${count}`];
const counted = (count) => Array.from({ length: count }, (_, k) => k).map(numbered(count));

// A select with its label; fill(options, chosen), call(label).
function chooser(id, act) {
  const box = make("select", { class: "lm-select", "data-testid": id, onchange: () => act(Number(box.value)) });
  const text = make("span", {});
  const label = make("label", { class: "lm-choice" }, text, box);
  const fill = (options, chosen) => {
    box.replaceChildren(...options.map(([value, shown]) => make("option", { value }, shown)));
    box.value = chosen;
  };
  return { box, label, fill, call: (name) => (text.textContent = name) };
}

class MicroscopeView {
  constructor(model, root) {
    this.data = model.get("data");
    this.layers = unpacked(this.data);
    this.image = 0; // the channel of the image that is shown
    this.sent = null; // the pixel whose gradient is shown
    this.found = null; // its gradients
    this.build(root);
    const first = this.layers.findIndex(({ kind }) => kind === "conv");
    this.choose(first);
    this.stack.draw();
    this.watch();
  }

  build(root) {
    const { shape, dtype, lost, unread } = this.data;
    const { layers } = this;
    const titles = layers.map((layer, k) => (k ? `${k} ${titleOf(layer).split(",")[0]}` : "image"));
    const pick = (layer, channel) => (layer ? this.choose(layer, channel) : this.pickImage(channel));
    this.stack = new Stack(layers, titles, pick);
    this.layerBox = chooser("layer", (k) => this.choose(k));
    this.channelBox = chooser("channel", (channel) => this.choose(this.k, channel, this.place));
    this.fromBox = chooser("input-channel", (channel) => this.pickFrom(channel));
    this.imageBox = chooser("image-channel", (channel) => this.pickImage(channel));
    const named = (layer, n) => `${n + 1} ${titleOf(layer)}${layer.name ? ` “${layer.name}”` : ""}`;
    this.layerBox.call("layer");
    this.layerBox.fill(
      layers.slice(1).map((layer, n) => [n + 1, named(layer, n)]),
      1,
    );
    this.imageBox.call("image’s channel");
    this.imageBox.fill(counted(shape[0]), 0);
    const keys = { tabindex: 0, role: "application", onkeydown: (event) => this.key(event) };
    this.boards = new Boards(layers, keys, (r, c, click) => this.reach(r, c, click));
    this.sum = new SumPanel((channel) => this.pickFrom(channel));
    this.line = textLine();
    this.backLine = textLine();
    this.backLine.classList.add("lm-backward-line");
    this.backLine.dataset.testid = "gradient-line";
    const about = `${layers.length - 1} layers, image ${shape.join(" × ")}, ${dtype}`;
    const head = row("lm-head", make("strong", {}, "Pixel microscope"), make("span", { class: "lm-count" }, about));
    const missing = [
      ...(lost ? ["What comes after the layers here does not fit on the page."] : []),
      ...(unread.length ? [`What comes after the layers here cannot be read: ${unread.join(", ")}.`] : []),
    ];
    const boxes = [this.layerBox, this.channelBox, this.fromBox, this.imageBox].map(({ label }) => label);
    this.frame = widget(
      root,
      "micro",
      "pixel-microscope",
      head,
      this.stack.element,
      row("lm-tools lm-micro-tools", ...boxes),
      row("lm-micro-body", this.boards.element, this.sum.element),
      this.line,
      this.backLine,
      legend(...LEGEND),
      make("p", { class: "lm-note" }, [NOTE, ...missing].join(" ")),
    );
  }

  // The canvases are drawn anew when the page turns dark or light, or wide or narrow.
  watch() {
    this.redraw = () => {
      this.stack.draw();
      this.draw();
    };
    // A widget is made before it stands in the page, and only there its colours are known.
    this.room = new ResizeObserver(() => {
      const shown = this.frame.clientWidth > 0;
      if (this.boards.fit() || (shown && !this.shown)) this.redraw();
      this.shown = shown;
    });
    this.room.observe(this.frame);
    this.scheme = window.matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", this.redraw);
    this.theme = new MutationObserver(this.redraw);
    this.theme.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-jp-theme-name"] });
  }

  close() {
    this.room.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    this.theme.disconnect();
  }

  get layer() {
    return this.layers[this.k];
  }

  // A layer, and one of its maps; without one, the map that was shown before, where the layer has as many. place:
  // (row, column) of the lens, else the pixel with the largest number.
  choose(k, channel = null, place = null) {
    const before = { k: this.k, channel: this.channel, shape: this.k && this.layer.shape };
    const other = k !== before.k;
    this.k = k;
    const { shape, out } = this.layer;
    const same = other && channel === null && String(shape) === String(before.shape);
    this.channel = channel ?? (same ? before.channel : placeOf(shape, highest(out))[0]);
    const [, rows, columns] = shape;
    const start = this.channel * rows * columns;
    if (!same) this.place = place ?? placeOf(shape, highest(out.subarray(start, start + rows * columns))).slice(1);
    const seen = channelsSeen(this.layer, this.channel);
    const follows = before.k === k - 1 && seen.includes(before.channel); // what was looked at is now what is given
    if (other && follows) this.from = before.channel;
    else if (other || !seen.includes(this.from)) this.from = this.busiest();
    if (this.sent) this.send(other ? null : this.where);
    this.fillBoxes(seen);
    this.draw();
  }

  fillBoxes(seen) {
    const { k, layer } = this;
    this.layerBox.box.value = k;
    this.channelBox.call(`${layer.kind === "rest" ? "output" : "map"} of layer ${k}`);
    this.channelBox.fill(counted(layer.shape[0]), this.channel);
    this.fromBox.call(k === 1 ? "image’s channel" : `map of layer ${k - 1}`);
    this.fromBox.fill(seen.map(numbered(layer.given.shape[0])), this.from);
    this.fromBox.label.hidden = seen.length === 1;
    this.imageBox.label.hidden = k === 1 || this.layers[0].shape[0] === 1;
  }

  // The map of those before that adds most to the pixel under the lens, or takes most away.
  busiest() {
    const { layer, channel, place } = this;
    if (!layer.weight) return channel;
    const size = ({ sum }) => Math.abs(sum);
    return sums(layer, channel, ...place).parts.reduce((best, part) => (size(part) > size(best) ? part : best)).channel;
  }

  pickFrom(channel) {
    if (!channelsSeen(this.layer, this.channel).includes(channel)) return;
    this.from = channel;
    this.fromBox.box.value = channel;
    this.draw();
  }

  pickImage(channel) {
    this.image = channel;
    this.imageBox.box.value = channel;
    if (this.k === 1) this.pickFrom(channel);
    else this.draw();
  }

  // [channel, row, column] of the pixel under the lens.
  get where() {
    return [this.channel, ...this.place];
  }

  // A pixel of the map on the right was pointed at.
  reach(r, c, click) {
    const rest = this.layer.kind === "rest";
    if (rest && c !== this.channel) this.choose(this.k, c);
    if (!rest && String([r, c]) !== String(this.place)) {
      this.place = [r, c];
      this.look();
    }
    if (click) this.back(this.where);
  }

  // Sends a gradient back from a pixel, or takes the last one away with null.
  back(sent) {
    this.send(sent);
    this.showBack();
    this.boards.mark(this);
  }

  send(sent) {
    this.sent = sent;
    this.found = sent && gradients(this.layers, this.k, ...sent);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [channels, rows, columns] = this.layer.shape;
    const within = (x, count) => Math.max(0, Math.min(count - 1, x));
    const [line, column] = this.place;
    const turn = { PageUp: -1, PageDown: 1 }[event.key];
    const move = STEPS[event.key];
    if (turn || (move && this.layer.kind === "rest")) {
      this.choose(this.k, within(this.channel + (turn ?? move[0] + move[1]), channels), this.place);
    } else if (move) this.reach(within(line + move[0], rows), within(column + move[1], columns), false);
    else if (event.key === "Home") this.reach(line, 0, false);
    else if (event.key === "End") this.reach(line, columns - 1, false);
    else if (event.key === "Enter" || event.key === " ") this.back(this.where);
    else if (event.key === "Escape") this.back(null);
    else return;
    event.preventDefault();
  }

  draw() {
    this.boards.draw(this);
    this.showBack();
    this.look();
    this.stack.mark([
      ["lm-map-at", this.k, this.channel],
      ["lm-map-patch", this.k - 1, this.from],
    ]);
  }

  look() {
    this.sum.show(this.layer, this.where, this.from);
    this.line.textContent = spoken(lensSentence(this.layers, this.k, this.where));
    this.boards.mark(this);
  }

  showBack() {
    const { k, layers, sent, found } = this;
    this.boards.drawBack(this);
    this.backLine.hidden = !sent;
    const seen = sent && fields(layers, k, sent[1], sent[2]);
    this.backLine.textContent = sent ? spoken(gradientSentence(layers, k, sent, found, seen)) : "";
  }
}

export default {
  render({ model, el }) {
    const view = new MicroscopeView(model, el);
    return () => view.close();
  },
};
