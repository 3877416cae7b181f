"""How a probe runs a pass of the learner's: on a graph, on what came of it, and on another graph.

Probes that name this module in their exercise's `shared` find it in the separate process; it uses nothing but Python.
"""

SMALL = [["x", "input", [], {}], ["y", "neg", ["x"], {}], ["", "output", ["y"], {}]]


def entries(graph):
    """A graph as the learner's function gets it: tuples, and dicts of its own."""
    return [(name, op, tuple(inputs), dict(attributes)) for name, op, inputs, attributes in graph]


def run_pass(run, graph, other=SMALL, twice=True):
    """The result of ``run(graph)``, before and after run was called on other graphs, and the argument afterwards.

    twice: run it on its own result too; ``again`` is missing where that cannot be read.
    """
    argument = entries(graph)
    result = run(argument)
    answer = {"argument": argument, "result": result}
    try:
        first = entries(result)
        if twice:
            answer["again"] = run(entries(result))
        run(entries(other))
    except Exception:  # what came back has no form, or the pass cannot read it
        return answer
    changed = type(result) is list and entries(result) != first
    return {**answer, "result": first, "later": entries(result)} if changed else answer
