"""The stethoscope's page: every number is Python's, what has died is seen without colour, the keyboard is enough."""

import re
from itertools import pairwise

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.nn import Linear, Sequential
from karpathy_course.widgets import Stethoscope
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.stethoscope import widget as stethoscope_widget
from karpathy_course.widgets.stethoscope.reading import letters
from karpathy_course.widgets.stethoscope.widget import told
from tests.widgets.deep_networks import CLASSES, WIDTH, Failing, random_network, rows, weights, with_biases
from tests.widgets.live import Live
from tests.widgets.test_pages_for_everyone import tab_to

# What the page shows of some layers, counted from 1.
SWEEP = """(layers) => layers.map((layer) => {
    const by = (id) => document.querySelector(`[data-testid="${id}"]`);
    by("layer").value = layer;
    by("layer").dispatchEvent(new Event("input"));
    const bars = (id) => [...by(id).querySelectorAll("[data-share]")].map((bar) => Number(bar.dataset.share));
    const facts = [...document.querySelectorAll("[data-fact]")];
    return {
        facts: Object.fromEntries(facts.map((e) => [e.dataset.fact, e.dataset.exact])),
        texts: Object.fromEntries(facts.map((e) => [e.dataset.fact, e.textContent.replaceAll("−", "-")])),
        line: by("text-line").textContent.replaceAll("−", "-"),
        bars: [bars("activation-bars"), bars("gradient-bars")],
        said: by("layer").getAttribute("aria-valuetext"),
        columns: [...document.querySelectorAll(`[data-layer="${layer}"]`)].map((e) => [
            [...e.getAttribute("d").matchAll(/h([\\d.]+)v/g)].map((m) => Number(m[1])),
            e.classList.contains("lm-gone")]),
    };
})"""
RUNS = """() => [...document.querySelectorAll(".lm-lane")].map((lane) => ({
    hatched: [...lane.querySelectorAll(".lm-hatched")].map((e) => [
        e.dataset.fate, getComputedStyle(e).fill, e.getBoundingClientRect().width]),
    words: [...lane.querySelectorAll(".lm-fate text")].map((e) => e.textContent),
    fills: [...lane.querySelectorAll("[data-layer]")].map((e) => getComputedStyle(e).fill),
}))"""
SAID = {"": "is alive", "exploded": "has exploded", "vanished": "has vanished", "dead": "is dead"}
SAID["saturated"] = "is saturated"


@pytest.fixture
def live(tabs):
    """A function that opens the page of a living widget; no test may end with an error on the page."""

    def open_page(widget, width=1280, height=900, **options):
        return Live(widget, tabs.new(width, height, **options))

    yield open_page
    for page in tabs.open:
        assert page.errors == []


def deep(depth=50, scale=1.0, **options):
    return Stethoscope(weights(depth, scale), rows(dtype="float64")[0], activation="relu", **options)


def all_kinds():
    """Ten layers, of which one is saturated and some have dead units; the gradients vanish at once."""
    layers = weights(10, scale=2.0)
    layers[3] = layers[3] * 40
    return Stethoscope(layers, rows(dtype="float64")[0], activation="tanh")


def choose(page, first_weights, nonlinearity="given", norm=False):
    page.get_by_test_id("first-weights").select_option(first_weights)
    page.get_by_test_id("non-linearity").select_option(nonlinearity)
    page.get_by_test_id("batchnorm").set_checked(norm)


