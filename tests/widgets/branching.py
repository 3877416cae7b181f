"""Functions with branches for Two tapes' tests: written by hand, and drawn at random; on numbers and nodes alike."""

import math
import random

from tests.widgets.graphs import Closures


class Comparing(Closures):
    """A learner's class that can also be asked which of two is larger; comparisons leave no node."""

    def __gt__(self, other):
        return self.data > getattr(other, "data", other)

    def __lt__(self, other):
        return self.data < getattr(other, "data", other)


def tanh(x):
    return x.tanh() if hasattr(x, "tanh") else math.tanh(x)


def relu(x):
    return x.relu() if hasattr(x, "relu") else max(x, 0.0)


STEPS = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "tanh": lambda a, b: tanh(a),
    "relu": lambda a, b: relu(b),
}


def random_branching(seed, steps=6):
    """A function of x and y whose steps look at their operands: with another answer, another step is taken."""
    rng = random.Random(seed)
    drawn = [
        (rng.choice(list(STEPS)), rng.choice(list(STEPS)), rng.randrange(k + 2), rng.randrange(k + 2))
        for k in range(steps)
    ]

    def drawn_function(x, y):
        made = [x, y]
        for k, (one, other, i, j) in enumerate(drawn):
            a, b = made[i], made[j]
            if k % 2 or a > b:
                made.append(STEPS[one](a, b))
            else:
                made.append(STEPS[other](b, a))
        return made[-1] + made[-2]

    return drawn_function


def bent(x):
    if x > 0:
        return x * x
    return x - x * x


def smooth(x):
    return tanh(x) * x


def growing(x):
    while x < 10:  # for ever, where x is not positive
        x = x * 2
    return x


def special(x):
    if x == 2:  # a class without __eq__ of its own answers False, whatever its number is
        return x * 100
    return x * 1
