// The plot of Two tapes: both answers against the input, and where a guard stops the trace.
import { formatNumber, number } from "../js/numbers.js";
import { marks } from "../js/plot.js";

// A curve is cut where its graph changes, because what lies between is not known, and where there is no answer.
function pieces(inputs, answers, name, kinds = null) {
  const runs = [[]];
  answers.forEach((answer, i) => {
    if (!Number.isFinite(answer) || (i && kinds && kinds[i] !== kinds[i - 1])) runs.push([]);
    if (Number.isFinite(answer)) runs.at(-1).push([inputs[i], answer]);
  });
  return runs.filter((points) => points.length).map((points) => marks.curve(points, name));
}

// The tape's answers are seen whole, a wrong trace's as far as one more span of them on either side.
function heights(tape, frozen) {
  const [seen, more] = [tape, frozen].map((values) => values.filter(Number.isFinite));
  const [low, high] = [Math.min(...seen), Math.max(...seen)];
  const span = high - low || 1;
  return [Math.max(low - span, Math.min(low, ...more)), Math.min(high + span, Math.max(high, ...more))];
}

export function answersAgainstInput({ argument, inputs, name, runs }, trace, position, checking) {
  const tape = runs.map(({ answer }) => (answer === null ? NaN : number(answer)));
  const stops = trace.answers.map(({ failed }) => checking && failed !== null);
  const frozen = trace.answers.map(({ answer }, i) => (stops[i] ? NaN : number(answer)));
  const here = inputs[position];
  const barred = inputs.filter((_, i) => stops[i]).map((x) => marks.upright(x, "lm-barred"));
  const kinds = runs.map((run) => run.tape);
  const drawn = [
    ...barred,
    marks.upright(here, "lm-axis"),
    ...pieces(inputs, tape, "lm-curve", kinds),
    ...pieces(inputs, frozen, "lm-tangent"),
  ];
  if (Number.isFinite(frozen[position])) drawn.push(marks.square([here, frozen[position]], "lm-guess-dot"));
  if (Number.isFinite(tape[position])) drawn.push(marks.dot([here, tape[position]], "lm-true-dot lm-handle"));
  return {
    x: [inputs[0], inputs.at(-1)],
    y: heights(tape, frozen),
    xTitle: argument,
    yTitle: `${name}(${argument})`,
    label:
      `${name} against ${argument} from ${formatNumber(inputs[0])} to ${formatNumber(inputs.at(-1))}: ` +
      "the tape's answers and, dashed, the trace's",
    marks: drawn,
  };
}
