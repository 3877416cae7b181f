"""Lecture 04's Pass slider in a real JupyterLab: every count is what Python counts after the same passes."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import errors, lecture

COUNTS = """
import json
from karpathy_course.graph import optimize, peak_memory

passes = [fold_constants, simplify, merge_common, eliminate_dead, fuse_elementwise]
stages = [optimize(tiny, passes[:k]) for k in range(len(passes) + 1)]
print(json.dumps([[stage.operations(), peak_memory(stage), len(stage)] for stage in stages]))
"""


@pytest.fixture
def page(lab):
    """JupyterLab with the lecture's cells in it and one that prints Python's counts, just run."""
    notebook = lecture("04", "widget-pass-slider")
    notebook.cells.append(nbformat.v4.new_code_cell(COUNTS.strip(), id="counts"))
    return lab.show("04.ipynb", notebook)


def exact(slider, name):
    return json.loads(slider.get_by_test_id(name).get_attribute("data-exact"))


def counts(page, slider):
    alive = page.locator("[data-testid=pass-slider]").first.locator("[data-node]:not(.lm-gone)").count()
    return [exact(slider, "operations"), exact(slider, "peak"), alive]


def test_operations_and_peak_memory_change_as_passes_are_switched_and_equal_pythons(page):
    assert errors(page) == []
    slider = page.get_by_test_id("pass-slider").first
    slider.wait_for()
    printed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stdout']").last.inner_text()
    expected = json.loads(printed)
    seen = [counts(page, slider)]
    for k in range(1, len(expected)):
        slider.get_by_test_id(f"pass-{k}").click()
        seen.append(counts(page, slider))
        assert slider.get_by_test_id("outputs").inner_text() == "✓ outputs: same bits"
    assert seen == expected
    slider.get_by_test_id("pass-2").click()  # off again, and all behind it
    assert counts(page, slider) == expected[1]
    slider.get_by_test_id("scrub").focus()
    page.keyboard.press("End")
    assert counts(page, slider) == expected[-1]


def test_a_time_is_shown_with_its_spread_and_can_be_measured_again(page):
    slider = page.get_by_test_id("pass-slider").first
    for name in ("run", "compiled"):
        low, middle, high = exact(slider, f"{name}-spread")
        assert 0 < low <= middle <= high and exact(slider, name) == middle
        assert "–" in slider.get_by_test_id(name).inner_text()
    assert slider.get_by_test_id("text-line").inner_text().count("half of all runs") == 2
    before = slider.get_by_test_id("run-spread").get_attribute("data-exact")
    slider.get_by_test_id("measure").click()
    page.wait_for_function(
        "before => document.querySelector('[data-testid=run-spread]').dataset.exact !== before", arg=before
    )
    assert slider.get_by_test_id("measure").is_enabled()


def test_two_presses_of_d_on_a_switch_delete_no_cell(page):
    before = page.locator(".jp-Cell").count()
    page.get_by_test_id("pass-slider").first.get_by_test_id("pass-1").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before


def test_axe_finds_nothing_serious_in_light_and_dark(page):
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the last is what the next test finds
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
