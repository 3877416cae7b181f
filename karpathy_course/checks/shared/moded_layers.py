"""A model for 08.7 whose layers behave one way in training and another afterwards, and remember how they were called.

It has what a Module of `nn` or of torch has: it is called, and has ``training``, ``train``, ``eval`` and ``modules``. A
case describes it, so that the judge can make the same one. This file runs beside the learner's code.
"""

import numpy as np


class Trouble(RuntimeError):
    """What a layer raises that was told to fail."""


class Module:
    training = True

    def __init__(self, *inner):
        self.inner = list(inner)

    def modules(self):
        """This module and all in it, each one that contains others before these."""
        yield self
        for module in self.inner:
            yield from module.modules()

    def train(self, mode=True):
        for module in self.modules():
            module.training = mode
        return self

    def eval(self):
        return self.train(False)

    def __call__(self, x):
        for module in self.inner:
            x = module(x)
        return x


class Linear(Module):
    def __init__(self, rng, inputs, outputs):
        super().__init__()
        self.weight = rng.normal(0, 1, (inputs, outputs))

    def __call__(self, x):
        return x @ self.weight


class Relu(Module):
    def __call__(self, x):
        return np.maximum(x, 0)


class Norm(Module):
    def __init__(self, rng, features):
        super().__init__()
        self.mean, self.var = rng.normal(0, 1, features), rng.uniform(0.5, 2, features)

    def __call__(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean, var = x.mean(axis=0), x.var(axis=0)
            self.mean, self.var = 0.9 * self.mean + 0.1 * mean, 0.9 * self.var + 0.1 * var * len(x) / max(1, len(x) - 1)
        return (x - mean) / np.sqrt(var + 1e-5)


class Dropout(Module):
    def __init__(self, rng, share):
        super().__init__()
        self.share, self.rng = share, np.random.default_rng(rng.integers(10**6))

    def __call__(self, x):
        if not self.training:
            return x
        return x * (self.rng.random(x.shape) >= self.share) / (1 - self.share)


class Fails(Module):
    """Raises Trouble at its k-th call; k from 1."""

    def __init__(self, rng, k):
        super().__init__()
        self.left = k

    def __call__(self, x):
        self.left -= 1
        if not self.left:
            raise Trouble("this layer was told to fail")
        return x


KINDS = {"linear": Linear, "relu": Relu, "norm": Norm, "dropout": Dropout, "fails": Fails}


class Watched(Module):
    """The whole model; ``seen`` has the modes of all modules at every call, and ``rows`` how many rows it got."""

    def __init__(self, *inner):
        super().__init__(*inner)
        self.seen, self.rows = [], []

    def __call__(self, x):
        self.rows.append(len(x))
        self.seen.append([bool(module.training) for module in self.modules()])
        return super().__call__(x)


def model_of(case):
    """The model that a case describes: a list of [kind, numbers…], a list of such lists being a module of its own."""
    model = Watched(*layers_of(case["model"], np.random.default_rng(case["_seed"])))
    for module, mode in zip(model.modules(), case["modes"]):
        module.training = mode
    return model


def layers_of(parts, rng):
    found = []
    for part in parts:
        if isinstance(part[0], list):
            found.append(Module(*layers_of(part, rng)))
        else:
            found.append(Relu() if part[0] == "relu" else KINDS[part[0]](rng, *part[1:]))
    return found


def modes_of(model):
    return [module.training if type(module.training) is bool else None for module in model.modules()]


def state_of(model):
    """All that training or drawing changes in the model, as plain data."""
    found = []
    for module in model.modules():
        if isinstance(module, Norm):
            found.append([module.mean.tolist(), module.var.tolist()])
        elif isinstance(module, Linear):
            found.append(module.weight.tolist())
        elif isinstance(module, Dropout):
            found.append(str(module.rng.bit_generator.state["state"]["state"]))
    return found


def stepped(model, x, y):
    """One step of a training: the last Linear moves towards the classes of the batch."""
    scores = model(x)
    last = [module for module in model.modules() if isinstance(module, Linear)][-1]
    wanted = np.eye(scores.shape[1])[y] - 1 / scores.shape[1]
    last.weight = last.weight + 0.5 * np.abs(scores).mean() * np.ones((len(last.weight), 1)) * wanted.mean(axis=0)
