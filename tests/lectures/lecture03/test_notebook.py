"""What lecture 03 claims beyond its own cells: the cheap gradient, counted on the graphs under test."""

import math

import numpy as np
import pytest

from karpathy_course import graph
from tests.graph.corpus import CORPUS
from tests.notebooks.conftest import ROOT, code_cells, read

CELLS = {cell.id: cell.source for cell in code_cells(read(ROOT / "lectures" / "03_the_tape_and_the_trace.ipynb"))}


def counter():
    """The lecture's `operations`, from its own cells, without what those cells print."""
    liveness, counting = CELLS["liveness"].split("\n\n\n")[0], CELLS["counter"].split("\n\n\ng = ")[0]
    names = {"math": math, "graph": graph}
    exec("\n".join([liveness, CELLS["counter-table"], counting]), names)
    return names["operations"]


@pytest.mark.parametrize("name", CORPUS)
def test_value_and_gradient_cost_at_most_five_times_the_value(name):
    entry = CORPUS[name]
    traced = graph.trace(entry.fn, *entry.examples)
    later = any(op == "linear" for op, _, _ in traced.code)  # a row that lecture 03 does not know
    count = graph.arithmetic if later else counter()
    both = graph.eliminate_dead(graph.grad(traced))
    assert count(traced) > 0 and count(both) <= 5 * count(traced)


def test_the_counter_counts_numbers_not_rows():
    count = counter()
    numbers = lambda *shape: np.ones(shape)
    assert count(graph.trace(lambda a, b: a @ b, numbers(3, 4), numbers(4, 5))) == 3 * 5 * (4 + 3)
    assert count(graph.trace(lambda a: a.sum(), numbers(3, 4))) == 11
    assert count(graph.trace(lambda a: a.exp() + 1, numbers(3, 4))) == 24
    assert count(graph.trace(lambda a: a.reshape(4, 3), numbers(3, 4))) == 0
