"""Exercise 03.2: a list of operations is run, without the function that it came from.

Some cases hand in numbers that count what is done to them: a value that is used twice must be computed once.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number, expect_numbers
from karpathy_course.checks.lecture03.kept_results import expect_not_kept
from karpathy_course.checks.lecture03.random_functions import SIGNS, draw_tame
from karpathy_course.checks.shared.graph_entries import count, evaluate, inputs_of, renamed, text_of

OPS = ("add", "sub", "mul", "div", "neg", "exp", "log", "sin", "cos", "tanh", "sigmoid", "relu")
ANYWHERE = tuple(op for op in OPS if op not in ("div", "exp", "log"))  # these are tried alone, where they exist


def doubled(rounds):
    """x + x, and that plus itself, and so on: so many additions, or 2^rounds where each use computes again."""
    graph, at = [["x", "input", [], {}]], "x"
    for k in range(rounds):
        graph.append([f"s{k}", "add", [at, at], {}])
        at = f"s{k}"
    return [*graph, ["", "output", [at], {}]]


def chained(length, rng):
    """A chain of so many operations, half of them with a second use of x, so that no value grows."""
    graph, at = [["x", "input", [], {}], ["h", "constant", [], {"value": round(rng.uniform(0.3, 0.6), 2)}]], "x"
    for k in range(length):
        graph.append([f"v{k}", *(["mul", [at, "h"], {}] if k % 2 else ["add", ["x", at], {}])])
        at = f"v{k}"
    return [*graph, ["", "output", [at], {}]]


def alone(op):
    """One operation; of one with two operands also the same on these exchanged and on one of them twice."""
    if op not in SIGNS:
        return [["a", "input", [], {}], ["r", op, ["a"], {}], ["", "output", ["r"], {}]]
    made = [["r", op, ["a", "b"], {}], ["s", op, ["b", "a"], {}], ["t", op, ["a", "a"], {}]]
    made.append(["u", "add", ["a", "a"], {}])  # so that exchanged inputs are no exchanged operands
    return [["a", "input", [], {}], ["b", "input", [], {}], *made, ["", "output", ["r", "s", "t", "u"], {}]]


def laid_out(rng):
    """A list that is laid out as few are: names like 2 + 2, inputs late, unused and with attributes, a constant 0."""
    half = rng.choice([0.5, -1.5, 2.5])
    return [
        ["x y", "input", [], {"dtype": "float64", "value": 7.0}],
        ["0", "constant", [], {"value": 0}],
        ["half", "constant", [], {"value": half}],
        ["a - b", "sub", ["x y", "half"], {"value": 3.0, "line": 1}],
        ["class", "input", [], {}],
        ["unused", "input", [], {}],
        ["b - a", "sub", ["half", "x y"], {}],
        ["output", "add", ["half", "x y"], {}],
        ["2 + 2", "mul", ["0", "class"], {}],
        ["dead", "sub", ["0", "class"], {}],
        ["last", "sub", ["2 + 2", "class"], {}],
        ["half ", "add", ["last", "b - a"], {}],
        ["", "output", ["half ", "a - b", "output", "half", "x y", "half ", "0"], {}],
    ]


class Interpret(Exercise):
    id = "03.2"
    title = "Run the list"
    section = "Run the list"
    why = "Whatever can be replayed from a list can be run anywhere, without the function that it came from."
    difficulty, importance, minutes, points = 2, 5, 20, 4
    needs = ("interpret",)
    leaves_out = {
        "a guard": "guards are the matter of 03.3",
        "not a number": "what an op gives where it has no value is not asked here",
        "infinite": "what an op gives where it has no value is not asked here",
    }
    allows = {
        "makes whole numbers floats": "a list computes with floats: 2 and 2.0 are one number",
        "loses the sign of zero": "0.0 and -0.0 are equal, and the exercise is about the walk",
    }
    properties = {"every operation": 0.4, "inputs and outputs": 0.3, "each value once": 0.3}
    task = """\
Write `interpret(entries, inputs)`: run a list as 03.1 makes it, and return the list of its outputs. The function that
it was traced from is no longer there: the list is all there is.

An entry is `(name, op, inputs, attributes)`. `inputs[0]` is the number for the first `input` entry, and so on, whatever
the names are; a `constant` has its number in `attributes["value"]`, and other attributes mean nothing here; the last
entry, `output`, names what is returned, in order: one value or several, and perhaps an input. The ops are `add sub mul
div neg exp log sin cos tanh sigmoid relu`, on plain numbers.

