"""The order in which an exercise asks its cases: one of each property first, then the rest.

Most wrong answers are then known after a few cases, whatever they get wrong, and whoever tries hundreds of them (the
tests do) need not go on to the last.
"""


def one_of_each_first(cases):
    """The cases, with the first one of each property before all others; otherwise in their order."""
    met, first, rest = set(), [], []
    for case in cases:
        (rest if case["property"] in met else first).append(case)
        met.add(case["property"])
    return first + rest
