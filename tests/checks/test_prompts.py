"""Hints and predictions: shown one at a time, recorded, and never waited for."""

import json
import subprocess
import sys

import pytest

from karpathy_course import hint, predict
from karpathy_course.checks import find, progress_file, prompts


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    monkeypatch.setenv(progress_file.VARIABLE, str(path))
    monkeypatch.setattr(prompts, "_shown", {})
    return path


def test_hints_come_one_a_call_and_then_all_three(capsys):
    hints = find("02.1").hints
    for number, words in enumerate(hints, 1):
        hint("02.1")
        out = capsys.readouterr().out
        assert out.startswith(f"Hint {number} of 3 for 02.1") and words in out
        assert not any(later in out for later in hints[number:])
    hint("02.1")
    out = capsys.readouterr().out
    assert all(words in out for words in hints) and out.startswith("All 3 hints")


def test_hints_go_on_where_the_progress_file_cannot_be_written(capsys, file):
    file.mkdir()
    hint("02.1")
    hint("02.1")
    assert "Hint 2 of 3" in capsys.readouterr().out


def test_a_hint_for_no_exercise_is_one_sentence(capsys):
    hint("02.99")
    out = capsys.readouterr()
    assert out.out.startswith("There is no exercise 02.99: lecture 02 has 02.1") and out.err == ""


def test_a_prediction_prints_its_choices_and_waits_for_nobody():
    prediction = predict("01/slope", "What is the slope?", [1, 2, "none"])
    assert repr(prediction) == "Predict, then run the next cell. What is the slope?\n  a) 1\n  b) 2\n  c) none"
    assert prediction.choice is None


def test_a_choice_is_recorded(file):
    prediction = predict("01/slope", "What is the slope?", [1, 2])
    prediction.choose(1)
    assert prediction.choice == "2" and json.loads(file.read_text())["predictions"] == {"01/slope": "2"}


@pytest.mark.parametrize("number", [-1, 2, True, "1", None])
def test_a_choice_that_is_none_of_them_is_refused(number):
    with pytest.raises(ValueError, match="0 to 1 expected"):
        predict("01/slope", "What is the slope?", [1, 2]).choose(number)


def test_one_choice_is_no_choice():
    with pytest.raises(ValueError, match="at least two"):
        predict("01/slope", "What is the slope?", [1])


def test_check_hint_and_predict_need_nothing_heavy():
    code = (
        "import sys; from karpathy_course import check, hint, predict; check('02.1', {}); hint('02.1'); "
        "repr(predict('a', 'b', 'cd')); "
        "print(sorted({'numpy', 'torch', 'matplotlib', 'ipywidgets', 'IPython', 'nbformat'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]" and done.stderr == ""
