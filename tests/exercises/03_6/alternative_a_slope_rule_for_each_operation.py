import math


def lift(x):
    return x if type(x) is Dual else Dual(x)


class Dual:
    def __init__(self, value, change=0):
        self.value = value
        self.change = change

    def chain(self, value, slope):
        return Dual(value, slope * self.change)

    def exp(self):
        return self.chain(math.exp(self.value), math.exp(self.value))

    def log(self):
        return self.chain(math.log(self.value), 1 / self.value)

    def tanh(self):
        return self.chain(math.tanh(self.value), 1 / math.cosh(self.value) ** 2)

    def __neg__(self):
        return self.chain(-self.value, -1)

    def __add__(self, other):
        return Dual(self.value + lift(other).value, self.change + lift(other).change)

    def __sub__(self, other):
        return self + (-lift(other))

    def __mul__(self, other):
        a, b = self, lift(other)
        return Dual(a.value * b.value, b.value * a.change + a.value * b.change)

    def __truediv__(self, other):
        a, b = self, lift(other)
        return Dual(a.value / b.value, (a.change * b.value - a.value * b.change) / (b.value * b.value))

    def __radd__(self, other):
        return lift(other) + self

    def __rsub__(self, other):
        return lift(other) - self

    def __rmul__(self, other):
        return lift(other) * self

    def __rtruediv__(self, other):
        return lift(other) / self


def forward_jacobian(fn, xs):
    rows = None
    for i in range(len(xs)):
        duals = [Dual(x) for x in xs]
        duals[i].change = 1.0
        out = fn(duals)
        rows = rows or [[] for _ in out]
        for row, y in zip(rows, out):
            row.append(float(lift(y).change))
    return {"passes": len(xs), "jacobian": rows}


def reverse_jacobian(fn, xs):
    rows, m = [], len(fn([Value(x) for x in xs]))
    for k in range(m):
        leaves = list(map(Value, xs))
        (fn(leaves)[k] + 0.0 * leaves[0]).backward()
        rows.append(tuple(leaf.grad for leaf in leaves))
    return {"passes": m, "jacobian": rows}
