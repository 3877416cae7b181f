"""Whether a list of nodes may fire in its order, and which of the orders that tempt it is, if not."""

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.expectations import expect_dict, expect_list
from karpathy_course.checks.lecture02.random_graphs import (
    breadth_first,
    depth_first,
    finished_last,
    gradients_of,
    leaf_grads,
    marked_when_pushed,
    nodes_below,
    too_early,
)

CHAIN = "a chain of 20 000 nodes with shortcuts"


OF_ANY_CALL = ("two-parents-only", "marked-when-pushed", "naive-recursion", "pre-order", "breadth-first", "post-order")
TWO_PARENTS = "This is an order if nodes had two parents at most: walk over all of them, however many there are."


def judge_fresh(graph, root, answer):
    """A call on other nodes, which hold the same numbers, gives an order of these."""
    order = expect_list(answer.get("fresh"), what="a later list")
    below = nodes_below(graph, root)
    if sorted(order, key=str) != sorted(below, key=str) or too_early(graph, order):
        message = (
            "A later call, on other nodes that hold the same numbers, does not list these. Keep nothing between calls, and "
            "tell nodes apart by `is`, not by their data."
        )
        raise Mistake("leftovers", message, hint=2)


def judge_several(case, answer, names):
    """The order for several roots holds what any of them depends on, each node once and after what is made from it."""
    graph, roots = case["_graph"], case["_several"]
    if type(answer.get("several raised")) is str:
        message = (
            f"topo_sort({', '.join(names[root] for root in roots)}) raised TypeError ({answer['several raised']}). Any number "
            "of roots may be given: def topo_sort(*roots), and roots is a tuple of nodes."
        )
        raise Mistake("one-root-only", message, hint=3)
    order = expect_list(answer.get("several"), what="the list for several roots")
    call = f"topo_sort({', '.join(names[root] for root in roots)})"
    below = [nodes_below(graph, root) for root in dict.fromkeys(roots)]
    needed = set().union(*below)
    listed = {i for i in order if type(i) is int and i in needed}
    if len(listed) == len(order) == len(needed):
        early = too_early(graph, order)
        if early is None:
            return
        parent, child = (names[i] for i in early)
        message = f"{call}: {parent} fires before {child}, which is made from it and is in the list too."
        if early[0] in roots:
            message += " A root that others of the list are made from waits for them too: it is not ready at once."
        raise Mistake("several-too-early", f"{message} One walk begins at all roots.", hint=3)
    numbers = [i if type(i) is int else -1 for i in order]
    shown = {"got": [names.get(i, "?") for i in numbers[:30]], "expected": f"{len(needed)} nodes, each once"}
    if len(numbers) > len(set(numbers)):
        message = f"{call}: a node stands in the list more than once. The roots share nodes: remember over all roots what was met."
        raise Mistake("several-twice", message, **shown, hint=3)
    message = (
        f"{call}: {'a node is missing' if listed < needed else 'a node does not belong'}. Begin at each of the roots."
    )
    raise Mistake("several-missing", message, **shown, hint=3)


def judge_marks(answer):
    """Nothing was left behind at the nodes."""
    marks = [name for name in expect_list(answer.get("marks"), what="the marks") if type(name) is str]
    if marks:
        message = f"The nodes have an attribute `{marks[0]:.40}` after the call. Leave nothing behind: keep marks in a set or a dict."
        raise Mistake("leaves-marks", message, hint=2)
    if any(grad != 0 for grad in expect_list(answer.get("grads"), what="the gradients")):
        message = (
            "topo_sort has written into the `grad` of a node: gradients come later. Keep marks in a set or a dict."
        )
        raise Mistake("leaves-marks", message, hint=2)


def of_two_parents(graph, root, order):
    """Whether this would be an order of the graph in which each node has its first two parents alone."""
    cut = [[data, parents[:2], local[:2]] for data, parents, local in graph]
    return set(order) == set(nodes_below(cut, root)) and too_early(cut, order) is None


def judge_chain(length, answer):
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
    chain[-1][1] = [length - 2, *range(0, length - 1, 50)]
    judge_order(chain, length - 1, CHAIN, order, {})


def judge_order(graph, root, name, order, names):
    """Return when order may fire on graph, or raise the Mistake that explains it. names: letters of a small graph."""
    needed, small = nodes_below(graph, root) if names else range(len(graph)), bool(names)
    if not all(type(i) is int and 0 <= i < len(graph) for i in order):
        raise Mistake("not-a-node", "The list holds something that is not a node of this graph.", hint=3)
    shown = {}
    if small:
        got, right = gradients_of(graph, root, order), gradients_of(graph, root, finished_last(graph, root))
        shown = {"got": leaf_grads(graph, got, names), "expected": leaf_grads(graph, right, names)}
    if not order:
        message = "The list is empty: the root itself belongs in it."
        raise Mistake("empty", message, "no node", f"{len(needed)} nodes", hint=3)
    if len(order) > len(set(order)):
        if small and order in [depth_first(graph, root, f, once=False) for f in (False, True)]:
            message = (
                "The walk goes into a node once for every path that leads there (naive recursion): it fires before "
                "its gradient is complete, and then again. Each node may stand in the list once."
            )
            raise Mistake("naive-recursion", message, **shown, hint=2)
        raise Mistake("listed-twice", "A node stands in the list more than once, so it fires twice.", **shown, hint=2)
    if small and len(order) != len(needed) and of_two_parents(graph, root, order):
        raise Mistake("two-parents-only", TWO_PARENTS, f"{len(order)} nodes", f"{len(needed)} nodes", hint=2)
    if len(order) != len(needed):
        message = f"The list has {len(order)} nodes; {name} has {len(needed)} that the root depends on (it is one too)."
        raise Mistake("missing-node", message, f"{len(order)} nodes", f"{len(needed)} nodes", hint=2)
    if set(order) != set(needed):
        raise Mistake("not-below", "The list holds a node that the root does not depend on, and lacks one.", hint=2)
    early = too_early(graph, order)
    if early is None:
        return
    if too_early(graph, order[::-1]) is None:
        message = "This is the order of the forward pass (post-order), parents first: backwards it is the one wanted."
        raise Mistake("post-order", message, **shown, hint=2)
    parent, child = early
    label = lambda i: names.get(i, f"node {i}")
    why = f" {label(parent)} fires before {label(child)}, which is made from it."
    if small and order in [marked_when_pushed(graph, root, f) for f in (False, True)]:
        message = (
            f"{why.strip()} {label(parent)} was marked as met when it was put on the stack, and so it was not visited again "
            f"below {label(child)}: mark a node when you take it off the stack."
        )
        raise Mistake("marked-when-pushed", message, **shown, hint=3)
    if small and order in [depth_first(graph, root, f) for f in (False, True)]:
        message = "A node is listed when the walk first meets it (pre-order), before all that is made from it." + why
        raise Mistake("pre-order", message, **shown, hint=1)
    if small and order in [breadth_first(graph, root, f) for f in (False, True)]:
        message = (
            "Level by level (breadth-first) is not enough: a node may be near the root by one path and far by another."
        )
        raise Mistake("breadth-first", message + why, **shown, hint=2)
    if small and of_two_parents(graph, root, order):
        raise Mistake("two-parents-only", TWO_PARENTS + why, **shown, hint=2)
    raise Mistake("too-early", f"{why.strip()} Its gradient was not complete.", **shown, hint=1)
