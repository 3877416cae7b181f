"""Exercises 02.1 to 02.3: the three ideas that make backpropagation work on any graph.

Every probe builds plain nodes of its own, which have no method at all, so that nothing but the learner's
function can fill in a gradient. The judges compute, beside the right gradients, what each usual mistake
would have given, and name the mistake whose numbers they find.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_dict, expect_list, expect_numbers

# A graph is a list of [data, indices of parents, local derivatives]; parents stand before what is made of them.
ADD, MUL = "add", "mul"
A_PLUS_A = [[3.0, [], []], [6.0, [0, 0], [1.0, 1.0]]]
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


ACCUMULATE_RULES = [  # id, rule, message, hint
    ("right", lambda old, local, grad: old + local * grad, "", None),
    (
        "overwrite",
        lambda old, local, grad: local * grad,
        "A later edge has wiped out what earlier edges brought: `=` overwrites. A node that is used twice "
        "must end with the sum of what all its edges bring.",
        1,
    ),
    (
        "forgot-local-derivative",
        lambda old, local, grad: old + grad,
        "Each parent has received the node's gradient unchanged. Along an edge it is multiplied by that edge's "
        "local derivative.",
        2,
    ),
    (
        "forgot-gradient",
        lambda old, local, grad: old + local,
        "Each parent has received the local derivative alone. It has to be multiplied by the gradient that has "
        "arrived at the node: that is the chain rule.",
        2,
    ),
    (
        "added-not-multiplied",
        lambda old, local, grad: old + local + grad,
        "The gradient and the local derivative were added together. Along an edge the chain rule multiplies.",
        2,
    ),
    (
        "sign",
        lambda old, local, grad: old - local * grad,
        "Every contribution has the wrong sign: the gradient is added to the parents, not subtracted. (The minus "
        "sign comes later, when a parameter is moved.)",
        3,
    ),
]


class Accumulate(Exercise):
    id = "02.1"
    title = "Accumulate, do not overwrite"
    section = "Accumulate, do not overwrite"
    difficulty, importance, minutes, points = 1, 5, 10, 2
    needs = ("accumulate",)
    properties = {"a node used twice": 0.4, "any graph": 0.4, "a gradient that is there already": 0.2}
    task = """\
Write `accumulate(node)`: the step that backpropagation repeats at every node. The gradient of `node` is complete;
its parents each have a `grad` that may hold something already. Give every parent its share.

