"""What the checks of lecture 05 share: arrays are drawn, and what a function returned is compared with what is right.

Every draw holds what a comfortable one leaves out: 0, 1 and -1 and equal numbers beside long ones, float32 beside
float64, arrays that do not lie in memory one number after the other, axes of size 1 that are meant so, axes of size 0,
and no axis at all. Right is computed by NumPy in float64 from the very numbers that the learner's function got.
"""

import math

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.shared.wrong_models import Wrong

TOLERANCE = {"float64": 1e-12, "float32": 1e-5}  # of the largest number, or of 1
LAYOUTS = ("plain", "turned", "with gaps", "backwards")
SPECIAL = (0.0, 1.0, -1.0, 2.0, -0.0)


def drawn(rng, shape, dtype="float64", layout="plain"):
    """A described array of this shape; where there is room: 0, ±1, whole and equal numbers, negative and long ones."""
    size = math.prod(shape)
    numbers = [rng.choice((-1, 1)) * rng.randrange(200_001, 2_000_000) / 1_000_000 for _ in range(size)]
    if size >= 8:
        for number, place in zip((*SPECIAL, numbers[0]), rng.sample(range(1, size), 6)):
            numbers[place] = number
    layout = "plain" if layout == "backwards" and not shape else layout
    return {"shape": list(shape), "dtype": dtype, "layout": layout, "numbers": numbers}


def exact(described):
    """The described array as the judge computes with it: its numbers as they were handed out, in float64."""
    from karpathy_course.checks.shared.plain_arrays import array_of  # it loads NumPy

    return array_of(described).astype("float64")


def judge_arrays(answer, right, dtype, wrongs=(), given=(), where="", names=(), what="the result", source=None):
    """Return when the answer of `answer_of` holds the right array, or list of arrays, or raise the Mistake.

    wrongs: the usual mistakes, as `Wrong` with models of given. where: added to each message. names: what the
    arguments are called. what: what the result is called, or a name for each array of it.
    """
    expect_dict(answer, ("parts", "many", "changed", "again"))
    many = isinstance(right, (list, tuple))
    rights = [np.asarray(x) for x in (right if many else [right])]
    parts = answer["parts"] if type(answer["parts"]) is list else []
    if answer["changed"]:
        places = answer["changed"] if type(answer["changed"]) is list else [0]
        named = ", ".join(f"`{names[k]}`" for k in places if type(k) is int and 0 <= k < len(names))
        message = (
            f"Your function changed {named or 'its arguments'}, which the caller still needs. Write into a new array."
        )
        raise Mistake("changes-its-arguments", f"{message} {where}")
    if many and answer["many"] is not True:
        message = f"{len(rights)} arrays were expected, but your function did not return a list or a tuple. {where}"
        raise Mistake("not-a-list", message, hint=3)
    if many and len(parts) != len(rights):
        message = f"{len(parts)} arrays were returned; {len(rights)} were expected. {where}"
        raise Mistake("wrong-length", message, len(parts), len(rights))
    if not many and (answer["many"] is not False or len(parts) != 1):
        raise Mistake("not-an-array", f"A list or a tuple was returned; one array was expected. {where}", hint=3)
    which = what if isinstance(what, list) else [f"array {k} of {what}" for k in range(len(parts))] if many else [what]
    found = [array_in(part, name, where) for part, name in zip(parts, which)]
    shown = {"got": in_words(found), "expected": in_words(rights)}
    only_short = dtype == "float64" and any(part.get("dtype") == "float32" for part in parts)
    if not alike(found, rights, "float32" if only_short else dtype):
        for wrong in wrongs:
            if alike(found, modelled(wrong.model, given, many), dtype):
                raise Mistake(wrong.id, f"{wrong.message} {where}", **shown, hint=wrong.hint)
        for name, got, expected in zip(which, found, rights):
            if got.shape != expected.shape:
                message = f"The shape of {name} is {got.shape}, but it must be {expected.shape}. {where}"
                if got.shape[1:] == expected.shape:
                    message = message.replace(
                        ". (", f": an axis of {got.shape[0]} in front is too many, so sum over it. (", 1
                    )
                raise Mistake("wrong-shape", message, got.shape, expected.shape, hint=1)
        if not all(np.isfinite(got[np.isfinite(expected)]).all() for got, expected in zip(found, rights)):
            raise Mistake("not-finite", f"There is a nan or an inf among the numbers. {where}", **shown)
        if factor := factor_between(found, rights, dtype):
            message = f"Every number is {factor:g} times the right one. {where}"
            raise Mistake("wrong-factor", message, **shown, hint=2)
        if not any(got.any() for got in found):
            raise Mistake("all-zero", f"The shape is right, but all numbers are 0. {where}", **shown, hint=1)
        differ = which_differ(which, found, rights, dtype)
        raise Mistake("wrong-numbers", f"The shape is right, but {differ}. {where}", **shown, hint=2)
    if answer["again"] is not True:
        message = f"A second call with the same arrays returned other numbers. Does your code keep something? {where}"
        raise Mistake("second-call-differs", message)
    for name, part in zip(which, parts):
        if part["dtype"] != dtype:
            source = source or f"the gradient was {dtype}"
            message = f"{cap(name)} is {part['dtype']}, but {source}: it must be {dtype}. {where}"
            raise Mistake("wrong-dtype", message, part["dtype"], dtype, hint=3)
        if part["own"] is not True:
            message = (
                f"{cap(name)} is not an array of its own: it shares memory with an array that was passed in or with "
                "another result, or it is a stretched view. If the caller added to it in place, both would change. "
                "Return a copy."
            )
            raise Mistake("shares-memory", f"{message} {where}", hint=3)


