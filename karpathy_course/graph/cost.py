"""What a graph costs in arithmetic: each operation on each single number, as a learner would count them.

An addition, a product, a comparison, an elementary function is one; moving numbers about is none; a stored
result is used again for nothing.
"""

from math import prod

from karpathy_course.graph.core import STRUCTURAL, attributes_of
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.ops import OPS

_FREE = {"astype", "detach", "one_hot", "argmax"}


@takes_a_graph
def arithmetic(graph):
    """The number of operations on single numbers. A reduction of n numbers to one takes n - 1; a matmul's sums too."""
    return sum(_cost(graph, i) for i in range(len(graph)))


def _cost(graph, i):
    op, inputs, attributes = graph.code[i]
    size = prod(graph.shapes[i])
    if op in STRUCTURAL or op in _FREE:
        return 0
    if op == "fused":
        return size * sum(part[0] not in _FREE and part[0] != "constant" for part in attributes_of(attributes)["body"])
    given = prod(graph.shapes[inputs[0]])
    if op in ("sum", "max", "min"):
        return given - size
    if op == "matmul":
        return size * (2 * graph.shapes[inputs[0]][-1] - 1)
    if op == "scatter_add":
        return given
    if op in ("softmax", "logsumexp", "cross_entropy"):
        return 5 * given  # largest, difference, exp, sum, and a quotient or a logarithm
    return size if OPS[op].kind == "elementwise" else 0
