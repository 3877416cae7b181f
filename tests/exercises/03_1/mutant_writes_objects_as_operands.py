# mistake: not-plain
class Traced:
    def __init__(self, name, entries):
        self.name, self.entries = name, entries

    def record(self, op, *operands):
        name = f"v{len(self.entries)}"
        self.entries.append((name, op, list(operands), {}))
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
    result = fn(*[Traced(name, entries) for name, _, _, _ in entries])
    return [*entries, ("", "output", [result.name], {})]
