"""Lecture 08's stethoscope in a real JupyterLab: it listens to the fifty tables of weights of the lecture's cells."""

import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.data import digits
from tests.browser.conftest import errors, lecture

TEXT_HAS = """wanted => document.querySelector('[data-testid=stethoscope] [data-testid=text-line]')
    .textContent.includes(wanted)"""


@pytest.fixture
def opened(lab):
    return lab.show("08.ipynb", lecture("08", "widget-stethoscope"))


def sizes(scale, bend):
    """The RMS after each of the lecture's fifty layers, made anew in this process."""
    pictures, _ = digits()
    train = pictures[:898].astype("float64")
    rng, table, found = np.random.default_rng(0), ((pictures - train.mean()) / train.std())[:200], []
    for inputs in [64] + 49 * [256]:
        table = bend(table @ (rng.normal(size=(inputs, 256)) * scale / np.sqrt(inputs)))
        found.append(np.sqrt((table**2).mean()))
    return found


def fact(stethoscope, name):
    return float(stethoscope.locator(f"[data-fact={name}]").get_attribute("data-exact"))


def test_the_numbers_on_the_page_are_those_of_the_lectures_own_weights(opened):
    page = opened
    assert errors(page) == []
    stethoscope = page.get_by_test_id("stethoscope").first
    stethoscope.wait_for()
    relu = sizes(1, lambda z: np.maximum(z, 0))
    stethoscope.get_by_test_id("layer").focus()
    page.keyboard.press("Home")
    assert np.isclose(fact(stethoscope, "rms"), relu[0], rtol=1e-3)
    for _ in range(19):
        page.keyboard.press("ArrowRight")
    assert np.isclose(fact(stethoscope, "rms"), relu[19], rtol=1e-3)
    page.keyboard.press("End")
    assert np.isclose(fact(stethoscope, "rms"), relu[49], rtol=1e-3)
    assert "vanished" in stethoscope.get_by_test_id("text-line").inner_text()

    stethoscope.get_by_test_id("non-linearity").select_option("tanh")  # the kernel computes it
    page.wait_for_function(
        """wanted => Math.abs(Number(document.querySelector(
        '[data-testid=stethoscope] [data-fact=rms]').dataset.exact) / wanted - 1) < 1e-3""",
        arg=sizes(1, np.tanh)[49],
    )


def test_the_mouse_picks_a_layer_and_he_weights_keep_the_last_one_alive(opened):
    page = opened
    stethoscope = page.get_by_test_id("stethoscope").first
    strip = stethoscope.get_by_test_id("strip")
    strip.scroll_into_view_if_needed()
    box = strip.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 80)
    assert stethoscope.get_by_test_id("layer").input_value() == "50"
    assert "vanished" in stethoscope.get_by_test_id("text-line").inner_text()
    stethoscope.get_by_test_id("first-weights").select_option("he")
    page.wait_for_function(TEXT_HAS, arg="Gradients: all alive")
    assert 0.2 < fact(stethoscope, "rms") < 3 and 0.2 < fact(stethoscope, "gradient-rms") < 3


def test_keys_stay_in_the_stethoscope_and_axe_finds_nothing_serious_in_light_and_dark(opened):
    page = opened
    before = page.locator(".jp-Cell").count()
    page.get_by_test_id("stethoscope").first.get_by_test_id("layer").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
