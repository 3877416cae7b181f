"""Links that the course writes into its notebooks: to what is there, and to nothing else."""

import json

import nbformat
import pytest

from karpathy_course.checks.authoring import exercise_notebooks
from karpathy_course.checks.authoring.links import BOTTOM, TOP, line_of, with_terms


def write(path, *sources):
    notebook = nbformat.v4.new_notebook()
    for k, text in enumerate(sources):
        cell = nbformat.v4.new_markdown_cell(text)
        cell.id = f"cell-{k}"
        notebook.cells.append(cell)
    path.parent.mkdir(exist_ok=True)
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def course(tmp_path):
    write(tmp_path / "lectures" / "00_welcome.ipynb", "# 00 · Welcome", "## The map")
    write(tmp_path / "lectures" / "02_graphs.ipynb", "# 02 · Graphs", "Exercise 02.1 and exercise 02.9.", "A **loss**.")
    write(tmp_path / "lectures" / "05_tensors.ipynb", "# 05 · Tensors", "The **loss** again.")
    write(tmp_path / "solutions" / "02_graphs.ipynb", "# Exercises 02: Graphs")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "glossary.md").write_text('| <a id="loss"></a>**loss** | one number | 02 |\n', "utf-8")
    return tmp_path


def texts(path):
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]}


def test_a_notebook_leads_to_its_neighbours_whatever_numbers_are_missing_between(course):
    line = line_of(course / "lectures" / "02_graphs.ipynb", course)
    assert line.startswith("[← 00](00_welcome.ipynb) · [the map](../lectures/00_welcome.ipynb#The-map)")
    assert "[the exercises](../exercises/02_graphs.ipynb)" in line and line.endswith("[05 →](05_tensors.ipynb)")


def test_the_first_and_the_last_lecture_have_one_neighbour(course):
    assert "←" not in line_of(course / "lectures" / "00_welcome.ipynb", course)
    last = line_of(course / "lectures" / "05_tensors.ipynb", course)
    assert "→" not in last and "exercises" not in last


def test_exercises_lead_to_their_lecture(course):
    assert "[the lecture](../lectures/02_graphs.ipynb)" in line_of(course / "solutions" / "02_graphs.ipynb", course)


def test_links_are_written_once_and_again_where_a_title_changes(course):
    lecture = course / "lectures" / "02_graphs.ipynb"
    assert exercise_notebooks.generate(check=True, root=course) == 1
    assert exercise_notebooks.generate(root=course) == 0
    first = lecture.read_bytes()
    assert exercise_notebooks.generate(root=course) == 0 and lecture.read_bytes() == first
    assert exercise_notebooks.generate(check=True, root=course) == 0
    found = texts(lecture)
    assert list(found) == ["cell-0", TOP, "cell-1", "cell-2", BOTTOM] and found[TOP] == found[BOTTOM]
    assert found["cell-1"].startswith("[Exercise 02.1](../exercises/02_graphs.ipynb#02.1-Accumulate,-do-not-overwrite)")
    assert found["cell-1"].endswith("exercise 02.9."), "there is no such exercise"
    assert found["cell-2"] == "A [**loss**](../docs/glossary.md#loss)."
    lecture.write_text(lecture.read_text(encoding="utf-8").replace("02.1-Accumulate", "02.1-Overwrite"), "utf-8")
    assert exercise_notebooks.generate(check=True, root=course) == 1


def test_a_word_is_a_link_where_it_is_first_set_in_bold():
    text = with_terms("**Loss**, **losses**, **loss**, [**loss**](x) and **break it**", {"loss": "loss"})
    assert text == "[**Loss**](../docs/glossary.md#loss), **losses**, **loss**, [**loss**](x) and **break it**"
