"""How the numbers of a value lie in memory, as far as a graph can know it.

A sum, or a product of matrices, adds its numbers in the order in which they lie, and rounds on the way: the sum of a
transposed matrix and that of its copy may differ in the last bit. So a pass that takes a copy away must know that
nobody can see it. Inputs are taken to lie as fresh arrays do, row by row and without gaps.
"""

from karpathy_course.ops import OPS

ROWS, DENSE, UNKNOWN = "row by row", "without gaps", "unknown"
TURNS = {"mT", "permute_dims"}


def memory_order(op, shape, orders):
    """ROWS, DENSE (an array of its own, its axes in any order) or UNKNOWN, for one operation.

    shape: of its result. orders: those of its inputs.
    """
    known = ROWS if all(order is ROWS for order in orders) else DENSE
    row = OPS.get(op)
    if row is None or not row.view:
        return ROWS if not shape else known
    if op == "reshape":  # a view or a copy, whichever the array's strides allow
        return ROWS if known is ROWS else UNKNOWN
    if op == "detach":
        return orders[0]
    return DENSE if op in TURNS and orders[0] is not UNKNOWN else UNKNOWN
