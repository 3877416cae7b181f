// A training that runs in Python, watched and steered. The page keeps no state of its own but what it looks at: it asks
// for all of it when it is made, then gets what changed, and asks again where something was missed.
import { button, calm, checkbox, legend, make, row, textLine, widget } from "../js/dom.js";
import { formatNumber, number, spoken } from "../js/numbers.js";
import { Curve } from "./curves.js";
import { Panels } from "./panels.js";
import { duration, sentence, STATES } from "./sentences.js";

const LEGEND = [
  ["each", "each batch"],
  ["smooth", "smoothed; training"],
  ["validation", "validation"],
];
const PACES = [
  ["", "full speed"],
  ["100", "100 steps/s"],
  ["20", "20 steps/s"],
  ["4", "4 steps/s"],
];
const SPOKEN_EVERY = 1000; // ms: a screen reader cannot follow each batch of steps
const DRAWN_EVERY = 500; // ms, where little motion is asked for

class DashboardView {
  constructor(model, root) {
    this.model = model;
    this.static = false;
    this.looked = null; // the place of the bin that is looked at; null: the newest, whatever it is
    this.metric = "loss";
    this.refused = "";
    this.said = -Infinity;
    this.panels = new Panels((step) => this.lookAt(step));
    this.line = textLine();
    this.facts = Object.fromEntries(["state", "step", "epoch", "speed", "left"].map((name) => [name, this.fact(name)]));
    this.build(root);
    this.hear = (message) => this.receive(message);
    this.alone = () => this.becomeStatic();
    model.on("msg:custom", this.hear);
    model.on("no-kernel", this.alone);
    this.takeAll(model.get("data"));
    this.ask("state");
  }

  fact(name) {
    return make("span", { class: `lm-fact lm-fact-${name}`, "data-fact": name });
  }

  build(root) {
    this.run = button("run", "start", () => this.runOrPause(), { class: "lm-button lm-wide lm-play" });
    this.step = button("step", "one step", () => this.ended || this.ask("step"));
    const typed = { type: "number", min: 0, step: "any", class: "lm-field lm-rate-input", "data-testid": "rate" };
    const entered = (event) => event.key === "Enter" && this.setRate();
    this.rate = make("input", { ...typed, "aria-label": "Learning rate of the next step", onkeydown: entered });
    this.set = button("set-rate", "set", () => this.setRate());
    const times = (id, text, label, factor) =>
      button(id, text, () => this.ask("rate", number(this.state.rate) * factor), { "aria-label": label });
    this.rates = [times("halve", "÷ 2", "Halve the rate", 0.5), times("double", "× 2", "Double the rate", 2)];
    const pace = { class: "lm-select", "data-testid": "pace", "aria-label": "Steps a second at most" };
    this.pace = make("select", { ...pace, onchange: () => this.ask("pace", Number(this.pace.value) || null) });
    this.pace.append(...PACES.map(([value, text]) => make("option", { value }, text)));
    this.log = checkbox("log", "logarithmic", () => this.draw());
    this.lengths = checkbox("lengths", "gradients’ length", (checked) => this.ask("lengths", checked));
    const metric = { class: "lm-select", "data-testid": "metric", "aria-label": "What of each epoch" };
    this.metrics = make("select", { ...metric, onchange: () => this.choose(this.metrics.value) });
    const look = {
      type: "range",
      min: 0,
      step: 1,
      class: "lm-scrub",
      "data-testid": "look",
      "aria-label": "Look at a step",
    };
    this.look = make("input", { ...look, oninput: () => this.lookAtBin(Number(this.look.value)) });
    this.note = make("p", { class: "lm-note", hidden: true });
    const steering = row("lm-steering", make("span", {}, "learning rate"), this.rate, this.set, ...this.rates);
    const controls = row("lm-tools lm-run-tools", this.run, this.step, this.pace, steering);
    const { loss, epochs, rates, gradients } = this.panels;
    const main = row("lm-dash-main", loss.element, make("label", { class: "lm-look" }, "look at ", this.look));
    main.append(row("lm-dash-options", this.log.label, this.lengths.label, legend(...LEGEND)), gradients.element);
    const side = row("lm-dash-side", row("lm-dash-options", this.metrics), epochs.element, rates.element);
    const head = row("lm-head", make("strong", {}, "Training"), row("lm-facts", ...Object.values(this.facts)));
    widget(
      root,
      "dash",
      "training-dashboard",
      head,
      controls,
      row("lm-dash-columns", main, side),
      this.line,
      this.note,
    );
  }

  get ended() {
    return this.static || ["finished", "failed"].includes(this.state.status);
  }

  ask(what, value = null) {
    this.refused = "";
    this.model.send({ ask: what, value });
  }

  runOrPause() {
    if (!this.ended) this.ask(this.state.status === "running" ? "pause" : "start");
  }

  setRate() {
    if (this.rate.value === "") return;
    this.ask("rate", this.rate.valueAsNumber);
  }

  choose(metric) {
    this.metric = metric;
    this.draw();
  }