The nodes have no methods, only `data`, `grad`, `parents` and `local_derivatives` (a number beside each parent: how
much the node moves when only that parent is nudged). In `a + a` the same parent stands in `parents` twice, and the
gradient of `a` must come out as 2."""
    hints = (
        "In a + a the node has two edges to the same a. What should be in a.grad after the first edge, and after "
        "the second?",
        "One edge brings node.grad times the local derivative of that edge. zip(node.parents, "
        "node.local_derivatives) walks over both together.",
        "For each parent and local derivative: parent.grad += local * node.grad. Nothing else changes.",
    )

    @staticmethod
    def cases(rng):
        named = [
            ("a node used twice", "a * (a + a)", graph_of([3], [(ADD, 0, 0), (MUL, 0, 1)])),
            ("a node used twice", "a + a", A_PLUS_A),
            ("a node used twice", "x * x * x", graph_of([3], CUBE_OPERATIONS)),
            ("a node used twice", "the diamond", graph_of([2, 3], DIAMOND_OPERATIONS)),
        ]
        cases = [{"property": p, "name": n, "graph": g, "start": [0.0] * len(g)} for p, n, g in named]
        for property in ("any graph", "any graph", "any graph", "a gradient that is there already"):
            graph = random_graph(rng)
            while all(len(set(parents)) == len(parents) for _, parents, _ in graph):
                graph = random_graph(rng)  # each must tell an answer that takes two edges to one parent for one
            start = [0.0] * len(graph)
            if property == "a gradient that is there already":
                start = [0.0 if parents else float(rng.choice([-4, -1, 5, 7])) for _, parents, _ in graph]
            cases.append({"property": property, "name": "a random graph", "graph": graph, "start": start})
        return cases

    @staticmethod
    def probe(namespace, case):
        class Node:
            def __init__(self, data, grad, parents, local_derivatives):
                self.data, self.grad = data, grad
                self.parents, self.local_derivatives = parents, local_derivatives

        nodes = []
        for (data, parents, local), grad in zip(case["graph"], case["start"]):
            nodes.append(Node(data, grad, tuple(nodes[p] for p in parents), tuple(local)))
        nodes[-1].grad = 1.0
        for node in reversed(nodes):
            namespace["accumulate"](node)
        return {"grads": [node.grad for node in nodes], "data": [node.data for node in nodes]}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer, ("grads", "data"))
        graph = case["graph"]
        grads = expect_numbers(answer["grads"], len(graph), "the list of gradients")
        if not same(expect_numbers(answer["data"], len(graph), "the list of values"), [node[0] for node in graph]):
            raise Mistake("changed-data", "accumulate has changed the data of a node; only grad may change.")
        outcomes = []
        for rule in ACCUMULATE_RULES:
            start = [*case["start"][:-1], 1.0]
            outcomes.append(fire(graph, range(len(graph) - 1, -1, -1), start, rule[1]))
        right = outcomes[0]
        if same(grads, right):
            return
        leaves = [i for i, node in enumerate(graph) if not node[1]]
        shown = {"got": [grads[i] for i in leaves], "expected": [right[i] for i in leaves]}
        if same(grads, [*case["start"][:-1], 1.0]):
            raise Mistake("nothing-arrived", "No parent has received anything: no grad has changed.", **shown, hint=2)
        if grads[-1] != 1.0:
            message = "accumulate has changed the gradient of the node itself; only the parents receive something."
            raise Mistake("changed-own-gradient", message, grads[-1], 1.0, hint=3)
        for (id, _, message, hint), outcome in zip(ACCUMULATE_RULES[1:], outcomes[1:]):
            if same(grads, outcome):
                raise Mistake(id, f"{message} (Seen in {case['name']}.)", **shown, hint=hint)
        for id, edges, message in (
            (
                "first-parent-only",
                lambda p, d: (p[:1], d[:1]),
                "Only the first parent of each node has received its share.",
            ),
            (
                "each-parent-once",
                lambda p, d: zip(*dict(zip(p, d)).items()) if p else ((), ()),
                "A parent that is used "
                "twice has received one share only: walk over the edges, not over the set of parents.",
            ),
        ):
            fewer = [[data, *map(list, edges(parents, local))] for data, parents, local in graph]
            if same(
                grads, fire(fewer, range(len(graph) - 1, -1, -1), [*case["start"][:-1], 1.0], ACCUMULATE_RULES[0][1])
            ):
                raise Mistake(id, message, **shown, hint=2)
        message = f"In {case['name']} the gradients of the leaves are wrong: compare them with your own by hand."
        raise Mistake("wrong-gradient", message, **shown, hint=3)


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


class TopoSort(Exercise):
    id = "02.2"
    title = "An order for any graph"
    section = "An order for any graph"
    difficulty, importance, minutes, points = 3, 5, 25, 4
    seconds = 10.0
    needs = ("topo_sort",)
    properties = {"the diamond": 0.4, "any graph": 0.3, "a deep graph": 0.3}
    task = """\
Write `topo_sort(root)`: the order in which the nodes may pass their gradients on. `root` comes first, and every
node that `root` depends on follows **once**, after *all* nodes made from it: only then is its gradient complete.

