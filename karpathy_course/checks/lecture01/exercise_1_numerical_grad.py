"""Exercise 01.1: the slope of a function, measured with a nudge to both sides.

The functions are polynomials, whose derivatives the judge knows exactly, drawn so that no usual mistake gives the
right slope, and no two of them the same.
"""

import math
from functools import partial

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number
from karpathy_course.checks.shared.wrong_models import Wrong, alike, draw_telling, name_mistake

DEFAULT_H = 1e-5
WANTED = 1e-6  # the error that remains with the default step: h² · f‴/6 is 1e-9 here, rounding about as much
STEPS = [0.1, 0.01]


def value_of(terms, xs):
    """The polynomial: the sum of coefficient · product of x_j ** power_j."""
    return sum(c * math.prod(x**p for x, p in zip(xs, powers)) for c, powers in terms)


def derivative(terms, i):
    """The terms of the partial derivative with respect to x_i."""
    lowered = lambda powers: [p - (j == i) for j, p in enumerate(powers)]
    return [[c * powers[i], lowered(powers)] for c, powers in terms if powers[i]]


def text_of(terms):
    """The polynomial as one reads it: ``2·x0³ - x0·x1``."""
    text = ""
    for c, powers in terms:
        factors = [f"x{j}" + ("", "²", "³")[p - 1] for j, p in enumerate(powers) if p]
        number = [] if abs(c) == 1 else [f"{abs(c):g}"]
        text += (" - " if c < 0 else " + ") + "·".join(number + factors)
    return text.removeprefix(" + ").lstrip()


def central(f, xs, i, h):
    """The central difference itself."""
    return (f(nudged(xs, i, h)) - f(nudged(xs, i, -h))) / (2 * h)


def nudged(xs, i, h):
    return [x + h * (k == i) for k, x in enumerate(xs)]


def of_equal_numbers(f, xs, i, h):
    return (f([x + h * (x == xs[i]) for x in xs]) - f([x - h * (x == xs[i]) for x in xs])) / (2 * h)


ONE_SIDED = "Its error falls only as h; step to both sides of x, and most of the error cancels."
COUNTING = "index i was asked for. Python counts from 0, and xs.index finds the first of equal numbers."
WRONG = [  # as the mistake would be written
    ("same-point", lambda f, xs, i, h: 0.0, "The slope came out as 0: f was evaluated twice at the same point. `up = xs` "
     "makes no copy, it is one more name for the same list; list(xs) makes a copy. "
     "(And an array of whole numbers cuts x + h off.)", 2),
    ("forward-difference", lambda f, xs, i, h: (f(nudged(xs, i, h)) - f(xs)) / h,
     f"This is the forward difference, (f(x + h) - f(x)) / h. {ONE_SIDED}", 1),
    ("backward-difference", lambda f, xs, i, h: (f(xs) - f(nudged(xs, i, -h))) / h,
     f"This is the backward difference, (f(x) - f(x - h)) / h. {ONE_SIDED}", 1),
    ("missing-two", lambda f, xs, i, h: 2 * central(f, xs, i, h), "The slope is twice what it should be: from x - h to "
     "x + h the distance is 2h, so divide by 2h.", 2),
    ("half", lambda f, xs, i, h: central(f, xs, i, h / 2) / 2, "The slope is half of what it should be: divide by the "
     "distance between the two points where f was evaluated.", 2),
    ("multiplied-by-h", lambda f, xs, i, h: central(f, xs, i, h) * h * h, "`/ 2 * h` divides by 2 and then multiplies by "
     "h. To divide by the product, write `/ (2 * h)`.", 3),
    ("not-divided", lambda f, xs, i, h: 2 * h * central(f, xs, i, h), "This is how far f moved. A slope is that divided "
     "by how far x moved, 2h.", 2),
    ("not-divided", lambda f, xs, i, h: h * central(f, xs, i, h), "How far f moved was divided by 2, but not by h: "
     "divide by the distance between the two points, 2h.", 2),
    ("turned", lambda f, xs, i, h: -central(f, xs, i, h), "The sign is flipped: take the value at x + h first, minus the "
     "value at x - h, and no absolute value: where f falls, the slope is negative.", 2),
    ("added", lambda f, xs, i, h: (f(nudged(xs, i, h)) + f(nudged(xs, i, -h))) / (2 * h), "The two values were added; the "
     "slope needs their difference.", 2),
    ("all-nudged", lambda f, xs, i, h: (f([x + h for x in xs]) - f([x - h for x in xs])) / (2 * h), "Every number of the "
     "list was nudged. Nudge the one at index i, and leave the others where they are.", 2),
    ("wrong-index", lambda f, xs, i, h: central(f, xs, (i + 1) % 3, h), f"This is the slope with respect to the number "
     f"after xs[i] (after the last comes the first); {COUNTING}", 2),
    ("wrong-index", lambda f, xs, i, h: central(f, xs, (i + 2) % 3, h), "This is the slope with respect to xs[i - 1]; "
     + COUNTING, 2),
    ("equal-numbers", of_equal_numbers, "xs holds an equal number at another index, and it was nudged too. Nudge by index, "
     "not by value.", 2),
    ("half-step", lambda f, xs, i, h: central(f, xs, i, h / 2), "f was evaluated at x + h/2 and x - h/2. The task asks "
     "for x + h and x - h, which are 2h apart.", 2),
    ("rounded", lambda f, xs, i, h: round(central(f, xs, i, h), 4), "The slope was rounded to 4 digits. Return it as it "
     "is.", 3),
]  # fmt: skip
STEPWISE = [
    Wrong(id, lambda f, xs, i, steps, model=model: [model(f, xs, i, h) for h in steps], *words)
    for id, model, *words in WRONG
]


