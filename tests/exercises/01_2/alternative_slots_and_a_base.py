class Node:
    __slots__ = ("data", "grad", "parents", "local_derivatives", "op")

    def __init__(self, data, parents=(), local_derivatives=(), op=""):
        self.data, self.parents, self.local_derivatives, self.op = data, parents, local_derivatives, op
        self.grad = 0.0


class Value(Node):
    def __add__(self, other):
        if isinstance(other, (int, float)):
            other = Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0), "add")

    def __mul__(self, other):
        if isinstance(other, (int, float)):
            other = Value(other)
        x, y = self.data, other.data
        return Value(x * y, (self, other), (y, x), "mul")

    def __radd__(self, number):
        return self.__add__(number)

    def __rmul__(self, number):
        return self.__mul__(number)

    def __eq__(self, other):
        return isinstance(other, Value) and self.data == other.data

    __hash__ = object.__hash__
