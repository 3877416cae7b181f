// A network under the microscope: all its maps, one pixel of them under the lens, and where its gradient lands.
import { legend, make, row, textLine, widget } from "../js/dom.js";
import { spoken } from "../js/numbers.js";
import { channelsSeen, fields, gradients, most, patch, placeOf, sums, unpacked, winner } from "./arithmetic.js";
import { PixelMap } from "./maps.js";
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
  "Point at a pixel of the map on the right, or move with the arrow keys; a click or Enter sends a gradient of 1 back " +
  "from it, Escape takes it away, Page Up and Page Down change the map. Rows, columns and maps count from 0, as in Python.";
const ROOM = 198; // px of a map
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const select = (id, label, act) => {
  const box = make("select", { class: "lm-select", "data-testid": id, onchange: () => act(Number(box.value)) });
  return { box, label: make("label", { class: "lm-choice" }, make("span", {}, label), box) };
};
const fillSelect = (box, options, chosen) => {
  box.replaceChildren(...options.map(([value, text]) => make("option", { value }, text)));
  box.value = chosen;
};

const highest = (numbers) => numbers.reduce((best, x, k) => (x > numbers[best] ? k : best), 0);

class MicroscopeView {
  constructor(model, root) {
    this.data = model.get("data");
    this.layers = unpacked(this.data);
    this.most = this.layers.map(({ out }) => most(out));
    this.image = 0; // the channel of the image that is shown
    this.sent = null; // the pixel whose gradient is shown
    this.build(root);
    this.choose(
      this.layers.findIndex(({ kind }) => kind === "conv"),
      null,
    );
    this.stack.draw();
    this.watch();
  }

  build(root) {
    const { shape, dtype, lost } = this.data;
    const { layers } = this;
    const titles = layers.map((layer, k) => (k ? `${k} ${titleOf(layer).split(",")[0]}` : "image"));
    this.stack = new Stack(layers, titles, (layer, channel) =>
      layer ? this.choose(layer, channel) : this.pickImage(channel),
    );
    this.layerBox = select("layer", "layer", (k) => this.choose(k, null));
    this.channelBox = select("channel", "map", (channel) => this.choose(this.k, channel, this.place));
    this.fromBox = select("input-channel", "map before", (channel) => this.pickFrom(channel));
    this.imageBox = select("image-channel", "image’s channel", (channel) => this.pickImage(channel));
    const options = layers.slice(1).map((layer, n) => {
      const name = layer.name ? ` “${layer.name}”` : "";
      return [n + 1, `${n + 1} ${titleOf(layer)}${name}`];
    });
    fillSelect(this.layerBox.box, options, 1);
    fillSelect(
      this.imageBox.box,
      Array.from({ length: shape[0] }, (_, c) => [c, c]),
      0,
    );
    const reach = (r, c, click) => this.reach(r, c, click);
    const keys = { tabindex: 0, role: "application", onkeydown: (event) => this.key(event) };
    this.maps = {
      image: new PixelMap("image-map"),
      before: new PixelMap("input-map"),
      here: new PixelMap("output-map", { keys, reach }),
      imageBack: new PixelMap("image-gradient"),
      back: new PixelMap("input-gradient"),
    };
    this.maps.here.board.setAttribute("data-lm-suppress-shortcuts", "true");
    this.prompt = make("p", { class: "lm-prompt" });
    this.sum = new SumPanel((channel) => this.pickFrom(channel));
    this.line = textLine();
    this.backLine = make("p", {
      class: "lm-line lm-backward-line",
      "aria-live": "polite",
      "data-testid": "gradient-line",
    });
    const about = `${layers.length - 1} layers, image ${shape.join(" × ")}, ${dtype}`;
    const head = row("lm-head", make("strong", {}, "Pixel microscope"), make("span", { class: "lm-count" }, about));
    const { image, before, here, imageBack, back } = this.maps;
    this.columns = row(
      "lm-micro-maps",
      image.element,
      before.element,
      here.element,
      this.prompt,
      imageBack.element,
      back.element,
    );
    const missing = lost ? ` The last ${lost} layers do not fit on the page.` : "";
    const boxes = [this.layerBox, this.channelBox, this.fromBox, this.imageBox].map(({ label }) => label);
    this.frame = widget(
      root,
      "micro",
      "pixel-microscope",
      head,
      this.stack.element,
      row("lm-tools lm-micro-tools", ...boxes),
      row("lm-micro-body", this.columns, this.sum.element),
      this.line,
      this.backLine,
      legend(...LEGEND),
      make("p", { class: "lm-note" }, NOTE + missing),
    );
  }

  // The canvases are drawn anew when the page turns dark or light.
  watch() {
    const redraw = () => {
      this.stack.draw();
      this.draw();
    };
    this.room = new ResizeObserver(() => this.fit() && this.draw());
    this.room.observe(this.frame);
    this.scheme = window.matchMedia("(prefers-color-scheme: dark)");
    this.scheme.addEventListener("change", redraw);
    this.theme = new MutationObserver(redraw);
    this.theme.observe(document.body, { attributes: true });
    this.redraw = redraw;
  }