Every entry is computed **once**, however often it is used, and a list may be 2 000 entries long: no recursion. The
list stays as it was, and a second call, with other inputs, must not remember the first."""
    hints = (
        "The entries stand in an order in which everything is made before it is used: one walk from the first to the "
        "last is enough. What do you have to remember on the way?",
        "Keep a dict from name to number. An input takes the next of the inputs, a constant its value, every other "
        "entry looks up its operands' numbers and computes. A dict from op to function saves twelve ifs.",
        'values = {}; given = iter(inputs); for name, op, operands, attributes in entries: "input": next(given); '
        '"constant": attributes["value"]; "output": return [values[x] for x in operands]; otherwise '
        "TABLE[op](*[values[x] for x in operands]), stored under name.",
    )

    @staticmethod
    def cases(rng):
        ops, ends, once = properties = [], [], []
        size = lambda: round(rng.uniform(0.3, 2.0), 3)
        for op in OPS:
            n, side = 1 + (op in SIGNS), -1 if op in ("relu", "neg", "sin", "tanh", "sigmoid") else 1
            points = [[size() for _ in range(n)], [side * size() for _ in range(n)], [2, 1][:n]]
            ops.append((alone(op), points if op in ("div", "log") else [*points, [0.0] * n, [-1] * n]))
        for n in (6, 9):
            ops.append(draw_tame(rng, 2, 2, n, ANYWHERE, 2))
        inputs = [[name, "input", [], {}] for name in "yx"]
        ends.append(([*inputs, ["", "output", ["x", "y", "x"], {}]], [[size(), -size()], [2, 0.0]]))
        for number in (0, -1.0, size()):
            ends.append(([["c", "constant", [], {"value": number}], ["", "output", ["c"], {}]], [[]]))
        ends.append((laid_out(rng), [[size(), -size(), 1], [1, 1, 1], [2, -0.0, 0]]))
        for outputs in (1, 2, 3):
            ends.append(draw_tame(rng, 2, 3, 6, ("add", "sub", "mul", "sin"), 1, outputs))
        once += [(doubled(n), [[size()], [size()], [0.0]]) for n in (1, rng.randint(7, 9))]
        once.append((chained(2_000, rng), [[size()], [size()]]))
        cases = []
        for property, drawn in zip(Interpret.properties, properties):
            for graph, points in drawn:
                named = graph if ["output"] in [e[:1] for e in graph] else renamed(graph, rng)
                cases.append({"property": property, "list": named, "inputs": points})
        return cases

    @staticmethod
    def probe(namespace, case):
        class Counted(float):  # a number like any other: made a float by an answer, it no longer counts
            done = 0

            def __add__(self, other):
                Counted.done += 1
                return Counted(float(self) + float(other))

            def __mul__(self, other):
                Counted.done += 1
                return Counted(float(self) * float(other))

            __radd__, __rmul__ = __add__, __mul__

        entries = [(name, op, tuple(operands), dict(more)) for name, op, operands, more in case["list"]]
        named = [entry for entry in entries if entry[1] == "input"]
        turned = [*named, ("", "output", tuple(name for name, *_ in named[::-1]), {})]
        counting, lists, done = case["property"] == "each value once", [], []
        for inputs in case["inputs"]:
            given = [Counted(x) if counting else x for x in inputs]
            before = repr(entries), repr(given)
            try:  # first another list, on the same inputs: what it gives may not be kept for this one
                namespace["interpret"](turned, list(inputs))
                Counted.done = 0
                lists.append(namespace["interpret"](entries, given))
            except RecursionError:
                return {"recursion": True}
            except KeyError as error:
                if type(error.args[0]) is str and error.args[0] in {
                    x for entry in entries for x in (entry[0], entry[1])
                }:
                    return {"unknown": error.args[0]}
                raise
            done.append(Counted.done)
            for what, was, thing in zip(("entries", "inputs"), before, (entries, given)):
                if repr(thing) != was:
                    return {"changed": what}
        same = any(a is b for a in lists[:1] for b in lists[1:] if type(a) is list)
        number = lambda x: float(x) if isinstance(x, float) else x
        outputs = [[number(x) for x in out] if type(out) in (list, tuple) else number(out) for out in lists]
        return {"outputs": outputs, "done": done, "same": same}

    @staticmethod
    def judge(case, answer):
        what = expect_dict(answer).get("changed")
        if what in ("entries", "inputs"):
            message = (
                f"interpret has changed the list `{what}` that it was given: whoever calls it again gets another run."
            )
            raise Mistake("changed-list", message, hint=1)
        graph, points = case["list"], case["inputs"]
        if type(unknown := answer.get("unknown")) is str:
            raise Mistake("unknown-name", without_number(graph, unknown), hint=2)
        if answer.get("recursion") is True:
            message = (
                f"A function of yours calls itself once for each entry of a chain, and this list has {len(graph):,} entries: "
                "RecursionError. Go through the list from top to bottom in a loop: every operand stands before the entry that "
                "uses it."
            )
            raise Mistake("recursion", message, hint=1)
        expect_dict(answer, ("outputs", "done", "same"))
        if answer["same"] is not False:
            message = "Two calls of interpret handed back one list: the second has changed what the first returned."
            raise Mistake("one-list", message, hint=3)
        rows = expect_list(answer["outputs"], len(points))
        for turn, (got, inputs) in enumerate(zip(rows, points)):
            judge_outputs(graph, points, turn, got, inputs)
        wanted, done = count(graph), expect_numbers(answer["done"], len(points), "what was counted")
        if case["property"] == "each value once" and max(done) > wanted:
            message = (
                f"The list has {wanted} operations, but {max(done)} were done: a value that is used twice was computed "
            )
            zero = all(n <= wanted for n, xs in zip(done, points) if any(xs))
            why = " Here only 0.0 was: ask whether a value is known with `in`, for 0.0 counts as false." if zero else ""
            raise Mistake("recomputed", f"{message}twice. Keep each value under its name.{why}", hint=2)


def without_number(graph, name):
    """What to say of a KeyError for this name."""
    entry = next((entry for entry in graph if entry[0] == name), None)
    if entry is None:
        return (
            f"Your code raised KeyError({name!r}), which is an op of this list: does your table, or an `if`, know it?"
        )
    why = f"keep the number of each entry under its name, here `{text_of([entry])}`."
    if entry[1] == "input":
        why = "an input may stand anywhere in the list: inputs[k] is the number of the k-th entry with the op `input`."
    elif entry[1] == "constant":
        why = f"it is a constant, of {entry[3]['value']}, and a number like any other, 0 too."
    return f"Your code raised KeyError({name!r}): {name!r} had no number when it was asked for; {why}"


def judge_outputs(graph, points, turn, got, inputs):
    """Return when these are the graph's outputs for these inputs, or raise the Mistake that explains it."""
    expected = evaluate(graph, inputs)
    what = "the list of outputs"
    if type(got) in (int, float) and not isinstance(got, bool):
        raise Mistake("not-a-list", "interpret returned a number; the list of the outputs was expected.", got, expected)
    got = expect_list(got, None, what)
    if alike(got, expected):
        return
    shown = {"got": got[:4], "expected": expected[:4]}
    at = f" (inputs: {', '.join(map(str, inputs[:4])) or 'none'})"
    if turn and alike(got, evaluate(graph, points[0])):
        message = "A second call, with other inputs, gives what the first one gave: something is remembered."
        raise Mistake("leftovers", message, **shown, hint=2)
    swapped = inputs[::-1]
    if got and got == swapped and count(graph):
        message = (
            f"These are the outputs of another list, for the same inputs{at}: something is remembered between calls."
        )
        raise Mistake("leftovers", message, **shown, hint=2)
    if len(got) != len(expected):
        message = (
            f"The output entry has {len(expected)} names, and {len(got)} values came back: one for each, in order."
        )
        raise Mistake("wrong-outputs", message, **shown, hint=2)
    for x in got:
        expect_number(x, "an output")
    expect_not_kept(graph, inputs, got, **shown)
    turned = [[e[0], e[1], e[2][::-1] if e[1] in ("sub", "div") else e[2], e[3]] for e in graph]
    if alike(got, evaluate(turned, inputs)):
        message = "The operands of sub or div are exchanged: the first name is the left operand."
        raise Mistake("swapped-operands", message, **shown, hint=3)
    if sorted(got) == sorted(expected):
        raise Mistake(
            "outputs-out-of-order", "The outputs are right, but in another order than named.", **shown, hint=3
        )
    for order in (sorted(inputs_of(graph)), inputs_of(graph)[::-1]):
        fed = dict(zip(order, inputs))
        if alike(got, evaluate(graph, [fed[name] for name in inputs_of(graph)])):
            message = "The inputs went to the wrong names: the first number is for the first input *entry*."
            raise Mistake("inputs-out-of-order", message, **shown, hint=2)
    last = [graph[-2][0]]
    if alike(got, evaluate([*graph[:-1], ["", "output", last * len(got), {}]], inputs)):
        message = "The value of the last operation came back; the output entry names what is wanted."
        raise Mistake("last-entry", message, **shown, hint=2)
    noted = [[e[0], "constant", [], e[3]] if e[2] and "value" in e[3] else e for e in graph]
    if noted != graph and alike(got, evaluate(noted, inputs)):
        message = "An operation is computed whatever its attributes hold: a value stands there for `constant` alone."
        raise Mistake("value-in-attributes", message, **shown, hint=2)
    if all(abs(x - y) < 1e-3 for x, y in zip(got, expected)):
        message = "The outputs are nearly right: nothing is rounded on the way, nor at the end."
        raise Mistake("rounded", message, **shown, hint=2)
    ops = ", ".join(sorted({e[1] for e in graph} & set(OPS))) or "no op"
    raise Mistake("wrong-value", f"The outputs are wrong{at}; the list has {ops}.", **shown, hint=2)


def alike(got, expected):
    """Equal to 1e-9: a sigmoid may be written in several ways."""
    return len(got) == len(expected) and all(map(close, got, expected))
