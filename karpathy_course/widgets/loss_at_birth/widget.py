"""Loss at birth: a slider multiplies a network's first weights; the needle of its first loss has to hit ln C.

A network that knows nothing gives each of C classes the probability 1/C, and its loss is ln C. All losses are computed
here, with the learner's own network, before the page is shown, so that it also works without a kernel. Stable names
for tests and assistive tools: data-testid loss-at-birth, scale, layers, seed, as-made, gauge, reading, plot,
histogram, text-line; data-exact on loss, scale-text and even-text.
"""

from math import log

import numpy as np

from karpathy_course.nn import Module
from karpathy_course.tensor import Tensor
from karpathy_course.widgets.base import Widget
from karpathy_course.widgets.learner_graph.labels import format_number, plain
from karpathy_course.widgets.loss_at_birth.measuring import AS_MADE, BINS, SCALES, SURE, about, measured

TOLERANCE = 0.05
MOST_SEEDS = 10


class LossAtBirth(Widget, folder="loss_at_birth"):
    """Multiply the first weights of a network and watch its first loss: ``LossAtBirth(lambda: Net(), x, y)``.

    make_model: returns a Module of `nn`, made anew; its class serves too. It is called after ``manual_seed(seed)`` for
    each of the seeds (10 at most). x: the inputs, (rows, …); y: (rows,) whole numbers, the right classes. A few hundred
    rows are enough. Raises TypeError for what makes no model, ValueError for scores or labels that do not fit.
    """

    title = "Loss at birth"

    def __init__(self, make_model, x, y, seeds=(0, 1, 2, 3, 4)):
        if isinstance(make_model, Module) or not callable(make_model):
            raise TypeError(
                f"LossAtBirth: expected a function that makes a model, got a {type(make_model).__name__}: "
                "write LossAtBirth(lambda: Sequential(…), x, y)"
            )
        seeds = [int(seed) for seed in seeds]
        if not 1 <= len(seeds) <= MOST_SEEDS:
            raise ValueError(f"LossAtBirth: {len(seeds)} seeds: expected 1 to {MOST_SEEDS}")
        x, y = (np.asarray(a.data if isinstance(a, Tensor) else a) for a in (x, y))
        if y.ndim != 1 or y.dtype.kind not in "iu" or len(y) == 0 or len(x) != len(y):
            raise ValueError(
                f"LossAtBirth: x of shape {x.shape} and y of shape {y.shape}, {y.dtype}: "
                "expected (rows, …) and (rows,) whole numbers, at least one row"
            )
        names, self.classes = about(make_model, x, y, seeds[0])
        found = [measured(make_model, x, y, seed) for seed in seeds]
        for one in found:
            for kind in one.values():
                kind["losses"] = [plain(loss) for loss in kind["losses"]]
        super().__init__(
            data={
                "classes": self.classes,
                "even": log(self.classes),
                "tolerance": TOLERANCE,
                "rows": len(y),
                "bins": BINS,
                "sure": SURE,
                "scales": SCALES,
                "as_made": AS_MADE,
                "weights": names,
                "seeds": seeds,
                "found": found,
            }
        )

    def losses(self, seed=None, layers="all"):
        """{scale: loss} as the page shows it. layers: "all" or "last"; seed: the first one if None."""
        k = 0 if seed is None else self.data["seeds"].index(seed)
        return dict(zip(SCALES, map(float, self.data["found"][k][layers]["losses"])))

    def inside(self, loss):
        """Whether a loss is within 5 % of ln C."""
        return abs(loss - self.data["even"]) <= TOLERANCE * self.data["even"]

    def describe(self):
        even = self.data["even"]
        lines = [f"Loss at birth: {self.data['rows']} rows, {self.classes} classes, ln {self.classes} = {even:.4f}"]
        for seed in self.data["seeds"]:
            loss = self.losses(seed)[1.0]
            verdict = "inside" if self.inside(loss) else "outside"
            lines.append(f"  seed {seed}, weights as made: loss {format_number(loss)}, {verdict} the band of 5 %")
        return "\n".join(lines)

    def picture(self):
        from karpathy_course.widgets.loss_at_birth.picture import draw

        return draw(self.data)
