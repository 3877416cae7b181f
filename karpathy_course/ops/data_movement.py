"""The rows of the table that only move numbers about: shapes, places, dtypes; and the product of matrices.

All are linear, and each one's vjp is another's forward: what `take` reads, `scatter_add` writes back.
"""

from karpathy_course.ops.array_library import scatter_add
from karpathy_course.ops.table import Each, row


def cast(xp, x, dtype):
    """x in another dtype, an object of its library or a name; a plain number stays one, True becomes 1."""
    return xp.astype(x, getattr(xp, dtype) if isinstance(dtype, str) else dtype) if hasattr(x, "dtype") else +x


row("astype", cast, (lambda F, g, y, x, dtype: F.astype(g, dtype=x.dtype),), "{0}.astype(np.{dtype})", "linear")
row("detach", lambda xp, x: x, (None,), "{0}", "linear")
row(
    "reshape",
    lambda xp, x, shape: xp.reshape(x, shape),
    (lambda F, g, y, x, shape: F.reshape(g, shape=x.shape),),
    "{0}.reshape({shape})",
    "linear",
)
row(
    "permute_dims",
    lambda xp, x, axes: xp.permute_dims(x, axes),
    (lambda F, g, y, x, axes: F.permute_dims(g, axes=tuple(sorted(range(len(axes)), key=axes.__getitem__))),),
    "{0}.transpose({axes})",
    "linear",
)
row("mT", lambda xp, x: x.mT, (lambda F, g, y, x: F.mT(g),), "{0}.mT", "linear")
row(
    "broadcast_to",
    lambda xp, x, shape: xp.broadcast_to(x, shape),
    (lambda F, g, y, x, shape: g,),
    "np.broadcast_to({0}, {shape})",
    "linear",
)


def _part(i, F, g, y, *xs, axis):
    start = sum(x.shape[axis] for x in xs[:i])
    before = (slice(None),) * (axis % len(g.shape))
    return F.getitem(g, index=(*before, slice(start, start + xs[i].shape[axis]), ...))


row(
    "concat",
    lambda xp, *xs, axis: xp.concat(xs, axis=axis),
    Each(_part),
    "np.concat([{inputs}], axis={axis})",
    "linear",
)


def _slot(i, F, g, y, *xs, axis):
    before = (slice(None),) * (axis % len(g.shape))
    return F.getitem(g, index=(*before, i, ...))


row("stack", lambda xp, *xs, axis: xp.stack(xs, axis=axis), Each(_slot), "np.stack([{inputs}], axis={axis})", "linear")
row(
    "getitem",  # whole numbers, slices, None and one …: every place is met once
    lambda xp, x, index: x[index],
    (lambda F, g, y, x, index: F.put(g, index=index, shape=x.shape),),
    "{0}[{index}]",
    "linear",
)


def _put(xp, x, index, shape):
    out = xp.zeros(shape, dtype=x.dtype, device=x.device)
    places = tuple(part for part in index if part is not None)
    out[places] = xp.reshape(x, out[places].shape)
    return out


row(
    "put",
    _put,
    (lambda F, g, y, x, index, shape: F.getitem(g, index=index),),
    "put({0}, np.s_[{index},], {shape})",
    "linear",
)


def _take(xp, x, indices, axis):
    indices = xp.where(indices < 0, indices + x.shape[axis], indices)
    rows = xp.take(x, xp.reshape(indices, (-1,)), axis=axis)
    return xp.reshape(rows, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


row(
    "take",  # indices: an array of whole numbers, of any shape, with repetitions; axis counts from the front
    _take,
    (lambda F, g, y, x, indices, axis: F.scatter_add(g, indices, axis=axis, size=x.shape[axis]), None),
    "take({0}, {1}, axis={axis})",
    "linear",
)
row(
    "reorder",  # a vector's elements in another order; back is the order that undoes it
    lambda xp, x, order, back: xp.take(x, order, axis=0),
    (lambda F, g, y, x, order, back: F.reorder(g, back, order), None, None),
    "{0}[{1}]",
    "linear",
)
row(
    "scatter_add",
    scatter_add,
    (lambda F, g, y, x, indices, axis, size: F.take(g, indices, axis=axis), None),
    "scatter_add({0}, {1}, axis={axis}, size={size})",
    "linear",
)
row(
    "matmul",  # (…, n, k) @ (…, k, m)
    lambda xp, a, b: xp.matmul(a, b),
    (lambda F, g, y, a, b: F.matmul(g, F.mT(b)), lambda F, g, y, a, b: F.matmul(F.mT(a), g)),
    "{0} @ {1}",
    "linear",
)
