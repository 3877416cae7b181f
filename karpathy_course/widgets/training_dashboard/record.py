"""All that a dashboard keeps of a training: numbers only, so that no step's arrays stay alive.

Every step's numbers stay here, 40 bytes a step; what is drawn are thinned curves of them.
"""

from array import array
from collections import namedtuple
from math import isfinite, nan

from karpathy_course.widgets.training_dashboard.thinning import ThinnedCurve

MOST_BINS, MOST_EPOCHS, MOST_METRICS, MOST_CHANGES = 512, 200, 7, 100
SMOOTHING = 0.9  # how much of the smoothed loss stays at a step: a mean of about the last ten

Recorded = namedtuple("Recorded", "number epoch loss smoothed rate gradient_norm train validation")
Recorded.__doc__ = """One step, as numbers. gradient_norm: None where it was not measured. train, validation:
{name: float} at the last step of an epoch, else None; train holds the means over the epoch's rows."""


class Record:
    """The numbers of the steps that were taken.

    first: the number of the first step. curves: {name: ThinnedCurve} over steps. epochs: [(place of its last step,
    train, validation)]; by_epoch: {"train loss": ThinnedCurve, …}. changes: [(step that was the first with the new
    rate, rate before, rate after)] that the learner made.
    """

    def __init__(self):
        self.first, self.last = None, None
        self.numbers = {name: array("d") for name in ("epoch", "loss", "smoothed", "rate", "gradient")}
        self.curves = {name: ThinnedCurve(MOST_BINS) for name in ("loss", "smoothed", "rate", "gradient")}
        self.epochs, self.by_epoch, self.changes = [], {}, []
        self._smooth, self._weight = 0.0, 0.0
        self._sums, self._rows = {}, 0

    def __len__(self):
        return len(self.numbers["loss"])

    def add(self, step, measure_gradient):
        """Takes a step's numbers over; the gradients' length is worked out only if it is asked for."""
        if self.first is None:
            self.first = step.number
        found = {"epoch": step.epoch, "loss": step.loss, "smoothed": self._smoothed(step.loss), "rate": step.rate}
        found["gradient"] = step.gradient_norm if measure_gradient else nan
        place = len(self)
        for name, value in found.items():
            self.numbers[name].append(value)
            if name in self.curves and (name != "gradient" or measure_gradient):
                self.curves[name].add(place, value)
        self._add_to_epoch(step)
        self.last = {"number": step.number, "total": step.total, "epoch": step.epoch, "epochs_planned": step.epochs}

    def note_change(self, before, after):
        """The step after the last one is the first with another rate."""
        number = 1 if self.last is None else self.last["number"] + 1
        self.changes.append((number, before, after))

    def _smoothed(self, loss):
        if isfinite(loss):
            self._smooth = SMOOTHING * self._smooth + (1 - SMOOTHING) * loss
            self._weight = SMOOTHING * self._weight + (1 - SMOOTHING)
        return self._smooth / self._weight if self._weight else nan

    def _add_to_epoch(self, step):
        target = step.batch[-1]
        rows = target.shape[0] if getattr(target, "shape", ()) else 1
        for name, value in {"loss": step.loss, **step.metrics}.items():
            self._sums[name] = self._sums.get(name, 0.0) + rows * value
        self._rows += rows
        if not step.epoch_ends:
            return
        train = {name: total / self._rows for name, total in self._sums.items()}
        self._sums, self._rows = {}, 0
        self.epochs.append((len(self) - 1, train, step.validation))
        for kind, found in (("train", train), ("validation", step.validation or {})):
            for name, value in list(found.items())[:MOST_METRICS]:
                curve = self.by_epoch.setdefault(f"{kind} {name}", ThinnedCurve(MOST_EPOCHS))
                curve.add(len(self.epochs) - 1, value)

    def steps(self):
        """Every step as a `Recorded`."""
        ends = {place: (train, validation) for place, train, validation in self.epochs}
        rows = zip(*(self.numbers[name] for name in ("epoch", "loss", "smoothed", "rate", "gradient")))
        return [
            Recorded(
                self.first + k, int(epoch), loss, smoothed, rate, None if gradient != gradient else gradient,
                *ends.get(k, (None, None)),
            )
            for k, (epoch, loss, smoothed, rate, gradient) in enumerate(rows)
        ]  # fmt: skip

    def shown(self, news=False):
        """The curves as JSON: all of each, or what has changed since they were last asked for."""
        take = ThinnedCurve.news if news else ThinnedCurve.whole
        return {
            "first": self.first,
            "first_epoch": int(self.numbers["epoch"][0]) if len(self) else None,
            "curves": {name: take(curve) for name, curve in self.curves.items()},
            "epochs": {name: take(curve) for name, curve in self.by_epoch.items()},
            "changes": self.changes[-MOST_CHANGES:],
        }
