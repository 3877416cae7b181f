"""The race's page: every number is Python's, with a kernel and without; the learner's own is really run."""

import random
import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.optim.surfaces import SURFACES, quadratic
from karpathy_course.widgets import OptimiserRace
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.joining import join
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.optimiser_race import running
from karpathy_course.widgets.optimiser_race.field import best_options
from tests.widgets import racers
from tests.widgets.live import Live
from tests.widgets.test_pages_for_everyone import tab_to
from tests.widgets.test_training_dashboard_page import UNMARKED

# What the page says of each racer at each of some steps: {name: {losses, outcome, since, rate}}.
SWEEP = """([view, steps]) => {
    const root = document.querySelector(view), scrub = root.querySelector("[data-testid=scrub]"), found = {};
    for (const step of steps) {
        scrub.value = step;
        scrub.dispatchEvent(new Event("input"));
        for (const row of root.querySelectorAll("[data-racer]")) {
            const { racer, loss, outcome, since, rate } = row.dataset;
            (found[racer] ??= { losses: [], outcome, since: Number(since), rate: Number(rate) }).losses.push(loss);
        }
    }
    return found;
}"""
# Types into inputs, all at once.
TYPE = """(typed) => Object.entries(typed).forEach(([id, value]) => {
    const input = document.querySelector(`[data-testid="${id}"]`);
    input.value = value;
    ["input", "change"].forEach((event) => input.dispatchEvent(new Event(event)));
})"""
# The pixels of all that is on the map; a polyline's points are numbers.
PLACES = """() => {
    const points = (e) => e.getAttribute("points").split(" ").map((p) => p.split(",").map(Number));
    const all = (selector) => [...document.querySelectorAll("[data-testid=map] " + selector)];
    const minimum = all(".lm-minimum")[0].getAttribute("d").match(/M(\\S+) (\\S+)h12/).slice(1).map(Number);
    const start = document.querySelector("[data-testid=start]").style;
    return {
        minimum: [minimum[0] + 6, minimum[1]],
        start: [parseFloat(start.left), parseFloat(start.top)],
        paths: Object.fromEntries(all("polyline.lm-path:not(.lm-halo):not(.lm-ahead)").map((e) =>
            [e.getAttribute("class").match(/lm-racer-(\\S+)/)[1], points(e)])),
    };
}"""


@pytest.fixture
def live(tabs):
    """A function that opens the page of a living widget; no test may end with an error on the page."""

    def open_page(widget, width=1280, height=900, **options):
        return Live(widget, tabs.new(width, height, **options))

    yield open_page
    for page in tabs.open:
        assert page.errors == []


def said(page):
    return page.get_by_test_id("text-line").inner_text().replace("−", "-")


def same_numbers(race, seen, steps, names=None):
    for name in names or race.names:
        path, found = race.path(name), seen[name]
        for step, loss in zip(steps, found["losses"]):
            expected = path[min(step, len(path) - 1)][2]
            assert float(loss) == pytest.approx(expected, rel=1e-9, abs=1e-12, nan_ok=True), (name, step)
        assert (found["outcome"], found["since"]) == race.outcomes()[name], name
        assert found["rate"] == pytest.approx(race.data["paths"][name]["options"]["lr"], rel=1e-15)


