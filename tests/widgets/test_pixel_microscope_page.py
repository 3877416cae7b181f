"""The microscope's page: every number is Python's, hovering and clicking work, the keyboard is enough."""

import json

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.nn import AvgPool2d, Conv2d, MaxPool2d, Sequential
from karpathy_course.widgets import PixelMicroscope
from karpathy_course.widgets.learner_graph.labels import format_number
from tests.widgets.image_networks import (
    BiasAtEachPlace,
    Own,
    OwnForward,
    digits_network,
    image,
    random_network,
    residual_network,
)
from tests.widgets.live import Live
from tests.widgets.test_pages_for_everyone import tab_to
from tests.widgets.test_training_dashboard_page import UNMARKED

# What the page shows of pixels [layer, channel, row, column, channel before]: each is chosen, pointed at, and clicked.
SWEEP = """(pixels) => pixels.map(([[layer, channel, row, column, from, image], [rows, columns]]) => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const by = (id) => document.querySelector(`[data-testid="${id}"]`);
    const choose = (id, value) => { by(id).value = value; by(id).dispatchEvent(new Event("change")); };
    const map = by("output-map"), numbers = (table) => [...by(table)?.rows ?? []].map((row) =>
        [...row.cells].map((cell) => cell.dataset.exact));
    choose("layer", layer);
    choose("channel", channel);
    if (from !== null) choose("input-channel", from);
    if (layer > 1) choose("image-channel", image);
    const box = map.getBoundingClientRect();
    const [x, y] = rows ? [column, row] : [channel, 0]; // the rest has its outputs in a row
    const at = { clientX: box.left + (x + 0.5) * box.width / columns,
                 clientY: box.top + (y + 0.5) * box.height / (rows || 1) };
    map.dispatchEvent(new PointerEvent("pointermove", at));
    map.dispatchEvent(new MouseEvent("click", at));
    return {
        facts: Object.fromEntries(all("[data-fact]").map((e) => [e.dataset.fact, e.dataset.exact])),
        patch: numbers("patch"), kernel: numbers("kernel"), products: numbers("products"),
        outside: all("[data-testid=patch] .lm-outside").length,
        parts: Object.fromEntries(all(".lm-part").map((e) => [e.dataset.channel, e.dataset.exact])),
        marks: all("[data-testid=patch] .lm-cell-mark").map((e) => e.textContent),
        back: JSON.parse(by("input-gradient").dataset.exact),
        image: layer > 1 ? JSON.parse(by("image-gradient").dataset.exact) : null,
        line: by("text-line").textContent.replaceAll("−", "-"),
        said: by("gradient-line").textContent.replaceAll("−", "-"),
    };
})"""
# The colours of a canvas in the middle of some of its pixels, as [red, green, blue].
COLOURS = """([id, rows, columns, places]) => {
    const canvas = document.querySelector(`[data-testid="${id}"] canvas`), paint = canvas.getContext("2d");
    return places.map(([row, column]) => [...paint.getImageData(
        (column + 0.5) * canvas.width / columns, (row + 0.2) * canvas.height / rows, 1, 1).data].slice(0, 3));
}"""


def exact(text):
    return float({"Infinity": "inf", "-Infinity": "-inf", "NaN": "nan"}.get(text, text))


def array(rows):
    return np.array([[exact(x) for x in row] for row in rows])


def line(page):
    return page.get_by_test_id("text-line").inner_text().replace("−", "-")


def window_of(given, facts, row, column, from_channel):
    """(numbers, which of them lie in the map) of a window, zeros outside, found with NumPy's own padding."""
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (facts[name] for name in ("kernel", "stride", "padding", "dilation"))
    around = ((ph, ph), (pw, pw))
    cut = (slice(row * sh, row * sh + dh * (kh - 1) + 1, dh), slice(column * sw, column * sw + dw * (kw - 1) + 1, dw))
    inside = np.pad(np.ones(given.shape[1:], bool), around)[cut]
    return np.pad(given[from_channel], around)[cut], inside


