"""Layers that keep the size of what goes through them: over the batch (BatchNorm) or in each row (LayerNorm)."""

from math import prod

import numpy as np

from karpathy_course.nn import functional
from karpathy_course.nn.module import Buffer, Module, Parameter
from karpathy_course.ops.shapes import ShapeError


class BatchNorm1d(Module):
    """Each feature with mean 0 and variance 1 over the batch, then scaled and moved: (batch, num_features[, length]).

    In training by the batch's own mean and variance (over n), which also move the running ones (the variance over
    n - 1) by ``momentum``, or with None make them the mean over all batches; in eval mode by the running ones. affine:
    whether it learns a scale and, with bias, a shift. Without track_running_stats there are no running ones, and each
    batch is measured in eval mode too. Ioffe and Szegedy 2015, algorithm 1. Raises ValueError where a feature has one
    number alone.
    """

    _RANKS, _EXPECTED = (2, 3), "(batch, {n}) or (batch, {n}, length)"

    def __init__(
        self,
        num_features,
        eps=1e-5,
        momentum=0.1,
        affine=True,
        track_running_stats=True,
        *,
        bias=True,
        dtype="float32",
    ):
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self.weight = Parameter(np.ones(num_features, dtype)) if affine else None
        self.bias = Parameter(np.zeros(num_features, dtype)) if affine and bias else None
        self.running_mean = Buffer(np.zeros(num_features, dtype)) if track_running_stats else None
        self.running_var = Buffer(np.ones(num_features, dtype)) if track_running_stats else None
        self.num_batches_tracked = Buffer(np.zeros((), "int64")) if track_running_stats else None

    def forward(self, input):
        if len(input.shape) not in self._RANKS or input.shape[1] != self.num_features:
            expected = self._EXPECTED.format(n=self.num_features)
            raise ShapeError(f"{type(self).__name__}: expected {expected}, got {tuple(input.shape)}")
        input = functional.as_operand(input)
        if not self.training and self.track_running_stats:
            return self._normalised(input, self.running_mean, self.running_var)
        dims = 0 if len(input.shape) == 2 else (0, *range(2, len(input.shape)))
        n = input.numel() // self.num_features
        if n < 2:
            raise ValueError(
                f"{type(self).__name__}: in a batch {tuple(input.shape)} each feature has {n} number{'s' * (n != 1)}, "
                "and so no variance: train with batches of two or more rows (drop_last=True), or call eval() first"
            )
        mean, var = input.mean(dims), input.var(dims, correction=0)
        if self.training and self.track_running_stats:
            self._track(mean.detach(), var.detach() * (n / (n - 1)))
        return self._normalised(input, mean, var)

    def _normalised(self, input, mean, var):
        ones = (1,) * (len(input.shape) - 2)
        each = (lambda x: x.reshape(-1, *ones)) if ones else (lambda x: x)
        out = (input - each(mean)) / each((var + self.eps).sqrt())
        out = out if self.weight is None else out * each(self.weight)
        return out if self.bias is None else out + each(self.bias)

    def _track(self, mean, var):
        number = self.num_batches_tracked + 1
        share = self.momentum if self.momentum is not None else 1 / number.to(mean.dtype)
        self.set_buffer("running_mean", self.running_mean * (1 - share) + mean * share)
        self.set_buffer("running_var", self.running_var * (1 - share) + var * share)
        self.set_buffer("num_batches_tracked", number)

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm2d(BatchNorm1d):
    """BatchNorm1d for images: each channel over the batch, its height and its width."""

    _RANKS, _EXPECTED = (4,), "(batch, {n}, height, width)"


class LayerNorm(Module):
    """The last dims of each row, those of normalized_shape, with mean 0 and variance 1, then scaled and moved.

    normalized_shape: a number or a tuple. The same in training and in eval mode: rows know nothing of each other.
    elementwise_affine: whether it learns a scale and, with bias, a shift. Ba, Kiros and Hinton 2016, eq. 3.
    """

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, *, dtype="float32"):
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        if not self.normalized_shape or not prod(self.normalized_shape):
            raise ValueError(
                f"LayerNorm: normalized_shape={self.normalized_shape}: expected at least one dim, none of 0"
            )
        self.eps, self.elementwise_affine = eps, elementwise_affine
        self.weight = Parameter(np.ones(self.normalized_shape, dtype)) if elementwise_affine else None
        self.bias = Parameter(np.zeros(self.normalized_shape, dtype)) if elementwise_affine and bias else None

    def forward(self, input):
        return functional.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )
