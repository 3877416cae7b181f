"""The rows that only move numbers about: shapes, places, dtypes; and the product of matrices.

All are linear, and each one's vjp is another's forward: what `take` reads, `scatter_add` writes back. `linear`, a
product and a sum, is one row because nearly every layer of a network is one.
"""

from math import prod

import numpy as np

from karpathy_course.ops import batches, dtypes, shapes
from karpathy_course.ops.array_library import scatter_add, take
from karpathy_course.ops.table import Each, row


def _free(out, *inputs, **attributes):
    return 0


def cast(xp, x, dtype):
    """x in another dtype, an object of its library or a name; a plain number stays one, True becomes 1."""
    return xp.astype(x, getattr(xp, dtype) if isinstance(dtype, str) else dtype) if hasattr(x, "dtype") else +x


# Each number by itself.
row(
    "astype",
    forward=cast,
    gradients=(lambda F, g, y, x, dtype: F.astype(g, dtype=x.dtype),),
    numpy="{0}.astype(np.{dtype})",
    kind="linear",
    shape=shapes.same,
    dtype=dtypes.named,
    batch=batches.from_behind,
    cost=_free,
    fuses=True,
    sign="0/1",
)
row(
    "detach",
    forward=lambda xp, x: x,
    gradients=(None,),
    numpy="{0}",
    kind="linear",
    shape=shapes.same,
    dtype=dtypes.same,
    batch=batches.from_behind,
    cost=_free,
    view=True,
)

# Shapes.
row(
    "reshape",
    forward=lambda xp, x, shape: xp.reshape(x, shape),
    gradients=(lambda F, g, y, x, shape: F.reshape(g, shape=x.shape),),
    numpy="{0}.reshape({shape})",
    kind="linear",
    shape=shapes.reshape,
    dtype=dtypes.same,
    batch=batches.reshaped,
    cost=_free,
    view=True,
)
row(
    "permute_dims",
    forward=lambda xp, x, axes: xp.permute_dims(x, axes),
    gradients=(lambda F, g, y, x, axes: F.permute_dims(g, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__))),),
    numpy="{0}.transpose({axes})",
    kind="linear",
    shape=shapes.permute_dims,
    dtype=dtypes.same,
    batch=batches.permuted,
    cost=_free,
    view="turned",
    sign="turn",
    word="turned",
)
row(
    "mT",
    forward=lambda xp, x: x.mT,
    gradients=(lambda F, g, y, x: F.mT(g),),
    numpy="{0}.mT",
    kind="linear",
    shape=shapes.transposed,
    dtype=dtypes.same,
    batch=batches.from_behind,
    cost=_free,
    twice="cancels",
    view="turned",
    sign="turn",
    word="turned",
)
row(
    "broadcast_to",
    forward=lambda xp, x, shape: xp.broadcast_to(x, shape),
    gradients=(lambda F, g, y, x, shape: g,),
    numpy="np.broadcast_to({0}, {shape})",
    kind="linear",
    shape=shapes.broadcast_to,
    dtype=dtypes.same,
    batch=batches.stretched,
    cost=_free,
    view=True,
    sign="spread",
    word="spread",
)


# Side by side.
def _part(i, F, g, y, *xs, axis):
    start = sum(x.shape[axis] for x in xs[:i])
    before = (slice(None),) * (axis % len(g.shape))
    return F.getitem(g, index=(*before, slice(start, start + xs[i].shape[axis]), ...))


def _slot(i, F, g, y, *xs, axis):
    before = (slice(None),) * (axis % len(g.shape))
    return F.getitem(g, index=(*before, i, ...))


def _stack_text(*texts, axis, **words):
    return f"np.array([{', '.join(texts)}])" if axis == "0" else f"np.stack([{', '.join(texts)}], axis={axis})"


row(
    "concat",
    forward=lambda xp, *xs, axis: xp.concat(xs, axis=axis),
    gradients=Each(_part),
    numpy="np.concat([{inputs}], axis={axis})",
    kind="joint",
    shape=shapes.concat,
    dtype=dtypes.promoted,
    batch=batches.joined,
    cost=_free,
)
row(
    "stack",
    forward=lambda xp, *xs, axis: xp.stack(xs, axis=axis),
    gradients=Each(_slot),
    numpy=_stack_text,
    kind="joint",
    shape=shapes.stack,
    dtype=dtypes.promoted,
    batch=batches.joined,
    cost=_free,
)


# Places.
def _put(xp, x, index, shape):
    out = xp.zeros(shape, dtype=x.dtype, device=x.device)
    places = tuple(part for part in index if part is not None)
    out[places] = xp.reshape(x, out[places].shape)
    return out


row(
    "getitem",  # whole numbers, slices, None and one …: every place is met once
    forward=lambda xp, x, index: x[index],
    gradients=(lambda F, g, y, x, index: F.put(g, index=index, shape=x.shape),),
    numpy="{0}[{index}]",
    kind="linear",
    shape=shapes.getitem,
    dtype=dtypes.same,
    batch=batches.picked,
    cost=_free,
    view=True,
    word="part",
)
row(
    "put",
    forward=_put,
    gradients=(lambda F, g, y, x, index, shape: F.getitem(g, index=index),),
    numpy="put({0}, np.s_[{index},], {shape})",
    kind="linear",
    shape=shapes.put,
    dtype=dtypes.same,
    batch=batches.placed,
    cost=_free,
)
row(
    "take",  # indices: an array of whole numbers, of any shape, with repetitions; axis counts from the front
    forward=take,
    gradients=(lambda F, g, y, x, indices, axis: F.scatter_add(g, indices, axis=axis, size=x.shape[axis]), None),
    numpy="take({0}, {1}, axis={axis})",
    kind="linear",
    shape=shapes.take,
    dtype=dtypes.same,
    alike=slice(1),
    batch=batches.taken,
    cost=_free,
)
row(
    "scatter_add",
    forward=scatter_add,
    gradients=(lambda F, g, y, x, indices, axis, size: F.take(g, indices, axis=axis), None),
    numpy="scatter_add({0}, {1}, axis={axis}, size={size})",
    kind="linear",
    shape=shapes.scatter_add,
    dtype=dtypes.same,
    alike=slice(1),
    batch=batches.taken,
    cost=lambda out, x, *indices, **attributes: prod(x),
)
row(
    "reorder",  # a vector's elements in another order; back is the order that undoes it
    forward=lambda xp, x, order, back: xp.take(x, order, axis=0),
    gradients=(lambda F, g, y, x, order, back: F.reorder(g, back, order), None, None),
    numpy="{0}[{1}]",
    kind="linear",
    shape=shapes.same,
    dtype=dtypes.same,
    alike=slice(1),
    batch=None,
    cost=_free,
)

# The product of matrices.
row(
    "matmul",  # (…, n, k) @ (…, k, m)
    forward=lambda xp, a, b: xp.matmul(a, b),
    gradients=(lambda F, g, y, a, b: F.matmul(g, F.mT(b)), lambda F, g, y, a, b: F.matmul(F.mT(a), g)),
    numpy="{0} @ {1}",
    kind="linear",
    shape=shapes.matmul,
    dtype=dtypes.promoted,
    batch=batches.multiplied,
    cost=lambda out, a, b: prod(out) * (2 * a[-1] - 1),
    ufunc=np.matmul,
    sign="@",
    word="product",
)


def _linear(xp, x, weight, bias):
    rows = x if x.ndim <= 2 else xp.reshape(x, (-1, x.shape[-1]))  # one product of matrices, not a stack of them
    y = xp.matmul(rows, weight.mT)
    y += bias  # in place: y is new
    return y if x.ndim <= 2 else xp.reshape(y, (*x.shape[:-1], y.shape[-1]))


def _rows(F, x):
    return x if len(x.shape) == 2 else F.reshape(x, shape=(-1, x.shape[-1]))


def _back_to_x(F, g, y, x, weight, bias):
    d = F.matmul(_rows(F, g), weight)
    return d if len(x.shape) == 2 else F.reshape(d, shape=x.shape)


row(
    "linear",  # x: (…, n); weight: (m, n) as torch keeps it; bias: (m,). x @ weight.mT + bias
    forward=_linear,
    gradients=(
        _back_to_x,
        lambda F, g, y, x, weight, bias: F.matmul(F.mT(_rows(F, g)), _rows(F, x)),
        lambda F, g, y, x, weight, bias: g,
    ),
    numpy="linear({0}, {1}, {2})",
    kind="other",
    shape=shapes.linear,
    dtype=dtypes.promoted,
    batch=batches.weighed,
    cost=lambda out, x, weight, bias: 2 * prod(out) * weight[1],
)
