"""Every exact pass on many random programs: ``python -m tests.graph.long_run 2000``. CI runs a few of them."""

import sys

from karpathy_course.graph import Graph, GraphError, grad, optimize
from tests.graph.programs import random_program
from tests.graph.test_laws import EXACT, REWRITES, same_outputs


def hold(seed):
    """Raises AssertionError where a pass, or all of them in a random order, changes a bit."""
    graph = Graph.from_list(random_program(seed))
    graphs = [graph]
    if len(graph.outputs) == 1 and graph.dtypes[graph.outputs[0]] == "float64":
        graphs.append(grad(graph))
    for each in graphs:
        for which, run in EXACT.items():
            if which == "checkpoint" and each is graph:
                continue
            after = run(each)
            same_outputs(each, after, range(4))
            if which in REWRITES:
                assert after.operations() <= each.operations()
                assert repr(run(after)) == repr(after), which
        same_outputs(each, optimize(each, [EXACT[w] for w in REWRITES]), range(4))


def main(count):
    for seed in range(count):
        try:
            hold(seed)
        except (AssertionError, GraphError):
            print(f"seed {seed}:\n{Graph.from_list(random_program(seed))}")
            raise
    print(f"{count} random programs, and their gradients: every pass kept every bit")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
