"""Exercise 03.3: a trace keeps one branch, and a guard says when that branch is no longer the right one.

Functions with branches are run by the judge on numbers of its own, which note the line and the outcome of every
comparison: that path decides for which inputs a list has to be right, and for which, and at what line, it has to stop.
"""

import re
import sys
from functools import lru_cache

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number
from karpathy_course.checks.lecture03.kept_results import expect_not_kept
from karpathy_course.checks.shared.graph_entries import GuardFailed, apply, evaluate, expect_graph, text_of

ONE_IF = """\
def fn(x, y):
    z = x * y
    if x {sign} {a}:
        z = z + {b} * x
    else:
        z = {c} - y
    return {b} + z * {b}
"""
NESTED = """\
# the function does not begin in line 1

def fn(x, y):
    if {a} {sign} x:
        y = y * {b}
        if x + y > {c}:
            return x - y

        return y * y
    if y < x:
        return x * {c}
    return y + {b}
"""
LOOP = """\
def fn(x, y):
    rounds = 0.5
    while x > {a}:
        x = x * 0.5
        rounds = rounds + {b}
    return x * y + rounds
"""
BOTH = """\
def fn(x, y):
    total = x + y

    if x > -{a} and y <= {a}:
        total = total * {b}
    if not total >= {c}:
        total = total - x
    return total
"""
WHOLE = """\
def fn(x, y):
    if x > 0:
        return y * 2 - x
    if y <= -1:
        return y + x
    return 0 - x + y * 1
"""
UNASKED = """\
def fn(x, y):
    low = x < {a}
    nobody_asks = y > {b} * x
    y = y - x
    y = x * y
    if low:
        return y * {c}
    return x - y
"""
ASKED_TWICE = """\
def fn(x, y):
    low = x < {a}
    if low:
        y = y * {b}
    z = x + y
    if not low:
        z = z - {c}
    return z
"""
NUMBER = """\
def fn(x, y):
    if x {sign} {a}:
        return {b}
    return x - y
"""
X, Y = (["x", "input", [], {}], ["y", "input", [], {}])
LAID_OUT = [  # as few lists are: names like a - b, inputs late and unused, attributes, a constant 0, many outputs
    ["x y", "input", [], {"dtype": "float64", "value": 7.0}],
    ["0", "constant", [], {"value": 0}],
    ["a - b", "sub", ["x y", "0"], {"value": 3.0}],
    ["b - a", "sub", ["0", "x y"], {}],
    ["class", "lt", ["x y", "0"], {}],
    ["1st", "guard", ["class"], {"expected": False, "where": "line 7"}],
    ["late", "input", [], {}],
    ["unused", "input", [], {}],
    ["square", "mul", ["late", "late"], {}],
    ["ge", "ge", ["square", "x y"], {}],
    ["2nd", "guard", ["ge"], {"expected": True, "where": "line 12"}],
    ["", "output", ["square", "b - a", "late", "0", "square", "a - b"], {}],
]
WITHOUT_CONSTANT = [X, Y, ["c", "gt", ["x", "y"], {}], ["g", "guard", ["c"], {"expected": True, "where": "line 2"}]]
FIXED = (  # lists and the inputs that they are replayed on
    ([X, Y, ["", "output", ["y", "x"], {}]], [[1, 1], [-1.0, 0.5], [2, 0.0]]),
    ([*WITHOUT_CONSTANT, ["r", "mul", ["x", "y"], {}], ["", "output", ["r"], {}]], [[2, 1], [1, 1], [0.5, -1.0]]),
    (LAID_OUT, [[1, 3, -0.0], [0.0, -1, 1], [-2.5, 1, 1], [4.0, 1, 1], [1, 1, 1]]),
)


class Followed:
    """A number of the judge's, which writes the list and notes the path: [(line, outcome), …]."""

    def __init__(self, name, value, entries, path):
        self.name, self.value, self.entries, self.path = name, value, entries, path

    def _name(self, x):
        if isinstance(x, Followed):
            return x.name, x.value
        self.entries.append([f"v{len(self.entries)}", "constant", [], {"value": x}])
        return self.entries[-1][0], x

    def _apply(self, op, *operands):
        named = [self._name(x) for x in operands]
        name, value = f"v{len(self.entries)}", apply(op, *(value for _, value in named))
        self.entries.append([name, op, [n for n, _ in named], {}])
        return Followed(name, value, self.entries, self.path)

    def __bool__(self):
        line = sys._getframe(1).f_lineno
        self.path.append((line, self.value))
        more = {"expected": self.value, "where": f"line {line}"}
        self.entries.append([f"v{len(self.entries)}", "guard", [self.name], more])
        return self.value

    __add__ = lambda self, other: self._apply("add", self, other)
    __radd__ = lambda self, other: self._apply("add", other, self)
    __sub__ = lambda self, other: self._apply("sub", self, other)
    __rsub__ = lambda self, other: self._apply("sub", other, self)
    __mul__ = lambda self, other: self._apply("mul", self, other)
    __rmul__ = lambda self, other: self._apply("mul", other, self)
    __lt__ = lambda self, other: self._apply("lt", self, other)
    __le__ = lambda self, other: self._apply("le", self, other)
    __gt__ = lambda self, other: self._apply("gt", self, other)
    __ge__ = lambda self, other: self._apply("ge", self, other)


