"""Exercise 03.2: a list of operations is run, without the function that it came from.

Some cases hand in numbers that count what is done to them: a value that is used twice must be computed once.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number
from karpathy_course.checks.lecture03.random_functions import SIGNS, draw_tame
from karpathy_course.checks.shared.graph_entries import count, draw_graph, evaluate, inputs_of, renamed, text_of

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


class Interpret(Exercise):
    id = "03.2"
    title = "Run the list"
    section = "Run the list"
    why = "Whatever can be replayed from a list can be run anywhere, without the function that it came from."
    difficulty, importance, minutes, points = 2, 5, 20, 4
    needs = ("interpret",)
    properties = {"every operation": 0.4, "inputs and outputs": 0.3, "each value once": 0.3}
    task = """\
Write `interpret(entries, inputs)`: run a list as 03.1 makes it, and return the list of its outputs. The function that
it was traced from is no longer there: the list is all there is.

An entry is `(name, op, inputs, attributes)`. `inputs[0]` is the number for the first `input` entry, and so on, whatever
the names are; a `constant` has its number in `attributes["value"]`; the last entry, `output`, names what is returned,
in order: one value or several, and perhaps an input. The ops are `add sub mul div neg exp log sin cos tanh sigmoid
relu`, on plain numbers.

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
        cases = []
        for op in OPS:
            operands = ["a", "b"] if op in SIGNS else ["a"]
            graph = [*([name, "input", [], {}] for name in operands), ["r", op, operands, {}]]
            if len(operands) == 2:  # then exchanged inputs and exchanged operands give different values
                graph.append(["t", "add", ["r", "a"], {}])
            graph.append(["", "output", [graph[-1][0]], {}])
            size = lambda: round(rng.uniform(0.3, 2.0), 3)
            points = [[size() for _ in operands] for _ in range(2)]
            if op in ("relu", "neg", "sin", "tanh", "sigmoid"):
                points[1] = [-x for x in points[1]]
            cases.append({"property": "every operation", "graph": renamed(graph, rng), "inputs": points})
        for n in (6, 9):
            graph, points = draw_tame(rng, 2, 2, n, ANYWHERE, 2)
            cases.append({"property": "every operation", "graph": renamed(graph, rng), "inputs": points})
        for outputs in (1, 2, 3):
            graph, points = draw_tame(rng, 2, 3, 6, ("add", "sub", "mul", "sin"), 1, outputs)
            cases.append({"property": "inputs and outputs", "graph": renamed(graph, rng), "inputs": points})
        graph, points = draw_tame(rng, 2, 2, 4, ("add", "sub", "mul"), 1)
        graph[-1][2] = ["y", *graph[-1][2], "x", "y"]
        cases.append({"property": "inputs and outputs", "graph": renamed(graph, rng), "inputs": points})
        dead = draw_graph(rng, 2, 4, ("add", "sub", "mul"), 1)
        dead.insert(-1, ["dead", "sub", ["y", "x"], {}])
        points = [[round(rng.uniform(0.5, 2), 3) for _ in range(2)] for _ in range(2)]
        cases.append({"property": "inputs and outputs", "graph": renamed(dead, rng), "inputs": points})
        x = lambda: [round(rng.uniform(0.5, 2), 3)]
        for graph in (doubled(rng.randint(7, 9)), chained(2_000, rng)):
            cases.append({"property": "each value once", "graph": renamed(graph, rng), "inputs": [x(), x()]})
        return cases

    @staticmethod
    def probe(namespace, case):
        class Counted:
            done = 0

            def __init__(self, value):
                self.value = value

            def __add__(self, other):
                Counted.done += 1
                return Counted(self.value + (other.value if type(other) is Counted else other))

            def __mul__(self, other):
                Counted.done += 1
                return Counted(self.value * (other.value if type(other) is Counted else other))

            __radd__, __rmul__ = __add__, __mul__

            def __float__(self):
                return float(self.value)

        entries = [(name, op, tuple(operands), dict(more)) for name, op, operands, more in case["graph"]]
        before = repr(entries)
        counting, outputs, done = case["property"] == "each value once", [], []
        for inputs in case["inputs"]:
            Counted.done = 0
            got = namespace["interpret"](entries, [Counted(x) for x in inputs] if counting else list(inputs))
            if type(got) in (list, tuple):
                got = [x.value if type(x) is Counted else x for x in got]
            outputs.append(got)
            done.append(Counted.done)
        return {"outputs": outputs, "done": done, "unchanged": repr(entries) == before}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("outputs", "done", "unchanged"))
        graph, points = case["graph"], case["inputs"]
        rows = expect_list(answer["outputs"], len(points))
        for turn, (got, inputs) in enumerate(zip(rows, points)):
            judge_outputs(graph, points, turn, got, inputs)
        if answer["unchanged"] is not True:
            raise Mistake("changed-list", "interpret has changed the list: the next call would run another one.")
        wanted = count(graph)
        if case["property"] == "each value once" and expect_list(answer["done"]) != [wanted] * len(points):
            message = (
                f"The list has {wanted} operations, but {answer['done'][:1]} were done: a value that is used twice "
            )
            raise Mistake("recomputed", message + "was computed twice. Keep each value under its name.", hint=2)


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
    lines = text_of(graph) if len(graph) < 20 else "a long list"
    if turn and alike(got, evaluate(graph, points[0])):
        message = "A second call, with other inputs, gives what the first one gave: something is remembered."
        raise Mistake("leftovers", message, **shown, hint=2)
    if len(got) != len(expected):
        message = (
            f"The output entry has {len(expected)} names, and {len(got)} values came back: one for each, in order."
        )
        raise Mistake("wrong-outputs", message, **shown, hint=2)
    for x in got:
        expect_number(x, "an output")
    if sorted(got) == sorted(expected):
        raise Mistake(
            "outputs-out-of-order", "The outputs are right, but in another order than named.", **shown, hint=3
        )
    for order in (sorted(inputs_of(graph)), inputs_of(graph)[::-1]):
        fed = dict(zip(order, inputs))
        if alike(got, evaluate(graph, [fed[name] for name in inputs_of(graph)])):
            message = "The inputs went to the wrong names: the first number is for the first input *entry*."
            raise Mistake("inputs-out-of-order", message, **shown, hint=2)
    turned = [[e[0], e[1], e[2][::-1] if e[1] in ("sub", "div") else e[2], e[3]] for e in graph]
    if alike(got, evaluate(turned, inputs)):
        message = "The operands of sub or div are exchanged: the first name is the left operand."
        raise Mistake("swapped-operands", f"{message} The list was:\n{lines}", **shown, hint=3)
    last = [graph[-2][0]]
    if alike(got[:1], evaluate([*graph[:-1], ["", "output", last, {}]], inputs)):
        message = "The value of the last operation came back; the output entry names what is wanted."
        raise Mistake("last-entry", f"{message} The list was:\n{lines}", **shown, hint=2)
    ops = ", ".join(sorted({e[1] for e in graph} & set(OPS)))
    raise Mistake("wrong-value", f"The value is wrong; the list has the ops {ops}:\n{lines}", **shown, hint=2)


def alike(got, expected):
    """Equal to 1e-9: a sigmoid may be written in several ways."""
    return len(got) == len(expected) and all(map(close, got, expected))
