// What the picture shows, in words.
import { formatNumber } from "../js/numbers.js";
import { limit } from "./formulas.js";

export const NAMES = {
  quadratic: "the bowl",
  ravine: "the ravine",
  rosenbrock: "Rosenbrock’s valley",
  saddle: "the saddle",
};

export const listed = (parts) =>
  parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;

export function where({ surface, condition, turn, start }) {
  const [x, y] = start.map(formatNumber);
  const turned = turn ? `, turned by ${formatNumber(turn)}°` : "";
  const kind = surface === "quadratic" ? ` with condition number ${formatNumber(condition)}${turned}` : "";
  return `${NAMES[surface]}${kind} from (${x}, ${y})`;
}

// Why a rate cannot work on a bowl, where theory says so.
function because({ surface, condition }, { racer, found }) {
  if (surface !== "quadratic" || racer.kind !== "SGD") return "";
  const most = limit(found.options, condition);
  return found.options.lr > most
    ? `: its rate ${formatNumber(found.options.lr)} is over the limit of ${formatNumber(most)}`
    : "";
}

// seen: the results that are shown, [{racer, found, what, since, place, stale}]; position: the step that is looked at.
export function sentence(state, seen, position, steps, tolerance) {
  const live = seen.filter(({ stale }) => !stale);
  const come = (what) => live.filter((each) => each.what === what && each.since <= position);
  const there = come("reached").toSorted((a, b) => a.since - b.since);
  const parts = [`Step ${position} of ${steps} on ${where(state)}.`];
  const below = `below the tolerance ${formatNumber(tolerance)}`;
  if (there.length) {
    const [first, ...others] = there;
    const ties = others.filter(({ since }) => since === first.since);
    const firsts = listed([first, ...ties].map(({ racer }) => racer.name));
    const after = others.filter(({ since }) => since > first.since).map((e) => `${e.racer.name} (${e.since})`);
    const then = after.length ? `; then ${listed(after)}` : "";
    parts.push(`First ${below}, to stay: ${firsts}, from step ${first.since} on${then}.`);
  } else if (live.length) {
    parts.push(`Nobody is ${below} to stay yet.`);
  }
  for (const each of come("diverged")) {
    parts.push(`${each.racer.name} has diverged from step ${each.since} on${because(state, each)}.`);
  }
  for (const each of come("failed")) {
    parts.push(`${each.racer.name} stopped at step ${each.since}: ${each.found.error.text}.`);
  }
  const out = new Set([...there, ...come("diverged"), ...come("failed")]);
  const lossOf = ({ losses }) => formatNumber(losses[Math.min(position, losses.length - 1)]);
  const losses = live.filter((each) => !out.has(each)).map(({ racer, found }) => `${racer.name} ${lossOf(found)}`);
  if (losses.length) parts.push(`${out.size ? "Losses of the others" : "Losses"}: ${losses.join(", ")}.`);
  for (const { racer, stale } of seen.filter((each) => each.stale)) {
    const rate = formatNumber(stale.rates[racer.name]);
    const run = `its path is the one that Python ran, at a rate of ${rate} on ${where(stale)}`;
    parts.push(`${racer.name} is not run here: ${run}.`);
  }
  return parts.join(" ");
}
