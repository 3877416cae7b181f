"""Nudge in a real JupyterLab, in front of a real kernel, on lecture 01's own cells."""

import pytest

from tests.browser.conftest import errors, lecture


def test_lecture_01s_nudge_predicts_and_measures(lab):
    page = lab.show("01.ipynb", lecture("01", "widget-nudge"))
    assert errors(page) == []
    nudge = page.get_by_test_id("nudge").first
    nudge.get_by_test_id("leaf-a").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert nudge.get_by_test_id("value-a").inner_text() == "2.1"
    assert float(nudge.get_by_test_id("predicted").get_attribute("data-exact")) == pytest.approx(0.6)
    assert float(nudge.get_by_test_id("true").get_attribute("data-exact")) == pytest.approx(0.6)
