"""Reverse-mode automatic differentiation of single numbers: the engine of lectures 01 and 02.

A `Value` keeps its parents and, beside each parent, the local derivative: how much it moves when only that
parent is nudged. `backward` walks the graph once, newest value first, and multiplies and adds these plain
numbers: that is the chain rule. This file may import nothing but Python's own modules.
"""

import math
from itertools import compress, count
from operator import attrgetter

_next_serial = count().__next__


class Value:
    """One number that remembers how it was made.

    data: the number. grad: d(root)/d(this), written by ``root.backward()``; 0.0 before. parents: the Values
    it was made from, in order. local_derivatives: d(this)/d(parent), a plain number beside each. op: the
    operation's name, "" for a leaf. attributes: () or, where an operand was a plain number, all operands in
    order with None in each parent's place. Raises TypeError for a leaf that is not a number, and what
    Python raises where a value or a derivative does not exist (ArithmeticError, ValueError).
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
        self.serial = _next_serial()  # counts up: newer than its parents

    def __add__(self, other):
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1.0, 1.0), "add")
        return _with_numbers(Value.__add__, self, other)

    def __sub__(self, other):
        if isinstance(other, Value):
            return Value(self.data - other.data, (self, other), (1.0, -1.0), "sub")
        return _with_numbers(Value.__sub__, self, other)

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value(self.data * other.data, (self, other), (other.data, self.data), "mul")
        return _with_numbers(Value.__mul__, self, other)

    def __truediv__(self, other):
        if isinstance(other, Value):
            a, b = self.data, other.data
            return Value(a / b, (self, other), (1 / b, -a / (b * b)), "div")
        return _with_numbers(Value.__truediv__, self, other)

    def __pow__(self, other):
        if not isinstance(other, Value):
            return _with_numbers(Value.__pow__, self, other)
        a, b = self.data, other.data
        out = math.pow(a, b)
        by_exponent = out * math.log(a) if a > 0 else math.nan if a < 0 else 0.0
        return Value(out, (self, other), (b * math.pow(a, b - 1) if b else 0.0, by_exponent), "pow")

    __radd__ = lambda self, other: _with_numbers(Value.__add__, other, self)
    __rsub__ = lambda self, other: _with_numbers(Value.__sub__, other, self)
    __rmul__ = lambda self, other: _with_numbers(Value.__mul__, other, self)
    __rtruediv__ = lambda self, other: _with_numbers(Value.__truediv__, other, self)
    __rpow__ = lambda self, other: _with_numbers(Value.__pow__, other, self)

    __neg__ = lambda self: Value(-self.data, (self,), (-1.0,), "neg")
    exp = lambda self: Value(y := math.exp(self.data), (self,), (y,), "exp")
    log = lambda self: Value(math.log(self.data), (self,), (1 / self.data,), "log")
    tanh = lambda self: Value(t := math.tanh(self.data), (self,), (1 - t * t,), "tanh")

    def sigmoid(self):
        e = math.exp(-abs(self.data))  # at most 1: no overflow on either side
        s = (1 if self.data >= 0 else e) / (1 + e)
        return Value(s, (self,), (s * (1 - s),), "sigmoid")

    def relu(self):
        if self.data <= 0:  # at 0 the derivative is 0, as in PyTorch
            return Value(0.0, (self,), (0.0,), "relu")
        return Value(self.data, (self,), (1.0,), "relu")

    # No __eq__: two leaves that both hold 3.0 are two nodes, and `node in met` has to tell them apart.
    __lt__ = lambda self, other: self.data < (other.data if isinstance(other, Value) else other)
    __le__ = lambda self, other: self.data <= (other.data if isinstance(other, Value) else other)
    __gt__ = lambda self, other: self.data > (other.data if isinstance(other, Value) else other)
    __ge__ = lambda self, other: self.data >= (other.data if isinstance(other, Value) else other)

    def backward(self):
        """Add d(self)/d(leaf) to the ``grad`` of every leaf below, and set that of every inner node.

        Leaves accumulate, as in PyTorch with ``retain_graph=True``: zero them between steps. A value is made
        after its parents, so newest first is an order in which every node has all of its gradient before it
        passes it on (reverse mode, Linnainmaa 1970). A node whose gradient is 0 passes nothing on.
        """
        met, stack = {self}, [self]
        while stack:
            for parent in stack.pop().parents:
                if parent.parents and parent not in met:
                    met.add(parent)
                    stack.append(parent)
                    parent.grad = 0.0
        self.grad = 1.0 if self.parents else self.grad + 1.0
        for node in sorted(met, key=attrgetter("serial"), reverse=True):
            if grad := node.grad:
                for parent, local in zip(node.parents, node.local_derivatives):
                    parent.grad += local * grad

    def __repr__(self):
        return f"Value(data={self.data!r}, grad={self.grad!r})"

    def __reduce__(self):
        raise TypeError("a Value belongs to the graph it was made in: copy or save the number, value.data")


def weighted_sum(ws, xs, b):
    """``b + ws[0] * xs[0] + …`` as one node, of Values or numbers; ValueError when the lengths differ."""
    if (n := len(ws)) != len(xs):
        raise ValueError(f"weighted_sum: {n} weights, but {len(xs)} inputs: there must be as many of each")
    try:
        total, by_w, by_x = b.data, [], []
        for w, x in zip(ws, xs):
            w, x = w.data, x.data
            total += w * x
            by_w.append(x)
            by_x.append(w)
        return Value(total, (*ws, *xs, b), (*by_w, *by_x, 1.0), "weighted_sum")
    except (AttributeError, TypeError):  # a plain number has no data, or NumPy's of another kind
        return _with_numbers(lambda *v: weighted_sum(v[:n], v[n:-1], v[-1]), *ws, *xs, b)


def _with_numbers(operation, *operands):
    """The node of operation(*operands) in which plain numbers are kept as attributes, not as parents."""
    is_value = [isinstance(v, Value) for v in operands]
    node = operation(*[v if isinstance(v, Value) else Value(v) for v in operands])
    node.parents = tuple(compress(node.parents, is_value))
    node.local_derivatives = tuple(compress(node.local_derivatives, is_value))
    node.attributes = tuple([None if isinstance(v, Value) else v for v in operands])
    return node
