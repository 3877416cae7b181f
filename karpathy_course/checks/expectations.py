"""What judges say over and over: is it a number, a list of the right length, close enough?

A judge receives whatever plain data the learner's code brought about, so nothing here trusts a type,
a length or a value: the exact type is asked for (True is no number), and NaN is never close to anything.
"""

import math

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.runner.plain_data import describe


def is_number(x):
    """True for an int or a float, exactly and finite; a bool is no number."""
    if type(x) is int:
        return abs(x) < 2**63
    return type(x) is float and math.isfinite(x)


def close(a, b, tolerance=1e-9):
    """True when both are numbers and ``|a - b| <= tolerance * max(1, |b|)``; b is what was expected."""
    return is_number(a) and is_number(b) and abs(a - b) <= tolerance * max(1.0, abs(b))


def expect_number(answer, what="the answer"):
    """answer, when it is a finite number; otherwise Mistake ``not-finite`` or ``not-a-number``."""
    if type(answer) is float and not math.isfinite(answer):
        raise Mistake(
            "not-finite", f"{_cap(what)} is {answer}: somewhere a number overflowed or 0/0 was taken.", answer
        )
    if not is_number(answer):
        raise Mistake("not-a-number", _unlike(answer, what, "a number"), answer)
    return answer


def expect_integer(answer, what="the answer"):
    """answer, when it is exactly an int; otherwise Mistake ``wrong-type``."""
    if type(answer) is not int:
        raise Mistake("wrong-type", _unlike(answer, what, "a whole number"), answer)
    return answer


def expect_bool(answer, what="the answer"):
    """answer, when it is True or False; otherwise Mistake ``wrong-type``."""
    if type(answer) is not bool:
        raise Mistake("wrong-type", _unlike(answer, what, "True or False"), answer)
    return answer


def expect_text(answer, what="the answer"):
    """answer, when it is text; otherwise Mistake ``wrong-type``."""
    if type(answer) is not str:
        raise Mistake("wrong-type", _unlike(answer, what, "text"), answer)
    return answer


def expect_list(answer, length=None, what="the answer"):
    """answer, when it is a list (of that length); otherwise Mistake ``wrong-type`` or ``wrong-length``."""
    if type(answer) is not list:
        raise Mistake("wrong-type", _unlike(answer, what, "a list"), answer)
    if length is not None and len(answer) != length:
        message = f"{_cap(what)} has length {len(answer)}; length {length} was expected."
        raise Mistake("wrong-length", message, len(answer), length)
    return answer


def expect_numbers(answer, length=None, what="the answer"):
    """answer, when it is a list of finite numbers (of that length); otherwise one of the Mistakes above."""
    for i, item in enumerate(expect_list(answer, length, what)):
        expect_number(item, f"entry {i} of {what}")
    return answer


def expect_dict(answer, keys=(), what="the answer"):
    """answer, when it is a dict that has these keys; otherwise Mistake ``wrong-type`` or ``missing-key``."""
    if type(answer) is not dict:
        raise Mistake("wrong-type", _unlike(answer, what, "a dict"), answer)
    missing = [key for key in keys if key not in answer]
    if missing:
        names = ", ".join(repr(key) for key in missing)
        raise Mistake("missing-key", f"{_cap(what)} has no entry {names}.", sorted(answer), sorted(keys))
    return answer


def _unlike(answer, what, expected):
    """Says that something is of another kind than expected; of None, what nearly always brought it about."""
    if answer is None:
        return f"{_cap(what)} is None: is a `return` missing? It should be {expected}."
    return f"{_cap(what)} is {describe(answer)}; {expected} was expected."


def _cap(what):
    return what[:1].upper() + what[1:]
