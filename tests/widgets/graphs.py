"""Graphs for the widgets' tests: the same expressions in the course's class, in micrograd's and in learners' own."""

import math
import random

import micrograd.engine
from hypothesis import strategies as st

from karpathy_course.scalar import Value

Micrograd = micrograd.engine.Value


class Closures:
    """A learner's class with ordered parents and `_backward` closures, and signs for labels."""

    def __init__(self, data, parents=(), op=""):
        self.data, self.grad, self.parents, self.op = data, 0.0, parents, op
        self._backward = lambda: None

    def _made(self, data, parents, op, *locals_):
        out = type(self)(data, parents, op)

        def _backward():
            for parent, local in zip(parents, locals_):
                parent.grad += local * out.grad

        out._backward = _backward
        return out

    def __add__(self, other):
        return self._made(self.data + other.data, (self, other), "+", 1.0, 1.0)

    def __sub__(self, other):
        return self._made(self.data - other.data, (self, other), "-", 1.0, -1.0)

    def __mul__(self, other):
        return self._made(self.data * other.data, (self, other), "*", other.data, self.data)

    def tanh(self):
        t = math.tanh(self.data)
        return self._made(t, (self,), "tanh", 1 - t * t)

    def relu(self):
        return self._made(max(0.0, self.data), (self,), "ReLU", float(self.data > 0))

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if id(node) not in seen:
                seen.add(id(node))
                for parent in node.parents:
                    visit(parent)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            node._backward()


class Overwriting(Closures):
    """The classic bug: `=` where `+=` belongs."""

    def _made(self, data, parents, op, *locals_):
        out = type(self)(data, parents, op)

        def _backward():
            for parent, local in zip(parents, locals_):
                parent.grad = local * out.grad

        out._backward = _backward
        return out


class WrongTanh(Closures):
    """The classic slip: 1 - x² for the derivative of tanh."""

    def tanh(self):
        return self._made(math.tanh(self.data), (self,), "tanh", 1 - self.data**2)


class Slotted:
    """A learner's class with `__slots__` that keeps local derivatives, and no `_backward`."""

    __slots__ = ("data", "grad", "local_derivatives", "op", "parents")

    def __init__(self, data, parents=(), op="", local_derivatives=()):
        self.data, self.grad, self.parents, self.op = data, 0.0, parents, op
        self.local_derivatives = local_derivatives

    def __add__(self, other):
        return Slotted(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __sub__(self, other):
        return Slotted(self.data - other.data, (self, other), "-", (1.0, -1.0))

    def __mul__(self, other):
        return Slotted(self.data * other.data, (self, other), "*", (other.data, self.data))

    def tanh(self):
        t = math.tanh(self.data)
        return Slotted(t, (self,), "tanh", (1 - t * t,))

    def relu(self):
        return Slotted(max(0.0, self.data), (self,), "relu", (float(self.data > 0),))


CLASSES = [Value, Closures, Slotted, Micrograd]


def diamond(kind):
    """The lecture's diamond: its gradients are 25 and 19."""
    a, b = kind(2.0), kind(3.0)
    c, d = a + b, a * b
    e, f = c + d, c * d
    y = e + f
    return y, {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "y": y}


def program(draw_or_random, leaves=3, steps=12):
    """A random list of steps (op, i, j) over earlier nodes, to be built in any class."""
    r = draw_or_random
    values = [round(r.uniform(-2, 2), 3) for _ in range(leaves)]
    ops = []
    for k in range(steps):
        ops.append((r.choice(["add", "sub", "mul", "tanh", "relu"]), r.randrange(leaves + k), r.randrange(leaves + k)))
    return values, ops


programs = st.builds(
    lambda seed, leaves, steps: program(random.Random(seed), leaves, steps),
    st.integers(0, 10**9),
    st.integers(1, 4),
    st.integers(1, 25),
)


def build(kind, values, ops):
    """(root, leaves) of a random program in one class; micrograd has no tanh and takes relu for it."""
    nodes = [kind(v) for v in values]
    for op, i, j in ops:
        a, b = nodes[i], nodes[j]
        if op in ("tanh", "relu"):
            result = a.tanh() if op == "tanh" and hasattr(a, "tanh") else a.relu()
        else:
            result = a + b if op == "add" else a - b if op == "sub" else a * b
            if abs(result.data) > 1e3:
                result = a.relu()
        nodes.append(result)
    root = nodes[len(values)]
    for node in nodes[len(values) + 1 :]:
        root = root + node
    return root, nodes[: len(values)]
