"""Broadcast loom on a page without a kernel: every number on it is NumPy's and torch's, at every step.

A page is opened once for many questions: opening one costs more than all of them.
"""

import random

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.widgets import BroadcastLoom
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.broadcast_loom.operands import typed_shape
from karpathy_course.widgets.joining import join
from karpathy_course.widgets.learner_graph.labels import format_number

CELLS = """() => [...document.querySelectorAll("[data-cell]")].map((g) => ({
    operand: g.dataset.operand, cell: Number(g.dataset.cell), value: g.dataset.value, gradient: g.dataset.gradient,
    shown: g.querySelector(".lm-value").textContent, below: g.querySelector(".lm-grad").textContent,
    gone: g.classList.contains("lm-gone"), at: g.style.transform, says: g.getAttribute("aria-label"),
}))"""
UNMARKED = """() => [...document.querySelectorAll(".lm-widget, .lm-widget *")]
    .filter((e) => e.tabIndex >= 0 && !e.hasAttribute("data-lm-suppress-shortcuts")).map((e) => e.outerHTML)"""
LIT = """() => [...document.querySelectorAll("[data-cell].lm-lit")].map((g) => [g.dataset.operand, +g.dataset.cell])
    .sort((one, other) => one[0].localeCompare(other[0]) || one[1] - other[1])"""


def at(page, name):
    return page.get_by_test_id(name)


def line(page):
    return at(page, "text-line").inner_text().replace("−", "-")


def scrub(page, position):
    at(page, "scrub").fill(str(position))


def a_random_pair(seed):
    """Two arrays of which both are stretched to a shape of three axes, and a gradient for their product."""
    rng = random.Random(seed)
    while True:
        shape = [rng.randint(2, 3) for _ in range(3)]
        shapes = [tuple(n if rng.random() < 0.5 else 1 for n in shape[rng.randint(0, 1) :]) for _ in range(2)]
        if tuple(shape) == np.broadcast_shapes(*shapes) and tuple(shape) not in shapes:
            break
    draw = np.random.default_rng(seed)
    gradient = draw.normal(size=np.broadcast_shapes(*shapes))
    return [draw.normal(size=s) for s in shapes], gradient


def stretched_by(shape, full, count):
    """Whether each place of the full shape is there after so many stretches, from the right, of an array of a shape."""
    padded = (1,) * (len(full) - len(shape)) + shape
    axes = [k for k in reversed(range(len(full))) if padded[k] == 1 and full[k] != 1]
    return [all(i[k] == 0 for k in axes[count:]) for i in np.ndindex(*full)], axes


class Expected:
    """What must be seen of a product, step by step, from NumPy and torch alone."""

    def __init__(self, arrays, gradient):
        self.full = gradient.shape
        self.arrays, self.gradient = arrays, gradient
        self.y = arrays[0] * arrays[1]
        tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
        (tensors[0] * tensors[1]).backward(torch.tensor(gradient))
        self.sums = [t.grad.numpy() for t in tensors]
        self.parts = [gradient * other for other in reversed(arrays)]
        moves = [len(stretched_by(x.shape, self.full, 0)[1]) for x in arrays]
        self.kinds = (["axis"] * len(self.full) + ["a"] * moves[0] + ["b"] * moves[1]
                      + ["compute", "arrive", "local a", "sum a", "local b", "sum b"])  # fmt: skip

    def cells(self, position):
        """{(operand, cell): (value, gradient)}, None for what is not seen yet, of all cells that are there."""
        done = self.kinds[:position]
        seen = {}
        for k, name in enumerate("ab"):
            there, _ = stretched_by(self.arrays[k].shape, self.full, done.count(name))
            own, _ = stretched_by(self.arrays[k].shape, self.full, 0)
            values = np.broadcast_to(self.arrays[k], self.full).ravel()
            sums = np.broadcast_to(self.sums[k], self.full).ravel()
            for i in range(len(there)):
                if f"sum {name}" in done and own[i]:
                    seen[name, i] = values[i], sums[i]
                elif f"sum {name}" not in done and there[i]:
                    seen[name, i] = values[i], self.parts[k].ravel()[i] if f"local {name}" in done else None
        if "compute" in done:
            for i, value in enumerate(self.y.ravel()):
                seen["y", i] = value, self.gradient.ravel()[i] if "arrive" in done else None
        return seen


