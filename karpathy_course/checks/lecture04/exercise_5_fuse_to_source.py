"""Exercise 04.5: fusion, as a program that says each value's name only where it has to.

The text that the learner's function has written is run by the probe, on arrays. The judge never runs or parses it: it
reads it line by line, as text, to see which values have a statement of their own, and compares the numbers.
"""

import math
import re

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list, expect_text
from karpathy_course.checks.lecture04.exercise_1_fold_constants import folded
from karpathy_course.checks.lecture04.exercise_4_eliminate_dead import alive
from karpathy_course.checks.lecture04.pass_laws import live, written
from karpathy_course.checks.runner.plain_data import dumps
from karpathy_course.checks.shared.graph_entries import SPECIAL, draw_graph, evaluate, inputs_of, same
from karpathy_course.checks.shared.graph_layouts import demanding, handed_back

EXACT = {"add", "sub", "mul", "div", "neg", "abs", "gt", "where"}  # the same bits everywhere; others agree nearly
TEMPLATES = {
    "add": "{0} + {1}",
    "sub": "{0} - {1}",
    "mul": "{0} * {1}",
    "div": "{0} / {1}",
    "neg": "-{0}",
    "pow": "{0} ** {1}",
    "abs": "np.abs({0})",
    "exp": "np.exp({0})",
    "tanh": "np.tanh({0})",
    "gt": "{0} > {1}",
    "where": "np.where({0}, {1}, {2})",
}
LINE = re.compile(r"\s*([^\W\d]\w*)\s*=(?!=)\s*\S")


def uses(graph):
    """How often each name stands among the operands of an operation."""
    found = dict.fromkeys((entry[0] for entry in graph), 0)
    for _, op, operands, _ in graph:
        for x in operands if op != "output" else ():
            found[x] += 1
    return found


def statements(graph):
    """The names that need a statement: what is handed back, and what is used more than once; each in its place."""
    often = uses(graph)
    return [n for n, op, _, _ in graph if op in TEMPLATES and (often[n] > 1 or n in graph[-1][2])]


def random_case(rng, ops):
    """A random graph in which some values are used once, some twice, and one is an output too.

    Nothing of it is dead, and nothing can be folded: Python's own 1.0 / 0.0 would raise.
    """
    while True:
        graph = draw_graph(rng, inputs=3, operations=8, ops=ops, constants=2)
        inner = [entry[0] for entry in graph if entry[1] in TEMPLATES]
        graph[-1][2].insert(0, rng.choice(inner[:-1]))
        often = uses(graph)
        if live(folded(graph)) < live(graph):
            continue
        if (
            3 <= len(statements(graph)) <= len(inner) - 3
            and any(often[n] > 1 for n in inner)
            and often[graph[-1][2][0]] == 1
        ):
            return graph


def arrays(rng, graph, special):
    """An array of eight numbers for each input; with special, -0.0, inf, NaN and others among them."""
    exact = {entry[1] for entry in graph} <= EXACT | {"input", "constant", "output"}
    if not special or not exact:
        return [[rng.uniform(-2, 2) for _ in range(8)] for _ in inputs_of(graph)]
    draw = lambda: rng.choice(SPECIAL) if rng.random() < 0.5 else rng.uniform(-2, 2)
    return [[-0.0, math.inf, math.nan, -3.0, *(draw() for _ in range(4))] for _ in inputs_of(graph)]


