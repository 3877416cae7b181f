"""What is written into the box of an operation of a graph: the sign that its row of the table has."""

from karpathy_course.ops import OPS
from karpathy_course.scalar_operations import SCALAR

_OTHERS = {"constant": "number", "guard": "if"}  # entries of a graph that are no operations


def sign(op):
    """The sign of an operation, or the name itself where it has none."""
    row = OPS.get(op) or SCALAR.get(op)
    return row.sign if row is not None else _OTHERS.get(op, op)
