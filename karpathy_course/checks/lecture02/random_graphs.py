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
        value, local, _ = OPERATIONS[kind]
        numbers = [graph[i][0] for i in parents]
        graph.append([value(*numbers), parents, local(*numbers)])
    return graph


def lines_of(name, graph, order=None, grads=None):
    """A graph as one reads it, ``c = a + b`` a line. order: its nodes as they were made; grads: what they hold first."""
    order = range(len(graph)) if order is None else order
    names = dict(zip(order, ascii_lowercase))
    leaves = [f"{names[i]} = {graph[i][0]:g}" for i in order if not graph[i][1]]
    lines = [f"{name}: {', '.join(leaves)}"]
    for i in order:
        data, parents, local = graph[i]
        numbers = [graph[p][0] for p in parents]
        fits = [text for f, d, text in OPERATIONS.values() if len(parents) == text.count("{}") and d(*numbers) == local
                and f(*numbers) == data]  # fmt: skip
        if fits:
            lines.append(f"{names[i]} = {fits[0].format(*(names[p] for p in parents))}")
    held = [f"{names[i]}.grad = {grads[i]:g}" for i in order if grads and grads[i]]
    return "\n".join([*lines, *(["before: " + ", ".join(held)] if held else [])])


def random_graph(rng, inner=6):
    """Six leaves (two equal ones, a fraction, 0, 1 and -1) and about inner operations on what came before.

    The last node uses each of the others. There are nodes with one, two and three parents, one that uses a parent
    twice, with two local derivatives, one that is used three times, and a local derivative of 0. Values are halves, quarters, …, so that floats are exact.
    """
    while True:
        twice = rng.choice([-3, -2, 2, 3])
        leaves = [twice, twice, rng.choice([-2.5, -1.5, 1.5, 2.5]), 0, 1, -1]
        values, operations, unused = graph_of(leaves, []), [], set(range(6))
        while len(operations) < inner or len(unused) > 1:
            kind = rng.choice([ADD, ADD, MUL, MUL, "half", "mul_add"])
            more = OPERATIONS[kind][2].count("{}") - 1
            parents = [rng.choice(sorted(unused)), *(rng.randrange(len(values)) for _ in range(more))]
            rng.shuffle(parents)
            data = graph_of([values[p][0] for p in parents], [(kind, *range(more + 1))])[-1][0]
            if abs(data) > 100 or data == 0:
                continue
            operations.append((kind, *parents))
            values.append([data, [], []])
            unused = unused - set(parents) | {len(values) - 1}
            if len(operations) > 2 * inner:
                break
        graph = graph_of(leaves, operations)
        if len(unused) == 1 and is_varied(graph):
            return graph


def is_varied(graph):
    uses = [p for _, parents, _ in graph for p in parents]
    differently = any(len(set(parents)) < len(set(zip(parents, local))) for _, parents, local in graph)
    zero = any(0 in local for _, _, local in graph)
    counts = {len(parents) for _, parents, _ in graph}
    return counts == {0, 1, 2, 3} and differently and zero and max(map(uses.count, uses)) >= 3


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
    """``(graph, order)``, shuffled, of the first graph from make(rng, *more) whose gradients no tempting order gives."""
    while True:
        graph, made = shuffled(make(rng, *more), rng)
        right = gradients_of(graph, made[-1], finished_last(graph, made[-1]))
        if not any(same(gradients_of(graph, made[-1], order), right) for order in tempting(graph, made[-1])):
            return graph, made


def diamond_with_a_shortcut(rng):
    """The diamond of four numbers, whose c the root also uses: near the root by one path, far by another."""
    leaves = [rng.choice([-3, -2, 2, 3]) for _ in range(2)]
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
