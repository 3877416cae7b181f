// A map of numbers as pixels: blue above 0, grey with a dash below 0, deeper where larger; a gradient's are orange.
// The pixels are a canvas, drawn anew when the page's colours change; what is marked on them is SVG.
import { make, svg } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";

const LARGEST = 34;
export const written = (x) => spoken(formatNumber(x));
const DASHED = 8; // px from which a pixel has room for a dash

// Paints numbers at a corner. paint: the canvas's context; inks: its colours.
export function pixels(paint, inks, { values, start = 0, rows, columns, most, gradient }, [left, top], cell) {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const x = values[start + i * columns + j];
      const [x0, y0] = [left + j * cell, top + i * cell];
      const strength = Math.min(1, Math.abs(x) / most);
      if (Number.isFinite(x)) {
        paint.globalAlpha = x === 0 ? 0 : 0.06 + 0.94 * strength;
        paint.fillStyle = x < 0 ? inks.muted : gradient ? inks.gradient : inks.value;
        paint.fillRect(x0, y0, cell, cell);
        paint.globalAlpha = 1;
        if (x < 0 && cell >= DASHED) {
          paint.fillStyle = strength > 0.55 ? inks.paper : inks.ink;
          paint.fillRect(x0 + cell * 0.28, y0 + cell / 2 - 0.75, cell * 0.44, 1.5);
        }
      } else crossed(paint, inks, x0, y0, cell);
    }
  }
}

// inf and nan have a cross.
function crossed(paint, inks, x, y, cell) {
  paint.strokeStyle = inks.wrong;
  paint.lineWidth = Math.max(1, cell / 8);
  paint.beginPath();
  for (const [from, to] of [
    [0.2, 0.8],
    [0.8, 0.2],
  ]) {
    paint.moveTo(x + from * cell, y + 0.2 * cell);
    paint.lineTo(x + to * cell, y + 0.8 * cell);
  }
  paint.stroke();
}

const INKS = ["ink", "paper", "value", "gradient", "muted", "rule", "panel", "wrong"];

export function inksOf(element) {
  const style = getComputedStyle(element);
  return Object.fromEntries(INKS.map((name) => [name, style.getPropertyValue(`--lm-${name}`).trim()]));
}

// A canvas's context, as sharp as the screen is.
export function canvasOf(canvas, width, height) {
  const sharp = window.devicePixelRatio || 1;
  canvas.width = Math.ceil(width * sharp);
  canvas.height = Math.ceil(height * sharp);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const paint = canvas.getContext("2d");
  paint.scale(sharp, sharp);
  return paint;
}

export class PixelMap {
  // keys: of the element that has the pixels, where it can have the focus. reach(row, column, click) is called where
  // a pixel is pointed at.
  constructor(id, { keys = null, reach = null } = {}) {
    this.room = 198; // px
    this.canvas = make("canvas", { "aria-hidden": "true" });
    this.marks = svg("svg", { class: "lm-map-marks", "aria-hidden": "true" });
    this.board = make("div", { class: "lm-map", "data-testid": id, role: "img", ...keys }, this.canvas, this.marks);
    this.title = make("figcaption", {});
    this.read = make("div", { class: "lm-map-read", "aria-hidden": "true" });
    this.element = make("figure", { class: "lm-map-figure" }, this.title, this.board, this.read);
    this.listen(reach);
  }

  // What is pointed at is read out below the map.
  listen(reach) {
    const place = (event, click) => {
      const box = this.board.getBoundingClientRect();
      const pixel = [event.clientY - box.top - this.corner[1], event.clientX - box.left - this.corner[0]];
      const [r, c] = pixel.map((v) => Math.floor(v / this.cell));
      const { rows, columns, values, start, index } = this.shown;
      const inside = r >= 0 && r < rows && c >= 0 && c < columns;
      this.read.textContent = inside ? `${index(r, c)} = ${written(values[start + r * columns + c])}` : "";
      if (reach && inside) reach(r, c, click);
    };
    this.board.addEventListener("pointermove", (event) => place(event, false));
    this.board.addEventListener("click", (event) => place(event, true));
    this.board.addEventListener("pointerleave", () => (this.read.textContent = ""));
  }

