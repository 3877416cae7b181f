"""What lecture 03's judges say does not depend on the luck of the draw: the same on any seed's cases."""

import math
import random
from itertools import product

import numpy as np
import pytest

from karpathy_course.checks.lecture03.exercise_6_forward_mode import ANYWHERE, jacobian
from karpathy_course.checks.lecture03.random_functions import draw_tame
from karpathy_course.checks.shared.graph_entries import (
    OPERATIONS,
    SPECIAL,
    all_same,
    apply,
    count,
    draw_graph,
    draw_inputs,
    evaluate,
    expect_graph,
    inputs_of,
    renamed,
    same,
)
from karpathy_course.graph import Graph, grad
from karpathy_course.graph.core import evaluated


@pytest.mark.parametrize("op", sorted(OPERATIONS))
def test_the_judges_operations_are_those_of_the_table_for_every_float(op):
    first = (True, False) if op == "where" or op.startswith("logical") else (*SPECIAL, 0.5, -2.0, 3.0, -3.0, 800.0)
    other = first if op.startswith("logical") else (*SPECIAL, 0.5, -2.0, 3.0, -3.0, 800.0)
    for operands in product(first, *[other] * (OPERATIONS[op] - 1)):
        wanted = np.asarray(evaluated(op, *operands)).item()  # a row on numbers, as an interpreted graph has them
        got = apply(op, *operands)
        exact = same(got, wanted) or (got == 0 == wanted and op in ("maximum", "minimum", "relu"))  # of ±0 either
        assert exact or (got and math.isclose(got, wanted, rel_tol=1e-14)), operands


def test_drawn_graphs_are_in_form_and_mean_the_same_under_other_names():
    for seed in range(100):
        rng = random.Random(seed)
        graph = draw_graph(rng, 3, 7, constants=2)
        again, xs = renamed(expect_graph(graph, 3, outputs=1), rng), draw_inputs(rng, 3, special=True)
        assert all_same(evaluate(expect_graph(again), xs), evaluate(graph, xs)) and count(again) == count(graph)


def test_the_judges_jacobians_are_the_gradients_of_the_package():
    for seed in range(30):
        graph, [xs] = draw_tame(random.Random(seed), 1, 3, 8, ANYWHERE)
        _, *gradients = np.ravel([np.ravel(part) for part in flat(grad(Graph.from_list(graph))(*xs))])
        assert gradients == pytest.approx(jacobian(graph, xs)[0], abs=1e-12) and len(inputs_of(graph)) == 3


def flat(thing):
    return [x for part in thing for x in flat(part)] if isinstance(thing, (list, tuple)) else [thing]
