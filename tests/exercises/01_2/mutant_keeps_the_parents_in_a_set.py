# mistake: unordered
class Value:
    """One number that remembers how it was made.

    data: float. grad: float, 0.0 until a gradient arrives. parents: tuple of Values. local_derivatives: tuple of
    floats, one beside each parent. op: "add", "mul", or "" for a leaf.
    """

    def __init__(self, data, parents=(), local_derivatives=(), op="") -> None:
        self.data = data
        self.grad = 0.0
        self.parents = parents
        self.local_derivatives = local_derivatives
        self.op = op

    def __repr__(self) -> str:
        return f"Value(data={self.data})"

    def __add__(self, other):
        """self + other, a new Value. other: a Value or a plain number."""
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, {self, other}, (1.0, 1.0), "add")

    def __mul__(self, other):
        """self * other, a new Value. other: a Value or a plain number."""
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, {self, other}, (other.data, self.data), "mul")

    def __radd__(self, other):
        """other + self, where other is a plain number on the left."""
        return self + other

    def __rmul__(self, other):
        """other * self, where other is a plain number on the left."""
        return self * other
