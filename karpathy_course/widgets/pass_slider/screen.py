"""Where the nodes of all stages stand, and what each stage shows of them: plain data for the page, no browser needed.

A node keeps its place through all stages, so that what fades and what merges can be seen to do so. A graph of more
than 200 nodes is folded: nodes of one operation and of like depth are one box with their number in it.
"""

from bisect import bisect_left

from karpathy_course.graph.core import STRUCTURAL
from karpathy_course.widgets.layout import layered
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.signs import sign

FLAT = 200  # nodes in all stages together; beyond it the picture is folded
BINS = 12  # columns of a folded picture
SAMPLES = 120  # points of a memory curve
CLOSER_X, CLOSER_Y = 0.5, 0.5  # how much closer than the layout's own gaps the boxes stand
HEIGHT, BADGE = 20.0, 13.0


def size_text(size):
    """``160 B``, ``12.3 kB``, ``4.57 MB``."""
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if size >= 10 * factor or (unit == "MB" and size >= factor):
            return f"{format_number(size / factor)} {unit}"
    return f"{size} B"


def screen(found):
    """The Stages as ``{"size", "folded", "nodes", "routes", "stages"}``.

    nodes: {"x", "y": the box's centre, "w", "h", "kind": "input" | "number" | "op", "title"}. routes: for an edge
    "from-to" of the first stage its points. stages: {"name", "operations", "statements", "nodes", "peak", "live",
    "at": [[node, label, how many]], "edges": [[from, to]], "into": [[gone, what it became]], "changed", "text"};
    a node is the index of its box.
    """
    count = 1 + max(max(stage.ids) for stage in found)
    return (_folded if count > FLAT else _flat)(found, count)


def _flat(found, count):
    first = [None] * count  # (stage, place) where a node is first there
    for stage in found:
        for place, k in enumerate(stage.ids):
            first[k] = first[k] or (stage, place)
    labels = [""] * count
    for stage in found:
        for place, k in enumerate(stage.ids):
            labels[k] = max(labels[k], _label(stage.graph, place), key=len)
    edges = _edges(found[0])
    for stage in found[1:]:
        new = set(stage.new)
        edges += [(a, b) for a, b in _edges(stage) if a in new or b in new]
    badges = _badges(first, edges)
    boxed = [k for k in range(count) if k not in badges]
    sizes = {k: (max(26.0, 6.6 * len(labels[k]) + 12), HEIGHT) for k in boxed}
    lines, centres, size = _laid_out(boxed, sizes, edges)
    for k, (user, corner) in badges.items():
        (x, y), (w, _), width = centres[user], sizes[user], max(BADGE, 5.2 * len(labels[k]) + 5)
        sizes[k] = (width, BADGE)
        centres[k] = (round(x - w / 2 - width / 2 + 4, 1), round(y + corner * (HEIGHT + BADGE - 8) / 2, 1))
    boxes = []
    for k, (stage, place) in enumerate(first):
        (x, y), (w, h), kind = centres[k], sizes[k], _kind(stage.graph.code[place][0])
        boxes.append({"x": x, "y": y, "w": round(w, 1), "h": h, "kind": kind, "title": _title(stage.graph, place)})
    stages = []
    for n, stage in enumerate(found):
        at = [[k, _label(stage.graph, p), 1, _kind(stage.graph.code[p][0])] for p, k in enumerate(stage.ids)]
        links = sorted({(a, b) for a, b in _edges(stage) if badges.get(a, (None,))[0] != b})
        into = [[gone, became] for gone, became in stage.into.items()]
        stages.append(_stage(found, n) | {"at": at, "edges": links, "into": into, "changed": stage.changed + stage.new})
    return {"size": size, "folded": False, "nodes": boxes, "routes": lines, "stages": stages}


def _badges(first, edges):
    """{number: (the operation whose corner it stands at, -1 above or 1 below)}; the third at one corner is a box."""
    user, badges, taken = {}, {}, {}
    for a, b in edges:
        user.setdefault(a, b)
    for k, (stage, place) in enumerate(first):
        at = user.get(k)
        if stage.graph.code[place][0] == "constant" and at is not None and taken.get(at, 0) < 2:
            badges[k] = at, 2 * taken.get(at, 0) - 1
            taken[at] = taken.get(at, 0) + 1
    return badges


def _laid_out(boxed, sizes, edges):
    """({"from-to": points}, {node: centre}, (width, height)) of what has a box of its own."""
    index = {k: n for n, k in enumerate(boxed)}
    pairs = sorted({(index[a], index[b]) for a, b in edges if a in index and b in index})
    stretched = [(w / CLOSER_X, h / CLOSER_Y) for w, h in map(sizes.get, boxed)]
    spots, lines, (width, height) = layered(stretched, pairs)
    near = lambda x, y: [round(x * CLOSER_X, 1), round(y * CLOSER_Y, 1)]
    routes = {f"{boxed[a]}-{boxed[b]}": [near(*spot) for spot in line] for (a, b), line in zip(pairs, lines)}
    return (
        routes,
        {k: near(*spot) for k, spot in zip(boxed, spots)},
        [round(width * CLOSER_X), round(height * CLOSER_Y)],
    )


