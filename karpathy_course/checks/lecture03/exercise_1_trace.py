"""Exercise 03.1: a function becomes a list of its operations, good for any input.

The probe makes a function of the case's source and has the learner's `trace` run it, twice, on two examples.
The judge replays both lists with its own interpreter on a hundred other inputs, counts the operations, and looks in
what differs for the usual mistakes.
"""

import math
import random
from collections import Counter

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture03.random_functions import SIGNS, source_of
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


def with_number(op, number, number_first):
    """A graph of one operator between x and a plain number."""
    c, operands = ["c", "constant", [], {"value": number}], ["c", "x"] if number_first else ["x", "c"]
    return [["x", "input", [], {}], c, ["r", op, operands, {}], ["", "output", ["r"], {}]]


def pair(op, *operands):
    """The same operator twice, on operands and on operands exchanged or repeated: both have to stand in the list."""
    graph = [["x", "input", [], {}], ["y", "input", [], {}], ["r", op, list(operands), {}]]
    graph += [["s", op, list(operands[::-1]), {}], ["t", "tanh", ["s"], {}], ["u", "sub", ["r", "t"], {}]]
    return [*graph, ["", "output", ["u"], {}]]


def named_like_results():
    """A function whose arguments have the names that its results may get."""
    graph = [[name, "input", [], {}] for name in ("mul1", "sin1")]
    graph += [["a", "mul", ["mul1", "sin1"], {}], ["b", "sin", ["a"], {}], ["c", "mul", ["b", "mul1"], {}]]
    return [*graph, ["", "output", ["c"], {}]]


def both_zeros():
    """A function that uses 0.0 and -0.0, which are equal and yet two numbers."""
    graph = [["x", "input", [], {}], ["z", "constant", [], {"value": 0.0}], ["m", "constant", [], {"value": -0.0}]]
    graph += [["p", "mul", ["x", "z"], {}], ["q", "mul", ["x", "m"], {}], ["r", "sub", ["q", "p"], {}]]
    return [*graph, ["", "output", ["r"], {}]]


def numbers_of(rng, op, number_first):
    """Plain numbers for one side of an operator: each of 0, ±1, and a whole, a negative, a long one; none divides by 0."""
    drawn = [1, -1, rng.randint(2, 5), -float(rng.randint(2, 5)), round(rng.uniform(1.5, 3.5), 6)]
    return drawn if op == "div" and not number_first else [0, *drawn]


