// Play, pause, step, back, scrub, speed: native controls over a position from 0 to length.
import { make, svg } from "./dom.js";

const SPEEDS = [
  ["0.5×", 1600],
  ["1×", 800],
  ["2×", 400],
  ["4×", 200],
  ["fastest", 0],
];
const ICONS = {
  first: "M4 4h2.4v12H4zM16 4v12L7.4 10z",
  back: "M14.5 4v12L5.5 10z",
  play: "M5.5 3.5v13L16 10z",
  pause: "M5 4h3.6v12H5zM11.4 4H15v12h-3.6z",
  step: "M4 4v12l8.6-6zM13.6 4H16v12h-2.4z",
};
const icon = (name) =>
  svg("svg", { viewBox: "0 0 20 20", class: "lm-icon", "aria-hidden": "true" }, svg("path", { d: ICONS[name] }));

export class Transport {
  // show(position, animated) draws a position; length() says how many there are.
  // split: where on the track the second phase begins; text: what the slider is called.
  constructor(length, show, { split = 1, text = "Position" } = {}) {
    this.length = length;
    this.show = show;
    this.position = 0;
    this.timer = null;
    this.playButton = this.button("play", "Play", () => this.toggle());
    const scrub = { "data-testid": "scrub", "aria-label": text, oninput: () => this.jump(Number(this.scrub.value)) };
    this.scrub = make("input", { type: "range", min: 0, step: 1, value: 0, class: "lm-scrub lm-phases", ...scrub });
    const speeds = SPEEDS.map(([name], i) => make("option", { value: i, selected: i === 1 }, name));
    const speed = { "data-testid": "speed", "aria-label": "Speed", onchange: () => this.playing && this.restart() };
    this.speed = make("select", { class: "lm-select", ...speed }, ...speeds);
    this.count = make("span", { class: "lm-count", "data-testid": "count" });
    this.element = make(
      "div",
      { class: "lm-transport", role: "group", "aria-label": "Player" },
      this.button("first", "To the start", () => this.jump(0)),
      this.button("back", "One step back", () => this.jump(this.position - 1)),
      this.playButton,
      this.button("step", "One step on", () => this.jump(this.position + 1, true)),
      this.scrub,
      this.count,
      this.speed,
    );
    this.split(split);
  }

  button(id, label, act) {
    const named = { "data-testid": id, "aria-label": label, title: label };
    return make("button", { type: "button", class: `lm-button lm-${id}`, ...named, onclick: act }, icon(id));
  }

  split(share) {
    this.scrub.style.setProperty("--lm-split", share);
  }

  jump(position, animated = false) {
    this.pause();
    this.go(position, animated);
  }

  get playing() {
    return this.timer !== null;
  }

  // How long a number is on its way, in ms: most of the pause between two steps.
  get pace() {
    return Math.max(140, 0.72 * SPEEDS[Number(this.speed.value)][1]);
  }

  reset(position = 0) {
    this.scrub.max = this.length();
    this.jump(position);
  }

  go(position, animated = false) {
    this.position = Math.max(0, Math.min(this.length(), position));
    this.scrub.value = this.position;
    this.scrub.style.setProperty("--lm-at", this.position / Math.max(1, this.length()));
    this.count.textContent = `${this.position} / ${this.length()}`;
    this.show(this.position, animated);
  }

  toggle() {
    if (this.playing) return this.pause();
    if (this.position >= this.length()) this.go(0);
    this.face("pause", "Pause");
    this.restart();
  }

  restart() {
    cancelAnimationFrame(this.timer);
    const pause = SPEEDS[Number(this.speed.value)][1];
    let last = null;
    const tick = (now) => {
      if (last === null) last = now;
      if (now - last >= pause) {
        last = now;
        if (this.position >= this.length()) return this.pause();
        this.go(this.position + 1, pause >= 200);
      }
      this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  pause() {
    cancelAnimationFrame(this.timer);
    this.timer = null;
    this.face("play", "Play");
  }

  face(name, label) {
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute("aria-label", label);
    this.playButton.title = label;
  }
}
