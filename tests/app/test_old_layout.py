"""What learners and instructors have from before the modules moved into rooms: continued, and nothing of it is lost.

`old_layout/` was made by the course as it was then (commit ec927bf): a learner's copy with touched cells, an answer,
saved outputs and progress, and a folder of submissions with their grades. Larger outputs of its lecture are left out.
"""

import ast
import importlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from karpathy_course.app import learner_copy
from karpathy_course.app.notebook_merge import NEWER, source

ROOT = Path(__file__).resolve().parents[2]
OLD = Path(__file__).parent / "old_layout"
EXERCISES = "exercises/02_backprop_on_any_graph.ipynb"
LECTURE = "lectures/03_the_tape_and_the_trace.ipynb"


def cells(path):
    return {cell["id"]: cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


@pytest.fixture
def course(tmp_path):
    """A course as it is today around a learner's copy as it was, brought up to date."""
    folder = tmp_path / "course"
    folder.mkdir()
    for name in (EXERCISES, LECTURE):
        (folder / name).parent.mkdir()
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(OLD / "learners_copy", folder / "work")
    learner_copy.sync(folder)
    return folder


def touched(name):
    """The ids of the cells in the old copy that are the learner's: changed, or not the course's at all."""
    base, mine = cells(OLD / "learners_copy" / ".base" / name), cells(OLD / "learners_copy" / name)
    return [id for id in mine if id not in base or source(mine[id]) != source(base[id])]


def test_the_old_copy_has_what_this_is_about():
    assert touched(EXERCISES) == ["imports", "answer-02-1", "my-own-try", "hint-02-2"]
    assert touched(LECTURE) == ["value", "erf-table"]
    assert cells(OLD / "learners_copy" / EXERCISES)["my-own-try"]["outputs"]
    assert "karpathy_course.arrays" in source(cells(OLD / "learners_copy" / LECTURE)["erf-table"])


@pytest.mark.parametrize("name", [EXERCISES, LECTURE])
def test_every_cell_that_the_learner_touched_is_kept_with_its_outputs(course, name):
    before, after = cells(OLD / "learners_copy" / name), cells(course / "work" / name)
    for id in touched(name):
        assert after[id] == before[id]


@pytest.mark.parametrize("name", [EXERCISES, LECTURE])
def test_every_cell_that_the_learner_did_not_touch_is_todays(course, name):
    after, today = cells(course / "work" / name), cells(ROOT / name)
    mine = touched(name)
    assert {id: source(cell) for id, cell in after.items() if id not in mine and not id.endswith("-newer")} == {
        id: source(cell) for id, cell in today.items() if id not in mine
    }


def test_a_touched_cell_that_imports_an_inner_path_has_todays_cell_below_it(course):
    after, today = cells(course / "work" / LECTURE), cells(ROOT / LECTURE)
    below = list(after)[list(after).index("erf-table") + 1]
    assert source(after[below]) == f"{NEWER}\n\n```python\n{source(today['erf-table'])}\n```"


@pytest.mark.parametrize("name", [EXERCISES, LECTURE])
def test_what_the_copy_imports_from_the_course_is_there(course, name):
    imported = set()
    for id, cell in cells(course / "work" / name).items():
        if cell["cell_type"] != "code" or id == "erf-table" or source(cell).lstrip().startswith(("%", "!")):
            continue
        for node in ast.walk(ast.parse(source(cell))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("karpathy_course"):
                imported |= {(node.module, alias.name) for alias in node.names}
    assert ("karpathy_course.scalar", "Value") in imported
    for module, name in imported:
        assert hasattr(importlib.import_module(module), name) or importlib.import_module(f"{module}.{name}")


def test_the_exercises_run_and_the_answer_that_passed_passes_again(course):
    import nbformat
    from nbclient import NotebookClient

    path = course / "work" / EXERCISES
    notebook = nbformat.read(path, as_version=4)
    progress = course / "work" / "progress.json"
    environment = os.environ | {"KARPATHY_COURSE_PROGRESS": str(progress)}
    client = NotebookClient(notebook, timeout=120, allow_errors=True, kernel_name="python3")
    client.execute(env=environment)
    outputs = {cell["id"]: json.dumps(cell.get("outputs")) for cell in notebook.cells}
    assert "passed, 2 of 2 points" in outputs["check-02-1"]
    assert "9.0" in outputs["my-own-try"] and not [o for o in outputs.values() if "ModuleNotFoundError" in o]
    before = json.loads((OLD / "learners_copy" / "progress.json").read_text())["exercises"]
    after = json.loads(progress.read_text())["exercises"]
    assert after["02.1"] == before["02.1"] | {"attempts": 2}  # passed stays the time of the first pass
    assert after["02.2"] == before["02.2"] | {"attempts": 2, "hints": 2}


def test_an_old_progress_file_is_shown_as_it_is(course):
    progress = course / "work" / "progress.json"
    before = progress.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "karpathy_course", "progress"],
        capture_output=True, text=True, env=os.environ | {"KARPATHY_COURSE_PROGRESS": str(progress)},
    )  # fmt: skip
    assert done.returncode == 0 and done.stderr == "" and "02.1" in done.stdout
    assert progress.read_bytes() == before


def grade(out, *more):
    words = [sys.executable, "-m", "karpathy_course", "grade", OLD / "submissions", "--out", out, "--json", *more]
    done = subprocess.run(
        [*map(str, words), "--sandbox", "process"], capture_output=True, text=True, cwd=ROOT, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def graded(tmp_path):
    return Path(shutil.copytree(OLD / "graded", tmp_path / "graded"))


@pytest.mark.slow
def test_an_old_folder_of_grades_is_continued_with_its_seed_and_nothing_is_lost(graded, tmp_path):
    """As if it had been graded today from the start: the same bytes, and what the instructor put there stays."""
    old = json.loads((graded / "results.json").read_text(encoding="utf-8"))
    new = grade(graded)
    assert new == grade(tmp_path / "fresh", "--seed", str(old["seed"])) and new["seed"] == old["seed"] == 77
    assert [r["points"] for r in new["records"]] == [r["points"] for r in old["records"]]
    for name in ("grades.csv", "results.json", "students/ada.html", "students/bob.html"):
        assert (graded / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes()
    assert (graded / "my remarks.txt").read_text() == "Bob: talk to him on Tuesday.\n"


def test_an_old_entry_whose_fingerprint_does_not_fit_is_graded_again_not_believed(graded):
    for path in (graded / ".store").glob("*.record.json"):
        stored = json.loads(path.read_text())
        for entry in stored["entries"]:
            entry.update(points=99.0, passed=True)
        path.write_text(json.dumps(stored))
    assert [r["points"] for r in grade(graded)["records"]] == [r["points"] for r in old_records()]


def old_records():
    return json.loads((OLD / "graded" / "results.json").read_text(encoding="utf-8"))["records"]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"key": 3}', b"\xff\xfe"])
def test_a_damaged_file_of_an_old_store_costs_nothing_but_time(graded, damage):
    for path in (graded / ".store").glob("*.json"):
        path.write_bytes(damage)
    assert [r["points"] for r in grade(graded, "--seed", "77")["records"]] == [r["points"] for r in old_records()]
