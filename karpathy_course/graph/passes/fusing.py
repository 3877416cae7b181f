"""Fusion: elementwise operations that feed only one another become one expression."""

from karpathy_course.graph.errors import takes_a_graph
from karpathy_course.ops import OPS

LARGEST = 24  # parts in one expression; Python's parser gives up at about a hundred nested brackets


@takes_a_graph
def fuse_elementwise(graph):
    """Join each elementwise operation with the ones that only it uses, into one ``fused`` operation.

    Legal because a row has no side effects, so what is used once may be computed where it is used; results
    are the same bits. A value that is an output, is used twice, or carries another mark stays on its own.
    """
    code, uses = graph.code, [0] * len(graph)
    for _, inputs, _ in code:
        for a in inputs:
            uses[a] += 1
    for o in graph.outputs:
        if o is not None:
            uses[o] += 2
    swallowed, parts = set(), {}
    for i in range(len(code) - 1, -1, -1):
        if i not in swallowed and _fusible(code[i]):
            tree = _tree(code, i, uses)
            if len(tree) > 1:
                swallowed.update(tree[:-1])
                parts[i] = tree
    return _rewritten(graph, swallowed, parts) if parts else graph


def _fusible(entry):
    return entry[0] in OPS and OPS[entry[0]].fuses


def _once(op):
    """Whether the row's text names each input once; otherwise its input would be computed twice."""
    return OPS[op].numpy.count("{0}") == 1


def _mark(entry):
    return dict(entry[2]).get("again")


def _tree(code, root, uses):
    """The operations that end in root and are used nowhere else, in order."""
    tree, queue = [root], [root]
    while queue:
        i = queue.pop()
        if not _once(code[i][0]):
            continue
        for a in code[i][1]:
            if uses[a] == 1 and _fusible(code[a]) and _mark(code[a]) == _mark(code[root]) and len(tree) < LARGEST:
                tree.append(a)
                queue.append(a)
    return sorted(tree)


def _rewritten(graph, swallowed, parts):
    new, out, shapes, dtypes = {}, [], [], []
    for i, (op, inputs, attributes) in enumerate(graph.code):
        if i in swallowed:
            continue
        if i in parts:
            op, inputs, attributes = _fused(graph, parts[i])
        new[i] = len(out)
        out.append((op, tuple(new[a] for a in inputs), attributes))
        shapes.append(graph.shapes[i])
        dtypes.append(graph.dtypes[i])
    inputs, outputs = [new[i] for i in graph.inputs], [None if o is None else new[o] for o in graph.outputs]
    return graph.replace(code=out, shapes=shapes, dtypes=dtypes, inputs=inputs, outputs=outputs)


def _fused(graph, tree):
    """("fused", inputs, attributes with the body): the inputs first, then numbers and parts, are counted."""
    code, inside = graph.code, set(tree)
    number = lambda a: code[a][0] == "constant" and isinstance(code[a][2][0][1], (bool, int, float))
    inputs = list(dict.fromkeys(a for i in tree for a in code[i][1] if a not in inside and not number(a)))
    places, body = {a: k for k, a in enumerate(inputs)}, []
    for i in tree:
        for a in code[i][1]:
            if a not in places and a not in inside:
                places[a] = len(inputs) + len(body)
                body.append(code[a])
        places[i] = len(inputs) + len(body)
        body.append((code[i][0], tuple(places[a] for a in code[i][1]), _unmarked(code[i][2])))
    mark = _mark(code[tree[-1]])
    attributes = (("body", tuple(body)),)
    return "fused", inputs, attributes if mark is None else (("again", mark), *attributes)


def _unmarked(attributes):
    return tuple(pair for pair in attributes if pair[0] != "again")
