"""Exercises 02.1 to 02.3: the three ideas that make backpropagation work on any graph.

Every probe builds plain nodes of its own, which have no method at all, so that nothing but the learner's
function can fill in a gradient. The judges compute, beside the right gradients, what each usual mistake
would have given, and name the mistake whose numbers they find.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.judging import close, expect_dict, expect_numbers

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
        j = rng.randrange(len(graph))
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
