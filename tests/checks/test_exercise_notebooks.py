"""Exercises made from solutions (tests/grading asks nbgrader for the same); notebooks executed for storing."""

import json
import os
import shutil

import nbformat
import pytest

from karpathy_course.checks.authoring import exercise_notebooks, scaffold

ROOT = exercise_notebooks.ROOT
SOLUTIONS = sorted((ROOT / "solutions").glob("*.ipynb"))


def test_the_committed_exercises_are_what_the_solutions_give(capsys):
    assert SOLUTIONS
    assert exercise_notebooks.generate(check=True) == 0, capsys.readouterr().out


@pytest.fixture
def course(tmp_path):
    (tmp_path / "solutions").mkdir()
    content = scaffold.empty_notebook()
    content["cells"] += scaffold.cells_of("02.1")
    path = tmp_path / "solutions" / "02_a.ipynb"
    path.write_text(json.dumps(content))
    return tmp_path


def test_generating_twice_gives_the_same_bytes_and_check_agrees(course, capsys):
    assert exercise_notebooks.generate(check=True, root=course) == 1
    assert "exercises/02_a.ipynb" in capsys.readouterr().out
    assert exercise_notebooks.generate(root=course) == 0
    first = (course / "exercises" / "02_a.ipynb").read_bytes()
    assert exercise_notebooks.generate(root=course) == 0 and exercise_notebooks.generate(check=True, root=course) == 0
    assert (course / "exercises" / "02_a.ipynb").read_bytes() == first


def test_check_names_what_differs_and_what_has_no_solution(course, capsys):
    exercise_notebooks.generate(root=course)
    target = course / "exercises" / "02_a.ipynb"
    target.write_text(target.read_text().replace("raise", "return"))
    shutil.copy(target, course / "exercises" / "03_b.ipynb")
    capsys.readouterr()
    assert exercise_notebooks.generate(check=True, root=course) == 1
    out = capsys.readouterr().out
    assert "exercises/02_a.ipynb is not what" in out and "exercises/03_b.ipynb has no solution" in out


def test_a_damaged_solution_is_one_line(course, capsys):
    (course / "solutions" / "02_a.ipynb").write_text('{"cells": [')
    assert exercise_notebooks.generate(root=course) == 1
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 1 and "solutions/02_a.ipynb" in err


@pytest.mark.parametrize(
    "source", ["### BEGIN SOLUTION\n1", "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION"]
)
def test_an_unfinished_solution_region_is_refused(source):
    with pytest.raises(ValueError, match="SOLUTION"):
        exercise_notebooks.without_solutions(source)


@pytest.mark.slow
def test_an_executed_notebook_is_stored_with_counts_and_without_widget_state(tmp_path):
    notebook = nbformat.v4.new_notebook()
    sources = ["import ipywidgets\nipywidgets.IntSlider()", "import os\nos.environ['KARPATHY_COURSE_STORE']", "1 / 0"]
    notebook.cells = [nbformat.v4.new_code_cell(s, id=f"cell-{i}") for i, s in enumerate(sources)]
    notebook.cells[2].metadata["tags"] = ["raises-exception"]
    path = tmp_path / "a.ipynb"
    nbformat.write(notebook, path)
    assert exercise_notebooks.execute([path]) == 0
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
    assert exercise_notebooks.execute([path]) == 1
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]
    assert capsys.readouterr().err == f"{path}: not stored: ZeroDivisionError: division by zero\n"


def test_storing_tags_a_cell_that_takes_over_a_second(tmp_path):
    sources = ["import time; time.sleep(1.1)", "1 + 1"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.cells[0].metadata["tags"] = ["widget-nudge"]
    notebook.cells[1].metadata["tags"] = ["slow"]
    stored = exercise_notebooks.run(notebook, tmp_path)
    assert stored.cells[0].metadata == {"tags": ["widget-nudge", "slow"]}
    assert stored.cells[1].metadata == {}


@pytest.mark.parametrize("tags", [[], ["slow"]])
def test_between_the_two_limits_the_tag_slow_stays_as_it_is(tags):
    cell = nbformat.v4.new_code_cell("", metadata={"tags": list(tags)})
    exercise_notebooks.tag_slow(cell, 0.7)
    assert cell.metadata["tags"] == tags


@pytest.mark.slow
def test_a_solution_gets_no_tag_slow(tmp_path):
    folder = tmp_path / "solutions"
    folder.mkdir()
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import time; time.sleep(1.1)")])
    assert exercise_notebooks.run(notebook, folder).cells[0].metadata == {}
