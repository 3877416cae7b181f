"""Reverse-mode automatic differentiation of single numbers: the engine of lectures 01 and 02.

A `Value` is one number in a graph. It keeps its parents and, beside each parent, the local
derivative: how much the value moves when only that parent is nudged. `backward` walks the graph
once, newest value first, and multiplies and adds these plain numbers: that is the chain rule.
This file stands alone; it may import nothing but Python's own `math`, `itertools` and `operator`.
"""

import itertools
import math
from operator import mul

_next_serial = itertools.count().__next__


def _binary(op, formula):
    """The methods of ``a ∘ b`` and of its reflection; formula(a, b) -> value, d/da, d/db."""

    def method(self, other):
        if isinstance(other, Value):
            data, by_self, by_other = formula(self.data, other.data)
            return Value(data, (self, other), (by_self, by_other), op)
        if isinstance(other, (int, float)):
            data, by_self, _ = formula(self.data, other)
            return Value(data, (self,), (by_self,), op, (None, other))
        return NotImplemented

    def reflected(self, other):
        if isinstance(other, (int, float)):
            data, _, by_self = formula(other, self.data)
            return Value(data, (self,), (by_self,), op, (other, None))
        return NotImplemented

    return method, reflected


def _unary(op, formula):
    """The method of a function of one number; formula(x) -> value, derivative."""

    def method(self):
        data, derivative = formula(self.data)
        return Value(data, (self,), (derivative,), op)

    return method


def _power(a, b):
    data = a**b
    if isinstance(data, complex):
        raise ValueError(f"pow: {a} ** {b} is not a real number: a negative base needs a whole exponent")
    return data, b * a ** (b - 1) if b else 0.0, data * math.log(a) if a > 0 else 0.0 if a == 0 else math.nan


def _exp(x):
    y = math.exp(x)
    return y, y


def _tanh(x):
    t = math.tanh(x)
    return t, 1 - t * t


def _sigmoid(x):
    s = 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))
    return s, s * (1 - s)


class Value:
    """One number that remembers how it was made.

    data: the number. grad: d(root)/d(this), written by ``root.backward()``; 0.0 before.
    parents: the Values it was made from, in order; a Value used twice stands there twice.
    local_derivatives: d(this)/d(parent), a plain number beside each parent.
    op: the operation's name, "" for a leaf. attributes: () or, where an operand was a plain number,
    the operands in order with None in each parent's place, so that any node can be computed again.
    Raises TypeError when a leaf's data is not a number. Python's own ZeroDivisionError, OverflowError
    and ValueError stay as they are where a value or its derivative is not a finite real number.
    """

    __slots__ = ("attributes", "data", "grad", "local_derivatives", "op", "parents", "serial")
    __array_ufunc__ = None  # a NumPy number on the left then leaves the operation to Value

    def __init__(self, data, parents=(), local_derivatives=(), op="", attributes=()):
        if not parents and not isinstance(data, (int, float)):
            raise TypeError(f"Value: expected a number, got {type(data).__name__}: {data!r:.60}")
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local_derivatives = local_derivatives
        self.op = op
        self.attributes = attributes
        self.serial = _next_serial()

    __add__, __radd__ = _binary("add", lambda a, b: (a + b, 1.0, 1.0))
    __sub__, __rsub__ = _binary("sub", lambda a, b: (a - b, 1.0, -1.0))
    __mul__, __rmul__ = _binary("mul", lambda a, b: (a * b, b, a))
    __truediv__, __rtruediv__ = _binary("div", lambda a, b: (a / b, 1 / b, -a / (b * b)))
    __pow__, __rpow__ = _binary("pow", _power)
    __neg__ = _unary("neg", lambda x: (-x, -1.0))
    exp = _unary("exp", _exp)
    log = _unary("log", lambda x: (math.log(x), 1 / x))
    tanh = _unary("tanh", _tanh)
    sigmoid = _unary("sigmoid", _sigmoid)
    relu = _unary("relu", lambda x: (0.0, 0.0) if x <= 0 else (x, 1.0))

    def backward(self):
        """Add d(self)/d(leaf) to the ``grad`` of every leaf below, and set that of every inner node.

        Leaves accumulate over calls, as in PyTorch with ``retain_graph=True``: zero them between
        steps. A value is always made after its parents, so newest first is an order in which every
        node has all of its gradient before it passes it on (reverse mode, Linnainmaa 1970). A node
        whose gradient is 0 passes nothing on. On a leaf, backward adds d(leaf)/d(leaf) = 1.
        """
        inner, waiting = {}, [self]
        while waiting:
            node = waiting.pop()
            if node.serial not in inner:
                inner[node.serial] = node
                node.grad = 0.0 if node.parents else node.grad
                waiting += [parent for parent in node.parents if parent.parents]
        self.grad += 1.0
        for serial in sorted(inner, reverse=True):
            node = inner[serial]
            grad = node.grad
            if grad:
                for parent, local in zip(node.parents, node.local_derivatives):
                    parent.grad += local * grad

    def __repr__(self):
        return f"Value(data={self.data!r}, grad={self.grad!r})"

    def __reduce__(self):
        raise TypeError("a Value belongs to the graph it was made in: copy or save the numbers, value.data")


def weighted_sum(ws, xs, b):
    """``ws[0] * xs[0] + ws[1] * xs[1] + … + b`` as one node: a neuron's sum, at a fraction of the cost.

    ws, xs: equally long sequences; b: a bias. Each operand is a Value or a plain number.
    The parents are the Values among ``(*ws, *xs, b)``, in that order. Raises ValueError when the
    lengths differ.
    """
    n = len(ws)
    if len(xs) != n:
        raise ValueError(f"weighted_sum: {n} weights and {len(xs)} inputs: there must be as many of each")
    parents, attributes = (*ws, *xs, b), ()
    *numbers, bias = [v.data if isinstance(v, Value) else v for v in parents]
    w, x = numbers[:n], numbers[n:]
    local_derivatives = (*x, *w, 1.0)
    if not all([isinstance(v, Value) for v in parents]):
        attributes = tuple([None if isinstance(v, Value) else v for v in parents])
        local_derivatives = tuple([d for v, d in zip(parents, local_derivatives) if isinstance(v, Value)])
        parents = tuple([v for v in parents if isinstance(v, Value)])
    return Value(sum(map(mul, w, x), bias), parents, local_derivatives, "weighted_sum", attributes)
