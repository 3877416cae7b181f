// The plots of a training: the loss, the epochs, the learning rate, the gradients' length. Each draws a state.
import { svg } from "../js/dom.js";
import { formatNumber, spoken } from "../js/numbers.js";
import { marks, Plot } from "../js/plot.js";
import { bands, crosses, lines, reach } from "./curves.js";

const APART = 76; // pixels that the words of two changes need
const logarithm = (y) => (y > 0 ? Math.log10(y) : NaN);
const itself = (y) => y;

// An upright line where the learner changed the rate, with the change in words where there is room.
function changes(list) {
  return (at) => {
    let free = -Infinity;
    const drawn = list.map(([step, before, after]) => {
      const x = at.x(step);
      const group = svg("g", { class: "lm-change", "data-change": step });
      group.append(svg("line", { x1: x, x2: x, y1: at.top, y2: at.bottom }));
      if (x > free) {
        const end = x + APART > at.right;
        const text = spoken(`${formatNumber(before)} → ${formatNumber(after)}`);
        const place = { x: x + (end ? -5 : 5), y: at.top + 10, "text-anchor": end ? "end" : "start" };
        group.append(svg("text", place, text));
        free = x + APART;
      }
      return group;
    });
    return svg("g", {}, ...drawn);
  };
}

export class Panels {
  // drag(step): looks at a step.
  constructor(drag) {
    this.loss = new Plot({ id: "loss", high: 300, drag });
    this.epochs = new Plot({ id: "by-epoch", high: 220 });
    this.rates = new Plot({ id: "rates", high: 120 });
    this.gradients = new Plot({ id: "gradients", high: 150 });
  }

  // log: a logarithmic axis for losses and lengths. looked: the step that is looked at, null for none.
  show(state, { log, metric, looked }) {
    const count = state.first === null ? 0 : state.number - state.first + 1;
    const x = [state.first ?? 1, Math.max(state.number, (state.first ?? 1) + 1)];
    const cursor = looked === null ? [] : [marks.upright(looked, "lm-cursor")];
    const given = { x, cursor, first: state.first ?? 1, count, scale: log ? logarithm : itself, log };
    this.showLoss(state, given);
    this.showRates(state, given);
    if (state.lengths || state.curves.gradient.bins.length) this.showGradients(state, given);
    this.showEpochs(state, metric, given.scale, log);
  }

  showLoss({ curves, changes: changed }, { x, cursor, first, count, scale, log }) {
    const [all, smooth] = [curves.loss, curves.smoothed].map((curve) => curve.points(first, count));
    this.loss.show({
      x,
      y: reach(all, scale),
      xTitle: "step",
      xKind: "whole",
      yTitle: "loss of each batch",
      label: "The loss against the step: each batch's, thin, and smoothed, thick; lines where the rate was changed",
      marks: [
        ...bands(all, "lm-spread", scale),
        ...lines(all, "lm-each", scale),
        ...lines(smooth, "lm-curve", scale),
        ...crosses(all),
        changes(changed),
        ...cursor,
      ],
      yKind: log ? "powers" : "",
    });
  }

  showRates({ curves, changes: changed }, { x, cursor, first, count }) {
    const points = curves.rate.points(first, count);
    this.rates.show({
      x,
      y: [0, Math.max(reach(points, itself)[1], 0)],
      xTitle: "step",
      xKind: "whole",
      yTitle: "learning rate",
      label: "The learning rate against the step",
      marks: [
        ...lines(points, "lm-rate", itself),
        ...changed.map(([step]) => marks.upright(step, "lm-axis")),
        ...cursor,
      ],
    });
  }

  showGradients({ curves }, { x, cursor, first, count, scale, log }) {
    const points = curves.gradient.points(first, count);
    this.gradients.show({
      x,
      y: reach(points, scale),
      xTitle: "step",
      xKind: "whole",
      yTitle: "length of all gradients",
      label: "The length of the gradients against the step, where it was measured",
      marks: [...bands(points, "lm-long", scale), ...lines(points, "lm-length", scale), ...crosses(points), ...cursor],
      yKind: log ? "powers" : "",
    });
  }

  showEpochs({ epochs, first_epoch }, metric, scale, log) {
    const isLoss = log && metric === "loss";
    const used = isLoss ? scale : itself;
    const of = (kind) => epochs[`${kind} ${metric}`]?.points(first_epoch, Infinity) ?? [];
    const [train, validation] = [of("train"), of("validation")];
    const reaches = [...reach(train, used), ...reach(validation, used)].filter(Number.isFinite);
    const last = Math.max(first_epoch ?? 1, ...[...train, ...validation].map((point) => point.x));
    const dots = (points, mark, name) =>
      points.length > 30 ? [] : points.map(({ x, mean }) => mark([x, used(mean)], name, 3.5));
    this.epochs.show({
      x: [first_epoch ?? 1, Math.max(last, (first_epoch ?? 1) + 1)],
      y: reaches.length ? [Math.min(...reaches), Math.max(...reaches)] : [NaN, NaN],
      xTitle: "epoch",
      xKind: "whole",
      yTitle: `${metric} of each epoch`,
      label: `${metric} after each epoch: in training, drawn through, and in validation, dashed`,
      marks: [
        ...lines(train, "lm-curve", used),
        ...dots(train, marks.dot, "lm-true-dot"),
        ...lines(validation, "lm-tangent", used),
        ...dots(validation, marks.dot, "lm-guess-dot"),
      ],
      yKind: isLoss ? "powers" : "",
    });
  }
}
