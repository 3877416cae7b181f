"""The graph that an eager engine has built already, written down after the fact."""

from operator import attrgetter

from karpathy_course.graph.core import Builder, pairs
from karpathy_course.graph.nesting import Leaf, Nest


def of(value):
    """The graph below a `scalar.Value` or a `tensor.Tensor`, of all its leaves in the order they were made.

    Leaf k becomes input ``xk``; numbers and arrays without a history of their own stay constants. A
    weighted_sum becomes the products and sums it stands for. Nothing recurses, so depth does not matter.
    """
    below, met = [value], {value.serial}
    for node in below:  # the list grows while the loop runs
        for x in node.parents:
            if x.serial not in met:
                met.add(x.serial)
                below.append(x)
    below.sort(key=attrgetter("serial"))
    builder, place, names = Builder(), {}, []
    for node in below:
        if not node.op:
            array = hasattr(node.data, "shape")
            shape, dtype = (tuple(node.data.shape), str(node.data.dtype).split(".")[-1]) if array else ((), "float64")
            place[node.serial] = builder.input(shape, dtype)
            names.append(f"x{len(names)}")
            continue
        places = [place[x.serial] if hasattr(x, "serial") else builder.constant(x) for x in _inputs(node)]
        if node.op == "weighted_sum":
            place[node.serial] = _weighted_sum(builder, places)
        else:
            attributes = node.attributes if isinstance(node.attributes, dict) else {}
            place[node.serial] = builder.add(node.op, tuple(places), pairs(attributes))
    takes = Nest("leaf", (), (Nest("tuple", (), tuple(map(Leaf, names))),))
    return builder.graph([place[value.serial]], names, takes, Nest("leaf", (), (Leaf("value"),)))


def _inputs(node):
    """In order, with plain numbers at their places: a Tensor keeps them so, a Value in two tuples."""
    if hasattr(node, "inputs"):
        return node.inputs
    parents = iter(node.parents)
    return [next(parents) if number is None else number for number in node.attributes] or node.parents


def _weighted_sum(builder, places):
    n = len(places) // 2
    total = places[-1]
    for w, x in zip(places[:n], places[n:-1]):
        total = builder.add("add", (total, builder.add("mul", (w, x))))
    return total