  // padding: [rows, columns] around the numbers; starts: {rows, columns} where windows begin, if they leave some out.
  // index(row, column): what a pixel is called.
  show({ title, label, padding = [0, 0], starts = null, ...numbers }) {
    this.shown = { padding, starts, ...numbers };
    this.title.replaceChildren(...[title].flat());
    this.board.setAttribute("aria-label", label);
    this.draw();
  }

  draw() {
    if (!this.shown) return;
    const { rows, columns, padding } = this.shown;
    const [high, wide] = [rows + 2 * padding[0], columns + 2 * padding[1]];
    const cell = Math.max(3, Math.min(LARGEST, Math.floor(this.room / Math.max(high, wide))));
    const [width, height] = [wide * cell, high * cell];
    const inks = inksOf(this.board);
    const paint = canvasOf(this.canvas, width, height);
    const corner = [padding[1] * cell, padding[0] * cell];
    paint.fillStyle = inks.panel;
    paint.fillRect(0, 0, width, height);
    if (padding[0] || padding[1]) this.hatch(paint, inks, width, height);
    paint.fillStyle = inks.paper;
    paint.fillRect(...corner, columns * cell, rows * cell);
    pixels(paint, inks, this.shown, corner, cell);
    if (cell >= 6) this.grid(paint, inks, wide, high, cell);
    Object.assign(this, { cell, corner });
    this.board.style.width = `${width}px`;
    this.board.style.height = `${height}px`;
    for (const [name, value] of Object.entries({ width, height })) this.marks.setAttribute(name, value);
  }

  // The padding: zeros that are not in the map, hatched.
  hatch(paint, inks, width, height) {
    paint.strokeStyle = inks.rule;
    paint.lineWidth = 1;
    paint.beginPath();
    for (let x = -height; x < width; x += 5) {
      paint.moveTo(x, height);
      paint.lineTo(x + height, 0);
    }
    paint.stroke();
  }

  grid(paint, inks, wide, high, cell) {
    paint.fillStyle = inks.rule;
    paint.globalAlpha = 0.55;
    for (let j = 0; j <= wide; j++) paint.fillRect(j * cell - 0.5, 0, 1, high * cell);
    for (let i = 0; i <= high; i++) paint.fillRect(0, i * cell - 0.5, wide * cell, 1);
    paint.globalAlpha = 1;
  }

  // boxes: [class, first row, first column, last row, last column] in the map's own rows and columns.
  mark(boxes) {
    const { cell, corner } = this;
    const whole = boxes.filter(([, r0, c0, r1 = r0, c1 = c0]) => r1 >= r0 && c1 >= c0); // a pixel may see padding alone
    const drawn = whole.map(([name, r0, c0, r1 = r0, c1 = c0]) =>
      svg("rect", {
        class: name,
        x: corner[0] + c0 * cell,
        y: corner[1] + r0 * cell,
        width: (c1 - c0 + 1) * cell,
        height: (r1 - r0 + 1) * cell,
      }),
    );
    this.marks.replaceChildren(...this.ticks(), ...drawn);
  }

  // Where windows begin, a tick for each, if they do not begin at every pixel.
  ticks() {
    const { starts } = this.shown;
    if (!starts) return [];
    const { cell, corner } = this;
    const across = starts.columns.map((c) => `M${corner[0] + c * cell + cell / 2} 0v4`);
    const down = starts.rows.map((r) => `M0 ${corner[1] + r * cell + cell / 2}h4`);
    return [svg("path", { class: "lm-map-starts", d: [...across, ...down].join("") })];
  }
}