def array_in(part, what="the result", where=""):
    """The array that a part of an answer describes, in float64, or the Mistake that says why it is none."""
    if type(part) is dict and type(part.get("what")) is str:
        message = f"{cap(what)} is {part['what'][:80]}; an array was expected. {where}"
        raise Mistake("not-an-array", message, hint=3)
    expect_dict(part, ("dtype", "shape", "numbers", "own"), what)
    shape, numbers = part["shape"], part["numbers"]
    whole = type(shape) is list and len(shape) <= 32 and all(type(n) is int and 0 <= n < 10**6 for n in shape)
    if not whole or type(numbers) is not list or len(numbers) != math.prod(shape):
        raise Mistake("not-an-array", f"{cap(what)} is no array. {where}")
    if not all(type(x) in (int, float, bool) or x == "nan" for x in numbers):
        raise Mistake("not-an-array", f"{cap(what)} does not hold numbers alone. {where}")
    return np.array([float(x) for x in numbers]).reshape(shape)


def modelled(model, given, many):
    """What a mistake would have given; None where it gives nothing there."""
    try:
        with np.errstate(all="ignore"):
            out = model(*given)
    except (ArithmeticError, ValueError, IndexError, TypeError):
        return None
    return None if out is None else [np.asarray(x) for x in (out if many else [out])]


def alike(found, rights, dtype):
    """Whether two lists of arrays have the same shapes and, up to rounding, the same numbers."""
    return rights is not None and len(found) == len(rights) and all(map(same, found, rights, [dtype] * len(rights)))


def same(got, right, dtype):
    """Whether two arrays agree up to rounding; an infinity agrees with itself alone, and so does nan."""
    if got.shape != right.shape:
        return False
    largest = max(1.0, float(np.abs(right[np.isfinite(right)]).max(initial=0)))
    with np.errstate(all="ignore"):
        near = np.abs(got - right) <= TOLERANCE.get(dtype, 1e-12) * largest
    return bool((near | (got == right) | (np.isnan(got) & np.isnan(right))).all())


def factor_between(found, rights, dtype):
    """The factor by which all found numbers differ from the right ones; None where there is no such factor."""
    right = [x for x in rights if x.any()]
    if not all(np.isfinite(x).all() for x in (*rights, *found)):
        return None
    if not right or not any(x.any() for x in found) or [x.shape for x in found] != [x.shape for x in rights]:
        return None
    place = np.abs(right[0]).argmax()
    factor = next(f for f, x in zip(found, rights) if x.any()).ravel()[place] / right[0].ravel()[place]
    factor = float(f"{factor:.4g}")  # a factor that somebody meant
    return factor if factor and alike(found, [factor * x for x in rights], dtype) else None


def which_differ(names, found, rights, dtype):
    """In words, where found numbers are wrong: of one array how many, and the first; of several, which arrays."""
    wrong = [k for k, (got, right) in enumerate(zip(found, rights)) if not same(got, right, dtype)]
    rough = " (in float32 they would be right: was something computed in float32?)"
    rough = rough if dtype == "float64" and alike(found, rights, "float32") else ""
    if len(found) > 1:
        return f"these numbers are wrong: {' and '.join(names[k] for k in wrong)}{rough}"
    got, right = np.atleast_1d(found[0]), np.atleast_1d(rights[0])
    off = [place for place in np.ndindex(right.shape) if not same(got[place], right[place], dtype)] or [
        (0,) * right.ndim
    ]
    at = f" at {list(off[0])}" * bool(rights[0].ndim)
    digits = 12 if rough else 6
    first = f"{got[off[0]]:.{digits}g}, but {right[off[0]]:.{digits}g} was expected{rough}"
    if right.size == 1:
        return f"the number is {first}"
    return f"{len(off)} of {right.size} numbers {'is' if len(off) == 1 else 'are'} wrong. The first{at} is {first}"


def in_words(arrays):
    """Arrays as they are shown: the numbers of one, or of each."""
    shown = [np.asarray(x).tolist() for x in arrays]
    return shown[0] if len(shown) == 1 else shown


def cap(text):
    return text[:1].upper() + text[1:]


def wrong(id, message, hint=None):
    """A decorator: the function below is what this mistake would give."""
    return lambda model: Wrong(id, model, message, hint)
