"""Rows that make fewer numbers of many, along one axis, several, or all of them when axis is None."""

from math import prod

from karpathy_course.ops import batches, dtypes, shapes
from karpathy_course.ops.array_library import argmax, argmin
from karpathy_course.ops.table import row


def _kept(shape, axis):
    """The shape of a reduction's result if the reduced axes had been kept, with size 1."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = {a % len(shape) for a in axes} if shape else ()
    return tuple(1 if k in axes else size for k, size in enumerate(shape))


def spread(F, g, x, axis):
    """A reduction's gradient, shaped so that it broadcasts against the input x."""
    return F.reshape(g, shape=_kept(x.shape, axis))


def _one_fewer(out, x, **attributes):
    return prod(x) - prod(out)


REDUCTION = {"shape": shapes.reduced, "batch": batches.reduced}

row(
    "sum",
    forward=lambda xp, x, axis=None, keepdims=False: xp.sum(x, axis=axis, keepdims=keepdims),
    gradients=(lambda F, g, y, x, axis=None, keepdims=False: F.broadcast_to(spread(F, g, x, axis), shape=x.shape),),
    numpy="{0}.sum({over})",
    kind="linear",
    dtype=dtypes.total,
    cost=_one_fewer,
    sign="Σ",
    **REDUCTION,
)


def _extreme(F, g, y, x, axis=None, keepdims=False):
    mask = F.astype(x == spread(F, y, x, axis), dtype=g.dtype)
    return mask * (spread(F, g, x, axis) / F.sum(mask, axis=axis, keepdims=True))


for name, forward in (  # equal largest elements share the gradient
    ("max", lambda xp, x, axis=None, keepdims=False: xp.max(x, axis=axis, keepdims=keepdims)),
    ("min", lambda xp, x, axis=None, keepdims=False: xp.min(x, axis=axis, keepdims=keepdims)),
):
    row(
        name,
        forward=forward,
        gradients=(_extreme,),
        numpy=f"{{0}}.{name}({{over}})",
        kind="other",
        dtype=dtypes.same,
        cost=_one_fewer,
        **REDUCTION,
    )
for name, forward in (("argmax", argmax), ("argmin", argmin)):
    row(
        name,
        forward=forward,
        gradients=(None,),
        numpy=f"{{0}}.{name}({{over}})",
        kind="other",
        dtype=dtypes.place,
        cost=lambda out, x, **attributes: 0,
        **REDUCTION,
    )
