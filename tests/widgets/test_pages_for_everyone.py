"""Both widgets for everyone: the keyboard alone, a narrow screen, light and dark, no motion, other programs' keys."""

import random

import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.neuron import MLP
from karpathy_course.scalar import Value
from karpathy_course.widgets import GraphPlayer, Nudge
from tests.widgets.graphs import Overwriting, diamond


def player(**options):
    root, names = diamond(Value)
    return GraphPlayer(root, names, **options)


def nudge():
    root, names = diamond(Value)
    return Nudge(root, names)


def folded():
    return GraphPlayer(MLP(2, [16, 16, 1], rng=random.Random(0))([Value(0.5), Value(-1.0)]))


def own():
    root, names = diamond(Overwriting)
    return GraphPlayer(root, names, traversal=True)


WIDGETS = {"player": player, "folded player": folded, "own traversal": own, "nudge": nudge}
every_widget = pytest.mark.parametrize("name", WIDGETS)


def tab_to(page, test_id, most=40):
    """Press Tab until the element has the focus."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.testid") == test_id:
            return
    raise AssertionError(f"Tab does not reach {test_id}")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
@every_widget
def test_axe_finds_nothing_serious(opened, name, scheme, width):
    page = opened(WIDGETS[name](), width=width, color_scheme=scheme, reduced_motion="reduce")
    plays = page.get_by_test_id("step").count()
    for _ in range(2 if plays else 1):  # at the start, and where everything is lit
        found = Axe().run(page).response
        assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}  # axe did look
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
        if plays:
            page.get_by_test_id("scrub").fill(page.get_by_test_id("scrub").get_attribute("max"))


@every_widget
def test_on_a_screen_of_360_pixels_only_the_stage_scrolls_sideways(opened, name):
    page = opened(WIDGETS[name](), width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    scrolling = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")].filter(e => !e.closest("svg")
            && e.scrollWidth > e.clientWidth + 1 && !["visible", "hidden"].includes(getComputedStyle(e).overflowX)
            && e.localName !== "select").map(e => e.dataset.testid || e.className)"""
    )
    assert set(scrolling) <= {"stage"}


@every_widget
def test_every_focusable_element_keeps_jupyterlabs_shortcuts_away(opened, name):
    page = opened(WIDGETS[name]())
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
            .filter(e => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map(e => e.outerHTML)"""
    )
    assert unmarked == []
    assert page.evaluate("[...document.querySelectorAll('.lm-widget *')].filter(e => e.tabIndex >= 0).length") > 2


@every_widget
def test_plain_keys_stay_inside_and_shortcuts_with_a_modifier_leave(opened, name):
    page = opened(WIDGETS[name]())
    page.evaluate(
        """() => {
            window.keys = [];
            document.addEventListener("keydown", e => { window.keys.push(e.key); e.preventDefault(); });
        }"""
    )
    page.locator(".lm-widget :is(button, input)").first.focus()
    for key in ("d", "d", "ArrowRight", "Enter", "Escape", "x", "Control+s", "Alt+x"):
        page.keyboard.press(key)
    assert [key for key in page.evaluate("window.keys") if key not in ("Control", "Alt")] == ["s", "x"]


def test_the_keyboard_alone_plays_and_steps(opened):
    page = opened(player(), reduced_motion="reduce")
    tab_to(page, "step")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    assert page.get_by_test_id("count").inner_text().startswith("2 /")
    tab_to(page, "scrub")
    page.keyboard.press("ArrowRight")
    assert page.get_by_test_id("count").inner_text().startswith("3 /")
    page.keyboard.press("End")
    tab_to(page, "play")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=play][aria-label=Pause]")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-testid=play][aria-label=Play]")


def _dots_seen(page):
    page.evaluate(
        """() => { window.dots = 0; new MutationObserver(all => all.forEach(m => m.addedNodes.forEach(n => {
            if (n.classList && n.classList.contains("lm-dot")) window.dots++; })))
            .observe(document.querySelector(".lm-stage"), {childList: true, subtree: true}); }"""
    )
    for _ in range(14):
        page.get_by_test_id("step").click()
    return page.evaluate("window.dots")


def test_gradients_move_as_dots_unless_reduced_motion_is_asked_for(opened):
    assert _dots_seen(opened(player(), reduced_motion="no-preference")) == 10  # the diamond's edges
    assert _dots_seen(opened(player(), reduced_motion="reduce")) == 0


def test_values_run_into_the_node_that_they_make_unless_reduced_motion_is_asked_for(opened):
    for motion, expected in (("no-preference", ["2", "3"]), ("reduce", [])):
        page = opened(player(), reduced_motion=motion)
        for _ in range(3):  # a, b, and the first node made of them
            page.get_by_test_id("step").click()
        assert page.locator(".lm-carried text").all_text_contents() == expected


@pytest.mark.parametrize("name", ["player", "folded player"])
def test_on_a_narrow_screen_the_node_of_the_step_is_in_sight_and_fit_shows_all(opened, name):
    page = opened(WIDGETS[name](), width=360, height=740, reduced_motion="reduce")
    inside = """() => {
        const stage = document.querySelector("[data-testid=stage]").getBoundingClientRect();
        return [...document.querySelectorAll(".lm-now[data-node] .lm-frame")].every((e) => {
            const box = e.getBoundingClientRect();
            return box.left >= stage.left - 3 && box.right <= stage.right + 3
                && box.top >= stage.top - 3 && box.bottom <= stage.bottom + 3;
        });
    }"""
    steps = int(page.get_by_test_id("scrub").get_attribute("max"))
    for _ in range(steps):
        page.get_by_test_id("step").click()
        assert page.evaluate(inside)
    page.get_by_test_id("fit").click()
    assert page.get_by_test_id("fit").get_attribute("aria-pressed") == "true"
    page.wait_for_function("(s => s.scrollWidth <= s.clientWidth + 1)(document.querySelector('[data-testid=stage]'))")