def compare(shown, pixel, seen):
    """What the page shows of a pixel, against the maps, weights and gradients that Python has."""
    layer, channel, row, column, from_channel, image_channel = pixel
    step, given = shown.steps[layer - 1], shown.maps(layer - 1)
    value = float(step.y[channel, row, column])
    assert exact(seen["facts"]["value"]) == pytest.approx(value, rel=0, abs=0, nan_ok=True)
    assert seen["line"].startswith(f"Layer {layer}, ")
    index = f"output {channel}" if step.kind == "rest" else f"pixel [{channel}, {row}, {column}]"
    assert f"{index} = {format_number(value)}: " in seen["line"]
    if step.kind == "conv":
        weight, groups = step.facts["weight"].astype("float64"), step.facts["groups"]
        each = weight.shape[1]
        first = channel // (len(step.y) // groups) * each
        expected = {}
        for c in range(first, first + each):
            x, inside = window_of(given, step.facts, row, column, c)
            products = x.astype("float64") * weight[channel, c - first]
            expected[c] = products.sum()
            if c == from_channel:
                np.testing.assert_array_equal(array(seen["patch"]), x)
                np.testing.assert_array_equal(array(seen["kernel"]), weight[channel, c - first])
                np.testing.assert_array_equal(array(seen["products"]), products)
                assert seen["outside"] == (~inside).sum()
        bias = (
            0
            if step.facts["bias"] is None
            else float(
                np.broadcast_to(
                    step.facts["bias"].reshape(len(step.y), *step.facts["bias"].shape[1:] or (1, 1)), step.y.shape
                )[channel, row, column]
            )
        )
        assert exact(seen["facts"]["channel-sum"]) == pytest.approx(expected[from_channel], rel=1e-12, abs=1e-15)
        assert exact(seen["facts"]["sum"]) == pytest.approx(sum(expected.values()), rel=1e-9, abs=1e-12)
        assert exact(seen["facts"]["sum"]) + bias == pytest.approx(value, rel=2e-5, abs=2e-6)  # Python's is float32
        assert exact(seen["facts"].get("bias", "0")) == bias
        if each > 1:
            assert {int(c): exact(x) for c, x in seen["parts"].items()} == pytest.approx(expected, rel=1e-12, abs=1e-15)
    elif step.kind == "max":
        x, inside = window_of(given, step.facts, row, column, channel)
        found = array(seen["patch"])
        np.testing.assert_array_equal(found, np.where(inside, x, -np.inf))
        assert found.max() == value
        assert seen["marks"].count("★") == 1 and len(seen["marks"]) == (found == value).sum()
    elif step.kind == "rest" and step.facts["bias"] is not None:
        assert exact(seen["facts"]["sum"]) + exact(seen["facts"]["bias"]) == pytest.approx(value, rel=2e-5, abs=2e-6)
        kernel = step.facts["weight"][channel, from_channel]
        np.testing.assert_array_equal(array(seen["kernel"]), kernel if kernel.size <= 64 else [])  # a table to be read
    elif step.kind == "each":
        assert exact(seen["facts"]["x"]) == float(given[channel, row, column])
        assert exact(seen["facts"]["slope"]) == pytest.approx(
            float(step.facts["slope"][0, channel, row, column]), rel=1e-6
        )
    elif step.kind in ("mean", "adaptive"):
        assert array(seen["patch"]).sum() * exact(seen["facts"]["share"]) == pytest.approx(value, rel=2e-5, abs=2e-6)
    before, first = shown.gradient(layer, channel, row, column)
    shown_from = from_channel if from_channel is not None else channel
    close = lambda found, wanted: np.testing.assert_allclose(found, wanted.reshape(-1), rtol=1e-4, atol=1e-6)
    close([float(x) for x in seen["back"]], before[shown_from])
    if layer > 1:
        close([float(x) for x in seen["image"]], first[image_channel])
        got = int((first != 0).sum())
        told = "no number gets" if got == 0 else f"{got} of {first.size} numbers get"
        assert (
            f"in the image {told.replace('numbers get', 'numbers gets') if got == 1 else told} a gradient"
            in seen["said"]
        )


