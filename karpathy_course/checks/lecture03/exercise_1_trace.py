"""Exercise 03.1: a function becomes a list of its operations, good for any input.

The probe makes a function of the case's source and has the learner's `trace` run it, twice, on two examples.
The judge replays both lists with its own interpreter on a hundred other inputs, and looks in what differs for
the usual mistakes.
"""

import math
import random

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture03.random_functions import source_of
from karpathy_course.checks.shared.graph_entries import (
    SMOOTH,
    count,
    draw_graph,
    draw_inputs,
    evaluate,
    expect_graph,
    same,
    text_of,
)

REPLAYS = 100
TURNED = ("sub", "div")


def doubling(rounds):
    """A graph in which every value is used twice: as an expression without names it has 2^rounds leaves."""
    graph, at = [["x", "input", [], {}], ["y", "input", [], {}]], "x"
    for k in range(rounds):
        graph += [[f"s{k}", "add", [at, at], {}], [f"t{k}", "sin", [f"s{k}"], {}]]
        at = f"t{k}"
    return [*graph, ["d", "sub", [at, "y"], {}], ["", "output", ["d"], {}]]


def looped(rounds, factor):
    """(source, graph) of a loop: the trace has each round's operations, and no loop."""
    source = f"def fn(x, y):\n    for _ in range({rounds}):\n        x = (y - x * {factor}).sin()\n    return x / 2.5\n"
    graph, at = [["x", "input", [], {}], ["y", "input", [], {}], ["c", "constant", [], {"value": factor}]], "x"
    for k in range(rounds):
        graph += [[f"m{k}", "mul", [at, "c"], {}], [f"d{k}", "sub", ["y", f"m{k}"], {}]]
        graph.append([f"s{k}", "sin", [f"d{k}"], {}])
        at = f"s{k}"
    graph += [["h", "constant", [], {"value": 2.5}], ["q", "div", [at, "h"], {}], ["", "output", ["q"], {}]]
    return source, graph


def either_side(op, number, number_first):
    """A graph with a plain number on one side of an operator, and then on the other side of another."""
    left, right = (["c", "x"], ["t", "c"]) if number_first else (["x", "c"], ["c", "t"])
    return [
        ["x", "input", [], {}],
        ["c", "constant", [], {"value": number}],
        ["r", op, left, {}],
        ["t", "tanh", ["r"], {}],
        ["u", op, right, {}],
        ["", "output", ["u"], {}],
    ]


class Trace(Exercise):
    id = "03.1"
    title = "A function becomes a list"
    section = "From a function to a list"
    why = "A trace is the function without Python: it can be stored, optimised, differentiated and compiled."
    difficulty, importance, minutes, points = 3, 5, 30, 5
    needs = ("trace",)
    properties = {"operators and methods": 0.4, "plain numbers on either side": 0.3, "loops and shared values": 0.3}
    task = """\
Write `trace(fn, *examples)`: run `fn` once on stand-ins that write down what is done to them, and return the list of
entries `(name, op, inputs, attributes)`, every value made before it is used. The operators of the stand-in are there;
`record` and `trace` are yours.

```text
("x0", "input", [], {})                    one for each example, in order
("v2", "constant", [], {"value": 2.0})     a plain number that fn uses
("v3", "mul", ["x0", "v2"], {})            one for each operation, with the names of its operands, in order
("", "output", ["v3"], {})                 last: the name of what fn returned
```

Names are yours to choose, each made once; an argument that `fn` does not use is an input all the same. The list must
be as good for any other input as for the examples: the check replays it on 100 random ones. An operation stands in it
once, however often its result is used."""
    hints = (
        "fn computes nothing itself: it calls __add__, __mul__, tanh … of whatever it is given, and the class sends "
        "all of these to record. What number an example was plays no part: only how many there are.",
        "An operand that is not a Traced becomes a constant entry first, so that it has a name. Name a value by the "
        "length of the list, and no two are alike. trace hands fn one Traced for each example, on one common list.",
        "record: for each operand append (name, 'constant', [], {'value': x}) where it is a number; then name = "
        "f'v{len(self.entries)}', append (name, op, names, {}), return Traced(name, self.entries). trace: the input "
        "entries first, result = fn(*stand_ins), and last ('', 'output', [result.name], {}).",
    )

    @staticmethod
    def cases(rng):
        ops = (*SMOOTH, "div", "exp")
        drawn = [("operators and methods", draw_graph(rng, 2, n, ops, 0, fed=True)) for n in (4, 7, 10)]
        unused = draw_graph(rng, 2, 5, ops, 0, fed=True)
        drawn.append(("operators and methods", [*unused[:1], ["unused", "input", [], {}], *unused[1:]]))
        every = [
            ["x", "input", [], {}],
            *([op, op, ["x"], {}] for op in ("exp", "sin", "cos", "tanh", "sigmoid", "neg")),
        ]
        drawn += [("operators and methods", [*every[:1], e, ["", "output", [e[1]], {}]]) for e in every[1:]]
        sides = [(op, first) for op in ("sub", "div", "add", "mul") for first in (True, False)]
        number = lambda: round(rng.uniform(1.5, 3.5), 2)
        drawn += [("plain numbers on either side", either_side(op, number(), first)) for op, first in sides]
        drawn.append(("plain numbers on either side", draw_graph(rng, 2, 8, ops, 3, fed=True)))
        source, loop = looped(rng.randint(3, 6), number())
        drawn.append(("loops and shared values", loop))
        drawn.append(("loops and shared values", doubling(10)))
        identity = [["x", "input", [], {}], ["y", "input", [], {}], ["", "output", ["x"], {}]]
        drawn.append(("loops and shared values", identity))
        cases = []
        for property, graph in drawn:
            n = sum(entry[1] == "input" for entry in graph)
            case = {"property": property, "source": source if graph is loop else source_of(graph)}
            case |= {"examples": [round(x, 3) for x in draw_inputs(rng, n)]}
            hidden = {"graph": graph, "seed": rng.randrange(10**6)}
            cases.append(case | {"_others": [round(x, 3) for x in draw_inputs(rng, n)], "judge": hidden})
        return cases

    @staticmethod
    def probe(namespace, case):
        scope = {}
        exec(compile(case["source"], "<function>", "exec"), scope)
        lists = []
        for examples in (case["examples"], case["_others"]):
            entries = namespace["trace"](scope["fn"], *examples)
            if type(entries) in (list, tuple) and entries:
                entries = [list(e) if type(e) in (list, tuple) else e for e in entries]
            lists.append(entries)
        return {"first": lists[0], "second": lists[1]}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("first", "second"))
        graph, rng = case["judge"]["graph"], random.Random(case["judge"]["seed"])
        points = [draw_inputs(rng, len(case["examples"])) for _ in range(REPLAYS)]
        judge_trace(graph, case["examples"], answer["first"], points)
        try:
            judge_trace(graph, case["_others"], answer["second"], points[:9])
        except Mistake as mistake:
            mistake.message = f"In a second call of trace, on the same function: {mistake.message}"
            raise


