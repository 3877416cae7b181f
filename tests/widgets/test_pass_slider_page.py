"""Pass slider on a page without a kernel: every number on it is Python's, at every stage, for everyone."""

import json
from functools import cache, partial

import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.graph import optimize, peak_memory, simplify, trace
from karpathy_course.widgets import PassSlider
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.joining import join
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.pass_slider.widget import PASSES
from tests.widgets.test_pass_slider import chain, moons, random_graph

WIDGETS = {
    "moons step": moons,
    "chain": cache(lambda: PassSlider(chain())),
    "folded": lambda: moons(width=60),
    **{f"random-{seed}": cache(lambda seed=seed: PassSlider(random_graph(seed))) for seed in (11, 12)},
}
every_widget = pytest.mark.parametrize("name", WIDGETS)


def at(page, name):
    return page.get_by_test_id(name)


def exact(page, name):
    return json.loads(at(page, name).get_attribute("data-exact"))


def nodes_there(page):
    """{the place of a box: how many nodes it holds} of all boxes that are there, and the letters of each."""
    return dict(
        page.evaluate(
            """() => [...document.querySelectorAll("[data-node]:not(.lm-gone)")]
                .map(g => [Number(g.dataset.node), Number(g.dataset.many)])"""
        )
    )


@every_widget
def test_as_passes_are_switched_on_every_number_is_pythons(opened, name):
    slider = WIDGETS[name]()
    page = opened(slider, reduced_motion="reduce")
    first = slider.stages[0].graph
    for k in range(len(PASSES) + 1):
        if k:
            at(page, f"pass-{k}").click()
        after = optimize(first, PASSES[:k])
        assert exact(page, "operations") == after.operations()
        assert exact(page, "peak") == peak_memory(after)
        assert exact(page, "statements") == slider.stages[k].statements
        assert sum(nodes_there(page).values()) == len(after)
        assert at(page, "outputs").inner_text() == "✓ outputs: same bits"
        low, middle, high = slider.data["times"][k]["run"]
        assert exact(page, "run") == middle and exact(page, "run-spread") == [low, middle, high]
        said = at(page, "text-line").inner_text()
        assert str(after.operations()) in said and "half of all runs" in said
        switched = [page.get_by_test_id(f"pass-{j + 1}").get_attribute("aria-checked") for j in range(len(PASSES))]
        assert switched == ["true"] * k + ["false"] * (len(PASSES) - k)


@every_widget
def test_the_boxes_and_lines_that_are_there_are_those_of_the_stage(opened, name):
    slider = WIDGETS[name]()
    page = opened(slider, reduced_motion="reduce")
    assert page.locator("[data-node]").count() <= 400
    for k, stage in enumerate(slider.data["stages"]):
        at(page, "scrub").fill(str(k))
        assert nodes_there(page) == {box: many for box, _, many, _ in stage["at"]}
        assert page.locator(".lm-edge:not(.lm-gone)").count() == len({tuple(edge) for edge in stage["edges"]})
        shown = page.evaluate(
            "() => Object.fromEntries([...document.querySelectorAll('[data-node]:not(.lm-gone)')]"
            ".map(g => [g.dataset.node, g.querySelector('.lm-label').textContent]))"
        )
        assert shown == {str(box): label.replace("-", "−") for box, label, _, _ in stage["at"]}


def test_a_switch_that_is_turned_off_takes_the_later_ones_with_it(opened):
    page = opened(moons(), reduced_motion="reduce")
    at(page, "pass-4").click()
    assert at(page, "count").inner_text() == "4 / 6"
    at(page, "pass-2").click()
    assert at(page, "count").inner_text() == "1 / 6"
    assert at(page, "pass-1").get_attribute("aria-checked") == "true"