class FuseToSource(Exercise):
    id = "04.5"
    title = "Fuse, and write the program"
    section = "Fuse and generate code"
    why = (
        "Each statement that is saved is a trip through memory that is saved: on large arrays that is most of the time."
    )
    difficulty, importance, minutes, points = 3, 4, 30, 4
    needs = ("to_numpy",)
    leaves_out = {
        "a name that is no identifier": "the task promises good Python names, for the program uses them",
        "a guard": "a guard is no statement of a program on arrays, whose conditions are arrays too",
    }
    properties = {"one expression": 0.3, "shared values": 0.3, "every number": 0.2, "any graph": 0.2}
    task = """\
Write `to_numpy(graph, templates)`, which returns the text of a Python function `run`. Its arguments are the inputs in
order; it returns the list of the outputs in order; in between stands one statement a line, `name = expression`:

    def run(x, y):
        s = x + y
        t = np.exp(s * 2.0) - s
        return [t]

Fusion is legal where a value is used by one operation only: such an operation is written **inside** the expression
that uses it, as `s * 2.0` is. A statement of its own, under its own name, has each operation whose value is used more
than once (or it would be computed twice), and each that is an output. Constants are written as numbers in their place.

`templates` tells how an operation is written: `{"add": "{0} + {1}", "exp": "np.exp({0})", ...}`. Expressions inside
expressions need brackets, and so do negative numbers. The program runs on NumPy arrays, with nothing but `np` in scope. Names in these
graphs are good Python names; what is dead is gone, and constants are folded."""
    hints = (
        "First count how often each name stands among the inputs of an operation. Which names need a line of their own? "
        "Do not forget those that are handed back.",
        "Keep a dict `text`, from each name to how it is written where it is used: an input or a named value as its name, "
        "a constant as repr of its value (a negative one in brackets), an operation that is used once as its whole expression in brackets.",
        "For each operation: expression = templates[op].format(*[text[x] for x in inputs]). Used once and no output: "
        'text[name] = "(" + expression + ")". Otherwise add the line, and text[name] = name. repr(inf) is inf, which '
        "Python does not know: it is np.inf there, and NaN np.nan.",
    )

    @staticmethod
    def cases(rng):
        a, b = (round(rng.uniform(1, 9), 13) for _ in range(2))
        small = [
            ("one expression", "a - (b + c)", "a b c", "s = add(b, c); y = sub(a, s)", "y"),
            ("one expression", "(a + b) · (b - c)", "a b c", "s = add(a, b); d = sub(b, c); y = mul(s, d)", "y"),
            ("one expression", "-(a + b) / (b / a)", "a b", "s = add(a, b); n = neg(s); q = div(b, a); y = div(n, q)", "y"),
            ("one expression", "exp(a + b) · tanh(a)", "b a", "s = add(a, b); e = exp(s); t = tanh(a); y = mul(e, t)", "y"),
            ("shared values", "(a + b) · (a + b) - c", "a b c", "s = add(a, b); p = mul(s, s); y = sub(p, c)", "y"),
            ("shared values", "exp(a · b) + tanh(exp(a · b))", "a b", "p = mul(a, b); e = exp(p); t = tanh(e); y = add(e, t)", "y"),
            ("shared values", "an output inside another", "a b", "p = mul(a, b); s = add(p, a); n = neg(s); y = div(n, b)", "s y"),
            ("shared values", "a b where a > b, else b - a", "a b", "c = gt(a, b); p = mul(a, b); d = sub(b, a); y = where(c, p, d)", "y"),
            ("every number", f"a · {a} - {b}", "a", f"c = {a}; d = {b}; p = mul(a, c); y = sub(p, d)", "y"),
            ("every number", "a - (-2.5) · b", "a b", "c = -2.5; p = mul(c, b); y = sub(a, p)", "y"),
            ("every number", "(-2.5) ** a + b", "a b", "c = -2.5; p = pow(c, a); y = add(p, b)", "y"),
            ("every number", "(a - inf) · -0.0 + NaN / b", "a b", "i = inf; z = -0.0; n = nan; s = sub(a, i); p = mul(s, z); q = div(n, b); t = add(a, z); y = add(p, q)", "t p y"),
            ("every number", "(a - inf) · (b - -inf)", "a b", "i = inf; m = -inf; s = sub(a, i); t = sub(b, m); y = mul(s, t)", "y"),
        ]  # fmt: skip
        found = [(p, n, written(i, lines, o)) for p, n, i, lines, o in small]
        found += [
            ("any graph", "a random graph", random_case(rng, ("add", "sub", "mul", "neg", "div"))) for _ in range(3)
        ]
        found += [
            ("any graph", "a random graph", random_case(rng, ("add", "sub", "mul", "tanh", "exp"))) for _ in range(2)
        ]
        kinds = alive(demanding(rng, ("add", "sub", "mul", "div", "neg", "abs"), names=("v{}",), guard=False))
        found += [("any graph", "no operation at all", handed_back()), ("any graph", "a graph of all kinds", kinds)]
        cases = []
        for p, n, graph in found:
            case = {"property": p, "name": n, "graph": graph, "_templates": TEMPLATES}
            cases.append({**case, "_arrays": [arrays(rng, graph, False), arrays(rng, graph, True)]})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        graph = [(name, op, tuple(inputs), dict(attributes)) for name, op, inputs, attributes in case["graph"]]
        text = namespace["to_numpy"](graph, dict(case["_templates"]))
        answer = {"argument": graph, "text": text, "outputs": []}
        if type(text) is not str:
            return answer
        for columns in case["_arrays"]:
            try:
                scope = {"np": np}
                exec(compile(text, "<the program>", "exec"), scope)
                with np.errstate(all="ignore"):
                    outputs = scope["run"](*[np.array(column) for column in columns])
                if type(outputs) not in (list, tuple):
                    return {**answer, "returned": type(outputs).__name__}
                answer["outputs"].append([np.broadcast_to(x, (len(columns[0]),)).tolist() for x in outputs])
            except Exception as error:
                return {**answer, "error": type(error).__name__, "message": str(error)[:300]}
        return answer

    @staticmethod
    def judge(case, answer):
        graph, where = case["graph"], f"(Seen in {case['name']}.)"
        expect_dict(answer, ("argument", "text"))
        if dumps(answer["argument"]) != dumps(graph):
            message = "The graph that was handed in is another one now; it is only to be read."
            raise Mistake("changed-argument", f"{message} {where}", hint=3)
        text = expect_text(answer["text"], "what to_numpy returns")
        expect_run(graph, text, answer, where)
        expect_statements(graph, text, where)
        expect_outputs(case, text, answer, where)


