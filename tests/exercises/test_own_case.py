"""What an answer finds in its own case is worth nothing: whoever returns it has computed nothing.

An answer runs in the frames below the probe, whose variables hold the case. So each exercise is given answers that
walk up to it and return what stands there: the case itself, each value in it, and what these hold in turn.
"""

import random
from functools import partial

import pytest

from karpathy_course.checks import all_exercises
from karpathy_course.checks.authoring.trials import drawn, notebook_with, solution_source
from karpathy_course.checks.checking import given_by
from karpathy_course.checks.exercise import Exercise, seen
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.runner.jobs import json_of
from karpathy_course.checks.runner.probing import collect, run_probe

DEPTH, ENDS = 4, 2  # how far down it is looked, and how many items at each end of a list
THIEF = """
def walk_to_the_case(path):
    import sys
    frame = sys._getframe(1)
    while frame is not None and type(frame.f_locals.get("case")) is not dict:
        frame = frame.f_back
    found = frame.f_locals["case"]
    for step in path:
        found = found[step]
    return found
def {name}(*arguments, **more):
    return walk_to_the_case({path!r})
"""
each = pytest.mark.parametrize("exercise", all_exercises(), ids=lambda exercise: exercise.id)


def paths_in(thing, depth=DEPTH):
    """``()``, and the ways to what a list or a dict holds: ``("graph", -2, 0)``."""
    found = {(): None}
    if depth and type(thing) is dict:
        steps = list(thing)[:40]
    elif depth and type(thing) is list:
        steps = [*range(min(ENDS, len(thing))), *range(-min(ENDS, len(thing)), 0)]
    else:
        steps = []
    for step in steps:
        found |= {(step, *rest): None for rest in paths_in(thing[step], depth - 1)}
    return found


def points_of_a_thief(exercise, cases, path, beside):
    """What answers earn that return what lies at path; beside: the names that the notebook holds with them."""
    namespace = {"__name__": "__main__", **beside}
    for name in exercise.needs:
        exec(THIEF.format(name=name, path=path), namespace)
    names = given_by(exercise) | {name: namespace[name] for name in exercise.needs}
    outcomes = [partial(run_probe, exercise.probe, names, seen(case), exercise.seconds) for case in cases]
    return mark(exercise, cases, outcomes).points


@each
def test_an_answer_handed_anything_found_in_its_own_case_earns_nothing(exercise):
    cases = drawn(exercise, 0)
    paths = {path: None for case in cases for path in paths_in(seen(case))}
    beside = {}
    collect(notebook_with(exercise.id, ""), beside, given_by(exercise), 10.0)
    earned = {path: points for path in paths if (points := points_of_a_thief(exercise, cases, path, beside))}
    assert not earned


@each
def test_what_only_the_judge_sees_does_not_leave_the_checker(exercise):
    cases = drawn(exercise, 0)
    assert '"judge"' not in json_of(cases)


def test_an_answer_that_is_in_the_case_is_found_out():
    """The test above, on an exercise that is made as 03.1 once was."""

    class Leaky(Exercise):
        id = "00.1"
        needs = ("double",)
        properties = {"all": 1.0}
        points = 1

        @staticmethod
        def cases(rng):
            numbers = [rng.random() for _ in range(3)]
            return [{"property": "all", "x": x, "_right": {"value": 2 * x}} for x in numbers]

        @staticmethod
        def probe(namespace, case):
            return namespace["double"](case["x"])

        @staticmethod
        def judge(case, answer):
            if answer != case["_right"]["value"]:
                raise AssertionError

    cases = draw_cases(Leaky, random.Random(1))
    paths = {path for case in cases for path in paths_in(seen(case))}
    assert {path for path in paths if points_of_a_thief(Leaky, cases, path, {})} == {("_right", "value")}


def test_a_case_that_cannot_be_split_is_said_in_one_line():
    class Unsplit(Exercise):
        id = "00.1"
        properties = {"all": 1.0}

        @staticmethod
        def cases(rng):
            return [{"property": "all", "judge": [1.0]}]

    with pytest.raises(ValueError, match=r'exercise 00.1: case\["judge"\] is a list; put what only the judge sees in'):
        draw_cases(Unsplit, random.Random(1))


@each
def test_no_property_has_the_same_cases_for_every_seed(exercise):
    """Else a table of answers earns its share. An exercise that asks for fixed items has them in its notebook."""
    names = {"__name__": "__main__"}
    collect(notebook_with(exercise.id, solution_source(exercise.id)), names, given_by(exercise), 10.0)
    if not any(callable(names[name]) for name in exercise.needs):
        return
    for property in exercise.properties:
        texts = set()
        for seed in range(3):
            cases = [case for case in drawn(exercise, seed) if case["property"] == property]
            texts.add(json_of(cases))
        assert len(texts) == 3, property
