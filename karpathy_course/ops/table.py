"""What a row of the table of operations says, and how the table is bound to what it is applied to.

All that is true of an operation stands on its row, by name, and nowhere else: whoever needs a fact asks the row.
A row's ``forward(xp, *inputs, **attributes)`` is written in plain operators and the Array API standard's
functions (``xp``: NumPy's, PyTorch's or any other library's). It has one gradient for each input,
``vjp(F, g, y, *inputs, **attributes)``: what reaches that input when ``g`` arrives at the output ``y`` (a
vector-Jacobian product); None passes nothing. ``F`` is the table again, bound to whatever g, y and the inputs
are: raw arrays, Tensors, or nodes of a graph. So one rule serves the eager tape, second derivatives, and reverse
mode as a transformation of graphs.
"""

import ast
import inspect
from functools import cache, partial
from itertools import count
from math import prod
from typing import NamedTuple

import numpy as np

from karpathy_course.ops import batches, dtypes, shapes
from karpathy_course.ops.array_library import namespace
from karpathy_course.scalar_operations import SCALAR

OPS = {}
CALL = 5  # how tightly a call or a name binds: as tightly as anything


class Row(NamedTuple):
    """One operation. Elementwise rows have the defaults below; for any other, `row` asks for every fact.

    numpy: the forward as NumPy text, from which programs are generated: a template of {0}, {1}, … (or {inputs}),
    the attributes by name {over} (those attributes that are not as by default) and {also} (the same behind a
    comma), or a function of the texts.
    kind: "elementwise"; "linear" in each input that has a gradient; "joint" when linear in all of them together;
    or "other". shape(name, *shapes, **attributes), dtype(name, *dtypes, dtype=…): what the result has.
    alike: which inputs must have one dtype. batch(lifted, *values, **attributes): the same for a batch, None where
    there is no rule. cost(out, *shapes, **attributes): operations on single numbers. commutes: whether a, b may be
    swapped. twice: what applying it to its own result does: "cancels", "changes nothing" or "". fuses: whether a
    result needs only the inputs' numbers at its own place. view: whether the result may share the input's memory;
    "turned" where it is the same numbers with their axes in another order. ufunc: NumPy's function of this name,
    whose dtype rule it has. sign: what pictures draw. word: what programs call a result.
    """

    name: str
    forward: object
    gradients: object
    numpy: object
    kind: str = "elementwise"
    shape: object = shapes.broadcast
    dtype: object = dtypes.promoted
    alike: slice = slice(None)
    batch: object = batches.elementwise
    cost: object = lambda out, *inputs, **attributes: prod(out)
    commutes: bool = False
    twice: str = ""
    fuses: bool = False
    view: bool | str = False
    ufunc: object = None
    sign: str = ""
    word: str = ""

    @property
    def inputs(self):
        """How many inputs it takes, None for any number."""
        return None if isinstance(self.gradients, Each) else len(self.gradients)

    def text(self, *inputs, **attributes):
        """The NumPy text on these texts of inputs and attributes (see `numpy`)."""
        return self.numpy(*inputs, **attributes) if callable(self.numpy) else self.numpy.format(*inputs, **attributes)

    def defaults(self):
        """{attribute: its default}, as the forward says."""
        return _defaults(self.forward)

    def binds(self):
        """How tightly its text binds: 0 comparisons, 1 sums, 2 products, 3 a sign, 4 powers, 5 (`CALL`) the rest."""
        return CALL if callable(self.numpy) else _binds(self.numpy)

    def infix(self):
        """Whether its sign is written between its two inputs."""
        return self.inputs == 2 and self.binds() < CALL


_LEVELS = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2, ast.MatMult: 2, ast.USub: 3, ast.Pow: 4}


@cache
def _binds(template):
    """By Python's own grammar."""
    top = ast.parse("".join("x" if c in "{}" else c for c in template), mode="eval").body
    return 0 if isinstance(top, ast.Compare) else _LEVELS.get(type(getattr(top, "op", None)), CALL)


@cache
def _defaults(forward):
    parameters = inspect.signature(forward).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


