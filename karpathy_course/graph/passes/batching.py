"""One graph for one sample becomes one graph for a batch: chosen inputs get a leading axis, operations follow."""

from functools import partial

from karpathy_course.graph.core import GraphError, named, run_attributes
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.tracing import Recorder, Traced
from karpathy_course.ops import OPS, Bound
from karpathy_course.ops.batches import Lifted, NoRule
from karpathy_course.ops.dtypes import NUMBERS


@takes_a_graph
def batch(graph, inputs, size):
    """The graph that does for ``size`` samples at once what the graph does for one.

    inputs: the names of what differs from sample to sample (``x`` also means all of its parts); each gets a
    leading axis of that size, and so does every output. Everything else is shared. Legal because every row
    treats the samples independently along a new leading axis; the signature changes, values do not.
    Raises GraphError for a guard that would have to decide for all samples at once, and for what has no rule.
    """
    recorder, values, lifted = Recorder(evaluating=False), [], set()
    F = Bound(lambda name: partial(recorder.apply, name))

    def spread(value, shape):
        """A value that every sample shares, laid out for all of them."""
        if not isinstance(value, Traced):
            value = Traced(recorder, recorder.constant(value), None)
        return F.broadcast_to(value, shape=(size, *shape))

    chosen = {graph.inputs[k] for k in named(graph, inputs)}
    for i, (op, inputs, attributes) in enumerate(graph.code):
        shape, dtype = graph.shapes[i], graph.dtypes[i]
        if op == "input":
            if i in chosen:
                lifted.add(i)
            place = recorder.input((size, *shape) if i in chosen else shape, dtype)
            values.append(Traced(recorder, place, None))
        elif op == "constant":
            value = attributes[0][1]
            plain = dtype in NUMBERS
            values.append(value if plain else Traced(recorder, recorder.constant(value, dtype), None))
        elif op == "guard":
            if inputs[0] in lifted:
                where = dict(attributes)["where"]
                raise GraphError(f"{where}: batch cannot take one branch for all samples: write it with where()")
            recorder.put("guard", (values[inputs[0]].place,), attributes, (), "bool")
            values.append(None)
        elif op == "fused":
            raise GraphError("a fused graph cannot be batched: batch first, fuse afterwards")
        else:
            which, operands = tuple(a in lifted for a in inputs), [values[a] for a in inputs]
            if any(which):
                lifted.add(i)
                shapes = tuple(graph.shapes[a] for a in inputs)
                made = _lifted(Lifted(op, F, size, which, shapes, shape, spread), operands, run_attributes(attributes))
            else:
                made = recorder.apply(op, *operands, **run_attributes(attributes))
            values.append(made)
    outputs = []
    for o in graph.outputs:
        if o is None:
            outputs.append(None)
        else:
            value = values[o] if o in lifted else spread(values[o], graph.shapes[o])
            outputs.append(value.place)
    return recorder.graph(outputs, graph.names, graph.takes, graph.gives)


def _lifted(lifted, values, attributes):
    rule = OPS[lifted.name].batch
    try:
        if rule is None:
            raise NoRule("")
        return rule(lifted, *values, **attributes)
    except NoRule as error:
        raise GraphError(
            f"batch: there is no rule for {lifted.name}{' ' * bool(str(error))}{error}: "
            "write it with sums, products and exp for one sample"
        ) from None
