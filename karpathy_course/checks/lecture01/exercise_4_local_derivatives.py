"""Exercise 01.4: the local derivatives of six operations, as formulas.

Beside each right formula stand the wrong ones that people write, with what is to be said of them: whoever adds one
adds a line. A wrong formula may be right at some of the points, but at none of them all.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_number


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


POINTS = {  # where each function is asked for its derivative; relu on both sides and at 0
    "d_tanh": lambda rng: [[rng.choice([-1, 1]) * rng.randrange(3, 16) / 10] for _ in range(3)] + [[0.0]],
    # Not at 1, where several of the wrong formulas agree.
    "d_exp": lambda rng: [[s * rng.choice([*range(2, 10), *range(11, 25)]) / 10] for s in (1, 1, -1)] + [[0.0]],
    "d_pow": lambda rng: (
        [[rng.choice([1.3, 1.7, 2.2, 2.3, 2.6, 2.7]), n] for n in (rng.choice([3, 4, 5]), -1, 0.5)]
        + [[-2.5, 3], [-1.5, 2]]
    ),
    "d_relu": lambda rng: [
        [rng.randrange(12, 40) / 10],
        [-rng.randrange(2, 40) / 10],
        [0.0],
        [rng.randrange(1, 9) / 10],
    ],
    "d_log": lambda rng: [[rng.randrange(12, 60) / 10], [rng.randrange(2, 9) / 10]],
    "d_sigmoid": lambda rng: [[s * rng.randrange(3, 30) / 10] for s in (1, -1, 1)] + [[0.0]],
}
RIGHT = {
    "d_tanh": lambda x: 1 - math.tanh(x) ** 2,
    "d_exp": lambda x: math.exp(x),
    "d_pow": lambda x, n: n * x ** (n - 1),
    "d_relu": lambda x: 1.0 if x > 0 else 0.0,
    "d_log": lambda x: 1 / x,
    "d_sigmoid": lambda x: sigmoid(x) * (1 - sigmoid(x)),
}
FORMULAS = {  # function: (id, what it computes, message)
    "d_tanh": [
        ("tanh-of-x", lambda x: 1 - x * x, "1 - x² takes x where tanh(x) belongs: with t = tanh(x) the slope is 1 - t²."),
        ("tanh-not-squared", lambda x: 1 - math.tanh(x), "1 - tanh(x) lacks a square. The slope is the same on "
         "both sides of 0, so only t² can stand in it."),
        ("tanh-sign", lambda x: 1 + math.tanh(x) ** 2, "1 + t² grows where tanh flattens out; the slope falls to 0."),
        ("value", math.tanh, "This is tanh(x) itself. Its slope is wanted."),
        ("arctan", lambda x: 1 / (1 + x * x), "1/(1 + x²) is the slope of arctan."),
        ("tanh-like-sigmoid", lambda x: math.tanh(x) * (1 - math.tanh(x)), "t·(1 - t) is the rule of the sigmoid."),
    ],
    "d_exp": [
        ("exp-of-x", lambda x: x, "This is x. exp is its own slope: the steeper, the higher it already is."),
        ("exp-power-rule", lambda x: x * math.exp(x - 1), "The power rule is for x to a fixed power. Here x is the "
         "exponent, and exp is its own slope."),
        ("exp-one-over", lambda x: math.exp(-x), "The sign of the exponent is turned: exp(-x) falls, exp(x) climbs."),
        ("exp-times-x", lambda x: x * math.exp(x), "There is a factor x too many: exp is its own slope."),
    ],
    "d_pow": [
        ("pow-without-n", lambda x, n: x ** (n - 1), "The power has come down by one, but its factor n is missing."),
        ("pow-not-lowered", lambda x, n: n * x**n, "The factor n is there, but the power must fall by one, to n - 1."),
        ("value", lambda x, n: x**n, "This is the power itself. Its slope is wanted."),
        ("pow-like-exp", lambda x, n: x**n * math.log(x) if x > 0 else math.nan, "xⁿ·log x is the slope with "
         "respect to n. Here x is nudged and n stays."),
        ("pow-n-times-x", lambda x, n: n * x, "n·x is right for n = 2 only: the power is n - 1."),
        ("pow-raised", lambda x, n: n * x ** (n + 1), "The power went up by one; it has to fall by one, to n - 1."),
        ("pow-integral", lambda x, n: x ** (n + 1) / (n + 1) if n != -1 else math.nan, "This is the integral, the "
         "way back."),
        ("pow-wrong-factor", lambda x, n: (n - 1) * x ** (n - 1), "The factor in front is the old power n, and not "
         "the new one, n - 1."),
        ("pow-without-brackets", lambda x, n: n * x**n - 1, "`x ** n - 1` takes 1 from the power. To lower the "
         "exponent, write x ** (n - 1)."),
    ],
    "d_relu": [
        ("value", lambda x: max(x, 0.0) if x > 0 else math.nan, "This is relu(x) itself. Its slope is wanted: 0 or 1."),
        ("relu-turned", lambda x: 0.0 if x > 0 else math.nan, "Right of 0 relu hands its input on: there its slope "
         "is 1. It is flat on the left."),
        ("relu-at-zero", lambda x: 1.0 if x == 0 else math.nan, "At 0 relu has a corner and no slope. As in PyTorch "
         "the course takes 0 there, so the test is x > 0."),
        ("relu-at-zero", lambda x: 0.5 if x == 0 else math.nan, "½ is the mean of both sides of the corner, and what "
         "the central difference says. As in PyTorch the course takes 0 at x = 0."),
        ("relu-everywhere-one", lambda x: 1.0 if x < 0 else math.nan, "Left of 0 relu is flat: there its slope is 0."),
        ("relu-sign", lambda x: -1.0 if x < 0 else math.nan, "Left of 0 relu is flat, slope 0; -1 is the slope "
         "of |x|."),
    ],
    "d_log": [
        ("value", math.log, "This is log(x) itself. Its slope is wanted."),
        ("log-of-x", lambda x: x, "This is x, and the slope of log falls as x grows: it is 1/x."),
        ("log-squared", lambda x: 1 / (x * x), "The slope of log is 1/x, not 1/x²."),
        ("log-sign", lambda x: -1 / x, "log climbs everywhere, so its slope is positive."),
        ("log-reciprocal", lambda x: -1 / (x * x), "-1/x² is the slope of 1/x. The slope of log is 1/x."),
        ("log-reciprocal", lambda x: 1 / math.log(x) if x != 1 else math.nan, "1/log(x) is not the slope of "
         "log: that is 1/x."),
    ],
    "d_sigmoid": [
        ("sigmoid-of-x", lambda x: x * (1 - x), "x·(1 - x) takes x where the sigmoid of x belongs: with s = σ(x) the "
         "slope is s·(1 - s)."),
        ("value", sigmoid, "This is the sigmoid itself. Its slope is wanted."),
        ("sigmoid-half", lambda x: 1 - sigmoid(x), "1 - s lacks its other factor: the slope is s·(1 - s)."),
        ("sigmoid-like-tanh", lambda x: 1 - sigmoid(x) ** 2, "1 - s² is the rule of tanh; for the sigmoid it is "
         "s·(1 - s)."),
        ("sigmoid-sign", lambda x: sigmoid(x) * (1 + sigmoid(x)), "The slope is largest at 0 and falls to both sides, "
         "so it is s·(1 - s) and not s·(1 + s)."),
    ],
}  # fmt: skip


def answer_of(formula, point):
    try:
        return formula(*point)
    except (ArithmeticError, ValueError):
        return math.nan


class LocalDerivatives(Exercise):
    id = "01.4"
    title = "Six local derivatives"
    section = "Local derivatives of tanh, exp, pow and relu"
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("d_tanh", "d_exp", "d_pow", "d_relu", "d_log", "d_sigmoid")
    properties = {"d_tanh": 0.2, "d_exp": 0.2, "d_pow": 0.2, "d_relu": 0.2, "d_log": 0.1, "d_sigmoid": 0.1}
    task = """\
