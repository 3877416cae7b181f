"""Rewrites that never change a value: fold, merge, eliminate (and `simplify`). A list of passes is a pass manager.

Each is a function from a graph to a graph, idempotent, and never adds an operation. "Never changes a value"
means bit for bit, -0.0 and infinities included; only one NaN counts as good as another.
"""

import gc
from functools import wraps

import numpy as np

from karpathy_course.graph.core import attributes_of, evaluated, key_of, run_attributes, run_fused
from karpathy_course.ops import OPS
from karpathy_course.ops.dtypes import NUMBERS


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


@without_collector
def fold_constants(graph):
    """Compute once, now, what depends on constants alone.

    Legal because the table's own row computes it. Inputs are never folded, trainable or not; an operation that
    cannot be computed now is left to fail when it is run.
    """
    code, constant, folded = graph.code, bytearray(len(graph)), {}
    for i, (op, inputs, attributes) in enumerate(code):
        if op == "constant":
            constant[i] = 1
        elif inputs and op != "guard":
            for a in inputs:
                if not constant[a]:
                    break
            else:
                value = _folded(op, [folded.get(a, code[a])[2][0][1] for a in inputs], attributes, graph.dtypes[i])
                if value is not None:
                    folded[i] = ("constant", (), (("value", value),))
                    constant[i] = 1
    if not folded:
        return graph
    code = list(code)
    for i, entry in folded.items():
        code[i] = entry
    return graph.replace(code=code)


def _folded(op, values, attributes, dtype):
    try:
        with np.errstate(all="ignore"):
            if op == "fused":
                out = run_fused(attributes_of(attributes)["body"], values, evaluated)
            else:
                out = evaluated(op, *values, **run_attributes(attributes))
    except (ArithmeticError, ValueError, TypeError):
        return None
    if isinstance(out, np.generic):
        return out.item() if dtype in ("float64", "int64", "bool", *NUMBERS) else np.asarray(out)
    return out


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
