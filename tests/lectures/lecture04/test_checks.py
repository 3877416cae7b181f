"""What lecture 04's judges say does not depend on the luck of the draw: the same on any seed's cases."""

import random

import numpy as np
import pytest

from karpathy_course.checks import find
from karpathy_course.checks.authoring.trials import solution_source
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.shared.graph_layouts import KEPT
from karpathy_course.graph import (
    Graph,
    checkpoint,
    eliminate_dead,
    fold_constants,
    grad,
    merge_common,
    peak_memory,
    trace,
)
from karpathy_course.graph.core import evaluated
from tests.exercises.answers import names_of


def solved(id):
    exercise = find(id)
    return names_of(exercise, solution_source(id))[exercise.needs[0]]


def wasteful(w, x, b):
    h = (w * x + b * 1.0).tanh()
    return ((h * h + x * w) - 0.0) * (h * h) + w * x


def long(x):
    for _ in range(60):
        x = x.sin()
    return x


def known(attributes):
    """Without those that mean nothing: the package refuses them."""
    return {key: value for key, value in attributes.items() if key not in KEPT}


OWN = {"04.1": fold_constants, "04.3": merge_common, "04.4": eliminate_dead}


@pytest.mark.parametrize("id", OWN)
def test_the_packages_own_pass_leaves_as_many_operations_as_the_exercise_asks_for(id):
    more, fewer = [evaluated] if id == "04.1" else [], 0
    for case in draw_cases(find(id), random.Random(4)):
        entries = [(name, op, tuple(inputs), known(own)) for name, op, inputs, own in case["graph"]]
        graph = Graph.from_list(entries)
        made = Graph.from_list(solved(id)(entries, *more))
        assert made.operations() == OWN[id](graph).operations() <= graph.operations(), case["name"]
        fewer += made.operations() < graph.operations()
    assert fewer > 8


@pytest.mark.parametrize("id", OWN)
def test_the_solutions_keep_every_bit_of_a_traced_gradient(id):
    graph = grad(trace(wasteful, 0.5, 1.5, 0.25))
    made = Graph.from_list(solved(id)(graph.to_list(), *([evaluated] if id == "04.1" else [])))
    assert made.operations() == OWN[id](graph).operations()
    for row in np.random.default_rng(4).normal(size=(20, 3)):
        assert np.array_equal(np.hstack(graph(*row)), np.hstack(made(*row)))


def test_the_solutions_checkpoints_cost_and_save_what_the_packages_do_and_its_own_merge_leaves_them():
    graph = grad(trace(long, 0.5))
    ours, own = Graph.from_list(solved("04.6")(graph.to_list())), checkpoint(graph)
    assert peak_memory(ours) <= peak_memory(own) < peak_memory(graph) / 3
    assert merge_common(ours).operations() == ours.operations() <= graph.operations() + 60