def compare(seen, found, k):
    """What the page shows of layer k, from 0, is what Python heard there, to four digits."""
    gradient, close = found["gradient"], lambda x: pytest.approx(x, rel=6e-4, abs=1e-300, nan_ok=True)
    expected = {name: found[name][k] for name in ("rms", "mean", "zero", "dead")}
    expected |= {"gradient-rms": gradient["rms"][k], "gradient-zero": gradient["zero"][k]}
    expected |= {"theory": found["theory"][k]} if found["theory"] else {}
    expected |= {"saturated": found["saturated"][k]} if found["saturated"][k] is not None else {}
    expected |= {
        name: side["lost"][k] for name, side in (("lost", found), ("gradient-lost", gradient)) if side["lost"][k]
    }
    assert set(seen["facts"]) == set(expected)
    for name, value in expected.items():
        shown = float(
            {"Infinity": "inf", "-Infinity": "-inf", "NaN": "nan"}.get(seen["facts"][name], seen["facts"][name])
        )
        assert shown == close(value), name
        if name in ("rms", "theory", "mean", "gradient-rms"):
            assert seen["texts"][name] == format_number(shown)
        else:
            assert float(seen["texts"][name].removesuffix(" %")) == pytest.approx(100 * value, rel=6e-3)
    assert f"Layer {k + 1} of {len(found['rms'])} {SAID[found['fate'][k]]}: RMS {seen['texts']['rms']}" in seen["line"]
    assert f"Its gradient {SAID[gradient['fate'][k]]}: RMS {seen['texts']['gradient-rms']}" in seen["line"]
    assert seen["said"].replace("−", "-").startswith(f"Layer {k + 1} of {len(found['rms'])} {SAID[found['fate'][k]]}")
    firsts = f"Activations: {told(found['fate'])}. Gradients: {told(gradient['fate'], back=True)}."
    assert seen["line"].endswith(firsts)
    for side, bars, (widths, gone) in zip((found, gradient), seen["bars"], seen["columns"]):
        counts = side["bars"][k] if side["lost"][k] < 1 else np.array([])
        assert bars == pytest.approx((counts / counts.max(initial=1)).tolist(), abs=1 / 35)
        assert [bar > 0 for bar in bars] == [count > 0 for count in counts]
        sizes = side["bins"][k][side["bins"][k] > 0]
        expected = [*(sizes / sizes.max(initial=1)), *(share[k] for share in (side["zero"], side["lost"]) if share[k])]
        full = widths[int(sizes.argmax())] if len(sizes) else widths[0] / expected[0]
        assert [width / full for width in widths] == pytest.approx(expected, abs=0.04)
        assert gone == bool(side["fate"][k])


@pytest.mark.parametrize("seed", range(2))
def test_of_a_random_network_every_number_is_pythons(opened, seed):
    draw = np.random.default_rng(seed)
    shown = Stethoscope(random_network(seed), *rows(seed=seed), seed=seed)
    page = opened(shown)
    layers = len(shown.data["names"])
    shapes = [name for name, _ in shown.data["shapes"]]
    for first_weights in ("given", "xavier", "large"):
        choice = first_weights, shapes[draw.integers(len(shapes))], bool(draw.integers(2))
        choose(page, *choice)
        loss = format_number(float(f"{shown.reading(*choice)['loss']:.4g}"))
        assert page.get_by_test_id("seed").inner_text().replace("−", "-") == f"seed {seed}, loss {loss}"
        for k, seen in enumerate(page.evaluate(SWEEP, list(range(1, layers + 1)))):
            compare(seen, shown.reading(*choice), k)


def test_inf_and_nan_are_said_where_a_network_overflows(live):
    shown = Stethoscope(weights(52, scale=10, dtype="float32"), rows()[0], activation="relu")
    page, found = live(shown).page, shown.reading()
    first = next(k for k, lost in enumerate(found["lost"]) if lost)
    assert 0 < first < 51
    for k, seen in zip([first - 1, first, 51], page.evaluate(SWEEP, [first, first + 1, 52])):
        compare(seen, found, k)
        assert ("inf or nan" in seen["line"]) == (k >= first)
    assert page.locator(".lm-lane-heard").get_by_text("inf, nan").count() == 1
    assert found["lost"][51] == 1 and page.get_by_text("no number that is finite").count() == 1


