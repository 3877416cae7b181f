"""Common subexpressions: what is computed twice in the same way is computed once."""

from karpathy_course.graph.core import key_of
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.passes.rewriting import remade, without_collector
from karpathy_course.ops import OPS


@takes_a_graph
@without_collector
def merge_common(graph):
    """Compute equal things once: an operation on the same inputs as an earlier one becomes that one.

    Legal because rows have no side effects. a + b and b + a are equal, a - b and b - a are not; -0.0 and 0.0,
    1 and 1.0 are different constants; inputs and guards stay; a repeated operation (`checkpoint`) is marked,
    and a mark makes it different.
    """
    to, seen, code = list(range(len(graph))), {}, []
    commuting = {name for name, row in OPS.items() if row.commutes}
    for i, (op, inputs, attributes) in enumerate(graph.code):
        if inputs:
            inputs = (to[inputs[0]], to[inputs[1]]) if len(inputs) == 2 else tuple([to[a] for a in inputs])
        code.append((op, inputs, attributes))
        if op != "input" and op != "guard":
            ordered = (inputs[1], inputs[0]) if op in commuting and inputs[0] > inputs[1] else inputs
            key = (op, ordered) if not attributes else key_of(op, ordered, attributes)
            if op == "constant":
                key = (*key, graph.dtypes[i])
            to[i] = seen.setdefault(key, i)
    return graph if len(seen) + len(graph.inputs) == len(graph) else remade(graph, code, to)
