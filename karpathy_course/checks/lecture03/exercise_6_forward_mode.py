"""Exercise 03.6: forward mode with dual numbers, beside reverse mode, and how many passes a Jacobian takes in each.

The judge pushes changes through the graph that the case's function was written from: a third way, exact too.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_integer, expect_list, expect_number
from karpathy_course.checks.lecture03.random_functions import draw_tame, is_tame, source_of
from karpathy_course.checks.shared.graph_entries import all_values

OPS = ("add", "sub", "mul", "div", "neg", "exp", "log", "tanh")
ANYWHERE = ("add", "sub", "mul", "neg", "tanh")
CLOSE = 1e-11  # rounding only: a finite difference is not that good
RULES = {
    "add": "the sum's change is the sum of the changes",
    "sub": "the difference's change is the difference of the changes",
    "neg": "the change turns its sign with the value",
    "mul": "(a·b)' = a'·b + a·b'",
    "div": "(a/b)' = (a' - (a/b)·b') / b",
    "exp": "exp(a)' = exp(a)·a'",
    "log": "log(a)' = a' / a",
    "tanh": "tanh(a)' = (1 - tanh(a)²)·a'",
}
NAMES = {"mul": "product-rule", "div": "quotient-rule", "exp": "chain-rule", "log": "chain-rule", "tanh": "chain-rule"}


SLOPES = {  # the change of y = op(a, b), where a and b change by da and db
    "add": lambda y, a, b, da, db: da + db,
    "sub": lambda y, a, b, da, db: da - db,
    "neg": lambda y, a, b, da, db: -da,
    "mul": lambda y, a, b, da, db: da * b + a * db,
    "div": lambda y, a, b, da, db: (da - y * db) / b,
    "exp": lambda y, a, b, da, db: y * da,
    "log": lambda y, a, b, da, db: da / a,
    "tanh": lambda y, a, b, da, db: (1 - y * y) * da,
}


def changes(graph, inputs, direction):
    """``{name: change}`` when the inputs change along direction: forward mode on a list (Wengert 1964)."""
    v, d, given = all_values(graph, inputs), {}, iter(direction)
    for name, op, operands, _ in graph:
        if op in ("input", "constant"):
            d[name] = next(given) if op == "input" else 0.0
        elif op in OPS:
            a, b = operands[0], operands[-1]
            d[name] = SLOPES[op](v[name], v[a], v[b], d[a], d[b])
    return d


def jacobian(graph, inputs):
    """Rows for the outputs, columns for the inputs."""
    n = len(inputs)
    columns = [changes(graph, inputs, [float(i == k) for i in range(n)]) for k in range(n)]
    return [[column[name] for column in columns] for name in graph[-1][2]]


def single(op, constant_first, number):
    """One operation of x and y, or of x and a plain number on one side; op(x) where it takes one."""
    inputs = [["x", "input", [], {}], ["y", "input", [], {}]]
    if op in ("add", "sub", "mul", "div"):
        if constant_first is None:
            return [*inputs, ["r", op, ["x", "y"], {}], ["", "output", ["r"], {}]]
        operands = ["c", "x"] if constant_first else ["x", "c"]
        constant = ["c", "constant", [], {"value": number}]
        return [*inputs[:1], constant, ["r", op, operands, {}], ["", "output", ["r"], {}]]
    return [*inputs[:1], ["r", op, ["x"], {}], ["", "output", ["r"], {}]]


def at_whole_numbers(rng):
    """A graph of three inputs that is tame at 2, -1 and 2: whole numbers, two of them equal."""
    while True:
        graph, _ = draw_tame(rng, 1, 3, 9, ANYWHERE, 1, 2)
        if is_tame(graph, [[2, -1, 2]]):
            return graph


class ForwardMode(Exercise):
    id = "03.6"
    title = "Forward mode and reverse mode"
    section = "Forward mode and reverse mode"
    why = "Forward mode costs one pass for each input, reverse mode one for each output: a loss has one output and many inputs."
    difficulty, importance, minutes, points = 4, 5, 40, 6
    needs = ("Dual", "forward_jacobian", "reverse_jacobian")
    provides = {"Value": "karpathy_course.scalar"}
    allows = dict.fromkeys(
        ("hands back one list each time", "loses its last entry", "says its first entry twice"),
        "what is returned is a dict, which these slips do not touch",
    )
    properties = {"dual numbers": 0.4, "forward mode": 0.3, "reverse mode": 0.3}
    task = """\
