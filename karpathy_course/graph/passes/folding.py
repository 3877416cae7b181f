"""Constant folding: what depends on no input is computed once, before the program runs."""

import numpy as np

from karpathy_course.graph.core import attributes_of, evaluated, run_attributes, run_fused
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.passes.rewriting import without_collector
from karpathy_course.ops.dtypes import NUMBERS


@takes_a_graph
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
