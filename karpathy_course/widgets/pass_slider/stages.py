"""What each pass does to a graph, node by node: which stay, which change, which merge into another, which fade.

A pass is any function from a graph to a graph and says nothing of what became of a node. So each shape that it
is handed is marked with the node it belongs to: passes hand shapes on, and the mark comes out at the other end.
A node without a mark is taken for the one that stands for the same operation on the same inputs, or is new.
Nothing of a screen lives here.
"""

import re
from dataclasses import dataclass, field

import numpy as np

from karpathy_course.graph import Graph, live_bytes
from karpathy_course.graph.core import STRUCTURAL, GraphError, evaluated, key_of, run


class Marked(tuple):
    """A shape that remembers whose it is."""

    def __new__(cls, shape, node):
        made = super().__new__(cls, shape)
        made.node = node
        return made


@dataclass
class Stage:
    """The graph after a pass. ids: of its nodes, the same through all stages. into: gone node → the one it became.

    legal: what the pass's docstring says of when. changed, new: ids. faded: ids that became nothing.
    same: whether the outputs for the example inputs are those of the first graph, bit for bit (any NaN is as good
    as another), None where they could not be computed; differs: in words, by how much, where they are not.
    """

    name: str
    legal: str
    graph: Graph
    ids: list
    into: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)
    new: list = field(default_factory=list)
    faded: list = field(default_factory=list)
    same: bool | None = True
    differs: str = ""

    @property
    def operations(self):
        return self.graph.operations()

    @property
    def statements(self):
        """How many operations are run one after the other; a fused one counts once."""
        return sum(op not in STRUCTURAL for op, _, _ in self.graph.code)

    @property
    def live(self):
        """Bytes alive while each node is made."""
        return live_bytes(self.graph)


def name_of(each):
    """``simplify``, or ``simplify, x+0`` where a permission was bound with functools.partial."""
    inner = getattr(each, "func", each)
    more = [word for value in getattr(each, "keywords", {}).values() for word in ([value] if value is str else value)]
    return ", ".join([getattr(inner, "__name__", type(inner).__name__), *map(str, more)])


def _legal(each):
    """What the pass's docstring says that it does, and when that is legal."""
    text = " ".join((getattr(getattr(each, "func", each), "__doc__", None) or "").replace("`", "").split())
    found = re.match(r"(.*?\.)(?=\s|$)", text), re.search(r"Legal.*?\.(?=\s|$)", text)
    return " ".join(dict.fromkeys(sentence[0].strip() for sentence in found if sentence))


def stages(graph, passes, inputs):
    """The first graph and the one after each pass, as Stages. inputs: example values, one an input of the graph.

    Raises GraphError where a pass gives back something other than a graph of the same inputs and outputs.
    """
    found = [Stage("as defined", "Nothing has been changed yet.", graph, list(range(len(graph))))]
    expected = values_of(graph, inputs)
    count = len(graph)
    for each in passes:
        before = found[-1]
        after = each(_marked(before))
        if not isinstance(after, Graph) or len(after.outputs) != len(graph.outputs):
            raise GraphError(f"{name_of(each)} gave back {type(after).__name__}: a pass takes a graph and gives one")
        ids, count = _ids(before, after, count)
        stage = Stage(name_of(each), _legal(each), after, ids)
        known = set(before.ids)
        stage.new = [k for k in ids if k not in known]
        what = dict(zip(before.ids, before.graph.code))
        stage.changed = [k for k, entry in zip(ids, after.code) if k in what and what[k][0] != entry[0]]
        values = values_of(after, inputs)
        stage.into, stage.faded = _became(before, stage, values_of(before.graph, inputs), values)
        stage.same, stage.differs = _compared(graph, expected, after, values)
        found.append(stage)
    return found


def _marked(stage):
    graph = stage.graph
    shapes = [Marked(shape, k) for shape, k in zip(graph.shapes, stage.ids)]
    return graph.replace(shapes=shapes)


def _ids(before, after, count):
    """An id for each node after the pass, and how many ids there are now."""
    alike, waiting, taken, ids = {}, {}, set(), []
    for k, kind in zip(before.ids, _kinds(before.graph, alike)):
        waiting.setdefault(kind, []).append(k)
    for shape, (_, _, attributes), kind in zip(after.shapes, after.code, _kinds(after, alike)):
        mark = getattr(shape, "node", None)
        if any(key == "again" for key, _ in attributes) and mark in taken:
            mark = None  # a repeated operation is a new node beside the first one
        elif mark is None:
            mark = next((k for k in waiting.get(kind, ()) if k not in taken), None)
        if mark is None or mark in taken:
            mark, count = count, count + 1
        ids.append(mark)
        taken.add(mark)
    return ids, count


