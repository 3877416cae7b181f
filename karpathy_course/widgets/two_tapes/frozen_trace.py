"""A trace as the page plays it: its boxes, and what it answers at every input, guard by guard.

The trace is plain data, ``[(name, op, inputs, attributes), …]``, from the learner's tracer or the package's; it
is interpreted with the table's own rows, and the function that was traced is not called. Nothing here draws.
"""

import numpy as np

from karpathy_course.graph import Graph
from karpathy_course.ops import evaluate
from karpathy_course.widgets.learner_graph.reading import GraphError

MOST_ENTRIES = 90


def frozen_graph(entries, label):
    """(boxes, edges, guards) of a trace; a plain number stands inside the box of the operation that takes it.

    A box is {"label", "kind": "leaf", "op", "guard" or "result", "entry": its place in entries}; a guard is
    {"box", "entry", "expected", "where"}. Raises graph.GraphError, which names the entry, for what is no graph.
    """
    graph = Graph.from_list(entries)
    if any(shape != () for shape in graph.shapes) or len(graph) > MOST_ENTRIES or len(graph.outputs) != 1:
        raise GraphError(
            f"Two tapes plays traces of single numbers with one result and at most {MOST_ENTRIES} entries."
        )
    numbers, boxes, edges, guards, place = {}, [], [], [], {}
    results = set(next(inputs for _, op, inputs, _ in entries if op == "output"))
    for k, (name, op, inputs, attributes) in enumerate(entries):
        if op == "output" or (op == "constant" and name not in results):
            numbers[name] = attributes.get("value")
            continue
        kind = "result" if name in results else {"input": "leaf", "guard": "guard"}.get(op, "op")
        text = label(op, [numbers.get(x) for x in inputs])
        if op == "guard":
            text = f"guard: {'true' if attributes['expected'] else 'false'}"
            guards.append(
                {
                    "box": len(boxes),
                    "entry": k,
                    "expected": attributes["expected"],
                    "where": attributes.get("where", ""),
                }
            )
        text = name if op == "input" else "number" if op == "constant" else text
        place[name] = len(boxes)
        boxes.append({"label": text, "kind": kind, "entry": k})
        edges += [(place[x], place[name]) for x in inputs if x in place]
    return boxes, edges, guards


def answers(entries, numbers):
    """{"values": one an entry, "failed": the entry of the first guard that does not hold, or None, "answer"}.

    Values go on behind a failed guard, because a reader that does not look at guards goes on too.
    """
    values, fed, failed, answer = {}, iter(numbers), None, None
    for k, (name, op, inputs, attributes) in enumerate(entries):
        operands = [values[x] for x in inputs]
        if op == "output":
            answer = float(operands[0])
        elif op == "input":
            values[name] = np.float64(next(fed))
        elif op == "constant":
            values[name] = attributes["value"]
        elif op == "guard":
            values[name] = bool(operands[0]) is attributes["expected"]
            if not values[name] and failed is None:
                failed = k
        else:
            with np.errstate(all="ignore"):
                values[name] = evaluate(op, *operands, **attributes)
    return {"values": [_plain(values.get(name)) for name, *_ in entries], "failed": failed, "answer": answer}


def _plain(value):
    if value is None or isinstance(value, (bool, np.bool_)):
        return None if value is None else bool(value)
    return float(value)
