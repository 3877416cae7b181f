// The loss of each racer at every step, on a logarithmic axis, with a line at the step that is looked at.
import { svg } from "../js/dom.js";
import { marks, Plot } from "../js/plot.js";
import { badge } from "./map.js";

const LOWEST = 1e-6; // times the tolerance: what is below is not drawn
const HIGHEST = 1e3; // times the loss at the start: nor what is above

// A loss of 0 is below the plot as well.
const height = (loss) => Math.log10(Math.max(loss, Number.MIN_VALUE));

export class Losses {
  constructor() {
    this.position = 0;
    this.plot = new Plot({ id: "losses", high: 230 });
  }

  // racers: those that are seen, [{name, letter, style, found}].
  show(racers, tolerance, steps) {
    this.racers = racers;
    const first = Math.max(tolerance, ...racers.map(({ found }) => found.losses[0]));
    const inside = (loss) => loss <= HIGHEST * first && loss >= LOWEST * tolerance;
    const heights = racers.flatMap(({ found }) => found.losses.filter(inside).map(height));
    const lines = racers.map(({ found, style }) =>
      marks.curve(
        found.losses.map((loss, k) => [k, height(loss)]),
        `lm-path ${style}`,
      ),
    );
    const layer = (at) => {
      Object.assign(this, { at, layer: svg("g") });
      this.showStep(this.position);
      return this.layer;
    };
    this.plot.show({
      x: [-0.01 * steps, 1.02 * steps], // room for the discs at the ends
      y: [Math.min(height(tolerance) - 0.5, ...heights), Math.max(height(first), ...heights)],
      xTitle: "step",
      yTitle: "loss; dashed: the tolerance",
      label: `The loss at each step of ${racers.map(({ name }) => name).join(", ")}, on a logarithmic axis`,
      marks: [marks.level(height(tolerance), "lm-tolerance"), ...lines, layer],
      xKind: "whole",
      yKind: "powers",
    });
  }

  showStep(position) {
    this.position = position;
    const { at } = this;
    const x = at.x(position);
    const discs = this.racers.map((racer) => {
      const { losses } = racer.found;
      const k = Math.min(position, losses.length - 1);
      const y = at.y(height(losses[k])); // NaN where the loss is: at the top, as what is too large
      return badge(racer, at.x(k), Math.max(at.top + 4, Math.min(at.bottom - 4, Number.isNaN(y) ? 0 : y)));
    });
    const cursor = svg("line", { class: "lm-cursor", x1: x, x2: x, y1: at.top, y2: at.bottom });
    this.layer.replaceChildren(cursor, ...discs);
  }
}
