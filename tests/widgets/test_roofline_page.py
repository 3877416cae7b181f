"""The roofline's page: every number is Python's, every point stands where its numbers say, the keyboard is enough."""

import math
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.widgets import Roofline
from karpathy_course.widgets.roofline.sentences import percent, quantity
from tests.widgets.live import Live
from tests.widgets.measurements import CUDA, measured, refusing, stored
from tests.widgets.test_pages_for_everyone import tab_to

# What the page shows after a size, a pass and an engine are chosen; places are shares of a bar, or pixels of the plot.
SEEN = """([size, which, engine]) => {
    const by = (id) => document.querySelector(`[data-testid="${id}"]`);
    for (const id of [`size-${size}`, `pass-${which}`, `engine-${engine}`]) by(id).click();
    const wide = (e) => e.getBoundingClientRect();
    const bars = [...document.querySelectorAll(".lm-roof-bar")].map((bar) => {
        const track = wide(bar.querySelector(".lm-track")), fill = bar.querySelector(".lm-fill");
        const top = bar.querySelector(".lm-roof-top");
        const share = (x) => (x - track.left - 1) / (track.width - 2);
        return {
            name: bar.querySelector(".lm-bar-name").textContent, number: bar.querySelector(".lm-number").textContent,
            state: bar.dataset.state, rate: Number(bar.dataset.rate), roof: Number(bar.dataset.roof),
            fill: fill && share(wide(fill).right), top: top && share((wide(top).left + wide(top).right) / 2),
            now: bar.classList.contains("lm-roof-now"), checked: bar.querySelector("input").checked,
            drawn: fill && getComputedStyle(fill).backgroundImage,
        };
    });
    const points = [...document.querySelectorAll(".lm-roof-point")].map((point) => {
        const box = wide(point.querySelector("path")), svg = wide(by("plot"));
        return {
            engine: Number(point.dataset.engine), rate: Number(point.dataset.rate), state: point.dataset.state,
            name: point.querySelector("text").textContent, shape: point.querySelector("path").getAttribute("d"),
            chosen: point.classList.contains("lm-roof-chosen"),
            at: point.getAttribute("transform").match(/[-\\d.]+/g).map(Number),
        };
    });
    const lines = Object.fromEntries(["cpu", "cuda"].map((name) => [name,
        document.querySelector(`.lm-roof-line.lm-roof-${name}`)?.getAttribute("points").split(" ")
            .map((p) => p.split(",").map(Number))]));
    const ticks = [...document.querySelectorAll(".lm-roof-tick")].map((e) => [e.textContent, parseFloat(e.style.left)]);
    const axis = (anchor, place) => [...document.querySelectorAll(`.lm-tick[text-anchor="${anchor}"]`)]
        .map((e) => [e.textContent.replaceAll("−", "-"), place(e)]);
    const across = axis("middle", (e) => Number(e.getAttribute("x")));
    const up = axis("end", (e) => Number(e.getAttribute("y")) - 4);
    return { bars, points, lines, ticks, across, up, line: by("text-line").textContent };
}"""
ROOFS = "[...document.querySelectorAll('.lm-roof-words text')].map((e) => e.textContent)"


@pytest.fixture
def live(tabs):
    yield lambda widget: Live(widget, tabs.new(1280, 900))
    for page in tabs.open:
        assert page.errors == []


def line(page):
    return page.get_by_test_id("text-line").inner_text()


def expected(given):
    return {(row["engine"], row["size"], row["pass"]): row for each in given for row in each["rows"]}


