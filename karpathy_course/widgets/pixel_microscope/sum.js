// What the pixel under the lens is made of: patch times kernel and their sum, a window and its winner, or one number
// and its slope. Each number's cell has all its digits in data-exact.
import { button, make } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { written } from "./maps.js";
import { at, patch, slopeAt, sums, winner } from "./arithmetic.js";

const MOST_CELLS = 64; // of a table that can still be read

export const exactly = (x) => (Object.is(x, -0) ? "-0" : String(x));

const short = (x) => spoken(formatNumber(Number(x.toPrecision(3))));

const fact = (name, x) => make("b", { "data-fact": name, "data-exact": exactly(x) }, written(x));

// cells: rows of {text, x, name, padding}; x colours a cell as a map does, against the largest in the table.
function table(id, title, cells, className = "") {
  const largest = Math.max(1e-300, ...cells.flat().map(({ x }) => (Number.isFinite(x) ? Math.abs(x) : 0)));
  const drawn = cells.map((line) =>
    make(
      "tr",
      {},
      ...line.map(({ text, x, name = "", padding = false, mark = "" }) => {
        const sign = x < 0 ? "lm-below" : "lm-above";
        const cell = make("td", { class: `${sign} ${name} ${padding ? "lm-outside" : ""}`, "data-exact": exactly(x) });
        cell.append(text, ...(mark ? [make("span", { class: "lm-cell-mark" }, mark)] : []));
        if (Number.isFinite(x)) cell.style.setProperty("--lm-tint", `${Math.round((32 * Math.abs(x)) / largest)}%`);
        return cell;
      }),
    ),
  );
  const caption = make("caption", {}, title);
  return make("table", { class: `lm-cells ${className}`, "data-testid": id }, caption, make("tbody", {}, ...drawn));
}

const plainCells = (cells, of) =>
  cells.map((line) => line.map((cell) => ({ text: short(cell[of]), x: cell[of], padding: !cell.inside })));
const mapName = ({ given }, channel) => {
  if (given.kind !== "image") return `map ${channel}`;
  return given.shape[0] > 1 ? `channel ${channel}` : "the image";
};
const times = (text) => make("span", { class: "lm-times", "aria-hidden": "true" }, text);
const group = (...parts) => make("div", { class: "lm-tables" }, ...parts);

export class SumPanel {
  // pick(channel): another channel of what the layer is given was asked for.
  constructor(pick) {
    this.pick = pick;
    this.element = make("div", { class: "lm-sum", "data-testid": "sum" });
  }

  // Shows pixel (channel, row, column) of a layer, with what it sees of channel `from`.
  show(layer, [channel, row, column], from) {
    const { kind } = layer;
    const value = layer.out[at(layer.shape, channel, row, column)];
    const cells = patch(layer, channel, row, column, from);
    if (kind === "conv" || kind === "rest") this.showProducts(layer, [channel, row, column], from, cells, value);
    else if (kind === "max") this.showWinner(layer, cells, value, from);
    else if (kind === "mean" || kind === "adaptive") this.showMean(layer, cells, value, from);
    else this.showAlone(layer, cells[0][0].x, value, slopeAt(layer, channel, row, column));
  }

