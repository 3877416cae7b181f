"""What the Array API standard lacks: one named function a library, and a plain fallback for every other.

The operations (`ops.py`) are written against the standard, so they run on NumPy, PyTorch and any other library
that keeps to it. Whatever the standard does not offer stands here and nowhere else. This file never imports
a library that the user has not: which one is meant follows from the array's own namespace.
"""

import math
from types import SimpleNamespace

import numpy as np
from array_api_compat import array_namespace, is_array_api_obj, is_torch_array


def namespace(array):
    """The standard's functions for this array (``xp``); NumPy's for a plain number.

    Raises TypeError for what is neither an array nor a number.
    """
    kind = type(array)
    if kind not in _NAMESPACES:
        if not is_array_api_obj(array) and not isinstance(array, (bool, int, float)):
            raise TypeError(f"expected an array or a number, got {kind.__name__}: {array!r:.60}")
        xp = array_namespace(array if is_array_api_obj(array) else np.zeros(()))
        _NAMESPACES[kind] = _QUICK[xp] if xp in _QUICK else _QUICK.setdefault(xp, _quicker(xp, library(array)))
    return _NAMESPACES[kind]


_NAMESPACES, _QUICK = {}, {}


def _quicker(xp, library):
    """The same functions with less around them: on small arrays the wrappers take longer than the work."""
    if library == "torch":
        import torch

        quick = {"sum": _sum_torch, "matmul": torch.matmul, "maximum": _maximum_torch, "minimum": _minimum_torch}
    elif library in ("numpy", "builtins"):
        quick = {"sum": _sum_numpy, "max": _max_numpy, "matmul": np.matmul, "astype": _astype_numpy}
        quick |= {"arange": np.arange, "asarray": np.asarray, "ones_like": np.ones_like}  # NumPy 2's take a device too
    else:
        return xp
    return SimpleNamespace(**{**vars(xp), **quick})


def _sum_numpy(x, axis=None, keepdims=False):
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def _max_numpy(x, axis=None, keepdims=False):
    return np.maximum.reduce(x, axis=axis, keepdims=keepdims)


def _astype_numpy(x, dtype):
    return x.astype(dtype)


def _sum_torch(x, axis=None, keepdims=False):
    return x.sum(dim=axis, keepdim=keepdims)


def _maximum_torch(a, b):
    return a.clamp(min=b)


def _minimum_torch(a, b):
    return a.clamp(max=b)


def is_array(thing):
    """True for an array of any library, False for numbers and everything else."""
    return is_array_api_obj(thing)


def library(array):
    """ "numpy", "torch", …: the name a message calls the array's library by."""
    return type(array).__module__.split(".")[0]


def checked_places(xp, indices, size, what, things, negative=True):
    """Whole numbers that count places of an axis, as given or, where one is out of range, an IndexError.

    what, things: how the message calls the indices and what they count. Negative ones count from the end where
    they are allowed. Only NumPy's are looked at; in any other library what is out of range is moved to ``size``,
    where the library itself refuses it: a look would wait for the device. TypeError for an array of another dtype.
    """
    least, numpys = -size if negative else 0, type(indices) is np.ndarray or isinstance(indices, np.generic)
    if not (indices.dtype.kind in "iu" if numpys else xp.isdtype(indices.dtype, "integral")):
        raise TypeError(f"{what} of {str(indices.dtype).split('.')[-1]}: expected whole numbers, int64 for example")
    if numpys:
        if indices.size and (indices.min() < least or indices.max() >= size):
            wrong = indices[(indices < least) | (indices >= size)].reshape(-1)[0]
            raise IndexError(f"{what} {wrong} is out of range: {things} are {least} to {size - 1}")
        return indices
    return xp.where(indices < least, size, indices)


def picked(xp, rows, columns, what, things):
    """One number of each row: rows (n, size), columns (n,) whole numbers from 0. IndexError as `checked_places`."""
    if type(rows) is not np.ndarray and is_torch_array(rows) and xp.isdtype(columns.dtype, "integral"):
        return _picked_torch(rows, columns, what, things)
    columns = checked_places(xp, columns, rows.shape[1], what, things, negative=False)
    return rows[xp.arange(columns.shape[0], device=columns.device), columns]


