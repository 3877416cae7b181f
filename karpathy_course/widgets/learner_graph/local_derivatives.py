"""Beside each edge its local derivative, whatever class the graph is made of, and whether the class has it right.

Two sources that know nothing of each other: what the class says (`local_derivatives`, or what its
`_backward` writes), and the table's formula for the same operation on the same numbers. Where both
are there and differ, the table is right and the graph notes what the class claimed.
"""

from math import isclose, isnan

from karpathy_course.widgets.learner_graph.labels import compute, format_number
from karpathy_course.widgets.learner_graph.safe_calls import probe

LOCALS = ("local_derivatives", "_local_grads", "local_grads")


def find_locals(graph, called, seconds):
    """Fill ``graph.operands``, ``.locals`` and ``.claimed``; called(graph, node) names a node in notes."""
    objects, kept, to_probe = graph.objects, {}, []
    for i, above in enumerate(graph.parents):
        if above:
            numbers = _kept(objects[i], len(above))
            if numbers is not None:
                kept[i] = numbers
            elif callable(getattr(objects[i], "_backward", None)):
                to_probe.append(i)
    probed, trouble = probe(objects, graph.parents, to_probe, seconds)
    stale, missing = [], []
    for i, above in enumerate(graph.parents):
        if not above:
            graph.operands.append(None)
            graph.locals.append(())
            continue
        operands, by_table, consistent = recompute(graph, i)
        graph.operands.append(operands)
        if not consistent:
            stale.append(i)
        own = kept.get(i)
        if own is None and i in probed:
            own = _beside(graph, i, probed[i], by_table)
        if own is None and by_table is None:
            missing.append(i)
            own = (None,) * len(above)
        elif own is None:
            own = by_table
        elif by_table is not None and not _agree(graph, i, own, by_table):
            graph.claimed[i], own = own, by_table
        graph.locals.append(own)
    _note(graph, called, trouble, stale, missing)


def recompute(graph, i):
    """How to compute node i again: (operands, derivatives beside its parents, False if its value is another)."""
    above, value = graph.parents[i], graph.values[i]
    attributes, first = graph.attributes[i], None
    for ways in _ways(above, attributes, graph.order_known):
        numbers = [w if isinstance(w, float) else graph.values[w] for w in ways]
        result = compute(graph.op[i], numbers)
        if result is None:
            continue
        if same(result[0], value):
            return ways, _derivatives(above, ways, result[1], graph.order_known), True
        first = first or ways
    return None, None, first is None


def same(a, b, tolerance=1e-9):
    return a == b or (isnan(a) and isnan(b)) or isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def _ways(above, attributes, order_known):
    """The operand lists that a node may have been made from; an int is a node, a float a number."""
    if attributes:
        rest = iter(above)
        filled = [next(rest, None) if a is None else float(a) for a in attributes]
        if None not in filled:
            yield tuple(filled)
        return
    yield above
    if not order_known:
        if len(above) == 2:
            yield above[::-1]
        elif len(above) == 1:
            yield above * 2


def _derivatives(above, ways, numbers, ordered):
    pairs = [(w, number) for w, number in zip(ways, numbers) if not isinstance(w, float)]
    if ordered and len(pairs) == len(above):
        return tuple([number for _, number in pairs])
    totals = dict.fromkeys(above, 0.0)
    for w, number in pairs:
        totals[w] += number
    return tuple([totals[p] for p in above])


def _kept(node, count):
    for name in LOCALS:
        numbers = getattr(node, name, None)
        if numbers is not None:
            try:
                numbers = tuple([float(number) for number in numbers])
            except (TypeError, ValueError):
                return None
            return numbers if len(numbers) == count else None
    return None


def _beside(graph, i, totals, by_table):
    """A probe's totals for the distinct parents, beside the parents; a repeated one is shared out by the table."""
    above = graph.parents[i]
    if len(totals) == len(above):
        return tuple([totals[p] for p in above])
    if by_table is not None:
        expected = dict.fromkeys(above, 0.0)
        for p, number in zip(above, by_table):
            expected[p] += number
        if all(same(expected[p], totals[p], 1e-6) for p in expected):
            return by_table
        last = {p: k for k, p in enumerate(above)}
        return tuple([totals[p] if last[p] == k else 0.0 for k, p in enumerate(above)])
    graph.parents[i] = distinct = tuple(dict.fromkeys(above))
    return tuple([totals[p] for p in distinct])


def _agree(graph, i, own, by_table):
    if graph.op[i] == "relu" and graph.values[graph.parents[i][0]] == 0:
        return 0 <= own[0] <= 1
    return all(isnan(t) or same(o, t, 1e-6) for o, t in zip(own, by_table))


def _note(graph, called, trouble, stale, missing):
    if trouble:
        graph.notes.append(f"The _backward of {called(graph, trouble[0])} could not be run: {trouble[1]}")
    if graph.claimed:
        i, own = next(iter(graph.claimed.items()))
        totals = {}
        for p, said, true in zip(graph.parents[i], own, graph.locals[i]):
            before = totals.get(p, (0.0, 0.0))
            totals[p] = (before[0] + said, before[1] + true)
        p, (said, true) = next(((p, t) for p, t in totals.items() if not same(*t, 1e-6)), next(iter(totals.items())))
        others = f" {len(graph.claimed)} nodes differ in this way." if len(graph.claimed) > 1 else ""
        graph.notes.append(
            f"{called(graph, i)}: by this class its derivative by {called(graph, p)} is {format_number(said)}; "
            f"it is {format_number(true)}.{others}"
        )
    if stale:
        i = stale[0]
        others = f" ({len(stale)} nodes)" if len(stale) > 1 else ""
        graph.notes.append(
            f"{called(graph, i)} is {format_number(graph.values[i])}, which its operands no longer give{others}: "
            "has data been changed since the graph was made?"
        )
    if missing:
        graph.notes.append(
            f"No local derivatives were found for {called(graph, missing[0])}"
            + (f" and {len(missing) - 1} others" if len(missing) > 1 else "")
            + ": the class keeps neither local_derivatives nor a _backward that can be run."
        )
