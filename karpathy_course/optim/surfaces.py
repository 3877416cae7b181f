"""Four surfaces over the plane on which optimisers are compared: plain formulas with known minima, no networks.

The widget OptimiserRace draws them and the benchmark `descent` measures on them. Every value is at least 0, and 0 at a
minimum, so that a loss can be drawn on a logarithmic axis. The formulas use plain operators only: they take floats,
arrays and Tensors, and a page without Python computes the same numbers from the same formulas.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import cos, isfinite, radians, sin

import numpy as np


@dataclass(frozen=True)
class Surface:
    """A function of a point (x, y), with its gradient.

    name: such as "quadratic". options: what it was made with, {"condition": 10.0, …}. start: a point from which a
    descent is worth seeing. minima: all points of value 0. bounds: ((lowest x, highest x), (lowest y, highest y)) that
    a picture shows. tolerance: a value from which on a descent counts as arrived. height(x, y) and slopes(x, y), which
    gives (along x, along y), are the formulas; ``value`` and ``gradient`` take a point as one array.
    """

    name: str
    height: Callable = field(repr=False, compare=False)
    slopes: Callable = field(repr=False, compare=False)
    start: tuple
    minima: tuple
    bounds: tuple
    tolerance: float = 1e-3
    options: dict = field(default_factory=dict, compare=True)

    def value(self, point):
        """The height at a point, of shape (..., 2); of shape (...). A Tensor's can be differentiated."""
        return self.height(point[..., 0], point[..., 1])

    def gradient(self, point):
        """The gradient at a point, an array of shape (..., 2), in that shape."""
        return np.stack(self.slopes(point[..., 0], point[..., 1]), axis=-1)


def quadratic(condition=10.0, turn=0.0):
    """A bowl, ``(u² + condition · v²) / 2``: the eigenvalues of its Hessian are 1, along u, and ``condition``, along v.

    condition: the condition number κ, 1 or more. turn: by how many degrees the axes u and v are turned from x and y,
    from 0 to 90. Plain gradient descent diverges from a rate of 2/κ on; its best rate is 2/(1 + κ).
    Raises ValueError for a number that cannot be.
    """
    condition, turn = _between("condition", condition, 1, 1e6), _between("turn", turn, 0, 90)
    c, s = cos(radians(turn)), sin(radians(turn))
    xx, xy, yy = c * c + condition * s * s, (1 - condition) * c * s, s * s + condition * c * c  # the Hessian

    def height(x, y):
        return 0.5 * (xx * x * x + 2 * xy * x * y + yy * y * y)

    def slopes(x, y):
        return xx * x + xy * y, xy * x + yy * y

    options = {"condition": condition, "turn": turn}
    return Surface("quadratic", height, slopes, (-4.0, 2.0), ((0.0, 0.0),), ((-5.0, 5.0), (-3.0, 3.0)), options=options)


def ravine():
    """A straight ravine across the axes: ``u² / 20 + 2 (√(v² + 0.01) - 0.1)``, u along its floor and v across it.

    The walls are straight, the bottom is narrow (curvature 20), and the floor falls gently (curvature 0.1). Turned so
    that ``u = 0.8 x + 0.6 y``: a rate for each axis alone does not help.
    """

    def height(x, y):
        u, v = 0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x
        return 0.05 * u * u + 2 * ((v * v + 0.01) ** 0.5 - 0.1)

    def slopes(x, y):
        u, v = 0.8 * x + 0.6 * y, 0.8 * y - 0.6 * x
        along, across = 0.1 * u, 2 * v / (v * v + 0.01) ** 0.5
        return 0.8 * along - 0.6 * across, 0.6 * along + 0.8 * across

    return Surface("ravine", height, slopes, (-4.0, -1.5), ((0.0, 0.0),), ((-5.0, 5.0), (-3.0, 3.0)))


def rosenbrock():
    """``(1 - x)² + 100 (y - x²)²``: a bent valley, easy to reach and hard to follow. Rosenbrock 1960."""

    def height(x, y):
        a, b = 1 - x, y - x * x
        return a * a + 100 * b * b

    def slopes(x, y):
        b = y - x * x
        return 2 * (x - 1) - 400 * x * b, 200 * b

    return Surface("rosenbrock", height, slopes, (-1.2, 1.0), ((1.0, 1.0),), ((-2.0, 2.0), (-0.7, 1.9)), tolerance=0.01)


def saddle():
    """``x² / 2 + (y² - 1)² / 4``: a saddle at (0, 0), 1/4 above the minima at (0, -1) and (0, 1).

    On the line y = 0 the gradient leads to the saddle, where it is 0: a descent that begins on the line stays there.
    """

    def height(x, y):
        b = y * y - 1
        return 0.5 * x * x + 0.25 * b * b

    def slopes(x, y):
        return x, y * (y * y - 1)

    return Surface("saddle", height, slopes, (-2.5, 0.001), ((0.0, -1.0), (0.0, 1.0)), ((-3.0, 3.0), (-1.8, 1.8)))


SURFACES = {make.__name__: make for make in (quadratic, ravine, rosenbrock, saddle)}


def _between(name, number, least, most):
    if isinstance(number, bool) or not isinstance(number, (int, float, np.number)) or not isfinite(number):
        raise ValueError(f"quadratic: {name}={number!r}: expected a number from {least} to {most:g}")
    if not least <= number <= most:
        raise ValueError(f"quadratic: {name}={number:g}: expected a number from {least} to {most:g}")
    return float(number)
