"""Exercise 04.1: compute once what never changes, and nothing that might.

A leaf may come with a value (the one that it had when the graph was traced), and the judge runs the graph with
other values: so whoever folds a leaf is found out, as is who computes a constant otherwise than the table does.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.lecture04.pass_laws import (
    changed_value,
    difference,
    expect_operations,
    expect_pass,
    expect_the_same_again,
    live,
    observed,
    samples,
    written,
)
from karpathy_course.checks.shared.graph_entries import SPECIAL, all_same, apply, draw_graph, renamed

OPERATIONS = ("add", "sub", "mul", "div", "neg", "exp", "tanh")
LEAF = {"value": 0.5, "trainable": True}
TOO_FEW = [  # id, what counts as a constant for whoever makes this mistake, message, hint
    (
        "zero-is-a-value",
        {"known": bool},
        "An operation on the constant 0.0 is left. Ask whether a value is known with `in`: 0.0 counts as false.",
        3,
    ),
    (
        "left-the-infinite",
        {"keep": math.isfinite},
        "inf and NaN are floats like any other: what is computed from constants alone is the same every time.",
        1,
    ),
    (
        "one-level",
        {"further": False},
        "What has just been folded is a constant too: an operation on it can be folded in the same sweep.",
        2,
    ),
]


def folded(graph, known=lambda value: True, keep=lambda value: True, further=True):
    """graph with every operation on constants as a constant.

    known: whether a value counts as one; keep: whether it may become one; further: whether what has been folded counts.
    """
    values, out = {}, []
    for name, op, operands, attributes in graph:
        if op == "constant" and known(attributes["value"]):
            values[name] = attributes["value"]
        elif op in OPERATIONS and all(x in values for x in operands):
            value = apply(op, *(values[x] for x in operands))
            if further and known(value) and keep(value):
                values[name] = value
            if keep(value):
                op, operands, attributes = "constant", [], {"value": value}
        out.append([name, op, operands, attributes])
    return out


def with_values(graph):
    """graph with a value on its first input, a parameter, as a tracer may leave it there."""
    return [[n, op, xs, dict(LEAF) if k == 0 else more] for k, (n, op, xs, more) in enumerate(graph)]


def random_case(rng, special, leaves):
    """A random graph in which at least two operations can be folded, on several levels, and some cannot."""
    while True:
        graph = renamed(draw_graph(rng, inputs=2, operations=9, ops=OPERATIONS, constants=5), rng)
        for entry in graph:
            if entry[1] == "constant" and rng.random() < 0.4:
                entry[3]["value"] = rng.choice(SPECIAL if special else (0.0, 1.0, -2.0))
        graph = with_values(graph) if leaves else graph
        if not special and any(not math.isfinite(entry[3].get("value", 0.0)) for entry in folded(graph)):
            continue
        if 2 <= live(folded(graph)) <= live(graph) - 3 < live(folded(graph, further=False)):
            return graph


class FoldConstants(Exercise):
    id = "04.1"
    title = "Fold constants"
    section = "Fold constants"
    why = "What depends on constants alone has the same value at every run, so one run is enough."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("fold_constants",)
    properties = {"constants": 0.3, "leaves": 0.4, "every float": 0.3}
    task = """\
Write `fold_constants(graph, apply)`. A graph is a list of entries `(name, op, inputs, attributes)`, each made
before it is used, with one `output` entry at the end. The pass returns a **new** list in which every operation on
constants alone has become a constant: the same name in the same place, op `"constant"`, no inputs, attributes
`{"value": number}`. So `c = 2.0`, `d = 3.0`, `e = mul(c, d)` ends with the constant `e = 6.0`, and what is made of
`e` may be folded in turn. All other entries stay as they are, those that nothing uses any more among them.

`apply(op, *numbers)` computes one operation just as the graph would when it runs, 1/0 and NaN included.

