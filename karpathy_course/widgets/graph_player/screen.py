"""One screen of a folded graph: boxes, lines, and the steps forward and backward, as plain data.

A screen shows the members of one group; what they take from and give to the outside is a stub. The
page draws and plays it, and computes nothing: every number and every sentence is made here.
"""

from functools import lru_cache

from karpathy_course.widgets.graph_player.folding import group_at
from karpathy_course.widgets.graph_player.learner_backward_steps import own_steps
from karpathy_course.widgets.layout import layered
from karpathy_course.widgets.learner_graph import step_sentences
from karpathy_course.widgets.learner_graph.labels import format_number, plain
from karpathy_course.widgets.learner_graph.reading import consumers, correct_gradients

STUBS = 9  # a side; more of them are shown as one


class Item:
    """A box of the screen: one node, a group, or a stub for what is outside."""

    def __init__(self, key, kind, node=None, group=None, title="", members=1):
        self.key, self.kind, self.node, self.group = key, kind, node, group
        self.title, self.members = title, members


def screen(graph, folded, path="", observed=None):
    """The view of one group, ``{"path", "title", "size", "visible", "total", "order_known", "note", "notes",
    "nodes", "edges", "forward", "backward", "own_backward"}``.

    nodes: {"id", "kind": "leaf" | "op" | "group" | "stub", "op", "label", "name", "value", "grad", "value_text",
    "grad_text", "members", "opens": a path or None, "x", "y": the box's centre, "w", "h"}.
    edges: {"id", "from", "to", "slot", "local", "local_text", "points", "count"}: forward, from a parent to what
    uses it; "slot" is the operand's place and "local" its derivative where count is 1.
    forward: {"node", "value", "text"} for every box, in order. backward: {"node", "grad", "sends": [{"edge",
    "amount", "amount_text"}], "waits_for": [], "text", "wrong": None} for every box, from the root; an amount is
    None where it stands for gradients of several nodes. own_backward: the same for the learner's own run, as
    observe.observe saw it, or None. A number that is not finite is the word "nan", "inf" or "-inf".
    """
    if "gradients" not in graph.cache:
        graph.cache["gradients"] = correct_gradients(graph)
    gradients = graph.cache["gradients"]
    group = group_at(folded, path)
    items, seen_as = _items(graph, folded, group)
    edges = _edges(graph, items, seen_as, gradients)
    order, boxes, lines, size = _drawn(graph, items, edges)
    titles = {item.key: item.title for item in items}
    notes = list(graph.notes) + (observed.notes if observed is not None else [])
    outs = _outputs(graph, items, seen_as)
    return {
        "path": path.strip("/"),
        "title": group.title,
        "size": [round(float(side), 1) for side in size],
        "visible": len(items),
        "total": len(graph),
        "order_known": graph.order_known,
        "note": " ".join(notes),
        "notes": notes,
        "nodes": [_node(graph, item, box, gradients, outs[item.key]) for item, box in zip(items, boxes)],
        "edges": [_edge(edge, line) for edge, line in zip(edges, lines)],
        "forward": [_forward(graph, item, outs[item.key]) for item in order],
        "backward": [_backward(graph, item, edges, gradients, outs[item.key], titles) for item in reversed(order)],
        "own_backward": None if observed is None else own_steps(seen_as, edges, observed),
    }


