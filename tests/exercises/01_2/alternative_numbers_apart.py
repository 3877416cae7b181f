class Value:
    def __init__(self, data, parents=(), op="", local_derivatives=()):
        self.data, self.grad = data, 0.0
        self.parents, self.op, self.local_derivatives = parents, op, local_derivatives

    def __add__(self, other):
        if not isinstance(other, Value):
            return Value(self.data + other, (self,), "+", (1.0,))
        return Value(self.data + other.data, (self, other), "+", (1.0, 1.0))

    def __radd__(self, other):
        return self + other

    def __mul__(self, other):
        if not isinstance(other, Value):
            return Value(self.data * other, (self,), "*", (other,))
        return Value(self.data * other.data, (self, other), "*", (other.data, self.data))

    def __rmul__(self, other):
        return self * other
