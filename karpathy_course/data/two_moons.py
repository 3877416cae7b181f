"""Data from a seed: no download, no file, the same numbers on every machine.

Plain Python lists, so that lectures 01 and 02 need no NumPy.
"""

import math
import random


def moons(samples=100, noise=0.1, seed=0):
    """Two interleaving half circles, the classic toy problem that no straight line can solve.

    Returns (points, labels): points [[x, y], …] with Gaussian noise of the given standard
    deviation on both coordinates, labels 0 (outer half circle) or 1 (inner), shuffled.
    The shape is that of scikit-learn's make_moons; the random numbers are Python's own.
    Raises ValueError when samples is under 2 or noise is negative.
    """
    if samples < 2 or noise < 0:
        raise ValueError(f"moons: samples={samples}, noise={noise}: expected samples >= 2 and noise >= 0")
    rng = random.Random(seed)
    outer = samples // 2
    inner = samples - outer
    rows = [
        (math.cos(math.pi * i / max(1, outer - 1)), math.sin(math.pi * i / max(1, outer - 1)), 0) for i in range(outer)
    ]
    rows += [
        (1 - math.cos(math.pi * i / max(1, inner - 1)), 0.5 - math.sin(math.pi * i / max(1, inner - 1)), 1)
        for i in range(inner)
    ]
    rng.shuffle(rows)
    points = [[x + rng.gauss(0, noise), y + rng.gauss(0, noise)] for x, y, _ in rows]
    return points, [label for _, _, label in rows]