@lru_cache(maxsize=64)
def function_of(source):
    scope = {}
    exec(compile(source, "<function>", "exec"), scope)
    return scope["fn"]


def follow(source, inputs):
    """(list with guards, path, value) of a function of the course's on these inputs."""
    path = []
    entries = [[name, "input", [], {}] for name in ("x", "y")]
    out = function_of(source)(*[Followed(name, x, entries, path) for name, x in zip(("x", "y"), inputs)])
    if not isinstance(out, Followed):
        entries.append([f"v{len(entries)}", "constant", [], {"value": out}])
        out = Followed(entries[-1][0], out, entries, path)
    return [*entries, ["", "output", [out.name], {}]], path, out.value


def draw(rng, template):
    """(source, example, another example that takes another path, points of which some take the first one's path)."""
    while True:
        numbers = {key: round(rng.uniform(0.6, 1.9), 2) for key in "abc"}
        source = template.format(sign=rng.choice(["<", ">", "<=", ">="]), **numbers)
        points = [[round(rng.uniform(-4, 4), 3), round(rng.uniform(-4, 4), 3)] for _ in range(24)]
        paths = [follow(source, point)[1] for point in points]
        alike = [path == paths[0] for path in paths]
        if 5 <= sum(alike) <= 19 and paths[0]:
            return source, points[0], points[alike.index(False)], points[1:]