def test_at_every_step_every_number_on_the_page_is_what_numpy_and_torch_say(opened):
    arrays, gradient = a_random_pair(10)
    expected = Expected(arrays, gradient)
    loom = BroadcastLoom(*arrays, "mul", gradient=gradient)
    page = opened(loom, reduced_motion="reduce")
    steps = loom.data["looms"][loom.data["shown"]]["steps"]
    assert len(expected.kinds) == len(steps) - 1 == int(at(page, "scrub").get_attribute("max"))
    before = {}
    for position in [*range(len(steps)), 0]:
        scrub(page, position)
        wanted = expected.cells(position)
        found = {(c["operand"], c["cell"]): c for c in page.evaluate(CELLS)}
        assert {key for key, cell in found.items() if not cell["gone"]} == set(wanted)
        for key, (value, received) in wanted.items():
            cell = found[key]
            assert float(cell["value"]) == pytest.approx(value, rel=1e-12)
            assert cell["shown"].replace("−", "-") == format_number(value)
            assert cell["below"].replace("−", "-") == ("" if received is None else format_number(received))
            assert cell["gradient"] == "" if received is None else float(cell["gradient"]) == pytest.approx(received)
        places = [found[key]["at"] for key in wanted]
        assert len({(key[0], place) for key, place in zip(wanted, places)}) == len(wanted)  # none lies on another
        assert line(page) == steps[position]["text"].replace("−", "-")
        assert before.get(position, wanted) == wanted
        before[position] = wanted


def test_picking_a_number_lights_its_threads_and_spells_its_gradient_as_a_sum(opened):
    a, b = np.array([[2.0], [3.0]]), np.array([[10.0, 20.0, 30.0]])
    page = opened(BroadcastLoom(a, b, "mul"), reduced_motion="reduce")
    page.evaluate("() => { window.keys = []; document.addEventListener('keydown', (e) => window.keys.push(e.key)); }")
    scrub(page, 5)
    for _ in range(30):  # the keyboard alone
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.dataset.operand") == "a":
            break
    page.keyboard.press("ArrowDown")
    assert line(page) == "a[1, 0] = 3 goes into 3 results: y[1, 0] = 30, y[1, 1] = 60, y[1, 2] = 90."
    assert page.evaluate(LIT) == [*(["a", k] for k in (3, 4, 5)), *(["y", k] for k in (3, 4, 5))]
    assert page.locator(".lm-thread.lm-lit").count() == 2 and page.locator(".lm-crossing").count() == 3
    scrub(page, at(page, "scrub").get_attribute("max"))
    assert line(page).endswith("The gradient of a[1, 0] is 1 × 10 + 1 × 20 + 1 × 30 = 60.")
    picked = page.locator("[data-operand=a][data-cell='3']")
    assert picked.get_attribute("aria-pressed") == "true" and picked.get_attribute("tabindex") == "0"
    assert picked.get_attribute("aria-label") == "a[1, 0] = 3, gradient 60"
    picked.focus()
    page.keyboard.press("ArrowDown")  # there is none below
    assert picked.get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert page.evaluate(LIT) == [] and page.locator(".lm-crossing").count() == 0
    assert page.evaluate("window.keys.filter((key) => !['Tab', 'Shift'].includes(key))") == []  # plain keys stay inside
    page.locator("[data-operand=y][data-cell='4']").click()
    assert line(page) == "y[1, 1] = 3 × 20 = 60. Its gradient, 1, passes 20 to a and 3 to b."
    assert page.evaluate(LIT) == [["a", 3], ["a", 4], ["b", 1], ["b", 4], ["y", 4]]
    page.locator("[data-operand=y][data-cell='4']").click()
    assert page.evaluate(LIT) == []
    page.locator("[data-operand=y][data-cell='4']").click()  # it still has the focus
    assert len(page.evaluate(LIT)) == 5
    scrub(page, 4)
    page.locator("[data-operand=b][data-cell='5']").click()  # a copy stands for its number
    assert line(page) == "b[0, 2] = 30 is used 2 times."
    at(page, "clear").click()
    assert page.evaluate("document.activeElement.dataset.testid") == "stage"
    assert at(page, "clear").is_disabled() and page.evaluate(UNMARKED) == []
    at(page, "cells").check()
    assert at(page, "count").inner_text() == "4 / 15"
    scrub(page, 7)
    assert line(page) == "y[0, 2] = 2 × 30 = 60."
    assert page.evaluate(LIT) == [["a", 0], ["a", 2], ["b", 2], ["y", 2]]
    assert page.locator("[data-operand=y]:not(.lm-gone)").count() == 3 and page.locator(".lm-crossing").count() == 2
    rule = "Shapes, matched from the right axis −2 −1 shape a 2 1 → 3 (2, 1) b 1 → 2 3 (1, 3) y 2 3 (2, 3)"
    assert " ".join(at(page, "rule").inner_text().split()) == rule