The check fires your list from the first node to the last, with the `accumulate` of 02.1. On the diamond
`c = a + b`, `d = a * b`, `e = c + d`, `f = c * d`, `y = e + f` with a = 2, b = 3 the gradients of a and b must be
25 and 19. A graph may be deep: a chain of 20 000 nodes must not end in a `RecursionError`, so keep a stack of your
own. Leave nothing behind: a second call gives an order again."""
    hints = (
        "In the diamond, c is used by e and by f. Write down when c may fire, and look at what your list does. "
        "A walk that lists a node when it first meets it lists c too early.",
        "List a node when it is *finished*, after all of its parents are in the list (post-order). Read backwards, "
        "that list starts at the root and is the order you want. A set remembers which nodes were met.",
        "Keep a stack of pairs (node, finished). Pop one: when finished, append the node to the order; otherwise, "
        "when it was not met before, push (node, True) and then (parent, False) for each parent. Return order[::-1].",
    )

    @staticmethod
    def cases(rng):
        diamond = shuffled(graph_of([2, 3], DIAMOND_OPERATIONS), rng)
        shortcut = unforgiving(rng, diamond_with_a_shortcut)
        graphs = [("the diamond", "the diamond", *diamond)]
        graphs.append(("the diamond", "the diamond whose root uses c too", *shortcut))
        for inner in (6, 8, 10, 12):
            graphs.append(("any graph", "a random graph", *unforgiving(rng, random_graph, inner)))
        graphs.append(("any graph", "a graph of one node", [[3.0, [], []]], 0))
        cases = [{"property": p, "name": name, "graph": graph, "root": root} for p, name, graph, root in graphs]
        stride = rng.choice([3, 7, 9]) + 10 * rng.randrange(100, 900)  # it has no divisor in common with the length
        name = "a chain of 20 000 nodes with shortcuts"
        cases.append({"property": "a deep graph", "name": name, "length": 20_000, "stride": stride})
        return cases

    @staticmethod
    def probe(namespace, case):
        class Node:
            def __init__(self, data):
                self.data, self.grad = data, 0.0

        if "length" in case:  # each node is the product of the one before and of the second or the third: ones all
            made = [Node(1.0) for _ in range(case["length"])]
            nodes = [made[i * case["stride"] % len(made)] for i in range(len(made))]  # memory gives no order away
            nodes[0].parents, nodes[0].local_derivatives = (), ()
            for i in range(1, len(nodes)):
                last, early = nodes[i - 1], nodes[min(i - 1, 2 - i % 2)]
                nodes[i].parents, nodes[i].local_derivatives = (last, early) if i % 2 else (early, last), (1.0, 1.0)
        else:
            nodes = [Node(data) for data, _, _ in case["graph"]]
            for node, (_, parents, local) in zip(nodes, case["graph"]):
                node.parents, node.local_derivatives = tuple(nodes[p] for p in parents), tuple(local)
        number = {id(node): i for i, node in enumerate(nodes)}
        orders = []
        for _ in range(1 if "length" in case else 2):
            try:
                order = namespace["topo_sort"](nodes[case.get("root", -1)])
            except RecursionError:
                return {"recursion": True}
            if type(order) not in (list, tuple):
                return {"type": "None" if order is None else type(order).__name__}
            orders.append([number.get(id(node), -1) for node in order[:100_000]])
        if "length" in case and all(a - b == 1 for a, b in zip(orders[0], orders[0][1:])):
            return {"from": orders[0][:1], "to": orders[0][-1:]}  # counting down: two numbers say it all
        return {"first": orders[0], "second": orders[-1]}

    @staticmethod
    def judge(case, answer):
        name = case["name"]
        expect_dict(answer)
        if answer.get("recursion") is True:
            message = "Python's recursion limit ended the walk (RecursionError): keep the nodes to visit in a list."
            raise Mistake("recursion", f"In {name}: {message}", hint=3)
        if "type" in answer:
            message = f"topo_sort returned {str(answer['type'])[:40]}; a list of nodes was expected."
            raise Mistake("not-a-list", message, hint=3)
        if "length" in case:
            judge_chain(case["length"], name, answer)
            return
        expect_dict(answer, ("first", "second"))
        first = expect_list(answer["first"])
        graph, root = case["graph"], case["root"]
        judge_order(graph, root, name, first)
        second = expect_list(answer["second"])
        if not all(type(i) is int for i in second) or set(second) != set(answer["first"]):
            message = (
                "The first call is right, but a second call on the same graph is not: something that the first "
                "call remembered is still there. Make the set of nodes that were met anew in each call."
            )
            raise Mistake("leftovers", message, len(second), len(answer["first"]), hint=2)
        judge_order(graph, root, name, second)


def judge_chain(length, name, answer):
    """Judge the order of a chain: all of its nodes, or from where to where it counts down."""
    if "from" in answer:
        first, last = expect_list(answer["from"]), expect_list(answer.get("to"))
        if (first, last) == ([length - 1], [0]):
            return
        numbers = [i for i in first + last if type(i) is int and 0 <= i < length]
        order = list(range(numbers[0], numbers[1] - 1, -1)) if len(numbers) == 2 else numbers
    else:
        order = expect_list(expect_dict(answer, ("first",))["first"])
    chain = [[1.0, [i - 1, min(i - 1, 2 - i % 2)] if i else [], [1.0, 1.0] if i else []] for i in range(length)]
    judge_order(chain, length - 1, name, order)


def judge_order(graph, root, name, order):
    """Return when order may fire on graph, or raise the Mistake that explains it."""
    small = len(graph) <= 20
    grads = (
        gradients_of(graph, root, order)
        if small and all(type(i) is int and 0 <= i < len(graph) for i in order)
        else None
    )
    shown = {}
    if grads is not None:
        leaves = [i for i in sorted(range(len(graph)), key=lambda i: graph[i][0]) if not graph[i][1]]
        right = gradients_of(graph, root, finished_last(graph, root))
        shown = {"got": [grads[i] for i in leaves], "expected": [right[i] for i in leaves]}
    effect = f" In {name}, the gradients of the leaves come out as {shown['got']}." if shown else ""
    if not all(type(i) is int and 0 <= i < len(graph) for i in order):
        raise Mistake("not-a-node", "The list holds something that is not a node of this graph.", hint=3)
    if not order:
        raise Mistake("empty", "The list is empty: the root itself belongs in it.", 0, len(graph), hint=3)
    walks = {f: depth_first(graph, root, f, once=False) for f in (False, True)} if small else {}
    if order in walks.values() and len(order) > len(set(order)):
        message = (
            "The walk goes into a node once for every path that leads there (naive recursion): it fires before "
            "its gradient is complete, and then again. Each node may stand in the list once."
        )
        raise Mistake("naive-recursion", message + effect, **shown, hint=2)
    if len(order) > len(set(order)):
        raise Mistake(
            "listed-twice", "A node stands in the list more than once, so it fires twice." + effect, **shown, hint=2
        )
    if len(order) < len(graph):
        message = f"The list has {len(order)} nodes; {name} has {len(graph)} that the root depends on (it is one too)."
        raise Mistake("missing-node", message, len(order), len(graph), hint=2)
    early = too_early(graph, order)
    if early is None:
        return
    if too_early(graph, order[::-1]) is None:
        message = "This is the order of the forward pass (post-order), parents first: backwards it is the one wanted."
        raise Mistake("post-order", message + effect, **shown, hint=2)
    parent, child = early
    why = f" A node with the value {graph[parent][0]:g} fires before the {graph[child][0]:g} that is made from it."
    if small and order in [depth_first(graph, root, f) for f in (False, True)]:
        message = "A node is listed when the walk first meets it (pre-order), before all that is made from it." + why
        raise Mistake("pre-order", message + effect, **shown, hint=1)
    if small and order in [breadth_first(graph, root, f) for f in (False, True)]:
        message = (
            "Level by level (breadth-first) is not enough: a node may be near the root by one path and far by another."
        )
        raise Mistake("breadth-first", message + why + effect, **shown, hint=2)
    raise Mistake("too-early", why.strip() + " Its gradient was not complete." + effect, **shown, hint=1)


def gradients_of(graph, root, order):
    """The gradients after firing order, starting from 1 at the root."""
    grads = [0.0] * len(graph)
    grads[root] = 1.0
    return fire(graph, order, grads, ACCUMULATE_RULES[0][1])


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