def _kinds(graph, alike):
    """The same number for nodes that compute the same from the same inputs; alike: {key: number}, shared by graphs."""
    kinds, met = [], 0
    for op, inputs, attributes in graph.code:
        if op == "input":
            met += 1
        key = (op, met) if op == "input" else _key(op, [kinds[a] for a in inputs], attributes)
        kinds.append(alike.setdefault(key, len(alike)))
    return kinds


def _key(op, inputs, attributes):
    return key_of(op, tuple(inputs), tuple(pair for pair in attributes if pair[0] not in ("again", "body")))


def values_of(graph, inputs):
    """The value of every node for these inputs; None where the graph cannot be run on them."""
    watched = graph.replace(outputs=list(range(len(graph))))
    try:
        with np.errstate(all="ignore"):
            return run(watched, inputs, evaluated)
    except (ArithmeticError, RuntimeError, TypeError, ValueError):
        return None


def _bits(value):
    array = np.asarray(value)
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), np.asarray(np.nan, array.dtype), array)
    return array.shape, array.tobytes()


def _compared(graph, expected, after, values):
    """(whether all outputs have the same bits, else in words how the worst of them differs)."""
    if expected is None or values is None:
        return None, ""
    worst = (-1.0, "")
    for a, b in zip(graph.outputs, after.outputs):
        if a is None or b is None or _bits(expected[a]) == _bits(values[b]):
            continue
        old, new = (np.asarray(value, float).ravel() for value in (expected[a], values[b]))
        with np.errstate(all="ignore"):
            gaps = [abs(x - y) if np.isfinite(x - y) else np.inf * (x != y) for x, y in zip(old, new)]
        k = max(range(len(gaps)), key=lambda k: (gaps[k], str(old[k]) != str(new[k])))
        words = f"{old[k]:g} became {new[k]:g}"
        if np.isfinite(gaps[k]) and gaps[k] > 0:
            words = f"{words}, by {gaps[k]:.1e}" if f"{old[k]:g}" != f"{new[k]:g}" else f"by at most {gaps[k]:.1e}"
        worst = max(worst, (gaps[k], words))
    return bool(worst[0] < 0), worst[1]


def _became(before, after, old_values, new_values):
    """({gone id: the id that it became}, [ids that became nothing]), from the last node to the first."""
    at = {k: i for i, k in enumerate(after.ids)}
    users = {}
    for k, (_, inputs, _) in zip(before.ids, before.graph.code):
        for slot, a in enumerate(inputs):
            users.setdefault(before.ids[a], []).append((k, slot))
    results = {
        before.ids[o]: after.ids[n]
        for o, n in zip(before.graph.outputs, after.graph.outputs)
        if o is not None and n is not None
    }
    values = dict(zip(before.ids, old_values)) if old_values and new_values else None
    equal = lambda k, i: values is None or _bits(values[k]) == _bits(new_values[i])
    arity = {k: len(inputs) for k, (_, inputs, _) in zip(before.ids, before.graph.code)}
    constants = {_key(*entry): k for k, entry in zip(after.ids, after.graph.code) if entry[0] == "constant"}
    for k, entry in zip(before.ids, before.graph.code):
        if entry[0] == "constant" and k not in at and _key(*entry) in constants:
            results.setdefault(k, constants[_key(*entry)])
    into, faded = {}, []
    for k in reversed(before.ids):
        if k in at:
            continue
        target = results.get(k)
        for user, slot in users.get(k, ()) if target is None else ():
            image = user if user in at else into.get(user)
            if image is not None and (target := _stands_for(after, at[image], arity[user], slot, k, equal)) is not None:
                break
        if target is None:
            faded.append(k)
        else:
            into[k] = target
    return into, faded[::-1]


def _stands_for(after, user, arity, slot, k, equal):
    """The id that a user of the gone node k uses in its place; the user itself where it took k's work over."""
    op, inputs, _ = after.graph.code[user]
    if op == "constant":
        return None
    if len(inputs) == arity and equal(k, inputs[slot]):
        return after.ids[inputs[slot]]
    same = [a for a in inputs if equal(k, a)]
    if op != "fused" and same:
        return after.ids[same[0]]
    return after.ids[user]
