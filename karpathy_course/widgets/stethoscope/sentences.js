// What the picture shows, in words: of one layer, and where the first one died.
import { formatNumber } from "../js/numbers.js";

export const percent = (share) => `${formatNumber(Number((100 * share).toPrecision(3)))} %`;

export const MEANINGS = {
  x: "exploded: RMS above 1000 times the input’s (a gradient’s: the last layer’s), or not finite",
  v: "vanished: RMS below a thousandth of the input’s (a gradient’s: of the last layer’s)",
  d: "dead: at least 90 % of the units are 0 for every row",
  s: "saturated: at least half of the values lie at a limit of the activation",
};
const SAID = { ".": "is alive", x: "has exploded", v: "has vanished", d: "is dead", s: "is saturated" };

// The first layer of each fate; back: counted from the loss.
export function first(fates, words, back = false) {
  const order = [...fates].map((fate, k) => [fate, k + 1]);
  if (back) order.reverse();
  const met = new Map();
  for (const [fate, k] of order) if (fate !== "." && !met.has(fate)) met.set(fate, k);
  const texts = [...met].map(([fate, k]) => `${words[fate]} first in layer ${k}`);
  if (!texts.length) return "all alive";
  return (back ? "from the loss back, " : "") + texts.join(", ");
}

export function sentence(found, words, k) {
  const back = found.gradient;
  const theory = found.theory ? ` (theory ${formatNumber(found.theory[k])})` : "";
  const facts = [`RMS ${formatNumber(found.rms[k])}${theory}`, `${percent(found.dead[k])} of the units dead`];
  if (found.saturated[k] !== null) facts.push(`${percent(found.saturated[k])} of the values saturated`);
  if (found.lost[k]) facts.push(`${percent(found.lost[k])} of the values inf or nan`);
  const gradient = [`RMS ${formatNumber(back.rms[k])}`];
  if (back.zero[k]) gradient.push(`${percent(back.zero[k])} exactly 0`);
  if (back.lost[k]) gradient.push(`${percent(back.lost[k])} inf or nan`);
  const layer = `Layer ${k + 1} of ${found.rms.length} ${SAID[found.fate[k]]}: ${facts.join(", ")}.`;
  const its = `Its gradient ${SAID[back.fate[k]]}: ${gradient.join(", ")}.`;
  return `${layer} ${its} Activations: ${first(found.fate, words)}. Gradients: ${first(back.fate, words, true)}.`;
}
