// What a stage costs: bars for counts and times, and the memory alive from the first node to the last.
import { bar, filling } from "../js/bars.js";
import { formatNumber } from "../js/numbers.js";
import { marks } from "../js/plot.js";

export function microseconds(t) {
  if (t === null) return "–";
  return t >= 1000 ? `${formatNumber(t / 1000)} ms` : `${formatNumber(t)} µs`;
}

// A bar from zero, and for a time the middle half of all measurements on it.
function meter(id, name, amount, most, text, spread) {
  const share = (x) => (most ? (100 * x) / most : 0);
  const parts = [filling("lm-fill lm-fill-true", 0, share(amount ?? 0))];
  if (spread) {
    const [low, , high] = spread;
    const attributes = { "data-testid": `${id}-spread`, "data-exact": JSON.stringify(spread) };
    parts.push(filling("lm-whisker", share(low), share(high - low), attributes));
  }
  const below = spread ? ` ${microseconds(spread[0])}–${microseconds(spread[2])}` : null;
  return bar({ id, name, exact: amount, text, below, track: "lm-track lm-from-zero" }, ...parts);
}

export function drawMeters(place, stages, times, shown) {
  const counted = (id, name, text = String) => {
    const amount = stages[shown][id];
    return meter(id, name, amount, Math.max(...stages.map((stage) => stage[id])), text(amount));
  };
  const timed = (id, name) => {
    const spread = times[shown][id];
    const most = Math.max(...times.map((each) => (each[id] ? each[id][2] : 0)));
    return meter(id, name, spread && spread[1], most, microseconds(spread && spread[1]), spread);
  };
  place.replaceChildren(
    counted("operations", "operations"),
    counted("statements", "statements"),
    counted("peak", "peak memory", (bytes) => `${bytes} B`),
    timed("run", "time by node"),
    timed("compiled", "time compiled"),
  );
}

export function memoryOf(stage, stages) {
  const at = stage.live.indexOf(stage.peak);
  const points = stage.live.map((bytes, k) => [k, bytes]);
  const most = Math.max(1, ...stages.map(({ peak }) => peak));
  return {
    x: [0, Math.max(1, stage.live.length - 1)],
    y: [0, most],
    xTitle: "node, in the order of computing",
    yTitle: `bytes; the peak is ${stage.peak}`,
    label: `Memory alive from the first node to the last; at most ${stage.peak} bytes`,
    marks: [
      marks.area(points, "lm-area"),
      marks.curve(points, "lm-curve"),
      marks.level(stages[0].peak, "lm-axis"),
      marks.dot([at, stage.peak], "lm-true-dot", 3.5),
    ],
  };
}
