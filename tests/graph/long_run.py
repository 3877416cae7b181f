"""Many random programs and functions by hand: ``python -m tests.graph.long_run [--functions] 5000 [first seed]``.

CI runs a few of both.
"""

import sys
import warnings
from collections import Counter

from karpathy_course.graph import Graph, GraphError, grad, optimize
from tests.graph.function_laws import hold_function
from tests.graph.functions import random_function
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


def functions(count, first=0):
    """Every law of `function_laws` on many functions; how many failed, with the text of the first of each kind."""
    counts, failures = Counter(), {}
    for seed in range(first, first + count):
        try:
            counts += hold_function(seed)
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            failures.setdefault(what[:60], []).append(seed)
            if len(failures[what[:60]]) == 1:
                print(f"seed {seed}: {what}\n{random_function(seed)}", flush=True)
    for what, seeds in failures.items():
        print(f"{len(seeds)} times: {what}: seeds {seeds[:8]}")
    print(f"{count} random functions, {sum(map(len, failures.values()))} failures: {dict(counts)}")
    return len(failures)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    numbers = [int(a) for a in sys.argv[1:] if a != "--functions"]
    if "--functions" in sys.argv:
        sys.exit(1 if functions(*numbers or [5000]) else 0)
    main(*numbers or [2000])