  // Three maps side by side, or two where the page is narrow; whether their room has changed.
  fit() {
    const wide = this.columns.clientWidth;
    const room = Math.max(120, Math.min(ROOM, Math.floor((wide - 20) / 2)));
    const changed = room !== this.maps.here.room;
    for (const map of Object.values(this.maps)) map.room = room;
    return changed;
  }

  close() {
    this.room.disconnect();
    this.scheme.removeEventListener("change", this.redraw);
    this.theme.disconnect();
  }

  get layer() {
    return this.layers[this.k];
  }

  // A layer, and one of its maps; null: the map that was shown before, where the layer has as many. place: (row,
  // column) of the lens, else the pixel with the largest number.
  choose(k, channel, place = null) {
    const before = { k: this.k, channel: this.channel, shape: this.k && this.layer.shape };
    const other = k !== before.k;
    this.k = k;
    const { shape, kind, given } = this.layer;
    const same = other && channel === null && String(shape) === String(before.shape);
    this.channel = channel ?? (same ? before.channel : placeOf(shape, highest(this.layer.out))[0]);
    const seen = channelsSeen(this.layer, this.channel);
    const next = before.k === k - 1 ? before.channel : this.from;

    const [, rows, columns] = shape;
    const start = this.channel * rows * columns;
    const largest = () => placeOf(shape, highest(this.layer.out.subarray(start, start + rows * columns))).slice(1);
    if (place || !same) this.place = place ?? largest();
    if (other || !seen.includes(this.from)) this.from = seen.includes(next) ? next : this.busiest();
    this.layerBox.box.value = k;
    const output = kind === "rest" ? `output of layer ${k}` : `map of layer ${k}`;
    this.fromBox.label.firstChild.textContent = k === 1 ? "image’s channel" : `map of layer ${k - 1}`;
    this.imageBox.label.hidden = k === 1 || this.layers[0].shape[0] === 1;
    this.channelBox.label.firstChild.textContent = output;
    const numbered = (count) => (c) => [c, `${c} of ${count}`];
    fillSelect(
      this.channelBox.box,
      Array.from({ length: shape[0] }, (_, c) => c).map(numbered(shape[0])),
      this.channel,
    );
    fillSelect(this.fromBox.box, seen.map(numbered(given.shape[0])), this.from);
    this.fromBox.label.hidden = seen.length === 1;
    if (this.sent) this.sent = other ? null : [this.channel, ...this.place];
    this.draw();
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
    if (this.k === 1) this.image = channel;
    this.draw();
  }

  pickImage(channel) {
    this.image = channel;
    this.imageBox.box.value = channel;
    if (this.k === 1) this.pickFrom(channel);
    this.draw();
  }

  // A pixel of the map on the right was pointed at.
  reach(r, c, click) {
    const rest = this.layer.kind === "rest";
    if (rest && c !== this.channel) this.choose(this.k, c);
    if (!rest && String([r, c]) !== String(this.place)) {
      this.place = [r, c];
      this.look();
    }
    if (click) this.send();
  }

  send() {
    this.sent = [this.channel, ...this.place];
    this.showGradient();
    this.mark();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const [channels, rows, columns] = this.layer.shape;
    const rest = this.layer.kind === "rest";
    const within = (x, count) => Math.max(0, Math.min(count - 1, x));
    const turn = { PageUp: -1, PageDown: 1 }[event.key];
    const move = STEPS[event.key];
    if (turn || (rest && move)) {
      this.choose(this.k, within(this.channel + (turn ?? move[0] + move[1]), channels), this.place);
    } else if (move) this.reach(within(this.place[0] + move[0], rows), within(this.place[1] + move[1], columns), false);
    else if (event.key === "Home") this.reach(this.place[0], 0, false);
    else if (event.key === "End") this.reach(this.place[0], columns - 1, false);
    else if (event.key === "Enter" || event.key === " ") this.send();
    else if (event.key === "Escape") {
      this.sent = null;
      this.showGradient();
      this.mark();
    } else return;
    event.preventDefault();
  }

