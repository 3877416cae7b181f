"""Exercises 01.3 to 01.5: the chain rule by hand, local derivatives, and ten gradients predicted.

The judges compute, beside the right answer, what each usual mistake would have given, and name the mistake
whose numbers they find.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.judging import close, expect_dict, expect_number, expect_numbers


class ManualBackprop(Exercise):
    id = "01.3"
    title = "Backpropagation by hand"
    section = "The chain rule multiplies along edges"
    task = "Write manual_backprop(a, b, c, f): L = (a * b + c) * f and its four gradients."
    difficulty, importance, minutes, points = 2, 5, 15, 3
    needs = ("manual_backprop",)
    properties = {"lecture": 0.25, "fresh": 0.75}
    hints = (
        "Give the steps names: e = a * b, d = e + c, L = d * f. Walk them backward, one local derivative at a time.",
        "dL/dd = f and dL/df = d. A sum passes its gradient on unchanged: dL/de = dL/dc = dL/dd.",
        "A product passes its gradient on times the *other* factor: dL/da = dL/de * b and dL/db = dL/de * a.",
    )

    @staticmethod
    def cases(rng):
        cases = [{"property": "lecture", "a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}]
        for _ in range(4):
            sizes = rng.sample(range(2, 12), 4)
            numbers = [rng.choice([-1, 1]) * (size + 0.25) for size in sizes]
            cases.append({"property": "fresh", **dict(zip("abcf", numbers))})
        return cases

    @staticmethod
    def probe(namespace, case):
        found = namespace["manual_backprop"](case["a"], case["b"], case["c"], case["f"])
        return dict(found) if isinstance(found, dict) else found

    @staticmethod
    def judge(case, answer):
        a, b, c, f = (case[name] for name in "abcf")
        expect_dict(answer, ("L", "a", "b", "c", "f"), "what manual_backprop returned")
        right = {"L": (a * b + c) * f, "a": b * f, "b": a * f, "c": f, "f": a * b + c}
        got = {name: expect_number(answer[name], f"the entry {name!r}") for name in right}
        if all(close(got[name], right[name], 1e-9) for name in right):
            return
        if case["property"] == "fresh" and got == {"L": -8, "a": 6, "b": -4, "c": -2, "f": 4}:
            raise Mistake(
                "memorised", "These are the lecture's numbers; compute them from a, b, c and f.", got, right, 1
            )
        wrong = next(name for name in right if not close(got[name], right[name], 1e-9))
        known = {
            ("a", "forgets-chain"): (
                b,
                "dL/da is not only what a does to a * b: multiply by how much L moves with it.",
                3,
            ),
            ("b", "forgets-chain"): (
                a,
                "dL/db is not only what b does to a * b: multiply by how much L moves with it.",
                3,
            ),
            ("a", "own-factor"): (
                a * f,
                "A product passes its gradient on times the *other* factor: beside a stands b.",
                3,
            ),
            ("b", "own-factor"): (
                b * f,
                "A product passes its gradient on times the *other* factor: beside b stands a.",
                3,
            ),
            ("c", "stops-at-the-sum"): (
                1.0,
                "d moves by 1 when c moves by 1; but asked is how far L moves: multiply by dL/dd.",
                2,
            ),
            ("f", "stops-at-the-product"): (a * b, "dL/df is the whole other factor, a * b + c.", 2),
            ("f", "itself"): (f, "Beside f stands the other factor of L, not f itself.", 2),
            ("L", "forgets-c"): (a * b * f, "L is (a * b + c) * f: the c is missing.", 1),
        }
        for (name, mistake), (value, message, hint) in known.items():
            if name == wrong and close(got[name], value, 1e-9):
                raise Mistake(mistake, message, {name: got[name]}, {name: right[name]}, hint)
        for other in right:
            if other != wrong and close(got[wrong], right[other], 1e-9):
                raise Mistake(
                    "exchanged",
                    f"The entry {wrong!r} holds the gradient of {other}.",
                    {wrong: got[wrong]},
                    {wrong: right[wrong]},
                    1,
                )
        raise Mistake(
            "wrong-gradient", f"The entry {wrong!r} is not right.", {wrong: got[wrong]}, {wrong: right[wrong]}, 1
        )


class LocalDerivatives(Exercise):
    id = "01.4"
    title = "Local derivatives of tanh, exp, pow and relu"
    section = "Local derivatives of tanh, exp, pow and relu"
    task = "Write d_tanh(x), d_exp(x), d_pow(x, n) and d_relu(x)."
    difficulty, importance, minutes, points = 2, 4, 15, 4
    needs = ("d_tanh", "d_exp", "d_pow", "d_relu")
    properties = {"tanh": 0.25, "exp": 0.25, "pow": 0.25, "relu": 0.25}
    hints = (
        "Check each against the nudge ratio of 01.1 before you check here: at x = 0.7, say, and at x = -1.3.",
        "exp is its own derivative. tanh's is largest at 0, where it is 1, and vanishes far out. relu is flat on one side.",
        "tanh'(x) = 1 - tanh(x)², exp'(x) = exp(x), (xⁿ)' = n xⁿ⁻¹, relu'(x) = 1 for x > 0 and else 0, also at x = 0.",
    )

    @staticmethod
    def cases(rng):
        def number():
            return rng.choice([-1, 1]) * rng.uniform(0.4, 1.8)

        cases = [{"property": name, "x": number(), "n": 0} for name in ("tanh", "exp") for _ in range(3)]
        cases += [{"property": "pow", "x": number(), "n": n} for n in (3, 2, rng.randrange(4, 7), -1, 0)]
        return cases + [
            {"property": "relu", "x": x, "n": 0} for x in (0.0, abs(number()), -abs(number()), abs(number()) + 2)
        ]

    @staticmethod
    def probe(namespace, case):
        function = namespace["d_" + case["property"]]
        return function(case["x"], case["n"]) if case["property"] == "pow" else function(case["x"])

    @staticmethod
    def judge(case, answer):
        name, x, n = case["property"], case["x"], case["n"]
        got = expect_number(answer, f"d_{name}({x:g}{f', {n}' if name == 'pow' else ''})")
        t, e = math.tanh(x), math.exp(x)
        base = x if name == "pow" else 1.0  # relu is asked at 0, which has no negative powers
        power = n * base ** (n - 1)
        right = {"tanh": 1 - t * t, "exp": e, "pow": power, "relu": 1.0 if x > 0 else 0.0}[name]
        if close(got, right, 1e-9):
            return
        known = {
            "tanh": [
                ("square-of-x", 1 - x * x, "This is 1 - x²; the square is that of tanh(x), not of x.", 3),
                ("itself", t, "This is tanh(x) itself; asked is how fast it changes.", 2),
                ("not-squared", 1 - t, "This is 1 - tanh(x): the square is missing.", 3),
                ("plus", 1 + t * t, "This is 1 + tanh(x)²; the slope of tanh is never more than 1.", 3),
            ],
            "exp": [
                ("power-rule", x * math.exp(x - 1), "The power rule is for xⁿ, where x is the base; in eˣ it is the exponent.", 2),
                ("is-x", x, "This is x. exp is its own derivative.", 2),
                ("is-one", 1.0, "This is 1; exp grows the faster the larger it is.", 2),
            ],
            "pow": [
                ("exponent-not-lowered", n * base**n, "The exponent goes down by one: n xⁿ⁻¹.", 3),
                ("factor-missing", base ** (n - 1), "The factor n in front is missing.", 3),
                ("itself", base**n, "This is xⁿ itself; asked is how fast it changes.", 3),
                ("wrong-factor", (n - 1) * base ** (n - 1), "The factor is the old exponent n, not the new one.", 3),
            ],
            "relu": [
                ("relu-at-zero", 1.0 if x == 0 else math.nan, "At 0 relu has a corner; this course takes 0 there, as PyTorch does.", 3),
                ("itself", max(x, 0.0), "This is relu(x) itself; asked is its slope.", 2),
                ("leaks", 1.0 if x < 0 else math.nan, "Below 0 relu is flat: nudging x moves nothing.", 2),
            ],
        }[name]  # fmt: skip
        for mistake, value, message, hint in known:
            if close(got, value, 1e-9):
                raise Mistake(mistake, message, got, right, hint)
        raise Mistake(f"wrong-{name}", f"This is not the slope of {name} at x = {x:g}.", got, right, 1)


# text, the gradient, {a plausible wrong answer: (mistake, what went wrong)}; a = 3 and b = -2 throughout.
EXPRESSIONS = [
    ("a + a", "a", 2, {1: ("one-edge", "a is used twice: both edges bring it something")}),
    ("a * a", "a", 6, {3: ("one-edge", "a is both factors: both edges bring it something"), 9: ("value", "that is the value")}),
    ("a * b", "a", -2, {3: ("own-factor", "beside a stands the other factor"), -6: ("value", "that is the value")}),
    ("a * b + a", "a", -1, {-2: ("one-edge", "a stands in two places")}),
    ("a - b", "b", -1, {1: ("sign", "the difference falls when b grows")}),
    ("(a + b) * b", "b", -1, {-2: ("one-edge", "b stands in two places"), 1: ("one-edge", "b stands in two places")}),
    ("a * a * a", "a", 27, {9: ("one-edge", "a stands in three places"), 18: ("one-edge", "a stands in three places")}),
    ("relu(a) * b", "a", -2, {0: ("relu", "a is 3, so this relu lets everything through"), 1: ("forgets-chain", "multiply along the edges")}),
    ("relu(a * b)", "b", 0, {3: ("relu", "a * b is negative, so this relu is flat")}),
    ("(2 * a + b) ** 2", "a", 16, {8: ("forgets-chain", "multiply along the edges, the factor 2 too"), 4: ("forgets-chain", "multiply along all edges")}),
]  # fmt: skip


class PredictTen(Exercise):
    id = "01.5"
    title = "Ten gradients, predicted"
    section = "Predict before you run"
    task = "Predict the gradients of ten expressions at a = 3, b = -2, in your head."
    difficulty, importance, minutes, points = 2, 4, 15, 3
    needs = ("predictions",)
    properties = {"all ten": 1.0}
    hints = (
        "No code: ask of each, how much does the result move when I nudge this number by a little?",
        "Where a number stands in several places, each place brings its share, and the shares add up.",
        "Multiply along each path from the result to the number, then add the paths. A relu of a negative number passes nothing.",
    )

    @staticmethod
    def cases(rng):
        return [{"property": "all ten"}]

    @staticmethod
    def probe(namespace, case):
        return namespace["predictions"]()

    @staticmethod
    def judge(case, answer):
        if isinstance(answer, list) and any(entry is None for entry in answer):
            missing = [i + 1 for i, entry in enumerate(answer) if entry is None]
            raise Mistake("unanswered", f"Still open: number {', '.join(map(str, missing[:10]))}.", hint=1)
        got = expect_numbers(answer, len(EXPRESSIONS), "what predictions returned")
        wrong = [i for i, (_, _, right, _) in enumerate(EXPRESSIONS) if not close(got[i], right, 1e-9)]
        if not wrong:
            return
        text, name, _, known = EXPRESSIONS[wrong[0]]
        told = f"{len(EXPRESSIONS) - len(wrong)} of 10 are right. The first that is not: number {wrong[0] + 1}, {text}, nudging {name}"
        for value, (mistake, why) in known.items():
            if close(got[wrong[0]], value, 1e-9):
                raise Mistake(mistake, f"{told}: {why}.", got[wrong[0]], hint=2)
        raise Mistake("wrong-prediction", f"{told}.", got[wrong[0]], hint=1)