def test_without_a_kernel_the_page_runs_what_python_runs_on_every_surface(opened):
    race, steps = OptimiserRace(steps=200), [0, 1, 2, 5, 17, 60, 131, 200]
    page = opened(race, reduced_motion="reduce")
    for name in SURFACES:
        race.race(name)
        page.get_by_test_id("surface").select_option(name)
        same_numbers(race, page.evaluate(SWEEP, [".lm-race", steps]), steps)
        draws = random.Random(name)
        rates = {who: round(race.data["rates"][who] * draws.uniform(0.3, 1), 6) for who in race.names}
        changed, start = {}, [round(v + 0.1, 2) for v in race.data["start"]]
        page.get_by_test_id("start").press("ArrowRight")
        page.get_by_test_id("start").press("ArrowUp")
        page.evaluate(TYPE, {f"rate-{who}": rate for who, rate in rates.items()})
        if name == "quadratic":
            page.evaluate(TYPE, {"condition": 1.65, "turn": 35})
            changed = {"condition": 44.7, "turn": 35}
        race.race(start=start, rates=rates, **changed)
        same_numbers(race, page.evaluate(SWEEP, [".lm-race", steps]), steps)
        assert f"from ({format_number(start[0])}, {format_number(start[1])})" in said(page)
    page.get_by_test_id("surface").select_option("quadratic")
    page.get_by_test_id("best").check()
    race.race("quadratic", best=True)
    same_numbers(race, page.evaluate(SWEEP, [".lm-race", steps]), steps)
    for who in ("SGD", "momentum", "Nesterov"):
        typed = page.get_by_test_id(f"rate-{who}")
        assert float(typed.input_value()) == pytest.approx(best_options(who, 44.7)["lr"], rel=1e-3)
        assert typed.is_disabled()
    assert page.get_by_test_id("rate-Adam").is_enabled()


def test_the_limit_that_the_page_names_is_where_python_begins_to_diverge(tabs):
    page = tabs.new(1280, 720)
    module = join(FOLDER / "optimiser_race" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nwindow.limit = limit; }}")
    for who, options in (
        ("SGD", {}),
        ("momentum", {"momentum": 0.9}),
        ("Nesterov", {"momentum": 0.9, "nesterov": True}),
    ):
        limit = page.evaluate("([options, condition]) => window.limit(options, condition)", [options, 40])
        for share, what in ((0.98, "reached"), (1.02, "diverged")):
            race = OptimiserRace(against=who, condition=40, lr=share * limit, steps=1000, start=(0.5, 2))
            assert race.outcomes()[who][0] == what, (who, share)


def test_every_point_of_every_path_is_drawn_where_it_is(opened):
    race = OptimiserRace({"mine": racers.HeavyBall}, surface="ravine", lr={"mine": 0.04}, steps=80)
    places = opened(race).evaluate(PLACES)
    (x0, y0), (px, py) = race.data["start"], places["start"]
    scale_x = (places["minimum"][0] - px) / (0 - x0)
    scale_y = (places["minimum"][1] - py) / (0 - y0)
    assert scale_x == pytest.approx(
        -scale_y, rel=0.005
    )  # both axes have one scale: a gradient stands upright on a line
    assert len(places["paths"]) == 7
    for name in race.names:
        drawn = places["paths"]["own-0" if name == "mine" else name]
        path = race.path(name)
        assert len(drawn) == len(path)
        for (x, y, _), place in zip(path, drawn):
            assert place == pytest.approx([px + scale_x * (x - x0), py + scale_y * (y - y0)], abs=0.01)


def test_a_line_on_the_map_runs_at_one_height(tabs):
    page = tabs.new(1280, 720)
    module = join(FOLDER / "optimiser_race" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nObject.assign(window, {{ contours, surfaceOf }}); }}")
    lines = page.evaluate(
        """() => window.contours(window.surfaceOf({ surface: "quadratic", condition: 9, turn: 40 }).height,
            [-5, 5], [-3, 3], (right, up) => [1000 * (-5 + 10 * right), 1000 * (-3 + 6 * up)])"""
    )
    bowl, levels = quadratic(9, 40), []
    for line in lines:
        points = [[float(v) / 1000 for v in pair.split()] for pair in re.findall(r"-?[\d.]+ -?[\d.]+", line)]
        inner = [(x, y) for x, y in points if abs(x) < 4.99 and abs(y) < 2.99]  # not where the map cuts it off
        heights = [bowl.height(x, y) for x, y in inner]
        assert len(inner) > 20 and max(heights) < 1.03 * min(heights) + 0.02
        levels.append(sum(heights) / len(heights))
    assert levels == sorted(levels, reverse=True) and len(levels) == 11


