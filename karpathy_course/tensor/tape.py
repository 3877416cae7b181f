"""Reverse-mode automatic differentiation of arrays: the eager tape over the table of operations.

It is `scalar.Value` a thousand numbers at a time. A `Tensor` keeps its array, the row of the table that made
it and that row's inputs; `backward` walks newest first and asks each row's vjps what to hand back. The
array decides where the work is done: NumPy's and PyTorch's arrays run here unchanged, on a CPU or a GPU.
"""

import threading
from contextlib import contextmanager
from functools import partial
from itertools import count
from math import prod
from operator import attrgetter

import numpy as np

from karpathy_course.ops import OPS, Bound, evaluate, raw, sum_to
from karpathy_course.ops.array_library import is_array, is_torch_array, is_view, namespace
from karpathy_course.ops.operands import agreed, explained
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import indexing
from karpathy_course.tensor.gradient_check import GradcheckError, gradcheck
from karpathy_course.tensor.methods import Operators

__all__ = [
    "GradcheckError",
    "ShapeError",
    "Tensor",
    "apply",
    "cat",
    "cross_entropy",
    "grad",
    "gradcheck",
    "no_grad",
    "stack",
    "where",
]

_next_serial = count().__next__
_NONE = {}
_NUMBERS = {bool, int, float}


class _Mode(threading.local):
    recording = True  # of this thread alone: a run in the background is not stopped by an evaluation here


_mode = _Mode()


@contextmanager
def no_grad():
    """Inside ``with no_grad():``, or in a function under ``@no_grad()``, nothing is remembered for backward."""
    before, _mode.recording = _mode.recording, False
    try:
        yield
    finally:
        _mode.recording = before


class Tensor(Operators):
    """An array that remembers how it was made, with PyTorch's names.

    array: an array of NumPy, PyTorch or another library of the Array API standard, kept as it is; a number or
    a list becomes a NumPy array. data, grad: raw arrays; grad is None before ``backward``, and stays None
    for what is no leaf. op, inputs, attributes: the table's row that made it, "" for a leaf; parents: the
    inputs that are Tensors. Arrays must not be changed in place between forward and backward.
    Raises TypeError for what is no array and for a gradient of whole numbers.
    """

    __slots__ = (
        "__weakref__",
        "attributes",
        "data",
        "grad",
        "inputs",
        "links",
        "op",
        "requires_grad",
        "serial",
        "values",
    )

    def __init__(self, array, requires_grad=False):
        if isinstance(array, Tensor):
            array = array.data
        if not is_array(array) or isinstance(array, np.generic):
            array = np.asarray(array)
            if array.dtype.kind not in "fiub":
                raise TypeError(f"Tensor: expected numbers, got an array of dtype {array.dtype}")
        elif is_torch_array(array):
            array = array.detach()  # torch's own graph has no part in this one
        if requires_grad and not namespace(array).isdtype(array.dtype, "real floating"):
            raise TypeError(f"Tensor: only floating-point numbers can require a gradient, not {array.dtype}")
        self.data = array
        self.grad = None
        self.requires_grad = requires_grad
        self.op = ""
        self.inputs = self.values = self.links = ()
        self.attributes = _NONE
        self.serial = _next_serial()  # counts up: newer than its inputs

    def _constant(self, other):
        """A plain number as a Tensor of this one's dtype, library and device; an array as a Tensor."""
        other = other.item() if isinstance(other, np.generic) else other
        if type(other) not in _NUMBERS:
            return other if isinstance(other, Tensor) else Tensor(other)
        xp = namespace(self.data)
        dtype = self.dtype if xp.isdtype(self.dtype, "real floating") or type(other) is int else None
        return Tensor(xp.asarray(other, dtype=dtype, device=self.device))

    @property
    def shape(self):
        return tuple(self.data.shape)

    @property
    def ndim(self):
        return self.data.ndim

    @property
    def dtype(self):
        return self.data.dtype

    @property
    def device(self):
        return self.data.device

    @property
    def parents(self):
        return tuple(x for x in self.inputs if isinstance(x, Tensor))

    @property
    def is_leaf(self):
        return not self.op

    def backward(self, gradient=None):
        """Add d(self)/d(leaf) to the ``grad`` of every leaf below that requires one, as in PyTorch.

        gradient: where self is not a single number, an array of its shape that weighs its elements.
        Raises RuntimeError when self requires no gradient, or is not a single number and none is given.
        """
        gradient = _seed(self, gradient)
        taken = {id(gradient)}
        for leaf, found in _pull_back(self, gradient, raw(namespace(self.data))):
            if leaf.grad is not None:
                leaf.grad = leaf.grad + found
                continue
            if id(found) in taken or is_view(found):  # a grad is its own array: it may be changed in place
                found = namespace(found).asarray(found, copy=True)
            taken.add(id(found))
            leaf.grad = found

    def __getitem__(self, index):
        return indexing.getitem(apply, self, index)

    def gather(self, dim, index):
        return indexing.gather(apply, self, dim, index)

    def item(self):
        """The only element, as a Python number."""
        if prod(self.shape) != 1:
            raise ValueError(f"item: a Tensor of shape {self.shape} holds {prod(self.shape)} numbers, not one")
        number = namespace(self.data).reshape(self.data, ())
        return number.item() if hasattr(number, "item") else number.__complex__().real

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __bool__(self):
        return bool(self.item())

    def __repr__(self):
        array = np.asarray(self.data) if isinstance(self.data, np.generic) else self.data
        inside = repr(array)[repr(array).index("(") + 1 : -1]
        return f"Tensor({inside}{', requires_grad=True' * self.requires_grad})"

    def __reduce__(self):
        if self.op:
            raise TypeError("a Tensor made by an operation belongs to its graph: copy or save its array, tensor.data")
        return type(self), (self.data, self.requires_grad)


