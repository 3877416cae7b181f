"""Exercise 01.5: the gradients of ten expressions, at a glance.

The ten expressions are fixed, so no message says what would have been right; the judge knows the usual slips.
"""

import re
from itertools import combinations

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_list, expect_number
from karpathy_course.checks.lecture01.dual_numbers import gradients_of

AT = {"a": 4.0, "b": -3.0}
TEN = [
    "a + b",
    "a + a",
    "a * b",
    "a * a",
    "5 - a",
    "a * a * a",
    "(a + b) * a",
    "relu(a * b)",
    "tanh(a - 4) * b",
    "(a + a) * (a + b)",
]


def some_paths(expression, at):
    """What d/da comes out as when one or more of the places where a stands are forgotten."""
    places = len(re.findall(r"\ba\b", expression))
    number = iter(range(places))
    split = re.sub(r"\ba\b", lambda _: f"a{next(number)}", expression)
    leaves = {f"a{k}": at["a"] for k in range(places)}
    each = gradients_of(split, leaves | {"b": at["b"]})[1][:places]
    return {sum(kept) for n in range(1, places) for kept in combinations(each, n)}


class TenGradients(Exercise):
    id = "01.5"
    title = "Ten gradients, predicted"
    section = "Predict before you run"
    why = "A name that stands in several places gets a gradient from each of them, and they add up."
    difficulty, importance, minutes, points = 2, 4, 15, 2
    needs = ("gradients",)
    properties = {"all ten": 1.0}
    task = """\
What is d/da of each expression, at a = 4 and b = -3? Write the ten numbers into the list `gradients`, in this order.
No computer is needed, and all ten must be right.

| | | | | |
|---|---|---|---|---|
| 1. `a + b` | 2. `a + a` | 3. `a * b` | 4. `a * a` | 5. `5 - a` |
| 6. `a * a * a` | 7. `(a + b) * a` | 8. `relu(a * b)` | 9. `tanh(a - 4) * b` | 10. `(a + a) * (a + b)` |

`relu(x)` is x where x > 0, and 0 elsewhere; tanh has the slope 1 at 0."""
    hints = (
        "Imagine a nudge: a becomes 4.001. By how many thousandths does the expression move? Where a stands twice, it "
        "moves twice.",
        "Take one place where a stands at a time, and hold the others fixed: in a * a the first a brings 4 and the "
        "second 4. Then add. In 8 ask first on which side of 0 the product lies.",
        "6: three places, each bringing a·a. 7: the bracket's a brings a, the last one brings a + b. 8: relu is flat at "
        "-12. 9: tanh passes on 1 at 0, and b multiplies it. 10: two a's bring a + b each, the third brings a + a.",
    )

    @staticmethod
    def cases(rng):
        return [{"property": "all ten", **AT}]

    @staticmethod
    def probe(namespace, case):
        return namespace["gradients"]

    @staticmethod
    def judge(case, answer):
        if answer is None or (type(answer) is list and None in answer):
            open_still = (
                "`gradients` is None" if answer is None else f"Entry {answer.index(None) + 1} of gradients is None"
            )
            raise Mistake("still-open", f"{open_still}: write ten numbers into the list.", hint=1)
        for number, (expression, got) in enumerate(zip(TEN, expect_list(answer, len(TEN), "the list gradients")), 1):
            got = expect_number(got, f"entry {number} of gradients")
            value, (by_a, by_b) = gradients_of(expression, case_point(case))
            if not close(got, by_a, 1e-9):
                raise slip(f"{number}. {expression}: {got:g} is not it.", expression, got, value, by_a, by_b)


def case_point(case):
    return {"a": case["a"], "b": case["b"]}


def slip(start, expression, got, value, by_a, by_b):
    """The Mistake for a wrong number in 01.5; the right one is not told."""
    same = lambda number: close(got, number, 1e-9)
    inside, slopes = gradients_of(expression.replace("relu", ""), AT)
    if "relu" in expression and any(map(same, (1.0, inside, *slopes))):
        return Mistake("relu-open", f"{start} On which side of 0 is the number that goes into relu?", hint=2)
    if same(-by_a):
        return Mistake("sign", f"{start} Its size is right: does a larger a make the result larger or smaller?", hint=1)
    if any(map(same, some_paths(expression, AT))):
        message = f"{start} It counts some of the places where a stands and forgets others: all are nudged together."
        return Mistake("one-path", message, hint=2)
    if same(value):
        return Mistake("value", f"{start} That is the expression's value; how fast does it move when a does?", hint=1)
    if same(by_b):
        return Mistake("other-variable", f"{start} That is d/db; a is nudged, and b is held fixed.", hint=1)
    if expression == "a * a * a" and same(3 * AT["a"]):
        return Mistake("one-path", f"{start} Each of the three places brings a · a, the two others multiplied.", hint=3)
    if "tanh" in expression and same(1.0):
        message = f"{start} tanh has the slope 1 there; what does b do to it on the way out?"
        return Mistake("stops-at-local", message, hint=3)
    return Mistake("wrong-gradient", f"{start} Imagine a = 4.001: by how many thousandths does it move?", hint=1)