def pixels(shown, draw, count=2):
    """[layer, channel, row, column, channel before or None, channel of the image] of some pixels of every layer."""
    found = []
    for layer, step in enumerate(shown.steps, 1):
        for _ in range(count):
            channel, row, column = (int(draw.integers(n)) for n in step.y.shape)
            given, from_channel = len(shown.maps(layer - 1)), None
            if step.kind == "conv":
                each = given // step.facts["groups"]
                from_channel = channel // (len(step.y) // step.facts["groups"]) * each + int(draw.integers(each))
            elif step.kind == "rest":
                from_channel = int(draw.integers(given))
            found.append([layer, channel, row, column, from_channel, int(draw.integers(len(shown.maps(0))))])
    return found


def swept(page, shown, places):
    """Points at all these places, and compares what the page shows of each with Python."""
    sizes = [(0, len(s.y)) if s.kind == "rest" else s.y.shape[1:] for s in shown.steps]
    for place, seen in zip(places, page.evaluate(SWEEP, [[place, sizes[place[0] - 1]] for place in places])):
        compare(shown, place, seen)


@pytest.mark.parametrize("seed", range(3))
def test_of_a_random_network_every_number_is_pythons(opened, seed):
    shown = PixelMicroscope(*random_network(seed))
    swept(opened(shown), shown, pixels(shown, np.random.default_rng(seed)))


@pytest.mark.parametrize("model", [OwnForward, residual_network], ids=lambda make: make.__name__)
def test_of_a_model_with_its_own_forward_every_number_is_pythons(opened, model):
    shown = PixelMicroscope(model(), image())
    swept(opened(shown), shown, pixels(shown, np.random.default_rng(0), 1))


def test_biases_at_each_place_and_means_without_the_padding_are_pythons(opened):
    model = Sequential(BiasAtEachPlace(), AvgPool2d(3, 2, 1, count_include_pad=False))
    shown = PixelMicroscope(model, image())
    assert [step.kind for step in shown.steps] == ["conv", "mean"] and shown.steps[1].facts["divisor"] == 0
    everywhere = [[1, 2, row, column, 0, 0] for row in range(4) for column in range(4)]
    everywhere += [[2, 1, row, column, None, 0] for row in range(2) for column in range(2)]
    swept(opened(shown), shown, everywhere)


def test_numbers_in_double_precision_are_pythons_too(opened):
    model, x = random_network(5)
    shown = PixelMicroscope(model.double(), x)
    assert shown.data["packed"] == "float64"
    swept(opened(shown), shown, pixels(shown, np.random.default_rng(0), 1))


def middle(page, row, column, rows, columns, test_id="output-map"):
    box = page.get_by_test_id(test_id).bounding_box()
    return box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / rows


