"""Exercises made from solutions, as nbgrader itself would make them; notebooks executed for storing."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from karpathy_course import notebooks
from karpathy_course.checks import scaffold
from karpathy_course.checks.registry import of_lecture

ROOT = notebooks.ROOT
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))


def test_the_committed_exercises_are_what_the_solutions_give(capsys):
    assert SOLUTIONS
    assert notebooks.generate(check=True) == 0, capsys.readouterr().out


@pytest.fixture
def course(tmp_path):
    (tmp_path / "solutions").mkdir()
    content = scaffold.empty_notebook()
    content["cells"] += scaffold.cells_of("02.1")
    path = tmp_path / "solutions" / "02_a.ipynb"
    path.write_text(json.dumps(content))
    return tmp_path


def test_generating_twice_gives_the_same_bytes_and_check_agrees(course, capsys):
    assert notebooks.generate(check=True, root=course) == 1
    assert "exercises/02_a.ipynb" in capsys.readouterr().out
    assert notebooks.generate(root=course) == 0
    first = (course / "exercises" / "02_a.ipynb").read_bytes()
    assert notebooks.generate(root=course) == 0 and notebooks.generate(check=True, root=course) == 0
    assert (course / "exercises" / "02_a.ipynb").read_bytes() == first


def test_check_names_what_differs_and_what_has_no_solution(course, capsys):
    notebooks.generate(root=course)
    target = course / "exercises" / "02_a.ipynb"
    target.write_text(target.read_text().replace("raise", "return"))
    shutil.copy(target, course / "exercises" / "03_b.ipynb")
    capsys.readouterr()
    assert notebooks.generate(check=True, root=course) == 1
    out = capsys.readouterr().out
    assert "exercises/02_a.ipynb is not what" in out and "exercises/03_b.ipynb has no solution" in out


def test_a_damaged_solution_is_one_line(course, capsys):
    (course / "solutions" / "02_a.ipynb").write_text('{"cells": [')
    assert notebooks.generate(root=course) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "solutions/02_a.ipynb" in err


@pytest.mark.parametrize(
    "source", ["### BEGIN SOLUTION\n1", "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION"]
)
def test_an_unfinished_solution_region_is_refused(source):
    with pytest.raises(ValueError, match="SOLUTION"):
        notebooks.without_solutions(source)


def test_an_executed_notebook_is_stored_with_counts_and_without_widget_state(tmp_path):
    notebook = nbformat.v4.new_notebook()
    sources = ["import ipywidgets\nipywidgets.IntSlider()", "import os\nos.environ['KARPATHY_COURSE_STORE']", "1 / 0"]
    notebook.cells = [nbformat.v4.new_code_cell(s, id=f"cell-{i}") for i, s in enumerate(sources)]
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook, path)
    assert notebooks.execute([path]) == 0
    stored = nbformat.read(path, as_version=4)
    assert [(c.id, c.execution_count) for c in stored.cells] == [("cell-0", 1), ("cell-1", 2), ("cell-2", 3)]
    assert list(stored.cells[0].outputs[0].data) == ["text/plain"] and "widgets" not in stored.metadata
    assert stored.cells[1].outputs[0].data["text/plain"] == "'1'"
    assert "KARPATHY_COURSE_STORE" not in os.environ


def test_a_notebook_in_which_a_cell_raises_is_not_stored(tmp_path, capsys):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook, path)
    before = path.read_bytes()
    assert notebooks.execute([path]) == 1
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]
    assert capsys.readouterr().err == f"{path}: not stored: ZeroDivisionError: division by zero\n"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A course of nbgrader's own, which releases our solutions and grades an honest and an empty notebook."""
    course = tmp_path_factory.mktemp("nbgrader")
    progress = str(course / "progress.json")
    environment = os.environ | {"KARPATHY_COURSE_PROGRESS": progress, "IPYTHONDIR": str(course / "ipython")}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # nbgrader calls alembic
    for solution in SOLUTIONS:
        folder = course / "source" / solution.stem
        folder.mkdir(parents=True)
        shutil.copy(solution, folder)
    (course / "nbgrader_config.py").write_text(f"c = get_config()\nc.CourseDirectory.root = {str(course)!r}\n")

    def nbgrader(*words):
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", *words], cwd=course, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]

    for solution in SOLUTIONS:
        name = solution.stem
        nbgrader("generate_assignment", name, "--create")
        released = course / "release" / name / solution.name
        for student in ("honest", "empty"):
            folder = course / "submitted" / student / name
            folder.mkdir(parents=True)
            notebook = nbformat.read(released, as_version=4)
            if student == "honest":
                answers = {c.id: c.source for c in nbformat.read(solution, as_version=4).cells}
                for cell in notebook.cells:
                    if cell.id.startswith("answer-"):
                        cell.source = answers[cell.id]
            nbformat.write(notebook, folder / solution.name)
        nbgrader("autograde", name, "--create")
    nbgrader("export", "--to", str(course / "grades.csv"))
    return course


@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)
def test_nbgraders_own_release_has_the_sources_of_ours(graded, solution):
    theirs = nbformat.read(graded / "release" / solution.stem / solution.name, as_version=4)
    ours = nbformat.read(ROOT / "exercises" / solution.name, as_version=4)
    assert [(c.id, c.source) for c in theirs.cells] == [(c.id, c.source) for c in ours.cells]
    assert all(not c.get("outputs") for c in ours.cells)


@pytest.mark.parametrize("solution", SOLUTIONS, ids=lambda path: path.stem)
def test_nbgrader_gives_an_honest_notebook_all_points_and_an_empty_one_none(graded, solution):
    rows = csv.DictReader((graded / "grades.csv").open())
    scores = {r["student_id"]: float(r["score"]) for r in rows if r["assignment"] == solution.stem}
    full = sum(exercise.points for exercise in of_lecture(solution.stem[:2]))
    assert full > 0 and scores == {"honest": full, "empty": 0.0}
