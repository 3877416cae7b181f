"""Random Python functions for the exercises of lecture 03: graphs written out as source, with values that stay tame.

A learner's tracer meets the text, made a function by the probe; the judge keeps the graph that it was written
from. So both sides know the same function, and the judge never runs what a learner has written.
"""

import math

from karpathy_course.checks.shared.graph_entries import SMOOTH, all_values, draw_graph, inputs_of

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}


def source_of(graph, listed=False):
    """A Python function that does what the graph does: operators, methods as ``x.tanh()``, constants as numbers.

    listed: it takes one list of its inputs and returns the list of its outputs.
    """
    words, lines = {}, []
    for made, op, operands, attributes in graph:
        inside = [words.get(x, x) for x in operands]
        if op == "constant":
            words[made] = repr(attributes["value"])
        elif op in SIGNS:
            lines.append(f"    {made} = {inside[0]} {SIGNS[op]} {inside[1]}")
        elif op == "neg":
            lines.append(f"    {made} = -{inside[0]}")
        elif op == "output":
            lines.append(f"    return [{', '.join(inside)}]" if listed else f"    return {inside[0]}")
        elif op != "input":
            lines.append(f"    {made} = {inside[0]}.{op}()")
    arguments = ", ".join(inputs_of(graph))
    head = ["def fn(xs):", f"    [{arguments}] = xs"] if listed else [f"def fn({arguments}):"]
    return "\n".join([*head, *lines]) + "\n"


def is_tame(graph, points, limit=50.0):
    """Whether every value stays below limit, every divisor away from 0, and what a log is taken of above it."""
    for inputs in points:
        values = all_values(graph, inputs)
        if not all(math.isfinite(v) and abs(v) < limit for v in values.values()):
            return False
        for _, op, operands, _ in graph:
            last = values[operands[-1]] if operands else 1.0
            if (op == "div" and abs(last) < 0.1) or (op == "log" and last < 0.1):
                return False
    return True


def draw_tame(rng, points, inputs=2, operations=6, ops=SMOOTH, constants=1, outputs=1):
    """(graph, points): a random graph without operations on constants alone, and tame inputs for it.

    points: how many lists of inputs are wanted, each in -2…2. outputs: the last value and others before it.
    """
    while True:
        graph = draw_graph(rng, inputs, operations, ops, constants, fed=True)
        drawn = [[round(rng.uniform(-2, 2), 3) for _ in range(inputs)] for _ in range(points)]
        made = [entry[0] for entry in graph if entry[2] and entry[1] != "output"]
        if is_tame(graph, drawn) and len(made) >= outputs:
            more = rng.sample(made[:-1], outputs - 1)
            return [*graph[:-1], ["", "output", [*more, made[-1]], {}]], drawn
