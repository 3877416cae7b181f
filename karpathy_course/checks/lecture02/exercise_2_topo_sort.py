"""Exercise 02.2: an order in which every node fires after all of its consumers.

The judge knows the orders that tempt, and names the one that it finds.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture02.judging_orders import (
    CHAIN,
    OF_ANY_CALL,
    judge_chain,
    judge_fresh,
    judge_marks,
    judge_order,
    judge_several,
)
from karpathy_course.checks.lecture02.random_graphs import (
    DIAMOND_OPERATIONS,
    diamond_with_a_shortcut,
    expect_kept,
    graph_of,
    lines_of,
    names_of,
    nodes_below,
    random_graph,
    shuffled,
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
    properties = {"the diamond": 0.4, "any graph": 0.2, "a deep graph": 0.2, "several roots": 0.2}
    task = """\
Write `topo_sort(*roots)`: the order in which the nodes may pass their gradients on. With one root, `topo_sort(y)`, y
comes first, and every node that y depends on follows **once**, after *all* nodes made from it: only then is its
gradient complete. With several, as a loss and a penalty, the list holds what any of them depends on, each node once and
after all nodes *of the list* that are made from it; a root may be part of another one's graph, or be named twice.

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
        "when it was not met before, push (node, True) and then (parent, False) for each parent. Return order[::-1]. "
        "With several roots, the stack begins with all of them.",
    )

    @staticmethod
    def cases(rng):
        def case(property, name, graph, order, last_first=False):
            inner = [i for i in order[:-1] if len(nodes_below(graph, i)) > 2]
            other = rng.choice(inner) if inner else order[-1]
            nodes = {"_graph": graph, "_order": order, "_roots": [order[-1], other, order[-1]]}
            if property == "several roots":
                nodes["_several"] = several_roots(rng, graph, order, last_first)
            return {"property": property, "graph": lines_of(name, graph, order), "_name": name, **nodes}

        cases = [
            case("the diamond", "the diamond", *shuffled(graph_of([2, 3], DIAMOND_OPERATIONS), rng)),
            case("the diamond", "the diamond whose root uses c too", *unforgiving(rng, diamond_with_a_shortcut)),
            case("any graph", "a graph of one node", [[3, [], []]], [0]),
            *(case("any graph", "a random graph", *unforgiving(rng, random_graph, inner)) for inner in (5, 6, 6)),
            case("any graph", "a random graph", *unforgiving(rng, random_graph, 6, twice=True)),
        ]
        stride = rng.choice([3, 7, 9]) + 10 * rng.randrange(100, 900)  # it has no divisor in common with the length
        cases.append({"property": "a deep graph", "graph": CHAIN, "_length": 20_000, "_stride": stride})
        for last_first in (False, True, None):
            cases.append(case("several roots", "a random graph", *unforgiving(rng, random_graph, 5), last_first))
        return cases

    @staticmethod
    def probe(namespace, case):
        import sys

        from karpathy_course.checks.shared.plain_nodes import Node, nodes_of, report

        if "_length" in case:  # each node is the product of the one before and of the second or the third: ones all
            highest = 0

            class Watched(Node):  # it notes the limit at each look at its parents
                @property
                def parents(self):
                    nonlocal highest
                    highest = max(highest, sys.getrecursionlimit())
                    return self.edges

                @parents.setter
                def parents(self, edges):
                    self.edges = edges

            made = [Watched(1.0) for _ in range(case["_length"])]
            nodes = [made[i * case["_stride"] % len(made)] for i in range(len(made))]  # memory gives no order away
            for i in range(1, len(nodes)):
                last, early = nodes[i - 1], nodes[min(i - 1, 2 - i % 2)]
                nodes[i].parents, nodes[i].local_derivatives = (last, early) if i % 2 else (early, last), (1.0, 1.0)
            nodes[-1].parents = (nodes[-2], *nodes[:-1:50])  # 400 shortcuts: a hundred sweeps over all nodes do not do
            nodes[-1].local_derivatives = (1.0,) * len(nodes[-1].parents)
            sys.setrecursionlimit(1000)  # Python's own, whatever was set before
        else:
            nodes = nodes_of(case["_graph"])
        number = {id(node): i for i, node in enumerate(nodes)}
        numbers = lambda order: [number.get(id(node), -1) for node in order[:100_000]]
        lists, orders, again = [], [], []
        for root in case.get("_roots", [-1]):
            try:
                order = namespace["topo_sort"](nodes[root])
            except RecursionError:
                return {"recursion": "ends"}
            if "_length" in case and max(highest, sys.getrecursionlimit()) > 1000:
                return {"recursion": "raised"}
            if type(order) not in (list, tuple):
                return {"type": "None" if order is None else type(order).__name__}
            lists.append(order)
            orders.append(numbers(order))
            again = numbers(lists[0]) if len(lists) < 3 else again
        if "_length" not in case:
            marks = sorted({name for node in nodes for name in vars(node)} - set(vars(Node(0.0))))
            told = {"orders": orders, "first again": again, "marks": marks[:3], **report(nodes)}
            fresh = nodes_of(case["_graph"])  # other nodes that hold the same numbers
            number.update({id(node): i for i, node in enumerate(fresh)})
            number.update({id(node): -1 for node in nodes})
            told["fresh"] = numbers(namespace["topo_sort"](fresh[case["_roots"][0]]))
            if "_several" in case:
                try:
                    told["several"] = numbers(namespace["topo_sort"](*[fresh[i] for i in case["_several"]]))
                except TypeError as error:
                    told["several raised"] = str(error)[:120]
            return told
        if all(a - b == 1 for a, b in zip(orders[0], orders[0][1:])):
            return {"from": orders[0][:1], "to": orders[0][-1:]}  # counting down: two numbers say it all
        return {"first": orders[0]}

    @staticmethod
    def judge(case, answer):
        expect_dict(answer)
        if answer.get("recursion") in ("ends", "raised"):
            message = f"In {CHAIN} Python's recursion limit ends the walk (RecursionError)"
            if answer["recursion"] == "raised":
                message = "topo_sort raises Python's recursion limit; a graph that is deep enough then ends the process"
            raise Mistake("recursion", f"{message}: keep the nodes to visit in a list of your own.", hint=3)
        if "type" in answer:
            message = f"topo_sort returned a {str(answer['type'])[:40]}; a list of nodes was expected."
            raise Mistake("not-a-list", message.replace("a None", "None"), hint=3)
        if "_length" in case:
            judge_chain(case["_length"], answer)
            return
        expect_kept(answer, case["_graph"], "topo_sort")
        graph, roots = case["_graph"], case["_roots"]
        orders = [expect_list(order) for order in expect_list(answer.get("orders"), len(roots))]
        names = names_of(graph, case["_order"])
        judge_order(graph, roots[0], case["_name"], orders[0], names)
        for root, order in zip(roots[1:], orders[1:]):
            try:
                judge_order(graph, root, case["_name"], order, names)
            except Mistake as mistake:
                if mistake.id in OF_ANY_CALL:
                    raise
                message = (
                    f"The first call is right, but a later one, on {names[root]}, is not: something that the first call "
                    "remembered is still there. Make the set of nodes that were met anew in each call."
                )
                right = len(nodes_below(graph, root))
                raise Mistake("leftovers", message, f"{len(order)} nodes", f"{right} nodes", hint=2) from None
        judge_fresh(graph, roots[0], answer)
        if "_several" in case:
            judge_several(case, answer, names)
        if answer.get("first again") != orders[0]:
            message = "A later call has changed the list that the first call returned: make a new list in each call."
            raise Mistake("leftovers", message, hint=2)
        judge_marks(answer)


def several_roots(rng, graph, order, last_first):
    """Roots of one call: the last node and one that others below it use, and perhaps one of them again.

    So two lists one after the other are wrong in either order. last_first: whether the last node is named first; if
    not, the first root does not reach everything. None: it is named first and the other one last, each once: Kahn's
    algorithm that takes every root for ready shows for each end at which it may begin.
    """
    used = {p for i in order[:-1] for p in graph[i][1]}  # by others than the last
    first, second = rng.choice([i for i in order[:-1] if graph[i][1] and i in used]), order[-1]
    if last_first is None:
        return [second, first]
    if last_first:
        return rng.choice([[second, first], [second, first, second]])
    return rng.choice([[first, second], [first, second, first]])
