// The page of the race: what is changed on it is asked of Python, or run here where there is no Python.
import { checkbox, make, row, textLine, widget } from "../js/dom.js";
import { formatNumber, number, spoken } from "../js/numbers.js";
import { Transport } from "../js/transport.js";
import { Field } from "./field.js";
import { bestOptions, descend, outcome, surfaceOf } from "./formulas.js";
import { Losses } from "./losses.js";
import { RaceMap } from "./map.js";
import { listed, NAMES, sentence, where } from "./sentences.js";

const BETWEEN = 40; // ms between two messages at least: 25 a second
const PATIENCE = 4000; // ms until the page says that Python does not answer
const SPOKEN_EVERY = 1000; // ms while it plays: a screen reader cannot follow each step
const STEEPEST = 3; // the slider's condition numbers reach 10 to this power

class RaceView {
  constructor(model, root) {
    this.model = model;
    this.alone = false;
    this.refused = "";
    this.said = -Infinity;
    this.token = Math.random().toString(36).slice(2);
    this.count = 0;
    this.adopt(model.get("data"));
    this.kept = { ...this.data.elsewhere, [this.data.surface]: this.data }; // runs of Python, for a page without it
    this.racers = this.data.field.map((racer, k) => {
      const own = this.data.field.slice(0, k).filter(({ kind }) => kind === "own").length;
      return { ...racer, style: `lm-racer-${racer.kind === "own" ? `own-${own}` : racer.name}` };
    });
    this.build(root);
    this.transport.speed.value = "4"; // a step in every frame
    this.changed = () => this.receive();
    this.heard = ({ refused, asked }) => refused && this.answered(asked) && this.refuse(refused);
    this.noPython = () => this.becomeAlone();
    model.on("change:data", this.changed);
    model.on("msg:custom", this.heard);
    model.on("no-kernel", this.noPython);
    model.send({ ask: "is there a kernel?" });
    this.show();
    this.transport.reset(this.data.steps);
  }

  adopt(data) {
    const paths = Object.entries(data.paths).map(([name, found]) => [name, converted(found)]);
    this.data = { ...data, paths: Object.fromEntries(paths) };
    const { surface, condition, turn, best, start, rates } = data;
    this.want = { surface, condition, turn, best, start, rates: { ...rates } };
  }

  get about() {
    return this.data.surfaces[this.want.surface];
  }

  build(root) {
    const surfaces = Object.keys(this.data.surfaces).map((name) =>
      make("option", { value: name }, NAMES[name].replace("the ", "")),
    );
    const choice = { class: "lm-select", "data-testid": "surface", "aria-label": "Surface" };
    this.surface = make("select", { ...choice, onchange: () => this.choose(this.surface.value) }, ...surfaces);
    const range = (id, label, most, step, act) => {
      const given = {
        type: "range",
        class: "lm-scrub",
        min: 0,
        max: most,
        step,
        "data-testid": id,
        "aria-label": label,
      };
      const slider = make("input", { ...given, oninput: () => act(Number(slider.value)) });
      const text = make("output", { class: "lm-number", "data-testid": `${id}-text` });
      return { slider, text };
    };
    const steep = (power) => this.change({ condition: Number((10 ** power).toPrecision(3)) });
    this.condition = range("condition", "Condition number", STEEPEST, 0.05, steep);
    this.turn = range("turn", "Turned by degrees", 90, 5, (turn) => this.change({ turn }));
    this.best = checkbox("best", "best rates in theory", (best) => this.change({ best }));
    const slide = (text, { slider, text: shown }) => make("label", { class: "lm-race-slide" }, text, slider, shown);
    this.ofBowl = row("lm-race-bowl", slide("κ", this.condition), slide("turned", this.turn));
    const tools = row("lm-race-tools", this.surface, this.best.label, this.ofBowl);
    this.map = new RaceMap((x, y) => this.change({ start: [x, y] }));
    this.losses = new Losses();
    const acts = { rate: (name, rate) => this.setRate(name, rate), seen: () => this.show() };
    this.field = new Field(this.racers, acts);
    const length = () => this.data.steps;
    this.transport = new Transport(length, (position) => this.showStep(position), { text: "Step" });
    this.line = textLine();
    this.note = make("p", { class: "lm-note lm-race-alone", hidden: true });
    this.facts = make("span", { class: "lm-count" });
    const head = row("lm-head", make("strong", {}, "Optimiser race"), this.facts);
    const left = row("lm-race-left", tools, this.map.element, this.transport.element);
    const how = "Drag the ring on the map, or move it with the arrow keys, to start elsewhere. A dot is a step.";
    const right = row("lm-race-right", this.field.element, make("p", { class: "lm-note" }, how));
    const columns = row("lm-race-columns", left, right);
    widget(root, "race", "optimiser-race", head, columns, this.losses.plot.element, this.line, this.note);
  }

