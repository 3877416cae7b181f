"""The plot that the widgets share: round numbers on its axes, letters of one size, and a point to drag."""

import itertools

import pytest

from karpathy_course.scalar import Value
from karpathy_course.widgets import Nudge, TwoTapes
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.joining import join
from tests.widgets.branching import Comparing, bent


def cube():
    x = Value(1.0)
    root = x * x * x + -2 * x
    return Nudge(root, {"x": x, "cube": root})


def drag(page, *shares):
    """Press the mouse on the plot at the first share of its width and move it over the others."""
    page.get_by_test_id("plot").scroll_into_view_if_needed()
    box = page.get_by_test_id("plot").bounding_box()
    places = [(box["x"] + share * box["width"], box["y"] + box["height"] / 2) for share in shares]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()


def test_the_point_of_nudge_is_dragged_and_the_numbers_are_those_of_the_slider(opened):
    page = opened(cube())
    drag(page, 0.6, 0.8)
    delta = float(page.get_by_test_id("leaf-x").input_value())
    assert 0.3 < delta < 0.8
    assert float(page.get_by_test_id("predicted").get_attribute("data-exact")) == pytest.approx(delta)
    moved = (1 + delta) ** 3 - 2 * (1 + delta)
    assert float(page.get_by_test_id("true").get_attribute("data-exact")) == pytest.approx(moved + 1)
    drag(page, 0.6, 3)  # beyond the border the point stays at the end of the axis
    assert page.get_by_test_id("leaf-x").input_value() == "1"
    box = page.get_by_test_id("plot").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 50)  # not pressed: nothing moves
    assert page.get_by_test_id("leaf-x").input_value() == "1"


def test_the_point_of_two_tapes_is_dragged_to_the_nearest_input(opened):
    page = opened(TwoTapes(bent, 1.0, tape=Comparing, over=[-2.0, -1.0, 0.0, 1.0, 2.0]))
    drag(page, 0.5, 0.05)
    assert page.get_by_test_id("input").inner_text() == "x = −2"
    drag(page, 0.1, 0.98)
    assert page.get_by_test_id("input").inner_text() == "x = 2"
    assert page.get_by_test_id("count").inner_text() == "4 / 4"


def test_a_typed_nudge_beyond_the_slider_is_still_in_the_plot(opened):
    page = opened(cube())
    page.get_by_test_id("delta").fill("5")
    dot, plot = page.locator(".lm-handle").bounding_box(), page.get_by_test_id("plot").bounding_box()
    assert plot["x"] < dot["x"] and dot["x"] + dot["width"] <= plot["x"] + plot["width"]


@pytest.mark.parametrize("width", [360, 700, 1400])
def test_letters_keep_their_size_on_every_screen(opened, width):
    page = opened(cube(), width=width)
    heights = page.eval_on_selector_all(".lm-tick", "all => all.map(e => e.getBoundingClientRect().height)")
    assert len(heights) >= 5 and all(11 <= height <= 19 for height in heights)
    left, right = page.eval_on_selector_all(
        ".lm-plot text", "all => [Math.min, Math.max].map((f, k) => f(...all.map(e => "
        "e.getBoundingClientRect()[k ? 'right' : 'left'])))",
    )  # fmt: skip
    assert left >= 0 and right <= width


def test_ticks_are_few_round_and_inside(tabs):
    page = tabs.new(1280, 720)
    module = join(FOLDER / "nudge" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nwindow.ticks = ticks; }}")
    ranges = [(0, 1), (-3, 3), (-0.06, 88.3), (0.1, 0.3), (-1e-9, 1e-9), (0, 1e12), (999.99, 1000.01), (5, 5)]
    for low, high in ranges:
        for most in (1, 3, 6):
            found = page.evaluate("([low, high, most]) => ticks(low, high, most)", [low, high, most])
            slack = 1e-6 * (high - low)
            assert all(low - slack <= tick <= high + slack for tick in found)
            assert len(found) <= most + 1 or (low, high) == (5, 5)
            steps = {float(f"{b - a:.6g}") for a, b in itertools.pairwise(found)}
            assert len(steps) <= 1 and all(f"{step:.0e}"[0] in "125" for step in steps)
