// The map: heights as shades and lines, the paths on it, and the start, a button that mouse and arrow keys move.
import { make, row, svg } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { Plot } from "../js/plot.js";
import { contours } from "./contours.js";

const [TALLEST, SIDES, ENDS] = [460, 56, 60]; // px: how high at most; axes beside and above and below the map
const FAR = 3000; // px: a path that leaves the map is drawn no further
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const STEP = 0.1;
const FINE = 0.01;

// A plot on which both axes have the same scale: what the bounds leave free shows more of the surface.
class EqualPlot extends Plot {
  draw() {
    const full = this.element.getBoundingClientRect().width || 320;
    const room = `${full} ${this.bounds}`;
    if (room !== this.room) {
      this.room = room;
      this.fit(full - SIDES); // once, to learn how much room the numbers at the axis take
      this.width = this.at.right - this.at.left;
    }
    this.fit(this.width);
    this.after();
  }

  fit(width) {
    const [wide, high] = this.bounds.map(([low, most]) => most - low);
    const scale = Math.max(wide / width, high / (TALLEST - ENDS));
    this.high = Math.round(high / scale + ENDS);
    this.picture.setAttribute("height", this.high);
    const spare = (scale * width - wide) / 2;
    this.shown.x = [this.bounds[0][0] - spare, this.bounds[0][1] + spare];
    this.shown.y = this.bounds[1];
    super.draw();
  }
}

// A mark of a racer: its letter on a disc.
export function badge(racer, x, y) {
  const name = `lm-badge-of ${racer.style}`;
  return svg(
    "g",
    { class: name, transform: `translate(${x} ${y})` },
    svg("circle", { r: 8.5 }),
    svg("text", { y: 4, "text-anchor": "middle" }, racer.letter),
  );
}

export class RaceMap {
  // move(x, y): the start is put there.
  constructor(move) {
    this.move = move;
    this.position = 0;
    this.plot = new EqualPlot({ id: "map" });
    this.plot.after = () => this.placeHandle();
    this.handle = make("button", { type: "button", class: "lm-race-start", "data-testid": "start" });
    this.handle.addEventListener("keydown", (event) => this.key(event));
    this.element = row("lm-race-map", this.plot.element, this.handle);
    for (const place of [this.plot.picture, this.handle]) this.listen(place);
  }

  listen(place) {
    const move = ({ clientX, clientY }) => {
      const { at, picture } = this.plot;
      const box = picture.getBoundingClientRect();
      const share = (v, low, high) => Math.min(1, Math.max(0, (v - low) / (high - low)));
      const [x, y] = [share(clientX - box.left, at.left, at.right), share(clientY - box.top, at.bottom, at.top)];
      const [[x0, x1], [y0, y1]] = [this.plot.shown.x, this.plot.shown.y];
      this.put(x0 + x * (x1 - x0), y0 + y * (y1 - y0));
    };
    place.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.plot.at) return;
      event.preventDefault(); // no text is selected on the way
      this.handle.focus({ preventScroll: true });
      place.setPointerCapture(event.pointerId);
      move(event);
    });
    place.addEventListener("pointermove", (event) => place.hasPointerCapture(event.pointerId) && move(event));
  }

  key(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault(); // the page does not scroll
    const far = event.shiftKey ? FINE : STEP;
    this.put(this.start[0] + far * arrow[0], this.start[1] + far * arrow[1]);
  }

  // Two digits after the point are enough, and can be read.
  put(...point) {
    const inside = point.map((v, k) => {
      const [low, high] = this.plot.bounds[k];
      return Math.min(Math.floor(high / FINE), Math.max(Math.ceil(low / FINE), Math.round(v / FINE)));
    });
    this.move(...inside.map((v) => Number((v * FINE).toFixed(2))));
  }

  placeHandle() {
    const [x, y] = this.plot.at.both(this.start);
    this.handle.style.left = `${x}px`;
    this.handle.style.top = `${y}px`;
    const [across, up] = this.start.map(formatNumber);
    const keys = "The arrow keys move it, with Shift in small steps.";
    this.handle.setAttribute("aria-label", spoken(`Start at x = ${across}, y = ${up}. ${keys}`));
  }

  // Moves the start at once; its paths follow when they are there.
  showStart(start) {
    this.start = start;
    if (this.plot.at) this.placeHandle();
  }

  // surface: {height}; about: {bounds, minima} of it; key: what the shades depend on; racers: those that are seen.
  show({ surface, about, key, start, racers, label }) {
    this.start = start;
    this.racers = racers;
    this.plot.bounds = about.bounds;
    const [x, y] = about.bounds;
    const ground = (at) => this.ground(surface, key, at);
    const minima = about.minima.map((minimum) => (at) => {
      const [cx, cy] = at.both(minimum);
      return svg("path", { class: "lm-minimum", d: `M${cx - 6} ${cy}h12M${cx} ${cy - 6}v12` });
    });
    const paths = (at) => {
      this.layer = svg("g");
      this.drawn = this.racers.map((racer) => ({ racer, places: within(racer.found, at) }));
      this.showStep(this.position);
      return this.layer;
    };
    this.plot.show({ x, y, xTitle: "x", yTitle: "y", label, marks: [ground, ...minima, paths] });
  }

  ground(surface, key, at) {
    const { x, y } = this.plot.shown;
    const seen = JSON.stringify([key, at.left, at.right, at.top, at.bottom, x, y]);
    if (seen !== this.shaded) {
      this.shaded = seen;
      const place = (right, up) => [at.left + right * (at.right - at.left), at.bottom - up * (at.bottom - at.top)];
      this.shades = contours(surface.height, x, y, place);
    }
    return svg("g", {}, ...this.shades.map((d) => svg("path", { class: "lm-height", d })));
  }

  // All paths up to a step are drawn strongly, and the rest of each faintly.
  showStep(position) {
    this.position = position;
    if (!this.layer) return;
    const line = (name, places) => svg("polyline", { class: name, points: places.map((p) => p.join(",")).join(" ") });
    const paths = this.drawn.flatMap(({ racer, places }) => [
      line(`lm-path lm-ahead ${racer.style}`, places.slice(position)),
      line("lm-path lm-halo", places.slice(0, position + 1)),
      line(`lm-path ${racer.style}`, places.slice(0, position + 1)),
      dots(racer, places.slice(0, position + 1)),
    ]);
    const badges = this.drawn.map(({ racer, places }) =>
      badge(racer, ...places[Math.min(position, places.length - 1)]),
    );
    this.layer.replaceChildren(...paths, ...badges);
  }
}

// One dot a step where steps are far apart.
function dots(racer, places) {
  const apart = places.filter((p, k) => k && Math.hypot(p[0] - places[k - 1][0], p[1] - places[k - 1][1]) > 5);
  return svg("path", { class: `lm-dots ${racer.style}`, d: apart.map(([x, y]) => `M${x} ${y}h0`).join("") });
}

// The pixels of a path, ended where it leaves the map for good: beyond FAR, or where it is no number.
function within({ x, y }, at) {
  const places = [];
  for (let k = 0; k < x.length; k++) {
    const place = at.both([x[k], y[k]]);
    const before = places.at(-1) ?? [0, 0];
    const [dx, dy] = [place[0] - before[0], place[1] - before[1]];
    const far = Math.hypot(place[0], place[1]);
    if (Number.isFinite(far) && far <= FAR) {
      places.push(place);
      continue;
    }
    const size = Math.hypot(dx, dy);
    if (Number.isFinite(size)) places.push([before[0] + (dx * FAR) / size, before[1] + (dy * FAR) / size]);
    break;
  }
  return places;
}
