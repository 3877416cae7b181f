"""Exercise 01.4: the local derivatives of six operations, as formulas.

The first points of each function are drawn so that no two of the wrong formulas that people write agree there. At the
points that follow (0, 1 and -1, whole numbers) many would agree, so a mistake is named at the first ones.
"""

import math
from functools import partial

from karpathy_course.checks.exercise import HIDDEN, Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_number
from karpathy_course.checks.shared.wrong_models import Wrong, draw_telling, name_mistake


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def fraction(rng, low, high):
    """A number from low to high with three digits, the last of them not 0."""
    return (10 * rng.randrange(round(low * 100), round(high * 100)) + rng.randrange(1, 10)) / 1000


DRAWN = {  # where each function is asked for its derivative first
    "d_tanh": [lambda rng: (fraction(rng, 0.3, 1.6),), lambda rng: (-fraction(rng, 0.3, 1.6),)],
    "d_exp": [lambda rng: (fraction(rng, 0.3, 2.4),), lambda rng: (-fraction(rng, 0.3, 2.4),)],
    "d_pow": [lambda rng: (fraction(rng, 1.2, 2.8), rng.choice([3, 4, 5])), lambda rng: (fraction(rng, 1.2, 2.8), 0.5)],
    "d_relu": [lambda rng: (fraction(rng, 1.2, 4),), lambda rng: (-fraction(rng, 0.2, 4),),
               lambda rng: (fraction(rng, 0.1, 0.9),)],
    "d_log": [lambda rng: (fraction(rng, 1.2, 6),), lambda rng: (fraction(rng, 0.2, 0.9),)],
    "d_sigmoid": [lambda rng: (fraction(rng, 0.3, 3),), lambda rng: (-fraction(rng, 0.3, 3),)],
}  # fmt: skip
FIXED = {  # and then
    **{name: [(0.0,), (-0.0,), (1,), (-1,), (2,)] for name in ("d_tanh", "d_exp", "d_relu", "d_sigmoid")},
    "d_pow": [(1.6, -1), (-2.5, 3), (-1.5, 2), (2, 2), (0.0, 3), (0, 2), (-1, 4), (0.0, 1), (1.7, 1), (1.7, 0)],
    "d_log": [(1,), (2,), (0.001,)],
}
RIGHT = {
    "d_tanh": lambda x: 1 - math.tanh(x) ** 2,
    "d_exp": lambda x: math.exp(x),
    "d_pow": lambda x, n: n * x ** (n - 1),
    "d_relu": lambda x: 1.0 if x > 0 else 0.0,
    "d_log": lambda x: 1 / x,
    "d_sigmoid": lambda x: sigmoid(x) * (1 - sigmoid(x)),
}
WRONG = {  # function: what people write
    "d_tanh": [
        Wrong("tanh-of-x", lambda x: 1 - x * x, "1 - x² takes x where tanh(x) belongs: with t = tanh(x) the slope is 1 - t²."),
        Wrong("tanh-not-squared", lambda x: 1 - math.tanh(x), "1 - tanh(x) lacks a square. The slope is the same on "
         "both sides of 0, so it is made from t²."),
        Wrong("tanh-sign", lambda x: 1 + math.tanh(x) ** 2, "1 + t² grows where tanh flattens out; the slope falls to 0."),
        Wrong("value", math.tanh, "This is tanh(x) itself. Its slope is wanted."),
        Wrong("tanh-cosh", lambda x: 1 / math.cosh(x), "1/cosh(x) lacks a square: 1/cosh(x)² is 1 - t²."),
        Wrong("arctan", lambda x: 1 / (1 + x * x), "1/(1 + x²) is the slope of arctan."),
        Wrong("tanh-like-sigmoid", lambda x: math.tanh(x) * (1 - math.tanh(x)), "t·(1 - t) is the rule of the sigmoid."),
    ],
    "d_exp": [
        Wrong("exp-of-x", lambda x: x, "This is x. exp is its own slope: the steeper, the higher it already is."),
        Wrong("exp-power-rule", lambda x: x * math.exp(x - 1), "The power rule is for x to a fixed power. Here x is the "
         "exponent, and exp is its own slope."),
        Wrong("exp-one-over", lambda x: math.exp(-x), "The sign of the exponent is turned: exp(-x) falls, exp(x) climbs."),
        Wrong("exp-times-x", lambda x: x * math.exp(x), "There is a factor x too many: exp is its own slope."),
    ],
    "d_pow": [
        Wrong("pow-without-n", lambda x, n: x ** (n - 1), "The power has come down by one, but its factor n is missing."),
        Wrong("pow-not-lowered", lambda x, n: n * x**n, "The factor n is there, but the power must fall by one, to n - 1."),
        Wrong("pow-for-three", lambda x, n: 3 * x**2, "3·x² is the slope for n = 3 only. Here n is whatever is given."),
        Wrong("pow-whole-n", lambda x, n: n * x ** int(n - 1) if n % 1 else None, "The power n - 1 was cut to a whole "
         "number. n may be a fraction: x ** 0.5 has the slope 0.5·x ** -0.5."),
        Wrong("value", lambda x, n: x**n, "This is the power itself. Its slope is wanted."),
        Wrong("pow-like-exp", lambda x, n: x**n * math.log(x) if x > 0 else None, "xⁿ·log x is the slope with "
         "respect to n. Here x is nudged and n stays."),
        Wrong("pow-n-times-x", lambda x, n: n * x, "n·x is right for n = 2 only: the power is n - 1."),
        Wrong("pow-raised", lambda x, n: n * x ** (n + 1), "The power went up by one; it has to fall by one, to n - 1."),
        Wrong("pow-integral", lambda x, n: x ** (n + 1) / (n + 1), "This is the integral, the "
         "way back."),
        Wrong("pow-wrong-factor", lambda x, n: (n - 1) * x ** (n - 1), "The factor in front is the old power n, and not "
         "the new one, n - 1."),
        Wrong("pow-without-brackets", lambda x, n: n * x**n - 1, "`x ** n - 1` takes 1 from the power. To lower the "
         "exponent, write x ** (n - 1)."),
    ],
    "d_relu": [
        Wrong("value", lambda x: max(x, 0.0) if x > 0 else None, "This is relu(x) itself. Its slope is wanted: 0 or 1."),
        Wrong("relu-turned", lambda x: 0.0 if x > 0 else None, "Right of 0 relu hands its input on: there its slope "
         "is 1. It is flat on the left."),
        Wrong("relu-at-zero", lambda x: 1.0 if x == 0 else None, "At 0 relu has a corner and no slope. As in PyTorch "
         "the course takes 0 there, so the test is x > 0."),
        Wrong("relu-at-zero", lambda x: 0.5 if x == 0 else None, "½ is the mean of both sides of the corner, and what "
         "the central difference says. As in PyTorch the course takes 0 at x = 0."),
        Wrong("relu-everywhere-one", lambda x: 1.0 if x < 0 else None, "Left of 0 relu is flat: there its slope is 0."),
        Wrong("relu-leaky", lambda x: 0.01 if x < 0 else None, "Left of 0 relu is flat, slope 0; a small slope there "
         "makes it a leaky relu."),
        Wrong("relu-sign", lambda x: -1.0 if x < 0 else None, "Left of 0 relu is flat, slope 0; -1 is the slope "
         "of |x|."),
    ],
    "d_log": [
        Wrong("value", math.log, "This is log(x) itself. Its slope is wanted."),
        Wrong("log-of-x", lambda x: x, "This is x, and the slope of log falls as x grows: it is 1/x."),
        Wrong("log-squared", lambda x: 1 / (x * x), "The slope of log is 1/x, not 1/x²."),
        Wrong("log-shifted", lambda x: 1 / (x + 1), "1/(x + 1) is the slope of log(1 + x)."),
        Wrong("log-base", lambda x: 1 / (x * math.log(10)), "This is the slope of the logarithm to base 10. `math.log` "
         "is the natural one, with the slope 1/x."),
        Wrong("log-sign", lambda x: -1 / x, "log climbs everywhere, so its slope is positive."),
        Wrong("log-reciprocal", lambda x: -1 / (x * x), "-1/x² is the slope of 1/x. The slope of log is 1/x."),
        Wrong("log-reciprocal", lambda x: 1 / math.log(x), "1/log(x) is not the slope of "
         "log: that is 1/x."),
    ],
    "d_sigmoid": [
        Wrong("sigmoid-of-x", lambda x: x * (1 - x), "x·(1 - x) takes x where the sigmoid of x belongs: with s = σ(x) the "
         "slope is s·(1 - s)."),
        Wrong("value", sigmoid, "This is the sigmoid itself. Its slope is wanted."),
        Wrong("sigmoid-half", lambda x: 1 - sigmoid(x), "1 - s lacks its other factor: the slope is s·(1 - s)."),
        Wrong("sigmoid-like-tanh", lambda x: 1 - sigmoid(x) ** 2, "1 - s² is the rule of tanh; for the sigmoid it is "
         "s·(1 - s)."),
        Wrong("sigmoid-sign", lambda x: sigmoid(x) * (1 + sigmoid(x)), "The slope is largest at 0 and falls to both sides, "
         "so it is s·(1 - s) and not s·(1 + s)."),
    ],
}  # fmt: skip


