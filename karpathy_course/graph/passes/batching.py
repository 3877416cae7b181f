"""One graph for one sample becomes one graph for a batch: chosen inputs get a leading axis, operations follow."""

from functools import partial

from karpathy_course.graph.core import NUMBER, GraphError, named, run_attributes
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.tracing import Recorder, Traced
from karpathy_course.ops import OPS, Bound


class _Lift:
    """One batching under way: which nodes carry the batch, and how each is made to."""

    def __init__(self, graph, size):
        self.graph, self.size, self.lifted = graph, size, set()
        self.recorder = Recorder(evaluating=False)
        self.F = Bound(lambda name: partial(self.recorder.apply, name))

    def aligned(self, value, rank):
        """A lifted value with ones after its batch axis, so that it has the rank of one of this many axes."""
        missing = rank - (len(value.shape) - 1)
        return self.F.reshape(value, shape=(self.size, *(1,) * missing, *value.shape[1:])) if missing > 0 else value

    def spread(self, value, shape):
        """A value that every sample shares, laid out for all of them."""
        if not isinstance(value, Traced):
            value = Traced(self.recorder, self.recorder.constant(value), None)
        return self.F.broadcast_to(value, shape=(self.size, *shape))


@takes_a_graph
def batch(graph, inputs, size):
    """The graph that does for ``size`` samples at once what the graph does for one.

    inputs: the names of what differs from sample to sample (``x`` also means all of its parts); each gets a
    leading axis of that size, and so does every output. Everything else is shared. Legal because every row
    treats the samples independently along a new leading axis; the signature changes, values do not.
    Raises GraphError for a guard that would have to decide for all samples at once, and for what has no rule.
    """
    lift, values = _Lift(graph, size), []
    chosen = {graph.inputs[k] for k in named(graph, inputs)}
    for i, (op, inputs, attributes) in enumerate(graph.code):
        shape, dtype = graph.shapes[i], graph.dtypes[i]
        if op == "input":
            lifted = i in chosen
            place = lift.recorder.input((size, *shape) if lifted else shape, dtype)
            values.append(Traced(lift.recorder, place, None))
        elif op == "constant":
            lifted, value = False, attributes[0][1]
            plain = dtype == NUMBER
            values.append(value if plain else Traced(lift.recorder, lift.recorder.constant(value, dtype), None))
        elif op == "guard":
            if inputs[0] in lift.lifted:
                where = dict(attributes)["where"]
                raise GraphError(f"{where}: batch cannot take one branch for all samples: write it with where()")
            lift.recorder.put("guard", (values[inputs[0]].place,), attributes, (), "bool")
            values.append(None)
            continue
        elif op == "fused":
            raise GraphError("a fused graph cannot be batched: batch first, fuse afterwards")
        else:
            lifted = any(a in lift.lifted for a in inputs)
            rule = _RULES.get(op, _elementwise if OPS[op].kind == "elementwise" else None) if lifted else _as_it_was
            if rule is None:
                raise GraphError(
                    f"batch: there is no rule for {op}: write it with sums, products and exp for one sample"
                )
            values.append(rule(lift, i, op, [values[a] for a in inputs], run_attributes(attributes)))
        if lifted:
            lift.lifted.add(i)
    outputs = []
    for o in graph.outputs:
        if o is None:
            outputs.append(None)
        else:
            value = values[o] if o in lift.lifted else lift.spread(values[o], graph.shapes[o])
            outputs.append(value.place)
    return lift.recorder.graph(outputs, graph.names, graph.takes, graph.gives)


def _as_it_was(lift, i, op, values, attributes):
    return lift.recorder.apply(op, *values, **attributes)


def _elementwise(lift, i, op, values, attributes):
    rank = len(lift.graph.shapes[i])
    places = lift.graph.code[i][1]
    values = [lift.aligned(v, rank) if a in lift.lifted else v for a, v in zip(places, values)]
    return lift.recorder.apply(op, *values, **attributes)


def _reduce(lift, i, op, values, attributes):
    rank = len(values[0].shape) - 1
    axis = attributes.get("axis")
    axes = range(rank) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = tuple(a % rank + 1 for a in axes)
    if not axes:
        return values[0]
    alone = axes[0] if len(axes) == 1 else axes
    return lift.recorder.apply(op, *values, **{**attributes, "axis": alone})


def _next_axis(lift, i, op, values, attributes):
    rank = len(values[0].shape) - 1
    return lift.recorder.apply(op, *values, **{**attributes, "axis": attributes["axis"] % rank + 1})


def _shaped(lift, i, op, values, attributes):
    rank = len(attributes["shape"])
    x = lift.aligned(values[0], rank) if op == "broadcast_to" else values[0]
    return lift.recorder.apply(op, x, **{**attributes, "shape": (lift.size, *lift.graph.shapes[i])})


def _permute(lift, i, op, values, attributes):
    return lift.F.permute_dims(values[0], axes=(0, *(a + 1 for a in attributes["axes"])))


def _unary(lift, i, op, values, attributes):
    return lift.recorder.apply(op, *values, **attributes)


def _joined(lift, i, op, values, attributes):
    places, rank = lift.graph.code[i][1], len(lift.graph.shapes[i])
    shapes = [lift.graph.shapes[a] for a in places]
    values = [v if a in lift.lifted else lift.spread(v, s) for v, a, s in zip(values, places, shapes)]
    return lift.recorder.apply(op, *values, axis=attributes["axis"] % rank + 1)


def _placed(lift, i, op, values, attributes):
    moved = {**attributes, "index": (slice(None), *attributes["index"])}
    if op == "put":
        moved["shape"] = (lift.size, *attributes["shape"])
    return lift.recorder.apply(op, *values, **moved)


def _taken(lift, i, op, values, attributes):
    x, places = values
    first, second = (a in lift.lifted for a in lift.graph.code[i][1])
    if first and not second:
        return lift.recorder.apply(op, x, places, **{**attributes, "axis": attributes["axis"] + 1})
    if op == "take" and not first and attributes["axis"] == 0:
        return lift.F.take(x, places, axis=0)
    raise GraphError(f"batch: there is no rule for {op} whose values and places both differ from sample to sample")


def _matmul(lift, i, op, values, attributes):
    (a, b), (first, second) = values, (k in lift.lifted for k in lift.graph.code[i][1])
    if first and not second and len(a.shape) == 3 and len(b.shape) == 2:  # one product of matrices, not a stack
        out = lift.F.matmul(lift.F.reshape(a, shape=(a.shape[0] * a.shape[1], a.shape[2])), b)
        return lift.F.reshape(out, shape=(*a.shape[:2], b.shape[1]))
    rank = len(lift.graph.shapes[i])
    return lift.F.matmul(lift.aligned(a, rank) if first else a, lift.aligned(b, rank) if second else b)


_RULES = {
    **dict.fromkeys(("sum", "max", "min", "argmax", "logsumexp"), _reduce),
    **dict.fromkeys(("reshape", "broadcast_to"), _shaped),
    **dict.fromkeys(("mT", "astype", "one_hot"), _unary),
    **dict.fromkeys(("concat", "stack"), _joined),
    **dict.fromkeys(("getitem", "put"), _placed),
    **dict.fromkeys(("take", "scatter_add"), _taken),
    "softmax": _next_axis,
    "permute_dims": _permute,
    "matmul": _matmul,
}
