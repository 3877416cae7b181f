"""Exercise 06.6 draws its runs for every seed: one without a run would be a check that ends in an error."""

import random

import pytest

from karpathy_course.checks.lecture06.stopping_rules import BEST_SO_FAR, STOP, faults_with_nan, nan_run
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.registry import find


@pytest.mark.parametrize("seed", [30, 20261129])
def test_seeds_that_found_no_run_with_nan_by_luck_draw_their_cases(seed):
    assert draw_cases(find("06.6"), random.Random(seed))


@pytest.mark.parametrize("columns", [STOP, BEST_SO_FAR])
def test_a_run_with_nan_is_found_and_has_no_fault(columns):
    for seed in range(10):
        given = nan_run(random.Random(seed), columns)
        assert faults_with_nan(given, columns) == 0
        assert sum(loss != loss for loss in given[2]) == 3
