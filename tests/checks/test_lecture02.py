"""What lecture 02's judges say does not depend on the luck of the draw: the same on any seed's cases."""

import math
import random

import pytest

from karpathy_course.checks import find
from karpathy_course.checks.checking import try_in_place
from karpathy_course.checks.lecture02_line import FitLine, descend, least_squares
from karpathy_course.checks.lecture02_training import Losses
from karpathy_course.checks.trials import named_trials
from tests.exercises.test_exercises import names_of

QUICK = ["02.1", "02.3", "02.4", "02.6", "02.7"]  # those whose cases cost milliseconds


@pytest.mark.parametrize("id", QUICK)
def test_right_answers_pass_and_mistakes_are_named_whatever_is_drawn(id):
    exercise = find(id)
    for trial in named_trials(exercise):
        if trial.kind == "stub":
            continue
        expected = {(f"{id}/{trial.expected}",) if trial.kind == "mutant" else ()}
        names = names_of(exercise, trial.source)
        draws = 30 if trial.kind == "mutant" else 150
        assert {try_in_place(exercise, names, seed).mistakes[:1] for seed in range(draws)} == expected, trial.name


def test_a_step_too_long_runs_visibly_away_whatever_is_drawn():
    for seed in range(200):
        case = FitLine.cases(random.Random(seed))[-1]
        xs, ys = case["xs"], case["ys"]
        reached, best = descend(xs, ys, case["rate"], case["steps"]), least_squares(xs, ys)
        assert math.dist(reached, best) > 1000 * max(map(abs, best))


def test_a_logarithm_of_the_sigmoid_fails_on_the_farthest_scores_whatever_is_drawn():
    for seed in range(200):
        for case in Losses.cases(random.Random(seed)):
            if max(map(abs, case.get("scores", [0]))) > 10:
                wrong = [abs(s) for s, y in zip(case["scores"], case["labels"]) if (s > 0) != (y == 1)]
                assert all(math.exp(-s) == 0.0 for s in wrong) and wrong
