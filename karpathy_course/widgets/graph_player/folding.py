"""Folding a graph of any size into groups that can be opened, so that a screen shows at most 60 things.

Neurons are folded into layers; what lies before, between and behind the layers stays as it is when it
is little, and is a group when it is much; anything too long is cut into parts along its topological
order, again and again. No two groups of one level ever feed each other both ways, so every view can be
drawn from left to right.

For who draws: ``graph = reading.read_graph(root, names)``, then ``view(graph, path, model=…, observed=…)``
for each screen (fields: ``screen.screen``; x, y are box centres; every box has one forward and one
backward step, leaves and stubs too), with ``observed = observing.observe(root, graph, traversal)`` for the
learner's own run. ``plan(graph, model).by_path`` holds all paths. Kinds of ``wrong``: early, twice,
overwrote, wrong-local, never, seed. To compute a node again: ``graph.op[i]`` on ``graph.operands[i]``,
where an int is a node and a float a number (None: not in the table). Anything that is not a graph of
numbers is ``reading.GraphError`` with one sentence; what is only odd stands in ``graph.notes``.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from karpathy_course.widgets.learner_graph.neurons import find_uses
from karpathy_course.widgets.learner_graph.reading import GraphError, consumers

FLAT = 60  # a graph of at most so many nodes is not folded
MOST = 40  # the most members of an opened group; stubs come on top


@dataclass(eq=False)
class Group:
    """Things that are drawn as one: nodes (indices) and further groups, in an order that edges follow."""

    slug: str
    title: str
    children: list = field(default_factory=list)
    parent: "Group | None" = None
    size: int = 0

    @property
    def path(self):
        above = self.parent.path if self.parent else ""
        return f"{above}/{self.slug}" if above else self.slug

    def nodes(self):
        """The indices of all nodes in this group, however deep."""
        found, stack = [], [self]
        while stack:
            for child in stack.pop().children:
                if isinstance(child, int):
                    found.append(child)
                else:
                    stack.append(child)
        return found


@dataclass
class Plan:
    """How a graph is folded: the root of the groups, the innermost group of each node, every path's group."""

    top: Group
    group_of: list
    by_path: dict


def plan(graph, model=None):
    """The folding of graph; the same object for the same model. Raises GraphError for a model that does not fit."""
    key = ("plan", id(model))
    if key not in graph.cache:
        if model is None and len(graph) <= FLAT:
            children = list(range(len(graph)))
        else:
            children = _children(graph, find_uses(graph, model))
        top = Group("", "The whole graph", _packed(children))
        graph.cache[key] = (_settled(top, len(graph)), model)
    return graph.cache[key][0]


def group_at(folded, path):
    """The group of a path such as "layer-1/neuron-3". Raises GraphError that says what there is."""
    group = folded.by_path.get(path.strip("/"))
    if group is None:
        there = [p for p in folded.by_path if p and "/" not in p][:8]
        raise GraphError(f"there is no group {path!r} to open; this graph has {', '.join(there) or 'no groups'}")
    return group


def _settled(top, count):
    """Parents, paths and sizes, filled in from the top down and back up."""
    group_of, by_path, order, stack = [top] * count, {}, [], [("", top)]
    while stack:
        path, group = stack.pop()
        by_path[path] = group
        order.append(group)
        for child in group.children:
            if isinstance(child, int):
                group_of[child] = group
            else:
                child.parent = group
                stack.append((f"{path}/{child.slug}" if path else child.slug, child))
    for group in reversed(order):
        group.size = sum([1 if isinstance(child, int) else child.size for child in group.children])
    return Plan(top, group_of, by_path)


