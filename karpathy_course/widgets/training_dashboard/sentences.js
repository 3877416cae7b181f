// What the dashboard says in words.
import { formatNumber } from "../js/numbers.js";

export const STATES = {
  new: "not started",
  running: "running",
  pausing: "pausing …",
  paused: "paused",
  finished: "finished",
  failed: "stopped by an error",
};

const BEFORE = "Press start: the training runs in the background, and the notebook stays usable.";

export function duration(seconds) {
  if (seconds === null) return "–";
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60 ? `${minutes} min ${whole % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// Which steps a bin holds, and their loss.
export function ofBin(state, k) {
  const count = state.number - state.first + 1;
  const { loss, smoothed, rate, gradient } = state.curves;
  const [from, to] = loss.span(k, count).map((place) => place + state.first);
  const found = loss.at(k);
  if (found === null) return "";
  const steps = from === to ? `Step ${from} of ${state.total}` : `Steps ${from} to ${to} of ${state.total}`;
  const spread =
    found.least === found.largest ? "" : `${formatNumber(found.least)} to ${formatNumber(found.largest)}, mean `;
  const odd = found.odd === null ? "" : `, and ${found.odd} among them`;
  const mean = found.mean === null ? found.odd : `${spread}${formatNumber(found.mean)}${odd}`;
  const smooth = smoothed.at(k)?.mean ?? null;
  const more = smooth === null ? "" : ` (smoothed ${formatNumber(smooth)})`;
  const length = gradient.width === loss.width ? gradient.at(k) : null;
  const long = length?.mean ? `, gradients of length ${formatNumber(length.mean)}` : "";
  return `${steps}: loss ${mean}${more}, learning rate ${formatNumber(rate.at(k)?.mean)}${long}.`;
}

// The last epoch's numbers, in training and in validation.
export function ofEpoch({ epochs, first_epoch }) {
  const kinds = ["train", "validation"].map((kind) =>
    Object.entries(epochs)
      .filter(([name, curve]) => name.startsWith(`${kind} `) && curve.bins.length)
      .map(([name, curve]) => [name.slice(kind.length + 1), curve.at(curve.bins.length - 1)?.mean, curve]),
  );
  if (!kinds[0].length) return "";
  const [, , { bins, width }] = kinds[0][0];
  const which = width === 1 ? `Epoch ${first_epoch + bins.length - 1}` : `Mean of the last epochs (up to ${width})`;
  const words = kinds.map((list, k) => {
    const listed = list.map(([name, value]) => `${name} ${formatNumber(value)}`).join(", ");
    return listed && `${listed} in ${k ? "validation" : "training"}`;
  });
  return ` ${which}: ${words.filter(Boolean).join("; ")}.`;
}

// An error that names its step says where it began; of any other, after which step it came.
function inWords({ error, number: last }) {
  const text = /[.!?]$/.test(error.text) ? error.text : `${error.text}.`;
  return error.step === null ? `${text} It was raised after step ${last}.` : text;
}

export function sentence(state, k, following) {
  if (state.error !== null && following) return inWords(state);
  if (k < 0) return state.status === "new" ? BEFORE : `No step is taken yet. The run is ${STATES[state.status]}.`;
  const status = following && state.status !== "running" ? ` The run is ${STATES[state.status]}.` : "";
  return `${ofBin(state, k)}${following ? ofEpoch(state) : ""}${status}`;
}
