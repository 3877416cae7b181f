"""Derivatives as more graph: reverse mode for one number of many inputs, forward mode along one direction.

Both ask the table's vjps, applied to nodes instead of arrays; what they give back is a graph like any other,
to be optimised, compiled, or differentiated again.
"""

from functools import partial

import numpy as np

from karpathy_course.graph.arriving_gradients import Arrived
from karpathy_course.graph.core import STRUCTURAL, GraphError, named, rebuilt, run_attributes
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.nesting import Fixed, Leaf, Nest
from karpathy_course.graph.tracing import Recorder, Traced
from karpathy_course.ops import OPS, Bound, sum_to
from karpathy_course.ops.dtypes import NUMBERS


def _copied(graph):
    """(a Recorder that holds the graph's nodes at their places, the table bound to it)."""
    recorder = Recorder(evaluating=False)
    recorder.code, recorder.inputs = list(graph.code), list(graph.inputs)
    recorder.shapes, recorder.dtypes = list(graph.shapes), list(graph.dtypes)
    return recorder, Bound(lambda name: partial(recorder.apply, name))


def _value(recorder, place):
    """A node as the rules of the table want it: a plain number stays one."""
    op, _, attributes = recorder.code[place]
    if op == "constant" and recorder.dtypes[place] in NUMBERS:
        return attributes[0][1]
    return Traced(recorder, place, None)


def _moved(graph, inputs=None):
    """For each node whether an input of real numbers (one of these, by name) reaches it through vjps."""
    moved = [False] * len(graph)
    wanted = set(graph.inputs) if inputs is None else {graph.inputs[k] for k in named(graph, inputs)}
    for i, (op, inputs, _) in enumerate(graph.code):
        if op == "input":
            moved[i] = i in wanted and graph.dtypes[i].startswith("float")
        elif op == "fused":
            raise GraphError("a fused graph cannot be differentiated: differentiate first, fuse afterwards")
        elif op not in STRUCTURAL:
            moved[i] = any(moved[a] and vjp is not None for a, vjp in zip(inputs, OPS[op].gradients))
    return moved


def _one(recorder, shape, dtype):
    return Traced(
        recorder, recorder.constant(np.ones(shape, dtype) if dtype != "float64" or shape else 1.0, dtype), None
    )


@takes_a_graph
def grad(graph, inputs=None):
    """The graph that gives the value and then one gradient an argument: reverse mode, as nodes after the value's.

    The graph must give one number. An argument's gradient is nested like the argument; None stands for what is
    not used, is no real number, or is not among the inputs that are asked for by name (all when None).
    Raises GraphError for a graph that gives something else than one real number, or that was fused.
    """
    gives = graph.gives.parts[0]
    if not isinstance(gives, Leaf):
        kind = f"a {gives.kind}" if isinstance(gives, Nest) else repr(gives.value)
        raise GraphError(
            f"grad: the graph must give one number alone, it gives {kind} of {len(graph.outputs)} values: "
            "trace a function that returns only the loss"
        )
    if graph.shapes[graph.outputs[0]] != ():
        given = graph.shapes[graph.outputs[0]]
        raise GraphError(f"grad: the graph must give one number, it gives shapes {given}: sum or average first")
    (root,) = graph.outputs
    moved = _moved(graph, inputs)
    recorder, F = _copied(graph)
    arrived = {}
    if moved[root]:
        arrived[root] = Arrived(F)
        arrived[root].add(_one(recorder, (), graph.dtypes[root]))
    for i in range(root, -1, -1):
        op, inputs, attributes = graph.code[i]
        if i not in arrived or op in STRUCTURAL:
            continue
        g, y = arrived.pop(i).total(), Traced(recorder, i, None)
        values = [_value(recorder, a) for a in inputs]
        for a, vjp in zip(inputs, OPS[op].gradients):
            if vjp is not None and moved[a]:
                d = vjp(F, g, y, *values, **run_attributes(attributes))
                if d.shape != graph.shapes[a]:
                    d = sum_to(F, d, graph.shapes[a])
                arrived.setdefault(a, Arrived(F)).add(d)
    gradients = [arrived[k].total().place if k in arrived else None for k in graph.inputs]
    arguments = tuple(map(_without_fixed, graph.takes.parts[0].parts))
    gives = Nest("leaf", (), (Nest("tuple", (), (Leaf("value"), *arguments)),))
    return rebuilt(graph, recorder, [root, *gradients]).replace(gives=gives)