def _items(graph, folded, group):
    """The boxes, and for nodes inside the key of their box; for those outside, a pair of stubs' keys."""
    items, seen_as = [], {}
    for child in group.children:
        if isinstance(child, int):
            items.append(_single(graph, child, "op" if graph.parents[child] else "leaf", f"n{child}"))
            seen_as[child] = f"n{child}"
        else:
            items.append(Item(child.path, "group", group=child, title=child.title, members=child.size))
            for node in child.nodes():
                seen_as[node] = child.path
    if group.parent is None:
        return items, seen_as
    used_by, inside = consumers(graph), list(seen_as)
    comes = {p for i in inside for p in graph.parents[i] if p not in seen_as}
    goes = {u for i in inside for u in used_by[i] if u not in seen_as}
    ancestors, above = [], group
    while above is not None:
        ancestors.append(above)
        above = above.parent
    for side, nodes in (("from", sorted(comes)), ("to", sorted(goes))):
        stubs = {}
        for node in nodes:
            stubs.setdefault(_outside(folded, ancestors, node), []).append(node)
        if len(stubs) > STUBS:
            stubs = {None: nodes}
        for what, members in stubs.items():
            if what is None:
                stub = Item(f"{side}:outside", "stub", title=f"Outside · {len(members)} nodes", members=len(members))
            elif isinstance(what, int):
                stub = _single(graph, what, "stub", f"{side}:n{what}")
            else:
                stub = Item(f"{side}:{what.path}", "stub", group=what, title=what.title, members=len(members))
            items.append(stub)
            for node in members:
                seen_as[(side, node)] = stub.key
    return items, seen_as


def _outside(folded, ancestors, node):
    """What an outside node is shown as: itself, or the largest group of it that does not hold this screen."""
    what, above = node, folded.group_of[node]
    while above not in ancestors:
        what, above = above, above.parent
    return what


def _single(graph, node, kind, key):
    return Item(key, kind, node=node, title=step_sentences.called(graph, node))


def _edges(graph, items, seen_as, gradients):
    """One edge for each operand between single nodes, one for all edges between the same two other boxes."""
    single = {item.key for item in items if item.node is not None}
    found = {}
    for node, key in list(seen_as.items()):
        if isinstance(node, tuple):
            side, node = node
            if side == "from":
                continue
        for slot, (parent, local) in enumerate(zip(graph.parents[node], graph.locals[node])):
            start = seen_as.get(parent)
            if isinstance(key, str) and key.startswith("to:"):
                if start is None:
                    continue
            elif start is None:
                start = seen_as.get(("from", parent))
            if start is None or start == key:
                continue
            exact = start in single and key in single
            edge = found.setdefault((start, key, slot if exact else -1), {"from": start, "to": key, "pairs": []})
            gradient = gradients[node]
            amount = None if gradient is None or local is None else gradient * local
            edge["pairs"].append((node, slot, parent, local, amount))
    place = {item.key: k for k, item in enumerate(items)}
    edges = sorted(found.values(), key=lambda e: (place[e["to"]], place[e["from"]], e["pairs"][0][1]))
    for k, edge in enumerate(edges):
        amounts = [amount for *_, amount in edge["pairs"]]
        total = len(amounts) == 1 or (edge["from"] in single)
        edge["id"] = f"e{k}"
        edge["amount"] = sum(amounts) if total and None not in amounts else None
    return edges


def _drawn(graph, items, edges):
    """The items in an order that edges follow, their boxes in the items' order, and the edges' lines."""
    place = {item.key: k for k, item in enumerate(items)}
    pairs = [(place[edge["from"]], place[edge["to"]]) for edge in edges]
    sizes = [_size(graph, item) for item in items]
    centres, lines, size = _layout(tuple(sizes), tuple(pairs))
    boxes = [(*centre, *box) for centre, box in zip(centres, sizes)]
    return [items[k] for k in _topological(len(items), pairs)], boxes, lines, size


@lru_cache(maxsize=512)
def _layout(sizes, pairs):
    """The same boxes and edges are drawn the same: half of a network's screens are those of another neuron."""
    return layered(sizes, pairs)


def _topological(count, pairs):
    """Indices so that every pair goes forward, otherwise in the given order."""
    above = [set() for _ in range(count)]
    for start, end in pairs:
        above[end].add(start)
    order, done = [], [False] * count
    for first in range(count):
        stack = [first]
        while stack:
            k = stack[-1]
            waiting = [p for p in sorted(above[k]) if not done[p]]
            if waiting:
                stack += waiting[:1]
            else:
                stack.pop()
                if not done[k]:
                    done[k] = True
                    order.append(k)
    return order


