"""What a row of the table of operations is, and how the table is bound to what it is applied to.

A row's ``forward(xp, *inputs, **attributes)`` is written in plain operators and the Array API standard's
functions (``xp``: NumPy's, PyTorch's or any other library's). A row has one vjp for each input,
``vjp(F, g, y, *inputs, **attributes)``: what reaches that input when ``g`` arrives at the output ``y`` (a
vector-Jacobian product). ``F`` is the table again, bound to whatever g, y and the inputs are: raw arrays,
Tensors, or nodes of a graph. So one rule serves the eager tape, second derivatives, and reverse mode as a
transformation of graphs. ``source`` is the forward as NumPy text, from which programs are generated.
"""

from collections import namedtuple
from functools import partial
from itertools import count

from karpathy_course.ops.array_library import namespace

Row = namedtuple("Row", "name forward vjps source kind")
Row.__doc__ += """: one operation. kind: "elementwise", "linear" (in each of its differentiable inputs) or "other"."""

OPS = {}


class Each:
    """The vjps of a row that takes any number of inputs: ``rule(i, F, g, y, *inputs)`` for the i-th."""

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


def row(name, forward, vjps, source, kind="elementwise"):
    """Put a row into the table. Raises ValueError when its name is taken."""
    if name in OPS:
        raise ValueError(f"the table has a row {name!r} already")
    OPS[name] = Row(name, forward, vjps, source, kind)
