"""What lecture 02's judges say does not depend on the luck of the draw: the same on any seed's cases."""

import math
import random

import pytest

from karpathy_course.checks import Mistake
from karpathy_course.checks.lecture02.exercise_2_topo_sort import TopoSort
from karpathy_course.checks.lecture02.exercise_5_training import (
    NEEDED,
    RATE,
    SAMPLES,
    STEPS,
    Losses,
    accuracy,
    draw_moons,
    first_weights,
    unseen,
)
from karpathy_course.checks.lecture02.exercise_5_training import descend as trained
from karpathy_course.checks.lecture02.exercise_7_fit_line import FitLine, descend, least_squares
from karpathy_course.checks.lecture02.random_graphs import finished_last, tempting
from karpathy_course.data import moons
from tests.exercises.drawing import seeds


def test_a_step_too_long_runs_visibly_away_whatever_is_drawn():
    for seed in seeds("02.7"):
        case = FitLine.cases(random.Random(seed))[-1]
        xs, ys = case["xs"], case["ys"]
        reached, best = descend(xs, ys, case["rate"], case["steps"]), least_squares(xs, ys)
        assert math.dist(reached, best) > 1000 * max(map(abs, best))


def test_a_logarithm_of_the_sigmoid_fails_on_the_farthest_scores_whatever_is_drawn():
    for seed in seeds("02.5"):
        for case in Losses.cases(random.Random(seed)):
            if max(map(abs, case.get("scores", [0]))) > 10:
                wrong = [abs(s) for s, y in zip(case["scores"], case["labels"]) if (s > 0) != (y == 1)]
                assert all(math.exp(-s) == 0.0 for s in wrong) and wrong


def accepted(case, order):
    """Whether order passes for the root of a case; the calls on other nodes are answered rightly."""
    if "_graph" not in case:
        answer = {"first": order}
    else:
        graph, roots = case["_graph"], case["_roots"]
        others = [finished_last(graph, root) for root in roots[1:]]
        right, (data, parents, local) = finished_last(graph, roots[0]), map(list, zip(*graph))
        answer = {"orders": [order, *others], "first again": order, "fresh": right, "several": right, "marks": []}
        answer |= {"grads": [0.0] * len(graph), "data": data, "parents": parents, "local": local}
    try:
        TopoSort.judge(case, answer)
    except Mistake:
        return False
    return True


@pytest.mark.slow
def test_an_order_that_only_looks_right_passes_no_property_of_02_2_whatever_is_drawn():
    for seed in seeds("02.2", at_length=150):
        cases = [case for case in TopoSort.cases(random.Random(seed)) if "_graph" in case]
        graphs = [(case, case["_graph"], case["_roots"][0]) for case in cases]
        assert all(accepted(case, finished_last(graph, root)) for case, graph, root in graphs)
        kinds = len(list(tempting(*graphs[0][1:])))
        for property in ("the diamond", "any graph"):
            for which in range(kinds):
                asked = [g for g in graphs if g[0]["property"] == property]
                assert not all(accepted(case, list(tempting(graph, root))[which]) for case, graph, root in asked)


def test_only_counting_down_passes_the_chain_of_02_2():
    case = next(case for case in TopoSort.cases(random.Random(0)) if "_length" in case) | {"_length": 30}
    chain = [[1.0, [i - 1, 1] if i % 2 else [min(i - 1, 2), i - 1], []] for i in range(30)]
    chain[0][1], chain[1][1] = [], [0, 0]
    assert accepted(case, list(range(29, -1, -1)))
    assert [order for order in tempting(chain, 29) if accepted(case, order)] == [list(range(29, -1, -1))]  # by number


def test_weights_that_the_lectures_moons_have_taught_fail_whatever_is_drawn():
    weights = trained(first_weights(random.Random(0)), *moons(SAMPLES, 0.05, 0), STEPS, RATE)
    assert accuracy(weights, *unseen(0, 1)) > NEEDED
    for seed in seeds("02.5", at_length=100):
        assert accuracy(weights, *unseen(*draw_moons(random.Random(seed))["judge"]["laid"])) < NEEDED
