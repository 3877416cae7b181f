// What Two tapes says at an input, in words: what the tape recorded, and what the trace did with it.
import { formatNumber, number } from "../js/numbers.js";

const many = (count, word) => `${word}${count === 1 ? "" : "s"}`;

// Whether two answers are the same up to rounding.
export function agree(a, b) {
  if (a === null || b === null) return false;
  const [p, q] = [number(a), number(b)];
  if (!Number.isFinite(p) || !Number.isFinite(q)) return a === b;
  return Math.abs(p - q) <= Math.max(1e-9 * Math.max(Math.abs(p), Math.abs(q)), 1e-12);
}

export function sentence(data, { position, at, run, frozen, stopped, same }) {
  const { argument, inputs } = data;
  const from = `The trace of ${argument} = ${formatNumber(inputs[at])}`;
  const here = `${argument} = ${formatNumber(inputs[position])}.`;
  return `${here} ${ofTape(data, run)} ${ofTrace(from, { run, frozen, stopped, same })}`;
}

function ofTape({ first, name, source, tapes }, run) {
  if (run.endless) return `The tape: ${run.error}.`;
  if (run.error) return `The tape: ${name} stops with ${run.error}.`;
  const operations = tapes[run.tape].nodes.filter(({ kind, label }) => kind !== "leaf" && label !== "number").length;
  const lines = run.lines.map((line) => first + line).join(", ");
  const ran = source.length ? `ran ${many(run.lines.length, "line")} ${lines} and ` : "";
  const recorded = `recorded ${operations} ${many(operations, "operation")}: ${formatNumber(run.answer)}`;
  const plain = `, but on plain numbers ${name} answers ${formatNumber(run.truth)}`;
  return `The tape: ${name} ${ran}${recorded}${agree(run.truth, run.answer) ? "" : plain}.`;
}

function ofTrace(from, { run, frozen, stopped, same }) {
  if (stopped) {
    const where = stopped.where ? `${stopped.where} ` : "";
    const turned = `${where}was ${stopped.expected} then and is ${!stopped.expected} now.`;
    return `${from} stops at its guard: ${turned} Trace again.`;
  }
  const answer = formatNumber(frozen.answer);
  if (same) return `${from} answers ${agree(run.answer, frozen.answer) ? "the same" : answer}.`;
  if (run.truth === null) return `${from} answers ${answer}.`;
  const gap = formatNumber(number(frozen.answer) - number(run.truth));
  return `${from} goes on with what it recorded and answers ${answer}: wrong by ${gap}, and nothing says so.`;
}
