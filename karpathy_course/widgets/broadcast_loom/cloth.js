// The three arrays as grids of numbers, with threads from each number to its copies; the page adds only motion.
import { calm, make, svg } from "../js/dom.js";
import { words } from "../js/graph_view.js";
import { formatNumber, number, spoken } from "../js/numbers.js";
import { arrangement } from "./arrangement.js";
import { neighbour, tiedTo } from "./steps.js";

const HIGH = 40;
const NAMES = ["a", "b", "y"];
const NOTHING = [130, HIGH]; // the size of an array without numbers

const at = ([x, y]) => `translate(${x}px, ${y}px)`;
const exact = (x) => (Object.is(number(x), -0) ? "-0" : String(x));
export const writtenNumber = (x) => spoken(Object.is(number(x), -0) ? "-0" : formatNumber(x));

const ends = ([x1, y1], [x2, y2]) => ({ x1, y1, x2, y2 });

// A thread from one place to the next, behind what lies between; where those are other numbers it runs beside them.
function thread([x0, y0], [x1, y1], width, beside) {
  if (!beside) return `M${x0},${y0}L${x1},${y1}`;
  const level = y0 === y1;
  const out = ((level ? HIGH : width) / 2 + 4.5) / 0.75; // three quarters of which a curve reaches
  const [dx, dy] = level ? [0, -out] : [-out, 0];
  return `M${x0},${y0}C${x0 + dx},${y0 + dy} ${x1 + dx},${y1 + dy} ${x1},${y1}`;
}

export class Cloth {
  // pick(panel, cell) is called when a number is picked, pick(null) when none is any more.
  constructor(pick) {
    this.pick = pick;
    this.picture = svg("svg", { class: "lm-graph lm-cloth", role: "group", "aria-label": "a, b and y" });
    this.sheet = make("div", { class: "lm-sheet" });
    const region = { "data-testid": "stage", role: "region", tabindex: 0, "aria-label": "The loom; it scrolls" };
    this.stage = make("div", { class: "lm-stage", ...region }, this.sheet);
    new ResizeObserver(() => this.arrange()).observe(this.stage);
  }

  begin(loom, rule) {
    this.loom = loom;
    this.rule = rule;
    this.crossing = svg("g", { class: "lm-crossings", "aria-hidden": "true" });
    this.panels = [...loom.operands, loom.result].map((array, k) => this.panel(array, k));
    this.sign = svg(
      "g",
      { class: "lm-sign", "aria-hidden": "true" },
      svg("circle", { r: 15 }),
      words(loom.sign.length > 1 ? "lm-word" : "", 0, 5, loom.sign),
    );
    this.picture.replaceChildren(this.crossing, ...this.panels.map(({ group }) => group), this.sign);
    this.sheet.replaceChildren(rule, this.picture);
    this.arrange();
  }

  panel(array, k) {
    const grid = array ? this.loom.grids[array.grid] : { places: [], size: [0, 0], labels: [], folds: [] };
    const size = grid.places.length ? grid.size : NOTHING;
    const caption = svg("text", { class: "lm-caption", x: 0, y: -10 });
    const threads = svg("g", { class: "lm-threads", "aria-hidden": "true" });
    const slots = svg("g", { class: "lm-slots", "aria-hidden": "true" });
    const [copies, owns] = [svg("g", {}), svg("g", {})]; // copies come out from under their numbers
    const label = array ? `${NAMES[k]}, shape ${array.shape}` : `${NAMES[k]}: no result`;
    const group = svg("g", { class: `lm-array lm-${NAMES[k]}`, role: "group", "aria-label": label });
    const marks = svg("g", { "aria-hidden": "true" });
    marks.append(...grid.labels.map(([x, y, text]) => words("lm-label", x, y, text, "start")));
    marks.append(...grid.folds.map(([x, y]) => words("lm-label", x, y + 4, "…")));
    const empty = grid.places.length ? null : words("lm-label", 0, HIGH / 2 + 4, "no numbers here", "start");
    group.append(caption, slots, threads, marks, copies, owns, ...(empty ? [empty] : []));
    const panel = { array, k, group, grid, size, caption, threads: [], cells: [], own: [], empty, slots };
    if (!array) return panel;
    const { width } = this.loom;
    for (const [x, y] of grid.places) {
      slots.append(svg("rect", { x: x - width / 2, y: y - HIGH / 2, width, height: HIGH, rx: 7 }));
    }
    grid.places.forEach((place, i) => {
      const own = k === 2 || array.of[i] === i;
      if (own) panel.own.push(i);
      const cell = this.cell(panel, place, i, own);
      (own ? owns : copies).append(cell.group);
      panel.cells.push(cell);
    });
    this.threadsOf(panel, threads);
    return panel;
  }