@pytest.mark.parametrize("seed", range(2))
def test_of_a_random_measurement_every_number_is_pythons(opened, seed):
    here, cuda = measured(seed, own=("mine", "mine too"), above=True), stored(seed)
    shown = Roofline(here, cuda)
    page, rows = opened(shown, width=1400), expected([here, cuda])
    peaks = {"cpu": here["peak"], "cuda": cuda["peak"]}
    names = [engine["name"] for engine in shown.data["engines"]]
    for k, size in enumerate(shown.data["sizes"]):
        for which in shown.data["passes"]:
            engine = (k + seed) % len(names)
            seen = page.evaluate(SEEN, [k, which, engine])
            assert [bar["name"] for bar in seen["bars"]] == names
            assert [bar["now"] for bar in seen["bars"]] == [bar["checked"] for bar in seen["bars"]]
            assert [bar["checked"] for bar in seen["bars"]] == [n == engine for n in range(len(names))]
            for name, bar in zip(names, seen["bars"]):
                row, peak = rows[name, size, which], (cuda if name == CUDA else here)["peak"]
                rate = row["flops"] / row["seconds"]
                roof = min(peak["flops"], row["flops"] / row["bytes"] * peak["bytes"])
                assert (bar["rate"], bar["roof"]) == pytest.approx((rate, roof), rel=1e-12)
                assert bar["number"].startswith(f"{quantity(rate, 'FLOP/s')}{percent(rate / roof)} of the roof")
                assert bar["fill"] == pytest.approx(on_the_axis(seen["ticks"], rate), abs=0.015)
                assert bar["top"] == pytest.approx(on_the_axis(seen["ticks"], roof), abs=0.015)
                assert bar["state"] == ("stored" if name == CUDA else "measured")
                assert ("gradient" in bar["drawn"]) == (name == CUDA)
                if name == names[engine]:
                    assert seen["line"].startswith(f"{name}, {which}, {size}, {row['images']} image")
                    for what, unit in (("flops", "FLOP"), ("bytes", "B"), ("seconds", "s")):
                        assert quantity(row[what], unit) in seen["line"]
                    assert f"so {row['flops'] / row['bytes']:.4g}"[:6] in seen["line"]
                    assert percent(rate / peak["flops"]) in seen["line"]
            in_the_plot(seen, names, rows, size, which, engine, peaks)
    for roof, each in (("cpu", here), ("cuda", cuda)):
        flops, moved = each["peak"]["flops"], each["peak"]["bytes"]
        assert {f"copy {quantity(moved, 'B/s')}", f"matmul {quantity(flops, 'FLOP/s')}"} <= set(page.evaluate(ROOFS)), (
            roof
        )


def on_the_axis(ticks, rate):
    """The share of a bar's track at which a rate lies, read from two labels below it."""
    (low, at_low), (high, at_high) = ((math.log10(float(text.replace("−", "-"))), left) for text, left in ticks[:2])
    return (at_low + (math.log10(rate / 1e9) - low) * (at_high - at_low) / (high - low)) / 100


def on_axis(ticks, number):
    """Where a number lies in the plot, in pixels, read from the first and the last tick of an axis."""
    (low, at_low), (high, at_high) = ((math.log10(float(text)), at) for text, at in (ticks[0], ticks[-1]))
    return at_low + (math.log10(number) - low) * (at_high - at_low) / (high - low)


def in_the_plot(seen, names, rows, size, which, engine, peaks):
    """Every point stands at its intensity and its rate, and the corner of each roof where its two numbers meet."""
    points = {names[point["engine"]]: point for point in seen["points"]}
    assert set(points) == set(names) and len({point["shape"] for point in points.values()}) == len(names)
    assert [name for name, point in points.items() if point["chosen"]] == [names[engine]]
    for name, point in points.items():
        row = rows[name, size, which]
        place = (
            on_axis(seen["across"], row["flops"] / row["bytes"]),
            on_axis(seen["up"], row["flops"] / row["seconds"] / 1e9),
        )
        assert point["at"] == pytest.approx(place, abs=0.5) and point["name"] == name
    for device, peak in peaks.items():
        start, corner, end = seen["lines"][device]
        place = on_axis(seen["across"], peak["flops"] / peak["bytes"]), on_axis(seen["up"], peak["flops"] / 1e9)
        assert corner == pytest.approx(place, abs=0.5) and end[1] == pytest.approx(corner[1])
        decade = [on_axis(seen[axis], 10) - on_axis(seen[axis], 1) for axis in ("across", "up")]
        assert (corner[1] - start[1]) / (corner[0] - start[0]) == pytest.approx(decade[1] / decade[0], rel=1e-3)


def test_the_page_opens_on_the_learners_own_function(opened):
    shown = Roofline(measured(own=("mine",)))
    page = opened(shown)
    assert line(page).startswith("mine, forward, 3 → 7, 3×3, 10×10")
    assert page.get_by_test_id("engine-5").is_checked() and page.get_by_test_id("size-2").is_checked()
    assert "stored, from another machine" not in page.locator(".lm-widget").inner_text()
    page = opened(Roofline(measured(own=(), sizes=1)))
    assert line(page).startswith("PyTorch, CPU, forward, 1 → 3, 3×3, 8×8")


def test_without_a_figure_of_a_gpu_the_page_says_not_measured_yet(opened):
    page = opened(Roofline(measured()))
    row = page.locator(".lm-roof-bar", has_text="PyTorch, CUDA")
    assert row.locator(".lm-number").inner_text() == "not measured yet" and row.locator(".lm-fill").count() == 0
    assert page.locator(".lm-roof-line").count() == 1 and page.locator(".lm-roof-point").count() == 5
    row.click()
    assert "not measured yet. There is no GPU here" in line(page)