class Guards(Exercise):
    id = "03.3"
    title = "A guard at the branch"
    section = "A guard at the branch"
    why = "A trace keeps one branch; the guard turns a silently wrong answer into an error."
    difficulty, importance, minutes, points = 4, 5, 35, 6
    seconds = 2.0
    needs = ("trace_with_guards", "replay")
    leaves_out = {
        "one operand": "the numbers of fn meet + - * and comparisons, which all take two",
        "not a number": "on which side of a branch it lies is not asked here",
        "infinite": "on which side of a branch it lies is not asked here",
    }
    allows = {
        "renames": "names are the learner's, as in 03.1",
        "makes whole numbers floats": "a list computes with floats: 2 and 2.0 are one number",
    }
    properties = {"an if": 0.35, "nested branches and loops": 0.3, "replay stops": 0.35}
    task = """\
Traced at x = 3, `if x > 1: …` leaves the operations of one branch in the list, and replayed at x = -3 that list is
silently wrong. So let the stand-in decide the branch by the example's number, and write down that it did:

```text
("v4", "gt", ["x0", "v3"], {})
("v5", "guard", ["v4"], {"expected": True, "where": "line 2"})
```

* `trace_with_guards(fn, *examples)` returns such a list. Python asks a stand-in's `__bool__` wherever a branch hangs
  on it: in `if`, `while`, `and`, `not`. Every answer is guarded (of the same comparison, asked twice, once is enough). `where` names the line of `fn` that asked: in
  `__bool__`, `sys._getframe(1).f_lineno` is its number.
* `replay(entries, inputs)` returns the list of outputs, as `interpret` does. Where a guard's condition is not what was
  `expected`, it raises `GuardFailed` with the guard's `where` in the message, and returns nothing.

The numbers of `fn` meet `+ - *` and `< <= > >=`, and all its conditions are comparisons; one that no branch asks for
has no guard. `fn` may return a plain number. The ops of the comparisons are `lt le gt ge`. `entries` and `inputs` stay as they were."""
    hints = (
        "Each stand-in has a name for the list and a value for deciding. The value of a comparison is True or False: "
        "__bool__ returns it. What has to be in the list before it does?",
        "A guard uses the comparison's name. It expects what the example gave, which may well be False. In replay a "
        "guard makes no value: it compares values[condition] with attributes['expected'].",
        "__bool__: entries.append((f'v{len(entries)}', 'guard', [self.name], {'expected': self.value, 'where': f'line "
        "{sys._getframe(1).f_lineno}'})); return self.value. replay: if op == 'guard': if values[operands[0]] is not "
        "attributes['expected']: raise GuardFailed(attributes['where']).",
    )

    @staticmethod
    def cases(rng):
        point = lambda: [round(rng.uniform(-4, 4), 3) for _ in "xy"]
        first = {"property": "an if", "source": WHOLE, "examples": [[1, 1], [0, 0.0], [-1.0, -1.0]]}
        cases = [first | {"judge": {"points": [point() for _ in range(24)]}}]
        plan = [("an if", t) for t in (ONE_IF, ONE_IF, UNASKED, NUMBER)]
        plan += [("nested branches and loops", t) for t in (NESTED, LOOP, BOTH, ASKED_TWICE)]
        for property, template in plan:
            source, example, other, points = draw(rng, template)
            cases.append(
                {"property": property, "source": source, "examples": [example, other], "judge": {"points": points}}
            )
        lists, wanted = [([list(e) for e in entries], points) for entries, points in FIXED], {True, False}
        while wanted:
            source, example, other, points = draw(rng, rng.choice([ONE_IF, NESTED, LOOP, BOTH]))
            entries, path, _ = follow(source, example)
            wanted -= {expected for _, expected in path}
            lists.append((entries, [example, other, *points[:6]]))
        for entries, points in lists:
            case = {"property": "replay stops", "list": entries, "inputs": points}
            cases.append(case)
        return cases

    @staticmethod
    def probe(namespace, case):
        if "source" in case:
            scope, rows = {}, lambda entries: [list(e) if type(e) in (list, tuple) else e for e in entries]
            exec(compile(case["source"], "<function>", "exec"), scope)
            try:
                lists = [namespace["trace_with_guards"](scope["fn"], *example) for example in case["examples"]]
            except AttributeError as error:
                if type(getattr(error, "obj", None)) in (int, float):
                    return {"nameless": str(getattr(error, "name", ""))[:20]}
                raise
            same = any(a is b for a in lists[:1] for b in lists[1:] if type(a) is list)
            return {"lists": [rows(x) if type(x) in (list, tuple) else x for x in lists], "same": same}
        found, entries = [], [(name, op, tuple(operands), dict(more)) for name, op, operands, more in case["list"]]
        for inputs in case["inputs"]:
            given = list(inputs)
            before = repr(entries), repr(given)
            try:
                found.append({"outputs": namespace["replay"](entries, given)})
            except (NotImplementedError, RecursionError):
                raise
            except Exception as error:
                names = [kind.__name__ for kind in type(error).__mro__]
                raised = "GuardFailed" if "GuardFailed" in names else names[0]
                found.append({"raised": raised[:80], "message": str(error)[:400]})
            for what, was, thing in zip(("entries", "inputs"), before, (entries, given)):
                if repr(thing) != was:
                    return {"changed": what}
        lists = [row.get("outputs") for row in found]
        same = any(a is b for k, a in enumerate(lists) for b in lists[:k] if type(a) is list)
        return {"found": found, "same": same}

    @staticmethod
    def judge(case, answer):
        what = expect_dict(answer).get("changed")
        if what in ("entries", "inputs"):
            message = f"replay has changed the list `{what}` that it was given: the next replay is another one."
            raise Mistake("changed-list", message, hint=2)
        if "nameless" in answer:
            message = "fn may return a plain number, which is no stand-in and has no name: make a constant entry of it."
            raise Mistake("nameless-number", message, hint=1)
        expect_dict(answer, ("lists" if "source" in case else "found", "same"))
        if answer["same"] is not False:
            message = "Two calls handed back one list: the second has changed what the first returned. Make it anew."
            raise Mistake("one-list", message, hint=3)
        if "source" in case:
            for example, entries in zip(case["examples"], expect_list(answer["lists"], len(case["examples"]))):
                judge_guards(case, example, entries)
            return
        rows = expect_list(answer["found"], len(case["inputs"]))
        for inputs, got in zip(case["inputs"], rows):
            judge_replay(case, inputs, got)