def test_on_a_page_without_a_kernel_the_own_path_stays_and_the_page_says_so(opened):
    race = OptimiserRace({"mine": racers.HeavyBall}, lr={"mine": 0.03}, steps=100)
    page = opened(race)
    assert "mine cannot be run here and keeps the path that Python ran" in page.locator(".lm-race-alone").inner_text()
    row = page.locator("[data-racer=mine]")
    assert row.get_attribute("data-stale") == "false"
    page.get_by_test_id("start").press("ArrowUp")
    assert row.get_attribute("data-stale") == "true" and "Python’s run" in row.inner_text()
    assert "mine is not run here" in said(page) and "at a rate of 0.03 on the bowl" in said(page)
    same_numbers(race, page.evaluate(SWEEP, [".lm-race", [0, 100]]), [0, 100], ["mine"])
    page.get_by_test_id("start").press("ArrowDown")
    assert row.get_attribute("data-stale") == "false"
    page.get_by_test_id("surface").select_option("saddle")  # from the other surface's own start Python ran it too
    race.race("saddle")
    same_numbers(race, page.evaluate(SWEEP, [".lm-race", [0, 40, 100]]), [0, 40, 100])
    assert row.get_attribute("data-stale") == "false"


def drag(page, *places):
    """Press the mouse on the start and move it to places, in shares of the map's picture."""
    box = page.get_by_test_id("map").bounding_box()
    start = page.get_by_test_id("start").bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    for x, y in places:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)


def test_where_the_start_is_dragged_to_the_learners_object_is_run_by_python(live):
    runs = []

    class Counted(racers.HeavyBall):
        def __init__(self, params, lr):
            super().__init__(params, lr)
            runs.append(params[0].data.tolist())

    race = OptimiserRace({"mine": Counted}, lr={"mine": 0.05}, steps=60)
    page = live(race)
    drag(page.page, (0.5, 0.3), (0.7, 0.25))
    page.until(lambda: race.data["start"][0] > 0.5 and race.data["start"][1] > 0)
    page.page.mouse.up()
    page.until(lambda: page.page.evaluate("window.sent.length") == 0 and runs[-1] == race.data["start"])
    expected = OptimiserRace({"mine": racers.HeavyBall}, lr={"mine": 0.05}, steps=60, start=race.data["start"])
    page.until(lambda: format_number(race.data["start"][0]) in page.line())
    seen = page.page.evaluate(SWEEP, ["#view1", [0, 7, 60]])
    same_numbers(expected, seen, [0, 7, 60])
    assert [*map(float, seen["mine"]["losses"])] == [expected.path("mine")[k][2] for k in (0, 7, 60)]  # bit for bit
    assert f"from ({format_number(race.data['start'][0])}, {format_number(race.data['start'][1])})" in page.line()


def test_one_question_is_asked_at_a_time_and_the_last_place_wins(live):
    race = OptimiserRace(steps=30)
    page = live(race)
    page.page.get_by_test_id("start").focus()
    for _ in range(25):
        page.page.keyboard.press("ArrowRight")
    page.page.wait_for_function("window.sent.length === 1")
    assert page.page.get_by_test_id("start").get_attribute("aria-label").startswith("Start at x = −1.5, y = 2.")
    page.until(lambda: race.data["start"] == [-1.5, 2])
    assert race.data["serial"] == 2  # the first place, and the last
    page.until(lambda: "from (-1.5, 2)" in page.line())


