"""How the numbers of a value lie in memory, as far as a graph can know it.

A sum, or a product of matrices, adds its numbers in the order in which they lie, and rounds on the way: the sum of a
transposed matrix and that of its copy may differ in the last bit. So a pass that takes a copy away must know that
nobody can see it. Inputs are taken to lie as fresh arrays do, row by row and without gaps.
"""

from karpathy_course.ops import OPS

ROWS, DENSE, UNKNOWN = "row by row", "without gaps", "unknown"


def memory_order(op, attributes, shape, operands):
    """ROWS, DENSE (an array of its own, its axes in any order) or UNKNOWN, for the result of one operation.

    shape: of the result. operands: (shape, order) of each.
    """
    row = OPS.get(op)
    if op == "matmul" and len(shape) <= 2:  # written row by row, whether its operands are transposed or not
        return ROWS
    if row is None or not row.view:  # a new array, its axes in the order of its operands'; one axis has no order
        return ROWS if all(order is ROWS for size, order in operands if len(size) > 1) else DENSE
    order = operands[0][1]
    if op == "reshape":  # a view or a copy, whichever the array's strides allow
        return ROWS if order is ROWS else UNKNOWN
    if op == "getitem":
        return ROWS if order is ROWS and _is_one_piece(dict(attributes)["index"]) else UNKNOWN
    if op == "detach":
        return order
    return DENSE if row.view == "turned" and order is not UNKNOWN else UNKNOWN


def _is_one_piece(index):
    """Whether what is read lies in one piece: numbers, then at most one slice of step 1, then all of the other axes."""
    parts = [part for part in (index if isinstance(index, tuple) else (index,)) if part is not None]
    while parts and parts[-1] in (..., slice(None)):
        parts.pop()
    if parts and isinstance(parts[-1], slice) and parts[-1].step in (None, 1):
        parts.pop()
    return all(type(part) is int for part in parts)
