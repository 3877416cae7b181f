"""Lecture 09's pixel microscopes in a real JupyterLab: the network that its cells train, and the layer they write."""

import json

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.data import digits
from tests.browser.conftest import errors, lecture

PIXEL = 5, 4, 3  # channel, row and column of a pixel of the second convolution
TELL = f"""import json
pixel = microscope.maps(3)[{PIXEL}]
print("told", json.dumps([float(pixel), microscope.gradient(3, *{PIXEL})[1][0].tolist()]))"""

CORNERS = """stack => [...stack.querySelectorAll('canvas')].map(canvas => {
    const at = Math.round(4 * (window.devicePixelRatio || 1));
    return [...canvas.getContext('2d').getImageData(at, at, 1, 1).data];
})"""


@pytest.fixture
def opened(lab):
    notebook = lecture("09", "widget-pixel-microscope")
    (training,) = [cell for cell in notebook.cells if cell.id == "training"]
    training.source = training.source.replace("as_images(pictures))", "as_images(pictures), epochs=1)")  # 40 take 3 s
    notebook.cells.append(nbformat.v4.new_code_cell(TELL, id="told"))
    return lab.show("09.ipynb", notebook)


def fact(microscope, name):
    return float(microscope.locator(f"[data-fact={name}]").get_attribute("data-exact"))


def gradient_of_the_image(microscope, name):
    numbers = json.loads(microscope.get_by_test_id(name).get_attribute("data-exact"))
    return np.array(numbers, dtype=float).reshape(8, 8)


def the_lectures_seven():
    pictures, labels = digits()
    return pictures[labels == 7][0].reshape(8, 8)


def test_pointing_and_clicking_at_a_pixel_of_the_trained_network_shows_pythons_numbers(opened):
    page = opened
    assert errors(page) == []
    (told,) = [text for text in page.locator(".jp-OutputArea-output pre").all_inner_texts() if text.startswith("told")]
    value, gradient = json.loads(told.removeprefix("told"))
    microscope = page.get_by_test_id("pixel-microscope").first
    microscope.get_by_test_id("layer").select_option("3")
    channel, row, column = PIXEL
    microscope.get_by_test_id("channel").select_option(str(channel))
    board = microscope.get_by_test_id("output-map")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    at = {"x": box["width"] * (column + 0.5) / 8, "y": box["height"] * (row + 0.5) / 8}
    board.hover(position=at)
    assert np.isclose(fact(microscope, "value"), value, rtol=1e-5, atol=1e-6)
    assert np.isclose(fact(microscope, "sum") + fact(microscope, "bias"), value, rtol=1e-4, atol=1e-5)
    board.click(position=at)
    assert np.allclose(gradient_of_the_image(microscope, "image-gradient"), gradient, rtol=1e-4, atol=1e-5)
    assert "[5, 4, 3]" in microscope.get_by_test_id("gradient-line").inner_text()

    for microscope in page.get_by_test_id("pixel-microscope").all():  # and the small maps have the page's colours
        first, *_ = microscope.get_by_test_id("stack").evaluate(CORNERS)
        assert min(first[:3]) > 200, first  # the seven's first pixel is white paper


def test_the_keyboard_alone_reads_the_own_layer_and_sends_its_gradient_back(opened):
    page = opened
    seven = the_lectures_seven()
    kernel = np.array([[-1, 0, 1]] * 3)
    microscope = page.get_by_test_id("pixel-microscope").nth(1)
    microscope.get_by_test_id("channel").focus()
    microscope.get_by_test_id("channel").select_option("0")
    microscope.get_by_test_id("output-map").focus()
    for key in ["Home", *6 * ["ArrowUp"], "ArrowDown", "ArrowRight"]:
        page.keyboard.press(key)
    assert np.isclose(fact(microscope, "value"), (seven[1:4, 1:4] * kernel).sum(), atol=1e-6)
    page.keyboard.press("Enter")
    expected = np.zeros((8, 8))
    expected[1:4, 1:4] = kernel
    assert np.array_equal(gradient_of_the_image(microscope, "input-gradient"), expected)


def test_keys_stay_in_the_microscope_and_axe_finds_nothing_serious_in_light_and_dark(opened):
    page = opened
    before = page.locator(".jp-Cell").count()
    page.get_by_test_id("pixel-microscope").first.get_by_test_id("output-map").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
