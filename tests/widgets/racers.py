"""Optimisers as learners write them, right and wrong, for the tests of the race."""

import time

import numpy as np


class HeavyBall:
    def __init__(self, params, lr, keep=0.8):
        self.params, self.lr, self.keep = list(params), lr, keep
        self.sums = [np.zeros_like(p.data) for p in self.params]

    def step(self):
        for total, p in zip(self.sums, self.params):
            if p.grad is not None:
                total *= self.keep
                total += p.grad
                p.data -= self.lr * total

    def zero_grad(self):
        for p in self.params:
            p.grad = None


def heavy_ball(point, gradient, state):
    state["sum"] = 0.8 * state.get("sum", 0) + gradient
    return point - state["lr"] * state["sum"]


def plain(point, gradient, state):
    return point - state["lr"] * gradient


def stepping(act, at=3):
    """A plain descent that does `act(point)` instead at one step, and returns what that returns."""

    def step(point, gradient, state):
        state["steps"] = state.get("steps", 0) + 1
        return act(point) if state["steps"] == at else plain(point, gradient, state)

    return step


def raising(point):
    return {}["momentum"]


def leaving(point):
    raise SystemExit("bye")


def endless(point):
    while True:
        pass


def endless_and_catching(point):
    while True:
        try:
            while True:
                pass
        except Exception:
            pass


def sleeping(point):
    time.sleep(1)
    return point


def line(function):
    """The number of the first line below the function's `def`."""
    return function.__code__.co_firstlineno + 1


class BadFromTheStart:
    def __init__(self, params, lr):
        raise NotImplementedError("write me")


class Replacing(HeavyBall):
    def step(self):
        self.params[0].data = np.zeros(3)