  choose(surface) {
    const { start, rates } = this.data.surfaces[surface];
    this.change({ surface, start, rates: { ...rates } });
  }

  setRate(name, rate) {
    if (rate >= 0 && Number.isFinite(rate)) return this.change({ rates: { ...this.want.rates, [name]: rate } });
    this.refuse(`Rate of ${name}: ${formatNumber(rate)}: expected a number from 0 on, such as 0.1.`);
  }

  change(changed) {
    Object.assign(this.want, changed);
    this.refused = "";
    this.showControls();
    this.map.showStart(this.want.start);
    if (this.alone) return this.runHere();
    this.pending = true;
    this.ask();
  }

  // One question at a time, so that a slow optimiser of the learner's is not run for places that were left long ago.
  ask() {
    if (this.waiting || this.timer || !this.pending) return;
    this.pending = false;
    this.waiting = `${this.token}-${++this.count}`;
    this.patience = setTimeout(() => {
      this.waiting = null; // a later change is asked for all the same
      this.refuse("Python does not answer: the kernel is busy, or it has ended.");
    }, PATIENCE);
    this.timer = setTimeout(() => {
      this.timer = null;
      this.ask();
    }, BETWEEN);
    this.model.send({ ask: "race", asked: this.waiting, ...this.want });
  }

  // Whether it is the answer to this view's question, which then is asked no more.
  answered(asked) {
    if (!this.waiting || asked !== this.waiting) return false;
    clearTimeout(this.patience);
    this.waiting = null;
    this.ask();
    return true;
  }

  receive() {
    const data = this.model.get("data");
    const { want } = this;
    this.adopt(data);
    if (this.waiting || this.pending) this.want = want; // what was changed here meanwhile is asked for next
    this.answered(data.asked);
    this.refused = "";
    this.show();
  }

  refuse(words) {
    this.refused = words;
    this.speak();
  }

  becomeAlone() {
    if (this.alone) return;
    this.alone = true;
    const own = this.racers.filter(({ kind }) => kind === "own").map(({ name }) => name);
    const keeps = own.length > 1 ? "keep the paths" : "keeps the path";
    const kept = own.length ? ` ${listed(own)} cannot be run here and ${keeps} that Python ran.` : "";
    this.note.hidden = false;
    this.note.textContent = `This page runs the course’s optimisers by itself, without Python.${kept}`;
  }

  runHere() {
    const { surface, condition, best, start, rates } = this.want;
    const heights = surfaceOf(this.want);
    const kept = this.kept[surface];
    const paths = this.racers.map(({ name, kind, options }) => {
      if (kind === "own") return [name, converted(kept.paths[name])];
      const theory = best && surface === "quadratic" ? bestOptions(name, condition) : {};
      const all = { ...options, lr: rates[name], ...theory };
      return [name, descend({ kind, options: all }, heights, start, this.data.steps)];
    });
    this.data = { ...this.data, ...this.want, paths: Object.fromEntries(paths) };
    this.show();
  }

  // An own optimiser's run where this page shows something else; null where it is the run that is shown.
  staleness({ name, kind }) {
    if (!this.alone || kind !== "own") return null;
    const { surface, start, rates } = this.data;
    const kept = this.kept[surface];
    const same = (key) => surface !== "quadratic" || kept[key] === this.data[key];
    const there = kept.start.every((v, k) => v === start[k]) && kept.rates[name] === rates[name];
    return there && same("condition") && same("turn") ? null : { ...kept, surface };
  }

  judge() {
    const { tolerance } = this.data.surfaces[this.data.surface];
    const all = this.racers.map((racer) => {
      const found = this.data.paths[racer.name];
      const stale = this.staleness(racer);
      return { racer, found, ...outcome(found, tolerance, this.data.blown), stale, place: null };
    });
    this.seen = all.filter(({ racer }) => this.field.isSeen(racer.name));
    const ranked = this.seen.filter(({ what, stale }) => what === "reached" && !stale);
    for (const each of ranked) each.place = ranked.filter(({ since }) => since < each.since).length;
    this.results = Object.fromEntries(all.map((each) => [each.racer.name, each]));
  }

  showControls() {
    const { surface, condition, turn, best } = this.want;
    this.surface.value = surface;
    for (const part of [this.ofBowl, this.best.label]) part.hidden = surface !== "quadratic";
    this.condition.slider.value = Math.log10(condition);
    this.condition.text.textContent = formatNumber(condition);
    this.condition.slider.setAttribute("aria-valuetext", formatNumber(condition));
    this.turn.slider.value = turn;
    this.turn.text.textContent = `${formatNumber(turn)}°`;
    this.best.box.checked = best;
  }

  show() {
    this.judge();
    this.showControls();
    const { data } = this;
    const about = data.surfaces[data.surface];
    this.facts.textContent = `${data.steps} steps, tolerance ${formatNumber(about.tolerance)}`;
    this.field.show(this.results, data.rates, data.best && data.surface === "quadratic");
    const racers = this.seen.map(({ racer, found, stale }) => ({
      ...racer,
      found,
      style: `${racer.style}${stale ? " lm-stale" : ""}`,
    }));
    this.map.show({
      surface: surfaceOf(data),
      about,
      key: [data.surface, data.condition, data.turn],
      start: this.want.start,
      racers,
      label: `Map of ${where(data)}, with the paths of ${racers.map(({ name }) => name).join(", ")}`,
    });
    this.losses.show(racers, about.tolerance, data.steps);
    this.showStep(this.transport.position);
  }

  showStep(position) {
    this.map.showStep(position);
    this.losses.showStep(position);
    this.field.showStep(this.results, position);
    this.speak();
  }

  speak() {
    const now = performance.now();
    const { position, playing } = this.transport;
    const over = position >= this.data.steps;
    if (playing && !over && now - this.said < SPOKEN_EVERY && !this.refused) return;
    this.said = now;
    const { tolerance } = this.data.surfaces[this.data.surface];
    const lost = this.seen.some(({ what, since }) => ["failed", "diverged"].includes(what) && since <= position);
    this.line.classList.toggle("lm-wrong-line", lost || Boolean(this.refused));
    this.line.textContent = spoken(
      this.refused || sentence(this.data, this.seen, position, this.data.steps, tolerance),
    );
  }

  close() {
    this.transport.pause();
    clearTimeout(this.timer);
    clearTimeout(this.patience);
    this.model.off("change:data", this.changed);
    this.model.off("msg:custom", this.heard);
    this.model.off("no-kernel", this.noPython);
  }
}

// Python writes what is not finite as words.
const converted = (found) => ({
  ...found,
  ...Object.fromEntries(["x", "y", "losses"].map((key) => [key, found[key].map(number)])),
});

export default {
  render({ model, el }) {
    const view = new RaceView(model, el);
    return () => view.close();
  },
};
