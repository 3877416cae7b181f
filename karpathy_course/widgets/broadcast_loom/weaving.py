"""The numbers of the loom: forward, what arrives at every copy, and the sums, all from the course's own engine.

The result and the gradients are a Tensor's. What each copy receives before the sum comes from the same rows of the
table, applied to the operands after stretching.
"""

from typing import NamedTuple

import numpy as np

from karpathy_course.ops import OPS, evaluate, raw
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.tape import apply
from karpathy_course.widgets.broadcast_loom.operands import common_shape


class Woven(NamedTuple):
    """y = op(a, b) and its gradients. locals, parts: for each operand, in y's shape: the local derivatives, and what
    its copies receive; gradients: in the operands' own shapes."""

    y: np.ndarray
    gradient: np.ndarray
    locals: tuple
    parts: tuple
    gradients: tuple


def weave(op, a, b, gradient=None):
    """Woven of the arrays a and b; the gradient that arrives at y is ones if none is given.

    Whole numbers are multiplied and added as such; their gradients are computed as those of float64.
    Raises ShapeError where a and b clash, or the gradient has another shape than y.
    """
    shape = common_shape(op, (a.shape, b.shape))
    numbers = [x.astype(np.result_type(a, b)) for x in (a, b)]
    with np.errstate(all="ignore"):
        tensors = [Tensor(x if x.dtype.kind == "f" else x.astype("float64"), requires_grad=True) for x in numbers]
        out = apply(op, *tensors)
        y = np.asarray(out.data if numbers[0].dtype.kind == "f" else evaluate(op, *numbers))
        dtype = np.asarray(out.data).dtype
        arriving = np.ones(shape, dtype) if gradient is None else np.array(gradient, dtype)
        if arriving.shape != shape:
            raise ShapeError(f"Broadcast loom: the gradient has shape {arriving.shape}, the result has {shape}.")
        out.backward(arriving)
        stretched = [np.broadcast_to(t.data, shape) for t in tensors]
        over = lambda g: tuple(
            np.broadcast_to(vjp(raw(np), g, np.asarray(out.data), *stretched), shape) for vjp in OPS[op].gradients
        )
        return Woven(y, arriving, over(np.ones(shape, dtype)), over(arriving), tuple(t.grad for t in tensors))


def numpys_words(op, a, b):
    """The sentence with which NumPy refuses the two arrays."""
    try:
        OPS[op].ufunc(a, b)
    except ValueError as error:
        return " ".join(str(error).split())
    raise AssertionError(f"NumPy takes shapes {a.shape} and {b.shape}, which the table refuses")
