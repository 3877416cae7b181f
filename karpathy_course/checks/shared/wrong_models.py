"""Wrong models: what each usual mistake would have given, in one table, so that a judge can name the mistake it sees.

An exercise states a list of `Wrong`: an id, a function of what the answer was given that computes what this mistake
gives there, the words and the hint. Its judge calls `name_mistake` once it knows that an answer is wrong. Its `cases`
call `draw_telling`, which draws until no mistake gives the right result and no two mistakes give the same one: what an
exercise would otherwise leave to chance, and what nobody notices when chance is against it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import close

TRIES = 10_000
APART = 1e-3  # results that differ by less could be taken for one another


@dataclass(frozen=True)
class Wrong:
    """One usual mistake. model: what it gives for the same arguments; None, or an exception, where it is no mistake."""

    id: str
    model: Callable
    message: str
    hint: int | None = None


def alike(a, b, tolerance=1e-9):
    """Whether two numbers, or two lists of them, however nested, agree; one that is not finite agrees with none."""
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(alike(x, y, tolerance) for x, y in zip(a, b))
    return close(a, b, tolerance)


def result_of(model, given):
    """What a model gives for the arguments given; None where it gives nothing there."""
    try:
        return model(*given)
    except (ArithmeticError, ValueError):
        return None


def name_mistake(wrongs, given, answer, words="{}", same=alike, **shown):
    """Raise the Mistake of the first of wrongs that gives this answer, or return when none of them does.

    words: the sentence around its message. shown: ``got`` and ``expected``, where they are to be shown.
    """
    for wrong in wrongs:
        if same(answer, result_of(wrong.model, given)):
            raise Mistake(wrong.id, words.replace("{}", wrong.message), hint=wrong.hint, **shown)


def confused(wrongs, right, given, tolerance=APART, forgiven=()):
    """The pairs of ids whose models give the same for given; "right" stands for the right result.

    forgiven: ids that may give what is right, or what others give. Two models of one id are one mistake.
    """
    results = [(wrong.id, result_of(wrong.model, given)) for wrong in wrongs if wrong.id not in forgiven]
    pairs = combinations([("right", right(*given)), *results], 2)
    return [(one, other) for (one, a), (other, b) in pairs if one != other and alike(a, b, tolerance)]


def draw_telling(make, right, wrongs, tolerance=APART, forgiven=(), only_right=False):
    """The first ``make()``, a tuple of arguments, for which no two of right and wrongs give the same.

    only_right: it is enough that each differs from the right one; what two mistakes share goes to the first of them.
    Raises ValueError, which names the pair, when it is never so: a bug of the exercise.
    """
    for _ in range(TRIES):
        given = make()
        pairs = confused(wrongs, right, given, tolerance, forgiven)
        if not [pair for pair in pairs if "right" in pair or not only_right]:
            return given
    raise ValueError(f"in {TRIES:,} draws {pairs[0][0]} and {pairs[0][1]} were never told apart: {given!r:.200}")
