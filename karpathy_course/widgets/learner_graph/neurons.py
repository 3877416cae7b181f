"""Finding the neurons in a graph from its structure alone, whatever class it is made of.

A neuron's use is a `weighted_sum`, or a tree of additions whose terms are products with a leaf and
at most a bias, with one activation on top if there is one. Several uses (one a sample) that share a
bias or weights are one neuron. A use's level is the number of neurons on the longest way to it:
neurons of one level never feed each other, so they are a layer. A model, where one is given, decides.
"""

from dataclasses import dataclass

from karpathy_course.neuron import ACTIVATIONS
from karpathy_course.widgets.learner_graph.reading import GraphError, consumers


@dataclass
class Use:
    """One evaluation of a neuron: the indices of its nodes that are not leaves, and of the leaves it takes.

    weights: leaves that stand first in their product. bias: a leaf or None. out: the node that goes on.
    key: what the neuron's uses have in common. level: 1 for the first layer.
    """

    inner: list
    weights: list
    others: list
    bias: int | None
    out: int
    products: int
    key: object = None
    level: int = 0

    @property
    def leaves(self):
        return [*self.weights, *self.others, *([] if self.bias is None else [self.bias])]


def find_uses(graph, model=None):
    """The uses of neurons in graph, in topological order of their outputs; with model only its own."""
    used_by = consumers(graph)
    uses = _sums(graph, used_by) + _trees(graph, used_by)
    for use in uses:
        top = used_by[use.out]
        if len(top) == 1 and graph.op[top[0]] in ACTIVATIONS:
            use.inner.append(top[0])
            use.out = top[0]
    uses.sort(key=lambda use: use.out)
    if model is not None:
        uses = _of_model(graph, uses, model)
    _set_levels(graph, uses)
    if model is None:
        _set_keys(uses)
    return uses


def model_neurons(model):
    """{id(parameter): (layer, neuron)} of what has ``.layers[].neurons[].parameters()``, a Layer or a Neuron too."""
    try:
        layers = getattr(model, "layers", None) or [model]
        return {
            id(parameter): (a, b)
            for a, layer in enumerate(layers)
            for b, neuron in enumerate(getattr(layer, "neurons", None) or [layer])
            for parameter in neuron.parameters()
        }
    except (AttributeError, TypeError):
        raise GraphError(
            f"fold: expected a model with .layers, their .neurons and .parameters(), got {type(model).__name__}"
        ) from None


def _of_model(graph, uses, model):
    neuron_of = model_neurons(model)
    found = []
    for use in uses:
        owners = {neuron_of[id(graph.objects[leaf])] for leaf in use.leaves if id(graph.objects[leaf]) in neuron_of}
        if owners:
            use.key = min(owners)
            found.append(use)
    if not found:
        inside = any(id(node) in neuron_of for node in graph.objects)
        raise GraphError(
            "fold: no sum of weights times inputs was recognised that uses this model's parameters"
            if inside
            else "fold: none of this model's parameters is in the graph: is the loss made with this model?"
        )
    return found


def _sums(graph, used_by):
    uses = []
    for i, op in enumerate(graph.op):
        if op != "weighted_sum":
            continue
        operands = graph.operands[i] or graph.parents[i]
        half = len(operands) // 2
        nodes = [o if isinstance(o, int) and not graph.parents[o] else None for o in operands]
        weights = [n for n in nodes[:half] if n is not None]
        others = [n for n in nodes[half:-1] if n is not None]
        uses.append(Use([i], weights, others, nodes[-1], i, max(2, half)))
    return uses


def _trees(graph, used_by):
    """Largest trees of additions over products; built from the bottom, so that a chain costs its length.

    ``a * loss + b * penalty`` and a hinge's ``1 - y * score`` look like neurons too. So one product
    alone, or a sum without a bias, counts only where a factor feeds several such sums.
    """
    is_leaf = [not above for above in graph.parents]
    term = [None] * len(graph)  # (products, leaf terms) of what may stand in a neuron's sum
    for i, op in enumerate(graph.op):
        above = graph.parents[i]
        if is_leaf[i]:
            term[i] = (0, 1)
        elif op == "mul" and _is_product(graph, i, is_leaf, used_by):
            term[i] = (1, 0)
        elif op == "add" and len(set(above)) == len(above) and graph.operands[i] is not None:
            parts = [term[p] if is_leaf[p] or len(used_by[p]) == 1 else None for p in above]
            if all(parts) and len(graph.operands[i]) == 2 and len(above) >= 1:
                products, leaves = sum(p[0] for p in parts), sum(p[1] for p in parts)
                # sum() starts with a 0 of its own: such a leaf is no second bias.
                leaves -= sum(is_leaf[p] and graph.values[p] == 0 and len(used_by[p]) == 1 for p in above)
                if leaves <= 1:
                    term[i] = (products, max(leaves, 0))
    uses = []
    for i, op in enumerate(graph.op):
        if op == "add" and term[i] and term[i][0]:
            on = used_by[i]
            if not (len(on) == 1 and graph.op[on[0]] == "add" and term[on[0]]):
                uses.append(_tree(graph, i, is_leaf, term[i][0]))
    shared = {}
    for use in uses:
        for node in _factors(graph, use):
            shared[node] = shared.get(node, 0) + 1
    return [
        u for u in uses if (u.products > 1 and u.bias is not None) or any(shared[n] > 1 for n in _factors(graph, u))
    ]


def _is_product(graph, i, is_leaf, used_by):
    """A product of two different things, one a leaf; not the ``× -1`` that some classes make of a minus sign."""
    above, operands = graph.parents[i], graph.operands[i] or graph.parents[i]
    if len(set(operands)) < 2 or not any(is_leaf[p] for p in above):
        return False
    negated = any(is_leaf[p] and graph.values[p] == -1 and len(used_by[p]) == 1 for p in above)
    return not (negated and all(is_leaf[p] for p in above))


def _tree(graph, top, is_leaf, products):
    inner, weights, others, bias, stack = [], [], [], None, [top]
    while stack:
        i = stack.pop()
        inner.append(i)
        if graph.op[i] == "mul":
            leaves = [p for p in graph.parents[i] if is_leaf[p]]
            weights += leaves[:1]
            others += leaves[1:]
            continue
        for p in graph.parents[i]:
            if not is_leaf[p]:
                stack.append(p)
            elif bias is None:
                bias = p
            else:
                others.append(p)
    return Use(inner, weights, others, bias, top, products)


def _factors(graph, use):
    return [p for i in use.inner if graph.op[i] == "mul" for p in graph.parents[i]]


def _set_levels(graph, uses):
    ends = {use.out: use for use in uses}
    level = [0] * len(graph)
    for i, above in enumerate(graph.parents):
        if above:
            level[i] = max([level[p] for p in above])
            if i in ends:
                level[i] += 1
                ends[i].level = level[i]


def _set_keys(uses):
    """Uses of one layer are told apart by their bias; where they all share one, or have none, by their weights."""
    biases = {}
    for use in uses:
        biases.setdefault(use.level, set()).add(use.bias)
    for use in uses:
        kinds = biases[use.level]
        use.key = use.bias if len(kinds) > 1 and use.bias is not None else (use.bias, *sorted(use.weights))