  cell(panel, place, i, own) {
    const { width } = this.loom;
    const value = words("lm-value", 0, 5);
    const grad = words("lm-grad", 0, 14);
    const box = { x: -width / 2, y: -HIGH / 2, width, height: HIGH, rx: 7 };
    const group = svg(
      "g",
      { class: own ? "lm-cell lm-own-cell" : "lm-cell lm-copy", "data-cell": i, "data-operand": NAMES[panel.k] },
      svg("rect", { class: "lm-card", ...box }),
      value,
      grad,
    );
    const picked = panel.k === 2 ? i : panel.array.of[i];
    let before = null; // what was picked when the press began: pressing it again lets it go
    group.addEventListener("pointerdown", () => (before = this.picked));
    group.addEventListener("click", () => {
      const again = before && before[0] === panel.k && before[1] === picked;
      if (again) return this.pick(null);
      panel.cells[picked].group.focus();
      this.pick([panel.k, picked]); // it may have had the focus before
    });
    if (own) {
      const keys = { role: "button", tabindex: panel.own[0] === i ? 0 : -1, "aria-pressed": "false" };
      for (const [name, text] of Object.entries(keys)) group.setAttribute(name, text);
      group.setAttribute("data-lm-suppress-shortcuts", "true");
      group.addEventListener("focus", () => this.pick([panel.k, i]));
      group.addEventListener("keydown", (event) => this.key(event, panel, i));
    }
    group.style.transform = at(place);
    return { group, value, grad, place };
  }