def judge_trace(graph, examples, entries, points):
    """Return when the list replays as fn does, whose own list is graph, or raise the Mistake that explains it."""
    if type(entries) is list and entries:
        expect_inputs(entries, examples)
    expect_graph(entries, len(examples), "the list", outputs=1)
    if any(entry[1] == "guard" for entry in entries):
        raise Mistake("guarded", "The list has a guard, but fn takes no branch: guards are the matter of 03.3.")
    wrong = next((xs for xs in points if not replays(entries, graph, xs)), None)
    if wrong is None:
        if count(entries) > count(graph):
            message = (
                f"The list is right, but it has {count(entries)} operations where fn does {count(graph)}: a result "
                "that is used twice is computed twice. Every operation stands in the list once."
            )
            raise Mistake("repeated", message, count(entries), count(graph), hint=1)
        return
    got, expected = evaluate(entries, wrong)[0], evaluate(graph, wrong)[0]
    at = f"At {numbers(wrong)} the list gives {got:.6g} and fn {expected:.6g}."
    shown = {"got": text_of(entries), "expected": text_of(graph)}
    own = [-1.0, *(e[3]["value"] for e in graph if e[1] == "constant")]  # a learner may write -x as -1 · x
    if not all(any(same(e[3]["value"], number) for number in own) for e in entries if e[1] == "constant"):
        message = f"A number stands in the list that is none of fn's: something of the examples is baked in. {at}"
        raise Mistake("baked-in", message, **shown, hint=1)
    if count(entries) < count(graph):
        message = f"Operations are missing: fn does {count(graph)}, the list has {count(entries)}. {at}"
        raise Mistake("lost-operation", message, **shown, hint=1)
    alike = ops_of(entries) == ops_of(graph)
    if alike and any(all(replays(entries, other, xs) for xs in points[:9]) for other in turned_round(graph)):
        message = f"The operands of sub or div are exchanged: 2 - x is not x - 2. {at}"
        raise Mistake("swapped-operands", message, **shown, hint=2)
    raise Mistake("replay-differs", f"Replayed, the list is another function. {at}", **shown, hint=2)


def ops_of(graph):
    return sorted(entry[1] for entry in graph if entry[1] != "constant")


def expect_inputs(entries, examples):
    """Raise Mistake ``baked-in`` where an example stands as a constant in place of an input."""
    ops = [e[1] for e in entries if type(e) is list and len(e) == 4]
    if len(ops) < len(entries) or ops.count("input") >= len(examples):
        return
    values = [e[3].get("value") for e in entries if e[1] == "constant" and type(e[3]) is dict]
    if any(same(value, example) for value in values for example in examples):
        message = "An example stands in the list as a constant: its number is baked in, and no input can replace it."
        raise Mistake("baked-in", message, text_of_any(entries), hint=1)


def text_of_any(entries):
    return [str(entry[:2])[:60] for entry in entries[:6]]


def replays(entries, graph, inputs):
    """Equal to 1e-12; any NaN equals any other."""
    got, expected = evaluate(entries, inputs)[0], evaluate(graph, inputs)[0]
    return same(got, expected) or math.isclose(got, expected, rel_tol=1e-12)


def turned_round(graph):
    """The graph with the operands of sub and div exchanged: all of them, or those with a number on one side."""
    fixed = {e[0] for e in graph if e[1] == "constant"}
    for which in (lambda xs: True, lambda xs: xs[0] in fixed, lambda xs: xs[1] in fixed):
        yield [[e[0], e[1], e[2][::-1] if e[1] in TURNED and which(e[2]) else e[2], e[3]] for e in graph]


def numbers(inputs):
    return ", ".join(f"{x:.4g}" for x in inputs)
