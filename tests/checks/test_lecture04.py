"""What lecture 04's judges say does not depend on the luck of the draw: the same on any seed's cases."""

import random

import pytest

from karpathy_course.checks import find
from karpathy_course.checks.beside import run_probe
from karpathy_course.checks.marking import draw_cases, find_mistake
from karpathy_course.checks.plain import dumps
from karpathy_course.checks.trials import named_trials
from tests.exercises.test_exercises import names_of

DRAWS = {"04.1": 150, "04.2": 150, "04.3": 150, "04.4": 150, "04.5": 150, "04.6": 20}  # of a right answer
MUTANT_DRAWS = 30


def first_mistake(exercise, names, cases, passed):
    """The id of the mistake that a check names first, or None; what has passed before is not tried again."""
    for text, case in cases:
        if text not in passed:
            mistake = find_mistake(exercise, case, run_probe(exercise.probe, names, case, exercise.seconds))
            if mistake is not None:
                return mistake.id
            passed.add(text)
    return None


@pytest.mark.parametrize("id", DRAWS)
def test_right_answers_pass_and_mistakes_are_named_whatever_is_drawn(id):
    exercise = find(id)
    drawn = [draw_cases(exercise, random.Random(seed)) for seed in range(max(DRAWS[id], MUTANT_DRAWS))]
    drawn = [[(hash(dumps(case)), case) for case in cases] for cases in drawn]
    for trial in named_trials(exercise):
        if trial.kind == "stub":
            continue
        names, passed = names_of(exercise, trial.source), set()
        draws = MUTANT_DRAWS if trial.kind == "mutant" else DRAWS[id]
        found = {first_mistake(exercise, names, cases, passed) for cases in drawn[:draws]}
        assert found == {trial.expected}, f"{trial.name}: {found}"
