"""A graph as plain data and back: ``[(name, op, inputs, attributes), …]``, what learners' own passes take and give."""

import numpy as np

from karpathy_course.graph.core import Builder, GraphError, attributes_of, pairs
from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.graph.nesting import Leaf, Nest
from karpathy_course.ops import OPS
from karpathy_course.ops.dtypes import NUMBERS


@takes_a_graph
def to_list(graph):
    """[(name, op, inputs, attributes), …] in order; the last entry is ("", "output", names or None, {}).

    An ``input`` has its shape and dtype as attributes, a ``constant`` its value; every other op is a row of the
    table (or ``guard``, ``fused``), its inputs the names of earlier entries.
    """
    entries, names, taken = [], [], set(graph.names)
    titles, numbers = iter(graph.names), {}
    for i, (op, inputs, attributes) in enumerate(graph.code):
        attributes = attributes_of(attributes)
        if op == "input":
            name = next(titles)
            attributes = {"shape": graph.shapes[i], "dtype": graph.dtypes[i]}
        else:
            name = None
            while name is None or name in taken:
                numbers[op] = numbers.get(op, 0) + 1
                name = f"{op}{numbers[op]}"
            if op == "constant" and graph.dtypes[i] not in NUMBERS and not isinstance(attributes["value"], np.ndarray):
                attributes["dtype"] = graph.dtypes[i]
        names.append(name)
        taken.add(name)
        entries.append((name, op, tuple(names[a] for a in inputs), attributes))
    outputs = tuple(None if o is None else names[o] for o in graph.outputs)
    return [*entries, ("", "output", outputs, {})]


def from_list(entries):
    """The graph of such a list; one output gives one value, several a tuple. Inputs need no shape: () is meant.

    Raises GraphError, which names the entry, for a cycle, a name that is used before it is made, twice or never
    made, an unknown operation, a wrong number of inputs, a list without output; ShapeError for shapes.
    """
    entries = [_entry(k, entry) for k, entry in enumerate(entries)]
    order = {name: k for k, (name, op, _, _) in enumerate(entries) if op != "output"}
    builder, place, titles, outputs = Builder(), {}, [], None
    for k, (name, op, inputs, attributes) in enumerate(entries):
        for x in inputs:
            if x is not None and x not in place:
                raise GraphError(_missing(name or "output", x, order, entries))
        if op == "output":
            outputs = [None if x is None else place[x] for x in inputs]
            continue
        if name in place:
            raise GraphError(f"entry {k}: the name {name!r} is there already: every value is made once")
        places = tuple(place[x] for x in inputs)
        if op == "input":
            place[name] = builder.input(tuple(attributes.get("shape", ())), attributes.get("dtype", "float64"))
            titles.append(name)
        elif op == "constant":
            place[name] = _constant(builder, name, attributes)
        elif op == "guard":
            place[name] = builder.put("guard", places, pairs(attributes), (), "bool")
        else:
            place[name] = _operation(builder, name, op, places, attributes)
    if outputs is None:
        raise GraphError('the list has no output: it ends with ("", "output", (names…), {})')
    gives = (
        Leaf("value")
        if len(outputs) == 1
        else Nest("tuple", (), tuple(Leaf(f"value {k}") for k in range(len(outputs))))
    )
    takes = Nest("leaf", (), (Nest("tuple", (), tuple(map(Leaf, titles))),))
    return builder.graph(outputs, titles, takes, Nest("leaf", (), (gives,)))


def _entry(k, entry):
    try:
        name, op, inputs, attributes = entry
        return name, op, tuple(inputs), dict(attributes)
    except (TypeError, ValueError):
        raise GraphError(f"entry {k}: expected (name, op, inputs, attributes), got {entry!r:.80}") from None


def _missing(name, x, order, entries):
    if x not in order:
        return f"{name}: its input {x!r} is made nowhere"
    path, at = [x], x
    while at != name:
        later = [y for y in entries[order[at]][2] if y in order and order[y] >= order.get(name, -1)]
        if not later or later[0] in path:
            break
        at = later[0]
        path.append(at)
    if at == name:
        return f"{name}: a cycle: {' → '.join(reversed([name, *path[:-1], name]))}: a value cannot be made of itself"
    return f"{name}: its input {x!r} is made only later: list every value after its inputs"


def _constant(builder, name, attributes):
    value = attributes.get("value")
    if isinstance(value, list):
        value = np.asarray(value, attributes.get("dtype"))
    if not isinstance(value, (bool, int, float, np.ndarray)):
        raise GraphError(f"{name}: a constant's value is a number or an array, this is {value!r:.60}")
    return builder.constant(value, attributes.get("dtype") if isinstance(value, (bool, int, float)) else None)


def _operation(builder, name, op, places, attributes):
    if op == "fused":
        raise GraphError(f"{name}: a fused operation cannot be read back: keep the graph as it was before fusing")
    row = OPS.get(op)
    if row is None:
        near = [known for known in OPS if known.startswith(op[:2])]
        raise GraphError(
            f"{name}: the table has no operation {op!r}" + f"; did you mean {', '.join(near)}?" * bool(near)
        )
    if row.inputs is not None and len(places) != row.inputs:
        raise GraphError(f"{name}: {op} takes {row.inputs} inputs, this has {len(places)}")
    try:
        return builder.add(op, places, pairs(attributes))
    except GraphError as error:
        raise GraphError(f"{name}: {error}") from error
    except TypeError as error:
        raise GraphError(f"{name}: {op} does not take the attributes {attributes}") from error
