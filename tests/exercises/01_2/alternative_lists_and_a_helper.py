def as_value(x):
    return x if hasattr(x, "parents") else Value(x)


class Value:
    def __init__(self, number, made_from=None, slopes=None, sign=""):
        self.data = float(number)
        self.grad = 0
        self.parents = list(made_from or [])
        self.local_derivatives = list(slopes or [])
        self.op = sign

    def __add__(self, other):
        other = as_value(other)
        out = Value(self.data + other.data, sign="add")
        out.parents = [self, other]
        out.local_derivatives = [1.0, 1.0]
        return out

    def __mul__(self, other):
        other = as_value(other)
        return Value(self.data * other.data, [self, other], [other.data, self.data], "mul")

    def __radd__(self, other):
        return as_value(other) + self

    def __rmul__(self, other):
        return Value(other) * self