def expect_run(graph, text, answer, where):
    """Raise a Mistake unless the program could be run and handed back a list."""
    if error := answer.get("error"):
        message, shown = f"{answer.get('message', '')}", {"got": text, "hint": 3}
        names = [entry[0] for entry in graph if entry[1] in TEMPLATES and f"'{entry[0]}'" in message]
        if error == "NameError" and ("'inf'" in message or "'nan'" in message):
            message = "The program says inf or nan, which Python does not know: write np.inf and np.nan."
            raise Mistake("infinite-name", f"{message} {where}", **shown)
        if error in ("NameError", "UnboundLocalError") and names:
            message = f"The program uses {names[0]} before a line has made it, or none does."
            raise Mistake("no-statement", f"{message} {where}", **shown)
        if error in ("SyntaxError", "IndentationError", "TabError"):
            raise Mistake("no-python", f"Python cannot read the program: {message}. {where}", **shown)
        if error == "KeyError" and message == "'run'":
            raise Mistake("no-run", f"The program defines no function `run`. {where}", **shown)
        raise Mistake("program-raises", f"The program raised {error} ({message}). {where}", **shown)
    if kind := answer.get("returned"):
        raise Mistake("no-list", f"run has returned {kind}; a list of the outputs was expected. {where}", text, hint=3)


def expect_statements(graph, text, where):
    """Raise a Mistake unless exactly the right names have a statement."""
    found, often, wanted = lines_of(graph, text, where), uses(graph), statements(graph)
    for name in wanted:
        if name not in found and often[name] > 1:
            message = f"{name} is used {often[name]} times, and has no statement: it is computed that often."
            raise Mistake("computed-twice", f"{message} {where}", text, hint=1)
        if name not in found:
            message = f"{name} is handed back, and has no statement of its own."
            raise Mistake("output-inside", f"{message} {where}", text, hint=1)
    for name in found:
        if name not in wanted:
            message = f"{name} has a statement, but is used by one operation only: it can be written inside that one."
            raise Mistake("not-fused", f"{message} {where}", text, hint=2)
    if len(found) > len(wanted):
        raise Mistake("made-twice", f"A name has two statements. {where}", text, hint=2)