def test_hovering_shows_patch_kernel_and_sum_and_a_click_where_the_gradient_lands(opened):
    shown = PixelMicroscope(digits_network(), image())
    page = opened(shown)
    page.get_by_test_id("layer").select_option("3")
    page.get_by_test_id("channel").select_option("11")
    page.get_by_test_id("input-channel").select_option("6")
    page.mouse.move(*middle(page, 0, 5, 8, 8))
    value = float(shown.maps(3)[11, 0, 5])
    assert line(page).startswith(f"Layer 3, Conv2d 3 × 3, padding 1, pixel [11, 0, 5] = {format_number(value)}: ")
    assert line(page).endswith("3 of 9 places in the padding.")
    x = np.pad(shown.maps(2)[6], 1)[0:3, 5:8].astype("float64")
    products = x * shown.steps[2].facts["weight"][11, 6]
    cells = page.get_by_test_id("products").locator("td").evaluate_all("(all) => all.map((e) => e.dataset.exact)")
    np.testing.assert_array_equal([float(cell) for cell in cells], products.reshape(-1))
    assert page.locator("[data-fact=value]").inner_text().replace("−", "-") == format_number(value)
    assert not page.get_by_test_id("image-gradient").is_visible()
    page.mouse.down()
    page.mouse.up()
    before, first = shown.gradient(3, 11, 0, 5)
    found = json.loads(page.get_by_test_id("image-gradient").get_attribute("data-exact"))
    np.testing.assert_allclose(found, first.reshape(-1), rtol=1e-4, atol=1e-7)
    found = json.loads(page.get_by_test_id("input-gradient").get_attribute("data-exact"))
    np.testing.assert_allclose(found, before[6].reshape(-1), rtol=1e-4, atol=1e-7)
    said = page.get_by_test_id("gradient-line").inner_text().replace("−", "-")
    k = int(np.abs(first).argmax())
    largest = (
        f"{format_number(float(found_largest(page)))} at [0, {k // 8}, {k % 8}], within rows 0 to 2, columns 3 to 7."
    )
    assert f"{(first != 0).sum()} of 64 numbers get a gradient, the largest {largest}" in said
    page.mouse.move(*middle(page, 7, 0, 8, 8))  # the lens goes on, the gradient stays
    assert "pixel [11, 7, 0]" in line(page) and "pixel [11, 0, 5]" in page.get_by_test_id("gradient-line").inner_text()


def found_largest(page):
    numbers = json.loads(page.get_by_test_id("image-gradient").get_attribute("data-exact"))
    return max(numbers, key=abs)


def test_the_keyboard_alone_shows_the_sum_and_the_gradient(opened):
    shown = PixelMicroscope(digits_network(), image())
    page = opened(shown, reduced_motion="reduce")
    tab_to(page, "layer")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "channel")
    page.keyboard.press("Home")
    tab_to(page, "input-channel")
    page.keyboard.press("End")
    tab_to(page, "output-map")
    for key in (*["ArrowUp"] * 8, "Home", "ArrowRight", "ArrowDown", "ArrowDown", "PageDown"):
        page.keyboard.press(key)
    assert f"pixel [1, 2, 1] = {format_number(float(shown.maps(3)[1, 2, 1]))}: " in line(page)
    assert page.locator(".lm-part[aria-pressed=true]").get_attribute("data-channel") == "15"
    assert page.get_by_test_id("gradient-line").is_hidden()
    page.keyboard.press("Enter")
    found = json.loads(page.get_by_test_id("image-gradient").get_attribute("data-exact"))
    np.testing.assert_allclose(found, shown.gradient(3, 1, 2, 1)[1].reshape(-1), rtol=1e-4, atol=1e-7)
    page.keyboard.press("PageDown")  # the gradient goes along
    found = json.loads(page.get_by_test_id("image-gradient").get_attribute("data-exact"))
    np.testing.assert_allclose(found, shown.gradient(3, 2, 2, 1)[1].reshape(-1), rtol=1e-4, atol=1e-7)
    page.keyboard.press("End")
    assert "pixel [2, 2, 7]" in line(page)
    page.keyboard.press("Escape")
    assert page.get_by_test_id("gradient-line").is_hidden() and page.get_by_test_id("image-gradient").is_hidden()
    assert page.evaluate("document.getAnimations().length") == 0


