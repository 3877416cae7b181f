"""Checks in a real kernel, as a learner runs them: what is shown, what nbgrader reads, and that the kernel lives on."""

import os

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = {
    "imports": "from karpathy_course import check, hint, predict",
    "missing": "check('02.1').points",
    "never": "def accumulate(node):\n    while True:\n        try:\n            pass\n"
    "        except:\n            pass",
    "never-check": "from karpathy_course.checks import find\nfind('02.1').seconds = 0.3\ncheck('02.1').points",
    "alive": "1 + 1",
    "flood": "def accumulate(node):\n    print('x' * 10_000_000)",
    "flood-check": "check('02.1', seed=1)",
    "raises": "def accumulate(node):\n\n    return node.nothing",
    "raises-check": "mark = check('02.1', seed=1)",
    "right": "def accumulate(node):\n    for p, l in zip(node.parents, node.local_derivatives):\n"
    "        if p.grad is not None:\n            p.grad += l * node.grad",
    "right-check": "check('02.1').points",
    "right-mark": "check('02.1')",
    "mark-later": "mark",
    "predict": "predict('02/a', 'What?', ['this', 'that'])",
    "hint": "hint('02.1')",
    "unknown": "check('77.7').points",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    notebook = nbformat.v4.new_notebook()
    for id, source in CELLS.items():
        notebook.cells.append(nbformat.v4.new_code_cell(source, id=id))
    environment = os.environ | {"KARPATHY_COURSE_PROGRESS": str(folder / "p.json"), "IPYTHONDIR": str(folder)}
    client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env=environment)
    return {cell.id: cell.outputs for cell in notebook.cells}


def result(outputs):
    [data] = [o["data"]["text/plain"] for o in outputs if o["output_type"] == "execute_result"]
    return data


def shown(outputs):
    [data] = [o["data"] for o in outputs if o["output_type"] == "display_data"]
    return data


def test_nothing_is_ever_written_to_standard_error_or_printed(outputs):
    assert [o for cell in outputs.values() for o in cell if o["output_type"] in ("stream", "error")] == []


def test_a_graded_cell_ends_in_a_plain_float_beside_what_is_shown(outputs):
    assert (result(outputs["missing"]), result(outputs["right-check"])) == ("0.0", "2.0")
    first, *after = shown(outputs["right-check"])["text/plain"].split("\n")
    assert first == "✓ 02.1 Accumulate, do not overwrite: passed, 2 of 2 points."
    assert after[-2:] == ['solution("02.1") shows an answer that is explained.', "Next: 02.2 An order for any graph"]
    assert "<a href='#02.2-An-order-for-any-graph'>" in shown(outputs["right-check"])["text/html"]
    assert "<b>✓ 02.1 Accumulate" in shown(outputs["right-check"])["text/html"]


def test_a_missing_name_says_which_cell_to_run(outputs):
    assert "There is no `accumulate` here yet: run the cell" in shown(outputs["missing"])["text/plain"]


def test_after_an_endless_loop_the_kernel_lives_on(outputs):
    assert result(outputs["never-check"]) == "0.0"
    assert "had not returned after 0.3 seconds" in shown(outputs["never-check"])["text/plain"]
    assert result(outputs["alive"]) == "2"


def test_ten_megabytes_are_cut(outputs):
    data = shown(outputs["flood-check"])
    assert sum(map(len, data.values())) < 10_000 and "printed a flood; it is cut here" in data["text/plain"]


def test_an_exception_names_the_learners_own_line_and_cell(outputs):
    text = shown(outputs["raises-check"])["text/plain"]
    assert "AttributeError ('Node' object has no attribute 'nothing') in line 3 of your cell In [8]" in text
    assert "`return node.nothing`" in text


def test_a_mark_at_the_end_of_a_cell_is_shown_once_and_a_kept_one_again(outputs):
    assert len(outputs["right-mark"]) == 1 and len(outputs["mark-later"]) == 1
    assert "AttributeError" in shown(outputs["mark-later"])["text/plain"]


def test_a_prediction_offers_buttons_and_the_same_as_text(outputs):
    [output] = outputs["predict"]
    assert output["data"]["text/plain"] == "Predict, then run the next cell. What?\n  a) this\n  b) that"
    assert "application/vnd.jupyter.widget-view+json" in output["data"]


def test_an_unknown_exercise_is_one_sentence_and_no_points(outputs):
    assert result(outputs["unknown"]) == "0.0"
    assert shown(outputs["unknown"])["text/plain"] == "✗ There is no exercise 77.7: its lecture has none."
