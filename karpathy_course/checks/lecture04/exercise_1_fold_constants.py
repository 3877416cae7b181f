"""Exercise 04.1: compute once what never changes, and nothing that might.

A leaf may come with a value (the one that it had when the graph was traced), and the judge runs the graph with
other values: so whoever folds a leaf is found out, as is who computes a constant otherwise than the table does.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.lecture04.pass_laws import (
    changed_value,
    difference,
    expect_entries,
    expect_operations,
    expect_pass,
    expect_the_same_again,
    line_of,
    live,
    observed,
    same_needed,
    samples,
    written,
)
from karpathy_course.checks.shared.graph_entries import OPERATIONS as TAKES
from karpathy_course.checks.shared.graph_entries import SPECIAL, all_same, apply, draw_graph, renamed, same
from karpathy_course.checks.shared.graph_layouts import FINITE, KEPT, NUMBERS, SAID, demanding, handed_back

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
        "left-the-infinite",
        {"keep": lambda value: value == value},
        "NaN is a float like any other: what is computed from constants alone is the same every time.",
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


def all_kinds(rng, numbers, finite=False):
    """A graph with everything that code for graphs overlooks, and every operation on constants, then on what came of it.

    finite: draw until nothing that can be folded is infinite or NaN, so that a wrong answer loses no property by luck.
    """
    graph = demanding(rng, OPERATIONS, numbers)
    fixed, folds = [entry[0] for entry in graph if entry[1] == "constant"], []
    for k, op in enumerate(rng.sample(2 * OPERATIONS, 2 * len(OPERATIONS))):
        folds.append([f"fold {k}", op, [rng.choice(fixed) for _ in range(TAKES[op])], {} if k else dict(KEPT)])
        fixed.append(folds[-1][0])
    mixed = ["fold.x", "sub", [fixed[-1], graph[0][0]], {"at": "line 9"}]
    outputs = [*graph[-1][2], mixed[0], *rng.sample(fixed[-len(folds) :], 3)]
    drawn = [*graph[:-1], *folds, mixed, ["", "output", outputs, {}]]
    if finite and not all(math.isfinite(e[3]["value"]) for e in folded(drawn) if e[1] == "constant"):
        return all_kinds(rng, numbers, finite)
    return drawn


class FoldConstants(Exercise):
    id = "04.1"
    title = "Fold constants"
    section = "Fold constants"
    why = "What depends on constants alone has the same value at every run, so one run is enough."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("fold_constants",)
    shared = ("karpathy_course.checks.shared.running_a_pass",)
    properties = {"constants": 0.3, "leaves": 0.4, "every float": 0.3}
    task = """\
Write `fold_constants(graph, apply)`. A graph is a list of entries `(name, op, inputs, attributes)`, each made
before it is used, with one `output` entry at the end. The pass returns a **new** list in which every operation on
constants alone has become a constant: the same name in the same place, op `"constant"`, no inputs, attributes
`{"value": number}`. So `c = 2.0`, `d = 3.0`, `e = mul(c, d)` ends with the constant `e = 6.0`, and what is made of
`e` may be folded in turn. All other entries stay as they are, those that nothing uses any more among them. A `guard`
is no operation.

`apply(op, *numbers)` computes one operation just as the graph would when it runs, 1/0 and NaN included.

