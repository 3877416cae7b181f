"""Two tapes on a page without a kernel: every number on it is Python's, and everyone can use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.graph import GuardFailed, trace
from karpathy_course.widgets import TwoTapes
from karpathy_course.widgets.learner_graph.labels import format_number
from tests.widgets.branching import Comparing, bent, growing, random_branching, smooth, special

SHOWN = """() => {
    const by = (id) => document.querySelector(`[data-testid="${id}"]`);
    const text = (id) => by(id).textContent, told = ({ dataset }) => [dataset.label, dataset.value];
    const boxes = (id) => [...by(id).querySelectorAll("[data-node]")].map(told);
    return { tape: boxes("tape"), trace: boxes("trace"), tapeAnswer: text("tape-answer"),
        traceAnswer: text("trace-answer"), line: text("text-line"), input: text("input") };
}"""


def two_tapes(fn=bent, *example, **options):
    return TwoTapes(fn, *(example or (1.0,)), tape=Comparing, **options)


def at(page, position):
    """What the page shows at a position; the slider is moved as a keyboard moves it."""
    page.evaluate(
        """(position) => {
            const scrub = document.querySelector("[data-testid=scrub]");
            scrub.value = position;
            scrub.dispatchEvent(new Event("input"));
        }""",
        position,
    )
    return page.evaluate(SHOWN)


def python_says(text):
    return text.replace("−", "-")


@pytest.mark.parametrize("seed", range(1, 7))
def test_every_number_on_the_page_is_pythons_at_every_input(opened, seed):
    fn, y = random_branching(seed), 0.5
    shown = two_tapes(fn, 1.25, y, over=[k / 4 - 2 for k in range(17)])
    graph, page = trace(fn, 1.25, y), opened(shown)
    page.get_by_test_id("guards").check()
    for position, x in enumerate(shown.inputs):
        seen = at(page, position)
        assert python_says(seen["input"]) == f"x = {format_number(x)}"
        assert python_says(seen["tapeAnswer"]) == f"= {format_number(fn(x, y))}"
        run = shown.data["runs"][position]
        assert [value for _, value in seen["tape"]] == [format_number(float(v)) for v in run["values"]]
        try:
            assert python_says(seen["traceAnswer"]) == f"= {format_number(float(graph(x, y)))}"
            assert "answers the same" in seen["line"]
        except GuardFailed as error:
            assert seen["traceAnswer"] == "guard failed"
            assert str(error).split(": this condition")[0] in seen["line"]


def test_unchecked_the_trace_goes_on_and_is_wrong_and_checked_it_stops(opened):
    page = opened(two_tapes(over=[-2.0, -1.0, 1.0]))
    seen = at(page, 0)
    assert python_says(seen["tapeAnswer"]) == "= -6" and seen["traceAnswer"] == "= 4, wrong"
    assert "wrong by 10, and nothing says so" in seen["line"]
    assert ["guard: true", "ignored"] in seen["trace"]
    page.get_by_test_id("guards").check()
    seen = at(page, 0)
    assert seen["traceAnswer"] == "guard failed" and ["guard: true", "fails"] in seen["trace"]
    assert seen["trace"][-1][1] == ""  # what stands behind the guard is not computed
    assert "`if x > 0:` was true then and is false now" in seen["line"]


def test_an_input_without_an_end_says_so_in_one_line(opened):
    page = opened(TwoTapes(growing, 3.0, over=[-1.0, 3.0]))
    seen, told = at(page, 0), "growing at x = -1 was stopped after 10,000 lines: it seems to have no end"
    assert seen["tapeAnswer"] == "no answer" and f"The tape: {told}." in python_says(seen["line"])
    assert python_says(page.get_by_test_id("tape").text_content()) == told
    assert page.get_by_test_id("retrace").is_disabled()
    assert at(page, 1)["tapeAnswer"] == "= 12"


def test_a_class_that_answers_wrong_is_told_from_the_function(opened):
    page = opened(TwoTapes(special, 1.0, over=[1.0, 2.0, 3.0]))
    seen = at(page, 1)
    assert seen["tapeAnswer"] == "= 2, wrong" and "but on plain numbers special answers 200" in seen["line"]
    assert at(page, 2)["tapeAnswer"] == "= 3"


def test_traced_again_it_is_right_here_and_wrong_there(opened):
    page = opened(two_tapes(over=[-2.0, 1.0]))
    button = page.get_by_test_id("retrace")
    assert button.is_disabled()
    at(page, 0)
    button.click()
    seen = page.evaluate(SHOWN)
    assert python_says(seen["traceAnswer"]) == "= -6" and "The trace of x = −2 answers the same" in seen["line"]
    assert button.is_disabled()
    assert at(page, 1)["traceAnswer"] == "= 0, wrong"


def test_the_listing_marks_what_ran_and_what_the_trace_holds(opened):
    page = opened(two_tapes(over=[-2.0, 1.0]))
    at(page, 0)
    lines = page.locator("[data-line]").all_inner_texts()
    mark = lambda k: (lines[k].count("●"), lines[k].count("■"))
    assert [mark(k) for k in range(4)] == [(0, 0), (1, 1), (0, 1), (1, 0)]


def test_where_the_function_stops_the_page_says_so(opened):
    def root(x):
        if getattr(x, "data", 1.0) < 0:
            raise ValueError("no root of a negative number")
        return x * x

    seen = at(opened(two_tapes(root, over=[-1.0, 1.0])), 0)
    assert seen["tapeAnswer"] == "no answer" and "ValueError: no root of a negative number" in seen["line"]


def test_without_guards_there_is_no_switch(opened):
    assert opened(two_tapes(smooth)).get_by_test_id("guards").is_hidden()


def test_the_keyboard_alone_moves_checks_and_traces_again(opened):
    page = opened(two_tapes(over=[-2.0, -1.0, 1.0]))
    reached = []
    for _ in range(14):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.testid"))
    assert {"source", "tape", "trace", "play", "scrub", "speed", "guards"} <= set(reached)
    page.get_by_test_id("scrub").focus()
    page.keyboard.press("Home")
    assert page.get_by_test_id("scrub").get_attribute("aria-valuetext") == "x = −2"
    page.get_by_test_id("guards").focus()
    page.keyboard.press("Space")
    assert page.get_by_test_id("trace-answer").inner_text() == "guard failed"
    page.get_by_test_id("retrace").focus()
    page.keyboard.press("Enter")
    assert page.get_by_test_id("trace-answer").inner_text() == "= −6"
    assert page.evaluate("document.activeElement.dataset.testid") == "scrub"


def test_it_plays_through_all_inputs_and_asks_the_kernel_nothing(opened):
    page = opened(two_tapes(over=[-2.0, -1.0, 1.0]))
    page.get_by_test_id("first").click()
    page.get_by_test_id("speed").select_option(label="fastest")
    page.get_by_test_id("play").click()
    page.wait_for_selector("[data-testid=play][aria-label=Play]")
    assert page.get_by_test_id("count").inner_text() == "2 / 2"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360), ("dark", 360)])
def test_axe_finds_nothing_serious(opened, scheme, width):
    page = opened(two_tapes(over=[-2.0, 1.0]), width=width, color_scheme=scheme, reduced_motion="reduce")
    for position, checking in ((1, False), (0, False), (0, True)):
        page.get_by_test_id("guards").set_checked(checking)
        at(page, position)
        found = Axe().run(page).response
        assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}  # axe did look
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []


def test_on_a_screen_of_360_pixels_only_code_and_pictures_scroll_sideways(opened):
    page = opened(two_tapes(random_branching(3), 1.25, 0.5), width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    scrolling = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")].filter(e => !e.closest("svg")
            && e.scrollWidth > e.clientWidth + 1 && !["visible", "hidden"].includes(getComputedStyle(e).overflowX)
            && e.localName !== "select").map(e => e.dataset.testid || e.className)"""
    )
    assert set(scrolling) <= {"tape", "trace", "source"}


def test_every_focusable_element_keeps_jupyterlabs_shortcuts_away(opened):
    page = opened(two_tapes())
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
            .filter(e => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map(e => e.outerHTML)"""
    )
    assert unmarked == []


def test_nothing_jumps_from_input_to_input(opened):
    page = opened(two_tapes(random_branching(3), 1.25, 0.5))
    tops = set()
    for position in range(0, 41, 5):
        at(page, position)
        tops.add(page.evaluate("document.querySelector('[data-testid=trace]').getBoundingClientRect().top"))
    assert len(tops) == 1
