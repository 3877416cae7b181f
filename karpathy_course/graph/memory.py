"""How long values live, and how much memory they take at the worst moment.

Counted are the values that operations make, from the operation that makes one to the last that uses it;
outputs live to the end. Inputs and constants belong to the caller and are there all the time: they do not count.
"""

from math import prod

import numpy as np

from karpathy_course.graph.core import STRUCTURAL
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.ops.dtypes import NUMBERS


def sizes(graph):
    """Bytes of each node's value; 0 for what is not counted."""
    return [
        0 if op in STRUCTURAL else prod(shape) * np.dtype(NUMBERS.get(dtype, dtype)).itemsize
        for (op, _, _), shape, dtype in zip(graph.code, graph.shapes, graph.dtypes)
    ]


def last_uses(graph):
    """For each node the place of the operation that uses it last; the graph's length for outputs."""
    last = list(range(len(graph)))
    for i, (_, inputs, _) in enumerate(graph.code):
        for a in inputs:
            last[a] = i
    for o in graph.outputs:
        if o is not None:
            last[o] = len(graph)
    return last


@takes_a_graph
def live_bytes(graph):
    """Bytes alive while each operation runs: its inputs, its result, and whatever waits for a later one."""
    size, last = sizes(graph), last_uses(graph)
    ending = [0] * (len(graph) + 1)
    alive, found = 0, []
    for i in range(len(graph)):
        alive += size[i]
        ending[last[i]] += size[i]
        found.append(alive)
        alive -= ending[i]
    return found


@takes_a_graph
def peak_memory(graph):
    """The most bytes that are alive at once, given the order in which the operations stand."""
    return max(live_bytes(graph), default=0)