def test_condition_rate_surface_and_best_rates_are_asked_of_python(live):
    race = OptimiserRace({"mine": racers.plain}, steps=40)
    page = live(race)
    page.by("condition").fill("2")
    page.until(lambda: race.data["condition"] == 100)
    page.until(lambda: "SGD has diverged" in page.line() and "is over the limit of 0.02" in page.line())
    page.by("best").check()
    page.until(lambda: race.data["best"] and "diverged from" not in page.line().replace("mine has diverged from", ""))
    same_numbers(race, page.page.evaluate(SWEEP, ["#view1", [0, 11, 40]]), [0, 11, 40])
    page.by("rate-mine").fill("0.01")
    page.by("rate-mine").press("Enter")
    page.until(lambda: race.data["rates"]["mine"] == 0.01 and page.by("rate-mine").is_enabled())
    page.by("surface").select_option("rosenbrock")
    page.until(lambda: "Rosenbrock’s valley from (-1.2, 1)" in page.line())
    assert race.data["rates"] == race.default_rates("rosenbrock")
    same_numbers(race, page.page.evaluate(SWEEP, ["#view1", [0, 11, 40]]), [0, 11, 40])
    before = race.data["serial"]
    page.by("rate-SGD").fill("-2")
    page.by("rate-SGD").press("Enter")
    assert "Rate of SGD: -2: expected a number from 0 on" in page.line()
    page.exchange()
    assert race.data["serial"] == before


def test_an_error_of_the_learners_is_said_in_words_and_one_without_an_end_hangs_nothing(live, monkeypatch):
    monkeypatch.setattr(running, "SECONDS", 0.2)
    own = {"wrong": racers.stepping(racers.raising, 5), "endless": racers.stepping(racers.endless, 9)}
    race = OptimiserRace(own, steps=40)
    page = live(race)
    page.by("start").press("ArrowRight")
    page.until(lambda: "from (-3.9, 2)" in page.line())
    assert "wrong stopped at step 5: KeyError: 'momentum' (line " in page.line()
    assert "endless stopped at step 9: given up after 0.2 s: the step is slow, or it has no end." in page.line()
    assert "lm-wrong-line" in page.by("text-line").get_attribute("class")
    same_numbers(race, page.page.evaluate(SWEEP, ["#view1", [0, 4, 40]]), [0, 4, 40])
    assert "stopped" not in page.line().split("Losses")[0] or page.by("scrub").input_value() == "40"
    page.page.evaluate(SWEEP, ["#view1", [4]])
    assert "stopped" not in page.line()  # not yet, at this step


def test_two_views_and_python_show_the_same_race(live):
    race = OptimiserRace({"mine": racers.heavy_ball}, steps=40)
    page = live(race)
    page.open_view("view2")
    race.race("saddle", start=(1, 0.5))
    page.until(lambda: page.line() == page.line("view2") and "the saddle from (1, 0.5)" in page.line())
    page.by("start", "view2").press("ArrowLeft")
    page.until(lambda: page.line() == page.line("view2") and "from (0.9, 0.5)" in page.line())
    assert page.by("surface").input_value() == page.by("surface", "view2").input_value() == "saddle"
    first, second = (page.page.evaluate(SWEEP, [view, [40]]) for view in ("#view1", "#view2"))
    assert first == second
    page.page.evaluate("window.close_first()")
    race.race(start=(2, 1))
    page.until(lambda: "from (2, 1)" in page.line("view2"))
    assert "from (0.9, 0.5)" in page.line()


def test_the_keyboard_alone_moves_steps_chooses_and_hides(opened):
    page = opened(OptimiserRace(steps=20), reduced_motion="reduce")
    tab_to(page, "surface")
    page.keyboard.press("ArrowDown")
    assert "Step 20 of 20 on the ravine from (-4, -1.5)." in said(page)
    assert page.get_by_test_id("condition").is_hidden() and page.get_by_test_id("best").is_hidden()
    page.keyboard.press("ArrowUp")
    tab_to(page, "condition")
    page.keyboard.press("ArrowRight")
    assert "condition number 22.4 from" in said(page)
    tab_to(page, "start")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    assert "from (-3.9, 1.99)" in said(page)
    tab_to(page, "first")
    page.keyboard.press("Enter")
    tab_to(page, "step")
    page.keyboard.press("Enter")
    assert said(page).startswith("Step 1 of 20") and "Nobody is below the tolerance 0.001 to stay yet." in said(page)
    tab_to(page, "shown-Adam")
    page.keyboard.press("Space")
    assert "Adam 1" not in said(page) and "AdamW" in said(page)
    assert page.locator("[data-testid=losses] polyline").count() == 5
    tab_to(page, "rate-AdamW")
    page.keyboard.press("Control+a")
    page.keyboard.type("0.25")
    page.keyboard.press("Enter")
    assert page.locator("[data-racer=AdamW]").get_attribute("data-rate") == "0.25"
    tab_to(page, "play")
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('[data-testid=count]').textContent === '20 / 20'")


