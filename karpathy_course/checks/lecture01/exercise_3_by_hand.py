"""Exercise 01.3: the chain rule with pencil and paper, on one graph.

The judge knows the value that each usual slip gives at each place, and names the slip.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_number
from karpathy_course.checks.shared.wrong_models import Wrong, confused, name_mistake

LECTURE = {"L": -8, "f": 4, "d": -2, "c": -2, "e": -2, "a": 6, "b": -4}  # at a = 2, b = -3, c = 10, f = -2
RIGHT = {
    "L": lambda a, b, c, f: (a * b + c) * f,
    "f": lambda a, b, c, f: a * b + c,
    **dict.fromkeys("dce", lambda a, b, c, f: f),
    "a": lambda a, b, c, f: b * f,
    "b": lambda a, b, c, f: a * f,
}
OWN = (
    "own-value",
    "in a product the local derivative is the *other* factor: nudge one, and the product moves by the other.",
)
LOCAL = (
    "stops-at-local",
    ("this is the local derivative alone. It has to be multiplied by the gradient that arrives from behind."),
)
ADDED = (
    "added-not-multiplied",
    ("the local derivative and the gradient that arrives were added. Along a path they are multiplied."),
)
LIKE_PRODUCT = (
    "sum-like-product",
    ("a sum passes on what arrives: nudge one of its terms, and the sum moves just as much."),
)
SKIPS_C = "skips-c", "L = d * f, so it is all of d: a * b and c together."
PASSES_BY = (
    "passes-by",
    ("this is what arrives at e = a * b. One more edge leads on, with a local derivative of its own."),
)
LOCAL_ALONE, ONE_AND_F = (LOCAL, lambda a, b, c, f: 1.0, 2), (ADDED, lambda a, b, c, f: 1.0 + f, 2)
BY_C, BY_E = (LIKE_PRODUCT, lambda a, b, c, f: c * f, 1), (LIKE_PRODUCT, lambda a, b, c, f: a * b * f, 1)
AT_E = PASSES_BY, lambda a, b, c, f: f, 2
SLIPS = {
    "f": [(OWN, lambda a, b, c, f: f, 1), LOCAL_ALONE, (SKIPS_C, lambda a, b, c, f: a * b, 1)],
    "d": [(OWN, lambda a, b, c, f: a * b + c, 1), LOCAL_ALONE],
    "c": [LOCAL_ALONE, BY_E, BY_C, ONE_AND_F],
    "e": [LOCAL_ALONE, BY_C, BY_E, ONE_AND_F],
    "a": [(OWN, lambda a, b, c, f: a * f, 1), (LOCAL, lambda a, b, c, f: b, 2), (ADDED, lambda a, b, c, f: b + f, 2),
          AT_E, (OWN, lambda a, b, c, f: a, 1)],
    "b": [(OWN, lambda a, b, c, f: b * f, 1), (LOCAL, lambda a, b, c, f: a, 2), (ADDED, lambda a, b, c, f: a + f, 2),
          AT_E, (OWN, lambda a, b, c, f: b, 1)],
}  # fmt: skip


def wrongs(name):
    """The wrong models of one gradient."""
    right = RIGHT[name]
    known = "this is the lecture's number; this check has other numbers. Compute it from them."
    yield Wrong("memorised", lambda *given: LECTURE[name], known, 2)
    for (id, message), model, hint in SLIPS[name]:
        yield Wrong(id, model, message, hint)
    for other in RIGHT:
        if other != name and RIGHT[other] is not right:
            what = "the value of L" if other == "L" else f"the gradient of {other}"
            yield Wrong("exchanged", RIGHT[other], f'the dict\'s "{name}" holds {what}.', 3)
    message = "its sign is flipped. The signs of the numbers multiply too; there is no other minus."
    yield Wrong("sign", lambda *given: -right(*given), message, 2)
    yield Wrong("zero", lambda *given: 0.0, f"it is 0 here, but L moves when {name} does.", 2)


WRONG = {name: list(wrongs(name)) for name in SLIPS}


class ByHand(Exercise):
    id = "01.3"
    title = "Backpropagation by hand"
    section = "The chain rule multiplies along edges"
    why = "Every gradient is the one that arrives from behind times one local derivative: so a network of any depth needs only this step."
    difficulty, importance, minutes, points = 2, 5, 15, 3
    needs = ("manual_backprop",)
    allows = {"makes whole numbers floats": "a gradient is a number: 2 and 2.0 are equally right"}
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
            {"property": property, **dict(zip("abcf", given))}
            for property in ByHand.properties
            for given in (telling(rng, 10), telling(rng, 100_000), *(whole_numbers(rng, place) for place in range(3)))
        ]

    @staticmethod
    def probe(namespace, case):
        given = [case[name] for name in "abcf"]
        answer = namespace["manual_backprop"](*given)
        held = dict(answer) if isinstance(answer, dict) else answer
        second = namespace["manual_backprop"](*[2 * number + 1 for number in given])
        return {"answer": held, "after": answer, "second": second}

    @staticmethod
    def judge(case, answer):
        given = [case[name] for name in "abcf"]
        expect_dict(answer, ("answer", "after", "second"))
        answer, after, second = answer["answer"], answer["after"], answer["second"]
        names = "fdce" if case["property"] == "the inner nodes and f" else "ab"
        expect_dict(answer, ("L", *names), "the result of manual_backprop")
        got, value = expect_number(answer["L"], "L"), RIGHT["L"](*given)
        if got == LECTURE["L"] != value:
            message = "L is the lecture's number; this check has other numbers. Compute it from them."
            raise Mistake("memorised", message, got, value, hint=1)
        if not close(got, value, 1e-12):
            raise wrong_value(given, got, value)
        for name in names:
            check_gradient(name, answer[name], given)
        if second == answer and not close(RIGHT["L"](*(2 * x + 1 for x in given)), value):
            message = (
                "A second call, with other numbers, returned the numbers of the first: compute them anew in each call, and "
                "keep nothing from an earlier one."
            )
            raise Mistake("remembers", message, hint=3)
        if after != answer:
            message = (
                "A second call, with other numbers, has changed the dict that the first call returned: make a new dict in "
                "each call."
            )
            raise Mistake("one-dict-for-all", message, hint=3)


def wrong_value(given, got, value):
    """The Mistake for a wrong "L"."""
    a, b, c, f = given
    forward = "The forward pass is wrong: "
    if close(got, 1.0, 1e-12):
        message = '"L" holds 1, the gradient of L with respect to itself. It has to hold the value of L.'
        return Mistake("gradient-for-value", message, got, value, hint=1)
    if close(got, a * b + c * f, 1e-12):
        message = forward + "this is a * b + c * f. The bracket comes first: L = (a * b + c) * f."
        return Mistake("brackets", message, got, value, hint=1)
    if any(close(got, rounded, 1e-12) for rounded in (*(round(value, digits) for digits in range(5)), int(value))):
        message = f'"L" was rounded to {got:g}, or cut to a whole number. Return it as it is.'
        return Mistake("rounded", message, got, value, hint=3)
    message = forward + "L = (a * b + c) * f, of the numbers that this call was given."
    return Mistake("wrong-L", message, got, value, hint=1)


def telling(rng, digits):
    """Four numbers at which every usual mistake shows, with one digit or, so that rounding shows too, with five."""
    while True:
        given = [rng.choice([-1, 1]) * rng.randrange(15 * digits // 10, 6 * digits) / digits for _ in range(4)]
        pairs = [pair for name in WRONG for pair in confused(WRONG[name], RIGHT[name], given, 0.02)]
        if not any({"right", "memorised"} & set(pair) or set(pair) == {"exchanged", "skips-c"} for pair in pairs):
            return given


def whole_numbers(rng, place):
    """0 at one place, and else 1 and -1, two of which are equal: a quotient that should be a factor fails."""
    one = rng.choice([1, -1])
    given = [one, -one]
    given.insert(place, 0)
    return [*given, rng.choice([1, -1])]


def check_gradient(name, answer, given):
    got, right = expect_number(answer, f"the gradient of {name}"), RIGHT[name](*given)
    if close(got, right, 1e-12):  # a few products of numbers of size 10: rounding leaves 1e-15
        return
    if 0 in given:  # other numbers come first and were right: with a 0 many mistakes look alike
        message = f"The gradient of {name} is right at other numbers, and wrong here: multiply, and do not divide."
        raise Mistake("not-at-zero", message, got, right, hint=2)
    name_mistake(WRONG[name], given, got, f"The gradient of {name}: {{}}", got=got, expected=right)
    if close(got, round(right, 4), 1e-12) or close(got, round(right, 2), 1e-12):
        message = f"The gradient of {name} was rounded. Return it as it is."
        raise Mistake("rounded", message, got, right, hint=3)
    if close(got, right, 1e-3):
        message = f"The gradient of {name} is off by {abs(got - right):.1g}, as a nudge leaves it. Multiply local derivatives."
        raise Mistake("nudged", message, hint=2)
    message = (
        f"The gradient of {name} is not what arrives from behind, times one local derivative: go from L backwards."
    )
    raise Mistake("wrong-gradient", message, got, right, hint=3)
