"""Lecture 05's Broadcast loom in a real JupyterLab: on the learner's arrays, with the learner's own sum of copies."""

import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import errors, lecture, open_and_run

SIX_OWN_CELLS = """() => document.querySelector('[data-testid=broadcast-loom]')
    .querySelectorAll('[data-operand=a].lm-own-cell').length === 6"""


@pytest.fixture(scope="module")
def opened(lab_server, chromium):
    """The page of the lecture, all its cells run: opened once for both tests."""
    lab_server.put(lecture("05", "widget-broadcast-loom"), "05.ipynb")
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    open_and_run(page, lab_server.lab("05.ipynb"))
    yield page
    context.close()


def numbers(loom, operand, what="gradient"):
    """What the page says of an operand's own numbers, in order; None where it says nothing."""
    cells = loom.locator(f"[data-operand={operand}].lm-own-cell").all()
    found = [cell.get_attribute(f"data-{what}") for cell in cells]
    return [json.loads(number) if number else None for number in found]


def to_the_end(page, loom):
    loom.get_by_test_id("scrub").focus()
    page.keyboard.press("End")


def test_the_loom_sums_the_learners_gradients_and_asks_the_kernel_for_other_shapes(opened):
    page = opened
    assert errors(page) == []
    first, last = page.get_by_test_id("broadcast-loom").first, page.get_by_test_id("broadcast-loom").last
    first.wait_for()
    assert numbers(first, "b", "value") == [0.1, 0.2, 0.3]
    assert numbers(first, "b") == [None] * 3
    to_the_end(page, first)
    assert numbers(first, "b") == [4, 4, 4] and numbers(first, "a") == [1] * 12

    to_the_end(page, last)  # the learner's own function stops, and the loom says with what
    assert "Your unbroadcast raised ValueError" in last.get_by_test_id("text-line").inner_text()

    first.get_by_test_id("shape-a").fill("2, 1, 3")
    first.get_by_test_id("shape-b").fill("4, 1")
    first.get_by_test_id("op").select_option("mul")
    page.wait_for_function(SIX_OWN_CELLS)
    to_the_end(page, first)
    a = np.array(numbers(first, "a", "value")).reshape(2, 1, 3)
    b = np.array(numbers(first, "b", "value")).reshape(4, 1)
    full = np.ones((2, 4, 3))
    assert np.allclose(numbers(first, "a"), (full * b).sum(axis=1).reshape(-1), rtol=1e-12)
    assert np.allclose(numbers(first, "b"), (full * a).sum(axis=(0, 2)), rtol=1e-12)


def test_keys_stay_in_the_loom_and_axe_finds_nothing_serious_in_light_and_dark(opened):
    page = opened
    loom = page.get_by_test_id("broadcast-loom").first
    before = page.locator(".jp-Cell").count()
    loom.get_by_test_id("step").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before
    to_the_end(page, loom)
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
