"""The suite's own accounts: each second of CPU is counted once, where it belongs, and a broken budget fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accounts import BUDGET, LARGER, SLACK, budget, place
from tests.selecting import scope

ROOT = Path(__file__).resolve().parents[2]
BUSY = """
import subprocess, sys
from tests.accounts import charged_to

SPIN = "import sys, time; end = time.process_time() + %s\\nwhile time.process_time() < end: pass"


def test_here():
    exec(SPIN % HERE)


def test_in_a_process():
    subprocess.run([sys.executable, "-c", SPIN % BELOW], check=True)


def test_charged_to_another():
    with charged_to("installing"):
        exec(SPIN % CHARGED)
"""


@pytest.mark.parametrize(
    ("nodeid", "where"),
    [
        ("tests/lectures/lecture03/test_checks.py::test_x[3]", ("03", "checks")),
        ("tests/lectures/lecture03/test_in_jupyterlab.py::test_x", ("03", "in_jupyterlab")),
        ("tests/exercises/test_exercises.py::test_x[03.2]", ("03", "exercises")),
        ("tests/exercises/test_exercises.py::test_x[2-03.2]", ("03", "exercises")),
        ("tests/exercises/test_exercises.py::test_x[16.11-2]", ("16", "exercises")),
        ("tests/exercises/test_exercises.py::test_x", (None, "exercises")),
        ("tests/notebooks/test_outputs.py::test_x[lectures/07_a_name.ipynb]", ("07", "notebooks")),
        ("tests/notebooks/test_stubs_fail.py::test_x[exercises/07_a_name.ipynb]", ("07", "notebooks")),
        ("tests/notebooks/test_outputs.py::test_x", (None, "notebooks")),
        ("tests/graph/test_graph.py::test_x[02.5-1.0]", (None, "graph")),
        ("tests/lectures/test_all.py::test_x", (None, "lectures")),
    ],
)
def test_a_test_belongs_to_the_lecture_that_it_names_and_to_the_part_where_it_stands(nodeid, where):
    assert place(nodeid) == where


def test_the_budgets_of_all_lectures_together_are_within_theirs():
    assert [budget(lecture) for lecture in ("00", "05", "07", "15")] == [60, 60, 120, 300]
    assert sum(LARGER.get(f"{number:02}", BUDGET) for number in range(17)) <= 1800


def run(folder, lectures, more=(), limit=60):
    """What pytest says of three busy tests in each of lectures, and its exit code.

    lectures: {number: the seconds that the test, its process and what is charged elsewhere take}, each within limit.
    """
    for number, seconds in lectures.items():
        lecture = folder / "tests" / "lectures" / f"lecture{number}"
        lecture.mkdir(parents=True)
        (lecture / "test_busy.py").write_text(f"HERE, BELOW, CHARGED = {seconds}\n{BUSY}")
    (folder / "conftest.py").write_text(f"from tests import accounts\naccounts.BUDGET = {limit}\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    words = ["-p", "tests.accounts", "-p", "no:cacheprovider", *more]
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pytest; sys.exit(pytest.main({words!r}))"
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the other plugins take longer than these tests
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, env=alone)
    return done.stdout, done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("more", [[], ["-p", "xdist", "-n", "2"]], ids=["one process", "two"])
def test_what_a_test_and_its_processes_take_is_counted_once_and_printed(tmp_path, more):
    said, code = run(tmp_path, {"05": (0.2, 0.4, 0.5)}, more)
    assert code == 0, said
    lines = dict(line.split(maxsplit=1) for line in said.splitlines() if line.startswith(("lecture 05", "installing")))
    lecture = float(lines["lecture"].split()[1])
    assert 0.6 <= lecture < 1.0 and float(lines["installing"]) == pytest.approx(0.5, abs=0.1)
    assert "busy" in lines["lecture"] and "all " in said


@pytest.mark.slow
def test_a_lecture_over_its_budget_is_a_failed_test_and_what_is_within_the_slack_passes(tmp_path):
    said, code = run(tmp_path, {"05": (0.6, 0.5, 0.0), "06": (0.6, 0.0, 0.0)}, limit=0.5)
    assert code == 1 and "1 failed, 6 passed" in said
    assert "lecture 05: its tests took 1 s of CPU, its budget is 0.5 s" in said
    assert "lecture 06: its" not in said
    [slack] = [line.split()[2] for line in said.splitlines() if line.startswith("lecture 06 ")]
    assert 0.5 < float(slack) <= 0.5 * SLACK


def test_what_shares_a_fixture_stays_in_one_process_and_what_does_not_is_dealt_out():
    labs = {scope(f"tests/lectures/lecture0{n}/test_in_jupyterlab.py::test_x") for n in range(1, 5)}
    assert len(labs) == 1
    assert scope("tests/graph/test_laws.py::a") == scope("tests/graph/test_laws.py::b")
    assert scope("tests/exercises/test_exercises.py::a[01.1]") != scope("tests/exercises/test_exercises.py::a[01.2]")
