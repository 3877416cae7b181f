"""Graphs as plain data: what the exercises of lectures 03 and 04 take and give, and what their judges trust.

The form is that of ``Graph.to_list()``: a list of entries ``[name, op, inputs, attributes]``, each made before it
is used (tuples are as good as lists; over the wire they are lists):

    ["x", "input", [], {}]                          a number that the caller gives; more attributes may stand there
    ["two", "constant", [], {"value": 2.0}]         a number that is always the same
    ["mul1", "mul", ["x", "two"], {}]               an operation of the table (`OPERATIONS`), on earlier names
    ["guard1", "guard", ["gt1"], {"expected": True, "where": "line 3: `if x > 2:`"}]    a side output
    ["", "output", ["mul1"], {}]                    last, and once: the names that are handed back, in order

Names are any texts, each made once. Inputs stand in the order of the arguments. Attributes that are not listed here
(``again``, ``shape``, ``dtype``) are carried along and mean nothing to `evaluate`.

`evaluate` computes as IEEE 754 and the table do, and never raises for a number: 1/0 is inf, 0/0 and log(-1) are NaN,
exp(1000) is inf, ``maximum`` and ``relu`` hand NaN on. Every number is a float; comparisons and logic give bools.
`same` asks for the same bits, so that -0.0 is not 0.0; any NaN equals any other. `count` counts operations. Nothing
here trusts an answer: `expect_graph` reads it and raises a Mistake that says what is wrong with its form.
"""

import math
import struct
from inspect import signature

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.runner.plain_data import describe

STRUCTURAL = ("input", "constant", "guard", "output")
SPECIAL = (0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324)
inf, nan = math.inf, math.nan


class GuardFailed(Exception):
    """A guard's condition is not what it was when the function was traced; the message is the guard's ``where``."""


def _divide(a, b):
    if b != 0:
        return a / b
    return nan if a == 0 or a != a else math.copysign(inf, a) * math.copysign(1.0, b)


def _power(a, b):
    odd = math.isfinite(b) and b % 2 == 1
    try:
        return math.pow(a, b)
    except OverflowError:
        return -inf if a < 0 and odd else inf
    except ValueError:  # 0 to a negative power, or a negative number to a broken one
        return nan if a != 0 else math.copysign(inf, a) if odd else inf


def _or(function, otherwise):
    def guarded(x):
        try:
            return function(x)
        except (ValueError, OverflowError):
            return otherwise

    return guarded


def _sigmoid(x):
    return _exp(min(x, 0.0)) / (1.0 + _exp(-abs(x))) if x == x else nan


def _larger(a, b):
    return a if a != a or a > b else b


def _smaller(a, b):
    return a if a != a or a < b else b


_exp = _or(math.exp, inf)
ARITHMETIC = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divide,
    "pow": _power,
    "maximum": _larger,
    "minimum": _smaller,
    "neg": lambda x: -x,
    "abs": abs,
    "sign": lambda x: float((x > 0) - (x < 0)) if x == x else nan,
    "exp": _exp,
    "log": lambda x: -inf if x == 0 else _or(math.log, nan)(x),
    "log1p": lambda x: -inf if x == -1 else _or(math.log1p, nan)(x),
    "sqrt": _or(math.sqrt, nan),
    "sin": _or(math.sin, nan),
    "cos": _or(math.cos, nan),
    "tanh": math.tanh,
    "erf": math.erf,
    "relu": lambda x: _larger(x, 0.0),
    "sigmoid": _sigmoid,
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}
LOGIC = {
    "logical_and": lambda a, b: bool(a) and bool(b),
    "logical_or": lambda a, b: bool(a) or bool(b),
    "logical_not": lambda x: not x,
    "where": lambda c, a, b: a if c else b,
}
# How many inputs each takes, as its arithmetic above does; a test holds both to the table of operations.
OPERATIONS = {name: len(signature(function).parameters) for name, function in (ARITHMETIC | LOGIC).items()}


def apply(op, *operands):
    """One row of the table on numbers: a float, or a bool from a comparison."""
    if op in LOGIC:
        return LOGIC[op](*operands)
    return ARITHMETIC[op](*map(float, operands))


