"""Losses as modules; reduction: the "mean" over the batch, the "sum", or "none" for each row's own."""

from karpathy_course.nn import functional
from karpathy_course.nn.module import Module


class _Loss(Module):
    def __init__(self, *, reduction="mean"):
        if reduction not in ("mean", "sum", "none"):
            raise ValueError(f"{type(self).__name__}: reduction {reduction!r}: expected 'mean', 'sum' or 'none'")
        self.reduction = reduction


class CrossEntropyLoss(_Loss):
    """-log softmax(input)[target]: input (batch, classes, …) logits, target (batch, …) whole numbers from 0."""

    def forward(self, input, target):
        return functional.cross_entropy(input, target, self.reduction)


class MSELoss(_Loss):
    """(input - target)², both of one shape."""

    def forward(self, input, target):
        return functional.mse_loss(input, target, self.reduction)


class HuberLoss(_Loss):
    """A half of (input - target)² up to delta, a line beyond it, so that one large error does not rule the rest."""

    def __init__(self, *, reduction="mean", delta=1.0):
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input, target):
        return functional.huber_loss(input, target, self.reduction, self.delta)


class BCEWithLogitsLoss(_Loss):
    """-log of the probability that sigmoid(input) gives target, 0 to 1; both floating-point and of one shape."""

    def forward(self, input, target):
        return functional.binary_cross_entropy_with_logits(input, target, self.reduction)
