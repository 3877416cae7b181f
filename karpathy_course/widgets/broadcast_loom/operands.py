"""What a learner hands to the loom, as a NumPy array: an array, a Tensor, lists, a number, or just a shape.

A tuple of whole numbers is a shape, and is filled with numbers from 1 to 9 from a seed. Nothing here changes what
was given.
"""

import re
from math import prod

import numpy as np

from karpathy_course.ops.shapes import broadcast

MOST_AXES = 4
MOST_NUMBERS = 1_000_000
_APART = re.compile(r"[\s,×x*]+")


def operand(name, given, seed=None):
    """The array of operand ``name``; a copy. Without a seed a tuple is no shape, but numbers.

    Raises TypeError, or ValueError where it has too many axes or numbers.
    """
    if isinstance(given, tuple) and seed is not None:
        return filled(shape_of(name, given), name, seed)
    inside = getattr(given, "data", None)  # of a Tensor, also of a learner's own class
    array = inside if hasattr(given, "requires_grad") or isinstance(inside, np.ndarray) else given
    if hasattr(array, "detach"):  # PyTorch's
        array = array.detach().cpu().numpy()
    try:
        array = np.array(array)
    except ValueError:  # lists of different lengths
        raise TypeError(f"Broadcast loom: the lists of {name} have different lengths, so they are no array.") from None
    if array.dtype.kind not in "fiub":
        expected = "an array, a Tensor, lists of numbers, or a shape such as (3, 1)"
        raise TypeError(f"Broadcast loom: {name} should be {expected}, not {type(given).__name__}.")
    check_shape(name, array.shape)
    return array.astype("int64") if array.dtype.kind == "b" else array


def shape_of(name, given):
    if not all(type(n) is int and n >= 0 for n in given):
        raise TypeError(
            f"Broadcast loom: {name} = {given!r} is a tuple, so it should be a shape: whole numbers from 0 on. "
            "For numbers, give a list or an array."
        )
    check_shape(name, given)
    return given


def check_shape(name, shape):
    if len(shape) > MOST_AXES:
        raise ValueError(f"Broadcast loom draws up to {MOST_AXES} axes; {name} has {len(shape)}.")
    if prod(shape) > MOST_NUMBERS:
        raise ValueError(f"Broadcast loom takes up to {MOST_NUMBERS} numbers; {name} has {prod(shape)}.")


def common_shape(op, shapes):
    """The shape of the result. Raises ShapeError where the shapes clash, ValueError where it has too many numbers."""
    shape = broadcast(op, *shapes)
    if prod(shape) > MOST_NUMBERS:
        raise ValueError(f"Broadcast loom computes up to {MOST_NUMBERS} results; these shapes make {prod(shape)}.")
    return shape


def filled(shape, name, seed):
    """Small numbers for a shape: whole ones from 1 to 9, as floats; the same for each name and seed."""
    rng = np.random.default_rng([seed, ord(name)])
    many = prod(shape)
    numbers = [rng.permutation(9) + 1.0 for _ in range(0, many, 9)]  # nine numbers differ before one comes again
    return np.concatenate([*numbers, []])[:many].reshape(shape)


def typed_shape(name, text):
    """The shape that a learner typed: ``(3, 1)``, ``3, 1``, ``3 x 1``, ``()``. Raises ValueError with one sentence."""
    inside = text.strip().removeprefix("(").removesuffix(")").strip(" ,")
    parts = [part for part in _APART.split(inside) if part]
    if not all(part.isascii() and part.isdigit() and len(part) <= 7 for part in parts):
        raise ValueError(f"The shape of {name} should be whole numbers such as (3, 1), or (): you typed “{text[:40]}”.")
    return shape_of(name, tuple(map(int, parts)))
