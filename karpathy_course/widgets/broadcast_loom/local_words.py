"""A local derivative in words, ``b`` for a × b: the table's own rule, applied to names instead of numbers."""

from karpathy_course.ops import OPS


class Name(str):
    """A text that writes down what is done with it, as far as the simple rules go."""

    __slots__ = ()

    def __mul__(self, other):
        if self in ("1", "-1"):
            return Name(self[:-1] + other)
        return Name(f"{self} × {other}")

    def __truediv__(self, other):
        return Name(f"{self} / {other}")

    def __neg__(self):
        return Name(f"-{self}")


def local_words(op, k):
    """The derivative of ``y = op(a, b)`` by operand k in words; "" where the rule needs more than × and /."""
    try:
        return str(OPS[op].gradients[k](None, Name("1"), Name("y"), Name("a"), Name("b")))
    except (AttributeError, TypeError):  # a power, a comparison, another row of the table
        return ""


def is_constant(op, k):
    """Whether the local derivative is 1 or -1 wherever it is taken."""
    return local_words(op, k) in ("1", "-1")