def test_fifty_layers_are_readable_at_700_pixels(live):
    shown = deep()
    page, found = live(shown, width=700).page, shown.reading()
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    lanes = page.evaluate(RUNS)
    at, back = found["fate"].index("vanished") + 1, 50 - found["gradient"]["fate"][::-1].index("vanished")
    assert lanes[0]["words"] == [f"vanished: layers {at} to 50"] and lanes[1]["words"] == [
        f"vanished: layers 1 to {back}"
    ]
    boxes = page.evaluate(
        """() => [...document.querySelectorAll(".lm-lane-heard [data-layer]")].map((e) => e.getBoundingClientRect())
            .map((box) => [box.left, box.right])"""
    )
    assert len(boxes) == 50 and all(right - left >= 8 for left, right in boxes)
    assert all(before < after for (_, before), (after, _) in pairwise(boxes))  # no two of them touch
    texts = page.evaluate(
        "[...document.querySelectorAll('.lm-strip text')].map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(texts) >= 12


def test_what_has_died_is_grey_hatched_and_named(opened):
    shown = Stethoscope(with_biases(12, {6: -60.0}, scale=1.4), rows(dtype="float64")[0], activation="relu")
    page = opened(shown)
    forward, backward = page.evaluate(RUNS)
    assert [(fate, "url(" in fill) for fate, fill, _ in forward["hatched"]] == [("d", True)]
    assert forward["words"] == ["dead: layers 6 to 12"] and backward["words"] == ["vanished: layers 1 to 11"]
    assert len(set(forward["fills"][:5])) == len(set(forward["fills"][5:])) == 1
    assert forward["fills"][0] != forward["fills"][5] == backward["fills"][0] != backward["fills"][11]
    assert "at least 90 % of the units are 0 for every row" in page.locator(".lm-meanings").inner_text()
    assert page.locator(".lm-meanings .lm-swatch").count() == 2
    choose(page, "large", "tanh")
    assert {words.split(":")[0] for words in page.evaluate(RUNS)[0]["words"]} == {"saturated"}
    choose(page, "he")
    assert page.evaluate(RUNS)[0]["hatched"] == [] and "Activations: all alive" in line(page)


def test_one_dead_layer_among_living_ones_has_its_word_upright(live):
    page = live(all_kinds(), width=700).page
    fates = page.evaluate(RUNS)[0]
    assert fates["words"][0] == "saturated" and len(fates["hatched"]) >= 1
    upright = page.locator(".lm-lane-heard .lm-fate text").first
    box = upright.bounding_box()
    assert box["height"] > box["width"] or fates["hatched"][0][2] > 60


def line(page):
    return page.get_by_test_id("text-line").inner_text().replace("−", "-")


def test_the_keyboard_alone_chooses_and_goes_from_layer_to_layer(opened):
    shown = deep(12)
    page = opened(shown, reduced_motion="reduce")
    tab_to(page, "first-weights")
    page.keyboard.press("ArrowDown")
    tab_to(page, "non-linearity")
    page.keyboard.press("ArrowDown")
    tab_to(page, "batchnorm")
    page.keyboard.press("Space")
    tab_to(page, "layer")
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowRight"):
        page.keyboard.press(key)
    size = shown.reading("one", "tanh", batchnorm=True)["rms"][2]
    assert line(page).startswith(f"Layer 3 of 12 is alive: RMS {format_number(float(f'{size:.4g}'))}")
    page.keyboard.press("End")
    assert line(page).startswith("Layer 12 of 12")
    page.keyboard.press("Home")
    assert line(page).startswith("Layer 1 of 12")
    assert page.evaluate("document.getAnimations().length") == 0


def test_a_click_on_a_column_chooses_its_layer_and_arrows_go_on_from_there(live):
    page = live(deep(20)).page
    box = page.locator('.lm-lane-back [data-layer="7"]').bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert line(page).startswith("Layer 7 of 20")
    page.keyboard.press("ArrowRight")
    assert line(page).startswith("Layer 8 of 20")
    cursor, column = (page.locator(where).first.bounding_box() for where in (".lm-column", '[data-layer="8"]'))
    assert cursor["x"] <= column["x"] and cursor["x"] + cursor["width"] >= column["x"] + column["width"]
    thumb = page.get_by_test_id("layer").evaluate(
        "(e) => { const box = e.getBoundingClientRect();"
        "return box.left + 8 + (box.width - 16) * (e.value - 1) / (e.max - 1); }"
    )
    assert thumb == pytest.approx(column["x"] + column["width"] / 2, abs=2)


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 400)])
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, scheme, width):
    page = opened(all_kinds(), width=width, color_scheme=scheme, reduced_motion="reduce")
    for first_weights in ("given", "large"):
        choose(page, first_weights)
        found = Axe().run(page).response
        assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget text, .lm-widget p, .lm-widget select, .lm-widget dd")]
            .filter((e) => { const { left, right, width } = e.getBoundingClientRect();
                return width && (left < 0 || right > innerWidth); }).map((e) => e.outerHTML)"""
    )
    assert outside == []
    unmarked = page.evaluate(
        """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
            .filter((e) => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map((e) => e.outerHTML)"""
    )
    assert unmarked == []


def test_a_page_without_a_kernel_says_which_choices_it_lacks(opened, monkeypatch):
    monkeypatch.setattr(stethoscope_widget, "MOST_BYTES", 45_000)
    shown = deep(12)
    held = shown.page_data()["found"]
    assert "large linear 1 0" not in held and {"he given 0 0", "given given 1 0"} < set(held)
    page = opened(shown)
    assert page.get_by_test_id("another-seed").is_disabled()
    choose(page, "he")
    assert "does not hold" not in line(page)
    choose(page, "given", norm=True)
    page.get_by_test_id("non-linearity").select_option("linear")
    page.get_by_test_id("first-weights").select_option("large")
    assert line(page).startswith("This page does not hold that choice; a running notebook computes it. Layer 1 of 12")
    assert page.get_by_test_id("first-weights").input_value() == "given"  # what the page shows is what it says


def test_with_a_kernel_each_choice_and_each_seed_is_asked_of_python(live):
    shown = deep(12)
    page = live(shown)
    asked = lambda: [key for key in shown._kept if key != "given given 0 0"]
    assert asked() == []
    page.by("first-weights").select_option("he")
    page.until(lambda: page.line().startswith("Layer 1 of 12"))
    assert asked() == ["he given 0 0"]
    page.by("another-seed").click()
    page.until(lambda: page.by("seed").inner_text() == "seed 1")
    compare(page.page.evaluate(SWEEP, [5])[0], shown.reading("he", seed=1), 4)
    page.by("first-weights").select_option("given")
    page.until(lambda: page.by("another-seed").is_disabled())
    page.open_view("view2")
    page.until(lambda: page.line("view2").startswith("Layer 1 of 12"))


def test_what_a_learners_activation_refuses_is_said_and_the_choice_before_stays(live):
    model = Sequential(
        Linear(WIDTH, WIDTH), Failing(most=50), Linear(WIDTH, WIDTH), Failing(50), Linear(WIDTH, CLASSES)
    )
    x, y = rows()
    page = live(Stethoscope(model, 3 * x, y))
    before = page.line()
    page.by("first-weights").select_option("large")
    page.until(lambda: "OverflowError: this activation takes numbers up to 50" in page.line())
    assert page.line().endswith(before) and page.by("first-weights").input_value() == "given"
    page.by("first-weights").select_option("he")
    page.until(lambda: "OverflowError" not in page.line() and "RMS" in page.line())
    assert page.by("first-weights").input_value() == "he"


def test_bars_are_packed_without_the_empty_ones_around_them():
    assert letters(np.array([0, 0, 7, 0, 35, 1, 0])) == "270z1"
    assert letters(np.array([0, 0, 0])) == "0" and letters(np.array([100000, 1])) == "0z1"
    assert re.fullmatch(r"[0-9a-z]+( [0-9a-z]+)*", deep(12).data["found"]["given given 0 0"]["bins"])
