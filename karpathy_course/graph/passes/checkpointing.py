"""Rematerialisation: compute again, just before it is needed, what would else have waited through the forward."""

from math import isqrt

from karpathy_course.graph.core import STRUCTURAL
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.memory import peak_memory


@takes_a_graph
def checkpoint(graph):
    """Trade operations for memory on the graph that `grad` returns: at most one extra forward, peak O(√n) on a chain.

    The forward (what the first output needs) is cut into √n stretches. Values that a later stretch reads are
    kept; the others are computed again when the backward first asks for one. Legal because a row gives the same
    bits each time. A repeated operation carries the mark ``again`` = its first place, which keeps `merge_common`
    from joining the two. Where the peak would not fall, the graph is returned as it is.
    """
    forward = _needed(graph, graph.outputs[0])
    steps = [i for i, (op, _, _) in enumerate(graph.code) if forward[i] and op not in STRUCTURAL]
    best = graph
    for length in {max(1, isqrt(len(steps)) * k // 2) for k in (1, 2, 4)}:
        made = _with_stretches(graph, forward, steps, length)
        if peak_memory(made) < peak_memory(best):
            best = made
    return best


def _needed(graph, root):
    """What the root and the guards need: the forward."""
    needed = bytearray(len(graph))
    needed[root] = 1
    for i in range(len(graph) - 1, -1, -1):
        if needed[i] or graph.code[i][0] == "guard":
            needed[i] = 1
            for a in graph.code[i][1]:
                needed[a] = 1
    return needed


def _with_stretches(graph, forward, steps, length):
    stretch = {i: k // length for k, i in enumerate(steps)}
    kept = {graph.outputs[0], *(o for o in graph.outputs if o is not None)}
    for i in steps:
        for a in graph.code[i][1]:
            if a in stretch and stretch[a] != stretch[i]:
                kept.add(a)
    last = max(stretch.values(), default=0)  # the last stretch is needed at once: repeating it gains nothing
    dropped = {i for i in steps if i not in kept and stretch[i] != last}
    out, shapes, dtypes = [], [], []
    new, again = {}, {}

    def put(i, inputs, attributes):
        out.append((graph.code[i][0], inputs, attributes))
        shapes.append(graph.shapes[i])
        dtypes.append(graph.dtypes[i])
        return len(out) - 1

    def repeated(i):
        """The place of a dropped value computed again, with what it needs, each once; no recursion."""
        todo = [i]
        while todo:
            j = todo[-1]
            waiting = [a for a in graph.code[j][1] if a in dropped and a not in again]
            if waiting:
                todo += waiting
            else:
                todo.pop()
                if j not in again:
                    inputs = tuple(again.get(a, new[a]) if a in dropped else new[a] for a in graph.code[j][1])
                    attributes = tuple(pair for pair in graph.code[j][2] if pair[0] != "again")
                    again[j] = put(j, inputs, (("again", new[j]), *attributes))
        return again[i]

    for i, (_, inputs, attributes) in enumerate(graph.code):
        if forward[i]:
            new[i] = put(i, tuple(new[a] for a in inputs), attributes)
        else:
            new[i] = put(i, tuple(repeated(a) if a in dropped else new[a] for a in inputs), attributes)
    inputs, outputs = [new[i] for i in graph.inputs], [None if o is None else new[o] for o in graph.outputs]
    return graph.replace(code=out, shapes=shapes, dtypes=dtypes, inputs=inputs, outputs=outputs)
