// A gauge whose top is ln C: the needle shows how many times that the loss is, from half to twice, on a scale of
// ratios. Beyond it stands at the end; where the loss is no number there is no needle.
import { make, svg } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";

const [WIDE, HIGH, MIDDLE, FOOT, FAR] = [300, 178, 150, 150, 112];
const MARKS = [
  [0.5, "½"],
  [0.7, "0.7"],
  [1.4, "1.4"],
  [2, "2 ×"],
];

// Degrees from the upright: half of ln C lies at −90, twice at 90.
export const turn = (ratio) => (ratio > 0 ? Math.max(-90, Math.min(90, 90 * Math.log2(ratio))) : -90);

function place(degrees, far) {
  const angle = (degrees * Math.PI) / 180;
  return [MIDDLE + far * Math.sin(angle), FOOT - far * Math.cos(angle)].map((v) => v.toFixed(2));
}

function arc(from, to, far) {
  return `M${place(from, far)}A${far} ${far} 0 0 1 ${place(to, far)}`;
}

export class Gauge {
  constructor(even, classes, tolerance) {
    this.even = even;
    const [low, high] = [1 - tolerance, 1 + tolerance].map(turn);
    const word = (degrees, far, text, name = "lm-tick") => {
      const [x, y] = place(degrees, far);
      return svg("text", { class: name, x, y, "text-anchor": "middle", "dominant-baseline": "middle" }, text);
    };
    const stroke = (degrees) => {
      const [[x1, y1], [x2, y2]] = [place(degrees, FAR - 9), place(degrees, FAR + 9)];
      return svg("line", { class: "lm-gauge-mark", x1, y1, x2, y2 });
    };
    this.needle = svg(
      "g",
      { class: "lm-needle" },
      svg("path", { d: `M${MIDDLE - 4} ${FOOT}h8L${MIDDLE} ${FOOT - 98}z` }),
    );
    this.picture = svg(
      "svg",
      {
        class: "lm-gauge",
        role: "img",
        viewBox: `0 0 ${WIDE} ${HIGH}`,
        width: WIDE,
        height: HIGH,
        "data-testid": "gauge",
      },
      svg("path", { class: "lm-gauge-arc", d: arc(-90, 90, FAR) }),
      svg("path", { class: "lm-gauge-band", d: arc(low, high, FAR) }),
      ...MARKS.map(([ratio]) => stroke(turn(ratio))),
      ...MARKS.map(([ratio, text]) =>
        Math.abs(turn(ratio)) === 90 ? word(1.11 * turn(ratio), FAR + 1, text) : word(turn(ratio), FAR + 22, text),
      ),
      word(0, FAR + 20, `ln ${classes}`, "lm-gauge-even"),
      this.needle,
      svg("circle", { class: "lm-gauge-hub", cx: MIDDLE, cy: FOOT, r: 7 }),
    );
    this.element = make("div", { class: "lm-gauge-box" }, this.picture);
  }

  // Only a number has a needle: nan has none.
  show(loss, inside) {
    const there = !Number.isNaN(loss);
    this.needle.toggleAttribute("hidden", !there);
    this.needle.classList.toggle("lm-inside", inside);
    if (there) {
      const degrees = turn(loss / this.even);
      this.needle.dataset.degrees = degrees;
      this.needle.style.transform = `rotate(${degrees}deg)`;
    }
    const where = inside ? "inside" : "outside";
    const said = there ? `The needle stands at ${formatNumber(loss)}, ${where} the band` : "No needle: the loss is nan";
    this.picture.setAttribute("aria-label", spoken(said));
  }
}