  key(event, panel, i) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow")) {
      panel.cells[neighbour(panel.grid.places, panel.own, i, event.key)].group.focus();
    } else if (event.key === "Enter" || event.key === " ") {
      this.pick(this.picked ? null : [panel.k, i]);
    } else if (event.key === "Escape") this.pick(null);
    else return;
    event.preventDefault();
  }

  threadsOf(panel, layer) {
    if (panel.k === 2) return;
    const { tie: ties, beside } = panel.array;
    const { places } = panel.grid;
    ties.forEach((tie, i) => {
      if (tie === null) return;
      const d = thread(places[tie], places[i], this.loom.width, beside.includes(i));
      const path = svg("path", { class: "lm-thread", d, pathLength: 1 });
      layer.append(path);
      panel.threads.push({ path, cell: i });
    });
  }

  // Where the three arrays stand, in the room that there is.
  arrange() {
    if (!this.loom) return;
    const table = [this.rule.offsetWidth + 8, this.rule.offsetHeight + 8];
    const sizes = this.panels.map((panel) => panel.size);
    const { crossed, places, scale, sign, size } = arrangement(sizes, table, this.stage.clientWidth || 1040);
    this.sheet.classList.toggle("lm-crossed", crossed);
    this.panels.forEach((panel, k) => {
      panel.at = places[k];
      panel.group.style.transform = at(panel.at);
    });
    this.sign.classList.toggle("lm-gone", !sign);
    if (sign) this.sign.style.transform = at(sign);
    this.picture.setAttribute("viewBox", `0 0 ${size[0]} ${size[1]}`);
    this.picture.style.width = `${Math.floor(size[0] * scale)}px`;
    this.sheet.style.width = this.picture.style.width;
    if (this.state) this.cross();
  }

  // Draws a state; picked: [panel, cell] or null.
  show(state, picked, animated) {
    // what is lit: the picked number, else the result that is computed just now
    const about = picked ?? (state.step?.cell === undefined ? null : [2, state.step.cell]);
    Object.assign(this, { state, picked, about });
    this.stage.classList.toggle("lm-still", !animated || calm());
    this.stage.classList.toggle("lm-backward", state.backward);
    const lit = new Set(about ? tiedTo(this.loom, about) : []);
    for (const panel of this.panels) {
      if (!panel.array) this.showNothing(panel);
      else if (panel.k === 2) this.showResult(panel, lit);
      else this.showOperand(panel, lit);
    }
    this.cross();
  }

  showNothing({ caption, empty }) {
    const clash = this.state.step?.kind === "axis" && this.loom.axes[this.state.step.axis].clash;
    caption.textContent = "y";
    empty.classList.toggle("lm-none", Boolean(clash));
    empty.textContent = clash ? "✗ no result: the shapes clash" : "";
  }

  showOperand(panel, lit) {
    const { array, cells, grid, k } = panel;
    const { local, stretched, summed } = this.state;
    const whole = Math.max(0, ...array.made) <= stretched[k];
    const grown = whole && array.stretched !== array.shape && !summed[k];
    this.caption(panel, grown ? `${array.shape} → ${array.stretched}` : array.shape);
    panel.slots.classList.toggle("lm-gone", this.state.compared < this.loom.axes.length);
    cells.forEach((cell, i) => {
      const own = array.of[i] === i;
      const here = own || (array.made[i] <= stretched[k] && !summed[k]);
      const grad = summed[k] ? (own ? array.grads[i] : null) : local[k] ? array.parts[i] : null;
      const lies = here ? i : summed[k] ? array.of[i] : array.home[i];
      cell.group.style.transform = at(grid.places[lies]);
      this.fill(panel, cell, i, {
        here,
        value: array.values[array.of[i]],
        grad,
        total: summed[k],
        wrong: summed[k] && array.wrong.includes(i),
      });
      cell.group.classList.toggle("lm-lit", this.about !== null && this.isLit(k, i, lit));
    });
    for (const { path, cell } of panel.threads) {
      const tied = array.made[cell] <= stretched[k] && !summed[k];
      path.classList.toggle("lm-loose", !tied);
      path.classList.toggle("lm-lit", this.about?.[0] === k && lit.has(cell));
      path.classList.toggle("lm-back", local[k]);
    }
  }

  // Of a picked operand's number all copies are lit; of a result the two numbers that it is made of.
  isLit(k, i, lit) {
    if (this.about[0] === k) return lit.has(i);
    return this.about[0] === 2 && (lit.has(i) || [...lit].some((place) => this.loom.operands[k].of[place] === i));
  }

  showResult(panel, lit) {
    const { array, cells } = panel;
    const { arrived, computed, compared } = this.state;
    const known = compared >= this.loom.axes.length;
    this.caption(panel, known ? array.shape : "");
    panel.slots.classList.toggle("lm-gone", !known);
    if (panel.empty) panel.empty.classList.toggle("lm-gone", computed === 0);
    cells.forEach((cell, i) => {
      const here = i < computed;
      this.fill(panel, cell, i, {
        here,
        value: here ? array.values[i] : null,
        grad: arrived ? array.gradients[i] : null,
      });
      cell.group.classList.toggle("lm-lit", lit.has(i));
    });
  }

  caption({ array, caption, k }, shape) {
    const type = k < 2 && array.dtype !== "float64" ? ` · ${array.dtype}` : "";
    const formula = k === 2 ? this.loom.formula : NAMES[k];
    const name = svg("tspan", { class: "lm-caption-name" }, formula);
    caption.replaceChildren(name, svg("tspan", { dx: 8 }, spoken(`${shape}${type}`)));
  }

  fill({ k, array, own }, { group, value, grad }, i, shown) {
    const graded = shown.here && shown.grad !== null;
    group.classList.toggle("lm-gone", !shown.here);
    group.classList.toggle("lm-picked", this.picked?.[0] === k && this.picked[1] === i);
    group.classList.toggle("lm-wrong", Boolean(shown.wrong));
    if (shown.here) {
      // what is not there keeps its numbers and colours while it glides away
      group.classList.toggle("lm-graded", graded);
      group.classList.toggle("lm-total", graded && Boolean(shown.total));
      value.textContent = writtenNumber(shown.value);
      grad.textContent = graded ? `${shown.wrong ? "✗ " : ""}${writtenNumber(shown.grad)}` : "";
      value.setAttribute("y", graded ? -3 : 5);
    }
    group.dataset.value = shown.here ? exact(shown.value) : "";
    group.dataset.gradient = graded ? exact(shown.grad) : "";
    const name = k === 2 || array.of[i] === i ? array.names[i] : null;
    group.dataset.value = shown.here ? exact(shown.value) : "";
    group.dataset.gradient = graded ? exact(shown.grad) : "";
    if (name === null) return;
    const known = shown.here ? `${name} = ${value.textContent}` : `${name}, not computed yet`;
    group.setAttribute("aria-label", graded ? `${known}, gradient ${grad.textContent}` : known);
    group.setAttribute("aria-pressed", this.picked?.[0] === k && this.picked[1] === i);
    const stop = this.picked?.[0] === k ? this.picked[1] : own[0];
    group.setAttribute("tabindex", stop === i ? 0 : -1);
  }

  // Threads from array to array, behind all numbers: of the picked number, or of the result that is computed just now.
  cross() {
    this.crossing.replaceChildren();
    const result = this.panels[2];
    if (!result.array || this.state.compared < this.loom.axes.length) return;
    const { summed } = this.state;
    if (!this.about) return;
    for (const place of tiedTo(this.loom, this.about)) {
      if (!result.cells[place]) continue;
      for (const k of [0, 1]) {
        if (this.about[0] !== 2 && this.about[0] !== k) continue;
        const { array, at: corner, grid } = this.panels[k];
        const there = array.made[place] <= this.state.stretched[k] && !summed[k] ? place : array.of[place];
        const from = grid.places[there].map((x, axis) => x + corner[axis]);
        const to = result.grid.places[place].map((x, axis) => x + result.at[axis]);
        this.crossing.append(svg("line", { class: "lm-crossing", ...ends(from, to) }));
      }
    }
  }
}
