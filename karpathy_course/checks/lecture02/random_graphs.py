"""Random graphs of plain numbers for exercises 02.1 to 02.3, and the orders in which their nodes may fire.

The judges compute, beside the right gradients, what each usual mistake would have given, and name the mistake
whose numbers they find.
"""

from karpathy_course.checks.expectations import close

# A graph is a list of [data, indices of parents, local derivatives]; parents stand before what is made of them.
ADD, MUL = "add", "mul"
DIAMOND_OPERATIONS = [(ADD, 0, 1), (MUL, 0, 1), (ADD, 2, 3), (MUL, 2, 3), (ADD, 4, 5)]
CUBE_OPERATIONS = [(MUL, 0, 0), (MUL, 1, 0)]


def graph_of(leaves, operations):
    """The graph that applies operations (kind, left, right) to leaves, in order."""
    graph = [[float(x), [], []] for x in leaves]
    for kind, i, j in operations:
        a, b = graph[i][0], graph[j][0]
        graph.append([a + b, [i, j], [1.0, 1.0]] if kind == ADD else [a * b, [i, j], [b, a]])
    return graph


def random_graph(rng, inner=8):
    """Three leaves and inner additions and products of what came before; the last node uses each of the others.

    Values are small whole numbers or their negatives, so that floats are exact, and no local derivative is 0.
    """
    graph = [[float(rng.choice([-3, -2, 2, 3])), [], []] for _ in range(3)]
    unused = {0, 1, 2}
    while len(graph) < 3 + inner or len(unused) > 1:
        i = rng.choice(sorted(unused))
        j = rng.randrange(len(graph)) if len(graph) < 3 + inner else rng.choice(sorted(unused - {i}))
        unused -= {i, j}
        a, b = graph[i][0], graph[j][0]
        product = abs(a * b) < 100 and rng.random() < 0.5
        if product or a + b == 0:
            graph.append([a * b, [i, j], [b, a]])
        else:
            graph.append([a + b, [i, j], [1.0, 1.0]])
        unused.add(len(graph) - 1)
    return graph


def shuffled(graph, rng):
    """The same graph with its nodes numbered in a random order, so that the numbering gives no order away."""
    new = list(range(len(graph)))
    rng.shuffle(new)
    out = [None] * len(graph)
    for old, (data, parents, local) in enumerate(graph):
        out[new[old]] = [data, [new[p] for p in parents], local]
    return out, new[len(graph) - 1]


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


def unforgiving(rng, make, *more):
    """``(graph, root)``, shuffled, of the first graph from make(rng, *more) whose gradients no tempting order gives."""
    while True:
        graph, root = shuffled(make(rng, *more), rng)
        right = gradients_of(graph, root, finished_last(graph, root))
        if not any(same(gradients_of(graph, root, order), right) for order in tempting(graph, root)):
            return graph, root


def diamond_with_a_shortcut(rng):
    """The diamond of four numbers, whose c the root also uses: near the root by one path, far by another."""
    leaves = [float(rng.choice([-3, -2, 2, 3])) for _ in range(2)]
    return graph_of(leaves, [*DIAMOND_OPERATIONS, (rng.choice([ADD, MUL]), *rng.sample([2, 6], 2))])


def chain_rule(old, local, grad):
    """What a parent's gradient is after one more edge into it has been walked."""
    return old + local * grad


def gradients_of(graph, root, order):
    """The gradients after firing order, starting from 1 at the root."""
    grads = [0.0] * len(graph)
    grads[root] = 1.0
    return fire(graph, order, grads, chain_rule)


def finished_last(graph, root):
    """A right order: a node leaves the queue when all the edges into it have been walked (Kahn 1962)."""
    waiting = [0] * len(graph)
    for _, parents, _ in graph:
        for parent in parents:
            waiting[parent] += 1
    order = [root]
    for node in order:
        for parent in graph[node][1]:
            waiting[parent] -= 1
            if not waiting[parent]:
                order.append(parent)
    return order
