"""Deep networks for the tests of the stethoscope: some die, some live, one is made by a seed."""

from itertools import pairwise

import numpy as np

from karpathy_course.nn import Linear, Module, ReLU, Sequential, Tanh, manual_seed

WIDTH, CLASSES = 16, 4


def rows(count=40, inputs=WIDTH, seed=0, dtype="float32"):
    draw = np.random.default_rng(seed)
    return draw.normal(size=(count, inputs)).astype(dtype), draw.integers(0, CLASSES, count)


def weights(depth, scale=1.0, width=WIDTH, seed=0, dtype="float64"):
    """Normal weights (inputs, outputs) of deviation scale / sqrt(width)."""
    draw = np.random.default_rng(seed)
    return [(draw.normal(size=(width, width)) * scale / np.sqrt(width)).astype(dtype) for _ in range(depth)]


def with_biases(depth, biases, **options):
    """The same as pairs (W, b); biases: {layer, from 1: the number that all its biases are}."""
    pairs = enumerate(weights(depth, **options), 1)
    return [(w, np.full(w.shape[1], biases.get(k, 0.0), w.dtype)) for k, w in pairs]


def network(depth=6, activation=ReLU, seed=0, dtype="float32"):
    """A Sequential of Linears with an activation after each but the last, and as many widths as layers."""
    manual_seed(seed)
    draw = np.random.default_rng(seed)
    widths = [WIDTH, *draw.integers(5, 20, depth).tolist(), CLASSES]
    layers = []
    for inputs, outputs in pairwise(widths):
        layers += [Linear(inputs, outputs, dtype=dtype), activation()]
    return Sequential(*layers[:-1])


def random_network(seed):
    draw = np.random.default_rng(seed)
    return network(int(draw.integers(2, 9)), [ReLU, Tanh][draw.integers(2)], seed)


class Failing(Module):
    """An activation that fails when its input is larger than it likes."""

    def __init__(self, most):
        self.most = most

    def forward(self, input):
        if float(abs(input).amax().item()) > self.most:
            raise OverflowError(f"this activation takes numbers up to {self.most}")
        return input.tanh()