An `input` is never folded, **even where its attributes hold a value**: that is the value which a parameter had while
the graph was traced. After the next training step it is another."""
    hints = (
        "What is known for certain before the graph runs? Not the inputs, whatever their attributes say; the value of "
        "each constant, be it 0.0 or inf; and then what is computed from known values.",
        "Walk once from the first entry to the last with a dict `known`, from name to value. An operation whose inputs "
        "are all in it is computed, put in `known` too, and becomes a constant. An entry without inputs is no operation.",
        'for name, op, inputs, attributes in graph: if op == "constant": known[name] = attributes["value"]; elif inputs '
        'and op != "output" and all(x in known for x in inputs): known[name] = apply(op, *[known[x] for x in inputs]), '
        'and the entry is (name, "constant", (), {"value": known[name]}).',
    )

    @staticmethod
    def cases(rng):
        a, b = (round(rng.uniform(1, 9), 2) for _ in range(2))
        parameter = written("w x", f"a = {a}; b = {b}; p = mul(w, a); q = mul(a, b); s = add(p, q); y = mul(s, x)", "y")
        example = written("x", f"a = {a}; z = 0.0; p = mul(a, z); q = add(x, a); r = exp(p); y = mul(q, r)", "y r")
        large = written("x", "b = 800.0; e = exp(b); n = neg(e); t = tanh(x); y = mul(t, n)", "y")
        infinite = written("x", f"a = {a}; z = 0.0; i = div(a, z); n = sub(i, i); s = add(x, a); t = mul(s, n)", "t i")
        minus = written("x", "z = 0.0; m = neg(z); s = add(x, m); e = exp(z); t = sub(s, e)", "t m")
        found = [
            ("constants", f"{a} · {b} + x", written("x", f"a = {a}; b = {b}; m = mul(a, b); y = add(m, x)", "y")),
            (
                "constants",
                "tanh(2 · 3) · x",
                written("x", "a = 2; b = 3; m = mul(a, b); t = tanh(m); y = mul(t, x)", "y"),
            ),
            ("constants", "2 · 3 and exp(2 · 3)", written("x", "a = 2; b = 3; m = mul(a, b); e = exp(m)", "m e")),
            ("leaves", f"(w · {a} + {a} · {b}) · x, where w is trained", with_values(parameter)),
            ("leaves", f"(x + {a}) · exp({a} · 0)", with_values(example)),
            ("every float", "tanh(x) · -exp(800)", large),
            ("every float", f"(x + {a}) · (inf - inf)", infinite),
            ("every float", "(x + -0.0) - exp(0)", minus),
        ]
        found += [("constants", "a random graph", random_case(rng, False, False)) for _ in range(2)]
        found += [("leaves", "a random graph", random_case(rng, False, True)) for _ in range(2)]
        found += [("every float", "a random graph", random_case(rng, True, True)) for _ in range(2)]
        return [{"property": p, "name": n, "graph": g, "judge": {"trials": samples(rng, g)}} for p, n, g in found]

    @staticmethod
    def probe(namespace, case):
        import math

        def divide(a, b):
            if b != 0:
                return a / b
            return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)

        def exp(x):
            try:
                return math.exp(x)
            except OverflowError:
                return math.inf

        table = {"add": lambda a, b: a + b, "sub": lambda a, b: a - b, "mul": lambda a, b: a * b, "div": divide}
        table |= {"neg": lambda x: -x, "exp": exp, "tanh": math.tanh}

        def apply(op, *numbers):
            if op not in table:
                raise ValueError(f"apply: {op!r} is no operation, there is nothing to compute")
            takes = 1 if op in ("neg", "exp", "tanh") else 2
            if len(numbers) != takes:
                raise TypeError(f"apply(op, *numbers): {op} takes {takes}, given were {len(numbers)}")
            return table[op](*numbers)

        graph = [(name, op, tuple(inputs), dict(attributes)) for name, op, inputs, attributes in case["graph"]]
        result = namespace["fold_constants"](graph, apply)
        answer = {"argument": graph, "result": result}
        try:
            copy = [(name, op, tuple(inputs), dict(attributes)) for name, op, inputs, attributes in result]
            return {**answer, "again": namespace["fold_constants"](copy, apply)}
        except Exception:  # what came back has no form, or the pass cannot read it
            return answer

    @staticmethod
    def judge(case, answer):
        graph, trials, where = case["graph"], case["judge"]["trials"], f"(Seen in {case['name']}.)"
        leaves = {entry[0] for entry in graph if entry[1] == "input"}
        result = answer.get("result") if type(answer) is dict else None
        for entry in result if type(result) is list else ():
            if type(entry) is list and len(entry) > 1 and entry[1] == "constant" and entry[0] in leaves:
                message = (
                    f"The input {entry[0]} has become a constant. A parameter changes with every step of training:"
                )
                raise Mistake("folded-leaf", f"{message} leave inputs alone, and what is made of them. {where}", hint=1)
        result = expect_pass(case, answer)
        if found := difference(result, graph, trials):
            old = [[more.get("value", x) for x, more in zip(inputs, of_inputs(graph))] for inputs in trials]
            if all(all_same(observed(result, x), observed(graph, y)) for x, y in zip(trials, old)):
                message = "The graph computes with the value that an input had when it was traced, and not with the one"
                raise Mistake("folded-leaf", f"{message} that it is given now. {where}", *found[1:], hint=1)
            raise changed_value(case, found)
        reference = folded(graph)
        for id, fewer, message, hint in TOO_FEW:
            if live(reference) < live(result) == live(folded(graph, **fewer)):
                raise Mistake(id, f"{message} {where}", live(result), live(reference), hint=hint)
        expect_operations(case, result, reference)
        expect_the_same_again(case, answer, result)


def of_inputs(graph):
    """The attributes of the inputs, in order."""
    return [entry[3] for entry in graph if entry[1] == "input"]