  showProducts(layer, [channel, row, column], from, cells, value) {
    const linear = layer.kind === "conv" || layer.bias !== null;
    if (!linear) {
      this.element.replaceChildren(
        make("p", {}, "This step is all that comes after, in one: ", make("b", {}, layer.names.join(", ")), "."),
        make("p", {}, "Its outputs are no plain sums; their gradients are known, so a click shows where one lands."),
        make("p", { class: "lm-total" }, "output ", String(channel), " = ", fact("value", value)),
      );
      return;
    }
    const found = sums(layer, channel, row, column);
    const small = cells.flat().length <= MOST_CELLS;
    const own = found.parts.find((part) => part.channel === from);
    const weights = plainCells(cells, "weight").map((line) => line.map((cell) => ({ ...cell, padding: false })));
    const tables = small
      ? [
          group(
            table("patch", `patch of ${mapName(layer, from)}`, plainCells(cells, "x")),
            times("×"),
            table("kernel", "kernel", weights),
          ),
          group(times("="), table("products", "products", plainCells(cells, "product"))),
        ]
      : [make("p", {}, `${cells.length} × ${cells[0].length} products for each map: too many for a table.`)];
    const many = found.parts.length > 1;
    const chosen = make(
      "p",
      {},
      many ? `The products of ${mapName(layer, from)} sum to ` : "The products sum to ",
      fact("channel-sum", own.sum),
      ".",
    );
    this.element.replaceChildren(make("div", { class: "lm-tables" }, ...tables), chosen);
    if (many) this.element.append(this.parts(found.parts, from));
    const what = layer.given.kind === "image" ? "channels" : "maps";
    const whole = [many ? `All ${found.parts.length} ${what}: ` : "", fact("sum", found.total - (found.bias ?? 0))];
    if (found.bias !== null) whole.push(" + bias ", fact("bias", found.bias));
    this.element.append(make("p", { class: "lm-total" }, ...whole, " = ", fact("value", value)));
    if (written(found.total) !== written(value)) this.element.append(rounding(found.total, value));
  }

  // The sum over channels, written out: a button for each map's part.
  parts(parts, from) {
    const part = ({ channel, sum }) => {
      const text = [make("small", {}, String(channel)), short(sum)];
      const keys = {
        class: "lm-button lm-part",
        tabindex: -1,
        "aria-pressed": String(channel === from),
        "aria-label": `map ${channel}: ${short(sum)}`,
        "data-channel": channel,
      };
      const chip = button(`part-${channel}`, "", () => this.pick(channel), { ...keys, "data-exact": exactly(sum) });
      chip.append(...text);
      return chip;
    };
    return make(
      "div",
      { class: "lm-parts", role: "group", "aria-label": "The sum over maps", "data-testid": "sums" },
      ...parts.map(part),
    );
  }

  showWinner(layer, cells, value, from) {
    const won = winner(cells);
    const tied = new Set(won.ties.map(({ row, column }) => `${row} ${column}`));
    const drawn = cells.map((line) =>
      line.map(({ x, row, column, inside }) => {
        const first = row === won.row && column === won.column;
        const equal = tied.has(`${row} ${column}`) && !first;
        const name = first ? "lm-won" : equal ? "lm-tied" : "";
        const mark = first ? "★" : equal ? "=" : "";
        return { text: inside ? short(x) : "", x, name, mark, padding: !inside };
      }),
    );
    const words = ["The largest, ★, is ", fact("value", value), "."];
    if (won.ties.length > 1) words.push(` ${won.ties.length} are equal (=): the first, row by row, gets the gradient.`);
    const tables = make("div", { class: "lm-tables" }, table("patch", `window of ${mapName(layer, from)}`, drawn));
    this.element.replaceChildren(tables, make("p", { class: "lm-total" }, ...words));
  }

  showMean(layer, cells, value, from) {
    const share = cells.flat()[0].weight;
    const total = cells.flat().reduce((sum, { product }) => sum + product, 0);
    const tables = [table("patch", `window of ${mapName(layer, from)}`, plainCells(cells, "x"))];
    const words = [make("span", {}, "Each counts "), fact("share", share), ": together ", fact("value", value), "."];
    const shown = make("p", { class: "lm-total" }, ...words);
    this.element.replaceChildren(make("div", { class: "lm-tables" }, ...tables), shown);
    if (written(total) !== written(value)) this.element.append(rounding(total, value));
  }

  showAlone(layer, x, value, slope) {
    const name = layer.title === "in its forward" ? "f" : layer.title;
    this.element.replaceChildren(
      make("p", { class: "lm-total" }, `${name}(`, fact("x", x), ") = ", fact("value", value)),
      make("p", {}, "Its slope here is ", fact("slope", slope), ": the gradient is multiplied by it on its way back."),
      make("p", {}, "This layer works on each number by itself: pixel by pixel, map by map."),
    );
  }
}

const rounding = (total, value) =>
  make(
    "p",
    { class: "lm-note" },
    "Added in double precision they make ",
    fact("double", total),
    Number.isFinite(value)
      ? ": Python’s number has the rounding of float32."
      : ": Python’s numbers are float32, which ends at 3.4e38.",
  );
