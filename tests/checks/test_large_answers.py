"""A judge is given no more than it can look at in time."""

import time

from karpathy_course.checks import marking
from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.registry import find

CASE = {"property": "all"}


class Slow(Exercise):
    id = "00.1"
    properties = {"all": 1.0}

    @staticmethod
    def judge(case, answer):
        while True:
            pass


def test_a_judge_that_takes_too_long_over_a_large_answer_is_stopped(monkeypatch):
    monkeypatch.setattr(marking, "JUDGE_SECONDS", 0.3)
    started = time.monotonic()
    mistake = marking.find_mistake(Slow, CASE, {"answer": "x" * 20_000, "size": 20_002})
    assert mistake.id == "too-large" and time.monotonic() - started < 5
    assert "took more than 0.3 seconds" in str(mistake)


def test_an_answer_larger_than_any_right_one_is_not_looked_at():
    mistake = marking.find_mistake(Slow, CASE, {"answer": "x", "size": Slow.largest + 1})
    assert mistake.id == "too-large" and "a right answer has fewer than 2,000,000" in str(mistake)


def test_a_picture_of_200_000_characters_is_refused_at_once():
    """Its judge looks for a box around each text: 66 seconds for that many of them."""
    exercise = find("03.5")
    svg = '<svg xmlns="http://www.w3.org/2000/svg">' + '<rect x="1"/><text x="9">a</text>' * 6_000 + "</svg>"
    answer = {"svg": svg, "mermaid": ""}
    assert marking.find_mistake(exercise, CASE | {"list": []}, {"answer": answer, "size": len(svg)}).id == "too-large"
