"""Exercise 01.1: the slope of a function, measured with a nudge to both sides.

The functions are polynomials, whose derivatives the judge knows exactly. Beside the right slope it computes what
each usual mistake would have given; the polynomials are drawn so that no mistake gives the right number.
"""

import math

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_number

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


def moved(xs, directions, h):
    return [x + d * h for x, d in zip(xs, directions)]


def central_difference(terms, xs, i, h):
    """The central difference itself."""
    unit = [float(k == i) for k in range(len(xs))]
    return (value_of(terms, moved(xs, unit, h)) - value_of(terms, moved(xs, unit, -h))) / (2 * h)


def slopes_by_mistake(terms, xs, i, h):
    """``[(id, number, message, hint)]``: what each usual mistake gives for this step."""
    n = len(xs)
    unit = lambda j: [float(k == j) for k in range(n)]
    f = lambda directions, step: value_of(terms, moved(xs, directions, step))
    central = lambda directions: (f(directions, h) - f(directions, -h)) / (2 * h)
    right, here = central(unit(i)), value_of(terms, xs)
    up, down = f(unit(i), h), f(unit(i), -h)
    found = [
        (
            "same-point",
            0.0,
            "The slope came out as 0: f was asked twice at the same place. `up = xs` makes no copy, it is one more "
            "name for the same list; list(xs) makes a copy.",
            2,
        ),
        (
            "forward-difference",
            (up - here) / h,
            "This is the forward difference, (f(x + h) - f(x)) / h. Its error falls only as h; step to both sides "
            "of x, and most of the error cancels.",
            1,
        ),
        (
            "backward-difference",
            (here - down) / h,
            "This is the backward difference, (f(x) - f(x - h)) / h. Its error falls only as h; step to both sides "
            "of x, and most of the error cancels.",
            1,
        ),
        (
            "missing-two",
            2 * right,
            "The slope is twice what it should be: from x - h to x + h the way is 2h long, so divide by 2h.",
            2,
        ),
        (
            "multiplied-by-h",
            right * h * h,
            "`/ 2 * h` divides by 2 and then multiplies by h. To divide by the product, write `/ (2 * h)`.",
            3,
        ),
        ("not-divided", 2 * right * h, "This is how far f moved. A slope is that divided by how far x moved, 2h.", 2),
        (
            "not-divided",
            right * h,
            "f's movement was divided by 2, but not by h: divide by the way between them, 2h.",
            2,
        ),
        ("turned", -right, "The sign is turned: take the value at x + h first, minus the value at x - h.", 2),
        ("added", (up + down) / (2 * h), "The two values were added; the slope needs their difference.", 2),
        (
            "all-nudged",
            central([1.0] * n),
            "Every number of the list was nudged. Nudge the one at index i, and leave the others where they are.",
            2,
        ),
    ]
    for j in range(n):
        if j != i:
            message = f"This is the slope with respect to xs[{j}]; index i = {i} was asked for. Python counts from 0."
            found.append(("wrong-index", central(unit(j)), message, 2))
    return found


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
        for property in ("the error falls with h²", "an error below a millionth", "the list is left alone"):
            for i in rng.sample(range(3), 3):
                case = {"property": property, "f": "", **polynomial(rng, i), "i": i}
                case["f"] = text_of(case["_terms"])
                cases.append(case | ({"h": STEPS} if property == "the error falls with h²" else {}))
        return cases

    @staticmethod
    def probe(namespace, case):
        n, terms = len(case["xs"]), case["_terms"]

        def f(xs):
            if not isinstance(xs, (list, tuple)) or len(xs) != n:
                raise TypeError(f"f takes one list of {n} numbers")
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
        return {"slopes": slopes, "after": after}

    @staticmethod
    def judge(case, answer):
        terms, xs, i = case["_terms"], case["xs"], case["i"]
        steps = case.get("h", [DEFAULT_H])
        expect_dict(answer, ("slopes", "after"))
        slopes = expect_list(answer["slopes"], len(steps), "the list of slopes")
        after = expect_list(answer["after"], what="the list afterwards")
        true = value_of(derivative(terms, i), xs)
        for slope in slopes:
            if type(slope) in (list, dict):
                message = "numerical_grad returned several numbers; return one, the slope with respect to xs[i]."
                raise Mistake("several-numbers", message, slope, true, hint=3)
            if slope is None:
                raise Mistake("no-return", "numerical_grad gave None: end it with `return` and the slope.", hint=3)
            expect_number(slope, "the slope")
        errors = [abs(slope - true) for slope in slopes]
        if "h" in case:
            worst = abs(central_difference(terms, xs, i, steps[0]) - true)
            if errors[1] and abs(errors[0] / errors[1] - 100) < 1 and errors[0] <= worst * 1.001:
                return
        elif errors[0] <= WANTED:
            if case["property"] != "the list is left alone" or after == [xs]:
                return
            raise changed_list(after, xs)
        expected = [central_difference(terms, xs, i, step) for step in steps] if "h" in case else true
        got = slopes if "h" in case else slopes[0]
        by_step = [slopes_by_mistake(terms, xs, i, step) for step in steps]
        for versions in zip(*by_step):
            id, _, message, hint = versions[0]
            if all(close(s, version[1], 1e-7) for s, version in zip(slopes, versions)):
                raise Mistake(id, message, got, expected, hint)
        if "h" in case:
            if close(slopes[0], slopes[1], 1e-7):
                message = "For h = 0.1 and h = 0.01 the same number came out: use the h that is given."
                raise Mistake("ignores-h", message, got, expected, hint=3)
            fell = f"{errors[0] / errors[1]:.3g}" if errors[1] else "∞"
            message = (
                f"The true slope is {true:.8g}. Your error is {errors[0]:.2g} at h = 0.1 and {errors[1]:.2g} at "
                f"h = 0.01: it falls ×{fell} where the central difference's falls ×100."
            )
            raise Mistake("wrong-slope", message, got, expected, hint=2)
        message = f"The slope is off by {errors[0]:.2g}; with the default h it has to be right to 1e-6."
        raise Mistake("inexact", message, got, expected, hint=1)


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

    Its third derivative gives the central difference an error, its second one the forward difference, and the
    slope with respect to x_i lies apart from 0 and from all that a mistake would give.
    """
    while True:
        cubes = [[rng.choice([-2, -1, 1, 2]), [3 * (j == k) for k in range(3)]] for j in range(3)]
        a, b = rng.sample(range(3), 2)
        terms = [*cubes, [rng.choice([-3, -2, 2, 3]), [int(k in (a, b)) for k in range(3)]], [rng.choice([-4, 4]),
                 [int(k == i) for k in range(3)]]]  # fmt: skip
        xs = [rng.choice([-1, 1]) * rng.randrange(4, 20) / 10 for _ in range(3)]
        bend = value_of(derivative(derivative(terms, i), i), xs)
        right = value_of(derivative(terms, i), xs)
        wrong = [number for _, number, _, _ in slopes_by_mistake(terms, xs, i, STEPS[1])]
        if abs(bend) >= 2 and all(abs(right - w) > 0.009 for w in wrong) and abs(value_of(terms, xs)) > 0.5:
            return {"_terms": terms, "xs": xs}
