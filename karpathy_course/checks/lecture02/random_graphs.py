"""Random graphs of plain numbers for exercises 02.1 to 02.3, and the orders in which their nodes may fire.

The judges compute, beside the right gradients, what each usual mistake would have given, and name the mistake
whose numbers they find.
"""

from string import ascii_lowercase

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import close, expect_dict

# A graph is a list of [data, indices of parents, local derivatives]; parents stand before what is made of them.
OPERATIONS = {  # kind: value, local derivatives, as it is written
    "add": (lambda a, b: a + b, lambda a, b: [1, 1], "{} + {}"),
    "sub": (lambda a, b: a - b, lambda a, b: [1, -1], "{} - {}"),
    "mul": (lambda a, b: a * b, lambda a, b: [b, a], "{} * {}"),
    "half": (lambda a: a / 2, lambda a: [0.5], "{} / 2"),
    "mul_add": (lambda a, b, c: a * b + c, lambda a, b, c: [b, a, 1], "{} * {} + {}"),
}
ADD, MUL = "add", "mul"
DIAMOND_OPERATIONS = [(ADD, 0, 1), (MUL, 0, 1), (ADD, 2, 3), (MUL, 2, 3), (ADD, 4, 5)]
CUBE_OPERATIONS = [(MUL, 0, 0), (MUL, 1, 0)]


def graph_of(leaves, operations):
    """The graph that applies operations (kind, *parents) to leaves, in order."""
    graph = [[x, [], []] for x in leaves]
    for kind, *parents in operations:
        append(graph, kind, parents)
    return graph


def append(graph, kind, parents):
    """Add the node that an operation makes of parents."""
    value, local, _ = OPERATIONS[kind]
    numbers = [graph[i][0] for i in parents]
    graph.append([value(*numbers), parents, local(*numbers)])


def names_of(graph, order=None):
    """The letter of each node, in the order in which they were made."""
    return dict(zip(range(len(graph)) if order is None else order, ascii_lowercase))


def leaf_grads(graph, grads, order=None):
    """The gradients of the leaves as they are shown, ``{"a.grad": 25.0, …}``."""
    return {f"{name}.grad": grads[i] for i, name in names_of(graph, order).items() if not graph[i][1]}


def lines_of(name, graph, order=None, grads=None):
    """A graph as one reads it, ``c = a + b`` a line. order: its nodes as they were made; grads: what they hold first."""
    names = names_of(graph, order)
    leaves = [f"{names[i]} = {graph[i][0]:g}" for i in names if not graph[i][1]]
    lines = [f"{name}: {', '.join(leaves)}"]
    for i in names:
        data, parents, local = graph[i]
        numbers = [graph[p][0] for p in parents]
        fits = [text for f, d, text in OPERATIONS.values() if len(parents) == text.count("{}") and d(*numbers) == local
                and f(*numbers) == data]  # fmt: skip
        if fits:
            lines.append(f"{names[i]} = {fits[0].format(*(names[p] for p in parents))}")
    number = lambda x: "None" if x is None else f"{x:g}"
    held = [f"{names[i]}.grad = {number(grads[i])}" for i in names if grads and grads[i] != 0]
    return "\n".join([*lines, *(["before: " + ", ".join(held)] if held else [])])


def random_graph(rng, inner=6):
    """Six leaves (two equal ones, a fraction, 0, 1 and -1) and about inner operations on what came before.

    The last node uses each of the others. There are nodes with one, two and three parents, one that uses a parent
    twice, with two local derivatives, one that is used three times, and a local derivative of 0. Values are halves, quarters, …, so that floats are exact.
    """
    while True:
        twice = rng.choice([-3, -2, 2, 3])
        leaves = [twice, twice, rng.choice([-2.5, -1.5, 1.5, 2.5]), 0, 1, -1]
        hub, other = rng.sample(range(3), 2)
        operations = [
            ("mul_add", hub, other, hub),
            (MUL, hub, 6),
            ("half", 7),
            ("mul_add", 3, other, rng.choice([6, 8])),
        ]
        graph = graph_of(leaves, operations)
        unused = set(range(len(graph))) - {p for _, parents, _ in graph for p in parents}
        while len(graph) - len(leaves) < inner or len(unused) > 1:
            kind = rng.choice([ADD, MUL, "mul_add"])
            more = OPERATIONS[kind][2].count("{}") - 1
            parents = [rng.choice(sorted(unused)), *(rng.randrange(len(graph)) for _ in range(more))]
            rng.shuffle(parents)
            append(graph, kind, parents)
            unused = unused - set(parents) | {len(graph) - 1}
            if len(graph) - len(leaves) > 2 * inner:
                break
        if len(unused) == 1 and all(abs(data) < 200 for data, _, _ in graph):
            return graph


def shuffled(graph, rng):
    """``(graph, order)``: the same graph, its nodes numbered at random, so that no number gives an order away.

    order: the new numbers of the nodes as they were made, the root last.
    """
    new = list(range(len(graph)))
    rng.shuffle(new)
    out = [None] * len(graph)
    for old, (data, parents, local) in enumerate(graph):
        out[new[old]] = [data, [new[p] for p in parents], local]
    return out, new


