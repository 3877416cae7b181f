"""The dtype that each row of the table makes of its inputs' dtypes: the rules that the rows name.

The rules say what NumPy gives, for graphs compute with NumPy, and where NumPy has a function for a row they ask
NumPy. Floats are never widened. Where PyTorch's eager answer differs, it is in one thing: from whole numbers and
masks `x / 2`, `exp`, `sqrt` and their like make torch's default float, float32, where NumPy makes float64 (or, of
small ones, float16 and float32).
A plain Python number takes the dtype of the array that it meets: NUMBERS are the three kinds of it. Only a float
beside whole numbers makes floats of them, and a whole number beside a mask makes whole numbers.
"""

import numpy as np

NUMBERS = {"bool number": bool, "int number": int, "float number": float}


class DtypeError(TypeError):
    """Dtypes that an operation cannot take; the message names it, the dtypes and what to do."""


def number_kind(value):
    """Which of NUMBERS a plain Python number is."""
    return f"{type(value).__name__} number"


def check_alike(name, dtypes):
    """Raises DtypeError where two dtypes meet: the course never guesses which one was meant. Masks count as 0 and 1."""
    found = {dtype for dtype in dtypes if dtype not in NUMBERS and dtype != "bool"}
    if len(found) > 1:
        both = " and ".join(sorted(found))
        raise DtypeError(f"{name}: {both} meet: convert one of them first, for example with .to(dtype)")


def as_numpys(ufunc):
    """The rule of a row that one of NumPy's own functions computes: NumPy says which dtype it gives."""

    def rule(name, *dtypes):
        plain = all(dtype in NUMBERS for dtype in dtypes)
        asked = [NUMBERS[d] if d in NUMBERS and not plain and d != "bool number" else _numpys(d) for d in dtypes]
        try:
            found = ufunc.resolve_dtypes((*asked, *(None,) * ufunc.nout))[ufunc.nin]
        except TypeError:
            raise _none_of(name, *dtypes) from None
        return _as_number(found) if plain else str(found)

    return rule


def promoted(name, *dtypes):
    """What numbers of these dtypes are when they stand together in one array."""
    arrays = [np.dtype(d) for d in dtypes if d not in NUMBERS]
    found = np.result_type(*arrays, *(NUMBERS[d](0) for d in dtypes if d in NUMBERS))
    return str(found) if arrays else _as_number(found)


def same(name, first, *others):
    return first


def choice(name, condition, *choices):
    return promoted(name, *choices)


def floating(name, first, *others):
    """What functions like exp make of it: a float stays as it is."""
    return as_numpys(np.exp)(name, first)


def floating_number(name, first, *others):
    """As `floating`, for rows that subtract: NumPy has no difference of masks."""
    if first == "bool":
        raise _none_of(name, first)
    return floating(name, first)


def power(name, base, exponent):
    """As NumPy, but for masks: there NumPy's answer depends on the exponent's value."""
    if base == "bool":
        raise _none_of(name, base)
    return as_numpys(np.power)(name, base, exponent)


def beside_zero(name, x):
    return promoted(name, x, "int number")


def floating_beside_zero(name, x):
    return floating(name, beside_zero(name, x))


def truth(name, *dtypes):
    return "bool"


def place(name, *dtypes):
    return "int64"


def named(name, *dtypes, dtype):
    return dtype


def total(name, x):
    """Sums of masks and of small whole numbers are counted in the widest whole numbers."""
    return x if x in NUMBERS else str(np.add.reduce(np.zeros(1, x)).dtype)


def real_floats(name, *dtypes):
    """For rows that only floats go through: images of whole numbers are refused, and the message says why."""
    wrong = next((dtype for dtype in dtypes if not dtype.startswith("float") or dtype in NUMBERS), None)
    if wrong is not None:
        raise DtypeError(
            f"{name}: {' and '.join(dtypes)}: expected arrays of floats. Whole numbers, as in uint8 pictures, "
            "overflow: convert first, for example with .float() / 255"
        )
    return promoted(name, *dtypes)


def pooled_floats(name, x, *places):
    return real_floats(name, x)


def window_place(name, x, largest, *, dtype):
    """Which place of a window is counted in whole numbers of this dtype."""
    real_floats(name, x, largest)
    return dtype


def _none_of(name, *dtypes):
    both = " and ".join(dtypes)
    return DtypeError(f"{name}: NumPy has none of {both}: convert first, for example with .to(dtype)")


def _numpys(dtype):
    return np.dtype(NUMBERS.get(dtype, dtype))


def _as_number(dtype):
    return {"i": "int number", "f": "float number"}.get(dtype.kind, "bool")
