"""Exercise 01.3: the chain rule with pencil and paper, on one graph.

The judge knows the value that each usual slip gives at each place, and names the slip.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_number

OWN = "own-value"
LOCAL = "stops-at-local"
ADDED = "added-not-multiplied"
LIKE_PRODUCT = "sum-like-product"
WHY = {
    OWN: ("in a product the local derivative is the *other* factor: nudge one, and the product moves by the other.", 1),
    LOCAL: ("this is the local derivative alone. It has to be multiplied by the gradient that arrives from behind.", 2),
    ADDED: ("the local derivative and the gradient that arrives were added. Along a path they are multiplied.", 2),
    LIKE_PRODUCT: ("a sum passes on what arrives: nudge one of its terms, and the sum moves just as much.", 1),
}


LECTURE = {"L": -8, "f": 4, "d": -2, "c": -2, "e": -2, "a": 6, "b": -4}  # at a = 2, b = -3, c = 10, f = -2


def by_hand(a, b, c, f):
    """``(L, right gradients, {name: [(mistake, number)]})`` of L = d · f with d = e + c and e = a · b."""
    e = a * b
    d = e + c
    right = {"f": d, "d": f, "c": f, "e": f, "a": b * f, "b": a * f}
    wrong = {
        "f": [(OWN, f), (LOCAL, 1.0), ("skips-c", e)],
        "d": [(OWN, d), (LOCAL, 1.0)],
        "c": [(LOCAL, 1.0), (LIKE_PRODUCT, e * f), (LIKE_PRODUCT, c * f), (ADDED, 1.0 + f)],
        "e": [(LOCAL, 1.0), (LIKE_PRODUCT, c * f), (LIKE_PRODUCT, e * f), (ADDED, 1.0 + f)],
        "a": [(OWN, a * f), (LOCAL, b), (ADDED, b + f), ("passes-by", f), (OWN, a)],
        "b": [(OWN, b * f), (LOCAL, a), (ADDED, a + f), ("passes-by", f), (OWN, b)],
    }
    return d * f, right, wrong


class ByHand(Exercise):
    id = "01.3"
    title = "Backpropagation by hand"
    section = "The chain rule multiplies along edges"
    difficulty, importance, minutes, points = 2, 5, 15, 3
    needs = ("manual_backprop",)
    properties = {"the inner nodes and f": 0.4, "through both products": 0.6}
    task = """\
Take the lecture's expression apart: `e = a * b`, `d = e + c`, `L = d * f`. Write `manual_backprop(a, b, c, f)` for
four plain numbers. It returns a dict: `"L"` holds the value, and `"f"`, `"d"`, `"c"`, `"e"`, `"a"`, `"b"` hold the
gradients of L with respect to each. No nudges and no Value here: only the chain rule, one line a node, from L backwards.

At a = 2, b = -3, c = 10, f = -2 you know the answer: L = -8, and the gradients of a, b, c, f are 6, -4, -2, 4. The
check takes other numbers."""
    hints = (
        "Begin at L = d * f. Nudge d: L moves f times as much. Nudge f: L moves d times as much. Then go one step back.",
        'Each gradient is the one that has arrived behind, times the local derivative: grad["e"] = grad["d"] * 1.0 and '
        'grad["a"] = grad["e"] * b.',
        'grad["f"] = d; grad["d"] = f; grad["c"] = grad["e"] = grad["d"]; grad["a"] = grad["e"] * b; '
        'grad["b"] = grad["e"] * a. And grad["L"] = d * f, the value.',
    )

    @staticmethod
    def cases(rng):
        return [
            {"property": property, **fresh_numbers(rng)}
            for property in ("the inner nodes and f", "through both products")
            for _ in range(3)
        ]

    @staticmethod
    def probe(namespace, case):
        return namespace["manual_backprop"](case["a"], case["b"], case["c"], case["f"])

    @staticmethod
    def judge(case, answer):
        value, right, wrong = by_hand(case["a"], case["b"], case["c"], case["f"])
        names = "fdce" if case["property"] == "the inner nodes and f" else "ab"
        expect_dict(answer, ("L", *names), "the result of manual_backprop")
        got = expect_number(answer["L"], "L")
        if got == LECTURE["L"] != value:
            message = "L is the lecture's number; this check has other numbers. Compute it from them."
            raise Mistake("memorised", message, got, value, hint=1)
        if not close(got, value, 1e-12):
            raise Mistake("wrong-L", "The forward pass is wrong: L = (a * b + c) * f.", got, value, hint=1)
        for name in names:
            check_gradient(name, answer[name], right, wrong[name])


def fresh_numbers(rng):
    """Four numbers at which every usual slip shows, the lecture's own numbers among them."""
    while True:
        a, b, c, f = (rng.choice([-1, 1]) * rng.randrange(15, 60) / 10 for _ in range(4))
        _, right, wrong = by_hand(a, b, c, f)
        apart = [abs(right[name] - slip) for name in right for _, slip in wrong[name]]
        slips = [number for name in right for _, number in wrong[name]]
        apart += [abs(number - known) for number in (*right.values(), *slips) for known in LECTURE.values()]
        mixed_up = len({abs(a), abs(b), abs(c), abs(f)}) < 4  # at a = f, a's gradient under f's key is also a · b
        if min(apart) > 0.05 and all(abs(g) > 0.3 for g in right.values()) and not mixed_up:
            return {"a": a, "b": b, "c": c, "f": f}


def check_gradient(name, answer, gradients, wrong):
    got, right = expect_number(answer, f"the gradient of {name}"), gradients[name]
    if close(got, right, 1e-12):  # a few products of numbers of size 10: rounding leaves 1e-15
        return
    shown = {"got": got, "expected": right}
    if got == LECTURE[name]:
        message = f"The gradient of {name} is the lecture's number; this check has other numbers. Compute it from them."
        raise Mistake("memorised", message, **shown, hint=2)
    for id, slip in wrong:
        if close(got, slip, 1e-12):
            if id == "skips-c":
                raise Mistake(id, "f's gradient is all of d: a * b and c together.", **shown, hint=1)
            if id == "passes-by":
                message = f"Gradient of {name}: it is what arrives at e = a * b. One more edge leads on, with a local "
                raise Mistake(id, message + "derivative of its own.", **shown, hint=2)
            why, hint = WHY[id]
            raise Mistake(id, f"Gradient of {name}: {why}", **shown, hint=hint)
    for other, gradient in gradients.items():
        if close(got, gradient, 1e-12):
            message = f"Under the key {name!r} stands the gradient of {other}."
            raise Mistake("exchanged", message, **shown, hint=3)
    if close(got, -right, 1e-12):
        message = f"The gradient of {name} has the wrong sign. The signs of the numbers multiply too; there is no other minus."
        raise Mistake("sign", message, **shown, hint=2)
    if close(got, right, 1e-3):
        message = f"The gradient of {name} is off by {abs(got - right):.1g}, as a nudge leaves it. Multiply local derivatives."
        raise Mistake("nudged", message, hint=2)
    if got == 0:
        raise Mistake("zero", f"The gradient of {name} is 0, but L moves when {name} does.", **shown, hint=2)
    raise Mistake("wrong-gradient", f"The gradient of {name} is wrong.", **shown, hint=3)
