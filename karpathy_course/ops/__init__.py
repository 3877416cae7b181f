"""The table of operations: every fact about every operation, once.

This file only hands names on; importing it fills the table.
"""

from karpathy_course.ops import (  # noqa: F401  each puts its rows into the table
    convolution,
    data_movement,
    elementwise,
    losses,
    pooling,
    reductions,
)
from karpathy_course.ops.table import OPS, Bound, Row, evaluate, raw, row, sum_to

__all__ = ["OPS", "Bound", "Row", "evaluate", "raw", "row", "sum_to"]
