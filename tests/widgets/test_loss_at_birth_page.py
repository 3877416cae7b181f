"""Loss at birth on a page without a kernel: the needle and every number are Python's, at every scale and choice."""

from math import isnan, log, log2

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.widgets import LossAtBirth
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.joining import join
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.loss_at_birth.measuring import AS_MADE, SCALES
from tests.widgets.networks import CLASSES, network, rows
from tests.widgets.test_pages_for_everyone import tab_to

EVEN = log(CLASSES)
# What the page shows at each of some places of the slider, for a choice of layers and seed.
SWEEP = """(places) => places.map((place) => {
    const by = (id) => document.querySelector(`[data-testid="${id}"]`), slider = by("scale");
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    const count = (name) => Object.fromEntries([...document.querySelectorAll(`.lm-bar-${name}`)]
        .map((bar) => [bar.dataset.bin, Number(bar.dataset.count)]));
    const needle = document.querySelector(".lm-needle");
    return {
        loss: by("loss").dataset.exact, scale: Number(by("scale-text").dataset.exact), shown: by("loss").textContent,
        line: by("text-line").textContent.replaceAll("−", "-"), reading: by("reading").textContent,
        right: count("right"), wrong: count("wrong"),
        needle: needle.hasAttribute("hidden") ? null : Number(needle.dataset.degrees),
    };
})"""


def birth(**options):
    return LossAtBirth(network, *rows(), **options)


def overflowing():
    def make():
        model = network()
        model[2].weight.data *= np.float32(1e37)
        return model

    return LossAtBirth(make, *rows(), seeds=[0])


@pytest.mark.parametrize("layers", ["all", "last"])
def test_at_every_scale_every_number_is_pythons(opened, layers):
    shown = birth(seeds=(4, 7))
    page = opened(shown)
    page.get_by_test_id("layers").select_option(layers)
    page.get_by_test_id("seed").select_option("1")
    found, losses = shown.data["found"][1][layers], shown.losses(7, layers)
    places = range(0, len(SCALES), 3)
    for place, seen in zip(places, page.evaluate(SWEEP, list(places))):
        loss = losses[SCALES[place]]
        assert float(seen["loss"]) == loss and seen["scale"] == SCALES[place]
        assert seen["needle"] == pytest.approx(max(-90, min(90, 90 * log2(loss / EVEN))))
        inside = abs(loss - EVEN) <= 0.05 * EVEN
        assert ("✓ inside" in seen["reading"]) == inside and ("inside the band" in seen["line"]) == inside
        for kind in ("right", "wrong"):
            assert seen[kind] == {str(k): n for k, n in enumerate(found[kind][place]) if n}
        for number in (SCALES[place], loss, EVEN, found["mean"][place], found["sure"][place]):
            assert format_number(number) in seen["line"]


def test_the_needle_hits_ln_c_where_the_odds_are_even(opened):
    page = opened(birth())
    page.get_by_test_id("layers").select_option("last")
    (seen,) = page.evaluate(SWEEP, [0])
    assert abs(seen["needle"]) < 90 * log2(1.05) and "inside the band of 5 %" in seen["line"]
    box = page.locator(".lm-needle").evaluate("e => getComputedStyle(e).transform")
    assert box.startswith("matrix(")  # it is turned


def test_a_loss_that_is_no_number_has_no_needle_and_is_said(opened):
    shown = overflowing()
    page = opened(shown)
    last = len(SCALES) - 1
    finite, lost = page.evaluate(SWEEP, [0, last])
    assert lost["shown"] == shown.data["found"][0]["all"]["losses"][last] and lost["shown"] in ("nan", "inf")
    assert (lost["needle"] is None) == isnan(float(lost["shown"])) and finite["needle"] is not None
    assert "the scores are too large for their dtype" in lost["line"] and "outside" in lost["line"]
    assert page.locator(".lm-birth .lm-gap").count() == 1


def test_the_keyboard_alone_moves_chooses_and_goes_back(opened):
    shown = birth(seeds=(4, 7))
    page = opened(shown, reduced_motion="reduce")
    tab_to(page, "scale")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    loss = lambda: float(page.get_by_test_id("loss").get_attribute("data-exact"))
    assert loss() == shown.losses(4)[SCALES[AS_MADE + 2]]
    tab_to(page, "layers")
    page.keyboard.press("ArrowDown")
    assert loss() == shown.losses(4, "last")[SCALES[AS_MADE + 2]]
    tab_to(page, "seed")
    page.keyboard.press("ArrowDown")
    assert loss() == shown.losses(7, "last")[SCALES[AS_MADE + 2]]
    tab_to(page, "as-made")
    page.keyboard.press("Enter")
    assert loss() == shown.losses(7, "last")[1.0]
    assert page.get_by_test_id("scale").get_attribute("aria-valuetext").startswith("times 1, loss ")


def test_the_point_of_the_curve_is_dragged_to_the_nearest_scale(opened):
    page = opened(birth())
    page.get_by_test_id("plot").scroll_into_view_if_needed()
    box = page.get_by_test_id("plot").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 50, box["y"] + 60, steps=3)
    page.mouse.up()
    assert page.get_by_test_id("scale").input_value() == str(len(SCALES) - 1)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, scheme, width):
    page = opened(birth(), width=width, color_scheme=scheme, reduced_motion="reduce")
    for place in (AS_MADE, len(SCALES) - 1):
        page.get_by_test_id("scale").fill(str(place))
        found = Axe().run(page).response
        assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    moving = page.locator(".lm-needle").evaluate("e => getComputedStyle(e).transitionDuration")
    assert moving == "0s"  # less motion is asked for
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
            .filter((e) => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map((e) => e.outerHTML)"""
    )
    assert unmarked == []


def test_a_logarithmic_axis_has_few_round_numbers_inside(tabs):
    page = tabs.new(1280, 720)
    module = join(FOLDER / "loss_at_birth" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nwindow.powers = powers; }}")
    for low, high in [(-2, 2), (0.3, 1.8), (0.34, 3.3), (0.36, 0.38), (-7, -6), (-40, 40), (-0.1, 0.1)]:
        for most in (2, 4, 6):
            found = page.evaluate("(given) => powers(...given)", [low, high, most])
            assert 1 <= len(found) <= most + 1
            assert all(low - 1e-9 <= v <= high + 1e-9 for v in found) and found == sorted(found)
            if high - low >= 1:
                assert {f"{10**v:.0e}"[0] for v in found} <= set("125")
