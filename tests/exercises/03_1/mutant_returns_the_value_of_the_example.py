# mistake: baked-in
import math


class Number:
    def __init__(self, value):
        self.value = value

    __add__ = lambda self, other: Number(self.value + plain(other))
    __radd__ = lambda self, other: Number(plain(other) + self.value)
    __sub__ = lambda self, other: Number(self.value - plain(other))
    __rsub__ = lambda self, other: Number(plain(other) - self.value)
    __mul__ = lambda self, other: Number(self.value * plain(other))
    __rmul__ = lambda self, other: Number(plain(other) * self.value)
    __truediv__ = lambda self, other: Number(self.value / plain(other))
    __rtruediv__ = lambda self, other: Number(plain(other) / self.value)
    __neg__ = lambda self: Number(-self.value)
    exp = lambda self: Number(math.exp(self.value))
    sin = lambda self: Number(math.sin(self.value))
    cos = lambda self: Number(math.cos(self.value))
    tanh = lambda self: Number(math.tanh(self.value))
    sigmoid = lambda self: Number(1 / (1 + math.exp(-self.value)))


def plain(x):
    return x.value if isinstance(x, Number) else x


class Traced:
    def __init__(self, name, entries):
        self.name, self.entries = name, entries

    def record(self, op, *operands):
        names = []
        for x in operands:
            if not isinstance(x, Traced):
                constant = f"v{len(self.entries)}"
                self.entries.append((constant, "constant", [], {"value": x}))
                x = Traced(constant, self.entries)
            names.append(x.name)
        name = f"v{len(self.entries)}"
        self.entries.append((name, op, names, {}))
        return Traced(name, self.entries)

    __add__ = lambda self, other: self.record("add", self, other)
    __radd__ = lambda self, other: self.record("add", other, self)
    __sub__ = lambda self, other: self.record("sub", self, other)
    __rsub__ = lambda self, other: self.record("sub", other, self)
    __mul__ = lambda self, other: self.record("mul", self, other)
    __rmul__ = lambda self, other: self.record("mul", other, self)
    __truediv__ = lambda self, other: self.record("div", self, other)
    __rtruediv__ = lambda self, other: self.record("div", other, self)
    __neg__ = lambda self: self.record("neg", self)
    exp = lambda self: self.record("exp", self)
    sin = lambda self: self.record("sin", self)
    cos = lambda self: self.record("cos", self)
    tanh = lambda self: self.record("tanh", self)
    sigmoid = lambda self: self.record("sigmoid", self)


def trace(fn, *examples) -> list:
    entries = [(f"x{k}", "input", [], {}) for k in range(len(examples))]
    entries += [("number", "constant", [], {"value": fn(*map(Number, examples)).value})]
    result = Traced("number", entries)
    return [*entries, ("", "output", [result.name], {})]