  draw() {
    const { layer, layers, k } = this;
    const first = k === 1;
    this.columns.classList.toggle("lm-two", first);
    this.maps.image.element.hidden = first;
    const [rows, columns] = layers[0].shape.slice(1);
    if (!first) {
      const label = `The image, channel ${this.image}`;
      const numbers = {
        values: layers[0].out,
        start: this.image * rows * columns,
        rows,
        columns,
        most: this.most[0],
        index: (r, c) => `[${this.image}, ${r}, ${c}]`,
      };
      this.maps.image.show({ title: "the image", label, ...numbers });
    }
    const given = layer.given;
    const [, high, wide] = given.shape;
    const what = first ? "the image" : `layer ${k - 1}`;
    this.maps.before.show({
      title: given.shape[0] > 1 ? `${what}, ${first ? "channel" : "map"} ${this.from}` : what,
      label: `${what}, map ${this.from}, that layer ${k} is given`,
      values: given.out,
      start: this.from * high * wide,
      rows: high,
      columns: wide,
      most: this.most[k - 1],
      index: (r, c) => `[${this.from}, ${r}, ${c}]`,
      padding: layer.padding ?? [0, 0],
      starts: this.starts(),
    });
    const rest = layer.kind === "rest";
    const [channels, high2, wide2] = layer.shape;
    this.maps.here.show({
      title: make("b", {}, rest ? `layer ${k}, ${channels} outputs` : `layer ${k}, map ${this.channel}`),
      label: `Layer ${k}, ${titleOf(layer)}, ${rest ? "its outputs" : `map ${this.channel}`}: arrow keys move the lens`,
      values: layer.out,
      start: rest ? 0 : this.channel * high2 * wide2,
      rows: rest ? 1 : high2,
      columns: rest ? channels : wide2,
      most: this.most[k],
      index: (r, c) => (rest ? `output ${c}` : `[${this.channel}, ${r}, ${c}]`),
    });
    this.showGradient();
    this.look();
  }

  // The first rows and columns of all windows, where there are pixels between them.
  starts() {
    const { stride, padding, shape, kind } = this.layer;
    if (!stride || Math.max(...stride) < 2 || kind === "rest") return null;
    const all = (count, axis) => Array.from({ length: count }, (_, n) => n * stride[axis] - padding[axis]);
    return { rows: all(shape[1], 0), columns: all(shape[2], 1) };
  }

  look() {
    const where = [this.channel, ...this.place];
    this.sum.show(this.layer, where, this.from);
    this.line.textContent = spoken(lensSentence(this.layers, this.k, where));
    this.mark();
  }

  showGradient() {
    const { k, layers, sent } = this;
    const { back, imageBack } = this.maps;
    back.element.hidden = !sent;
    imageBack.element.hidden = !sent || k === 1;
    this.columns.classList.toggle("lm-sent", Boolean(sent));
    this.backLine.hidden = !sent;
    this.found = sent && gradients(layers, k, ...sent);
    this.prompt.textContent = sent
      ? `1 was sent back from ${this.layer.kind === "rest" ? `output ${sent[0]}` : `pixel [${sent.join(", ")}]`}. Escape takes it away.`
      : "Click a pixel of this map, or press Enter on it: its gradient goes back to the left.";
    if (!sent) return (this.backLine.textContent = "");
    this.backMap(back, k - 1, this.from);
    if (k > 1) this.backMap(imageBack, 0, this.image);
    const seen = fields(layers, k, sent[1], sent[2]);
    this.backLine.textContent = spoken(gradientSentence(layers, k, sent, this.found, seen));
  }

  backMap(map, n, channel) {
    const [channels, rows, columns] = this.layers[n].shape;
    const numbers = this.found[n];
    const name = n ? `layer ${n}` : "the image";
    const part = channels > 1 ? `, ${n ? "map" : "channel"} ${channel}` : "";
    map.show({
      title: `gradient in ${name}${part}`,
      label: `The gradient in ${name}${part}`,
      values: numbers,
      start: channel * rows * columns,
      rows,
      columns,
      most: most(numbers),
      index: (r, c) => `[${channel}, ${r}, ${c}]`,
      gradient: true,
      padding: n === this.k - 1 ? (this.layer.padding ?? [0, 0]) : [0, 0],
    });
    const shown = numbers.slice(channel * rows * columns, (channel + 1) * rows * columns);
    map.board.dataset.exact = JSON.stringify([...shown].map((x) => (Number.isFinite(x) ? x : String(x))));
  }

  mark() {
    const { k, layers, layer, place, sent } = this;
    const rest = layer.kind === "rest";
    const seen = fields(layers, k, ...place);
    const field = (n, from = seen) => [
      "lm-map-seen",
      from[n].rows[0],
      from[n].columns[0],
      from[n].rows[1],
      from[n].columns[1],
    ];
    const cells = patch(layer, this.channel, ...place, this.from).flat();
    const boxes = rest ? [field(k - 1)] : cells.map((cell) => ["lm-map-patch", cell.row, cell.column]);
    if (layer.kind === "max") {
      const won = winner([cells]);
      boxes.push(["lm-map-won", won.row, won.column]);
    }
    this.maps.before.mark(boxes);
    if (k > 1) this.maps.image.mark([field(0)]);
    const pixel = (name, [channel, r, c]) => (rest ? [name, 0, channel] : [name, r, c]);
    const here = sent ? [pixel("lm-map-sent", sent)] : [];
    this.maps.here.mark([...here, pixel("lm-map-at", [this.channel, ...place])]);
    if (sent) {
      const sees = fields(layers, k, sent[1], sent[2]);
      this.maps.back.mark([field(k - 1, sees)]);
      if (k > 1) this.maps.imageBack.mark([field(0, sees)]);
    }
    this.stack.mark([
      ["lm-map-at", k, this.channel],
      ["lm-map-patch", k - 1, this.from],
    ]);
  }
}

export default {
  render({ model, el }) {
    const view = new MicroscopeView(model, el);
    return () => view.close();
  },
};
