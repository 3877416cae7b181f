"""Predictions: the first choice counts, is marked neutrally, and is answered where the truth is shown."""

import json

import pytest

from karpathy_course import predict, progress, reveal
from karpathy_course.checks import predictions, progress_file


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv(progress_file.VARIABLE, str(path))
    monkeypatch.setattr(predictions, "_asked", {})
    return path


def test_a_prediction_prints_its_choices_and_waits_for_nobody():
    prediction = predict("01/slope", "What is the slope?", [1, 2, "none"])
    assert repr(prediction) == "Predict, then run the next cell. What is the slope?\n  a) 1\n  b) 2\n  c) none"
    assert prediction.choice is None


def test_a_choice_is_recorded(file):
    prediction = predict("01/slope", "What is the slope?", [1, 2])
    prediction.choose(1)
    assert prediction.choice == "2" and json.loads(file.read_text())["predictions"] == {"01/slope": {"choice": "2"}}


@pytest.mark.parametrize("number", [-1, 2, True, "1", None])
def test_a_choice_that_is_none_of_them_is_refused(number):
    with pytest.raises(ValueError, match="0 to 1 expected"):
        predict("01/slope", "What is the slope?", [1, 2]).choose(number)


def test_one_choice_is_no_choice():
    with pytest.raises(ValueError, match="at least two"):
        predict("01/slope", "What is the slope?", [1])


def test_the_first_choice_counts_also_in_another_session(file):
    prediction = predict("01/slope", "What is the slope?", [1, 2])
    assert prediction.choose(0) == ["You predict “1”. Now run the next cell."]
    assert prediction.choose(1) == ["Your first prediction counts: “1”. Now run the next cell."]
    again = predict("01/slope", "What is the slope?", [1, 2])
    assert "Your first prediction counts: “1”" in again.choose(1)[0] and again.choice == "1"


def test_a_prediction_is_answered(capsys):
    predict("00/epochs", "What is the loss?", ["2.6249", "1.1763", "0.0000"]).choose(1)
    reveal("00/epochs", "0.0000")
    assert capsys.readouterr().out == "You said “1.1763”; it is “0.0000”.\n"


def test_a_right_prediction_is_answered_too(capsys):
    predict("01/slope", "What is the slope?", [1, 2]).choose(1)
    reveal("01/slope", 2)
    assert capsys.readouterr().out == "You said “2”, and so it is.\n"


def test_without_a_choice_nothing_is_said_and_nothing_recorded(capsys, file):
    predict("01/slope", "What is the slope?", [1, 2])
    reveal("01/slope", 2)
    reveal("never/asked", 2)
    assert capsys.readouterr().out == "" and not file.exists()


def test_a_truth_that_is_no_choice_is_a_bug_of_the_notebook():
    predict("01/slope", "What is the slope?", [1, 2])
    with pytest.raises(ValueError, match="none of the choices"):
        reveal("01/slope", 3)


def test_an_answer_is_given_where_the_file_cannot_be_written(capsys, file):
    file.mkdir()
    predict("01/slope", "What is the slope?", [1, 2]).choose(0)
    reveal("01/slope", 2)
    assert capsys.readouterr().out.startswith("You said “1”; it is “2”.")


def test_progress_counts_predictions_lectures_and_what_is_next(capsys):
    for name, choice in (("a", 0), ("b", 1), ("c", 1)):
        predict(name, "?", [1, 2]).choose(choice)
    reveal("a", 2)
    reveal("b", 2)
    progress_file.attempted("01.1", True, ())
    capsys.readouterr()
    progress()
    out = capsys.readouterr().out
    assert "3 predictions made; of 2 that were answered, 1 right." in out
    assert "Lecture 01: 1 of 5 passed, 70 minutes left" in out and "Next: 01.2 A number that remembers" in out


def test_choices_in_a_file_of_the_older_shape_are_counted_and_answered(capsys, file):
    file.write_text(json.dumps({"exercises": {}, "predictions": {"a": "1", "b": 7, "c": None}}))
    predict("a", "?", [1, 2])
    reveal("a", 2)
    progress()
    out = capsys.readouterr().out
    assert "You said “1”; it is “2”." in out and "1 prediction made; of 1 that were answered, 0 right." in out


def test_buttons_are_marked_neutrally_and_keep_the_first_choice():
    widgets = pytest.importorskip("ipywidgets")
    prediction = predict("01/slope", "What is the slope?", [1, 2])
    buttons, answer = [widgets.Button(description=choice) for choice in "12"], widgets.HTML()
    prediction._pressed(0, buttons, answer)
    prediction._pressed(1, buttons, answer)
    assert [button.description for button in buttons] == ["● 1", "○ 2"]
    assert {button.button_style for button in buttons} == {""} and "first prediction counts" in answer.value