def lines_of(graph, text, where):
    """The names that the lines between ``def run`` and ``return`` make."""
    lines = [line.strip() for line in text.split("\n")]
    lines = [line for line in lines if line and not line.startswith(("#", "import numpy"))]
    head = f"def run({', '.join(inputs_of(graph))}):"
    if not lines or lines[0].replace(" ", "") != head.replace(" ", ""):
        message = "The program begins with its head: the arguments of run are the inputs, in order."
        raise Mistake("wrong-head", f"{message} {where}", lines[0] if lines else "", head, hint=3)
    if len(lines) < 2 or not lines[-1].startswith("return"):
        raise Mistake("no-return", f"The last line of the program returns the list of outputs. {where}", text, hint=3)
    for line in lines[1:-1]:
        if not LINE.match(line) or ";" in line:
            message = "Between head and return stands one statement a line, `name = expression`."
            raise Mistake("not-a-statement", f"{message} {where}", line, hint=3)
    return [LINE.match(line)[1] for line in lines[1:-1]]


def expect_outputs(case, text, answer, where):
    """Raise a Mistake unless the program gives the numbers that the graph gives."""
    graph = case["graph"]
    exact = {entry[1] for entry in graph} <= EXACT | {"input", "constant", "output"}
    runs = expect_list(answer.get("outputs"), len(case["_arrays"]), "the list of results")
    turned = [[n, op, xs[::-1] if op in TEMPLATES else xs, more] for n, op, xs, more in graph]
    wrong, as_turned = None, True
    for columns, outputs in zip(case["_arrays"], runs):
        expect_list(outputs, len(graph[-1][2]), "the list that run returns")
        for row, inputs in enumerate(zip(*columns)):
            got = [expect_list(column, len(columns[0]), "an output")[row] for column in outputs]
            expected = evaluate(graph, inputs)
            if not all(type(x) in (bool, int, float) for x in got):
                message = "What run hands back are no numbers. A name in quotes is text."
                raise Mistake("no-numbers", f"{message} {where}", text, hint=3)
            if not all(near(x, y, exact) for x, y in zip(got, expected)):
                wrong = wrong or (got, expected)
            as_turned = as_turned and all(near(x, y, exact) for x, y in zip(got, evaluate(turned, inputs)))
    if wrong is None:
        return
    body = text.split(":", 1)[-1]
    numbers = [repr(entry[3]["value"]) for entry in graph if entry[1] == "constant"]
    if as_turned:
        message = "Each operation has its operands in the wrong order: {0} is the first input, {1} the second."
        raise Mistake("operands-swapped", f"{message} {where}", text, hint=3)
    if not re.search(r"(?<!\w)\(", body):
        message = "An expression inside an expression needs brackets: a - (b + c) is not a - b + c."
        raise Mistake("brackets", f"{message} {where}", text, hint=2)
    for number in (number for number in numbers if number.startswith("-") and f"{number} **" in body):
        if f"({number})" not in body:
            message = f"{number} ** a is -({number[1:]} ** a) to Python: a negative number needs brackets too."
            raise Mistake("brackets", f"{message} {where}", text, hint=2)
    if not all(number in text for number in numbers if number not in ("inf", "-inf", "nan")):
        message = "A constant is not written with all its digits: repr(value) is, and keeps the sign of -0.0."
        raise Mistake("rounded-constant", f"{message} {where}", text, numbers, hint=2)
    raise Mistake("wrong-number", f"The program gives other numbers than the graph. {where}", *wrong, hint=3)


def near(a, b, exact):
    """The same bits; where an operation may differ between libraries, a few units are allowed."""
    if same(a, b) or exact:
        return same(a, b)
    return type(a) is float and math.isfinite(a) and math.isfinite(b) and abs(a - b) <= 1e-9 * max(1.0, abs(b))
