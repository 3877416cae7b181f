"""A file that holds no study, another's, a locked or damaged one: one line that says what to do, and the file stays."""

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from karpathy_course.train.search import StudyError, open_study, run_trials, studies


def simple(trial):
    return trial.suggest_float("x", 0, 1)


@pytest.fixture(scope="module")
def two_trials(tmp_path_factory):
    path = tmp_path_factory.mktemp("studies") / "study.db"
    run_trials(open_study(path, seed=1), simple, 2)
    return path


@pytest.fixture
def path(tmp_path, two_trials):
    """A study of two trials."""
    return shutil.copy(two_trials, tmp_path / "study.db")


def refused(path, **options):
    """The one line with which a file is refused; it stays as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StudyError) as error:
        open_study(path, **{"seed": 1, **options})
    assert str(error.value).count("\n") == 0 and str(path) in str(error.value)
    assert (path.read_bytes() if path.is_file() else None) == before
    return str(error.value)


def change(path, *statements):
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize("name", ["my study.db", "a?b#c%20d.db", "Größe.db"])
def test_a_study_lies_in_the_file_of_its_path_whatever_its_name(tmp_path, name):
    if sys.platform == "win32" and "?" in name:
        pytest.skip("Windows has no such names")
    run_trials(open_study(tmp_path / name, seed=1), simple, 2)
    assert (tmp_path / name).stat().st_size > 0
    assert {each.name for each in tmp_path.iterdir()} <= {name, f"{name}.lock"}
    assert len(open_study(str(tmp_path / name), seed=1).trials) == 2


def test_a_study_of_another_seed_or_direction_is_refused(path):
    said = refused(path, seed=2)
    assert (
        "holds a study with seed=1, and you gave seed=2: open it with 1, or begin another study in another file" in said
    )
    assert "direction='minimize', and you gave direction='maximize'" in refused(path, direction="maximize")


@pytest.mark.parametrize("seed", [-1, 1.0, True, None, "1"])
def test_a_seed_that_is_no_whole_number_is_named(tmp_path, seed):
    with pytest.raises(ValueError, match=r"open_study: seed=.*: expected a whole number from 0"):
        open_study(tmp_path / "study.db", seed)
    assert list(tmp_path.iterdir()) == []


def test_a_direction_that_is_none_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"direction='down': expected \"minimize\" or \"maximize\""):
        open_study(tmp_path / "study.db", 1, direction="down")


@pytest.mark.parametrize("trials", [0, -3, 2.0, True, "20"])
def test_a_number_of_trials_that_is_none_is_named(path, trials):
    with pytest.raises(ValueError, match=r"run_trials: trials=.*: expected a whole number from 1"):
        run_trials(open_study(path, 1), simple, trials)


def test_fewer_trials_than_there_are_change_nothing(path):
    assert len(run_trials(open_study(path, 1), simple, 1).trials) == 2


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a study at all, but a text that somebody wrote\n" * 50)
    assert "it is no SQLite file. Give the path of another file" in refused(path)


def test_the_database_of_another_program_is_left_as_it_is(tmp_path):
    path = tmp_path / "cookies.db"
    change(path, "CREATE TABLE cookies (name TEXT)")
    assert "holds no study, and tables of something else" in refused(path)


@pytest.mark.parametrize("part", [0.3, 0.6])
def test_a_damaged_study_says_so(path, part):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * part)])
    assert "it is damaged. Use an earlier copy, or begin again in another file" in refused(path)


def test_a_folder_and_a_folder_that_is_not_there_are_named(tmp_path):
    assert f"is a folder: give the path of a file in it, for example {tmp_path / 'study.db'}" in refused(tmp_path)
    assert f"there is no folder {tmp_path / 'no'}: make it first" in refused(tmp_path / "no" / "study.db")


def test_a_study_of_an_older_optuna_says_how_to_upgrade_it(path):
    change(
        path, "UPDATE alembic_version SET version_num = 'v1.3.0.a'", "UPDATE version_info SET library_version = '1.3.0'"
    )
    said = refused(path)
    assert f"was written by Optuna 1.3.0, this is {optuna.__version__}: copy it, then run" in said
    assert f"`optuna storage upgrade --storage sqlite:///{path}`" in said and "The file is as it was" in said


def test_a_study_of_a_newer_optuna_says_to_upgrade_optuna(path):
    change(path, "UPDATE alembic_version SET version_num = 'v9.0.0.a'", "DROP TABLE trial_heartbeats")
    assert f"which is older: `{sys.executable} -m pip install --upgrade optuna`" in refused(path)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(studies, "PATIENCE_SECONDS", 0.1)


def test_a_study_that_another_program_locks_says_to_close_that_program(path, impatient):
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    assert "another program is writing in it. Close that program, then run this again" in refused(path)
    other.rollback()
    assert len(run_trials(open_study(path, 1), simple, 4).trials) == 4


def test_a_study_locked_in_the_middle_keeps_its_trials_and_goes_on_afterwards(path, impatient, tmp_path):
    other = sqlite3.connect(path, check_same_thread=False)

    def locking(trial):
        value = simple(trial)
        if trial.number == 4:
            other.execute("BEGIN EXCLUSIVE")
        return value

    with pytest.raises(StudyError, match="another program is writing in it") as error:
        run_trials(open_study(path, 1), locking, 6)
    assert str(error.value).count("\n") == 0
    other.rollback()
    study = run_trials(open_study(path, 1), simple, 6)
    whole = run_trials(open_study(tmp_path / "whole.db", 1), simple, 6)
    done = [trial.params for trial in study.trials if trial.state.name == "COMPLETE"]
    assert done == [trial.params for trial in whole.trials]


RUNNING = """
import sys
from karpathy_course.train.search import open_study, run_trials
def objective(trial):
    print("runs", flush=True)
    sys.stdin.read()
    return trial.suggest_float("x", 0, 1)
run_trials(open_study(sys.argv[1], 1), objective, 3)
"""


def test_a_study_that_another_process_runs_is_not_run_twice(path):
    study = open_study(path, 1)
    words = [sys.executable, "-c", RUNNING, str(path)]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent)
    assert other.stdout.readline() == "runs\n"
    with pytest.raises(StudyError, match=r"another process is running this study\. Stop it or let it end"):
        run_trials(study, simple, 5)
    other.communicate()
    assert other.returncode == 0
    assert [t.state.name for t in run_trials(study, simple, 5).trials] == ["COMPLETE"] * 5
