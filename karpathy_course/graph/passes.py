"""Four rewrites that never change a value: fold, simplify, merge, eliminate. A list of passes is a pass manager.

Each is a function from a graph to a graph, idempotent, and never adds an operation. "Never changes a value"
means bit for bit, -0.0 and infinities included; only one NaN counts as good as another.
"""

import numpy as np

from karpathy_course.graph.core import NUMBER, Graph, attributes_of, evaluated, key_of, pairs, run_attributes, run_fused

_COMMUTE = {"add", "mul", "eq", "ne", "logical_and", "logical_or"}


def optimize(graph, passes):
    """The graph after each of the passes, in order."""
    for each in passes:
        graph = each(graph)
    return graph


def _remade(graph, code, to, keep=None):
    """The graph of code without what stands for something else (``to[i] != i``) or is not kept."""
    new = [0] * len(code)
    out, shapes, dtypes = [], [], []
    for i, (op, args, attributes) in enumerate(code):
        if to[i] != i or (keep is not None and not keep[i]):
            continue
        new[i] = len(out)
        if len(args) == 2:
            a, b = args
            args = (new[a], new[b])
        elif args:
            args = tuple([new[a] for a in args])
        out.append((op, args, attributes))
        shapes.append(graph.shapes[i])
        dtypes.append(graph.dtypes[i])
    outputs = [None if o is None else new[to[o]] for o in graph.outputs]
    inputs = [new[i] for i in graph.inputs]
    return Graph(out, shapes, dtypes, inputs, outputs, graph.names, graph.takes, graph.gives)


def fold_constants(graph):
    """Compute once, now, what depends on constants alone.

    Legal because the table's own row computes it. Inputs are never folded, trainable or not; an operation that
    cannot be computed now is left to fail when it is run.
    """
    code, constant, folded = graph.code, bytearray(len(graph)), {}
    for i, (op, args, attributes) in enumerate(code):
        if op == "constant":
            constant[i] = 1
        elif args and op != "guard":
            for a in args:
                if not constant[a]:
                    break
            else:
                value = _folded(op, [folded.get(a, code[a])[2][0][1] for a in args], attributes, graph.dtypes[i])
                if value is not None:
                    folded[i] = ("constant", (), (("value", value),))
                    constant[i] = 1
    if not folded:
        return graph
    code = list(code)
    for i, entry in folded.items():
        code[i] = entry
    return Graph(code, graph.shapes, graph.dtypes, graph.inputs, graph.outputs, graph.names, graph.takes, graph.gives)


def _folded(op, values, attributes, dtype):
    try:
        with np.errstate(all="ignore"):
            if op == "fused":
                out = run_fused(attributes_of(attributes)["body"], values, evaluated)
            else:
                out = evaluated(op, *values, **run_attributes(attributes))
    except (ArithmeticError, ValueError, TypeError):
        return None
    if isinstance(out, np.generic):
        return out.item() if dtype in ("float64", "int64", "bool", NUMBER) else np.asarray(out)
    return out


def merge_common(graph):
    """Compute equal things once: an operation on the same operands as an earlier one becomes that one.

    Legal because rows have no side effects. a + b and b + a are equal, a - b and b - a are not; -0.0 and 0.0,
    1 and 1.0 are different constants; inputs and guards stay; a repeated operation (`checkpoint`) is marked,
    and a mark makes it different.
    """
    to, seen, code = list(range(len(graph))), {}, []
    for i, (op, args, attributes) in enumerate(graph.code):
        if args:
            args = (to[args[0]], to[args[1]]) if len(args) == 2 else tuple([to[a] for a in args])
        code.append((op, args, attributes))
        if op != "input" and op != "guard":
            ordered = (args[1], args[0]) if op in _COMMUTE and args[0] > args[1] else args
            key = (op, ordered) if not attributes else key_of(op, ordered, attributes)
            if op == "constant":
                key = (*key, graph.dtypes[i])
            to[i] = seen.setdefault(key, i)
    return graph if len(seen) + len(graph.inputs) == len(graph) else _remade(graph, code, to)


def eliminate_dead(graph):
    """Drop what no output and no guard needs. Legal because rows have no side effects; inputs always stay."""
    code = graph.code
    keep = bytearray(len(code))
    for o in graph.outputs:
        if o is not None:
            keep[o] = 1
    for i in range(len(code) - 1, -1, -1):
        op, args, _ = code[i]
        if keep[i]:
            for a in args:
                keep[a] = 1
        elif op == "guard":
            keep[i] = keep[args[0]] = 1
        elif op == "input":
            keep[i] = 1
    return graph if all(keep) else _remade(graph, code, range(len(code)), keep)


