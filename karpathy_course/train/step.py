"""One step of training as a small record. Whatever costs something is worked out when it is first read.

A Step that is kept keeps its batch, output and gradients alive: of a long training keep the numbers instead.
"""

from math import sqrt


class Step:
    """What happened in one step.

    number: from 1. epoch: from 1, of epochs. total: how many steps were planned. rate: the learning rate that was used.
    epoch_ends: whether it was the last step of its epoch; then validation holds the results of `evaluate`, where
    fit was given validation data. batch, output: (inputs…, target), and what the model made of the inputs before the
    step. run: what fit goes on with, for checkpoints.
    """

    __slots__ = (
        "_gradients",
        "_loss",
        "_metrics",
        "batch",
        "epoch",
        "epoch_ends",
        "epochs",
        "number",
        "output",
        "rate",
        "run",
        "total",
        "validation",
    )

    def __init__(self, run, number, epoch, epoch_ends, rate, loss, output, batch, gradients, validation):
        self.run, self.number, self.epoch, self.epoch_ends, self.rate = run, number, epoch, epoch_ends, rate
        self.epochs, self.total = run.epochs, run.total
        self._loss, self.output, self.batch, self._gradients = loss, output, batch, gradients
        self._metrics, self.validation = None, validation

    @property
    def loss(self):
        """The batch's loss before the step, a float."""
        self._loss = float(self._loss)
        return self._loss

    @property
    def metrics(self):
        """{name: float} of the batch before the step, by fit's metrics: functions of output and target."""
        if self._metrics is None:
            *_, target = self.batch
            self._metrics = {name: float(of(self.output, target)) for name, of in self.run.metrics.items()}
        return self._metrics

    @property
    def gradient_norms(self):
        """{parameter's name: the length of its gradient}, before clipping."""
        return {name: _norm(g) for name, g in self._gradients.items() if g is not None}

    @property
    def gradient_norm(self):
        """The length of all gradients together."""
        return sqrt(sum(norm * norm for norm in self.gradient_norms.values()))

    def __repr__(self):
        return f"Step({self.number} of {self.total}, epoch {self.epoch} of {self.epochs}, loss {self.loss:.4g})"


def _norm(gradient):
    return sqrt(float((gradient * gradient).sum()))
