"""A quick run leaves out much of what one test is run on, and no test altogether; it says so."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.selecting import QUICK, TESTS, pytest_ignore_collect, sample

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = """
import pytest

@pytest.mark.parametrize("number", range(12))
def test_number(number):
    pass

@pytest.mark.slow
def test_slow():
    pass

def test_alone():
    pass
"""


def named(*nodeids):
    return [SimpleNamespace(nodeid=nodeid) for nodeid in nodeids]


def test_a_sample_holds_every_test_and_of_what_it_is_run_on_a_few():
    items = named(
        "a.py::test_one", *(f"a.py::test_many[{k}]" for k in range(50)), "b.py::test_two[x]", "b.py::test_two[y]"
    )
    taken = [item.nodeid for item in sample(items)]
    assert taken[0] == "a.py::test_one" and taken[-2:] == ["b.py::test_two[x]", "b.py::test_two[y]"]
    many = [int(nodeid.split("[")[1][:-1]) for nodeid in taken[1:-2]]
    assert len(many) == QUICK and many == sorted(many)
    gaps = [(b - a) % 50 for a, b in zip(many, [*many[1:], many[0]])]
    assert all(abs(gap - 50 / QUICK) <= 2.5 for gap in gaps), "spread over all of them"
    assert sample(items) == sample(items)


def test_each_test_takes_other_ones_so_that_together_they_touch_each():
    exercises = [f"0{lecture}.{k}" for lecture in range(1, 5) for k in range(1, 7)]
    items = named(*(f"a.py::test_{n}[{each}]" for n in range(20) for each in exercises))
    assert {item.nodeid.split("[")[1][:-1] for item in sample(items)} == set(exercises)


@pytest.mark.parametrize(
    "path, read",
    [
        ("graph", False),
        ("widgets/test_base.py", False),
        ("lectures/lecture04", False),
        ("lectures/lecture04/test_checks.py", False),
        ("lectures/lecture03/test_checks.py", True),
        ("lectures/conftest.py", True),
        ("exercises/test_exercises.py", True),
        ("notebooks/test_outputs.py", True),
        ("conftest.py", True),
    ],
)
def test_of_one_lecture_only_files_that_may_hold_its_tests_are_read(path, read):
    one, all_of_them = (SimpleNamespace(getoption={"lecture": lecture}.get) for lecture in ("03", None))
    assert pytest_ignore_collect(TESTS / path, one) is (None if read else True)
    assert pytest_ignore_collect(TESTS / path, all_of_them) is None


@pytest.mark.slow
def test_it_is_said_how_many_were_left_out_by_one_process_and_by_two(tmp_path):
    (tmp_path / "test_numbers.py").write_text(NUMBERS)
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the other plugins take longer than these tests
    for more in (["-p", "xdist"], ["-p", "xdist", "-n", "2"]):
        words = ["-q", "--quick", "-p", "tests.selecting", "-p", "tests.accounts", "-p", "no:cacheprovider", *more]
        program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pytest; sys.exit(pytest.main({words}))"
        done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=alone, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (
            f"{QUICK + 1} passed" in done.stdout and f"quick: {12 - QUICK + 1} of 14 tests were left out" in done.stdout
        )