class NumericalGrad(Exercise):
    id = "01.1"
    title = "A derivative is a nudge ratio"
    section = "A derivative is a nudge ratio"
    why = "The two nudges err by the same amount in opposite directions, so the error of h cancels and only that of h² is left."
    difficulty, importance, minutes, points = 1, 5, 10, 2
    needs = ("numerical_grad",)
    properties = {"the error falls with h²": 0.4, "an error below a millionth": 0.3, "the list is left alone": 0.3}
    task = """\
Write `numerical_grad(f, xs, i, h=1e-5)`: how fast `f` moves when only `xs[i]` is nudged. `f` takes one list of
numbers and returns a number. Nudge to both sides (the **central difference**): with `xs[i]` at `x + h`, and at
`x - h`.

With the default `h` your slope must be right to 1e-6, and when `h` falls ×10 its error must fall ×100. `xs` belongs
to the caller: it must hold the same numbers afterwards, to the last digit."""
    hints = (
        "Nudge only the i-th number, once up and once down, and look at how far f moves.",
        "Make two copies, up = list(xs) and down = list(xs). Add h to up[i], take it from down[i]; f(up) - f(down) is "
        "how far f moved while x moved by 2h.",
        "up[i] += h; down[i] -= h; return (f(up) - f(down)) / (2 * h). Mind the brackets around 2 * h.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property in NumericalGrad.properties:
            for i in range(3):
                case = {"property": property, "f": "", **polynomial(rng, i), "i": i}
                case["f"] = text_of(case["_terms"])
                cases.append(case | ({"h": STEPS} if property == "the error falls with h²" else {}))
        return cases

    @staticmethod
    def probe(namespace, case):
        n, terms = len(case["xs"]), case["_terms"]

        def f(xs):
            if not isinstance(xs, list) or len(xs) != n:
                raise TypeError(f"f takes one list of {n} numbers, and was given: {type(xs).__name__} {xs!r:.60}")
            total = 0.0
            for c, powers in terms:
                for x, p in zip(xs, powers):
                    c *= x**p
                total += c
            return total

        f.__qualname__ = "f"  # as an error names it
        slopes, after = [], []
        for step in case.get("h", [None]):
            xs = list(case["xs"])
            slopes.append(namespace["numerical_grad"](f, xs, case["i"], *([] if step is None else [step])))
            after.append(xs)
        again = namespace["numerical_grad"](lambda xs: 3 * f(xs), list(case["xs"]), case["i"], *case.get("h", [])[-1:])
        return {"slopes": slopes, "after": after, "again": again}

    @staticmethod
    def judge(case, answer):
        terms, xs, i = case["_terms"], case["xs"], case["i"]
        f = partial(value_of, terms)
        steps = case.get("h", [DEFAULT_H])
        expect_dict(answer, ("slopes", "after", "again"))
        slopes = expect_list(answer["slopes"], len(steps), "the list of slopes")
        after = expect_list(answer["after"], what="the list afterwards")
        true = value_of(derivative(terms, i), xs)
        for slope in slopes:
            if type(slope) in (list, dict):
                message = "numerical_grad returned several numbers; return one, the slope with respect to xs[i]."
                raise Mistake("several-numbers", message, slope, true, hint=3)
            expect_number(slope, "the slope")
        errors = [abs(slope - true) for slope in slopes]
        if "h" in case:
            if all(close(slope, central(f, xs, i, step), 1e-9) for slope, step in zip(slopes, steps)):
                return check_again(answer["again"], slopes, f"i={i}, h={steps[-1]}" if "h" in case else f"i={i}")
        elif errors[0] <= WANTED:
            if case["property"] != "the list is left alone" or after == [xs]:
                return check_again(answer["again"], slopes, f"i={i}, h={steps[-1]}" if "h" in case else f"i={i}")
            raise changed_list(after, xs)
        expected = [central(f, xs, i, step) for step in steps] if "h" in case else true
        got = slopes if "h" in case else slopes[0]
        same = lambda a, b: alike(a, b, 1e-7)
        name_mistake(STEPWISE, (f, xs, i, steps), slopes, same=same, got=got, expected=expected)
        if "h" in case:
            if slopes[0] != slopes[1] and all(close(slope, true, 1e-7) for slope in slopes):
                message = (
                    "This is the slope itself, or a formula with more points. The central difference looks at two points "
                    "only, x + h and x - h, and at h = 0.1 it must show its error."
                )
                raise Mistake("too-exact", message, got, expected, hint=3)
            if close(slopes[0], slopes[1], 1e-7):
                message = "For h = 0.1 and h = 0.01 the same number came out: use the h that is given."
                raise Mistake("ignores-h", message, got, expected, hint=3)
            fell = f"{errors[0] / errors[1]:.3g}" if errors[1] else "∞"
            message = (
                f"The true slope is {true:.8g}. Your error is {errors[0]:.2g} at h = 0.1 and {errors[1]:.2g} at "
                f"h = 0.01: it falls ×{fell} where the central difference's falls ×100."
            )
            if abs(errors[0] - 100 * errors[1]) < errors[1]:
                message = "The error falls ×100, but it is too large: nudge x by h to each side, and by no more."
            raise Mistake("wrong-slope", message, got, expected, hint=2)
        message = f"The slope is off by {errors[0]:.2g}; with the default h it has to be right to 1e-6."
        raise Mistake("inexact", message, got, expected, hint=1)


def check_again(again, slopes, how):
    """A second call, for 3·f at the same point, asks f anew; how: its other arguments, as they are shown."""
    got, right = expect_number(again, "the slope of 3·f"), 3 * slopes[-1]
    if not close(got, right, 1e-5):
        message = (
            f"A second call, with another function at the same point, numerical_grad(3·f, xs, {how}), gives a wrong slope: "
            "evaluate the f that is given in each call, and keep nothing from an earlier one."
        )
        raise Mistake("remembers", message, got, right, hint=2)


def changed_list(after, xs):
    """The Mistake for a list that is not what it was, by much or by a rounding error."""
    got = after[0] if after else None
    if type(got) is list and len(got) == len(xs) and all(map(lambda a, b: close(a, b, 1e-12), got, xs)):
        digits = next((f"{a!r} where {b!r} was" for a, b in zip(got, xs) if a != b), "")
        message = (
            f"Adding h and taking it away again leaves a rounding error in the caller's list: {digits}. Nudge a copy, "
            "list(xs), or put the old number itself back."
        )
        return Mistake("leaves-a-rounding-error", message, hint=2)
    message = "numerical_grad has changed the caller's list. Nudge a copy: list(xs)."
    return Mistake("changes-the-list", message, got, xs, hint=2)


def polynomial(rng, i):
    """``{"_terms", "xs"}``: a cubic in three variables at a point where every usual mistake shows.

    Its third derivative gives the central difference an error, its second one the forward difference. With i = 0 the
    numbers are whole ones, 0 and -1 among them; with i = 1 two of them are equal; the others have three digits, so
    that rounding shows, and a nudge up and down again leaves a trace.
    """

    def make():
        while True:
            a, b = rng.sample(range(3), 2)
            terms = [[rng.choice([-2, -1, 1, 2]), [3 * (j == k) for k in range(3)]] for j in range(3)]
            terms.append([rng.choice([-3, -2, 2, 3]), [int(k in (a, b)) for k in range(3)]])
            terms.append([rng.choice([-4, 4]), [int(k == i) for k in range(3)]])
            xs = [rng.choice([-1, 1]) * rng.randrange(401, 2000) / 1000 for _ in range(3)]
            if i == 0:
                xs = [rng.choice([-3, -2, 2, 3]), *rng.sample([-1, 0], 2)]
            xs[0] = xs[i] if i == 1 else xs[0]
            right = value_of(derivative(terms, i), xs)
            trace = xs[i] + DEFAULT_H - 2 * DEFAULT_H + DEFAULT_H != xs[i] and abs(right - round(right, 4)) > 1e-5
            bent = abs(value_of(derivative(derivative(terms, i), i), xs)) >= 2
            if bent and (trace or i == 0) and (right < -0.1 or i < 2):
                return partial(value_of, terms), xs, i, STEPS[1:]

    right = lambda f, xs, i, steps: [central(f, xs, i, h) for h in steps]
    forgiven = ["rounded", "half-step", *["equal-numbers"] * (i != 1)]  # judged at h = 0.1 too, where they show
    f, xs, _, _ = draw_telling(make, right, STEPWISE, 1e-4, forgiven)
    return {"_terms": f.args[0], "xs": xs}