def _folded(found, count):
    column = _columns(found, count)
    groups, seen = {}, []
    for stage in found:
        many = {}
        for k, (op, _, _) in zip(stage.ids, stage.graph.code):
            many[(column[k], op)] = many.get((column[k], op), 0) + 1
        seen.append(many)
        for key in many:
            groups.setdefault(key, None)
    most, filled, boxes = {}, {}, []
    for key in sorted(groups, key=lambda key: (key[0], list(groups).index(key))):
        most[key] = max(many.get(key, 0) for many in seen)
        row = filled.get(key[0], 0)
        filled[key[0]] = row + 1
        groups[key] = len(boxes)
        kind, title = _kind(key[1]), f"{sign(key[1])} ({key[1]}): {most[key]} at most"
        box = {"x": 60.0 + 92 * key[0], "y": 30.0 + 44 * row, "w": 74.0, "h": 34.0, "kind": kind, "title": title}
        boxes.append(box)
    stages = []
    for n, (stage, many) in enumerate(zip(found, seen)):
        group = [groups[column[k], op] for k, (op, _, _) in zip(stage.ids, stage.graph.code)]
        at = [[groups[key], sign(key[1]), number, _kind(key[1])] for key, number in many.items()]
        links = sorted({(group[a], group[i]) for i, (_, inputs, _) in enumerate(stage.graph.code) for a in inputs})
        links = [(a, b) for a, b in links if a != b]
        before = seen[n - 1] if n else many
        changed = [groups[key] for key in many if many[key] > before.get(key, 0)]
        stages.append(_stage(found, n) | {"at": sorted(at), "edges": links, "into": [], "changed": changed})
    size = [round(120 + 92 * max(key[0] for key in groups)), round(60 + 44 * (max(filled.values()) - 1))]
    return {"size": size, "folded": True, "nodes": boxes, "routes": {}, "stages": stages}


def _columns(found, count):
    """For each node one of at most 12 columns: by its depth where it is first there, about as many in each."""
    depth = [None] * count
    for stage in found:
        here = []
        for op, inputs, _ in stage.graph.code:
            here.append(0 if op in STRUCTURAL else 1 + max((here[a] for a in inputs), default=0))
        for k, d in zip(stage.ids, here):
            depth[k] = d if depth[k] is None else depth[k]
    ranked = sorted(d for d in depth if d)
    wanted = {d: bisect_left(ranked, d) * (BINS - 1) // len(ranked) for d in set(ranked)}
    column = {share: 1 + k for k, share in enumerate(sorted(set(wanted.values())))}
    return [column[wanted[d]] if d else 0 for d in depth]


def _edges(stage):
    return [(stage.ids[a], k) for k, (_, inputs, _) in zip(stage.ids, stage.graph.code) for a in inputs]


def _kind(op):
    return {"input": "input", "constant": "number"}.get(op, "op")


def _label(graph, place):
    op, _, attributes = graph.code[place]
    if op == "input":
        name = graph.names[graph.inputs.index(place)]
        return name if len(name) <= 8 else f"…{name[-7:]}"
    if op == "constant":
        value = attributes[0][1]
        return format_number(value) if isinstance(value, (bool, int, float)) else "array"
    if op == "fused":
        return f"{sum(part[0] != 'constant' for part in attributes[-1][1])} in 1"
    return sign(op)


def _title(graph, place):
    op = graph.code[place][0]
    if op == "input":
        return graph.names[graph.inputs.index(place)]
    shape = f", shape {tuple(graph.shapes[place])}" if graph.shapes[place] else ""
    return f"{op}{shape}"


def _stage(found, n):
    stage, live = found[n], found[n].live
    step = max(1, -(-len(live) // SAMPLES))
    return {
        "name": stage.name,
        "legal": stage.legal,
        "operations": stage.operations,
        "statements": stage.statements,
        "nodes": len(stage.ids),
        "peak": max(live, default=0),
        "live": [max(live[k : k + step]) for k in range(0, len(live), step)],
        "same": stage.same,
        "text": text(found, n),
    }


def text(found, n):
    """One line with every fact of a stage but its times."""
    stage = found[n]
    peak = max(stage.live, default=0)
    if not n:
        return (
            f"As defined: {stage.operations} operations, {len(stage.ids)} nodes with inputs and numbers; "
            f"at most {size_text(peak)} are alive at once."
        )
    before = found[n - 1]
    merged = len(stage.into)
    done = [
        f"{merged} node{'s' * (merged != 1)} merged into another" * bool(merged),
        f"{len(stage.faded)} faded" * bool(stage.faded),
        f"{len(stage.changed)} became something else" * bool(stage.changed),
        f"{len(stage.new)} are computed again" * bool(stage.new),
    ]
    changes = ", ".join(filter(None, done)) or "nothing to do here"
    moved = lambda what, a, b: f"{what} {a} → {b}" if a != b else f"{what} {b}, as before"
    peaks = moved("peak memory", size_text(max(before.live, default=0)), size_text(peak))
    runs = moved("operations", before.operations, stage.operations)
    if before.statements != stage.statements and stage.statements != stage.operations:
        runs += f", now in {stage.statements} statements"
    return f"{stage.name}: {changes}; {runs}; {peaks}. {verdict(stage)}"


def verdict(stage):
    if stage.same is None:
        return "Whether the outputs are the same could not be tried on these inputs."
    if stage.same:
        return "The outputs have the same bits as before all passes."
    return f"The outputs are NOT the same bits any more: {stage.differs}."
