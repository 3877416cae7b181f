"""The judges' own derivatives of an expression: forward mode, which shares nothing with what the exercises ask for.

A dual number carries a value and one slope, and each operation says how the slope goes on (Clifford 1873).
`gradients_of` may be given expressions of the course only: they are run by Python.
"""

import math


class Dual:
    """value + slope · ε, with ε² = 0."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    def __mul__(self, other):
        other = dual(other)
        return Dual(self.value * other.value, self.slope * other.value + self.value * other.slope)

    def __sub__(self, other):
        return self + dual(other) * -1

    def __rsub__(self, other):
        return dual(other) - self

    __radd__, __rmul__ = __add__, __mul__


def dual(thing):
    return thing if isinstance(thing, Dual) else Dual(thing)


def tanh(x):
    return Dual(math.tanh(x.value), x.slope / math.cosh(x.value) ** 2)


def relu(x):
    return x if x.value > 0 else Dual(0.0)


def gradients_of(expression, leaves):
    """``(value, [d/dleaf, …])`` of an expression of + - * tanh relu sum, at leaves ``{name: number}``."""
    known = {"tanh": tanh, "relu": relu, "sum": sum, "__builtins__": {}}
    gradients = []
    for seeded in leaves:
        numbers = {name: Dual(float(x), 1.0 if name == seeded else 0.0) for name, x in leaves.items()}
        out = eval(expression, known, numbers)
        gradients.append(out.slope)
    return out.value, gradients
