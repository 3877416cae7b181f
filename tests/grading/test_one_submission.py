"""One answer's fault is not another's: what is tried again, with what, and what is kept of it."""

import sys
import time
from pathlib import Path

import pytest

from karpathy_course.checks.notebook_cells import read_cells
from karpathy_course.checks.registry import of_lecture
from karpathy_course.checks.runner.box import NotStarted
from karpathy_course.grading.one_submission import Deadlines, draw, try_submission, without_addresses
from karpathy_course.grading.sandbox import modes

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
EXERCISES = of_lecture("01")
SEED = 5


@pytest.fixture(scope="module")
def boxes(tmp_path_factory):
    return modes.find(None, tmp_path_factory.mktemp("scratch"))[0]


@pytest.fixture
def cells():
    return read_cells(next((ROOT / "solutions").glob("01_*.ipynb")), EXERCISES)


def tried(boxes, cells, exercise_seconds=2.0, submission_seconds=120.0):
    """``{exercise: its entry}`` of a submission of lecture 01."""
    entries, _ = try_submission(
        boxes, cells, draw(EXERCISES, SEED), SEED, Deadlines(exercise_seconds, submission_seconds)
    )
    return {entry["exercise"]: entry for entry in entries}


def answered(cells, id, source):
    name = f"answer-{id.replace('.', '-')}"
    return [[cell, source if cell == name else text] for cell, text in cells]


FAULTS = {
    "an endless loop": "while True: pass",
    "an endless loop that no exception leaves": "while True:\n    try:\n        while True: pass\n"
    "    except BaseException: pass",
    "an endless loop in C": "import itertools\nx = sum(itertools.repeat(0))",
    "the end of the process": "import os\nif True: os._exit(0)",
    "a crash": "import ctypes\nx = ctypes.string_at(0)",
    "no sum any more": "import builtins\nbuiltins.sum = builtins.range = None",
    "all memory": "x = []\nwhile True: x.append(bytearray(10**8))",
    "a thousand open files": "x = []\nfor i in range(1000): x.append(open('/dev/null'))",
    "no recursion": "import sys\nfor x in [1]: sys.setrecursionlimit(30)",
    "a trap for every name": "class Trap(dict):\n    def __missing__(self, key): raise SystemExit\nimport builtins\n"
    "x = builtins.__dict__.clear()",
    "a line that is not Python": "def slope(:",
    "threads that go on": "import threading\ndef spin():\n    while True: pass\n"
    "for _ in range(4): threading.Thread(target=spin, daemon=True).start()",
}


@pytest.fixture
def impatient(monkeypatch):
    """A second for a case, where learners have five: what never ends is ended sooner, and computes for less long."""
    for exercise in EXERCISES:
        monkeypatch.setattr(exercise, "seconds", 1.0)


@pytest.mark.parametrize("what", [what for what in FAULTS if "loop" not in what])
def test_one_fault_costs_no_other_exercise_a_point(what, boxes, cells):
    entries = tried(boxes, answered(cells, "01.2", FAULTS[what]))
    assert entries.pop("01.2")["points"] == 0.0
    assert all(entry["passed"] for entry in entries.values()), entries


@pytest.mark.skipif(sys.platform == "win32", reason="without fork a child cannot be ended alone")
@pytest.mark.parametrize("what", [what for what in FAULTS if "loop" in what])
def test_a_loop_without_end_costs_no_other_exercise_a_point(what, boxes, cells, impatient):
    entries = tried(boxes, answered(cells, "01.2", FAULTS[what]), exercise_seconds=0.5)
    assert entries.pop("01.2")["points"] == 0.0
    assert all(entry["passed"] for entry in entries.values()), entries


