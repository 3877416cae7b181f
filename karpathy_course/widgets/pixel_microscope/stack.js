// All layers side by side, each with all its maps as small pictures; a click on a map chooses its layer and channel.
import { make, svg } from "../js/dom.js";
import { most } from "./arithmetic.js";
import { canvasOf, inksOf, pixels } from "./maps.js";

const MAP = 18; // px of a small map, about
const APART = 3;

export class Stack {
  // titles: of each layer. pick(layer, channel) is called when a map is clicked.
  constructor(layers, titles, pick) {
    this.layers = layers.map((layer, k) => this.layer(layer, titles[k], (channel) => pick(k, channel)));
    const parts = this.layers.flatMap(({ element }, k) => [
      ...(k ? [make("span", { class: "lm-stack-arrow" }, "→")] : []),
      element,
    ]);
    this.element = make("div", { class: "lm-stack", "data-testid": "stack", "aria-hidden": "true" }, ...parts);
  }

  layer({ kind, shape, out }, title, pick) {
    const [channels, rows, columns] = shape;
    const cell = Math.max(1, Math.min(9, Math.floor(MAP / Math.max(rows, columns))));
    const across = channels <= 3 ? channels : Math.ceil(Math.sqrt((channels * rows * 1.4) / columns));
    const [wide, high] = [columns * cell + APART, rows * cell + APART];
    const size = [across * wide + 1, Math.ceil(channels / across) * high + 1];
    const place = (c) => [(c % across) * wide + 2, Math.floor(c / across) * high + 2];
    const canvas = make("canvas", {});
    const marks = svg("svg", { class: "lm-map-marks", width: size[0], height: size[1] });
    const board = make("div", { class: "lm-map", "data-channels": channels }, canvas, marks);
    board.addEventListener("click", (event) => {
      const box = board.getBoundingClientRect();
      const [x, y] = [event.clientX - box.left - 2, event.clientY - box.top - 2];
      const channel = Math.floor(y / high) * across + Math.min(across - 1, Math.floor(x / wide));
      if (channel >= 0 && channel < channels) pick(channel);
    });
    const element = make("figure", { class: "lm-stack-layer" }, make("figcaption", {}, title), board);
    return { kind, shape, out, most: most(out), cell, size, place, canvas, marks, element };
  }

  draw() {
    for (const { shape, out, most: scale, cell, size, place, canvas } of this.layers) {
      const [channels, rows, columns] = shape;
      const inks = inksOf(this.element);
      const paint = canvasOf(canvas, ...size);
      for (let c = 0; c < channels; c++) {
        const corner = place(c);
        paint.fillStyle = inks.rule;
        paint.fillRect(corner[0] - 1, corner[1] - 1, columns * cell + 2, rows * cell + 2);
        paint.fillStyle = inks.paper;
        paint.fillRect(...corner, columns * cell, rows * cell);
        pixels(paint, inks, { values: out, start: c * rows * columns, rows, columns, most: scale }, corner, cell);
      }
    }
  }

  // chosen: [[class, layer, channel], …]
  mark(chosen) {
    this.layers.forEach((layer, k) => {
      const own = chosen.filter(([, n]) => n === k);
      layer.element.classList.toggle(
        "lm-here",
        own.some(([name]) => name === "lm-map-at"),
      );
      layer.marks.replaceChildren(
        ...own.map(([name, , channel]) => {
          const [x, y] = layer.place(channel);
          const [, rows, columns] = layer.shape;
          return svg("rect", {
            class: name,
            x: x - 1,
            y: y - 1,
            width: columns * layer.cell + 2,
            height: rows * layer.cell + 2,
          });
        }),
      );
    });
  }
}