class Trace(Exercise):
    id = "03.1"
    title = "A function becomes a list"
    section = "From a function to a list"
    why = "A trace is the function without Python: it can be stored, optimised, differentiated and compiled."
    difficulty, importance, minutes, points = 3, 5, 30, 5
    needs = ("trace",)
    allows = {
        "renames": "the task leaves names to the learner",
        "makes whole numbers floats": "a list computes with floats: 2 and 2.0 are one number",
    }
    properties = {"operators and methods": 0.4, "plain numbers on either side": 0.3, "loops and shared values": 0.3}
    task = """\
Write `trace(fn, *examples)`: run `fn` once on stand-ins that write down what is done to them, and return the list of
entries `(name, op, inputs, attributes)`, every value made before it is used. The operators of the stand-in are there;
`record` and `trace` are yours.

```text
("x0", "input", [], {})                    one for each example, in order
("v2", "constant", [], {"value": 2.0})     a plain number that fn uses or returns
("v3", "mul", ["x0", "v2"], {})            one for each operation, with the names of its operands, in order
("", "output", ["v3"], {})                 last: the name of what fn returned
```

Names are yours to choose, each made once; an argument that `fn` does not use is an input all the same. The list must
be as good for any other input as for the examples: the check replays it on 100 random ones. An operation stands in it
once, however often its result is used."""
    hints = (
        "fn computes nothing itself: it calls __add__, __mul__, tanh … of whatever it is given, and the class sends "
        "all of these to record. What number an example was plays no part: only how many there are.",
        "An operand, or a result of fn, that is not a Traced becomes a constant entry first, so that it has a name. Name a value by the "
        "length of the list, and no two are alike. trace hands fn one Traced for each example, on one common list.",
        "record: for each operand append (name, 'constant', [], {'value': x}) where it is a number; then name = "
        "f'v{len(self.entries)}', append (name, op, names, {}), return Traced(name, self.entries). trace: the input "
        "entries first, result = fn(*stand_ins), and last ('', 'output', [result.name], {}).",
    )

    @staticmethod
    def cases(rng):
        ops, methods = (*SMOOTH, "div", "exp"), ("exp", "sin", "cos", "tanh", "sigmoid", "neg")
        made, sides, shared = properties = [], [], []
        one, two = [["x", "input", [], {}]], [["x", "input", [], {}], ["y", "input", [], {}]]
        made += [[*one, [op, op, ["x"], {}], ["", "output", [op], {}]] for op in methods]
        made += [pair(op, *operands) for op in SIGNS for operands in (("x", "y"), ("x", "x"))]
        made += [draw_graph(rng, 2, n, ops, 0, fed=True) for n in (4, 7, 10)]
        unused = draw_graph(rng, 2, 5, ops, 0, fed=True)
        made.append([*unused[:1], ["unused", "input", [], {}], *unused[1:]])
        made.append(named_like_results())
        for op, first in [(op, first) for op in SIGNS for first in (True, False)]:
            sides += [with_number(op, number, first) for number in numbers_of(rng, op, first)]
        sides += [draw_graph(rng, 2, 8, ops, 3, fed=True), both_zeros()]
        sides.append(
            [*one, ["c", "constant", [], {"value": round(rng.uniform(1.5, 3.5), 2)}], ["", "output", ["c"], {}]]
        )
        shared += [[*two, ["", "output", [name], {}]] for name in "xy"]
        shared.append([*two, ["r", "mul", ["x", "y"], {}], ["s", "sin", ["r"], {}], ["", "output", ["r"], {}]])
        source, loop = looped(rng.randint(3, 6), round(rng.uniform(1.5, 3.5), 2))
        shared += [doubling(1), doubling(10), loop]
        cases = []
        for property, graphs in zip(Trace.properties, properties):
            for graph in graphs:
                case = {"property": property, "source": source if graph is loop else source_of(graph)}
                n = sum(e[1] == "input" for e in graph)
                examples, others = ([round(x, 3) for x in draw_inputs(rng, n)] for _ in range(2))
                if not any(e[1] == "div" for e in graph):  # for then a stand-in that carries values may divide by them
                    examples = [*(e[3]["value"] for e in graph if e[1] == "constant"), *examples][:n]  # one of fn's own
                    others = [(0.0, 1, -1.0)[len(cases) % 3]] * n
                case["examples"] = examples
                hidden = {"graph": graph, "seed": rng.randrange(10**6)}
                cases.append(case | {"_others": others, "judge": hidden})
        return cases

    @staticmethod
    def probe(namespace, case):
        import functools

        scope, calls, silent, returned = {}, [], [], []
        exec(compile(case["source"], "<function>", "exec"), scope)

        @functools.wraps(scope["fn"])
        def fn(*stand_ins):
            calls.append(len(stand_ins))
            kind = type(stand_ins[0]) if stand_ins else None
            record = getattr(kind, "__dict__", {}).get("record")
            if not callable(record):
                return scope["fn"](*stand_ins)

            def watched(*operands):
                out = record(*operands)
                silent.extend(["record"] if out is None else [])
                return out

            kind.record = watched  # so that a missing return can be told from other errors
            try:
                out = scope["fn"](*stand_ins)
                returned.append(True)
                return out
            finally:
                kind.record = record

        lists, runs = [], []
        for examples in (case["examples"], case["_others"]):
            calls.clear()
            returned.clear()
            try:
                lists.append(namespace["trace"](fn, *examples))
            except (AttributeError, TypeError) as error:
                if silent:
                    return {"none": silent[0]}
                if type(error) is AttributeError and type(getattr(error, "obj", None)) in (int, float):
                    return {"nameless": "result" if returned else "operand"}
                raise
            runs.append(len(calls))
        same = lists[0] is lists[1]
        rows = lambda entries: [list(e) if type(e) in (list, tuple) else e for e in entries]
        lists = [rows(x) if type(x) in (list, tuple) else x for x in lists]
        return {"first": lists[0], "second": lists[1], "runs": runs, "same": same, "silent": bool(silent)}

    @staticmethod
    def judge(case, answer):
        if expect_dict(answer).get("none") == "record":
            raise Mistake("returned-none", "`record` returned None: is a `return` missing?", hint=3)
        if (what := answer.get("nameless")) in ("operand", "result"):
            message = "An operand may be a plain number, as in x * 2 or 2 - x: it has no name until a constant entry gives it one."
            if what == "result":
                message = (
                    "fn returned a plain number, which has no name: make a constant entry of it, and name that one."
                )
            raise Mistake("nameless-number", message, hint=2)
        expect_dict(answer, ("first", "second", "runs", "same"))
        if answer["same"] is not False:
            message = "Two calls of trace handed back one list: the second has changed what the first returned."
            raise Mistake("one-list", message, hint=3)
        graph, rng = case["judge"]["graph"], random.Random(case["judge"]["seed"])
        inputs = len(case["examples"])
        points = [[x] * inputs for x in (0.5, 1.0, 0.0)] + [draw_inputs(rng, inputs) for _ in range(REPLAYS)]
        first = ("", case["examples"], answer["first"], points)
        second = ("In a second call of trace, on the same function: ", case["_others"], answer["second"], points[:12])
        for when, examples, entries, xs in (first, second):
            try:
                judge_trace(graph, examples, entries, xs)
            except Mistake as mistake:
                if answer.get("silent"):
                    message = "`record` returned None: is a `return` missing?"
                    raise Mistake("returned-none", message, hint=3) from None
                mistake.message = when + mistake.message
                raise
        if answer["runs"] != [1, 1]:
            message = "In two calls, trace ran fn so often: one run each, on stand-ins, writes the list."
            raise Mistake("ran-again", message, answer["runs"], [1, 1], hint=3)


