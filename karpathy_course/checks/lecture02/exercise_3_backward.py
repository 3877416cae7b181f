"""Exercise 02.3: a backward pass that can be run again.

The nodes of the probe are plain, without a method, as in 02.1 and 02.2. Gradients that remain from the pass
before are the subject here, so the judge replays the passes with every usual way to treat them.
"""

from functools import partial

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_list, expect_numbers
from karpathy_course.checks.lecture02.random_graphs import (
    ADD,
    CUBE_OPERATIONS,
    MUL,
    breadth_first,
    chain_rule,
    depth_first,
    expect_kept,
    finished_last,
    fire,
    graph_of,
    leaf_grads,
    lines_of,
    random_graph,
    shuffled,
    unforgiving,
)
from karpathy_course.checks.shared.wrong_models import Wrong, alike, confused, name_mistake


def passes(leaves=True, inner=None, seed="add", order=finished_last, rule=chain_rule):
    """The model of a backward: all gradients after each of its calls.

    leaves, inner: are their gradients kept from before (0: in the first call only). seed: is the root's 1 added, set,
    forgotten, added to what it held, or left out where it held something. order: in which the nodes fire. rule: what an edge makes of a parent's gradient.
    """

    def model(graph, root, start, calls, zero):
        grads, seen = list(start), []
        for turn in range(calls):
            if turn and zero:
                grads = [g if node[1] else 0.0 for g, node in zip(grads, graph)]
            held = grads[root]
            grads = [g if (inner in ("always", turn) if node[1] else leaves) else 0.0 for g, node in zip(grads, graph)]
            grads[root] = {
                "add": grads[root] + 1.0,
                "set": 1.0,
                "none": grads[root],
                "grow": held + 1.0,
                "keep": held or 1.0,
            }[seed]
            seen.append(list(fire(graph, order(graph, root), grads, rule)))
        return seen

    return model


RIGHT = passes()
NOT_RESET = (
    "The gradients of inner nodes are still there from before, and are passed on a second time. Only the leaves "
    "accumulate: every inner node starts each pass at 0."
)
EARLY = "A node has fired before all the nodes made from it had delivered: its own gradient was not complete."
WRONG = [
    Wrong("leaf-root", passes(seed="set"), "A root that is a leaf accumulates too: its gradient grows by 1 with every "
          "call.", 2),
    Wrong("no-gradient", passes(seed="none"), "The root has no 1 to pass on: either it never receives one, or it is set "
          "to 0 afterwards. Zero the inner nodes first.", 3),
    Wrong("nothing-fired", passes(order=lambda graph, root: []), "Only the root has a gradient: each node of the order has "
          "still to pass it on.", 3),
    Wrong("root-grows", passes(seed="grow"), "The root keeps its gradient of before, and 1 is added to it. An inner root "
          "starts each pass at 0, as every inner node does, and then receives its 1.", 2),
    Wrong("root-kept", passes(seed="keep"), "What the root's grad held before is passed on. d(root)/d(root) is 1, whatever "
          "stood there.", 3),
    Wrong("inner-not-reset", passes(inner="always"), NOT_RESET, 2),
    Wrong("inner-not-reset", passes(inner="always", seed="set"), NOT_RESET, 2),
    Wrong("inner-before", passes(inner=0), NOT_RESET, 2),
    Wrong("inner-before", passes(inner=0, seed="set"), NOT_RESET, 2),
    Wrong("leaves-reset", passes(leaves=False), "backward has zeroed the leaves itself. Two passes without zeroing must "
          "give the sum of both: zeroing the leaves is a step of its own, which the training loop does when it wants to.",
          2),
    Wrong("overwrite", passes(rule=lambda old, local, grad: local * grad), "A later edge has wiped out what earlier edges "
          "brought: `=` overwrites, `+=` adds.", 3),
    Wrong("root-only", passes(order=lambda graph, root: [root]), "Only the root has passed its gradient on; every node "
          "below it has to do so in turn.", 3),
    Wrong("forgot-local-derivative", passes(rule=lambda old, local, grad: old + grad), "Each parent has received the "
          "gradient unchanged. Along an edge it is multiplied by that edge's local derivative.", 3),
    *(Wrong("too-early", passes(order=partial(walk, reverse_operands=turned)), EARLY, 1)
      for walk in (depth_first, breadth_first) for turned in (False, True)),
    Wrong("too-early", passes(order=lambda graph, root: finished_last(graph, root)[::-1]), EARLY, 1),
    *(Wrong("fires-again", passes(order=partial(depth_first, reverse_operands=turned, once=False)), "A node has fired once "
            "for each path that leads to it, and passed on what it held again: each node fires once in a pass.", 1)
      for turned in (False, True)),
]  # fmt: skip
ROOT = "root-grows", "root-kept"
FORGIVEN = {  # by graphs that have inner nodes
    "the first pass": ("leaf-root", "inner-not-reset", "inner-before", "leaves-reset", "fires-again", *ROOT),
    "a second pass": ("leaf-root", "inner-before", "fires-again", *ROOT),
    "a second pass after zeroing": ("leaf-root", "inner-before", "leaves-reset", "fires-again", *ROOT),
}