@pytest.mark.skipif(sys.platform == "win32", reason="without fork a child cannot be ended alone")
def test_an_innocent_exercise_that_is_blamed_for_anothers_death_is_tried_again_alone(boxes, cells):
    """A thread that a first cell leaves ends the process while a later cell runs, round after round."""
    bomb = "import os, threading, time\ndef end():\n    time.sleep(0.3)\n    os._exit(0)\n"
    bomb += "if True:\n    threading.Thread(target=end, daemon=True).start()"
    some = answered(cells, "01.1", bomb)
    slow = dict(cells)["answer-01-5"] + "\nimport time\nfor _ in range(1):\n    time.sleep(1.5)\n"
    entries = tried(boxes, answered(some, "01.5", slow), exercise_seconds=10.0)
    assert entries.pop("01.1")["points"] == 0.0
    assert all(entry["passed"] for entry in entries.values()), entries


def test_what_a_flood_had_printed_when_it_was_stopped_leaves_the_record_as_it_is(boxes, cells, impatient):
    flood = "def numerical_grad(*a):\n    while True:\n        print('ha' * 40)"
    found = [tried(boxes, answered(cells, "01.1", flood))["01.1"] for _ in range(2)]
    assert found[0] == found[1] and found[0]["found"]["printed"] is None
    spoken = dict(cells)["answer-01-1"].replace("\n", "\n    print('ha' * 5000)\n", 1).replace("/ (2 * h)", "/ h")
    [said] = [tried(boxes, answered(cells, "01.1", spoken))["01.1"]["found"]["printed"]]
    assert said.endswith("Your code printed a flood; it is cut here.")


def test_a_cell_that_is_damaged_in_the_file_is_named(boxes, cells):
    entries = tried(boxes, answered(cells, "01.2", None))
    assert (
        entries["01.2"]["mistakes"] == ["01.2/damaged"]
        and "is damaged in the file" in entries["01.2"]["found"]["message"]
    )
    assert entries["01.1"]["passed"]
    assert {t["cell"] for t in entries["01.1"]["troubles"]} == {"answer-01-2"}


def test_helpers_in_other_cells_are_kept(boxes, cells):
    source = dict(cells)["answer-01-1"]
    first = source.replace("def ", "def helper_of_", 1)
    name = source.partition("def ")[2].partition("(")[0]
    some = [["helpers", first], *answered(cells, "01.1", f"{name} = helper_of_{name}")]
    assert tried(boxes, some)["01.1"]["passed"]


def test_what_a_deadline_ended_records_only_that(boxes, cells):
    slow = "import time\n" + dict(cells)["answer-01-1"].replace("\n", "\n    time.sleep(1.0)\n", 1)
    found = [tried(boxes, answered(cells, "01.1", slow))["01.1"] for _ in range(2)]
    assert found[0] == found[1]
    assert found[0]["points"] == 0.0 and found[0]["found"]["mistake"] == "01.1/expired"


def test_a_submission_has_a_deadline_of_its_own(boxes, cells):
    started = time.monotonic()
    some = cells
    for id in ("01.1", "01.2", "01.3", "01.4"):
        some = answered(some, id, "import itertools\nx = sum(itertools.repeat(0))")
    entries = tried(boxes, some, exercise_seconds=30.0, submission_seconds=2.0)
    assert time.monotonic() - started < 30
    assert {entry["found"]["mistake"].partition("/")[2] for entry in entries.values() if not entry["passed"]} == {
        "expired"
    }


def test_a_box_that_does_not_come_up_is_the_machines_fault(boxes, cells):
    class Broken:
        def box(self, seconds, libraries):
            raise NotStarted("it does not start")

    with pytest.raises(NotStarted):
        tried(Broken(), cells)


def test_troubles_of_cells_are_told_with_their_line(boxes, cells):
    entries = tried(boxes, [*cells, ["plot", "import matplotlib.pyplot as plt"], ["mine", "y = 1\nx = undefined + y"]])
    assert all(entry["passed"] for entry in entries.values())
    told = {trouble["cell"]: trouble["message"] for trouble in entries["01.1"]["troubles"]}
    assert "matplotlib" in told["plot"] and "line 2 of cell mine: `x = undefined + y`" in told["mine"]


def test_addresses_are_blanked():
    assert without_addresses({"a": ["<f at 0x7f00dead>", 0x7F]}) == {"a": ["<f at 0x…>", 0x7F]}
