class Dual:
    def __init__(self, value, change=0.0):
        self.value, self.change = value, change

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.change + other.change)

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.change * other.value + self.value * other.change)

    def __truediv__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        q = self.value / other.value
        return Dual(q, self.change / other.value - q * other.change / other.value)

    def exp(self):
        y = math.exp(self.value)
        return Dual(y, y * self.change)

    def log(self):
        return Dual(math.log(self.value), self.change / self.value)

    def tanh(self):
        t = math.tanh(self.value)
        return Dual(t, (1 - t * t) * self.change)

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1.0
    __sub__ = lambda self, other: self + -1.0 * other
    __rsub__ = lambda self, other: Dual(other) - self
    __rtruediv__ = lambda self, other: Dual(other) / self


def forward_jacobian(fn, xs) -> dict:
    units = [[1.0 if k == i else 0.0 for k in range(len(xs))] for i in range(len(xs))]
    columns = [[getattr(y, "change", 0.0) for y in fn(list(map(Dual, xs, unit)))] for unit in units]
    return {"jacobian": [list(row) for row in zip(*columns)], "passes": len(columns)}


def reverse_jacobian(fn, xs) -> dict:
    leaves = [Value(x) for x in xs]
    rows = []
    for y in fn(leaves):
        if hasattr(y, "backward"):
            y.backward()
        rows.append([leaf.grad for leaf in leaves])
        for leaf in leaves:
            leaf.grad = 0.0
    return {"jacobian": rows, "passes": len(rows)}