class Backward(Exercise):
    id = "02.3"
    title = "Zero the gradients"
    section = "Zero the gradients"
    why = "Leaves add up over passes, which is what mini-batches want; an inner node that kept its gradient would send it twice."
    difficulty, importance, minutes, points = 3, 5, 25, 4
    needs = acts = ("backward",)
    shared = ("karpathy_course.checks.shared.plain_nodes",)
    leaves_out = {"a deep graph": "02.2 asks for depth; here it is what stays from one pass to the next"}
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
        def case(property, name, graph, order, held=False):
            numbers = {True: [2, 3], False: [-4, -1, 5, 7]}  # of an inner node, of a leaf
            start = [float(rng.choice(numbers[bool(node[1])])) if held else 0.0 for node in graph]
            calls, zero = 1 if property == "the first pass" else 2, "zeroing" in property
            lines = {"graph": lines_of(name, graph, order, start), "calls": calls}
            hidden = {"_graph": graph, "_order": order, "_start": start, "_name": name}
            return {"property": property, **lines, **({"leaves zeroed between": True} if zero else {}), **hidden}

        def drawn(property, inner, held):
            while True:
                made = case(property, "a random graph", *unforgiving(rng, random_graph, inner), held)
                if not any("right" in p for p in confused(WRONG, RIGHT, given(made), forgiven=FORGIVEN[property])):
                    return made

        cases = []
        for property in Backward.properties:
            held = property != "the first pass"
            cases.append(case(property, "a·a·a", *shuffled(graph_of([3], CUBE_OPERATIONS), rng)))
            cases += [drawn(property, 5, False), drawn(property, 6, held)]
            cases.append(case(property, "a root that is a leaf", [[3, [], []]], [0], held))
        nothing = graph_of([rng.choice([-3, -2, 2, 3]), 0], [(MUL, 0, 0), (ADD, 2, 0), (MUL, 3, 1)])
        cases.append(case("a second pass", "(a·a + a)·0", *shuffled(nothing, rng), True))
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_nodes import nodes_of, report

        nodes = nodes_of(case["_graph"], case["_start"])
        seen = []
        for turn in range(case["calls"]):
            if turn and "leaves zeroed between" in case:
                for node in nodes:
                    if not node.parents:
                        node.grad = 0.0
            namespace["backward"](nodes[case["_order"][-1]])
            seen.append([node.grad for node in nodes])
        return {"passes": seen, **report(nodes)}

    @staticmethod
    def judge(case, answer):
        graph, order, calls, name = case["_graph"], case["_order"], case["calls"], case["_name"]
        expect_kept(answer, graph, "backward")
        got = expect_list(answer.get("passes"), calls)
        got = [expect_numbers(grads, len(graph), "the list of gradients") for grads in got]
        right = RIGHT(*given(case))
        if alike(got, right):
            return
        turn = next(i for i in range(calls) if not alike(got[i], right[i]))
        leaves = [leaf_grads(graph, grads[turn], order) for grads in (got, right)]
        shown = dict(zip(("got", "expected"), leaves))
        zeroed = ", leaves zeroed between" if "leaves zeroed between" in case else ""
        when = f"(Seen in {name}, {('first', 'second')[turn]} call{zeroed}.)"
        name_mistake(WRONG, given(case), got, f"{{}} {when}", alike, **shown)
        if leaves[0] == leaves[1]:
            message = (
                "The leaves are right, but inner nodes do not hold the gradient of this pass. Each of them is set anew, also "
                "where what arrives is 0."
            )
            raise Mistake("inner-gradients", f"{message} {when}", got[turn], right[turn], hint=2)
        message = (
            "The gradients are wrong already in the first pass. Each node fires once, when its own gradient is complete, and "
            "adds one share to a parent for each place that it has in `parents`."
        )
        if any(held and node[1] for held, node in zip(case["_start"], graph)):
            message = (
                "The gradients are wrong. Inner nodes held numbers of their own before the call (`before:`). Set each of them "
                "to 0 first, also where nothing arrives."
            )
        if turn:
            message = "The first pass is right and the second is not: what is left over from the first?"
        raise Mistake("wrong-gradient", f"{message} {when}", **shown, hint=1)


def given(case):
    """What the models take."""
    return case["_graph"], case["_order"][-1], case["_start"], case["calls"], "leaves zeroed between" in case