def _packed(children, most=MOST, flat=FLAT):
    """children, or contiguous parts of them where they are too many for one screen."""
    if len(children) <= flat:
        return children
    depth = 1
    while most**depth < len(children):
        depth += 1
    parts = round(len(children) ** (1 / depth) + 0.499)
    bounds = [len(children) * k // parts for k in range(parts + 1)]
    groups = []
    for k, (start, end) in enumerate(pairwise(bounds)):
        inside = children[start:end]
        groups.append(Group(f"part-{k + 1}", _part_title(k + 1, inside), _packed(inside, most, most)))
    return groups


def _part_title(number, inside):
    """``Neurons 1 to 11`` where a part holds only such; else ``Part 2 · 400 nodes``."""
    if isinstance(inside[0], Group) and isinstance(inside[-1], Group):
        first, last = inside[0].slug.split("-"), inside[-1].slug.split("-")
        if first[0] == last[0] != "rest":
            return f"{first[0].capitalize()}s {first[1]} to {last[1]}"
    many = sum([1 if isinstance(c, int) else len(c.nodes()) for c in inside])
    return f"Part {number} · {many} nodes"


def _children(graph, uses):
    """The top level: inputs, layer 1, what lies between, layer 2 … the loss."""
    used_by, last = consumers(graph), max([use.level for use in uses], default=0)
    neuron_at = [None] * len(graph)
    layers = [{} for _ in range(last + 1)]
    for use in uses:
        layers[use.level].setdefault(use.key, []).append(use)
        for i in use.inner:
            neuron_at[i] = (use.level, use.key)
    place = [0] * len(graph)  # of what is in no neuron: behind which layer; as late as its consumers allow
    loose = [[] for _ in range(last + 1)]
    own = {}
    for i in range(len(graph) - 1, -1, -1):
        if neuron_at[i] is not None:
            continue
        late = min([place[u] if neuron_at[u] is None else neuron_at[u][0] - 1 for u in used_by[i]], default=last)
        if not graph.parents[i]:
            owners = {neuron_at[u] for u in used_by[i]} - {None}
            if len(owners) == 1 and all(neuron_at[u] or place[u] >= min(owners)[0] for u in used_by[i]):
                own.setdefault(owners.pop(), []).append(i)
                continue
        place[i] = late
        loose[late].append(i)
    inline = sum(map(len, loose)) <= MOST
    children = []
    for level in range(last + 1):
        if level:
            children.append(_layer(graph, level, layers[level], own))
        children += _loose(graph, loose[level][::-1], level, last, inline)
    return children


def _loose(graph, nodes, level, last, inline):
    if inline or len(nodes) <= 6 or not last:
        return nodes
    if level == 0:
        what = "Inputs" if all(not graph.parents[i] for i in nodes) else "Before layer 1"
    else:
        what = f"Between layers {level} and {level + 1}" if level < last else f"After layer {last}"
    return [
        Group(f"rest-{level}", f"{what} · {len(nodes)} {'leaves' if what == 'Inputs' else 'nodes'}", _packed(nodes))
    ]


def _layer(graph, level, neurons, own):
    def first(key):
        return key if isinstance(key, tuple) and len(key) == 2 and None not in key else (0, neurons[key][0].out)

    groups = []
    for k, key in enumerate(sorted(neurons, key=lambda key: neurons[key][0].out)):
        groups.append(_neuron(k + 1, neurons[key], own.get((level, key), [])))
    many = f"{len(groups)} neuron{'s' if len(groups) > 1 else ''}"
    children = _packed(groups) if len(groups) > 1 else groups[0].children
    return Group(f"layer-{level}", f"Layer {level} · {many}", children)


def _neuron(number, uses, leaves):
    if len(uses) == 1:
        children = sorted(leaves + uses[0].inner)
    else:
        each = [
            Group(f"use-{k + 1}", f"Use {k + 1} of {len(uses)}", _packed(sorted(use.inner)))
            for k, use in enumerate(uses)
        ]
        children = _packed(sorted(leaves), MOST // 2, MOST // 2) + _packed(each, MOST // 2, MOST // 2)
    title = f"Neuron {number}" if len(uses) == 1 else f"Neuron {number} · {len(uses)} uses"
    return Group(f"neuron-{number}", title, _packed(children))


def view(graph, path="", *, model=None, observed=None):
    """What one screen shows of graph; the fields are those of ``screen.screen``.

    path: "" for the whole, or the "opens" of a group, such as "layer-1/neuron-3". model: fold by its layers and
    neurons. observed: the learner's own run, from ``observing.observe``. Raises GraphError.
    """
    from karpathy_course.widgets.graph_player.screen import (
        screen,  # a screen is made of a plan, and not the other way round
    )

    return screen(graph, plan(graph, model), path, observed)
