"""Exercise 02.3: a backward pass that can be run again.

The nodes of the probe are plain, without a method, as in 02.1 and 02.2. Gradients that remain from the pass
before are the subject here, so the judge replays the passes with every usual way to treat them.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list, expect_numbers
from karpathy_course.checks.lecture02.random_graphs import (
    CUBE_OPERATIONS,
    finished_last,
    graph_of,
    random_graph,
    same,
    shuffled,
    unforgiving,
)

WAYS = [  # id, is a grad kept of (leaf, inner node), message, hint
    ("right", (True, False), "", None),
    (
        "inner-not-reset",
        (True, True),
        "The gradients of inner nodes are still there from the pass before, and are passed on a second time. Only "
        "the leaves accumulate: every inner node starts each pass at 0.",
        2,
    ),
    (
        "leaves-reset",
        (False, False),
        "backward has zeroed the leaves itself. Two passes without zeroing must give the sum of both: zeroing the "
        "leaves is a step of its own, which the training loop does when it wants to.",
        2,
    ),
]


def passes(graph, root, zero_between, kept, add_one):
    """The gradients after each of two passes, of a backward that keeps what kept says and sets or adds the root's 1."""
    order = finished_last(graph, root)
    grads = [0.0] * len(graph)
    seen = []
    for turn in range(2):
        if turn and zero_between:
            grads = [g if node[1] else 0.0 for g, node in zip(grads, graph)]
        grads = [g if kept[1 if node[1] else 0] else 0.0 for g, node in zip(grads, graph)]
        grads[root] = grads[root] + 1.0 if add_one else 1.0
        for i in order:
            for parent, local in zip(graph[i][1], graph[i][2]):
                grads[parent] += local * grads[i]
        seen.append(list(grads))
    return seen


class Backward(Exercise):
    id = "02.3"
    title = "Zero the gradients"
    section = "Zero the gradients"
    why = "Leaves add up over passes, which is what mini-batches want; an inner node that kept its gradient would send it twice."
    difficulty, importance, minutes, points = 3, 5, 25, 4
    needs = acts = ("backward",)
    shared = ("karpathy_course.checks.shared.plain_nodes",)
    properties = {"the first pass": 0.3, "a second pass": 0.4, "a second pass after zeroing": 0.3}
    task = """\
Write `backward(root)`: add d(root)/d(leaf) to the `grad` of every leaf below `root`, and *set* the `grad` of every
inner node. With y = a·a·a at a = 3, `a.grad` is 27 after the first call, and 54 when `backward(y)` is called again,
because leaves accumulate, as in PyTorch with `retain_graph=True`. When `a.grad` is set to 0 between the two
calls it is 27 again: whatever inner nodes held before must not count.

A node without parents is a leaf; a root that is itself a leaf has d(root)/d(root) = 1 added. You may use your own
`accumulate` and `topo_sort`. The nodes have `data`, `grad`, `parents` and `local_derivatives`, and no methods."""
    hints = (
        "45 and 72 come from m = a·a: its gradient of the first pass is still there in the second, and is passed on "
        "again. Which gradients have to start from 0 in every pass?",
        "Before anything fires, set grad = 0.0 at each node that has parents, and at no leaf. Then the root "
        "receives 1.",
        "order = topo_sort(root); for each node in it with parents: node.grad = 0.0; then root.grad += 1.0; then "
        "accumulate(node) for each node in order.",
    )

    @staticmethod
    def cases(rng):
        cases = []
        for property, calls, zero in (
            ("the first pass", 1, False),
            ("a second pass", 2, False),
            ("a second pass after zeroing", 2, True),
        ):
            graphs = [("a·a·a at 3", *shuffled(graph_of([3], CUBE_OPERATIONS), rng))]
            graphs += [("a random graph", *unforgiving(rng, random_graph, inner)) for inner in (7, 10)]
            if property != "a second pass after zeroing":
                graphs.append(("a root that is a leaf", [[3.0, [], []]], 0))
            for name, graph, root in graphs:
                case = {"property": property, "name": name, "graph": graph, "root": root}
                cases.append({**case, "calls": calls, "zero": zero})
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_nodes import nodes_of

        nodes = nodes_of(case["graph"])
        seen = []
        for turn in range(case["calls"]):
            if turn and case["zero"]:
                for node in nodes:
                    if not node.parents:
                        node.grad = 0.0
            namespace["backward"](nodes[case["root"]])
            seen.append([node.grad for node in nodes])
        return {"passes": seen, "data": [node.data for node in nodes]}

    @staticmethod
    def judge(case, answer):
        graph, root, calls, name = case["graph"], case["root"], case["calls"], case["name"]
        expect_dict(answer, ("passes", "data"))
        got = [expect_numbers(g, len(graph), "the list of gradients") for g in expect_list(answer["passes"], calls)]
        if not same(expect_numbers(answer["data"], len(graph), "the list of values"), [node[0] for node in graph]):
            raise Mistake("changed-data", "backward has changed the data of a node; only grad may change.")
        right = passes(graph, root, case["zero"], (True, False), True)[:calls]
        if all(same(g, r) for g, r in zip(got, right)):
            return
        turn = next(i for i in range(calls) if not same(got[i], right[i]))
        leaves = [i for i, node in enumerate(graph) if not node[1]]
        shown = {"got": [got[turn][i] for i in leaves], "expected": [right[turn][i] for i in leaves]}
        when = f"(Seen in {name}, {('first', 'second')[turn]} call{', leaves zeroed between' if case['zero'] else ''}.)"
        if not any(got[0]):
            raise Mistake(
                "no-gradient", f"No node has a gradient: the root has to receive 1 first. {when}", **shown, hint=3
            )
        if turn == 0 and got[0][root] == 1.0 and not any(g for i, g in enumerate(got[0]) if i != root):
            message = "Only the root has a gradient: each node of the order has still to pass it on."
            raise Mistake("nothing-fired", f"{message} {when}", **shown, hint=3)
        if len(graph) == 1:
            message = "A root that is a leaf accumulates too: its gradient grows by 1 with every call."
            raise Mistake("leaf-root", f"{message} {when}", **shown, hint=2)
        for id, kept, message, hint in WAYS[1:]:
            for add_one in (True, False):
                if all(same(g, w) for g, w in zip(got, passes(graph, root, case["zero"], kept, add_one))):
                    raise Mistake(id, f"{message} {when}", **shown, hint=hint)
        if same([got[turn][i] for i in leaves], shown["expected"]):
            message = "The leaves are right, but inner nodes do not hold the gradient of this pass."
            raise Mistake("inner-gradients", f"{message} {when}", got[turn], right[turn], hint=2)
        message = "The gradients are wrong already in the first pass: does each node wait until its own is complete?"
        if turn:
            message = "The first pass is right and the second is not: what is left over from the first?"
        raise Mistake("wrong-gradient", f"{message} {when}", **shown, hint=1)