def apply(name, *inputs, **attributes):
    """The Tensor that row ``name`` of the table makes of Tensors, raw arrays and numbers.

    Raises ShapeError where shapes do not fit, TypeError for dtypes, libraries or devices that do not: float32
    is never widened by a float64 beside it. A mask (bool) beside numbers counts as 1 and 0.
    """
    row = OPS[name]
    values, links = [], []
    for x, vjp in zip(inputs, row.gradients):
        if isinstance(x, Tensor):
            values.append(x.data)
            if x.requires_grad and vjp is not None:
                links.append((x, vjp))
        else:  # a NumPy number would widen where a plain one does not
            values.append(x.item() if isinstance(x, np.generic) else x)
    try:
        if len(values) == 2:
            a, b = values
            if type(a) not in _NUMBERS and type(b) not in _NUMBERS and a.dtype is not b.dtype:
                values = agreed(name, values)
        elif len(values) > 2 and len({x.dtype for x in values if type(x) not in _NUMBERS}) > 1:
            values = agreed(name, values)
        data = row.forward(namespace(values[0]), *values, **attributes)
    except Exception as error:
        raise explained(error, name, values, attributes) from error
    out = Tensor.__new__(Tensor)
    out.data, out.grad, out.serial = data, None, _next_serial()
    if links and _mode.recording:
        out.requires_grad, out.links = True, links
        out.op, out.inputs, out.values, out.attributes = name, inputs, values, attributes
    else:
        out.requires_grad, out.links = False, ()
        out.op, out.inputs, out.values, out.attributes = "", (), (), _NONE
    return out


def _apply_unless_numbers(name, *inputs, **attributes):
    plain = all(type(x) in _NUMBERS for x in inputs)
    return evaluate(name, *inputs, **attributes) if plain else apply(name, *inputs, **attributes)


Tensor._apply = staticmethod(apply)


