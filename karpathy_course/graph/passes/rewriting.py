"""What rewrites share: running a list of them, leaving operations out of a graph, and no pauses for the collector.

A rewrite is a function from a graph to a graph that never changes a value, is idempotent, and never adds an
operation. "Never changes a value" means bit for bit, -0.0 and infinities included; only one NaN counts as good
as another. A list of passes is a pass manager.
"""

import gc
from functools import wraps

from karpathy_course.graph.errors import takes_a_graph


@takes_a_graph
def optimize(graph, passes):
    """The graph after each of the passes, in order."""
    for each in passes:
        graph = each(graph)
    return graph


def without_collector(rewrite):
    """A million small tuples and no cycle: looking for cycles would take longer than the pass."""

    @wraps(rewrite)
    def paused(*arguments, **keywords):
        running = gc.isenabled()
        gc.disable()
        try:
            return rewrite(*arguments, **keywords)
        finally:
            if running:
                gc.enable()

    return paused


def remade(graph, code, to, keep=None):
    """The graph of code without what stands for something else (``to[i] != i``) or is not kept."""
    new = [0] * len(code)
    out, shapes, dtypes = [], [], []
    for i, (op, inputs, attributes) in enumerate(code):
        if to[i] != i or (keep is not None and not keep[i]):
            continue
        new[i] = len(out)
        if len(inputs) == 2:
            a, b = inputs
            inputs = (new[a], new[b])
        elif inputs:
            inputs = tuple([new[a] for a in inputs])
        out.append((op, inputs, attributes))
        shapes.append(graph.shapes[i])
        dtypes.append(graph.dtypes[i])
    outputs = [None if o is None else new[to[o]] for o in graph.outputs]
    inputs = [new[i] for i in graph.inputs]
    return graph.replace(code=out, shapes=shapes, dtypes=dtypes, inputs=inputs, outputs=outputs)
