"""A learner's graph, read from outside: nodes in order, values, local derivatives, gradients.

Works on any class whose nodes hold `data`, `grad`, their parents and an `op`, and either
`local_derivatives` or a `_backward`: the packaged `Value`, a class written in a notebook, micrograd's.
The engines know nothing of this file, and it changes nothing of theirs: what it must touch to find
a local derivative (gradients) it puts back. It may import only the standard library.
"""

import reprlib
from dataclasses import dataclass, field
from math import isfinite

from karpathy_course.scalar_operations import SCALAR
from karpathy_course.widgets.learner_graph.labels import format_number, sign, table_op
from karpathy_course.widgets.learner_graph.local_derivatives import find_locals

PARENTS = ("parents", "_prev", "_parents", "prev", "_children", "children")
OP = ("op", "_op")


class GraphError(ValueError):
    """What was given is not a graph that can be drawn; the message is one sentence for the learner."""


@dataclass
class Graph:
    """A graph as parallel lists: node i is entry i of each; parents stand before their consumers.

    op: the table's name, the learner's own label where the table has none, "" for a leaf.
    parents: one index for each edge, in operand order (a parent used twice stands there twice; where
    the class keeps a set, or only a total is known, once). locals: d(node)/d(parent) beside each
    parent, None where it could not be found. operands: how to compute the node again, an int being
    a node's index and a float a plain number; None where the table has no such operation or its
    value is not this node's. claimed: for a node whose class keeps another local derivative than
    the table's, what it keeps. notes: sentences that the picture shows. The root is the last node.
    """

    objects: list
    op: list = field(default_factory=list)
    attributes: list = field(default_factory=list)
    names: list = field(default_factory=list)
    values: list = field(default_factory=list)
    parents: list = field(default_factory=list)
    locals: list = field(default_factory=list)
    operands: list = field(default_factory=list)
    claimed: dict = field(default_factory=dict)
    notes: list = field(default_factory=list)
    order_known: bool = True
    cache: dict = field(default_factory=dict, repr=False)

    def __len__(self):
        return len(self.objects)

    @property
    def root(self):
        return len(self.objects) - 1

    def sign(self, node):
        return sign(self.op[node], self.attributes[node])


def read_graph(root, names=None, *, limit=1_000_000, seconds=2.0):
    """The graph below ``root`` as plain lists; see Graph.

    names: a dict name -> node (or -> list of nodes); ``globals()`` will do. limit: the most nodes.
    seconds: how long the learner's own ``_backward``s may take in all.
    Raises GraphError, one sentence, for anything that is not a graph of numbers, and for a cycle.
    """
    objects, parents, order_known = _in_order(root, limit)
    graph = Graph(objects, parents=parents, order_known=order_known)
    graph.names = _names(objects, names)
    graph.values = [_number(node, graph.names[i]) for i, node in enumerate(objects)]
    for node, above in zip(objects, parents):
        label = _first(node, OP, "")
        op, attributes = table_op(label, len(above)) if above else ("", ())
        graph.op.append(op if op or not above else "?")
        graph.attributes.append(getattr(node, "attributes", None) or attributes)
    find_locals(graph, called, seconds)
    if not order_known:
        graph.notes.append(
            "This class keeps parents as a set: their order is not known, and a repeated one is one edge."
        )
    bad = [i for i, value in enumerate(graph.values) if not isfinite(value)]
    if bad:
        graph.notes.append(
            f"{called(graph, bad[0])} is {format_number(graph.values[bad[0]])}"
            + (f", the first of {len(bad)} values that are not finite." if len(bad) > 1 else ": not a finite number.")
        )
    return graph


def correct_gradients(graph, seed=1.0):
    """d(root)/d(node) for each node, by the chain rule over the graph's local derivatives.

    None for a node whose gradient hangs on a local derivative that could not be found.
    """
    gradients = [0.0] * len(graph)
    gradients[-1] = seed
    for i in range(len(graph) - 1, -1, -1):
        gradient = gradients[i]
        if gradient == 0.0:
            continue
        for parent, local in zip(graph.parents[i], graph.locals[i]):
            if gradient is None or local is None or gradients[parent] is None:
                gradients[parent] = None
            else:
                gradients[parent] += local * gradient
    return gradients


def consumers(graph):
    """For each node the nodes that use it, once for each edge, in topological order."""
    if "consumers" not in graph.cache:
        uses = [[] for _ in graph.objects]
        for i, above in enumerate(graph.parents):
            for parent in above:
                uses[parent].append(i)
        graph.cache["consumers"] = uses
    return graph.cache["consumers"]


def called(graph, node, longest=18):
    """What a sentence calls a node: its name, a short formula such as "a × b", or its number."""
    return graph.names[node] or formula(graph, node, longest) or _anonymous(graph, node)


def formula(graph, node, longest=40):
    """``a × b`` where every operand has a name or is a plain number or leaf; else ""."""
    words = []
    for operand in graph.operands[node] or ():
        if isinstance(operand, float):
            words.append(format_number(operand))
        elif graph.names[operand]:
            words.append(graph.names[operand])
        elif not graph.parents[operand]:
            words.append(format_number(graph.values[operand]))
        else:
            return ""
    text = written(graph.op[node], words)
    return text if len(text) <= longest else ""