A `Dual` has a `value` and a `change`: how fast the value changes along one direction. Fill in the rules of the operations;
plain numbers do not change.

Then take the Jacobian of `fn`, a function from a list of n numbers to a list of m, in two ways: a list of m rows, one
for each output, of n derivatives each. Return `{"jacobian": rows, "passes": how many passes it took}`.

* `forward_jacobian(fn, xs)` hands `fn` Duals. One pass, forward, gives the derivatives of *all outputs* by *one input*.
* `reverse_jacobian(fn, xs)` hands `fn` the Values of lecture 02. One pass, backward, gives the derivatives of *one
  output* by *all inputs*.

An output may be a plain number, or an input as it is. The check tries Rⁿ → R, R → Rᵐ and Rⁿ → Rᵐ. Both must agree with the exact Jacobian to rounding (1e-11)."""
    hints = (
        "Each rule gives the value as usual, and the change by the sum, product, quotient or chain rule: (a·b)' = a'·b + "
        "a·b'. A column of the Jacobian is what comes out when one input changes by 1 and all others by 0.",
        "forward: for input i, fn([Dual(x, 1.0 if k == i else 0.0) …]) gives column i; zip(*columns) turns columns to "
        "rows; passes = n. reverse: for output k, backward() from it gives row k, in the leaves' grad; passes = m. "
        "Leaves accumulate: start each row from fresh leaves, or from zero. A plain number among the outputs changes by 0.",
        "__mul__: Dual(a.value * b.value, a.change * b.value + a.value * b.change). __truediv__: with q = a.value / "
        "b.value, Dual(q, (a.change - q * b.change) / b.value). tanh: t = math.tanh(a.value), Dual(t, (1 - t * t) * "
        "a.change). reverse: leaves = [Value(x) for x in xs]; outs = fn(leaves); for each out: set every grad to 0.0, "
        "out.backward(), append [leaf.grad for leaf in leaves].",
    )

    @staticmethod
    def cases(rng):
        number = lambda: round(rng.uniform(1.3, 2.6), 2)
        plans = []
        for op in ("mul", "add", "sub", "div", "neg", "exp", "log", "tanh"):  # mul first: the signs are made of it
            sides = (None, True, False) if op in ("mul", "add", "sub", "div") else (None,)
            plans += [(op, single(op, side, number())) for side in sides]
        cases = []
        for op, graph in plans:
            n = sum(entry[1] == "input" for entry in graph)
            points, directions = [number() for _ in range(n)], [round(rng.uniform(1.5, 3), 2) for _ in range(n)]
            cases.append(
                {
                    "property": "dual numbers",
                    "op": op,
                    "inputs": points,
                    "direction": directions,
                    "judge": {"graph": graph},
                }
            )
        for _ in range(3):
            graph, [point] = draw_tame(rng, 1, 2, 6, OPS, 1)
            directions = [round(rng.uniform(-3, 3), 2) for _ in range(2)]
            cases.append(
                {
                    "property": "dual numbers",
                    "op": "",
                    "inputs": point,
                    "direction": directions,
                    "judge": {"graph": graph},
                }
            )
        for property in ("forward mode", "reverse mode"):
            for n, m in ((rng.randint(4, 6), 1), (1, rng.randint(3, 5)), (3, 2), (2, 4)):
                graph, [point] = draw_tame(rng, 1, n, 9, ANYWHERE, 1, m)
                cases.append({"property": property, "inputs": point, "judge": {"graph": graph}})
            cases.append({"property": property, "inputs": [2, -1, 2], "judge": {"graph": at_whole_numbers(rng)}})
            graph, [point] = draw_tame(rng, 1, 2, 6, ANYWHERE, 1)
            graph[-1] = ["", "output", [*rng.sample(["c1", "x", graph[-1][2][0]], 3)], {}]
            cases.append({"property": property, "inputs": point, "judge": {"graph": graph}})
        return [{"source": source_of(case["judge"]["graph"], listed=True), **case} for case in cases]

    @staticmethod
    def probe(namespace, case):
        scope, handed = {}, []
        exec(compile(case["source"], "<function>", "exec"), scope)
        if "direction" in case:
            Dual = namespace["Dual"]
            given = list(zip(case["inputs"], case["direction"]))
            duals = [Dual(x, change) for x, change in given]
            [out] = scope["fn"](list(duals))
            if any(dual.value is not x or dual.change is not change for dual, (x, change) in zip(duals, given)):
                return {"changed": True}
            if type(out) is not Dual:
                return {"type": type(out).__name__}
            return {"value": out.value, "change": out.change}

        def fn(xs):
            handed.append([type(x).__name__ for x in xs] if type(xs) is list else type(xs).__name__[:40])
            return scope["fn"](list(xs))

        way = "forward_jacobian" if case["property"] == "forward mode" else "reverse_jacobian"
        xs = list(case["inputs"])
        try:
            found = namespace[way](fn, xs)
        except AttributeError as error:
            if type(getattr(error, "obj", None)) in (int, float) and handed:
                return {"plain": str(getattr(error, "name", ""))[:20]}
            raise
        return {"found": found, "handed": handed[:100], "inputs": [x if type(x) in (int, float) else None for x in xs]}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer)
        if "direction" in case:
            judge_dual(case, answer)
        else:
            judge_jacobian(case, answer)


def judge_dual(case, answer):
    graph, op = case["judge"]["graph"], case["op"]
    if "changed" in answer:
        message = "An operation has changed one of its operands, which fn uses again: make a new Dual, and leave both as they are."
        raise Mistake("changed-operand", message, hint=1)
    if "type" in answer:
        message = f"The result is {str(answer['type'])[:40]}; every operation on a Dual gives a Dual."
        raise Mistake("not-a-dual", message, hint=1)
    expect_dict(answer, ("value", "change"))
    name = graph[-1][2][0]
    right = all_values(graph, case["inputs"])[name], changes(graph, case["inputs"], case["direction"])[name]
    got = expect_number(answer["value"], "the value"), expect_number(answer["change"], "the change")
    shown = {"got": f"Dual({got[0]:.6g}, {got[1]:.6g})", "expected": f"Dual({right[0]:.6g}, {right[1]:.6g})"}
    if not close(got[0], right[0], CLOSE):
        raise Mistake("wrong-value", "The value itself is wrong; the change comes second.", **shown, hint=1)
    if close(got[1], right[1], CLOSE):
        return
    if any(entry[1] == "constant" for entry in graph) and op:
        still = [[e[0], "input" if e[1] == "constant" else e[1], e[2], e[3]] for e in graph]
        values = [
            e[3]["value"] if e[1] == "constant" else case["inputs"][0] for e in graph if e[1] in ("input", "constant")
        ]
        if close(got[1], changes(still, values, [*case["direction"], 1.0])[name], CLOSE):
            raise Mistake("constant-changes", "A plain number does not change: its change is 0.", **shown, hint=1)
    where = f" The rule: {RULES[op]}." if op else " Each operation alone is right: look at what is used twice."
    why = wrong_quotient(case, got[1]) if op == "div" else ""
    raise Mistake(NAMES.get(op, "wrong-change"), f"The change is wrong{why}.{where}", **shown, hint=3)


def wrong_quotient(case, got):
    """What is wrong with the change of b in a / b, where got shows it."""
    graph = case["judge"]["graph"]
    values, moved = all_values(graph, case["inputs"]), changes(graph, case["inputs"], case["direction"])
    name, _, (a, b), _ = graph[-2]
    if close(got, moved[a] / values[b], CLOSE):
        return ": in a / b that of b is left out"
    if close(got, (moved[a] + values[name] * moved[b]) / values[b], CLOSE):
        return ": in a / b that of b counts with the wrong sign"
    return ""


def judge_jacobian(case, answer):
    graph, inputs, mode = case["judge"]["graph"], case["inputs"], case["property"]
    right, kind = jacobian(graph, inputs), "Dual" if mode == "forward mode" else "Value"
    if type(answer.get("plain")) is str:
        message = f"An output may be a plain number, which has no `{answer['plain'][:20]}`: no input changes it."
        raise Mistake("plain-output", message, hint=2)
    n, m = len(inputs), len(right)
    if expect_dict(answer, ("found", "handed", "inputs"))["inputs"] != inputs:
        message = "The list of inputs that was handed in is another one now: make lists of your own."
        raise Mistake("changed-argument", message, answer["inputs"], inputs, hint=2)
    found = expect_dict(answer["found"], ("jacobian", "passes"), "what came back")
    for types in expect_list(answer["handed"]):
        if type(types) is str:
            text = f"fn is a function of a list of {n} {kind}s; it was handed a {types[:40]}."
            raise Mistake("not-a-list", text, types[:40], "list", hint=2)
        if types != [kind] * n:
            text = f"In {mode} fn is handed a list of {n} {kind}s; it was handed {str(types)[:60]}."
            raise Mistake(f"not-{kind.lower()}s", text, hint=2)
    rows = expect_list(found["jacobian"], None, "the Jacobian")
    for row in rows:
        for x in expect_list(row, None, "a row of the Jacobian"):
            expect_number(x, "a derivative")
    shown = {"got": rows, "expected": right}
    if not matches(rows, right):
        if matches(rows, [list(column) for column in zip(*right)]):
            raise Mistake(
                "transposed", f"Rows and columns are exchanged: {m} rows of {n} were expected.", **shown, hint=2
            )
        if len(rows) != m or any(len(row) != n for row in rows):
            raise Mistake("wrong-shape", f"The Jacobian has {m} rows, one for each output, of {n}.", **shown, hint=1)
        sums = [sum(row) for row in right]
        if all(all(close(x, s, CLOSE) for x in row) for row, s in zip(rows, sums)):
            text = "All inputs change at once, so that each derivative is the sum of a row: let one input change at a time."
            raise Mistake("seeded-all", text, **shown, hint=2)
        together = [[sum(d for d, x in zip(row, inputs) if x == at) for at in inputs] for row in right]
        if len(set(inputs)) < n and matches(rows, together):
            text = "Inputs that hold equal numbers have changed together: tell inputs apart by their place in the list."
            raise Mistake("equal-inputs", text, **shown, hint=2)
        heaped = [[sum(column) for column in zip(*right[: k + 1])] for k in range(m)]
        if matches(rows, heaped):
            text = "Each row holds all rows before it as well: leaves accumulate. Zero their grad before each backward."
            raise Mistake("no-zero-grad", text, **shown, hint=2)
        if m > 1 and all(matches([row], [[sum(column) for column in zip(*right)]]) for row in rows):
            text = "Each row is the sum of all rows: the backward pass begins at one output, not at their sum."
            raise Mistake("summed-outputs", text, **shown, hint=2)
        if all(close(x, y, 1e-4) for row, line in zip(rows, right) for x, y in zip(row, line)):
            text = "Nearly right, but not to rounding: a nudge has the error of its h. Take what the rules give."
            raise Mistake("nudged", text, **shown, hint=2)
        raise Mistake("wrong-jacobian", f"In {mode} the Jacobian of R^{n} → R^{m} is wrong.", **shown, hint=2)
    passes, wanted = expect_integer(found["passes"], "the number of passes"), n if mode == "forward mode" else m
    plain = sum(entry[0] in graph[-1][2] for entry in graph if entry[1] == "constant")
    if passes == wanted - plain and mode == "reverse mode":
        passes = wanted  # a number needs no pass
    if passes != wanted:
        per = "input" if mode == "forward mode" else "output"
        text = f"{mode.capitalize()} takes one pass for each {per}: {wanted} for R^{n} → R^{m}."
        raise Mistake("wrong-passes", text, passes, wanted, hint=1)
    if len(answer["handed"]) > wanted + 1:  # one run more is named for what it is, below
        text = f"{passes} passes are told, but fn was run {len(answer['handed'])} times: one run gives a whole"
        text = f"{text} {'column' if mode == 'forward mode' else 'graph, and so a whole row'} of the Jacobian."
        raise Mistake("ran-too-often", text, len(answer["handed"]), wanted, hint=1)
    if mode == "forward mode" and len(answer["handed"]) > passes:  # each run is a pass forward
        text = f"`passes` says {passes}, and fn was run {len(answer['handed'])} times: each run is a pass forward, and the run "
        text = f"{text}for one input tells how many outputs there are."
        raise Mistake("not-counted", text, len(answer["handed"]), passes, hint=1)


def matches(rows, right):
    return len(rows) == len(right) and all(
        len(row) == len(line) and all(close(x, y, CLOSE) for x, y in zip(row, line)) for row, line in zip(rows, right)
    )