def test_ties_of_a_pool_are_named_and_the_first_gets_the_gradient(opened):
    model = Sequential(Conv2d(1, 1, 1, bias=False), MaxPool2d(2))
    model[0].weight.data[...] = 1
    x = np.array([[[0.5, 0.25, 1, 2], [0.5, 0.5, 3, 3], [0, 0, 0, 0], [0, 0, 0, 0]]], "float32")
    shown = PixelMicroscope(model, x)
    page = opened(shown)
    page.get_by_test_id("layer").select_option("2")
    page.mouse.click(*middle(page, 0, 0, 2, 2))
    assert line(page) == (
        "Layer 2, MaxPool2d 2 × 2, pixel [0, 0, 0] = 0.5: "
        "the largest of 4, at [0, 0, 0]; 3 are equal, the first gets the gradient."
    )
    assert page.locator(".lm-cell-mark").all_text_contents() == ["★", "=", "="]
    assert "3 are equal (=): the first, row by row, gets the gradient." in page.get_by_test_id("sum").inner_text()
    found = json.loads(page.get_by_test_id("input-gradient").get_attribute("data-exact"))
    assert found == shown.gradient(2, 0, 0, 0)[0].reshape(-1).tolist() and found[0] == 1 and sum(found) == 1
    places = "(e) => ['x', 'y'].map((name) => Number(e.getAttribute(name)))"
    page.mouse.move(*middle(page, 0, 1, 2, 2))
    cell = page.get_by_test_id("input-map").bounding_box()["width"] / 4
    won = page.get_by_test_id("input-map").locator(".lm-map-won").evaluate(places)
    np.testing.assert_allclose(won, [cell * 2, cell], atol=0.5)  # the first 3
    swept(page, shown, [[2, 0, row, column, None, 0] for row in (0, 1) for column in (0, 1)])


def test_inf_and_nan_are_crossed_out_and_said(opened):
    model = Sequential(
        Conv2d(1, 2, 1, bias=False), Conv2d(2, 2, 1, bias=False), Conv2d(2, 2, 1, bias=False), MaxPool2d(2)
    )
    model[0].weight.data[...] = 3e38
    model[1].weight.data[...] = 10
    model[2].weight.data[...] = np.array([[1, 1], [1, -1]], "float32").reshape(2, 2, 1, 1)
    shown = PixelMicroscope(model, np.ones((1, 4, 4), "float32"))
    assert np.isinf(shown.maps(2)).all() and np.isnan(shown.maps(4)[1]).all()
    page = opened(shown)
    for layer, channel, word in ((2, 0, "inf"), (3, 0, "inf"), (3, 1, "nan"), (4, 1, "nan")):
        page.get_by_test_id("layer").select_option(str(layer))
        page.get_by_test_id("channel").select_option(str(channel))
        page.get_by_test_id("output-map").press("Enter")
        assert f"] = {word}: " in line(page)
        seen = page.locator("[data-fact=value]").get_attribute("data-exact")
        assert exact(seen) == pytest.approx(float(shown.maps(layer)[channel, 0, 0]), nan_ok=True)
        found = json.loads(page.get_by_test_id("input-gradient").get_attribute("data-exact"))
        row, column = (int(k) for k in line(page).split("pixel [")[1].split("]")[0].split(", ")[1:])
        before = shown.gradient(layer, channel, row, column)[0]
        source = int(page.get_by_test_id("input-channel").input_value()) if layer < 4 else channel
        np.testing.assert_allclose(found, before[source].reshape(-1), rtol=1e-5)
        assert ("float32, which ends at 3.4e38" in page.get_by_test_id("sum").inner_text()) == (layer == 2)


def test_a_map_is_drawn_in_the_pages_colours_and_anew_when_they_change(opened):
    model = Sequential(Conv2d(1, 1, 1, bias=False))
    model[0].weight.data[...] = 1
    x = np.array([[[1, -1, 0], [0.5, 0, 0], [0, 0, 0]]], "float32")
    page = opened(PixelMicroscope(model, x))
    places = [[0, 0], [0, 1], [0, 2], [1, 0]]
    light = page.evaluate(COLOURS, ["output-map", 3, 3, places])
    assert light[0] == [0x00, 0x61, 0x8F] and light[1] == [0x76, 0x76, 0x76] and light[2] == [255, 255, 255]
    assert all(a < b < c for a, b, c in zip(light[0], light[3], light[2]))
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"(given) => String(({COLOURS})(given)) === '124,196,238'", arg=["output-map", 3, 3, [[0, 0]]]
    )
    dark = page.evaluate(COLOURS, ["output-map", 3, 3, places])
    assert dark[0] == [0x7C, 0xC4, 0xEE] and dark[2] == [0x1B, 0x1F, 0x24]
    page.get_by_test_id("output-map").press("Enter")
    assert page.evaluate(COLOURS, ["input-gradient", 3, 3, [[0, 0]]]) == [[0xFF, 0xAB, 0x6B]]


