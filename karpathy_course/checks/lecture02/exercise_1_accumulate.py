"""Exercise 02.1: a node used twice receives both gradients.

The probe builds plain nodes of its own, which have no method at all, so that nothing but the learner's function
can fill in a gradient. Some leaves are constants, whose gradient is None: the lecture's own cell does not know them.
"""

from functools import partial

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_list, expect_numbers
from karpathy_course.checks.lecture02.random_graphs import (
    ADD,
    CUBE_OPERATIONS,
    DIAMOND_OPERATIONS,
    MUL,
    chain_rule,
    expect_kept,
    graph_of,
    leaf_grads,
    lines_of,
    names_of,
    random_graph,
    same,
)
from karpathy_course.checks.shared.plain_nodes import nodes_of
from karpathy_course.checks.shared.wrong_models import Wrong, draw_telling, name_mistake


def after(accumulate):
    """The model that calls accumulate on each node of a graph, the root first, and returns the gradients.

    A gradient of None is 0 to it, before and after: a constant is a leaf, so nothing else depends on its gradient.
    """

    def model(graph, start):
        nodes = nodes_of(graph, as_numbers(start, start))
        for node in reversed(nodes):
            accumulate(node)
        return as_numbers([node.grad for node in nodes], start)

    return model


def as_numbers(grads, start):
    """grads with 0.0 for each node that started with None."""
    return [0.0 if was is None else grad for grad, was in zip(grads, start)]


def walking(rule, edges=lambda pairs: pairs):
    """An accumulate that walks over these edges, by ``rule(old, local, grad) -> new``."""

    def accumulate(node):
        for parent, local in edges(list(zip(node.parents, node.local_derivatives))):
            parent.grad = rule(parent.grad, local, node.grad)

    return after(accumulate)


def going_on(node):
    for parent, local in zip(node.parents, node.local_derivatives):
        parent.grad += local * node.grad
        going_on(parent)


def by_data(node):
    shares = {}
    for parent, local in zip(node.parents, node.local_derivatives):
        shares[parent.data] = shares.get(parent.data, 0.0) + local * node.grad
    for parent in dict.fromkeys(node.parents):
        parent.grad += shares[parent.data]


def example_only(node):
    if len(set(node.parents)) < len(node.parents):
        node.parents[0].grad = 2.0
        return
    for parent, local in zip(node.parents, node.local_derivatives):
        parent.grad += local * node.grad


RIGHT = walking(chain_rule)
WRONG = [
    Wrong("overwrite", walking(lambda old, local, grad: local * grad), "A later edge has wiped out what earlier edges "
          "brought: `=` overwrites, and so does a grad that is set to 0 first. A "
          "node that is used twice must end with the sum of what all its edges bring.", 1),
    Wrong("forgot-local-derivative", walking(lambda old, local, grad: old + grad), "Each parent has received the node's "
          "gradient unchanged. Along an edge it is multiplied by that edge's local derivative.", 2),
    Wrong("forgot-gradient", walking(lambda old, local, grad: old + local), "Each parent has received the local "
          "derivative alone. It has to be multiplied by the gradient that has arrived at the node: that is the chain "
          "rule.", 2),
    Wrong("added-not-multiplied", walking(lambda old, local, grad: old + local + grad), "The gradient and the local "
          "derivative were added together. Along an edge the chain rule multiplies.", 2),
    Wrong("sign", walking(lambda old, local, grad: old - local * grad), "Every contribution has the wrong sign: the "
          "gradient is added to the parents, not subtracted. (The minus sign comes later, when a parameter is moved.)", 3),
    Wrong("two-parents-only", walking(chain_rule, lambda pairs: pairs[:2]), "A node with three parents has served only two "
          "of them: walk over all parents, however many there are.", 2),
    Wrong("two-parents-only", walking(chain_rule, lambda pairs: pairs if len(pairs) == 2 else []), "Only nodes with two "
          "parents have passed their gradient on: walk over all parents, however many there are.", 2),
    Wrong("first-parent-only", walking(chain_rule, lambda pairs: pairs[:1]), "Only the first parent of each node has "
          "received its share.", 2),
    Wrong("last-parent-only", walking(chain_rule, lambda pairs: pairs[-1:]), "Only the last parent of each node has "
          "received its share.", 2),
    Wrong("each-parent-once", walking(chain_rule, lambda pairs: list(dict(pairs).items())), "A parent that is used twice "
          "has received one share only: walk over the edges, not over the set of parents.", 2),
    Wrong("swapped", walking(chain_rule, lambda pairs: [(p, d) for (p, _), (_, d) in zip(pairs, pairs[::-1])]), "The local "
          "derivatives stand in the same order as the parents: the first belongs to the first.", 2),
    Wrong("first-derivative", walking(chain_rule, lambda pairs: [(p, dict(pairs[::-1])[p]) for p, _ in pairs]),
          "A parent that is used twice has a local derivative for each of its edges, and they may differ, as 1 and -1 in "
          "a - a: add each of them times node.grad, not twice the first.", 2),
    Wrong("zero-replaced", walking(lambda old, local, grad: old + (local or 1) * grad), "A local derivative of 0 counts: "
          "along that edge nothing is passed on.", 2),
    Wrong("leaves-left-out", walking(chain_rule, lambda pairs: [(p, d) for p, d in pairs if p.parents]), "The leaves, "
          "parents without parents of their own, have received nothing. They are whom the gradients are for.", 2),
    Wrong("first-share-only", walking(lambda old, local, grad: old or old + local * grad), "A parent that held something "
          "already has received nothing more: add each share to what is there.", 1),
    Wrong("by-data", after(by_data), "Two parents that hold equal numbers have shared their gradients. They are two "
          "nodes: tell them apart by `is`, not by their data.", 2),
    Wrong("example-only", after(example_only), "2 is the gradient in the task's example, a + a. Elsewhere it is what the edges bring.", 2),
    Wrong("goes-on", after(going_on), "The parents of parents have received something too. One call serves one node: "
          "whoever calls accumulate goes through the nodes.", 3),
    Wrong("zeroed-before", lambda graph, start: RIGHT(graph, [was and 0.0 for was in start[:-1]] + start[-1:]), "What a parent's grad "
          "held before is gone: add to it, whoever put it there.", 1),
    Wrong("nothing-arrived", lambda graph, start: start, "No parent has received anything: each grad is what it was. "
          "(A grad of 0 that is multiplied stays 0: add. And `if parent.grad` is false for 0.0 too: ask `is None`.)", 2),
]  # fmt: skip