def all_values(graph, inputs):
    """The value of every name, ``{name: number}``, for these inputs. Raises GuardFailed."""
    values, given = {}, iter(inputs)
    for name, op, operands, attributes in graph:
        if op in ARITHMETIC:  # as `apply` does it, in one line: the judges come here a hundred thousand times
            values[name] = ARITHMETIC[op](*[float(values[x]) for x in operands])
        elif op == "input":
            values[name] = float(next(given))
        elif op == "constant":
            value = attributes["value"]
            values[name] = value if type(value) is bool else float(value)
        elif op == "guard":
            if bool(values[operands[0]]) is not attributes["expected"]:
                raise GuardFailed(attributes.get("where", ""))
        elif op != "output":
            values[name] = apply(op, *(values[x] for x in operands))
    return values


def evaluate(graph, inputs):
    """The outputs of a graph that is in form: a list of numbers, None where an output is. Raises GuardFailed."""
    values = all_values(graph, inputs)
    return [None if name is None else values[name] for name in graph[-1][2]]


def same(a, b):
    """True when both are bools that agree, or numbers with the same bits as floats; any NaN equals any other."""
    if type(a) is bool or type(b) is bool:
        return a is b
    if type(a) not in (int, float) or type(b) not in (int, float):
        return False
    a, b = float(a), float(b)
    return struct.pack("d", a) == struct.pack("d", b) or (a != a and b != b)


def all_same(answers, expected):
    """True for two lists of equal length whose numbers are the `same`, one by one."""
    return len(answers) == len(expected) and all(map(same, answers, expected))


def count(graph):
    """How many operations a graph has: inputs, constants, guards and the output are none."""
    return sum(entry[1] not in STRUCTURAL for entry in graph)


def inputs_of(graph):
    """The names of the inputs, in order."""
    return [entry[0] for entry in graph if entry[1] == "input"]


def text_of(graph):
    """One line an entry, as ``mul1 = mul(x, two)``: for messages."""
    lines = []
    for name, op, operands, attributes in graph:
        inside = ", ".join(map(str, operands))
        if op == "constant":
            inside = repr(attributes.get("value"))
        if op == "guard":
            inside += f", expected {attributes.get('expected')}, {attributes.get('where', '')!r}"
        lines.append(f"return {inside}" if op == "output" else f"{name} = {op}({inside})")
    return "\n".join(lines)


def expect_graph(answer, inputs=None, what="the list", outputs=None, holes=False, replaced=()):
    """answer, when it is a graph in form; otherwise a Mistake: ``not-a-graph``, ``not-an-entry``, ``unknown-op``,
    ``made-twice``, ``used-before-made``, ``wrong-operands``, ``wrong-attributes``, ``no-output``, ``wrong-inputs``.

    inputs, outputs: how many of them there must be. holes: an output may be None.
    replaced: names of entries that may have gone, where others stand for them.
    """
    if type(answer) is not list or not answer:
        found = "empty" if type(answer) is list else describe(answer)
        raise Mistake("not-a-graph", f"{_cap(what)} is {found}; a list of (name, op, inputs, attributes) was expected.")
    made = {}
    for k, entry in enumerate(answer):
        _expect_entry(k, entry, what)
        name, op, operands, attributes = entry
        last = k == len(answer) - 1
        if (op == "output") is not last:
            message = 'ends with no ("", "output", [names], {})' if last else f"has an output in entry {k}, not last"
            raise Mistake("no-output", f"{_cap(what)} {message}: the output stands last, and once.", hint=3)
        for x in operands:
            if x not in made and not (x is None and last and holes):
                message = f"Entry {k} of {what}, {_line(entry)}, uses {x!r}, which no earlier entry makes."
                if x in replaced:
                    message += " Where an entry goes, all that used it have to use what stands for it:"
                    message += " operations, guards and the output."
                raise Mistake("used-before-made", message, hint=2)
        _expect_operands(k, op, operands, attributes, made, what)
        if name in made and not last:
            message = f"{_cap(what)} makes {name!r} twice (entry {k}): every value needs a name of its own."
            raise Mistake("made-twice", message, hint=2)
        made[name] = op
    for kind, found, wanted in (
        ("input", list(made.values()).count("input"), inputs),
        ("output", len(answer[-1][2]), outputs),
    ):
        if wanted is not None and found != wanted:
            message = f"The number of {kind}s in {what} is {found}; {wanted} was expected."
            raise Mistake(f"wrong-{kind}s", message, found, wanted, hint=1)
    return answer


