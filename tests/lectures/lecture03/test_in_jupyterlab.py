"""Two tapes in a real JupyterLab, in front of a real kernel, on lecture 03's own cells and on random functions."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.widgets.learner_graph.labels import format_number
from tests.browser.conftest import errors, lecture

RANDOM = """
import json, random
from karpathy_course.graph import trace
from karpathy_course.scalar import Value
from karpathy_course.widgets import TwoTapes

rng = random.Random({seed})
a, b, c = (round(rng.uniform(0.5, 2), 2) for _ in range(3))


def drawn(x):
    y = x * a - b
    if y > 0:
        y = y.exp() if hasattr(y, "exp") else __import__("math").exp(y)
    elif x > -c:
        return y * y + x
    return y * c


xs = [k / 4 - 2 for k in range(17)]
print(json.dumps([drawn(x) for x in xs]))
TwoTapes(drawn, 1.75, over=xs)
"""


@pytest.fixture
def page(lab):
    """JupyterLab with the lecture's cells in it, just run."""
    return lab.show("03.ipynb", lecture("03", "widget-two-tapes"))


def told(tapes):
    return [tapes.get_by_test_id(f"{strip}-answer").inner_text().replace("−", "-") for strip in ("tape", "trace")]


def test_lecture_03s_trace_keeps_its_branch_until_the_guard_is_checked(page):
    assert errors(page) == []
    tapes = page.get_by_test_id("two-tapes").first
    tapes.wait_for()
    assert told(tapes) == ["= 2.25", "= 2.25"]
    tapes.get_by_test_id("scrub").focus()
    page.keyboard.press("Home")
    assert told(tapes) == ["= 3", "= 9, wrong"]
    tapes.get_by_test_id("guards").check()
    assert told(tapes) == ["= 3", "guard failed"]
    assert "cell line 2: `if x > 0:` was true then and is false now" in tapes.get_by_test_id("text-line").inner_text()
    tapes.get_by_test_id("retrace").click()
    assert told(tapes) == ["= 3", "= 3"]
    tapes.get_by_test_id("scrub").press("End")
    assert told(tapes) == ["= 9", "guard failed"]


def test_two_presses_of_d_on_a_button_delete_no_cell(page):
    before = page.locator(".jp-Cell").count()
    page.get_by_test_id("two-tapes").first.get_by_test_id("step").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before


def test_axe_finds_nothing_serious_in_light_and_dark(page):
    page.get_by_test_id("two-tapes").first.get_by_test_id("scrub").press("Home")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the last is what the next test finds
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


def test_playing_sends_the_kernel_no_message(page, lab):
    frames = lab.frames
    tapes = page.get_by_test_id("two-tapes").first
    tapes.get_by_test_id("scrub").press("Home")
    assert frames  # the check can fail: running the cells has sent some
    comm = lambda: sum(b"comm_msg" in (f if isinstance(f, bytes) else f.encode()) for f in frames)
    before = comm()
    for _ in range(41):
        tapes.get_by_test_id("step").click()
    assert tapes.get_by_test_id("count").inner_text() == "40 / 40"
    assert comm() == before


@pytest.mark.parametrize("seed", [1, 2])
def test_the_numbers_on_the_page_are_pythons_on_a_random_function(lab, seed):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(RANDOM.format(seed=seed).strip())]
    page = lab.show(f"random-03-{seed}.ipynb", notebook, same_kernel=True)
    tapes = page.get_by_test_id("two-tapes")
    tapes.wait_for()
    printed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stdout']").inner_text()
    tapes.get_by_test_id("scrub").press("Home")
    for answer in json.loads(printed):
        assert told(tapes)[0] == f"= {format_number(answer)}"
        tapes.get_by_test_id("step").click()
