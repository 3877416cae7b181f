// What Python heard, unpacked: it comes with a letter for each bar, and without lists that are 0 or missing throughout.
import { number } from "../js/numbers.js";

// The shares of the fullest bar; the first letter says how many empty bars stand before.
function shares(letters, count) {
  const [before, ...rest] = [...letters].map((letter) => parseInt(letter, 36));
  return Array.from({ length: count }, (_, k) => (rest[k - before] ?? 0) / 35);
}

export function unpacked(packed, { bins, bars }) {
  const each = (list, missing = 0) => [...packed.fate].map((_, k) => (list ? number(list[k]) : missing));
  const split = (text, count) => text.split(" ").map((letters) => shares(letters, count));
  const side = {
    ...packed,
    bins: split(packed.bins, bins),
    bars: split(packed.bars, bars),
  };
  for (const name of ["rms", "zero", "lost", "reach", "mean", "dead"]) side[name] = each(packed[name]);
  side.saturated = each(packed.saturated, null);
  if (packed.gradient) side.gradient = unpacked(packed.gradient, { bins, bars });
  return side;
}

// Neighbours of one fate that have died: [fate, first, last], counted from 0.
export function runs(fates) {
  const found = [];
  [...fates].forEach((fate, k) => {
    if (found.length && found.at(-1)[0] === fate) found.at(-1)[2] = k;
    else found.push([fate, k, k]);
  });
  return found.filter(([fate]) => fate !== ".");
}