SMALL = [  # name, how many leaves, operations; on the first one all mistakes differ that two parents can show
    ("a product used again", 2, [(MUL, 0, 1), (MUL, 2, 0), (ADD, 3, 0)]),
    ("a times a + a", 1, [(ADD, 0, 0), (MUL, 0, 1)]),
    ("the cube", 1, CUBE_OPERATIONS),
    ("the diamond", 2, DIAMOND_OPERATIONS),
]
# What they forgive: two parents everywhere, all gradients start from 0, no local derivative is 0, nothing is used twice
FORGIVEN = (
    *("two-parents-only", "zeroed-before", "each-parent-once", "first-derivative", "zero-replaced"),
    *("by-data", "example-only"),
)
# They are asked for first: where another one gives the same numbers, the first graph has told that one apart already.
WRONG.sort(key=lambda wrong: wrong.id not in FORGIVEN)


class Accumulate(Exercise):
    id = "02.1"
    title = "Accumulate, do not overwrite"
    section = "Accumulate, do not overwrite"
    why = "Along a path derivatives multiply, and over several paths the products add up: hence `+=`."
    difficulty, importance, minutes, points = 1, 5, 10, 2
    needs = acts = ("accumulate",)
    shared = ("karpathy_course.checks.shared.plain_nodes",)
    leaves_out = {"a deep graph": "accumulate looks at one node and its parents, however deep the graph is"}
    properties = {"a node used twice": 0.4, "any graph": 0.4, "a gradient that is there already": 0.2}
    task = """\
Write `accumulate(node)`: the step that backpropagation repeats at every node. The gradient of `node` is complete;
its parents each have a `grad` that may hold something already. Give every parent its share. A parent whose `grad` is
None is a constant, as the 2 in `2 * a`: it gets no share, and its `grad` stays None.

The nodes have no methods, only `data`, `grad`, `parents` and `local_derivatives` (a number beside each parent: how
much the node moves when only that parent is nudged). In `a + a` the same parent stands in `parents` twice, and the
gradient of `a` must come out as 2."""
    hints = (
        "In a + a the node has two edges to the same a. What should be in a.grad after the first edge, and after "
        "the second?",
        "One edge brings node.grad times the local derivative of that edge. zip(node.parents, "
        "node.local_derivatives) walks over both together.",
        "For each parent and local derivative: if parent.grad is not None: parent.grad += local * node.grad. Nothing else "
        "changes.",
    )

    @staticmethod
    def cases(rng):
        def case(property, name, graph, start):
            lines = lines_of(name, graph, grads=start)
            return {"property": property, "graph": lines, "_graph": graph, "_start": [*start[:-1], 1.0]}

        def small(leaves, operations):
            graph = graph_of([rng.choice([-1, 1]) * rng.randrange(3, 13) / 2 for _ in range(leaves)], operations)
            return graph, [0.0] * (len(graph) - 1) + [1.0]

        def drawn(held, constants):
            graph = random_graph(rng)
            start = [0.0 if parents else float(rng.choice(held)) for _, parents, _ in graph[:-1]] + [1.0]
            for leaf in rng.sample(range(6), constants):
                start[leaf] = None
            return graph, start

        cases = []
        for name, leaves, operations in SMALL:
            make, apart = partial(small, leaves, operations), not cases
            given = draw_telling(make, RIGHT, WRONG, 1e-3, FORGIVEN, only_right=not apart)
            cases.append(case("a node used twice", name, *given))
        cases.append(case("a node used twice", "a + a", graph_of([rng.randrange(3, 9)], [(ADD, 0, 0)]), [0.0, 1.0]))
        given = small(
            2, [("sub", 0, 0), (MUL, 2, 1), (ADD, 3, 1), (MUL, 4, 0)]
        )  # one parent, and two local derivatives
        cases.append(case("a node used twice", "a - a", *given))
        equal = graph_of([rng.choice([-1, 1]) * rng.randrange(4, 13) / 2] * 2, [(MUL, 0, 1), (ADD, 2, 0)])
        cases.append(case("a node used twice", "two equal numbers", equal, [0.0, 0.0, 0.0, 1.0]))
        for property, held, constants, forgiven in (
            *[("any graph", [0], n, ["zeroed-before"]) for n in (0, 1, 2)],
            *[("a gradient that is there already", [-4, -1, 5, 7], n, ()) for n in (0, 1)],
        ):
            forgiven = *forgiven, "by-data", "example-only"  # the small graphs show these
            given = draw_telling(partial(drawn, held, constants), RIGHT, WRONG, 1e-3, forgiven, only_right=True)
            cases.append(case(property, "a random graph", *given))
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_nodes import nodes_of, report

        nodes = nodes_of(case["_graph"], case["_start"])
        try:
            for node in reversed(nodes):
                namespace["accumulate"](node)
        except TypeError as error:
            if None in case["_start"] and "NoneType" in str(error):
                return {"raised": str(error)[:120]}
            raise
        told = report(nodes)
        for node, grad in zip(nodes, case["_start"]):
            node.grad = grad
        for node in reversed(nodes):
            namespace["accumulate"](node)
        return {**told, "again": [node.grad for node in nodes]}

    @staticmethod
    def judge(case, answer):
        graph, start = given = (case["_graph"], case["_start"])
        if type(answer) is dict and type(answer.get("raised")) is str and None in start:
            message = (
                f"accumulate raised TypeError ({answer['raised'][:120]}): a parent whose grad is None is a constant and gets "
                "no share. Ask `is None` first."
            )
            raise Mistake("none-is-no-number", message, hint=3)
        expect_kept(answer, graph, "accumulate")
        told = expect_list(answer.get("grads"), len(graph), "the list of gradients")
        for k, name in names_of(graph).items():
            if start[k] is None and told[k] is not None:
                message = (
                    f"{name} is a constant: {name}.grad was None, and has to stay None. (None is not 0: ask `is None`.)"
                )
                raise Mistake("constant-received", message, told[k], "None", hint=3)
        grads = expect_numbers(as_numbers(told, start), len(graph), "the list of gradients")
        right = RIGHT(*given)
        if same(grads, right):
            again = expect_list(answer.get("again"), len(graph), "the list of gradients")
            again = expect_numbers(as_numbers(again, start), len(graph), "the list of gradients")
            if not same(again, right):
                message = (
                    "A second pass over the same nodes, from the same gradients, gives something else. Keep nothing between "
                    "calls."
                )
                raise Mistake("remembers", message, leaf_grads(graph, again), leaf_grads(graph, right), hint=3)
            return
        shown = {"got": leaf_grads(graph, grads), "expected": leaf_grads(graph, right)}
        for words in shown.values():  # a constant's gradient is no matter here
            words.update({f"{names_of(graph)[k]}.grad": None for k, was in enumerate(start) if was is None})
        if grads[-1] != 1.0:
            message = "accumulate has changed the gradient of the node itself; only the parents receive something."
            raise Mistake("changed-own-gradient", message, grads[-1], 1.0, hint=3)
        name_mistake(WRONG, given, grads, **shown)
        message = (
            "Not every edge has brought its own share. For each place in `parents`, the local derivative at the same place "
            "times node.grad is added to that parent."
        )
        raise Mistake("wrong-gradient", message, **shown, hint=3)