def test_what_is_refused_has_no_bar_and_no_point_and_says_why(opened):
    shown = Roofline(refusing())
    page = opened(shown)
    page.locator(".lm-roof-bar", has_text="mine").click()
    assert line(page) == "mine: no bar for forward: its result is not the reference’s: y[0, 0, 1, 2] is −3."
    row = page.locator(".lm-roof-bar", has_text="mine")
    assert row.locator(".lm-fill").count() == 0 and "no bar" in row.locator(".lm-number").inner_text()
    assert "mine" not in page.locator(".lm-roof-point text").all_text_contents()
    page.get_by_test_id("pass-backward").check()
    assert line(page).endswith("it raised ValueError: no.")
    page.locator(".lm-roof-bar", has_text="one way").click()
    assert line(page).startswith("one way: no bar for backward, because only a function for the other direction")


def test_the_keyboard_alone_chooses_a_size_a_direction_and_an_engine(opened):
    page = opened(Roofline(measured(), stored()), reduced_motion="reduce")
    tab_to(page, "size-2")
    page.keyboard.press("ArrowLeft")
    tab_to(page, "pass-forward")
    page.keyboard.press("ArrowRight")
    tab_to(page, "engine-5")
    for name in (CUDA, "PyTorch, CPU", "course, compiled"):
        page.keyboard.press("ArrowUp")
        assert line(page).startswith(f"{name}, backward, 2 → 5, 3×3, 9×9")
    assert page.locator(".lm-roof-chosen text").text_content() == "course, compiled"
    assert page.evaluate("getComputedStyle(document.querySelector('.lm-fill')).transitionProperty") == "none"


def test_a_click_on_a_point_chooses_its_engine(opened):
    page = opened(Roofline(measured()))
    page.locator('.lm-roof-point[data-engine="0"] path').click()
    assert line(page).startswith("naive loops, forward") and page.get_by_test_id("engine-0").is_checked()
    page.keyboard.press("ArrowDown")
    assert line(page).startswith("NumPy, im2col, forward")


def test_a_pass_that_was_not_measured_cannot_be_chosen(opened):
    given = measured()
    given["rows"] = [row for row in given["rows"] if row["pass"] == "forward" or row["size"].startswith("1 ")]
    page = opened(Roofline(given))
    assert page.get_by_test_id("pass-backward").is_disabled()
    page.get_by_test_id("size-0").check()
    page.get_by_test_id("pass-backward").check()
    assert ", backward, 1 → 3" in line(page)
    page.get_by_test_id("size-1").check()
    assert ", forward, 2 → 5" in line(page)
    given["rows"] = [row for row in given["rows"] if row["pass"] == "forward" or row["size"].startswith("1 ")]
    given["rows"] = [row for row in given["rows"] if row["pass"] == "backward" or not row["size"].startswith("3 ")]
    for row in [row for row in given["rows"] if row["size"].startswith("2 ")]:
        given["rows"].append({**row, "size": "3 → 7, 3×3, 10×10", "pass": "backward"})
    page = opened(Roofline(given))
    assert ", backward, 3 → 7" in line(page)


@pytest.mark.parametrize("near", ["the roof", "the floor"])
def test_names_beside_the_points_do_not_overlap_even_where_the_points_do(opened, near):
    given = measured(own=("mine", "the longest name that anybody has given to a function"))
    for row in given["rows"]:
        rate = given["peak"]["flops"] if near == "the roof" else 10**5.15
        row["seconds"] = row["flops"] / rate * (1 + 0.01 * len(row["engine"]))
    page = opened(Roofline(given), width=400)
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".lm-roof-point text")].map((e) => e.getBoundingClientRect())
            .map(({ top, bottom, left, right }) => [top, bottom, left, right]).sort((a, b) => a[0] - b[0])"""
    )
    assert len(boxes) == 6 and all(b[0] - a[0] >= 13 for a, b in pairwise(boxes))
    assert all(left >= 0 and right <= 400 for _, _, left, right in boxes)
    plot = page.get_by_test_id("plot").bounding_box()
    assert boxes[0][0] >= plot["y"] and boxes[-1][1] <= plot["y"] + plot["height"] - 30  # above the axis


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 700), ("light", 400)])
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, scheme, width):
    page = opened(Roofline(refusing(), stored()), width=width, color_scheme=scheme, reduced_motion="reduce")
    for which in ("forward", "backward"):
        page.get_by_test_id(f"pass-{which}").check()
        found = Axe().run(page).response
        assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget text, .lm-widget p, .lm-widget label, .lm-widget span")]
            .filter((e) => { const { left, right, width } = e.getBoundingClientRect();
                return width && (left < 0 || right > innerWidth); }).map((e) => e.outerHTML)"""
    )
    assert outside == []
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
            .filter((e) => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map((e) => e.outerHTML)"""
    )
    assert unmarked == []


def test_two_rooflines_of_one_page_do_not_share_their_buttons(live):
    page = live(Roofline(measured())).page
    page.evaluate("window.open_view('view2')")
    first, second = page.locator("#view1"), page.locator("#view2")
    first.get_by_test_id("engine-0").check()
    assert second.get_by_test_id("engine-5").is_checked() and first.get_by_test_id("engine-0").is_checked()