def written(op, words):
    """An operation on operands given as words: ``2 × 3``, ``tanh(0.5)``, ``a^2``."""
    if not words:
        return ""
    words = [f"({word})" if word.startswith("-") and (i or op == "pow") else word for i, word in enumerate(words)]
    if op == "weighted_sum":
        half = len(words) // 2
        return " + ".join([f"{w} × {x}" for w, x in zip(words[:half], words[half:-1])] + words[-1:])
    mark = sign(op)
    if op == "pow" and len(words) == 2:
        return f"{words[0]}^{words[1]}"
    if op == "neg" and len(words) == 1:
        return f"−{words[0]}"
    if len(words) == 2 and op in SCALAR:
        return f"{words[0]} {mark} {words[1]}"
    return f"{mark}({', '.join(word.strip('()') for word in words)})"


def _anonymous(graph, node):
    value = format_number(graph.values[node])
    return f"the {graph.sign(node)} node ({value})" if graph.parents[node] else f"the leaf {value}"


def _first(node, spellings, default=None):
    for name in spellings:
        found = getattr(node, name, None)
        if found is not None:
            return found
    return default


def _read_parents(node):
    """The parents as a tuple, and whether their order is known. Raises GraphError."""
    given = _first(node, PARENTS, ())
    if not isinstance(given, (tuple, list, set, frozenset)):  # a generator would be used up by looking
        raise GraphError(
            f"the parents of {_describe(node)} are of type {type(given).__name__}: "
            "expected a tuple of nodes, () for a leaf"
        )
    above = tuple(given)
    for parent in above:
        if not hasattr(parent, "data") or isinstance(parent, (type, memoryview)):
            raise GraphError(
                f"a parent of {_describe(node)} is {_describe(parent)}, which has no .data: "
                "wrap plain numbers in your class, or leave them out of the parents"
            )
    if isinstance(given, (set, frozenset)):
        return _settle(node, above), len(above) < 1
    return above, True


def _settle(node, above):
    """A set's members in an order that is the same each time: operand names first, then the numbers."""
    backward = getattr(node, "_backward", None)
    code, cells = getattr(backward, "__code__", None), getattr(backward, "__closure__", None) or ()
    place = {}
    for name, cell in zip(code.co_freevars if code else (), cells):
        try:
            place[id(cell.cell_contents)] = (name != "self", name)
        except ValueError:
            continue
    return tuple(sorted(above, key=lambda p: (place.get(id(p), (True, "~")), str(_first(p, OP, "")), repr(p.data))))


def _in_order(root, limit):
    """Every node below root once, parents first: depth first with its own stack, so any depth goes."""
    if not hasattr(root, "data") or isinstance(root, type):
        raise GraphError(f"expected a node of a graph, with .data and its parents, got {_describe(root)}")
    if not any(hasattr(root, name) for name in PARENTS):
        raise GraphError(
            f"{_describe(root)} keeps no parents: expected 'parents' (or micrograd's '_prev'), () for a leaf"
        )
    order_known, objects, above_of = True, [], []
    index, open_nodes, stack = {}, set(), []

    def push(node):
        nonlocal order_known
        if len(index) + len(open_nodes) >= limit:
            raise GraphError(f"the graph has more than {limit} nodes: hand in a smaller part of it")
        above, known = _read_parents(node)
        order_known = order_known and (known or not above)
        open_nodes.add(id(node))
        stack.append((node, above, iter(above)))

    push(root)
    while stack:
        node, above, rest = stack[-1]
        for parent in rest:
            key = id(parent)
            if key in index:
                continue
            if key in open_nodes:
                raise GraphError(f"the graph has a cycle: {_describe(parent)} is among its own ancestors")
            push(parent)
            break
        else:
            stack.pop()
            open_nodes.discard(id(node))
            index[id(node)] = len(objects)
            objects.append(node)
            above_of.append(tuple([index[id(parent)] for parent in above]))
    return objects, above_of, order_known


def _number(node, name):
    try:
        return float(node.data)
    except (TypeError, ValueError, OverflowError):
        raise GraphError(
            f"{name or 'a node'} holds {type(node.data).__name__} data ({node.data!r:.40}): expected one number"
        ) from None


def _names(objects, names):
    """The first public name of each node; nodes in a list are called x[0], x[1] …"""
    known = {}
    for name, thing in list((names or {}).items()):
        if isinstance(name, str) and not name.startswith("_"):
            known.setdefault(id(thing), name)
    for name, thing in list((names or {}).items()):
        if isinstance(thing, (list, tuple)) and len(thing) <= 1000 and not str(name).startswith("_"):
            for k, item in enumerate(thing):
                known.setdefault(id(item), f"{name}[{k}]")
    return [known.get(id(node), "") for node in objects]


def _describe(thing):
    """A thing in few words. A node's own repr is not asked: it may walk the whole graph below it."""
    if thing is None or isinstance(thing, (bool, int, float, str, bytes, list, tuple, dict, set)):
        return f"{type(thing).__name__} {reprlib.repr(thing)}" if thing is not None else "None"
    if isinstance(thing, type):
        return f"the class {thing.__name__} itself"
    if isinstance(getattr(thing, "data", None), (int, float)):
        return f"{type(thing).__name__}(data={format_number(thing.data)})"
    return f"an object of class {type(thing).__name__}"
