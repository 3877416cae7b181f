"""What lecture 03's judges say does not depend on the luck of the draw: the same on any seed's cases."""

import pytest

from karpathy_course.checks import find
from karpathy_course.checks.checking import try_in_place
from karpathy_course.checks.trials import named_trials
from tests.exercises.test_exercises import names_of

IDS = ["03.1", "03.2", "03.3", "03.4", "03.5", "03.6"]


@pytest.mark.parametrize("id", IDS)
def test_right_answers_pass_and_mistakes_are_named_whatever_is_drawn(id):
    exercise = find(id)
    for trial in named_trials(exercise):
        if trial.kind == "stub":
            continue
        expected = {(f"{id}/{trial.expected}",) if trial.kind == "mutant" else ()}
        draws = range(30 if trial.kind == "mutant" else 150)  # each in a notebook of its own: some answers remember
        found = {try_in_place(exercise, names_of(exercise, trial.source), seed).mistakes[:1] for seed in draws}
        assert found == expected, trial.name
