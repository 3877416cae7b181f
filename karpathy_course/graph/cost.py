"""What a graph costs in arithmetic: each operation on each single number, as a learner would count them.

An addition, a product, a comparison, an elementary function is one; moving numbers about is none; a stored
result is used again for nothing. Each row of the table says what it costs.
"""

from karpathy_course.graph.core import STRUCTURAL, attributes_of, run_attributes
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.ops import OPS


@takes_a_graph
def arithmetic(graph):
    """The number of operations on single numbers. A reduction of n numbers to one takes n - 1; a matmul's sums too."""
    return sum(_cost(graph, i) for i in range(len(graph)))


def _cost(graph, i):
    op, inputs, attributes = graph.code[i]
    shape = graph.shapes[i]
    if op in STRUCTURAL:
        return 0
    if op == "fused":
        parts = [part for part, _, _ in attributes_of(attributes)["body"] if part != "constant"]
        return sum(OPS[part].cost(shape, shape) for part in parts)
    return OPS[op].cost(shape, *(graph.shapes[a] for a in inputs), **run_attributes(attributes))