def points(function, rng):
    """``[(point, telling)]``: at the telling points a wrong answer shows which mistake was made."""
    wrongs = WRONG[function] if function != "d_relu" else []  # relu is 0 or 1 everywhere
    drawn = [draw_telling(partial(draw, rng), RIGHT[function], wrongs, 1e-2) for draw in DRAWN[function]]
    return [(point, True) for point in drawn] + [(point, function == "d_relu") for point in FIXED[function]]


class LocalDerivatives(Exercise):
    id = "01.4"
    title = "Six local derivatives"
    section = "Local derivatives of tanh, exp, pow and relu"
    why = "Each operation brings its own slope, and nothing else about it has to be known: that is why the engine stays small."
    difficulty, importance, minutes, points = 2, 4, 20, 3
    needs = ("d_tanh", "d_exp", "d_pow", "d_relu", "d_log", "d_sigmoid")
    allows = {"makes whole numbers floats": "a slope is a number: 2 and 2.0 are equally right"}
    properties = {"d_tanh": 0.2, "d_exp": 0.2, "d_pow": 0.2, "d_relu": 0.2, "d_log": 0.1, "d_sigmoid": 0.1}
    task = """\
Write six small functions, each the exact slope of one operation at a number: of `tanh(x)`, `exp(x)`, `x ** n` (with
respect to x; n is a fixed number), `relu(x) = max(x, 0)`, `log(x)` (for x > 0) and of the sigmoid
`1 / (1 + exp(-x))`. A graph that knows these can send a gradient through any of them. The check asks at numbers from
-6 to 6, and for `x ** 0` not at 0.

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
        return [
            {"property": function, **dict(zip(("x", "n"), point)), HIDDEN: {"telling": telling}}
            for function in LocalDerivatives.properties
            for point, telling in points(function, rng)
        ]

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
        shown = {"got": got, "expected": right}
        if case[HIDDEN]["telling"]:
            name_mistake(WRONG[function], point, got, f"{call}: {{}}", **shown)
        if any(close(got, round(right, digits), 1e-12) for digits in range(2, 9)):
            raise Mistake("rounded", f"{call} was rounded. Return it as it is.", **shown, hint=3)
        if close(got, right, 1e-3):
            message = f"{call} is nearly right, as a finite difference is. Write the formula: no small number is in it."
            raise Mistake("approximate", message, **shown, hint=2)
        if close(got, -right, 1e-9):
            raise Mistake("sign", f"{call} has the right size and the wrong sign.", **shown, hint=2)
        message = f"{call} is not the slope there. Nudge the function itself at this place, and see how far it moves."
        raise Mistake("wrong-slope", message, **shown, hint=3)
