// The rule of broadcasting as a table: both shapes, aligned from the right, and what becomes of each axis.
import { make } from "../js/dom.js";
import { spoken } from "../js/numbers.js";

export class Rule {
  constructor() {
    this.element = make("table", { class: "lm-shapes", "data-testid": "rule" });
  }

  // now: the place of the axis that this step is about, null where it is about none.
  show(loom, compared, now) {
    const { axes, operands, result } = loom;
    const known = (place) => axes.length - place <= compared;
    const style = (place, more = "") => `${now === place ? "lm-now " : ""}${more}`.trim() || null;
    const head = axes.map(({ axis }, i) => make("th", { scope: "col", class: style(i) }, spoken(`${axis}`)));
    const sizes = (k) =>
      axes.map((axis, i) => {
        const size = axis.sizes[k];
        const full = size === null ? 1 : size;
        const grows = known(i) && axis.stretched.includes(k);
        const text = grows ? `${full} → ${axis.result}` : size === null ? (known(i) ? "1" : "·") : String(size);
        const more = axis.clash && known(i) ? "lm-clash" : grows ? "lm-grows" : size === null ? "lm-lacking" : "";
        return make("td", { class: style(i, more) }, text);
      });
    const ends = axes.map((axis, i) => {
      const text = !known(i) ? "" : axis.clash ? "✗" : String(axis.result);
      return make("td", { class: style(i, axis.clash && known(i) ? "lm-clash" : "lm-end") }, text);
    });
    const line = (name, cells, shape) =>
      make("tr", {}, make("th", { scope: "row" }, name), ...cells, make("td", { class: "lm-whole" }, shape));
    this.element.replaceChildren(
      make("caption", {}, "Shapes, matched from the right"),
      make(
        "thead",
        {},
        make("tr", {}, make("th", { scope: "row" }, "axis"), ...head, make("th", { scope: "col" }, "shape")),
      ),
      make(
        "tbody",
        {},
        line("a", sizes(0), operands[0].shape),
        line("b", sizes(1), operands[1].shape),
        line("y", ends, result && compared >= axes.length ? result.shape : ""),
      ),
    );
  }
}