def test_what_a_pixel_sees_is_outlined_in_padding_stride_and_dilation(opened):
    model = Sequential(Conv2d(1, 1, 3, padding=2, stride=2, dilation=2), Conv2d(1, 1, 2))
    page = opened(PixelMicroscope(model, image()))
    page.mouse.move(*middle(page, 0, 1, 4, 4))
    boxes = "(rects) => rects.map((e) => ['x', 'y', 'width'].map((name) => Number(e.getAttribute(name))))"
    cell = page.get_by_test_id("input-map").bounding_box()["width"] / 12  # two zeros on each side
    found = page.get_by_test_id("input-map").locator(".lm-map-patch").evaluate_all(boxes)
    wanted = [[cell * (2 + 2 * j), cell * 2 * i, cell] for i in range(3) for j in range(3)]
    np.testing.assert_allclose(found, wanted, atol=0.5)
    ticks = page.get_by_test_id("input-map").locator(".lm-map-starts").get_attribute("d")
    assert ticks.count("v4") == ticks.count("h4") == 4
    page.get_by_test_id("layer").select_option("2")
    page.mouse.move(*middle(page, 2, 2, 3, 3))
    found = page.get_by_test_id("image-map").locator(".lm-map-seen").evaluate_all(boxes)
    cell = page.get_by_test_id("image-map").bounding_box()["width"] / 8
    np.testing.assert_allclose(found, [[cell * 2, cell * 2, cell * 6]], atol=0.5)  # rows 2 to 8, of which 7 is the last


@pytest.mark.parametrize(("scheme", "width"), [("dark", 1280), ("light", 400)])
def test_axe_finds_nothing_and_nothing_is_cut_off(opened, scheme, width):
    page = opened(PixelMicroscope(*random_network(2)), width=width, color_scheme=scheme, reduced_motion="reduce")
    last = page.locator("[data-testid=layer] option").count()
    for layer in (1, last):
        page.get_by_test_id("layer").select_option(str(layer))
        page.get_by_test_id("output-map").press("Enter")
        found = Axe().run(page).response
        assert {"color-contrast", "select-name"} <= {p["id"] for p in found["passes"]}
        serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        frame = page.get_by_test_id("pixel-microscope").bounding_box()
        for box in page.locator(".lm-micro canvas, .lm-micro table, .lm-micro p").all():
            place = box.bounding_box()
            assert place is None or place["x"] + place["width"] <= frame["x"] + frame["width"], box.inner_html()
    assert page.evaluate(UNMARKED) == []


def test_the_page_says_which_layers_it_lacks(opened):
    model = Sequential(Conv2d(1, 2, 3), Own(flip=True), MaxPool2d(2))
    note = opened(PixelMicroscope(model, image(1, 9, 9))).locator(".lm-note").last.inner_text()
    assert note.endswith("What comes after the layers here cannot be read: Own, MaxPool2d.")
    model = Sequential(Conv2d(1, 8, 5), Conv2d(8, 300, 5))
    note = opened(PixelMicroscope(model, image(1, 28, 28))).locator(".lm-note").last.inner_text()
    assert note.endswith("What comes after the layers here does not fit on the page.")


def test_two_views_of_a_living_widget_do_not_disturb_each_other(tabs):
    shown = PixelMicroscope(digits_network(), image())
    live = Live(shown, tabs.new(1280, 900))
    live.open_view("view2")
    live.by("layer").select_option("3")
    live.by("output-map").press("Enter")
    assert live.line().startswith("Layer 3, ") and live.line("view2").startswith("Layer 1, ")
    assert live.by("gradient-line").is_visible() and live.by("gradient-line", "view2").is_hidden()
    live.page.evaluate("window.close_first()")
    live.by("layer", "view2").select_option("6")
    assert live.line("view2").startswith("Layer 6, Flatten + Linear, output ")
    assert live.page.errors == []
