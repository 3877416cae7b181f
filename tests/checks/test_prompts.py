"""Hints and solutions: shown when they are asked for and may be, recorded, and never waited for."""

import subprocess
import sys

import pytest

from karpathy_course import check, hint, solution
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


def test_a_hint_can_be_had_by_its_number_and_counts_as_read(capsys):
    hint("02.1", 2)
    assert capsys.readouterr().out.startswith("Hint 2 of 3 for 02.1")
    assert progress_file.entry_of(progress_file.load()[0], "02.1")["hints"] == 2
    hint("02.1", 1)
    hint("02.1")
    assert "Hint 3 of 3" in capsys.readouterr().out


@pytest.mark.parametrize("number", [0, 4, "2", True, 1.0])
def test_a_hint_that_there_is_not_is_one_sentence(capsys, file, number):
    hint("02.1", number)
    out = capsys.readouterr().out
    assert out.startswith("02.1 has hints 1 to 3") and len(out.splitlines()) == 1 and not file.exists()


def test_a_demonstration_records_nothing(capsys, file):
    hint("02.1", record=False)
    check("02.1", {}, record=False)
    assert "Hint 1 of 3" in capsys.readouterr().out and not file.exists()


def test_a_solution_opens_after_a_pass(capsys):
    solution("02.1")
    assert "opens when you have passed it or read its 3 hints; you read 0." in capsys.readouterr().out
    progress_file.attempted("02.1", True, ())
    solution("02.1")
    out = capsys.readouterr().out
    assert out.startswith("A solution of 02.1") and "parent.grad += " in out and "###" not in out and "#" in out


def test_a_solution_opens_after_three_hints(capsys):
    for _ in range(3):
        hint("02.1")
    solution("02.1")
    assert "A solution of 02.1" in capsys.readouterr().out


def test_a_solution_that_is_not_on_this_machine_is_one_sentence(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(prompts, "SOLUTIONS", tmp_path)
    progress_file.attempted("02.1", True, ())
    solution("02.1")
    assert "is not on this machine" in capsys.readouterr().out


def test_check_hint_and_predict_need_nothing_heavy():
    code = (
        "import sys; from karpathy_course import check, hint, predict, progress, reveal; "
        "check('02.1', {}); hint('02.1'); "
        "repr(predict('a', 'b', 'cd')); reveal('a', 'c'); progress(); "
        "print(sorted({'numpy', 'torch', 'matplotlib', 'ipywidgets', 'IPython', 'nbformat'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]" and done.stderr == ""