def _without_fixed(nest):
    if isinstance(nest, Nest):
        return nest._replace(parts=tuple(map(_without_fixed, nest.parts)))
    return Fixed(None) if isinstance(nest, Fixed) else nest


@takes_a_graph
def jvp(graph):
    """The graph of (value, its change) for arguments followed by a direction for each: forward mode.

    Called as ``jvp(g)(*arguments, *directions)``; directions are nested and shaped like the arguments. An
    elementwise row moves by its vjp (its Jacobian is diagonal), a linear one by its forward; any other one by
    the transpose of its vjp. Raises GraphError for a graph that was fused.
    """
    moved = _moved(graph)
    recorder, F = _copied(graph)
    change = {}
    for k in graph.inputs:
        place = recorder.input(graph.shapes[k], graph.dtypes[k])
        if moved[k]:
            change[k] = Traced(recorder, place, None)
    for i, (op, inputs, attributes) in enumerate(graph.code):
        if op not in STRUCTURAL and moved[i]:
            change[i] = _change(recorder, F, i, op, inputs, run_attributes(attributes), change)
    outputs = list(graph.outputs)
    for o in graph.outputs:
        known = o is not None and o in change
        zero = None if o is None else recorder.constant(_zeros(recorder, o))
        outputs.append(change[o].place if known else zero)
    arguments = graph.takes.parts[0]
    return rebuilt(graph, recorder, outputs).replace(
        takes=Nest("leaf", (), (arguments._replace(parts=arguments.parts * 2),)),
        names=[*graph.names, *(f"change of {name}" for name in graph.names)],
        gives=Nest("leaf", (), (Nest("tuple", (), graph.gives.parts * 2),)),
    )


def _change(recorder, F, i, op, inputs, attributes, change):
    y, values = Traced(recorder, i, None), [_value(recorder, a) for a in inputs]
    total = None
    for k, (a, vjp) in enumerate(zip(inputs, OPS[op].gradients)):
        if vjp is None or a not in change:
            continue
        t = change[a]
        if OPS[op].kind == "linear":
            d = recorder.apply(op, *values[:k], t, *values[k + 1 :], **attributes)
        elif OPS[op].kind == "joint":
            others = [_zeros(recorder, b) for b in inputs]
            d = recorder.apply(op, *others[:k], t, *others[k + 1 :], **attributes)
        elif OPS[op].kind == "elementwise":
            d = vjp(F, t, y, *values, **attributes)
        else:
            d = _transposed(recorder, F, vjp, y, values, attributes, t)
        total = d if total is None else total + d
    if total.shape != y.shape:
        total = F.broadcast_to(total, shape=y.shape)
    return total


def _zeros(recorder, place):
    """Zeros like a node: a plain number stays one, so that it widens nothing."""
    shape, dtype = recorder.shapes[place], recorder.dtypes[place]
    return NUMBERS[dtype](0) if dtype in NUMBERS else np.zeros(shape, dtype)


def _transposed(recorder, F, vjp, y, values, attributes, t):
    """J t from a rule for Jᵀ g: the rule is linear in g, so pulling t back through it gives J t, whatever g is."""
    g = _one(recorder, y.shape, y.dtype)
    start = len(recorder.code)
    rule = vjp(F, g, y, *values, **attributes)
    arrived = {rule.place: t}
    for j in range(rule.place, start - 1, -1):
        op, inputs, attributes = recorder.code[j]
        if j not in arrived or op in STRUCTURAL:
            continue
        arriving, here = arrived.pop(j), Traced(recorder, j, None)
        values = [_value(recorder, a) for a in inputs]
        for a, back in zip(inputs, OPS[op].gradients):
            if back is not None and (a >= start or a == g.place):
                d = back(F, arriving, here, *values, **run_attributes(attributes))
                d = d if d.shape == recorder.shapes[a] else sum_to(F, d, recorder.shapes[a])
                arrived[a] = arrived[a] + d if a in arrived else d
    return arrived[g.place]
