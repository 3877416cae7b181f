"""An exercise for the tests, and answers to it: double a number, add up a list."""

import random

from karpathy_course.checks import Exercise, Mistake
from karpathy_course.checks.checking import given_by, try_in_place
from karpathy_course.checks.expectations import close, expect_number
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.runner.probing import collect
from karpathy_course.checks.runner.unsandboxed import try_answers


class Double(Exercise):
    id = "99.1"
    title = "Double"
    section = "Doubling"
    difficulty, importance, minutes, points = 1, 1, 1, 4
    seconds = 0.5
    needs = ("double",)
    provides = {"Value": "karpathy_course.scalar"}
    properties = {"positive": 0.5, "negative": 0.5}
    hints = ("one", "two", "three")

    @staticmethod
    def cases(rng):
        cases = [{"property": "positive", "x": rng.uniform(3, 4)} for _ in range(3)]
        return [*cases, *({"property": "negative", "x": rng.uniform(-4, -3)} for _ in range(3))]

    @staticmethod
    def probe(namespace, case):
        return namespace["double"](case["x"])

    @staticmethod
    def judge(case, answer):
        x = case["x"]
        if close(expect_number(answer), 2 * x):
            return
        if close(answer, x * x):
            raise Mistake("squared", "You have squared the number.", answer, 2 * x, hint=2)
        raise Mistake("wrong", "That is not the double.", answer, 2 * x)


RIGHT = "def double(x):\n    return 2 * x"


def in_place(source, seed=0, **names):
    namespace = {"__name__": "__main__", **names}
    collect([["answer-99-1", source]], namespace, given_by(Double), 10.0)
    return try_in_place(Double, namespace, seed)


def alone(source, seed=0, more=()):
    cases = draw_cases(Double, random.Random(seed))
    [result] = try_answers([(Double, [*more, ["answer-99-1", source]], cases)])
    return mark(Double, cases, result["outcomes"], result["troubles"], seed)