def judge_trace(graph, examples, entries, points):
    """Return when the list replays as fn does, whose own list is graph, or raise the Mistake that explains it."""
    if type(entries) is list and entries:
        expect_inputs(entries, examples)
    try:
        expect_graph(entries, len(examples), "the list", outputs=1)
    except Mistake as mistake:
        if mistake.id == "made-twice":
            mistake.message = made_twice(entries, [entry[0] for entry in graph]) or mistake.message
        raise
    if any(entry[1] == "guard" for entry in entries):
        raise Mistake("guarded", "The list has a guard, but fn takes no branch: guards are the matter of 03.3.")
    wrong = next((xs for xs in points if not replays(entries, graph, xs)), None)
    did, has, text = count(graph), count(entries), text_of(entries)
    own = [entry[3]["value"] for entry in graph if entry[1] == "constant"]
    for zero in (0.0, -0.0) if own == [0.0, 0.0] else ():
        if wrong is None and not any(same(e[3]["value"], zero) for e in entries if e[1] == "constant"):
            message = "fn uses 0.0 and -0.0, and the list has one constant for both: == takes them for one number, and"
            raise Mistake("one-zero", f"{message} they are two. Keep a constant for each, or compare their repr.", text)
    if wrong is None:
        if has > did:
            message = f"Replayed, the list is right, but it has {has} operations where fn does {did}."
            keys = [(e[1], tuple(e[2])) for e in entries if e[2]]
            if len(set(keys)) < len(keys):
                message += " A result that is used twice is computed twice: each operation stands in the list once."
            raise Mistake("repeated", message, text, hint=1)
        if has < fewest(graph):
            message = (
                f"Replayed, the list is right, but operations are missing: fn does {did}, the list has {has}. Each"
            )
            raise Mistake("lost-operation", f"{message} has its entry, also x + 0, or what was done before.", text)
        return
    got, expected = evaluate(entries, wrong)[0], evaluate(graph, wrong)[0]
    at = f"At {numbers(wrong)} the list gives {got:.6g} and fn {expected:.6g}."
    own = [-1.0, *(e[3]["value"] for e in graph if e[1] == "constant")]  # a learner may write -x as -1 · x
    strange = [e[3]["value"] for e in entries if e[1] == "constant" and not any(same(e[3]["value"], x) for x in own)]
    if (
        strange
        and not any(same(x, example) for x in strange for example in examples)
        and ops_of(entries) == ops_of(graph)
    ):
        message = f"The constant {strange[0]} stands in the list, which is none of fn's numbers: each has to stay as it is. {at}"
        raise Mistake("changed-number", message, text, hint=2)
    if strange:
        message = f"A number stands in the list that is none of fn's: something of the examples is baked in. {at}"
        raise Mistake("baked-in", message, text, hint=1)
    if has < fewest(graph):
        raise Mistake(
            "lost-operation", f"Operations are missing: fn does {did}, the list has {has}. {at}", text, hint=1
        )
    if alike_but_for_order(entries, graph):
        raise Mistake(
            "swapped-operands", f"The operands of sub or div are exchanged: 2 - x is not x - 2. {at}", text, hint=2
        )
    constants = [entry[3]["value"] for entry in entries if entry[1] == "constant"]
    for number in (e[3]["value"] for e in graph if e[1] == "constant"):
        if any(same(number, example) for example in examples) and not any(same(number, x) for x in constants):
            message = (
                f"fn's own number {number} is not in the list as a constant: an input, whose example was {number} too, stands in its "
                f"place. What comes as a Traced is an input, and what comes as a number is a constant. {at}"
            )
            raise Mistake("number-as-input", message, text, hint=2)
    here, there = Counter(ops_of(graph)), Counter(ops_of(entries))
    if sum(here.values()) == sum(there.values()) and here != there:
        wrote, does = (
            ", ".join(f"{n} × {op}" for op, n in sorted((a - b).items())) for a, b in ((there, here), (here, there))
        )
        message = f"The list has {wrote} where fn does {does}: each operation is written under its own name. {at}"
        raise Mistake("other-operation", message, text, hint=2)
    few = points[-5:]
    for name in dict.fromkeys(entry[0] for entry in entries[:-1]):
        if all(replays([*entries[:-1], ["", "output", [name], {}]], graph, xs) for xs in few):
            message = (
                f"The list computes what fn returned, as {name!r}, but its output names {entries[-1][2][0]!r}. {at}"
            )
            raise Mistake("wrong-output", message, text, hint=3)
    if all(same(evaluate(entries, xs[::-1])[0], evaluate(graph, xs)[0]) for xs in few):
        message = f"The input entries stand in another order than the arguments of fn: the first is the first. {at}"
        raise Mistake("inputs-out-of-order", message, text, hint=3)
    raise Mistake("replay-differs", f"Replayed, the list is another function. {at}", text, hint=2)