An `input` is never folded, **even where its attributes hold a value**: that is the value which a parameter had while
the graph was traced. After the next training step it is another."""
    hints = (
        "What is known for certain before the graph runs? Not the inputs, whatever their attributes say; the value of "
        "each constant, be it 0.0 or inf; and then what is computed from known values.",
        "Walk once from the first entry to the last with a dict `known`, from name to value. An operation whose inputs "
        "are all in it is computed, put in `known` too, and becomes a constant. An entry without inputs is no operation.",
        'for name, op, inputs, attributes in graph: if op == "constant": known[name] = attributes["value"]; elif inputs '
        'and op not in ("output", "guard") and all(x in known for x in inputs): known[name] = apply(op, *[known[x] for x in inputs]), '
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
        for a, b in ((0.0, 3), (-1.0, 2), (3, 3)):
            lines = f"a = {a}; b = {b}; d = sub(a, b); q = div(b, a); n = neg(a); y = mul(d, x)"
            found.append(("constants", f"({a} - {b}) · x, {b} / {a}, -({a})", whole(written("x", lines, "y q n"))))
        zeros = "z = 0.0; m = -0.0; o = 1.0; p = div(o, z); q = div(o, m); r = add(z, m); s = add(m, m); d = sub(p, q)"
        found += [
            (
                "constants",
                "guards on constants",
                guarded(written("x", "c = 1.0; z = 0.0; n = neg(z); y = mul(x, c)", "y")),
            ),
            ("leaves", "an operation that notes a value", noted(rng)),
            (
                "every float",
                "1 / 0.0, 1 / -0.0, 0.0 + -0.0, -0.0 + -0.0",
                written("x", f"{zeros}; y = mul(d, x)", "y s r"),
            ),
        ]
        school = written("x", "z = 0.0; d = sub(x, x); p = mul(x, z); q = div(z, x); r = div(x, x)", "d p q r")
        found += [
            ("leaves", "no operation at all", handed_back()),
            ("every float", "x - x, x · 0, 0 / x, x / x", school),
            (
                "every float",
                "-(2 - 2) · x",
                whole(written("x", "a = 2; d = sub(a, a); n = neg(d); y = mul(n, x)", "y n")),
            ),
            ("every float", "-NaN · x", written("x", "n = nan; m = neg(n); y = mul(m, x)", "y")),
        ]
        found += [("constants", "a random graph", random_case(rng, False, False)) for _ in range(2)]
        found += [("leaves", "a random graph", random_case(rng, False, True)) for _ in range(2)]
        found += [("every float", "a random graph", random_case(rng, True, True)) for _ in range(2)]
        found += [
            ("constants", "a graph of all kinds", all_kinds(rng, FINITE)),
            ("leaves", "a graph of all kinds", all_kinds(rng, FINITE, finite=True)),
            ("every float", "a graph of all kinds", all_kinds(rng, NUMBERS)),
        ]
        special = lambda graph: [[x] * len(of_inputs(graph)) for x in (math.inf, math.nan)]
        trials = [[*special(graph), *samples(rng, graph)] for _, _, graph in found]
        return [{"property": p, "name": n, "graph": g, "judge": {"trials": t}} for (p, n, g), t in zip(found, trials)]

    @staticmethod
    def probe(namespace, case):
        import math

        from karpathy_course.checks.shared.running_a_pass import run_pass

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
            return table[op](*map(float, numbers))  # as the graph: -0 is 0 to an int, and -0.0 to a float

        return run_pass(lambda graph: namespace["fold_constants"](graph, apply), case["graph"])

    @staticmethod
    def judge(case, answer):
        graph, trials, where = case["graph"], case["judge"]["trials"], f"(Seen in {case['name']}.)"
        leaves = {entry[0] for entry in graph if entry[1] == "input"}
        result = answer.get("result") if type(answer) is dict else None
        for entry in result if type(result) is list else ():
            if type(entry) is list and len(entry) > 1 and entry[1:2] == ["constant"] and str(entry[0]) in leaves:
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
            expect_constants(graph, result, where)
            raise changed_value(case, found)
        reference = folded(graph)
        for id, fewer, message, hint in TOO_FEW:
            if live(reference) < live(result) and same_needed(result, folded(graph, **fewer)):
                raise Mistake(id, f"{message} {where}", live(result), live(reference), hint=hint)
        constants = {name for name, op, _, _ in reference if op == "constant"}
        for entry in result:
            if entry[1] in OPERATIONS and entry[0] in constants:
                message = f"`{line_of(entry)}` is left, and all that it uses is constant: it becomes a constant too."
                raise Mistake("left-over", f"{message} {where}", live(result), live(reference), hint=2)
        expect_operations(case, result, reference)
        expect_entries(case, result, reference)
        expect_the_same_again(case, answer, result)


def expect_constants(graph, result, where):
    """Raise a Mistake that names the first constant of result that is none, or is another number."""
    old, right = ({entry[0]: entry for entry in rows} for rows in (graph, folded(graph)))
    for name, op, _, attributes in result:
        was, wanted = old.get(name), right.get(name)
        if op != "constant" or was is None or was[1] not in OPERATIONS:
            continue
        if wanted[1] != "constant":
            inputs = next(x for x in was[2] if right[x][1] != "constant")
            message = (
                f"`{line_of(was)}` has become a constant, but {inputs} is none: fold what is made of constants alone."
            )
            raise Mistake("folded-too-much", f"{message} {where}", attributes.get("value"), hint=2)
        if not same(attributes.get("value"), wanted[3]["value"]):
            message = f"`{line_of(was)}` has become another number than apply gives for these operands, in this order."
            message = taken_for_one(graph, was, attributes.get("value")) or message
            raise Mistake("wrong-constant", f"{message} {where}", attributes.get("value"), wanted[3]["value"], hint=2)


def taken_for_one(graph, entry, got):
    """The message where an operation has the result of another, whose operands are equal and not the same, or None."""
    values = {name: more["value"] for name, op, _, more in folded(graph) if op == "constant"}
    own = [values[x] for x in entry[2]]
    for _, op, operands, _ in graph:
        other = [values.get(x) for x in operands]
        if op == entry[1] and other == own and not all_same(other, own) and same(apply(op, *other), got):
            here, there = (f"{op}({', '.join(map(repr, numbers))})" for numbers in (own, other))
            return (
                f"{here} was given the result of {there}: 0.0 == -0.0, so as keys of a dict they are one. Use the repr "
                "of the numbers in the key, or call apply each time."
            )
    return None


def whole(graph):
    """graph with whole numbers as ints, where its constants are whole and no zeros."""
    number = lambda x: int(x) if x and x == x // 1 and x > 0 else x
    return [[n, op, xs, {"value": number(more["value"])} if op == "constant" else more] for n, op, xs, more in graph]


def guarded(graph):
    """graph with a guard behind each of its constants: the one holds, the other stops the program at once."""
    guards = [["guard1", "guard", ["c"], dict(SAID)], ["guard2", "guard", ["z"], dict(SAID) | {"expected": False}]]
    return [*graph[:-1], *guards, graph[-1]]


def noted(rng):
    """An operation with a number in its attributes, where a tracer may note what came out: it is no constant."""
    more = {"value": round(rng.uniform(1, 9), 2)}
    graph = written("x", "a = 2.0; m = mul(x, a); n = neg(m); b = neg(a); y = add(n, b)", "y n")
    return [[n, op, xs, more if n == "m" else old] for n, op, xs, old in graph]


def of_inputs(graph):
    """The attributes of the inputs, in order."""
    return [entry[3] for entry in graph if entry[1] == "input"]
