"""Algebra that holds for floating-point numbers, and the algebra that only seems to.

x·1 is x for every float. x + 0 is not x when x is -0.0, x·0 is not 0 when x is infinite, x - x is not 0 either:
those rewrites need a permission by name.
"""

import numpy as np

from karpathy_course.graph.core import pairs
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.passes.memory_order import ROWS, UNKNOWN, memory_order
from karpathy_course.graph.passes.rewriting import remade, without_collector
from karpathy_course.ops import OPS
from karpathy_course.ops.dtypes import NUMBERS

PERMISSIONS = ("x+0", "x*0", "x-x", "x/x")


@takes_a_graph
@without_collector
def simplify(graph, allow=()):
    """Replace an operation by an input, or by one cheaper operation, where that is the same for every number.

    Legal for every float: x·1, x/1, x**1, x - 0, x + -0.0, -(-x), x·-1 → -x, a + -b → a - b, a - -b → a + b,
    relu of relu, abs of abs or of -x, where with equal branches, transposes and reshapes that cancel. Not legal,
    and done only when allowed by name: "x+0" (-0.0 + 0 is 0.0), "x*0" and "x-x" (inf and NaN give NaN), "x/x".
    A sum rounds in the order in which its numbers lie, so x·1 and the like stay where x has gaps in memory, and a
    reshape where x is transposed; inputs are taken to lie row by row, as fresh arrays do.
    Raises ValueError for a name that is none of these.
    """
    allow = (allow,) if isinstance(allow, str) else allow
    unknown = set(allow) - set(PERMISSIONS)
    if unknown:
        raise ValueError(f"simplify: cannot allow {', '.join(sorted(unknown))}; there are {', '.join(PERMISSIONS)}")
    view = View(graph, frozenset(allow))
    for i, (op, inputs, attributes) in enumerate(graph.code):
        if inputs:
            inputs = tuple([view.to[a] for a in inputs])
        view.code.append((op, inputs, attributes))
        while (found := _simpler(view, i)) is not None:
            if isinstance(found, int):
                if view.alike(found, i) and view.lies_alike(found, i):
                    view.to[i] = found
                break
            view.code[i] = found
        view.note_order(i)
    return remade(graph, view.code, view.to)


def _simpler(view, i):
    """What operation i is the same as: the place of an earlier one, or another operation; None where it stays."""
    op, inputs, attributes = view.code[i]
    if op in OPS and OPS[op].twice and view.op(inputs[0]) == op:
        return view.inputs(inputs[0])[0] if OPS[op].twice == "cancels" else inputs[0]
    return RULES[op](view, i, inputs, attributes) if op in RULES else None


class View:
    """What a rule sees: the code rewritten so far."""

    def __init__(self, graph, allow):
        self.graph, self.allow, self.code, self.to = graph, allow, [], list(range(len(graph)))
        self.orders = []  # of memory, one a place

    def number(self, place):
        """The plain number at a place, or None."""
        op, _, attributes = self.code[place]
        value = attributes[0][1] if op == "constant" else None
        return value if type(value) in (int, float) else None

    def alike(self, place, i):
        graph = self.graph
        return graph.shapes[place] == graph.shapes[i] and graph.dtypes[place] == graph.dtypes[i]

    def note_order(self, i):
        """To be called when operation i stands as it will."""
        op, inputs, attributes = self.code[i]
        shape, shapes = self.graph.shapes[i], self.graph.shapes
        operands = [(shapes[a], self.orders[a]) for a in inputs] if shape else ()
        self.orders.append(memory_order(op, attributes, shape, operands) if shape else ROWS)

    def lies_alike(self, place, i):
        """Whether the earlier value lies in memory as the result of operation i would."""
        op = self.op(i)
        if op == "reshape" or op == "where":
            return self.orders[place] is ROWS
        return OPS[op].view or self.orders[place] is not UNKNOWN

    def op(self, place):
        return self.code[place][0]

    def inputs(self, place):
        return self.code[place][1]

    def constant(self, i, value):
        shape, dtype = self.graph.shapes[i], self.graph.dtypes[i]
        if shape or dtype not in ("float64", *NUMBERS):
            value = np.full(shape, value, NUMBERS.get(dtype, dtype))
        return "constant", (), (("value", value),)


def _is(number, value):
    return number is not None and number == value and str(float(number)) == str(float(value))


def _add(v, i, inputs, mark):
    a, b = inputs
    x, y = v.number(a), v.number(b)
    if _is(y, -0.0) or ("x+0" in v.allow and y == 0):
        return a
    if _is(x, -0.0) or ("x+0" in v.allow and x == 0):
        return b
    if v.op(b) == "neg":
        return "sub", (a, *v.inputs(b)), mark
    if v.op(a) == "neg":
        return "sub", (b, *v.inputs(a)), mark
    return None


def _sub(v, i, inputs, mark):
    a, b = inputs
    if _is(v.number(b), 0.0) or ("x+0" in v.allow and v.number(b) == 0):
        return a
    if a == b and "x-x" in v.allow:
        return v.constant(i, 0.0)
    if v.op(b) == "neg":
        return "add", (a, *v.inputs(b)), mark
    return ("neg", (b,), mark) if _is(v.number(a), -0.0) and v.alike(b, i) else None


def _mul(v, i, inputs, mark):
    a, b = inputs
    for x, other in ((a, b), (b, a)):
        number = v.number(x)
        if number == 1:
            return other
        if number == -1 and v.alike(other, i):
            return "neg", (other,), mark
        if number == 0 and "x*0" in v.allow:
            return v.constant(i, 0.0)
    return None


def _div(v, i, inputs, mark):
    a, b = inputs
    number = v.number(b)
    if number == 1:
        return a
    if number == -1 and v.alike(a, i):
        return "neg", (a,), mark
    return v.constant(i, 1.0) if a == b and "x/x" in v.allow else None


def _abs(v, i, inputs, mark):
    (x,) = inputs
    return ("abs", v.inputs(x), mark) if v.op(x) == "neg" else None


def _reshape(v, i, inputs, attributes):
    (x,) = inputs
    if v.graph.shapes[x] == v.graph.shapes[i]:
        return x
    return ("reshape", v.inputs(x), attributes) if v.op(x) == "reshape" and v.orders[x] is ROWS else None


def _permute(v, i, inputs, attributes):
    (x,), axes = inputs, dict(attributes)["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if v.op(x) == "permute_dims":
        inner = dict(v.code[x][2])["axes"]
        joined = {**dict(attributes), "axes": tuple(inner[a] for a in axes)}
        return "permute_dims", v.inputs(x), pairs(joined)
    return None


def _if_same_shape(v, i, inputs, _):
    return inputs[0] if v.graph.shapes[inputs[0]] == v.graph.shapes[i] else None


def _if_same_dtype(v, i, inputs, _):
    return inputs[0] if v.graph.dtypes[inputs[0]] == v.graph.dtypes[i] else None


RULES = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "abs": _abs,
    "pow": lambda v, i, inputs, _: inputs[0] if v.number(inputs[1]) == 1 else None,
    "maximum": lambda v, i, inputs, _: inputs[0] if inputs[0] == inputs[1] else None,
    "minimum": lambda v, i, inputs, _: inputs[0] if inputs[0] == inputs[1] else None,
    "where": lambda v, i, inputs, _: inputs[1] if inputs[1] == inputs[2] else None,
    "reshape": _reshape,
    "permute_dims": _permute,
    "broadcast_to": _if_same_shape,
    "astype": _if_same_dtype,
}