def _size(graph, item):
    """Width and height of a box, for letters of about 7 pixels."""
    if item.node is None:
        return max(112.0, 7.0 * len(item.title) + 24), 52.0
    words = [graph.names[item.node], graph.sign(item.node), format_number(graph.values[item.node])]
    letters = max(len(graph.names[item.node]) + len(graph.sign(item.node)) + 1, max(map(len, words)))
    return max(72.0, 7.5 * letters + 22), 52.0


def _outputs(graph, items, seen_as):
    """For each box the nodes whose values leave it: used elsewhere, or the root."""
    used_by, outs = consumers(graph), {item.key: [] for item in items}
    for node, key in seen_as.items():
        if isinstance(node, tuple):
            outs[key].append(node[1])
        elif not used_by[node] or any(seen_as.get(u) != key for u in used_by[node]):
            outs[key].append(node)
    return {key: sorted(nodes) for key, nodes in outs.items()}


def _node(graph, item, box, gradients, outs):
    one = item.node if item.node is not None else outs[0] if len(outs) == 1 and item.kind == "group" else None
    value, grad = (None, None) if one is None else (graph.values[one], gradients[one])
    x, y, w, h = [round(float(number), 1) for number in box]
    label = item.title if item.node is None else graph.sign(item.node)
    return {
        "id": item.key,
        "kind": item.kind,
        "op": "" if item.node is None else graph.op[item.node],
        "label": label,
        "name": "" if item.node is None else graph.names[item.node],
        "value": plain(value),
        "grad": plain(grad),
        "value_text": format_number(value),
        "grad_text": format_number(grad),
        "members": item.members,
        "opens": None if item.group is None else item.group.path,
        "x": x, "y": y, "w": w, "h": h,
    }  # fmt: skip


def _edge(edge, line):
    one = edge["pairs"][0] if len(edge["pairs"]) == 1 else None
    return {
        "id": edge["id"],
        "from": edge["from"],
        "to": edge["to"],
        "slot": one[1] if one else 0,
        "local": plain(one[3]) if one else None,
        "local_text": format_number(one[3]) if one else "",
        "points": [[round(float(x), 1), round(float(y), 1)] for x, y in line],
        "count": len(edge["pairs"]),
    }


def _forward(graph, item, outs):
    if item.node is not None:
        value, text = graph.values[item.node], step_sentences.forward_line(graph, item.node)
        if item.kind == "stub":
            text = f"Outside: {text}"
    else:
        value = graph.values[outs[0]] if len(outs) == 1 else None
        text = step_sentences.group_forward_line(item.title, [graph.values[i] for i in outs])
    return {"node": item.key, "value": plain(value), "text": text}


def _backward(graph, item, edges, gradients, outs, titles):
    sent = [edge for edge in edges if edge["to"] == item.key]
    if item.kind == "stub" and item.key.startswith("to:"):
        many = sum(len(edge["pairs"]) for edge in sent)
        grad, text = None, f"From outside, {item.title} sends {many} gradient{'s' if many > 1 else ''} in."
    elif item.kind == "stub":
        grad = None
        text = f"What was sent to {item.title} goes on outside."
    elif item.node is not None:
        grad = gradients[item.node]
        sends = [(p, local, amount) for edge in sent for _, _, p, local, amount in edge["pairs"]]
        text = step_sentences.backward_line(graph, item.node, grad, sends, item.node == graph.root)
    else:
        grad = gradients[outs[0]] if len(outs) == 1 else None
        receivers = [(titles[edge["from"]], len(edge["pairs"])) for edge in sent]
        text = step_sentences.group_backward_line(item.title, [gradients[i] for i in outs], receivers)
    return {
        "node": item.key,
        "grad": plain(grad),
        "sends": [
            {"edge": edge["id"], "amount": plain(edge["amount"]), "amount_text": format_number(edge["amount"])}
            for edge in sent
        ],
        "waits_for": [],
        "text": text,
        "wrong": None,
    }