def _expect_entry(k, entry, what):
    form = "(name, op, inputs, attributes)"
    if type(entry) is not list or len(entry) != 4:
        found = f"a list of {len(entry)}" if type(entry) is list else describe(entry)
        raise Mistake("not-an-entry", f"Entry {k} of {what} is {found}; {form} was expected.", entry)
    for thing, kind, part in zip(entry, (str, str, list, dict), ("name", "op", "inputs", "attributes")):
        if type(thing) is not kind:
            message = (
                f"Entry {k} of {what}: for {part} it has {describe(thing)}; {form} are text, text, a list and a dict."
            )
            raise Mistake("not-an-entry", message, entry)
    if not all(type(x) is str or (x is None and entry[1] == "output") for x in entry[2]):
        raise Mistake("not-an-entry", f"Entry {k} of {what}: its inputs must be names of earlier entries.", entry)


def _expect_operands(k, op, operands, attributes, made, what):
    wanted = {"input": 0, "constant": 0, "guard": 1, "output": len(operands)} | OPERATIONS
    if op not in wanted:
        message = f"Entry {k} of {what} has the op {op[:40]!r}: the table of operations has no such name."
        raise Mistake("unknown-op", message, op[:40], hint=2)
    if len(operands) != wanted[op]:
        message = f"Entry {k} of {what}: {op} has {len(operands)} inputs; it takes {wanted[op]}."
        raise Mistake("wrong-operands", message, len(operands), wanted[op])
    if any(made.get(x) == "guard" for x in operands):
        raise Mistake("wrong-operands", f"Entry {k} of {what} uses a guard as a value; a guard has none.")
    value, expected = attributes.get("value"), attributes.get("expected")
    if op == "constant" and type(value) not in (bool, int, float):
        message = f'Entry {k} of {what}: a constant has {{"value": number}}; this value is {describe(value)}.'
        raise Mistake("wrong-attributes", message, hint=2)
    if op == "guard" and (type(expected) is not bool or type(attributes.get("where", "")) is not str):
        message = f'Entry {k} of {what}: a guard has {{"expected": True or False, "where": text}}.'
        raise Mistake("wrong-attributes", message, hint=2)


def _line(entry):
    return text_of([entry])[:80]


def _cap(text):
    return text[:1].upper() + text[1:]


SMOOTH = ("add", "sub", "mul", "sin", "cos", "tanh", "sigmoid", "neg")


def draw_graph(rng, inputs=2, operations=6, ops=SMOOTH, constants=1, fed=False):
    """A random graph in form with one output, on which every input, constant and operation has an influence.

    ops: what to draw from, ``add`` among them, for at the end what is left over is added up (so that there may be
    a few operations more). fed: no operation has constants alone for operands, as in the trace of a function. With
    SMOOTH and inputs in -2…2 the values stay finite.
    """
    graph = [[name, "input", [], {}] for name in "xyzuvwabcd"[:inputs]]
    graph += [[f"c{k}", "constant", [], {"value": round(rng.uniform(0.5, 2.5), 2)}] for k in range(1, constants + 1)]
    names, unused = [entry[0] for entry in graph], {entry[0] for entry in graph}
    made, fixed = 0, set(names[inputs:]) if fed else set()
    while made < operations or len(unused) > 1:
        op = rng.choice(ops) if made < operations else "add"
        first = rng.choice(sorted(unused - fixed) or names[:inputs])
        others = names if made < operations else sorted(unused - {first})
        operands = [first, *(rng.choice(others) for _ in range(OPERATIONS[op] - 1))]
        rng.shuffle(operands)
        made += 1
        graph.append([f"{op}{made}", op, operands, {}])
        names.append(graph[-1][0])
        unused = (unused - set(operands)) | {graph[-1][0]}
    return [*graph, ["", "output", [names[-1]], {}]]


def draw_inputs(rng, number, special=False):
    """So many floats in -2…2; with special, about half of them from SPECIAL: -0.0, inf, NaN, extremes."""
    return [rng.choice(SPECIAL) if special and rng.random() < 0.5 else rng.uniform(-2, 2) for _ in range(number)]


def renamed(graph, rng):
    """The same graph under other names, which tell neither the op nor the order."""
    numbers = rng.sample(range(10, 10 + 3 * len(graph)), len(graph))
    new = {entry[0]: f"v{number}" for entry, number in zip(graph[:-1], numbers)} | {None: None}
    entries = [[new[name], op, [new[x] for x in operands], dict(more)] for name, op, operands, more in graph[:-1]]
    return [*entries, ["", "output", [new[x] for x in graph[-1][2]], dict(graph[-1][3])]]