def _picked_torch(rows, columns, what, things):
    """By torch's own gather, which counts nothing from the end: it refuses what is out of range, without a look."""
    try:
        return rows.gather(1, columns.long().unsqueeze(1)).squeeze(1)
    except RuntimeError as error:
        if "out of bounds" not in str(error):
            raise
        size = rows.shape[1]
        wrong = columns[(columns < 0) | (columns >= size)][0]
        raise IndexError(f"{what} {wrong} is out of range: {things} are 0 to {size - 1}") from None


def take(xp, x, indices, axis):
    """The elements of x at indices along an axis: (…, *indices.shape, …). Negative ones count from the end."""
    if type(x) is np.ndarray:
        return x.take(indices, axis)  # NumPy itself refuses what is out of range
    size = x.shape[axis]
    indices = xp.where(indices < 0, xp.where(indices < -size, size, indices + size), indices)
    rows = xp.take(x, xp.reshape(indices, (-1,)), axis=axis)
    return xp.reshape(rows, (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :]))


def argmax(xp, x, axis=None, keepdims=False):
    """The place of the largest element, the first of equal ones; a mask counts as 1 and 0."""
    return xp.argmax(_counted(xp, x), axis=axis, keepdims=keepdims)


def argmin(xp, x, axis=None, keepdims=False):
    """The place of the smallest element, the first of equal ones; a mask counts as 1 and 0."""
    return xp.argmin(_counted(xp, x), axis=axis, keepdims=keepdims)


def _counted(xp, x):
    return xp.astype(x, xp.uint8) if x.dtype == xp.bool else x


def scatter_add(xp, values, indices, axis, size):
    """Zeros with ``size`` places along axis, to which values are added at indices; repeated ones add up.

    values: (…, *indices.shape, …) with the indices' axes at ``axis``; returns (…, size, …). The transpose of
    ``take``. ``out[indices] += values`` would keep only the last of several values for one place.
    """
    before, after = values.shape[:axis], values.shape[axis + indices.ndim :]
    rows = math.prod(before), math.prod(indices.shape), math.prod(after)
    values = xp.permute_dims(xp.reshape(values, rows), (1, 0, 2))
    values = xp.reshape(values, (rows[1], rows[0] * rows[2]))
    out = xp.zeros((size, values.shape[1]), dtype=values.dtype, device=values.device)
    {"numpy": _add_rows_numpy, "torch": _add_rows_torch}.get(library(out), _add_rows)(
        xp, out, xp.reshape(indices, (-1,)), values
    )
    out = xp.permute_dims(xp.reshape(out, (size, rows[0], rows[2])), (1, 0, 2))
    return xp.reshape(out, (*before, size, *after))


def _add_rows_numpy(xp, out, indices, values):
    width = out.shape[1]  # flat places in one dimension: np.add.at is four times faster there than on rows
    flat = (np.arange(len(out))[indices][:, None] * width + np.arange(width)).reshape(-1)
    np.add.at(out.reshape(-1), flat, values.reshape(-1))


def _add_rows_torch(xp, out, indices, values):
    size = out.shape[0]
    out.index_add_(0, xp.where(indices < 0, xp.where(indices < -size, size, indices + size), indices), values)


def _add_rows(xp, out, indices, values):
    for k in range(indices.shape[0]):
        place = int(indices[k])
        out[place, ...] = out[place, ...] + values[k, ...]


def erf(xp, x):
    """The error function, 2/√π ∫₀ˣ exp(-t²) dt, of every element."""
    if is_torch_array(x):
        return x.erf()
    if library(x) == "numpy":
        return np.asarray(_math_erf(x)).astype(x.dtype if x.dtype.kind == "f" else np.exp(x).dtype)
    flat = xp.reshape(x, (-1,))
    return xp.reshape(xp.asarray([math.erf(flat[k]) for k in range(flat.shape[0])], dtype=x.dtype), x.shape)


_math_erf = np.frompyfunc(math.erf, 1, 1)


def is_view(array):
    """True where the array's memory may belong to another one too, so that writing into it could surprise."""
    if type(array) is np.ndarray:
        return array.base is not None
    look = getattr(array, "_is_view", None)  # torch's
    return look is None or look()
