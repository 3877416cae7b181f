"""The training dashboard's page: it steers and shows a living run; without a kernel it shows the run so far."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.widgets.learner_graph.labels import format_number
from tests.widgets.live import Live
from tests.widgets.networks import dashboard, training
from tests.widgets.test_pages_for_everyone import tab_to
from tests.widgets.test_training_dashboard import of_plain, paced, plain_step

CURVES = """(view) => Object.fromEntries([...document.querySelectorAll(`#${view} .lm-plot > svg`)].map((e) =>
    [e.dataset.testid, e.querySelector("svg")?.innerHTML]))"""
UNMARKED = """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
    .filter((e) => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map((e) => e.outerHTML)"""


@pytest.fixture
def live(tabs):
    """A function that opens the page of a living widget; no test may end with an error on the page."""

    def open_page(widget, width=1280, height=900, **options):
        page = tabs.new(width, height, **options)
        return Live(widget, page)

    yield open_page
    for page in tabs.open:
        assert page.errors == []


def finished(**options):
    shown = dashboard(**options)
    shown.start(7)
    shown.wait()
    shown.set_rate(0.025)
    shown.start()
    shown.run.wait()
    return shown


def look_at(page, place):
    page.get_by_test_id("look").fill(str(place))
    return page.get_by_test_id("text-line").inner_text().replace("−", "-")


def test_the_keyboard_alone_starts_steps_changes_the_rate_and_pauses(live):
    shown = dashboard(epochs=2000)
    page = live(shown)
    tab_to(page.page, "step")
    page.page.keyboard.press("Enter")
    page.until(lambda: page.fact("step") == "1" and page.fact("state") == "paused")
    tab_to(page.page, "rate")
    page.page.keyboard.press("Control+a")
    page.page.keyboard.type("0.05")
    page.page.keyboard.press("Enter")
    page.until(lambda: shown.run.wanted_rate == 0.05)
    page.page.keyboard.press("Shift+Tab")
    page.page.keyboard.press("Shift+Tab")
    page.page.keyboard.press("Shift+Tab")
    page.page.keyboard.press("Space")
    page.until(lambda: len(shown.steps) > 20 and page.by("run").inner_text() == "pause")
    page.page.keyboard.press("Space")
    page.until(lambda: page.fact("state") == "paused")
    assert page.by("run").inner_text() == "go on" and shown.status == "paused"
    assert [step.rate for step in shown.steps[:3]] == [0.1, 0.05, 0.05]
    assert page.page.locator("#view1 [data-testid=loss] [data-change='2']").count() == 1
    assert page.fact("step") == str(len(shown.steps))
    assert "paused" in page.line() and format_number(0.05) in page.line() and "of 10000" in page.line()


def test_the_rate_set_on_the_page_trains_bit_for_bit_as_by_hand(live):
    shown = dashboard()
    page = live(shown)
    for number in ("1", "2", "3"):
        page.by("step").click()
        page.until(lambda number=number: page.fact("step") == number and page.fact("state") == "paused")
    page.by("halve").click()
    page.until(lambda: page.by("rate").input_value() == "0.05")
    page.by("run").click()
    page.until(lambda: page.fact("state") == "finished")
    steps, optimizer = training()
    losses = []
    for step in steps:
        losses.append(step.loss)
        if step.number == 3:
            optimizer.param_groups[0]["lr"] = 0.05
    assert [step.loss for step in shown.steps] == losses


def test_a_rate_that_cannot_be_is_refused_in_words_and_the_run_stays(live):
    page = live(dashboard(schedule=lambda number: 0.1))
    page.by("rate").fill("-3")
    page.by("set-rate").click()
    page.until(lambda: "expected a number from 0 on" in page.line())
    page.by("step").click()
    page.until(lambda: page.fact("state") == "paused")
    assert page.by("rate").is_disabled() and "A schedule sets the rate" in page.line()


def test_two_views_of_one_run_show_the_same_and_one_made_later_misses_nothing(live, tabs):
    shown = dashboard(epochs=240)  # more steps than a curve has bins
    page = live(shown)
    page.by("step").click()
    page.until(lambda: page.fact("state") == "paused")
    page.open_view("view2")
    page.by("run", "view2").click()
    page.until(lambda: [page.fact("state", view) for view in ("view1", "view2")] == ["finished"] * 2)
    first, second = (page.page.evaluate(CURVES, view) for view in ("view1", "view2"))  # put together from the news
    page.open_view("view3")  # gets all at once
    page.until(lambda: page.fact("state", "view3") == "finished")
    third = page.page.evaluate(CURVES, "view3")
    assert first == second == third and first["loss"].count("polyline") >= 2
    assert page.line("view1") == page.line("view2") == page.line("view3")
    again = Live(shown, tabs.new(1280, 900))  # the page was left and is opened once more
    assert again.page.evaluate(CURVES, "view1") == first and again.line() == page.line("view3")


def test_a_view_that_was_closed_hears_nothing_and_the_run_goes_on(live):
    shown, begun = paced(200)
    page = live(shown)
    page.by("run").click()
    page.until(begun.is_set)
    page.page.evaluate("window.close_first()")
    page.until(lambda: len(shown.steps) > 5)
    seen = page.fact("step")
    page.until(lambda: len(shown.steps) > 15)
    assert page.fact("step") == seen
    shown.pause()


def test_a_view_that_missed_a_message_asks_for_all(live):
    shown = dashboard(epochs=10)
    page = live(shown)
    shown.start(5)
    shown.wait()
    while not shown.comm.waiting.empty():
        shown.comm.waiting.get()  # lost
    shown.start(3)
    shown.wait()
    page.until(lambda: page.fact("step") == "8")
    page.open_view("view2")
    page.until(lambda: page.fact("step", "view2") == "8")
    first, second = (page.page.evaluate(CURVES, view) for view in ("view1", "view2"))
    assert first == second


def test_an_error_of_the_run_is_shown_in_words_with_its_step_and_layer(live):
    shown = dashboard(rate=1e30)
    page = live(shown)
    page.by("run").click()
    page.until(lambda: page.fact("state") == "failed")
    assert str(shown.error) in page.line()
    assert f"step {shown.error.step}" in page.line() and shown.error.where in page.line()
    assert "lm-wrong-line" in page.by("text-line").get_attribute("class")
    assert page.by("run").get_attribute("aria-disabled") == "true"


def test_the_panel_of_the_gradients_is_what_has_them_measured(live):
    shown = dashboard()
    page = live(shown)
    assert page.by("gradients").is_hidden()
    page.by("lengths").check()
    page.until(lambda: shown.run.measure_gradient)
    page.until(lambda: page.by("gradients").is_visible())
    page.by("step").click()
    page.until(lambda: page.fact("state") == "paused")
    assert shown.steps[0].gradient_norm > 0
    assert f"gradients of length {format_number(shown.steps[0].gradient_norm)}" in page.line()


def test_a_pace_is_set_from_the_page(live):
    shown = dashboard(epochs=100)
    page = live(shown)
    page.by("pace").select_option("20")
    page.until(lambda: shown.run.pace == 20)
    page.by("pace").select_option("")
    page.until(lambda: shown.run.pace is None)


def test_without_a_kernel_every_number_of_the_run_is_read_by_scrubbing(opened):
    shown = finished()
    page = opened(shown)
    assert "It can be started and steered in the notebook" in page.locator(".lm-note").inner_text()
    assert page.get_by_test_id("run").is_disabled() and page.get_by_test_id("rate").is_disabled()
    assert page.get_by_test_id("look").get_attribute("max") == str(len(shown.steps) - 1)
    for step in shown.steps:
        said = look_at(page, step.number - 1)
        assert f"Step {step.number} of 20: loss {format_number(step.loss)} " in said
        assert f"(smoothed {format_number(step.smoothed)})" in said
        assert f"learning rate {format_number(step.rate)}" in said
    assert "finished" in said
    for kind, found in (("training", shown.steps[-1].train), ("validation", shown.steps[-1].validation)):
        listed = ", ".join(f"{name} {format_number(value)}" for name, value in found.items())
        assert f"{listed} in {kind}" in said
    changes = page.locator("[data-testid=loss] .lm-change text").all_text_contents()
    assert changes == ["0.1 → 0.025"]


def test_bins_of_a_long_run_say_their_spread(opened):
    losses = [1 + (k * 7919 % 1000) / 1000 for k in range(2000)]
    losses[777] = 30.0
    shown = of_plain(plain_step(k + 1, 2000, loss) for k, loss in enumerate(losses))
    shown.start()
    shown.wait()
    width = shown.state()["curves"]["loss"]["width"]
    page = opened(shown)
    place = 777 // width
    held = losses[place * width : (place + 1) * width]
    mean = format_number(sum(held) / len(held))
    said = look_at(page, place)
    assert f"Steps {place * width + 1} to {(place + 1) * width} of 2000" in said
    assert f"loss {format_number(min(held))} to 30, mean {mean}" in said


def test_numbers_that_are_not_finite_are_crossed_and_said(opened):
    losses = [1.0, 2.0, float("inf"), 1.0, float("nan"), 0.5]
    shown = of_plain(plain_step(k + 1, 6, loss) for k, loss in enumerate(losses))
    shown.start()
    shown.wait()
    page = opened(shown)
    assert page.locator("[data-testid=loss] .lm-odd").count() == 2
    assert "Step 3 of 6: loss inf" in look_at(page, 2) and "Step 5 of 6: loss nan" in look_at(page, 4)


def test_on_a_page_without_a_kernel_the_keyboard_scrubs_and_chooses(opened):
    page = opened(finished())
    tab_to(page, "look")
    page.keyboard.press("ArrowLeft")
    assert "Step 19 of 20" in page.get_by_test_id("text-line").inner_text()
    assert page.locator("[data-testid=loss] .lm-cursor").count() == 1
    page.keyboard.press("End")
    assert page.locator("[data-testid=loss] .lm-cursor").count() == 0
    tab_to(page, "log")
    page.keyboard.press("Space")
    assert page.get_by_test_id("log").is_checked()
    tab_to(page, "metric")
    page.keyboard.press("ArrowDown")
    assert page.get_by_test_id("by-epoch").get_attribute("aria-label").startswith("accuracy")


@pytest.mark.parametrize(
    ("made", "scheme", "width"),
    [("new", "light", 1280), ("finished", "light", 1280), ("finished", "light", 360), ("failed", "dark", 1280)],
)
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, made, scheme, width):
    shown = dashboard(rate=1e30 if made == "failed" else 0.1)
    if made != "new":
        shown.start()
        shown.run.wait()
    page = opened(shown, width=width, color_scheme=scheme, reduced_motion="reduce")
    found = Axe().run(page).response
    assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(UNMARKED) == []


def test_with_reduced_motion_a_running_curve_is_drawn_less_often(live):
    drawn = {}
    for motion in ("no-preference", "reduce"):
        shown, _ = paced(100, count=60)
        page = live(shown, reduced_motion=motion)
        page.page.evaluate(
            """() => { window.drawn = 0; new MutationObserver(() => window.drawn++)
                .observe(document.querySelector("[data-testid=loss]"), {childList: true}); }"""
        )
        page.by("run").click()
        page.until(lambda page=page: page.fact("state") == "finished")
        drawn[motion] = page.page.evaluate("window.drawn")
    assert drawn["reduce"] < drawn["no-preference"] / 2


def test_nothing_but_json_reaches_the_page(live):
    shown = dashboard()
    page = live(shown)
    page.by("run").click()
    page.until(lambda: page.fact("state") == "finished")
    assert json.loads(json.dumps(shown.state(), allow_nan=False))["number"] == 20
    assert page.received and all("NaN" not in json.dumps(message) for message in page.received)
