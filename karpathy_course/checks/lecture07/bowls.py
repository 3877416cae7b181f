"""Bowls: quadratic functions ½ (x - m)ᵀ H (x - m), drawn for 07.1 and 07.2, and how fast a method goes down them.

A drawn H is symmetric and positive definite, and, unless a diagonal one is asked for, no eigenvector lies along an axis:
its diagonal says nothing about its eigenvalues.
"""

import math

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import expect_number
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong, name_mistake

TOLERANCE = 1e-6  # of a rate, a factor, a momentum


def drawn_hessian(rng, eigenvalues, dtype="float64", layout="plain"):
    """A described (n, n) matrix with these eigenvalues, and eigenvectors of no particular direction."""
    n = len(eigenvalues)
    numbers = np.array([rng.gauss(0, 1) for _ in range(n * n)]).reshape(n, n)
    q = np.linalg.qr(numbers)[0]
    h = (q * np.array(eigenvalues)) @ q.T
    return described((h + h.T) / 2, dtype, layout)


def described(array, dtype="float64", layout="plain"):
    array = np.asarray(array)
    return {"shape": list(array.shape), "dtype": dtype, "layout": layout, "numbers": array.ravel().tolist()}


def drawn_eigenvalues(rng, n, condition):
    """n positive numbers in no order; the largest is condition times the smallest."""
    low = math.exp(rng.uniform(-1, 1))
    found = [low, condition * low, *(low * condition ** rng.uniform(0.1, 0.9) for _ in range(n - 2))][:n]
    rng.shuffle(found)
    return found


def drawn_bowl(rng, shape, condition, dtype="float64", start=None):
    """A described bowl over points of this shape: its hessian, its minimum, and a start that is not the minimum."""
    n = math.prod(shape)
    some = lambda: [rng.choice((-1, 1)) * rng.uniform(0.3, 3) for _ in range(n)]
    minimum = [rng.choice((0.0, 1.0, -1.0)), *some()][:n]
    return {
        "hessian": drawn_hessian(rng, drawn_eigenvalues(rng, n, condition)),
        "minimum": {"shape": list(shape), "dtype": "float64", "numbers": minimum},
        "start": {"shape": list(shape), "dtype": dtype, "numbers": start or some()},
    }


def at_rest(bowl, far):
    """The bowl with its start so far from the minimum in every direction: where a step hardly moves."""
    start = bowl["start"] | {"numbers": [number + far for number in bowl["minimum"]["numbers"]]}
    return bowl | {"start": start}


def gradient_of(bowl):
    """The function from a point to the slope there, as the judge computes it."""
    hessian, minimum, slope = (exact(bowl.get(name)) for name in ("hessian", "minimum", "slope"))
    if slope is not None:
        return lambda x: slope
    return lambda x: (hessian @ (x - minimum).ravel()).reshape(x.shape)


def exact(described):
    from karpathy_course.checks.shared.plain_arrays import array_of  # it loads NumPy

    return None if described is None else array_of(described).astype("float64")


def eigenvalues(hessian):
    """In rising order. hessian: an array."""
    return np.linalg.eigvalsh(hessian)


def shrinks(hessian, rate, momentum=0.0):
    """By how much a step of the heavy ball multiplies the distance to the minimum in the long run.

    The largest root, in size, of z² - (1 + momentum - rate λ) z + momentum, over all eigenvalues λ (Polyak 1964).
    """
    middle = (1 + momentum - rate * eigenvalues(hessian)).astype(complex)
    root = np.sqrt(middle**2 - 4 * momentum)
    return float(max(np.abs(middle + root).max(), np.abs(middle - root).max()) / 2)


def badly_returned(path_of, there_are):
    """Models in which the path is right and something else is returned. there_are: how many points it has, in words."""
    same_array = (
        "All points are the last one: `x -= …` changes one and the same array, which is in the list many times. Make a new "
        "one, x = x - …, or append a copy."
    )
    return [
        Wrong(
            "start-missing",
            lambda case: path_of(case)[1:],
            "The start is missing: it is the first of the points that are returned.",
            1,
        ),
        Wrong("last-missing", lambda case: path_of(case)[:-1], f"The last point is missing: there are {there_are}.", 1),
        Wrong("one-array-many-times", lambda case: np.stack([path_of(case)[-1]] * len(path_of(case))), same_array, 1),
        Wrong(
            "last-point-alone",
            lambda case: path_of(case)[-1],
            "Only the last point was returned: return all of them, the start first.",
            1,
        ),
    ]


def judge_numbers(given, answer, right, names, wrongs, where, shown=None):
    """Return when answer holds the right numbers, in order, or raise the Mistake.

    given: what the models of wrongs take. shown: ``got`` and ``expected`` in words that say more than the numbers.
    """
    found = [expect_number(x, name) for x, name in zip(answer, names)]
    right = [float(x) for x in right]
    if all(near(a, b) for a, b in zip(found, right)):
        return
    shown = shown or {"got": found if len(found) > 1 else found[0], "expected": right if len(right) > 1 else right[0]}
    same = lambda a, b: b is not None and all(near(x, y) for x, y in zip(a, b))
    name_mistake(wrongs, given, found, "{} " + where, same, **shown)
    off = [name for name, a, b in zip(names, found, right) if not near(a, b)]
    message = f"{' and '.join(off)[:1].upper()}{' and '.join(off)[1:]} {'is' if len(off) == 1 else 'are'} not right."
    raise Mistake("wrong-number", f"{message} {where}", **shown, hint=2)


def near(a, b):
    return math.isfinite(b) and abs(a - b) <= TOLERANCE * max(1.0, abs(b)) and abs(a - b) <= 1e-3 * abs(b) + 1e-7
