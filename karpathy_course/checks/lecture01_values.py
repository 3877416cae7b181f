"""Exercises 01.1 and 01.2: the derivative as a nudge ratio, and a number that remembers how it was made.

The judges compute, beside the right answer, what each usual mistake would have given, and name the mistake
whose numbers they find.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.judging import close, expect_dict, expect_list, expect_number, expect_numbers


def cubic(case, xs):
    """Σ c_k x_k³ + p · x_0 x_1 x_2, whose derivatives are known exactly."""
    return sum(c * x**3 for c, x in zip(case["cubes"], xs)) + case["product"] * xs[0] * xs[1] * xs[2]


def exact_gradient(case, i):
    xs = case["xs"]
    others = [x for j, x in enumerate(xs) if j != i]
    return 3 * case["cubes"][i] * xs[i] ** 2 + case["product"] * others[0] * others[1]


class NumericalGradient(Exercise):
    id = "01.1"
    title = "A derivative is a nudge ratio"
    section = "A derivative is a nudge ratio"
    task = "Write numerical_grad(f, xs, i, h): the central difference of f in its i-th number."
    difficulty, importance, minutes, points = 1, 5, 10, 2
    needs = ("numerical_grad",)
    properties = {"value": 0.5, "order": 0.25, "arguments": 0.25}
    hints = (
        "Nudge only the i-th number, once up and once down, and look at how far f moves.",
        "Make two copies of xs: `list(xs)` is a new list. Add h to entry i of one, subtract h from entry i of the other.",
        "Between the two copies the number differs by 2 * h, so the ratio is (f(up) - f(down)) / (2 * h).",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for prop, hs in [("value", [1e-4])] * 4 + [("order", [0.1, 0.01])] * 2 + [("arguments", [1e-4])] * 2:
            case = {"property": prop, "xs": [rng.choice([-1, 1]) * rng.uniform(0.6, 2.0) for _ in range(3)]}
            case["cubes"] = [rng.choice([-1, 1]) * rng.uniform(1.0, 2.0) for _ in range(3)]
            cases.append({**case, "product": rng.uniform(1.0, 2.0), "i": rng.randrange(1, 3), "hs": hs})
        return cases

    @staticmethod
    def probe(namespace, case):
        def f(xs):
            cubes = sum(c * x**3 for c, x in zip(case["cubes"], xs))
            return cubes + case["product"] * xs[0] * xs[1] * xs[2]

        xs = list(case["xs"])
        found = [namespace["numerical_grad"](f, xs, case["i"], h) for h in case["hs"]]
        return {"found": found, "xs": xs}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("found", "xs"))
        found = expect_numbers(answer["found"], len(case["hs"]), "what numerical_grad returned")
        xs, i, h = case["xs"], case["i"], case["hs"][0]
        if answer["xs"] != xs:
            message = "numerical_grad changed the list that it was given: whoever called it still needs those numbers. Nudge a copy."
            raise Mistake("mutates", message, answer["xs"], xs, hint=2)
        exact = exact_gradient(case, i)

        def moved(k, by):
            return cubic(case, [x + by * (j == k) for j, x in enumerate(xs)])

        got, here = found[0], cubic(case, xs)
        signs = {
            "forward-difference": ((moved(i, h) - here) / h, "This is a forward difference, f(x + h) - f(x): it looks only to one side, and its error is of the size of h. Look to both sides.", 2),
            "backward-difference": ((here - moved(i, -h)) / h, "This is a backward difference, f(x) - f(x - h): it looks only to one side, and its error is of the size of h. Look to both sides.", 2),
            "missing-two": (2 * (moved(i, h) - moved(i, -h)) / (2 * h), "Twice too much: from x - h to x + h the number moves by 2h, not by h.", 3),
            "wrong-sign": (-(moved(i, h) - moved(i, -h)) / (2 * h), "The sign is turned round: up minus down, not down minus up.", 3),
            "not-divided": (moved(i, h) - moved(i, -h), "This is how far f moved; divide by how far the number moved.", 3),
        }  # fmt: skip
        if case["property"] == "order":
            errors = [abs(g - exact) for g in found]
            if errors[1] and 80 <= errors[0] / errors[1] <= 125:
                return
            if close(found[0], found[1], 1e-7):
                raise Mistake("ignores-h", "The answer does not depend on h: use the h that is given.", found, hint=2)
        elif abs(got - exact) <= 1e-6:
            return
        for name, (value, message, hint) in signs.items():
            if close(got, value, 1e-9):
                raise Mistake(name, message, got, exact, hint)
        for j in range(3):
            if j != i and abs(got - exact_gradient(case, j)) < 1e-5 + 10 * h * h:
                raise Mistake(
                    "wrong-number", f"That is the derivative in number {j}; asked was i = {i}.", got, exact, 1
                )
        if abs(got - sum(exact_gradient(case, j) for j in range(3))) < 1e-4 + 30 * h * h:
            raise Mistake("nudges-all", "All numbers were nudged at once; nudge only the i-th.", got, exact, 1)
        raise Mistake("wrong-value", "This is not the slope of f in its i-th number.", got, exact, 1)


class RememberingValue(Exercise):
    id = "01.2"
    title = "A number that remembers"
    section = "A number that remembers"
    task = "Give Value + and ×, with plain numbers on either side."
    difficulty, importance, minutes, points = 2, 5, 20, 4
    needs = ("Value",)
    properties = {"data": 0.25, "edges": 0.35, "numbers": 0.2, "reflected": 0.2}
    hints = (
        "Each operation makes a new Value: its data, the parents it was made from, and d(new)/d(parent) beside each parent.",
        "For a + b both local derivatives are 1. For a * b, nudging a moves the product by b: so beside a stands b's data.",
        "A plain number has no data: turn it into a Value first, `other if isinstance(other, Value) else Value(other)`. "
        "Python asks `__radd__` for 2 + a and `__rmul__` for 2 * a; both orders give the same number.",
    )

    @staticmethod
    def cases(rng):
        def numbers():
            return [rng.choice([-1, 1]) * rng.randrange(2, 9) + rng.choice([0.25, 0.5]) for _ in range(2)]

        plan = [("data", "nested")] * 2 + [("edges", op) for op in ("+", "*", "+", "*")]
        plan += [("edges", "a+a"), ("edges", "a*a")]
        plan += [
            ("numbers", "a+2"),
            ("numbers", "a*2"),
            ("reflected", "2+a"),
            ("reflected", "2*a"),
            ("reflected", "sum"),
        ]
        return [{"property": prop, "what": what, "a": numbers()[0], "b": numbers()[1]} for prop, what in plan]

    @staticmethod
    def probe(namespace, case):
        Value, number = namespace["Value"], case["b"]
        a, b = Value(case["a"]), Value(case["b"])
        make = {
            "nested": lambda: (a * b + a) * b + a,
            "+": lambda: a + b,
            "*": lambda: a * b,
            "a+a": lambda: a + a,
            "a*a": lambda: a * a,
            "a+2": lambda: a + number,
            "a*2": lambda: a * number,
            "2+a": lambda: number + a,
            "2*a": lambda: number * a,
            "sum": lambda: sum([a, b]),
        }[case["what"]]
        try:
            out = make()
        except (TypeError, AttributeError) as error:
            if isinstance(error, AttributeError) and case["property"] in ("data", "edges"):
                raise
            return {"type_error": str(error)[:200]}
        if not isinstance(out, Value):
            return {"kind": type(out).__name__}
        if case["what"] in ("nested", "sum"):
            return {"data": out.data, "before": [a.data, b.data]}
        which = {id(a): 0, id(b): 1}
        edges = [[which.get(id(p), -1), d] for p, d in zip(out.parents, out.local_derivatives)]
        counts = [len(list(out.parents)), len(list(out.local_derivatives))]
        made = {"grad": out.grad, "op": out.op}
        return {"data": out.data, "edges": edges, "counts": counts, "before": [a.data, b.data], **made}

    @staticmethod
    def judge(case, answer):
        a, b, what = case["a"], case["b"], case["what"]
        shown = {"nested": "(a * b + a) * b + a", "sum": "sum([a, b])", "+": "a + b", "*": "a * b"}.get(
            what, what.replace("2", f"{b:g}")
        )
        expect_dict(answer)
        if "type_error" in answer:
            side = "left" if case["property"] == "reflected" else "right"
            mistake = {"reflected": "no-reflected", "numbers": "no-numbers"}.get(case["property"], "no-operation")
            told = "0 + a (that is how sum begins)" if what == "sum" else shown
            message = {
                "no-reflected": f"{told} fails: with a plain number on the left Python asks Value for __radd__ or __rmul__.",
                "no-numbers": f"{told} fails: a plain number on the {side} has no data. Turn it into a Value first.",
                "no-operation": f"{told} fails: {answer['type_error']}",
            }[mistake]
            raise Mistake(mistake, message, hint=3)
        if "kind" in answer:
            raise Mistake(
                "not-a-value", f"{shown} gave {answer['kind']}; a new Value was expected.", answer["kind"], "Value", 1
            )
        if expect_list(answer.get("before"), 2, "the operands after the operation") != [a, b]:
            raise Mistake(
                "changes-operand",
                f"{shown} changed one of its operands: make a new Value.",
                answer["before"],
                [a, b],
                1,
            )
        data = {"nested": (a * b + a) * b + a, "sum": a + b, "a+a": a + a, "a*a": a * a}.get(
            what, a + b if "+" in what else a * b
        )
        if not close(expect_number(answer.get("data"), f"the data of {shown}"), data, 1e-12):
            raise Mistake("wrong-data", f"The data of {shown} is not right.", answer["data"], data, 1)
        if what in ("nested", "sum"):
            return
        if answer.get("grad") != 0 or type(answer.get("grad")) not in (int, float):
            raise Mistake(
                "grad-not-zero", "A new Value has the gradient 0: nothing has arrived yet.", answer.get("grad"), 0.0, 1
            )
        if type(answer.get("op")) is not str or not answer["op"]:
            raise Mistake(
                "no-op",
                "The new Value does not say which operation made it: give it an op.",
                answer.get("op"),
                what[0],
                1,
            )
        counts = expect_list(answer.get("counts"), 2, "the numbers of parents and of local derivatives")
        if counts[0] != counts[1]:
            raise Mistake(
                "uneven",
                f"{shown} has {counts[0]} parents, but {counts[1]} local derivatives: one beside each.",
                hint=1,
            )
        edges = expect_list(answer.get("edges"), None, "the parents and their local derivatives")
        for edge in edges:
            if type(expect_list(edge, 2, "a parent and its local derivative")[0]) is not int:
                raise Mistake("wrong-type", "A parent is not one of the operands.", edge[0], hint=1)
            expect_number(edge[1], f"a local derivative of {shown}")
        edges = [edge for edge in edges if edge[0] >= 0]
        right = {"+": [[0, 1.0], [1, 1.0]], "*": [[0, b], [1, a]], "a+a": [[0, 1.0]] * 2, "a*a": [[0, a]] * 2}.get(
            what, [[0, 1.0 if "+" in what else b]]
        )
        if [edge[0] for edge in edges] != [edge[0] for edge in right]:
            raise Mistake(
                "wrong-parents",
                f"The parents of {shown} are not the operands, in their order (one that is used twice stands there twice).",
                [e[0] for e in edges],
                [e[0] for e in right],
                1,
            )
        if all(close(d, r, 1e-12) for (_, d), (_, r) in zip(edges, right)):
            return
        locals_, wanted = [d for _, d in edges], [r for _, r in right]
        own = [a, b] if what in ("+", "*") else [a] * len(right)
        if all(close(d, o, 1e-12) for d, o in zip(locals_, own)):
            raise Mistake(
                "own-data",
                f"Beside each parent of {shown} stands that parent's own data. How much does the result move when this parent is nudged?",
                locals_,
                wanted,
                2,
            )
        raise Mistake("wrong-local", f"The local derivatives of {shown} are not right.", locals_, wanted, 2)