def test_a_page_without_a_kernel_shows_its_examples_and_says_what_needs_one(opened):
    loom = BroadcastLoom((3, 1), (1, 4))
    page = opened(loom, width=400, height=740, reduced_motion="reduce")
    data = loom.page_data()
    for key in data["examples"]:
        at(page, "example").select_option(key)
        wanted = data["looms"][key]
        assert at(page, "shape-a").input_value() == wanted["operands"][0]["shape"]
        scrub(page, len(wanted["steps"]) - 1)
        assert line(page) == wanted["steps"][-1]["text"].replace("−", "-")
        there = page.locator("[data-cell]:not(.lm-gone)").count()
        own = sum(grad is not None for operand in wanted["operands"] for grad in operand["names"])
        assert there == own + len(wanted["result"]["values"] if wanted["result"] else [])
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    at(page, "example").select_option("(3, 4)|(3,)|add")
    at(page, "step").click()
    assert "operands could not be broadcast together with shapes (3,4) (3,)" in line(page)
    assert page.locator(".lm-clash").count() == 3
    at(page, "shape-a").fill("3, 1")
    at(page, "shape-b").fill("(1,4)")
    at(page, "show").click()
    at(page, "op").select_option("div")
    assert at(page, "example").input_value() == "(3, 1)|(1, 4)|div"
    at(page, "shape-a").fill("7")
    at(page, "shape-a").press("Enter")
    assert "need a kernel" in line(page)
    axe_is_content(page)
    at(page, "example").select_option("(20, 1)|(30,)|add")
    assert 200 <= page.locator("[data-cell]").count() <= 400


def axe_is_content(page):
    found = Axe().run(page).response
    assert {"color-contrast", "label"} <= {p["id"] for p in found["passes"]}  # axe did look
    serious = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in serious] == []


def test_copies_glide_unless_reduced_motion_is_asked_for_and_in_the_dark_axe_is_content(opened):
    loom = BroadcastLoom((3, 1), (1, 4), "mul", unbroadcast=lambda gradient, shape: gradient[: shape[0], : shape[1]])
    page = opened(loom)
    for media, glides in (({}, True), ({"color_scheme": "dark", "reduced_motion": "reduce"}, False)):
        page.emulate_media(**media)
        scrub(page, 3)
        at(page, "step").click()
        lasting = page.locator(".lm-copy").first.evaluate("(g) => getComputedStyle(g).transitionDuration")
        assert (lasting.split(",")[0] != "0s") is glides
    scrub(page, at(page, "scrub").get_attribute("max"))
    assert page.locator(".lm-wrong .lm-grad").all_text_contents()[0].startswith("✗ ")
    page.locator("[data-operand=a][data-cell='4']").focus()
    axe_is_content(page)


@pytest.fixture
def bare(chromium):
    """An empty page with the loom's module, of which some names can be called."""
    page = chromium.new_page()
    module = join(FOLDER / "broadcast_loom" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nObject.assign(window, {{ shapeText, neighbour, view }}); }}")
    yield page
    page.close()


def test_typed_shapes_are_read_as_python_reads_them_and_arrows_lead_to_the_next_number(bare):
    typed = ["", "()", "( )", "7", "(7,)", "3 1", "3,1", " (3 , 1) ", "2 x 3×4", "(02, 3)"]
    assert bare.evaluate("all => all.map(shapeText)", typed) == [str(typed_shape("a", text)) for text in typed]
    assert bare.evaluate("shapeText('two by 3')") == "two by 3"
    places = [[0, 0], [10, 0], [25, 0], [0, 10], [10, 10]]
    lead = "([places, from, key]) => neighbour(places, [0, 1, 2, 3, 4], from, key)"
    keys = [f"Arrow{way}" for way in ("Left", "Right", "Up", "Down")]
    found = [bare.evaluate(lead, [places, k, key]) for k in (0, 2, 4) for key in keys]
    assert found == [0, 1, 0, 3, 1, 2, 2, 2, 3, 4, 1, 4]


def test_where_python_answers_other_shapes_are_computed_with_the_learners_numbers(bare):
    loom = BroadcastLoom([[2.0], [3.0]], (1, 4), "mul")
    bare.expose_function("python", loom.answer)
    bare.evaluate(
        """(data) => {
            const heard = {};
            const send = async (message) => heard["msg:custom"](await window.python(message));
            const model = { get: () => data, on: (event, act) => { heard[event] = act; }, send };
            view.render({ model, el: document.body });
        }""",
        loom.data,
    )
    at(bare, "shape-b").fill("3")
    at(bare, "show").click()
    bare.wait_for_function("document.querySelector('[data-testid=example]').value === '(2, 1)|(3,)|mul'")
    scrub(bare, 5)
    drawn = loom.of_shapes([(2, 1), (3,)], "mul")["result"]["values"]
    shown = bare.evaluate(
        "() => [...document.querySelectorAll('[data-operand=y]')].map((g) => Number(g.dataset.value))"
    )
    assert shown == drawn and drawn[3] == drawn[0] * 3 / 2
    at(bare, "op").select_option("sub")
    bare.wait_for_function("document.querySelector('[data-testid=example]').value === '(2, 1)|(3,)|sub'")
    at(bare, "shape-a").fill("two")
    at(bare, "shape-a").press("Enter")
    bare.wait_for_function("document.querySelector('[data-testid=text-line]').textContent.includes('you typed “two”')")