def judge_guards(case, example, entries):
    """Return when the list stops wherever fn would go another way, and nowhere else."""
    expect_graph(entries, len(example), "the list", outputs=1)
    source, traced_at = case["source"], f"Traced at x = {example[0]:g}, y = {example[1]:g}"
    path = follow(source, example)[1]
    guards = sum(entry[1] == "guard" for entry in entries)
    shown = {"got": text_of(entries)}
    points = sorted([*case["judge"]["points"], *case["examples"]], key=lambda point: follow(source, point)[1] != path)
    for point in [example, *points]:  # first those that take the same path
        at = f"replayed at x = {point[0]:g}, y = {point[1]:g}"
        _, taken, right = follow(source, point)
        try:
            got, stopped = evaluate(entries, point)[0], None
        except GuardFailed as failed:
            got, stopped = None, str(failed)
        if taken == path and stopped is not None:
            if point == example:
                message = (
                    f"{traced_at}, the list fails its own guard at that very example: the guard expects the opposite."
                )
                raise Mistake("opposite-guard", message, **shown, hint=2)
            message = f"{traced_at} and {at}, fn takes the same branches, but a guard fails ({stopped[:60]!r})."
            why = " A guard watches the condition, not the numbers."
            if guards > len(path):
                why = f" fn asks {len(path)} times; the list has {guards} guards: one belongs where Python asks, no other."
            raise Mistake("fires-needlessly", message + why, **shown, hint=2)
        if taken == path and not close(got, right):
            message = f"{traced_at} and {at}, with the same branches, the list gives {show(got)} and fn {right:.6g}."
            raise Mistake("wrong-value", message, **shown, hint=1)
        if taken == path:
            continue
        line, was = first_difference(path, taken)
        if stopped is None:
            message = f"{traced_at} and {at}, the list gives {show(got)} and fn {right:.6g}: line {line} now goes the other way"
            if was is False and not any(entry[1] == "guard" and entry[3].get("expected") is False for entry in entries):
                message += (
                    f". The condition of line {line} was False in the trace, and no guard was written: a branch that is not "
                    "taken needs one too, with expected False."
                )
                raise Mistake("missing-guard" if guards else "no-guard", message, **shown, hint=2)
            if guards == 0:
                raise Mistake("no-guard", f"{message}, and nothing in the list says so.", **shown, hint=1)
            raise Mistake(
                "missing-guard", f"{message}. Of the guards in the list ({guards}) none watches that.", **shown, hint=1
            )
        if str(line) not in re.findall(r"\d+", stopped):
            message = f"{traced_at} and {at}, the branch of line {line} goes the other way, but the guard says {stopped[:60]!r}."
            start = function_of(source).__code__.co_firstlineno
            if str(line - start + 1) in re.findall(r"\d+", stopped):
                message = (
                    f"{stopped[:60]!r} is counted from the def, which stands in line {start}: write the line of the source "
                    f"itself, f_lineno, here 'line {line}'."
                )
            raise Mistake("wrong-line", message, stopped[:60], f"line {line}", hint=3)


def first_difference(path, taken):
    """(line, outcome in path) where two paths part; one that ends earlier parts where the other goes on."""
    for here, there in zip(path, taken):
        if here != there:
            return here
    longer, at = path if len(path) > len(taken) else taken, min(len(path), len(taken))
    return longer[at][0], path[at][1] if longer is path else None


def judge_replay(case, inputs, got):
    """Return when replay gave the outputs, or raised GuardFailed, as it had to."""
    at, entries = f"For the inputs {', '.join(f'{x:g}' for x in inputs)}", case["list"]
    expect_dict(got)
    try:
        expected, stopped = evaluate(entries, inputs), None
    except GuardFailed as failed:
        expected, stopped = None, str(failed)
    if "raised" in got:
        raised, message = str(got["raised"])[:80], str(got.get("message", ""))
        if stopped is None:
            if raised == "GuardFailed":
                text = f"{at} every guard's condition is as expected, but replay raised GuardFailed({message[:60]!r})."
                raise Mistake("fires-needlessly", f"{text} A guard may expect False.", message, expected, hint=2)
            text = f"{at} replay raised {raised}({message[:80]!r}); every guard holds there."
            raise Mistake("raises-instead", text, raised, expected, hint=3)
        if raised != "GuardFailed":
            text = f"{at} the guard of {stopped} fails. replay raised {raised}({message[:80]!r}); GuardFailed was expected."
            raise Mistake("raises-something-else", text, raised, "GuardFailed", hint=3)
        if stopped not in message:
            text = f"{at} replay raised GuardFailed, but its message does not name the place, {stopped!r}."
            raise Mistake("no-line", text, message[:80], stopped, hint=3)
        return
    expect_dict(got, ("outputs",))
    if stopped is not None:
        text = (
            f"{at} the guard of {stopped} fails, but replay returned {show(got['outputs'])}: silently the wrong branch."
        )
        said = {e[3]["expected"] for e in entries if e[1] == "guard" and e[3].get("where") == stopped}
        if len(said) == 1:
            now = not min(said)
            text += (
                f" This guard expects {not now}, and its condition is now {now}: a guard fails whenever the condition is not "
                "what was expected, in both directions."
            )
        raise Mistake("ignores-guards", text, "no error", f"GuardFailed: {stopped}", hint=3)
    values = expect_list(got["outputs"], len(expected), "the list of outputs")
    if not all(map(close, values, expected)):
        expect_not_kept(entries, inputs, values, got=values, expected=expected)
    for value, right in zip(values, expected):
        if not close(expect_number(value, "an output"), right):
            raise Mistake(
                "wrong-value", f"{at} replay gives {show(value)}, not {show(right)}.", values, expected, hint=3
            )


def show(thing):
    return f"{thing:.6g}" if type(thing) is float else str(thing)[:60]