class Each:
    """The gradients of a row that takes any number of inputs: ``rule(i, F, g, y, *inputs)`` for the i-th."""

    def __init__(self, rule):
        self.rule = rule

    def __getitem__(self, i):
        return partial(self.rule, i)

    def __iter__(self):
        return (self[i] for i in count())


class Bound:
    """The table bound to one way of applying a row: ``F.exp(x)`` is ``bind("exp")(x)``."""

    def __init__(self, bind):
        self._bind = bind

    def __getattr__(self, name):
        if name not in OPS:
            raise AttributeError(f"the table of operations has no row {name!r}")
        applied = self._bind(name)
        setattr(self, name, applied)  # found without __getattr__ the next time
        return applied


_RAW = {}


def raw(xp):
    """The table bound to raw arrays of the library xp."""
    if id(xp) not in _RAW:
        _RAW[id(xp)] = Bound(lambda name: partial(OPS[name].forward, xp))
    return _RAW[id(xp)]


def evaluate(name, *inputs, **attributes):
    """One row on raw arrays and numbers: what interpreters and constant folding call."""
    first = next((x for x in inputs if hasattr(x, "dtype")), 0.0)
    return OPS[name].forward(namespace(first), *inputs, **attributes)


def sum_to(F, gradient, shape):
    """A gradient summed over the axes that broadcasting had added or stretched, so that it has this shape."""
    lead = len(gradient.shape) - len(shape)
    stretched = tuple(k + lead for k, size in enumerate(shape) if size == 1 and gradient.shape[k + lead] != 1)
    if stretched:
        gradient = F.sum(gradient, axis=stretched, keepdims=True)
    if lead:
        gradient = F.sum(gradient, axis=tuple(range(lead)) if lead > 1 else 0)
    return gradient


def result_shape(name, shapes, attributes=None):
    """The shape of row ``name`` for inputs of these shapes. Raises ShapeError (a ValueError)."""
    return OPS[name].shape(name, *shapes, **(attributes or {}))


@cache
def result_dtype(name, inputs, dtype=None):
    """The dtype of row ``name`` for inputs (a tuple) of these dtypes, as NumPy gives it; see `dtypes`.

    dtype: the attribute of that name, of a row that has one. Raises DtypeError (a TypeError).
    """
    row = OPS[name]
    dtypes.check_alike(name, inputs[row.alike])
    return row.dtype(name, *inputs) if dtype is None else row.dtype(name, *inputs, dtype=dtype)


FACTS = ("forward", "gradients", "numpy", "shape", "dtype", "batch", "cost")


def row(name, forward=None, gradients=None, numpy=None, kind="elementwise", **facts):
    """Put a row into the table: an elementwise one by what it computes, any other with all its FACTS.

    An elementwise row's dtype is that of NumPy's function of its name; without one, a function of one number makes
    floats and one of several what they are together.
    Raises ValueError when its name is taken or a fact is missing; the message names which.
    """
    if name in OPS:
        raise ValueError(f"the table has a row {name!r} already")
    facts |= {k: v for k, v in (("forward", forward), ("gradients", gradients), ("numpy", numpy)) if v is not None}
    missing = [fact for fact in FACTS if fact not in facts and (kind != "elementwise" or fact in FACTS[:3])]
    if missing:
        raise ValueError(f"the row {name!r} ({kind}) lacks {', '.join(missing)}: say what is true of it")
    if kind == "elementwise":
        ufunc = facts.get("ufunc", getattr(np, name, None))
        if isinstance(ufunc, np.ufunc):
            facts = {"ufunc": ufunc, "dtype": dtypes.as_numpys(ufunc), **facts}
        facts.setdefault("fuses", True)
        facts.setdefault("dtype", dtypes.floating if len(facts["gradients"]) == 1 else dtypes.promoted)
    facts.setdefault("sign", SCALAR[name].sign if name in SCALAR else name)
    facts.setdefault("word", name)
    OPS[name] = Row(name=name, kind=kind, **facts)
    result_dtype.cache_clear()