def simplify(graph, allow=()):
    """Replace an operation by an operand, or by one cheaper operation, where that is the same for every number.

    Legal for every float: x·1, x/1, x**1, x - 0, x + -0.0, -(-x), x·-1 → -x, a + -b → a - b, a - -b → a + b,
    relu of relu, abs of abs or of -x, where with equal branches, transposes and reshapes that cancel. Not legal,
    and done only when allowed by name: "x+0" (-0.0 + 0 is 0.0), "x*0" and "x-x" (inf and NaN give NaN), "x/x".
    Raises ValueError for a name that is none of these.
    """
    unknown = set(allow) - set(_PERMISSIONS)
    if unknown:
        raise ValueError(f"simplify: cannot allow {', '.join(sorted(unknown))}; there are {', '.join(_PERMISSIONS)}")
    view = _View(graph, frozenset(allow))
    for i, (op, args, attributes) in enumerate(graph.code):
        if args:
            args = tuple([view.to[a] for a in args])
        view.code.append((op, args, attributes))
        while (rule := _RULES.get(view.code[i][0])) and (found := rule(view, i, *view.code[i][1:])) is not None:
            if isinstance(found, int):
                if view.alike(found, i):
                    view.to[i] = found
                break
            view.code[i] = found
    return _remade(graph, view.code, view.to)


_PERMISSIONS = ("x+0", "x*0", "x-x", "x/x")


class _View:
    """What a rule sees: the code rewritten so far."""

    def __init__(self, graph, allow):
        self.graph, self.allow, self.code, self.to = graph, allow, [], list(range(len(graph)))

    def number(self, place):
        """The plain number at a place, or None."""
        op, _, attributes = self.code[place]
        value = attributes[0][1] if op == "constant" else None
        return value if type(value) in (int, float) else None

    def alike(self, place, i):
        graph = self.graph
        return graph.shapes[place] == graph.shapes[i] and graph.dtypes[place] == graph.dtypes[i]

    def op(self, place):
        return self.code[place][0]

    def args(self, place):
        return self.code[place][1]

    def constant(self, i, value):
        shape, dtype = self.graph.shapes[i], self.graph.dtypes[i]
        if shape or dtype not in ("float64", NUMBER):
            value = np.full(shape, value, dtype if dtype != NUMBER else None)
        return "constant", (), (("value", value),)


def _is(number, value):
    return number is not None and number == value and str(float(number)) == str(float(value))


def _add(v, i, args, mark):
    a, b = args
    x, y = v.number(a), v.number(b)
    if _is(y, -0.0) or ("x+0" in v.allow and y == 0):
        return a
    if _is(x, -0.0) or ("x+0" in v.allow and x == 0):
        return b
    if v.op(b) == "neg":
        return "sub", (a, *v.args(b)), mark
    if v.op(a) == "neg":
        return "sub", (b, *v.args(a)), mark
    return None


def _sub(v, i, args, mark):
    a, b = args
    if _is(v.number(b), 0.0) or ("x+0" in v.allow and v.number(b) == 0):
        return a
    if a == b and "x-x" in v.allow:
        return v.constant(i, 0.0)
    if v.op(b) == "neg":
        return "add", (a, *v.args(b)), mark
    return ("neg", (b,), mark) if _is(v.number(a), -0.0) and v.alike(b, i) else None


def _mul(v, i, args, mark):
    a, b = args
    for x, other in ((a, b), (b, a)):
        number = v.number(x)
        if number == 1:
            return other
        if number == -1 and v.alike(other, i):
            return "neg", (other,), mark
        if number == 0 and "x*0" in v.allow:
            return v.constant(i, 0.0)
    return None


def _div(v, i, args, mark):
    a, b = args
    number = v.number(b)
    if number == 1:
        return a
    if number == -1 and v.alike(a, i):
        return "neg", (a,), mark
    return v.constant(i, 1.0) if a == b and "x/x" in v.allow else None


def _same_op(v, i, args, _):
    (x,) = args
    return x if v.op(x) == v.op(i) else None


def _undone(v, i, args, _):
    (x,) = args
    return v.args(x)[0] if v.op(x) == v.op(i) else None


def _abs(v, i, args, mark):
    (x,) = args
    return x if v.op(x) == "abs" else ("abs", v.args(x), mark) if v.op(x) == "neg" else None


def _reshape(v, i, args, attributes):
    (x,) = args
    if v.graph.shapes[x] == v.graph.shapes[i]:
        return x
    return ("reshape", v.args(x), attributes) if v.op(x) == "reshape" else None


def _permute(v, i, args, attributes):
    (x,), axes = args, dict(attributes)["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if v.op(x) == "permute_dims":
        inner = dict(v.code[x][2])["axes"]
        joined = {**dict(attributes), "axes": tuple(inner[a] for a in axes)}
        return "permute_dims", v.args(x), pairs(joined)
    return None


def _if_same_shape(v, i, args, _):
    return args[0] if v.graph.shapes[args[0]] == v.graph.shapes[i] else None


def _if_same_dtype(v, i, args, _):
    return args[0] if v.graph.dtypes[args[0]] == v.graph.dtypes[i] else None


_RULES = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _undone,
    "mT": _undone,
    "logical_not": _undone,
    "relu": _same_op,
    "abs": _abs,
    "pow": lambda v, i, args, _: args[0] if v.number(args[1]) == 1 else None,
    "maximum": lambda v, i, args, _: args[0] if args[0] == args[1] else None,
    "minimum": lambda v, i, args, _: args[0] if args[0] == args[1] else None,
    "where": lambda v, i, args, _: args[1] if args[1] == args[2] else None,
    "reshape": _reshape,
    "permute_dims": _permute,
    "broadcast_to": _if_same_shape,
    "astype": _if_same_dtype,
}
