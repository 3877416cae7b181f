class Value:
    def __init__(self, data, parents=(), local_derivatives=(), op=""):
        self.data, self.grad, self.op = data, 0.0, op
        self.parents, self.local_derivatives = parents, local_derivatives

    def __add__(self, other):
        if isinstance(other, Value):
            return Value(self.data + other.data, (self, other), (1, 1), "add")
        return Value(self.data + other, (self,), (1,), "add")

    def __mul__(self, other):
        if isinstance(other, Value):
            return Value(other.data * self.data, (other, self), (self.data, other.data), "mul")
        return Value(self.data * other, (self,), (other,), "mul")

    __radd__ = __add__
    __rmul__ = __mul__