def expect_kept(answer, graph, function):
    """answer, when it reports the nodes of graph as they were, but for their gradients."""
    expect_dict(answer, ("data", "parents", "local"))
    for field, now, then in zip(("data", "parents", "local_derivatives"), ("data", "parents", "local"), zip(*graph)):
        if answer[now] != list(then):
            message = f"{function} has changed the {field} of a node, which must stay as they are."
            raise Mistake("changed-nodes", message, hint=3)
    return answer


def fire(graph, order, grads, rule):
    """grads after each node of order has delivered to its parents, by ``rule(old, local, grad) -> new``."""
    for i in order:
        for parent, local in zip(graph[i][1], graph[i][2]):
            grads[parent] = rule(grads[parent], local, grads[i])
    return grads


def same(answer, expected):
    """True when two lists of numbers agree; the graphs are small, so only the order of additions may differ."""
    return len(answer) == len(expected) and all(close(a, e, 1e-9) for a, e in zip(answer, expected))


def depth_first(graph, root, reverse_operands=False, once=True):
    """The order in which a recursive walk enters the nodes; without once, as often as there are paths."""
    order, stack = [], [root]
    while stack:
        node = stack.pop()
        if once and node in order:
            continue
        order.append(node)
        parents = graph[node][1]
        stack.extend(parents if reverse_operands else parents[::-1])
    return order


def marked_when_pushed(graph, root, reverse_operands=False):
    """The order of a walk with a stack that marks a node when it is put there, and not when it is taken off."""
    order, met, stack = [], {root}, [(root, False)]
    while stack:
        node, finished = stack.pop()
        if finished:
            order.append(node)
            continue
        stack.append((node, True))
        for parent in reversed(graph[node][1]) if reverse_operands else graph[node][1]:
            if parent not in met:
                met.add(parent)
                stack.append((parent, False))
    return order[::-1]


def breadth_first(graph, root, reverse_operands=False):
    """The nodes by how many edges they are away from the root, at the least."""
    order = [root]
    for node in order:
        for parent in reversed(graph[node][1]) if reverse_operands else graph[node][1]:
            if parent not in order:
                order.append(parent)
    return order


def too_early(graph, order):
    """(node, child) where node stands before a child that is made of it, or None when the order is right."""
    place = dict(zip(order, range(len(order))))
    for position, child in enumerate(order):
        for parent in graph[child][1]:
            if place[parent] < position:
                return parent, child
    return None


def tempting(graph, root):
    """Orders that some graphs forgive: level by level, as the nodes are met, by their numbers or their values."""
    for walk in (breadth_first, depth_first):
        yield from (walk(graph, root), walk(graph, root, reverse_operands=True))
    nodes = range(len(graph))
    for by in (int, lambda i: graph[i][0], lambda i: abs(graph[i][0])):
        yield from (sorted(nodes, key=by), sorted(nodes, key=by, reverse=True))


def counted_once(graph, root):
    """The orders of who counts a node that uses a parent twice as one edge, so that the parent fires too early."""
    edges = [parent for child in nodes_below(graph, root) for parent in set(graph[child][1])]
    for place in (0, -1):
        waiting = [edges.count(i) for i in range(len(graph))]
        order, ready = [], [root]
        while ready:
            order.append(ready.pop(place))
            for parent in graph[order[-1]][1]:
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        yield order


def unforgiving(rng, make, *more, twice=False):
    """``(graph, order)``, shuffled, of the first graph from make(rng, *more) whose gradients no tempting order gives.

    twice: nor an order that counts two edges from one node to another as one, or marks nodes when they are pushed.
    """
    while True:
        graph, made = shuffled(make(rng, *more), rng)
        root = made[-1]
        right = gradients_of(graph, root, finished_last(graph, root))
        orders = list(tempting(graph, root))
        if twice:
            orders += [*counted_once(graph, root), *(marked_when_pushed(graph, root, f) for f in (False, True))]
        if not any(same(gradients_of(graph, root, order), right) for order in orders):
            return graph, made


def diamond_with_a_shortcut(rng):
    """The diamond of four numbers, whose c the root also uses: near the root by one path, far by another."""
    leaves = [rng.choice([-3, -2, 2, 3]) for _ in range(2)]
    return graph_of(leaves, [*DIAMOND_OPERATIONS, (rng.choice([ADD, MUL]), *rng.sample([2, 6], 2))])


def nodes_below(graph, root):
    """The nodes that root depends on, root included, in no order that may fire."""
    return breadth_first(graph, root)


def chain_rule(old, local, grad):
    """What a parent's gradient is after one more edge into it has been walked."""
    return old + local * grad


def gradients_of(graph, root, order):
    """The gradients after firing order, starting from 1 at the root."""
    grads = [0.0] * len(graph)
    grads[root] = 1.0
    return fire(graph, order, grads, chain_rule)


def finished_last(graph, root):
    """A right order: a node leaves the queue when all edges into it from below root have been walked (Kahn 1962)."""
    waiting = [0] * len(graph)
    for node in nodes_below(graph, root):
        for parent in graph[node][1]:
            waiting[parent] += 1
    order = [root]
    for node in order:
        for parent in graph[node][1]:
            waiting[parent] -= 1
            if not waiting[parent]:
                order.append(parent)
    return order
