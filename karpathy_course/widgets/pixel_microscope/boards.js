// The maps side by side: the image, what the layer is given and what it returns; below them, where a gradient landed.
import { make } from "../js/dom.js";
import { channelsSeen, fields, most, patch, winner } from "./arithmetic.js";
import { PixelMap } from "./maps.js";
import { titleOf } from "./sentences.js";

const LARGEST_ROOM = 198; // px of a map
const SMALLEST_ROOM = 120;

const mapOf = (n, channel) => (n ? `layer ${n}, map ${channel}` : `the image, channel ${channel}`);
const box = (name, { rows, columns }) => [name, rows[0], columns[0], rows[1], columns[1]];

// Which numbers of a layer a map shows: one channel's, or of the rest, which has one number a channel, all in a row.
function numbersOf({ shape, kind }, values, channel) {
  const [channels, rows, columns] = shape;
  if (kind === "rest") return { values, start: 0, rows: 1, columns: channels, index: (r, c) => `output ${c}` };
  const index = (r, c) => `[${channel}, ${r}, ${c}]`;
  return { values, start: channel * rows * columns, rows, columns, index };
}

// The outline of a patch: one box, or where it has holes a box for each of its places.
function patchBoxes(cells, dilation) {
  if (dilation && Math.max(...dilation) > 1) return cells.map((c) => ["lm-map-patch", c.row, c.column]);
  const last = cells.at(-1);
  return [["lm-map-patch", cells[0].row, cells[0].column, last.row, last.column]];
}

export class Boards {
  // keys: of the map on the right; reach(row, column, click): a pixel of it was pointed at.
  constructor(layers, keys, reach) {
    this.layers = layers;
    this.most = layers.map(({ out }) => most(out));
    this.image = new PixelMap("image-map");
    this.before = new PixelMap("input-map");
    this.here = new PixelMap("output-map", { keys, reach });
    this.imageBack = new PixelMap("image-gradient");
    this.back = new PixelMap("input-gradient");
    this.maps = [this.image, this.before, this.here, this.imageBack, this.back];
    this.prompt = make("p", { class: "lm-prompt" });
    const [image, before, here, ...backs] = this.maps.map(({ element }) => element);
    this.element = make("div", { class: "lm-micro-maps" }, image, before, here, this.prompt, ...backs);
  }

  // Three maps side by side, or two where the page is narrow; whether their room has changed.
  fit() {
    const room = Math.floor((this.element.clientWidth - 20) / 2);
    const fitting = Math.max(SMALLEST_ROOM, Math.min(LARGEST_ROOM, room));
    const changed = fitting !== this.here.room;
    for (const map of this.maps) map.room = fitting;
    return changed;
  }

  // state: layer number k, its channel, from: the channel of what it is given, image: the image's channel.
  draw({ k, channel, from, image }) {
    const { layers } = this;
    const layer = layers[k];
    this.element.classList.toggle("lm-two", k === 1);
    this.image.element.hidden = k === 1;
    const one = (n) => layers[n].shape[0] === 1;
    const called = (n, c) => (n === 0 && one(0) ? "the image" : mapOf(n, c));
    if (k > 1) {
      const numbers = numbersOf(layers[0], layers[0].out, image);
      this.image.show({ title: called(0, image), label: called(0, image), most: this.most[0], ...numbers });
    }
    this.before.show({
      title: called(k - 1, from),
      label: `What layer ${k} is given: ${called(k - 1, from)}`,
      most: this.most[k - 1],
      padding: layer.padding ?? [0, 0],
      starts: starts(layer),
      ...numbersOf(layer.given, layer.given.out, from),
    });
    const what = layer.kind === "rest" ? `layer ${k}, ${layer.shape[0]} outputs` : mapOf(k, channel);
    this.here.show({
      title: make("b", {}, what),
      label: `${what}, ${titleOf(layer)}: arrow keys move the lens`,
      most: this.most[k],
      ...numbersOf(layer, layer.out, channel),
    });
  }

  // found: the gradients of all layers, or null where none was sent back.
  drawBack({ k, from, image, sent, found }) {
    this.back.element.hidden = !sent;
    this.imageBack.element.hidden = !sent || k === 1;
    const place = sent && (this.layers[k].kind === "rest" ? `output ${sent[0]}` : `pixel [${sent.join(", ")}]`);
    this.prompt.textContent = sent
      ? `A gradient of 1 was sent back from ${place}. Escape takes it away.`
      : "Click a pixel of this map, or press Enter on it: its gradient goes back to the left.";
    if (!sent) return;
    this.landed(this.back, k - 1, found[k - 1], from, this.layers[k].padding);
    if (k > 1) this.landed(this.imageBack, 0, found[0], image);
  }

  landed(map, n, numbers, channel, padding = [0, 0]) {
    const one = n === 0 && this.layers[0].shape[0] === 1;
    const title = `gradient in ${one ? "the image" : mapOf(n, channel)}`;
    const shown = numbersOf(this.layers[n], numbers, channel);
    map.show({ title, label: title, most: most(numbers), gradient: true, padding, ...shown });
    const own = numbers.subarray(shown.start, shown.start + shown.rows * shown.columns);
    map.board.dataset.exact = JSON.stringify(Array.from(own, (x) => (Number.isFinite(x) ? x : String(x))));
  }

  // What the pixel under the lens sees, and what the one sees whose gradient was sent back.
  mark({ k, channel, place, from, sent }) {
    const { layers } = this;
    const layer = layers[k];
    const rest = layer.kind === "rest";
    const seen = fields(layers, k, ...place);
    const cells = patch(layer, channel, ...place, from).flat();
    const boxes = rest ? [box("lm-map-seen", seen[k - 1])] : patchBoxes(cells, layer.dilation);
    const won = layer.kind === "max" && winner([cells]);
    if (won && won.inside) boxes.push(["lm-map-won", won.row, won.column]);
    this.before.mark(channelsSeen(layer, channel).includes(from) ? boxes : []);
    if (k > 1) this.image.mark([box("lm-map-seen", seen[0])]);
    const pixel = (name, [c, row, column]) => (rest ? [name, 0, c] : [name, row, column]);
    const marked = sent ? [pixel("lm-map-sent", sent)] : [];
    this.here.mark([...marked, pixel("lm-map-at", [channel, ...place])]);
    if (!sent) return;
    const sees = fields(layers, k, sent[1], sent[2]);
    this.back.mark([box("lm-map-seen", sees[k - 1])]);
    if (k > 1) this.imageBack.mark([box("lm-map-seen", sees[0])]);
  }
}

// The first rows and columns of all windows, where there are pixels between them.
function starts({ stride, padding, shape, kind }) {
  if (!stride || Math.max(...stride) < 2 || kind === "rest") return null;
  const all = (count, axis) => Array.from({ length: count }, (_, n) => n * stride[axis] - padding[axis]);
  return { rows: all(shape[1], 0), columns: all(shape[2], 1) };
}
