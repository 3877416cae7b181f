def as_value(x):
    return x if isinstance(x, Value) else Value(x)


class Value:
    def __init__(self, data, parents=(), op="", local_derivatives=()):
        self.data = float(data)
        self.grad = 0.0
        self.parents = list(parents)
        self.op = op
        self.local_derivatives = list(local_derivatives)

    def __add__(self, other):
        b = as_value(other)
        return Value(self.data + b.data, [self, b], "add", [1, 1])

    def __radd__(self, other):
        return as_value(other) + self

    def __mul__(self, other):
        b = as_value(other)
        return Value(self.data * b.data, [self, b], "mul", [b.data, self.data])

    def __rmul__(self, other):
        return as_value(other) * self
