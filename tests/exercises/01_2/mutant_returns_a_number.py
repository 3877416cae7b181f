# mistake: not-a-value
class Value:
    """A number that remembers how it was made.

    data: float. parents: tuple of Values. local_derivatives: tuple of floats, one beside each parent.
    """

    def __init__(self, data, parents=(), op="", local_derivatives=()):
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.op = op
        self.local_derivatives = local_derivatives

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return self.data + other.data

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), "*", (other.data, self.data))

    __radd__ = __add__
    __rmul__ = __mul__
