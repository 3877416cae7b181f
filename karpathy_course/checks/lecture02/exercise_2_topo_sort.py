"""Exercise 02.2: an order in which every node fires after all of its consumers.

The judge knows the orders that tempt, and names the one that it finds.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture02.random_graphs import (
    DIAMOND_OPERATIONS,
    breadth_first,
    depth_first,
    diamond_with_a_shortcut,
    finished_last,
    gradients_of,
    graph_of,
    random_graph,
    shuffled,
    too_early,
    unforgiving,
)


class TopoSort(Exercise):
    id = "02.2"
    title = "An order for any graph"
    section = "An order for any graph"
    why = "A node may pass its gradient on only when all of its consumers have delivered: otherwise some never arrives."
    difficulty, importance, minutes, points = 3, 5, 25, 4
    seconds = 10.0
    needs = ("topo_sort",)
    shared = ("karpathy_course.checks.shared.plain_nodes",)
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
        from karpathy_course.checks.shared.plain_nodes import Node, nodes_of

        if "length" in case:  # each node is the product of the one before and of the second or the third: ones all
            made = [Node(1.0) for _ in range(case["length"])]
            nodes = [made[i * case["stride"] % len(made)] for i in range(len(made))]  # memory gives no order away
            for i in range(1, len(nodes)):
                last, early = nodes[i - 1], nodes[min(i - 1, 2 - i % 2)]
                nodes[i].parents, nodes[i].local_derivatives = (last, early) if i % 2 else (early, last), (1.0, 1.0)
        else:
            nodes = nodes_of(case["graph"])
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
