// What the picture shows, in words: of one layer, and where the first one died.
import { formatNumber, number } from "../js/numbers.js";

export const percent = (share) => `${formatNumber(Number((100 * share).toPrecision(3)))} %`;

const REASONS = {
  x: (start) => `exploded: more than 1000 times the ${start}, or no longer finite`,
  v: (start) => `vanished: less than a thousandth of the ${start}`,
  d: () => "dead: 90 % or more of its units are 0 for every row",
  s: () => "saturated: half or more of its values lie at a limit of the activation",
};

export const first = (fates, words) => {
  const found = [...new Set(fates)].filter((fate) => words[fate]);
  return found.map((fate) => `${words[fate]} first in layer ${fates.indexOf(fate) + 1}`).join(", ") || "all alive";
};

export function sentence(data, found, k, choice) {
  const back = found.gradient;
  const size = found.theory ? `RMS ${formatNumber(found.rms[k])}, theory ${formatNumber(found.theory[k])}` : `RMS ${formatNumber(found.rms[k])}`;
  const facts = [size, `${percent(found.dead[k])} of the units dead`];
  if (found.saturated[k] !== null) facts.push(`${percent(found.saturated[k])} of the values saturated`);
  if (number(found.lost[k])) facts.push(`${percent(found.lost[k])} of the values inf or nan`);
  facts.push(`gradient RMS ${formatNumber(back.rms[k])}`);
  const why = [];
  const start = `input’s RMS, ${formatNumber(data.input)}`;
  if (found.fate[k] !== ".") why.push(` It has ${REASONS[found.fate[k]](start)}.`.replace("has dead", "is dead").replace("has saturated", "is saturated"));
  if (back.fate[k] !== ".") {
    const last = `last layer’s, ${formatNumber(back.rms.at(-1))}`;
    why.push(` Its gradient has ${REASONS[back.fate[k]](last)}.`);
  }
  const all = `Activations: ${first(found.fate, data.words)}. Gradients: ${first(back.fate, data.words)}.`;
  return `${choice}. Layer ${k + 1} of ${found.rms.length}: ${facts.join(", ")}.${why.join("")} ${all}`;
}
