"""What code gives that keeps results under too short a key: a wrong model for the exercises that run a list."""

from karpathy_course.checks.exercise import Mistake
from karpathy_course.checks.shared.graph_entries import STRUCTURAL, GuardFailed, evaluate, text_of

KEYS = (  # key, what it leaves out
    (lambda op, operands: tuple(operands), "the same operands, but another op"),
    (lambda op, operands: (op, *sorted(operands)), "the same op, but its operands in another order"),
)


def expect_not_kept(graph, inputs, outputs, **shown):
    """Raise ``kept-results`` where outputs are those of code that takes two entries of graph for one."""
    for key, differs in KEYS:
        first, other, pair = {}, [], None
        for entry in graph:
            name, op, operands, more = entry
            if op not in STRUCTURAL:
                before = first.setdefault(key(op, operands), entry)
                pair = pair or ((before, entry) if before[1:3] != entry[1:3] else None)
                op, operands = before[1:3]
            other.append([name, op, operands, more])
        try:
            kept = evaluate(other, inputs)
        except GuardFailed:
            continue
        if pair and list(outputs) == kept:
            here, there = (f"`{text_of([entry])}`" for entry in pair[::-1])
            message = f"{here} has got the result of {there}, which has {differs}: keep each result under its name."
            raise Mistake("kept-results", message, **shown, hint=2)
