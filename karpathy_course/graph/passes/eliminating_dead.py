"""Dead code: what no output and no guard needs is left out."""

from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.passes.rewriting import remade, without_collector


@takes_a_graph
@without_collector
def eliminate_dead(graph):
    """Drop what no output and no guard needs. Legal because rows have no side effects; inputs always stay."""
    code = graph.code
    keep = bytearray(len(code))
    for o in graph.outputs:
        if o is not None:
            keep[o] = 1
    for i in range(len(code) - 1, -1, -1):
        op, inputs, _ = code[i]
        if keep[i]:
            for a in inputs:
                keep[a] = 1
        elif op == "guard":
            keep[i] = keep[inputs[0]] = 1
        elif op == "input":
            keep[i] = 1
    return graph if all(keep) else remade(graph, code, range(len(code)), keep)