Write six small functions, each the exact slope of one operation at a number: of `tanh(x)`, `exp(x)`, `x ** n` (with
respect to x; n is a fixed number), `relu(x) = max(x, 0)`, `log(x)` (for x > 0) and of the sigmoid
`1 / (1 + exp(-x))`. A graph that knows these can send a gradient through any of them.

At x = 0 relu has a corner and no slope: there, as in PyTorch, return 0. A nudge tells you whether a formula is
right: with h = 1e-5, `(math.tanh(x + h) - math.tanh(x - h)) / (2 * h)` agrees with `d_tanh(x)` to about nine digits."""
    hints = (
        "Look at the slopes at a few places first, with a small nudge: where is each steepest, where flat, where "
        "negative? A formula that disagrees there is wrong.",
        "tanh, exp and the sigmoid have slopes that are made from their own values. Call t = tanh(x), s = σ(x): the "
        "slopes are 1 - t², exp(x) itself, and s·(1 - s).",
        "1 - math.tanh(x) ** 2; math.exp(x); n * x ** (n - 1); 1.0 if x > 0 else 0.0; 1 / x; and with "
        "s = 1 / (1 + math.exp(-x)): s * (1 - s).",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for function, points in POINTS.items():
            cases += [{"property": function, **dict(zip(("x", "n"), point))} for point in points(rng)]
        return cases

    @staticmethod
    def probe(namespace, case):
        point = [case[name] for name in ("x", "n") if name in case]
        return namespace[case["property"]](*point)

    @staticmethod
    def judge(case, answer):
        function = case["property"]
        point = [case[name] for name in ("x", "n") if name in case]
        right = RIGHT[function](*point)
        call = f"{function}({', '.join(f'{x:g}' for x in point)})"
        got = expect_number(answer, f"the result of {call}")
        if close(got, right, 1e-12):  # formulas differ by rounding, 1e-15; the best finite difference by 1e-11
            return
        for id, formula, message in FORMULAS[function]:
            if close(got, answer_of(formula, point), 1e-9):
                raise Mistake(id, f"{call}: {message}", got, right, hint=2)
        if close(got, right, 1e-3):
            message = f"{call} is nearly right, as a finite difference is. Write the formula: it has no h in it."
            raise Mistake("approximate", message, got, right, hint=2)
        if close(got, -right, 1e-9):
            raise Mistake("sign", f"{call} has the right size and the wrong sign.", got, right, hint=2)
        message = f"{call} is not the slope there. Nudge the function itself at this place, and see how far it moves."
        raise Mistake("wrong-slope", message, got, right, hint=3)