def _seed(output, gradient):
    if not output.requires_grad:
        raise RuntimeError(
            "backward: nothing below requires a gradient: make a leaf with Tensor(…, requires_grad=True)"
        )
    if gradient is None:
        if prod(output.shape) != 1:
            raise RuntimeError(f"backward: a gradient is needed for a Tensor of shape {output.shape}: sum() it first")
        return namespace(output.data).ones_like(output.data)
    gradient = gradient.data if isinstance(gradient, Tensor) else gradient
    if tuple(gradient.shape) != output.shape:
        raise ShapeError(f"backward: a gradient of shape {tuple(gradient.shape)} for a Tensor of shape {output.shape}")
    return gradient


def _pull_back(root, gradient, F, on_tensors=False, wanted=None):
    """[(tensor, gradient)] of the leaves below root, or of the wanted tensors: reverse mode, newest first.

    With on_tensors the gradients are Tensors that remember how they were made, so they can be differentiated.
    """
    below, met = [root], {root.serial}
    for node in below:  # the list grows while the loop runs
        for x, _ in node.links:
            if x.serial not in met:
                met.add(x.serial)
                below.append(x)
    below.sort(key=attrgetter("serial"), reverse=True)
    pending, found = {root.serial: gradient}, []
    for node in below:
        g = pending.pop(node.serial, None)
        if g is None:
            continue
        if node.serial in wanted if wanted is not None else not node.op:
            found.append((node, g))
        inputs, y = (node.inputs, node) if on_tensors else (node.values, node.data)
        for x, vjp in node.links:
            d = vjp(F, g, y, *inputs, **node.attributes)
            if d.shape != x.data.shape:
                d = sum_to(F, d, x.shape)
            serial = x.serial
            pending[serial] = pending[serial] + d if serial in pending else d
    return found


def grad(outputs, inputs, grad_outputs=None, create_graph=False, allow_unused=False):
    """A tuple of d(outputs)/d(each input), as torch.autograd.grad; leaves' ``grad`` is not touched.

    With create_graph the gradients can be differentiated again. Raises RuntimeError for an input that the
    output does not depend on, unless allow_unused, which gives None for it.
    """
    inputs = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    g, wanted = _seed(outputs, grad_outputs), {x.serial for x in inputs}
    if create_graph:
        found = _pull_back(outputs, Tensor(g), Bound(lambda name: partial(_apply_unless_numbers, name)), True, wanted)
    else:
        found = [(x, Tensor(d)) for x, d in _pull_back(outputs, g, raw(namespace(outputs.data)), wanted=wanted)]
    by_serial = {x.serial: d for x, d in found}
    for k, x in enumerate(inputs):
        if x.serial not in by_serial and not allow_unused:
            raise RuntimeError(f"grad: the output does not depend on input {k}: allow_unused=True gives None for it")
    return tuple(by_serial.get(x.serial) for x in inputs)


def where(condition, a, b):
    """a where condition holds, b elsewhere; a and b are Tensors, numbers, or traced values."""
    return where_it_belongs("where", condition, a, b)


def cat(tensors, dim=0):
    """Tensors joined along an axis that they have."""
    return where_it_belongs("concat", *tensors, axis=dim)


def stack(tensors, dim=0):
    """Tensors of one shape joined along a new axis."""
    return where_it_belongs("stack", *tensors, axis=dim)


def cross_entropy(input, target):
    """The mean of -log softmax(input)[target]. input: (…, classes). target: (…), whole numbers from 0.

    Raises IndexError for a target that is no class, as torch does; no number is left out (torch's ignore_index).
    """
    return where_it_belongs("cross_entropy", input, target)


def where_it_belongs(name, *operands, **attributes):
    """Row ``name`` on the tape, or, where an operand is a stand-in of a trace, as a node of its graph."""
    for x in operands:
        if isinstance(x, Operators) and not isinstance(x, Tensor):
            return x._apply(name, *operands, **attributes)
    return apply(name, *operands, **attributes)