def test_the_line_names_the_first_and_the_order_at_every_step(opened):
    race = OptimiserRace(against=("SGD", "momentum", "Adam"), steps=150)
    page = opened(race)
    since = {who: step for who, (_, step) in race.outcomes().items()}
    order = sorted(since, key=since.get)
    page.get_by_test_id("scrub").fill(str(since[order[1]]))
    assert (
        f"First below the tolerance 0.001, to stay: {order[0]}, from step {since[order[0]]} on; then {order[1]} ("
        in said(page)
    )
    assert f"Losses of the others: {order[2]} {format_number(race.path(order[2])[since[order[1]]][2])}." in said(page)
    outcomes = page.locator(".lm-race-outcome").all_inner_texts()
    assert f"✓ step {since[order[0]]}, 1st" in outcomes and "not there yet" in outcomes


@pytest.mark.parametrize(
    ("surface", "scheme", "width"),
    [("quadratic", "light", 1280), ("rosenbrock", "dark", 400)],
)
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, surface, scheme, width):
    own = {"mine": racers.HeavyBall, "wrong": racers.stepping(racers.raising)}
    race = OptimiserRace(own, surface, condition=40, steps=100)
    page = opened(race, width=width, color_scheme=scheme, reduced_motion="reduce")
    found = Axe().run(page).response
    assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
    assert page.evaluate(UNMARKED) == []
    overflow = """(room) => {
        document.querySelector("main").style.width = room && room + "px";
        const widget = document.querySelector(".lm-widget");
        const right = widget.getBoundingClientRect().right;
        return [...widget.querySelectorAll("*")].filter((e) => !e.closest("svg, .lm-unseen")
            && e.getBoundingClientRect().right > right).map((e) => e.outerHTML);
    }"""
    for room in (1000, 950, 920, 700, 376, 340) if width > 1000 else (None,):
        assert page.evaluate(overflow, room) == [], room
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    letters = page.locator("[data-testid=map] .lm-badge-of text").all_text_contents()
    assert len(letters) == len(set(letters)) == 8  # nobody is told apart by colour alone


def test_the_start_stays_on_the_map_and_keys_in_the_widget(opened):
    page = opened(OptimiserRace(surface="saddle", against="SGD", steps=10), height=500)
    page.get_by_test_id("start").scroll_into_view_if_needed()
    drag(page, (0.5, 0.5), (2.5, 3))
    page.mouse.up()
    x, y = map(float, re.search(r"from \((\S+), (\S+)\)", said(page)).groups())
    handle, picture = page.get_by_test_id("start").bounding_box(), page.get_by_test_id("map").bounding_box()
    assert (x, y) == (3, -1.8)
    assert picture["x"] < handle["x"] + 13 < picture["x"] + picture["width"]
    assert picture["y"] < handle["y"] + 13 < picture["y"] + picture["height"]
    page.evaluate(
        "() => { window.keys = []; document.addEventListener('keydown', e => { window.keys.push(e.key); }); }"
    )
    top = page.evaluate("window.scrollY")
    for key in ("d", "d", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    assert page.evaluate("window.keys") == [] and page.evaluate("window.scrollY") == top
    assert "y = −1.8" in page.get_by_test_id("start").get_attribute("aria-label")
