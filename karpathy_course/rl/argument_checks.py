"""Checks of arguments that several functions of this room take, so that each mistake has one sentence."""

from numbers import Integral


def check_discount(what, gamma):
    """ValueError unless 0 ≤ gamma ≤ 1."""
    if not 0 <= gamma <= 1:
        raise ValueError(f"{what}: gamma={gamma}: expected a discount from 0 to 1; above 1 the future would count more")


def whole_from(what, name, value, least):
    """ValueError unless value is a whole number from least."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
        raise ValueError(f"{what}: {name}={value!r}: expected a whole number from {least}")
