"""The command line: wrong use is one line and exit code 2, and nothing heavy loads before it is needed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from karpathy_course.app import cli

HERE = Path(__file__).resolve().parents[2]
VERBS = ["lab", "doctor", "check", "progress", "exercises", "reset", "mutants", "new-exercise", "bench", "execute"]


def command(*words, cwd=HERE, **options):
    arguments = [sys.executable, "-m", "karpathy_course", *words]
    return subprocess.run(arguments, cwd=cwd, capture_output=True, text=True, **options)


@pytest.mark.slow
def test_every_verb_of_the_course_is_listed():
    answer = command("--help")
    assert answer.returncode == 0
    listed = {line.split()[0] for line in answer.stdout.partition("Commands:")[2].splitlines() if line.strip()}
    assert set(VERBS) <= listed


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself(verb):
    assert command(verb, "--help").stdout.startswith(f"Usage: karpathy-course {verb}")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["frobnicate"], "No such command 'frobnicate'"),
        (["check"], "Missing argument"),
        (["check", "two"], "'two' is neither a lecture (02) nor an exercise (02.3)"),
        (["check", "02.0"], "'02.0' is neither"),
        (["check", "02", "no-such.ipynb"], "there is no notebook no-such.ipynb"),
        (["execute", "no-such.ipynb"], "there is no notebook no-such.ipynb"),
        (["new-exercise", "03"], "'03' is a lecture: give the exercise's id, as 03.1"),
        (["reset", "../02"], "'../02' is neither"),
        (["mutants", "--json"], "No such option: --json"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(words, says):
    answer = command(*words)
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert says in line and answer.stdout == ""


@pytest.mark.parametrize(("typed", "meant"), [("02", "02"), ("2", "02"), ("2.3", "02.3"), (" 02.3", "02.3")])
def test_a_target_is_understood_without_its_leading_zero(typed, meant):
    assert cli.lecture_or_exercise(typed) == meant


@pytest.mark.parametrize("verb", [["bench"], ["exercises"], ["mutants"], ["new-exercise", "02.8"], ["execute"]])
def test_without_the_courses_files_the_verb_says_where_to_run_it(tmp_path, verb):
    shutil.copytree(HERE / "karpathy_course", tmp_path / "karpathy_course")
    answer = command(*verb, cwd=tmp_path)
    assert answer.returncode == 2
    (line,) = answer.stderr.splitlines()
    assert "run it from a clone of the course" in line


def test_the_lab_without_the_courses_notebooks_says_where_to_run_it(tmp_path):
    shutil.copytree(HERE / "karpathy_course", tmp_path / "karpathy_course")
    answer = command("lab", cwd=tmp_path)
    assert answer.returncode == 1
    (line,) = answer.stderr.splitlines()
    assert "run this from a clone of the course" in line


def test_a_disk_that_refuses_is_one_line(tmp_path):
    shutil.copytree(HERE / "karpathy_course", tmp_path / "karpathy_course")
    for folder in ("lectures", "exercises"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "00_data.txt").write_text("data")
    (tmp_path / "work").write_text("a file where the folder should be")
    answer = command("lab", cwd=tmp_path)
    assert answer.returncode == 1
    assert len(answer.stderr.splitlines()) == 1 and "work" in answer.stderr


def test_the_disks_own_words_become_advice():
    with pytest.raises(OSError) as full, open("/dev/full", "wb", buffering=0) as file:
        file.write(b"x")
    assert cli.in_words(full.value) == "no space is left on the disk: free some and run the same command again."


@pytest.mark.slow
def test_doctor_prints_one_json_document_and_nothing_else():
    answer = command("doctor", "--json")
    document = json.loads(answer.stdout)
    assert answer.returncode == (0 if document["healthy"] else 1)


def test_the_command_line_loads_nothing_heavy_before_a_verb_needs_it():
    program = (
        "import sys; from karpathy_course.app import cli; cli.run(['--help']); "
        "print(sorted({'numpy', 'torch', 'matplotlib', 'ipywidgets', 'IPython', 'jupyterlab'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert answer.stdout.splitlines()[-1] == "[]"