def test_a_merged_node_moves_onto_the_one_that_it_became_before_it_is_gone(opened):
    slider = moons()
    page = opened(slider, reduced_motion="reduce")
    at(page, "pass-3").click()
    data = slider.data
    for gone, became in data["stages"][3]["into"]:
        box = page.locator(f"[data-node='{gone}']")
        target = data["nodes"][became]
        assert "lm-gone" in box.get_attribute("class")
        assert box.evaluate("g => g.style.transform") == f"translate({target['x']:g}px, {target['y']:g}px)"


def test_without_a_kernel_measuring_again_says_that_it_needs_one(opened):
    page = opened(moons())
    at(page, "measure").click()
    assert "needs a kernel" in at(page, "text-line").inner_text()


def test_outputs_that_changed_are_seen(opened):
    graph = trace(lambda x, y: x * y + x * 0, 1.0, 2.0)
    page = opened(PassSlider(graph, float("inf"), 1.0, passes=[partial(simplify, allow=("x*0", "x+0"))]))
    at(page, "pass-1").click()
    assert at(page, "outputs").inner_text() == "✗ outputs changed"
    assert "nan became inf" in at(page, "text-line").inner_text()


def test_the_keyboard_alone_switches_and_slides(opened):
    page = opened(moons(), reduced_motion="reduce")
    at(page, "pass-1").focus()
    page.keyboard.press("Space")
    assert exact(page, "operations") < moons().stages[0].operations
    at(page, "scrub").focus()
    page.keyboard.press("End")
    assert at(page, "count").inner_text() == "6 / 6"
    page.keyboard.press("Home")
    assert at(page, "count").inner_text() == "0 / 6"


def test_plain_keys_stay_inside_and_every_control_keeps_jupyterlabs_shortcuts_away(opened):
    page = opened(moons())
    page.evaluate("() => { window.keys = []; document.addEventListener('keydown', e => window.keys.push(e.key)); }")
    at(page, "pass-1").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.evaluate("window.keys") == []
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
            .filter(e => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map(e => e.outerHTML)"""
    )
    assert unmarked == []


@pytest.mark.parametrize(
    ("name", "scheme", "width"),
    [("moons step", "light", 1280), ("moons step", "dark", 360), ("folded", "dark", 1280)],
)
def test_axe_finds_nothing_serious(opened, name, scheme, width):
    page = opened(WIDGETS[name](), width=width, color_scheme=scheme, reduced_motion="reduce")
    for stage in ("0", "6"):
        at(page, "scrub").fill(stage)
        found = Axe().run(page).response
        assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}  # axe did look
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []


@pytest.mark.parametrize("name", ["moons step", "folded"])
def test_on_a_screen_of_360_pixels_only_the_stage_scrolls_sideways(opened, name):
    page = opened(WIDGETS[name](), width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    scrolling = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")].filter(e => !e.closest("svg")
            && e.scrollWidth > e.clientWidth + 1 && !["visible", "hidden"].includes(getComputedStyle(e).overflowX)
            && e.localName !== "select").map(e => e.dataset.testid || e.className)"""
    )
    assert set(scrolling) <= {"stage"}


def test_nodes_glide_unless_reduced_motion_is_asked_for(opened):
    for motion, glides in (("no-preference", True), ("reduce", False)):
        page = opened(moons(), reduced_motion=motion)
        at(page, "pass-1").click()
        lasting = page.locator("[data-node]").first.evaluate("g => getComputedStyle(g).transitionDuration")
        assert (lasting.split(",")[0] != "0s") is glides


def test_times_are_written_as_python_would(tabs):
    page = tabs.new(1280, 720)
    module = join(FOLDER / "pass_slider" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nwindow.microseconds = microseconds; }}")
    numbers = [0.42, 12.345, 999.94, 1000.0, 12345.6]
    written = page.evaluate("all => all.map(x => microseconds(x))", numbers)
    expected = [f"{format_number(t / 1000)} ms" if t >= 1000 else f"{format_number(t)} µs" for t in numbers]
    assert written == expected
