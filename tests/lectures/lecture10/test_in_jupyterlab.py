"""Lecture 10's roofline in a real JupyterLab: measured there, with the function that the lecture's own cell defines."""

import json
import re

import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.torch_reference import stored_figures
from karpathy_course.torch_reference.measuring import CONVOLUTIONS
from tests.browser.conftest import errors, lecture


@pytest.fixture
def roofline(lab):
    page = lab.show("10.ipynb", lecture("10", "widget-roofline"))  # each time it measures again
    shown = page.get_by_test_id("roofline").first
    shown.wait_for()
    return shown


def text(shown):
    return shown.get_by_test_id("text-line").inner_text()


def bar(shown, name):
    return shown.locator(".lm-roof-bar").filter(has_text=name)


def test_counts_are_the_lectures_and_no_gpu_figure_is_invented(roofline):
    assert errors(roofline.page) == []
    convolution = CONVOLUTIONS[2]  # 64 digits, 16 maps to 32, 3 × 3, 8 × 8
    roofline.get_by_test_id("size-2").check(force=True)
    roofline.get_by_test_id("pass-forward").check(force=True)
    flops, moved = convolution.flops("forward"), convolution.bytes("forward")
    assert flops == 2 * 64 * 32 * 8 * 8 * 16 * 9
    assert f"{flops / 1e6:.2f} MFLOP" in text(roofline)
    (intensity,) = re.findall(r"([\d.]+) FLOP a byte", text(roofline))
    assert float(intensity) == pytest.approx(flops / moved, rel=1e-3)

    gpu = bar(roofline, "CUDA")
    if torch.cuda.is_available():
        assert gpu.get_attribute("data-state") == "measured"
    elif stored_figures() is None:
        assert gpu.get_attribute("data-state") == "never" and "not measured yet" in gpu.inner_text()
    else:
        gpu.locator("input").check(force=True)
        assert gpu.get_attribute("data-state") == "stored" and stored_figures()["date"] in text(roofline)


def test_keyboard_and_mouse_choose_engines_and_axe_finds_nothing_serious(roofline):
    page, own = roofline.page, bar(roofline, "nine products")
    before = page.locator(".jp-Cell").count()
    roofline.get_by_test_id("engine-0").focus()
    for _ in range(12):
        if own.locator("input").is_checked():
            break
        page.keyboard.press("ArrowDown")
    assert own.locator("input").is_checked() and "nine products" in text(roofline)
    assert own.get_attribute("data-state") == "measured" and float(own.get_attribute("data-rate")) > 0
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before

    bar(roofline, "naive loops").scroll_into_view_if_needed()
    bar(roofline, "naive loops").click()
    assert "naive loops" in text(roofline)
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
