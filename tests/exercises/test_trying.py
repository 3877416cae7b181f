"""A wrong answer is tried no longer than until it is known to be wrong, and is found wherever its mistake lies."""

import time

import pytest

from karpathy_course.checks import Mistake
from karpathy_course.checks.authoring import trials as authoring
from karpathy_course.checks.authoring.trials import Trial, mutation_trials, survivors, try_isolated
from karpathy_course.checks.checking import try_in_place
from karpathy_course.checks.exercise import Exercise
from tests.exercises import drawing


class Doubled(Exercise):
    id = "98.1"
    needs = ("double",)
    properties = {"small": 0.5, "large": 0.5}
    points = 2

    @staticmethod
    def cases(rng):
        return [{"property": "small" if x < 4 else "large", "x": x} for x in range(8)]

    @staticmethod
    def probe(namespace, case):
        return namespace["double"](case["x"])

    @staticmethod
    def judge(case, answer):
        if answer != 2 * case["x"]:
            raise Mistake(f"wrong-{case['x']}", "It is not twice as much.")


def asked_of(wrong, **how):
    """``(the mark, the numbers asked for)`` of an answer that is wrong for those of wrong."""
    asked = []

    def double(x):
        asked.append(x)
        return 2 * x + (x in wrong)

    return try_in_place(Doubled, {"double": double}, 0, **how), asked


def test_a_property_that_is_lost_asks_for_no_more_cases():
    mark, asked = asked_of({1})
    assert (mark.points, mark.lost, mark.mistakes) == (1.0, ("small",), ("98.1/wrong-1",))
    assert asked == [0, 1, 4, 5, 6, 7]


def test_where_only_the_first_mistake_is_wanted_nothing_is_asked_behind_it():
    mark, asked = asked_of({5, 6}, whole=False)
    assert not mark.passed and mark.mistakes == ("98.1/wrong-5",) and asked == list(range(6))


def test_a_right_answer_meets_every_case():
    for whole in (True, False):
        mark, asked = asked_of(set(), whole=whole)
        assert mark.passed and mark.points == 2.0 and asked == list(range(8))


def test_in_a_process_of_its_own_a_single_mistake_is_found_wherever_it_lies():
    sources = [f"def double(x):\n    return 2 * x + (x == {wrong})" for wrong in range(9)]
    trials = [Trial(Doubled, "mutation", str(k), source) for k, source in enumerate(sources)]
    marks = try_isolated(trials, whole=False)
    assert [mark.mistakes for mark in marks] == [(f"98.1/wrong-{k}",) for k in range(8)] + [()]
    assert marks[8].passed and [mark.passed for mark in try_isolated(trials)] == [mark.passed for mark in marks]


def test_what_is_listed_as_endless_is_stopped_early_and_is_found_out_where_it_ends(monkeypatch):
    monkeypatch.setattr(authoring, "ENDLESS_SECONDS", 0.1)
    for_ever = "def double(x):\n    while True:\n        pass"
    late = "def double(x):\n    import time\n    time.sleep(0.2 * (x == 0))\n    return 2 * x"
    trials = [Trial(Doubled, "endless", "for ever", for_ever), Trial(Doubled, "endless", "wrong", "double = abs")]
    started = time.monotonic()
    assert [trial.name for trial in survivors(trials)] == ["wrong"]
    assert time.monotonic() - started < Doubled.seconds
    assert [trial.name for trial in survivors([Trial(Doubled, "mutation", "late", late)])] == ["late"], (
        "not listed: it has its time"
    )


def test_a_list_of_endless_mutations_that_is_not_true_to_the_solution_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(authoring, "folder", lambda id: tmp_path)
    monkeypatch.setattr(authoring, "solution_notebooks", lambda id: ["one"])
    monkeypatch.setattr(authoring, "solution_source", lambda id: "def double(x):\n    return x + x")
    assert [trial.kind for trial in mutation_trials(Doubled)[0]] == ["mutation"] * 2
    listed = tmp_path / "endless_mutations.txt"
    listed.write_text("return x + x ⟶ return x - x  # it is not, in truth\n", encoding="utf-8")
    assert sorted(trial.kind for trial in mutation_trials(Doubled)[0]) == ["endless", "mutation"]
    (tmp_path / "equivalent_mutations.txt").write_text(listed.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"98\.1: endless_mutations\.txt lists .*x - x"):
        mutation_trials(Doubled)
    listed.write_text("return x ⟶ return y  # gone\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"98\.1: endless_mutations\.txt lists what is no mutation"):
        mutation_trials(Doubled)


def test_an_answer_is_told_what_it_has_to_be_told_only_in_the_words_that_are_named():
    source = "def double(x):\n    return 2 * x + (x == 1)"
    named = {words: Trial(Doubled, "mutant", "one", source, "wrong-1", words) for words in ("", "not twice", "thrice")}
    [mark] = try_isolated([named[""]])
    assert {words: trial.holds(mark) for words, trial in named.items()} == {
        "": True,
        "not twice": True,
        "thrice": False,
    }


def test_only_an_exercise_for_whose_very_text_many_draws_have_held_is_tried_for_a_shorter_time(monkeypatch):
    monkeypatch.setattr(drawing, "recorded", lambda: {"01.1": drawing.digest("01.1"), "01.2": "of an older text"})
    assert drawing.budget("01.1", at_length=False) == (drawing.USUAL, drawing.HELD_SECONDS)
    assert drawing.budget("01.2", at_length=False) == drawing.budget("01.3", False) == (drawing.USUAL, drawing.SECONDS)
    assert drawing.budget("01.1", at_length=True) == (drawing.AT_LENGTH, drawing.LONG_SECONDS)
