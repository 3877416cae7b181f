"""Exercise 02.1: a node used twice receives both gradients.

The probe builds plain nodes of its own, which have no method at all, so that nothing but the learner's function
can fill in a gradient.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_numbers
from karpathy_course.checks.lecture02.random_graphs import (
    ADD,
    CUBE_OPERATIONS,
    DIAMOND_OPERATIONS,
    MUL,
    chain_rule,
    fire,
    graph_of,
    random_graph,
    same,
)

ACCUMULATE_RULES = [  # id, rule, message, hint
    ("right", chain_rule, "", None),
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


TWICE = [  # name, how many leaves, operations
    ("a * (a + a)", 1, [(ADD, 0, 0), (MUL, 0, 1)]),
    ("a + a", 1, [(ADD, 0, 0)]),
    ("x * x * x", 1, CUBE_OPERATIONS),
    ("the diamond", 2, DIAMOND_OPERATIONS),
]


def telling(rng, leaves, operations):
    """A graph on drawn numbers, on which no rule but the right one gives the right gradients (a + a forgives some)."""
    while True:
        graph = graph_of([rng.choice([-1, 1]) * rng.randrange(3, 40) / 2 for _ in range(leaves)], operations)
        start, order = [0.0] * (len(graph) - 1) + [1.0], range(len(graph) - 1, -1, -1)
        right, *wrong = (fire(graph, order, list(start), rule[1]) for rule in ACCUMULATE_RULES)
        if len(operations) == 1 or not any(same(outcome, right) for outcome in wrong):
            return graph


class Accumulate(Exercise):
    id = "02.1"
    title = "Accumulate, do not overwrite"
    section = "Accumulate, do not overwrite"
    why = "Along a path derivatives multiply, and over several paths the products add up: hence `+=`."
    difficulty, importance, minutes, points = 1, 5, 10, 2
    needs = acts = ("accumulate",)
    shared = ("karpathy_course.checks.shared.plain_nodes",)
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
        cases = []
        for name, leaves, operations in TWICE:
            graph = telling(rng, leaves, operations)
            cases.append({"property": "a node used twice", "name": name, "graph": graph, "start": [0.0] * len(graph)})
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
        from karpathy_course.checks.shared.plain_nodes import nodes_of

        nodes = nodes_of(case["graph"], [*case["start"][:-1], 1.0])
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
            if same(grads, fire(fewer, range(len(graph) - 1, -1, -1), [*case["start"][:-1], 1.0], chain_rule)):
                raise Mistake(id, message, **shown, hint=2)
        message = f"In {case['name']} the gradients of the leaves are wrong: compare them with your own by hand."
        raise Mistake("wrong-gradient", message, **shown, hint=3)