def made_twice(entries, parameters):
    """The message for a name that an input has from a parameter of fn, and an operation from itself, or None."""
    first = {}
    for k, (name, op, _, _) in enumerate(entries):
        if name in first and first[name][1] == "input" and name in parameters:
            message = f"{name!r} is made twice: entry {first[name][0]} is the input, named after fn's parameter, entry {k} a result of"
            return f"{message} {op}. Make the names of inputs too, and do not take fn's."
        first.setdefault(name, (k, op))
    return None


def fewest(graph):
    """How many operations a trace has at least: one that walks back from the result leaves out what nobody uses."""
    used = {x for entry in graph for x in entry[2]}
    return count([entry for entry in graph if entry[0] in used])


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
        raise Mistake("baked-in", message, hint=1)


def replays(entries, graph, inputs):
    """Equal to 1e-12; any NaN equals any other."""
    got, expected = evaluate(entries, inputs)[0], evaluate(graph, inputs)[0]
    return same(got, expected) or math.isclose(got, expected, rel_tol=1e-12)


def alike_but_for_order(entries, graph):
    """Whether two lists do the same operations on the same operands, in whatever order these stand."""
    known, ends = {}, []
    for rows in (entries, graph):
        at, made = {}, 0
        for name, op, operands, more in rows:
            made += op == "input"
            which = made if op == "input" else float(more["value"]) if op == "constant" else None
            at[name] = known.setdefault((op, which, tuple(sorted(at[x] for x in operands))), len(known))
        ends.append(at[name])
    return ends[0] == ends[1]


def numbers(inputs):
    return ", ".join(f"{x:.4g}" for x in inputs)
