"""Reading places of a Tensor with whatever stands between the brackets, as two rows of the table.

Numbers, slices, None and … are ``getitem``: every place is met once. Arrays of whole numbers and masks are
``take``, whose places may repeat; an index that mixes kinds is first tried on the places themselves.
"""

import numpy as np

from karpathy_course.ops.array_library import checked_places, is_array, namespace
from karpathy_course.ops.shapes import ShapeError


def getitem(apply, x, index):
    """``x[index]``. apply: how a row is applied to x. Raises ShapeError or IndexError for places that x lacks."""
    parts = tuple(map(_raw, index if isinstance(index, tuple) else (index,)))
    if not any(map(is_array, parts)):
        whole = any(p is Ellipsis for p in parts)
        return apply("getitem", x, index=parts if whole else (*parts, ...))  # the standard wants every axis named
    xp = namespace(x.data)
    parts = tuple(xp.asarray(p, device=x.device) if isinstance(p, np.ndarray) else p for p in parts)
    whole = [k for k, p in enumerate(parts) if is_array(p) and xp.isdtype(p.dtype, "integral")]
    if len(whole) == 1 and all(
        p is Ellipsis or isinstance(p, slice) for p in parts[: whole[0]] + parts[whole[0] + 1 :]
    ):
        return _take_once(apply, x, parts, whole[0])
    return apply("take", x.reshape(-1), _places(xp, x)[parts if len(parts) > 1 else parts[0]], axis=0)


def _take_once(apply, x, parts, at):
    """One array of whole numbers among slices: the slices first, then the array along the axis it stands at."""
    axis = at if ... not in parts[:at] else at - len(parts) + len(x.shape)
    if any(p is not Ellipsis and p != slice(None) for k, p in enumerate(parts) if k != at):
        x = getitem(apply, x, (*parts[:at], slice(None), *parts[at + 1 :]))
    if not 0 <= axis < len(x.shape):
        raise ShapeError(f"getitem: {len(parts)} indices for an array of shape {x.shape}")
    return apply("take", x, parts[at], axis=axis)


def gather(apply, x, dim, index):
    """Along dim the elements at index, whole numbers with as many axes as x, as torch.gather.

    Along the other axes index may be shorter than x: the rest of x is then left out.
    """
    xp, index = namespace(x.data), _raw(index)
    index = np.asarray(index) if isinstance(index, int) else index
    if len(x.shape) + len(index.shape) in (0, 1):  # single numbers count as having one dim, as in torch
        return gather(apply, x.reshape(-1), dim, xp.reshape(index, (-1,))).reshape(index.shape)
    if index.ndim == x.ndim and -x.ndim <= dim < x.ndim:
        index = checked_places(xp, index, x.shape[dim], "gather: index", "places", negative=False)
    others = tuple(slice(None) if k == dim % max(1, x.ndim) else slice(n) for k, n in enumerate(index.shape))
    return apply("take", x.reshape(-1), xp.take_along_axis(_places(xp, x)[others], index, axis=dim), axis=0)


def _places(xp, x):
    return xp.reshape(xp.arange(x.numel(), device=x.device), x.shape)


def _raw(part):
    if isinstance(part, list):
        return np.asarray(part)
    part = getattr(part, "data", part) if hasattr(part, "inputs") else part
    return int(part) if isinstance(part, np.integer) else part
