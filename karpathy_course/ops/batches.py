"""How each row does for a batch of samples what it does for one: the rules that the rows name.

A rule gets the values of its inputs, those that differ from sample to sample with the batch as first axis, and
applies the row to them so that the result has it too. `Lifted` says which inputs those are, and what the shapes
are for one sample.
"""

from collections import namedtuple

import numpy as np


class Lifted(namedtuple("Lifted", "name F size which shapes shape spread")):
    """name: the row. F: the table bound to the graph that is made. size: of the batch. which: for each input
    whether it is lifted. shapes, shape: of the inputs and of the result for one sample. spread(value, shape):
    a value that all samples share, laid out for all of them."""

    def apply(self, *values, **attributes):
        return getattr(self.F, self.name)(*values, **attributes)

    def aligned(self, value, rank):
        """A lifted value with ones after its batch axis, so that it has the rank of a sample of this many axes."""
        missing = rank - (len(value.shape) - 1)
        return self.F.reshape(value, shape=(self.size, *(1,) * missing, *value.shape[1:])) if missing > 0 else value


class NoRule(ValueError):
    """What a row cannot do for a batch; the message says which case."""


def elementwise(lifted, *values, **attributes):
    rank = len(lifted.shape)
    values = [lifted.aligned(v, rank) if yes else v for v, yes in zip(values, lifted.which)]
    return lifted.apply(*values, **attributes)


def from_behind(lifted, *values, **attributes):
    """The row works on the last axes, or on each number: one more axis in front changes nothing."""
    return lifted.apply(*values, **attributes)


def reduced(lifted, x, axis=None, **attributes):
    rank = len(lifted.shapes[0])
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(a % rank + 1 for a in axes)
    if not axes:
        return x
    return lifted.apply(x, axis=axes[0] if len(axes) == 1 else axes, **attributes)


def next_axis(lifted, x, axis):
    return lifted.apply(x, axis=axis % len(lifted.shapes[0]) + 1)


def reshaped(lifted, x, shape):
    return lifted.apply(x, shape=(lifted.size, *lifted.shape))


def stretched(lifted, x, shape):
    return lifted.apply(lifted.aligned(x, len(shape)), shape=(lifted.size, *lifted.shape))


def permuted(lifted, x, axes):
    return lifted.apply(x, axes=(0, *(a + 1 for a in axes)))


def joined(lifted, *values, axis):
    values = [v if yes else lifted.spread(v, s) for v, yes, s in zip(values, lifted.which, lifted.shapes)]
    return lifted.apply(*values, axis=axis % len(lifted.shape) + 1)


def picked(lifted, x, index):
    return lifted.apply(x, index=(slice(None), *index))


def placed(lifted, x, index, shape):
    return lifted.apply(x, index=(slice(None), *index), shape=(lifted.size, *shape))


def taken(lifted, x, indices, axis, **attributes):
    values, places = lifted.which
    if values and not places:
        return lifted.apply(x, indices, axis=axis + 1, **attributes)
    if not values and axis == 0 and not attributes:
        return lifted.apply(x, indices, axis=0)
    if axis != 0:
        raise NoRule("whose places differ from sample to sample, along another axis than the first")
    # All samples' elements in one row, and each sample's places moved to where its own begin.
    F, count = lifted.F, attributes.get("size", lifted.shapes[0][0])
    if not values:
        x = lifted.spread(x, lifted.shapes[0])
    first = count * np.arange(lifted.size).reshape(-1, *(1,) * len(lifted.shapes[1]))
    indices = F.astype(indices, dtype="int64")
    places = F.where(indices < 0, indices + count, indices) + first
    if "size" in attributes:
        rows = F.scatter_add(x, places, axis=0, size=lifted.size * count)
        return F.reshape(rows, shape=(lifted.size, *lifted.shape))
    return F.take(F.reshape(x, shape=(lifted.size * count, *lifted.shapes[0][1:])), places, axis=0)


def multiplied(lifted, a, b):
    F, (first, second) = lifted.F, lifted.which
    if first and not second and len(a.shape) == 3 and len(b.shape) == 2:  # one product of matrices, not a stack
        out = F.matmul(F.reshape(a, shape=(a.shape[0] * a.shape[1], a.shape[2])), b)
        return F.reshape(out, shape=(*a.shape[:2], b.shape[1]))
    rank = len(lifted.shape)
    return F.matmul(lifted.aligned(a, rank) if first else a, lifted.aligned(b, rank) if second else b)


def weighed(lifted, x, weight, bias):
    if any(lifted.which[1:]):
        raise NoRule("whose weights differ from sample to sample")
    return lifted.apply(x, weight, bias)