  // Without a kernel the run cannot go on: what it has shown so far can be read.
  becomeStatic() {
    if (this.static) return;
    this.static = true;
    for (const control of [this.run, this.step, this.rate, this.set, ...this.rates, this.pace, this.lengths.box]) {
      control.disabled = true;
    }
    this.note.hidden = false;
    this.note.textContent = "This page shows the run so far. It can be started and steered in the notebook.";
    this.draw();
  }

  receive({ state, news, refused }) {
    if (refused) {
      this.refused = refused;
      return this.draw();
    }
    if (state) this.takeAll(state);
    else if (news) this.takeNews(news);
  }

  takeAll(state) {
    this.state = { ...state, curves: {}, epochs: {} };
    this.takeCurves(state);
    this.draw();
  }

  takeNews(news) {
    if (news.serial <= this.state.serial) return;
    if (news.serial !== this.state.serial + 1) return this.ask("state");
    const { curves, epochs } = this.state;
    this.state = { ...news, curves, epochs };
    this.takeCurves(news);
    this.soon();
  }

  takeCurves(given) {
    for (const group of ["curves", "epochs"]) {
      for (const [name, news] of Object.entries(given[group])) (this.state[group][name] ??= new Curve()).take(news);
    }
  }

  // Drawn with the next frame, or less often.
  soon() {
    if (this.timer) return;
    const pause = this.state.status === "running" && calm() ? DRAWN_EVERY : 0;
    this.timer = setTimeout(() => requestAnimationFrame(() => this.draw()), pause);
  }

  lookAt(step) {
    const { loss } = this.state.curves;
    if (!loss.bins.length) return;
    this.lookAtBin(Math.max(0, Math.floor((Math.round(step) - this.state.first) / loss.width)));
  }

  lookAtBin(k) {
    const { bins, width } = this.state.curves.loss;
    this.looked = k >= bins.length - 1 ? null : k * width;
    this.draw();
  }

  draw() {
    clearTimeout(this.timer);
    this.timer = null;
    const { state } = this;
    const { bins, width } = state.curves.loss;
    const k = this.looked === null ? bins.length - 1 : Math.floor(this.looked / width);
    this.look.max = Math.max(0, bins.length - 1);
    this.look.value = Math.max(0, k);
    this.look.disabled = bins.length < 2;
    this.drawFacts();
    this.drawControls();
    const looked = this.looked === null ? null : state.first + k * width + (width - 1) / 2;
    this.panels.show(state, { log: this.log.box.checked, metric: this.metric, looked });
    this.panels.gradients.element.hidden = !state.lengths && !state.curves.gradient.bins.length;
    this.speak(sentence(state, k, this.looked === null));
  }

  drawFacts() {
    const { status, number: step, total, epoch, epochs_planned: planned, speed, left } = this.state;
    const put = (name, text, exact) => {
      this.facts[name].textContent = spoken(text);
      if (exact !== undefined) this.facts[name].dataset.exact = exact;
    };
    put("state", STATES[status], status);
    put("step", total === null ? "no step yet" : `step ${step} / ${total}`, step);
    put("epoch", planned === null ? "" : `epoch ${epoch} / ${planned}`, epoch);
    put("speed", speed === null ? "" : `${formatNumber(Number(speed.toPrecision(3)))} steps/s`, speed);
    put("left", left === null || status !== "running" ? "" : `${duration(left)} left`, left);
  }

  drawControls() {
    const { status, rate, scheduled, pace, lengths, epochs } = this.state;
    const running = status === "running";
    this.run.textContent = running ? "pause" : status === "new" ? "start" : "go on";
    this.run.setAttribute("aria-disabled", this.ended);
    this.step.setAttribute("aria-disabled", this.ended);
    if (document.activeElement !== this.rate) this.rate.value = number(rate);
    for (const control of [this.rate, this.set, ...this.rates]) control.disabled = this.ended || scheduled;
    this.pace.value = pace ?? "";
    this.lengths.box.checked = lengths;
    const names = [...new Set(Object.keys(epochs).map((name) => name.replace(/^(train|validation) /, "")))];
    if (!names.length) names.push("loss");
    if (names.join() !== this.names) {
      this.names = names.join();
      this.metrics.replaceChildren(...names.map((name) => make("option", { value: name }, `each epoch’s ${name}`)));
      this.metrics.value = this.metric;
    }
  }

  speak(text) {
    const { status, scheduled } = this.state;
    const now = performance.now();
    if (status === "running" && this.looked === null && now - this.said < SPOKEN_EVERY && !this.refused) return;
    this.said = now;
    const note = scheduled && status === "paused" ? " A schedule sets the rate." : "";
    this.line.classList.toggle("lm-wrong-line", status === "failed" || Boolean(this.refused));
    this.line.textContent = spoken(this.refused || text + note);
  }

  close() {
    clearTimeout(this.timer);
    this.model.off("msg:custom", this.hear);
    this.model.off("no-kernel", this.alone);
  }
}

export default {
  render({ model, el }) {
    const view = new DashboardView(model, el);
    return () => view.close();
  },
};
