"""A trained network as plain data, and how many steps its training took.

This file runs beside the learner's code, and uses the course's own `nn`, `optim` and `Tensor`, which an exercise
provides. The judge computes with what is handed back, in NumPy: what the answer says of itself plays no part.
"""

from contextlib import contextmanager

import numpy as np

from karpathy_course import nn
from karpathy_course.checks.runner.plain_data import describe
from karpathy_course.nn import Dropout, Identity, LeakyReLU, Linear, ReLU, Sequential, Sigmoid, Softmax, Tanh
from karpathy_course.optim import Optimizer
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.randomness import default_generator, manual_seed, set_state, state_of

WITHOUT_NUMBERS = {"ReLU": ReLU, "Tanh": Tanh, "Sigmoid": Sigmoid, "Softmax": Softmax, "LogSoftmax": nn.LogSoftmax}
WITHOUT_EFFECT = {Identity: [], Dropout: [["Dropout"]]}  # where the network is used, and not trained


class TooManySteps(Exception):
    """The training went on beyond what the exercise allows."""


@contextmanager
def seeded(seed):
    """First weights come from this seed inside; afterwards the shared generator stands where it stood."""
    generator = default_generator()
    before = state_of(generator)
    manual_seed(seed)
    try:
        yield
    finally:
        set_state(generator, before)


class counted_steps:
    """Counts the steps that are taken inside: those of optimisers, or the backward passes where these are more.

    most: beyond so many TooManySteps is raised. uncleared: how often a backward pass after a step has found gradients
    of before that step.
    """

    def __init__(self, most):
        self.most, self.counts, self.uncleared = most, {"step": 0, "backward": 0}, 0
        self.stepped = []  # the parameters of the last step, until the next backward pass

    @property
    def steps(self):
        return max(self.counts.values())

    def __enter__(self):
        self.before = Optimizer.step, Tensor.backward
        Optimizer.step, Tensor.backward = (
            self._counting("step", self.before[0]),
            self._counting("backward", self.before[1]),
        )
        return self

    def __exit__(self, *error):
        Optimizer.step, Tensor.backward = self.before

    def _counting(self, name, method):
        def counting(thing, *arguments, **more):
            self.counts[name] += 1
            if self.counts[name] > self.most:
                raise TooManySteps
            if name == "step":
                self.stepped = [p for group in thing.param_groups for p in group["params"]]
            else:
                self.uncleared += any(p.grad is not None and np.any(np.asarray(p.grad)) for p in self.stepped)
                self.stepped = []
            return method(thing, *arguments, **more)

        return counting


def layers_of(model):
    """[[kind, …numbers], …] of a Sequential of Linears and activations, or {"what": what it is instead}."""
    if type(model) is not Sequential:
        return {"what": describe(model)}
    found = []
    for layer in model:
        kind = type(layer)
        if kind is Sequential:
            inner = layers_of(layer)
            if isinstance(inner, dict):
                return inner
            found += inner
        elif kind is Linear:
            bias = None if layer.bias is None else numbers(layer.bias)
            found.append(["Linear", numbers(layer.weight), bias])
        elif kind is LeakyReLU:
            found.append(["LeakyReLU", float(layer.negative_slope)])
        elif kind.__name__ in WITHOUT_NUMBERS and WITHOUT_NUMBERS[kind.__name__] is kind:
            found.append([kind.__name__])
        elif kind in WITHOUT_EFFECT:
            found += WITHOUT_EFFECT[kind]
        else:
            return {"what": f"a Sequential with a layer {kind.__name__[:40]}"}
    return found


def numbers(parameter):
    array = np.asarray(parameter.data)
    return {"shape": list(array.shape), "numbers": array.astype("float64").ravel().tolist()}
