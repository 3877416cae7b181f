"""Nudge on a page without a kernel: whatever leaf is moved, the page computes what Python computes."""

import math
import random

import pytest

from karpathy_course.scalar import Value
from karpathy_course.widgets import Nudge
from karpathy_course.widgets.base import FOLDER, GENERATED
from karpathy_course.widgets.joining import join
from karpathy_course.widgets.learner_graph.labels import format_number
from tests.widgets.graphs import build, program


def the_lectures(values=(2.0, -3.0, 10.0, -2.0)):
    a, b, c, f = (Value(x) for x in values)
    return (a * b + c) * f, {"a": a, "b": b, "c": c, "f": f}


def the_diamond(values=(2.0, 3.0)):
    a, b = (Value(x) for x in values)
    c, d = a + b, a * b
    return c + d + c * d, {"a": a, "b": b}


def every_operation(values=(0.7, 1.9)):
    a, b = (Value(x) for x in values)
    parts = [a / b, a**3, a - b, -b, (a * b).exp(), b.log(), a.tanh(), b.sigmoid(), (a - b).relu(), 2 ** (a * 0 + 1)]
    total = a * b
    for part in parts:
        total = total * 0.5 + part
    return total, {"a": a, "b": b}


def a_random_one(seed):
    draws, ops = program(random.Random(seed), leaves=3, steps=12)

    def made(values=draws):
        root, leaves = build(Value, values, ops)
        return root, {f"x{k}": leaf for k, leaf in enumerate(leaves)}

    return made


EXPRESSIONS = {
    "lecture": the_lectures,
    "diamond": the_diamond,
    "every operation": every_operation,
    **{f"random-{seed}": a_random_one(seed) for seed in range(1, 6)},
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_at_every_nudge_predicted_and_true_are_what_python_computes(opened, name):
    made = EXPRESSIONS[name]
    root, names = made()
    root.backward()
    page = opened(Nudge(root, names))
    before = [leaf.data for leaf in names.values()]
    in_graph = [leaf for leaf in names if page.get_by_test_id(f"leaf-{leaf}").count()]
    assert in_graph
    for k, leaf in enumerate(names):
        for target in (-0.95, -0.31, 0.02, 0.5, 1.0) if leaf in in_graph else ():
            delta, predicted, true = page.evaluate(
                """([leaf, target]) => {
                    const by = (id) => document.querySelector(`[data-testid="${id}"]`), slider = by(`leaf-${leaf}`);
                    slider.value = target * Number(slider.max);
                    slider.dispatchEvent(new Event("input"));
                    return [Number(slider.value), by("predicted").dataset.exact, by("true").dataset.exact];
                }""",
                [leaf, target],
            )
            moved, _ = made([x + delta * (k == j) for j, x in enumerate(before)])
            assert float(predicted) == pytest.approx(names[leaf].grad * delta, rel=1e-9, abs=1e-9)
            assert float(true) == pytest.approx(moved.data - root.data, rel=1e-9, abs=1e-9)


def test_the_keyboard_nudges_a_leaf_and_the_sentence_carries_the_same_numbers(opened):
    root, names = the_lectures()
    page = opened(Nudge(root, names))
    page.get_by_test_id("leaf-a").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    slider = page.get_by_test_id("leaf-a")
    delta = float(slider.input_value())
    assert delta == pytest.approx(0.04)
    said = page.get_by_test_id("text-line").inner_text().replace("−", "-")
    for text in ("a: 2 → 2.04", "Δ = 0.04", "6 × 0.04 = 0.24", "True change: 0.24"):
        assert text in said
    assert page.get_by_test_id("value-a").inner_text() == "2.04"
    page.get_by_test_id("reset").click()
    assert slider.input_value() == "0"
    assert page.get_by_test_id("true").get_attribute("data-exact") == "0"


def test_a_typed_nudge_is_taken_exactly_and_rounding_is_not_called_a_difference(opened):
    page = opened(Nudge(*the_lectures()))
    page.get_by_test_id("leaf-a").fill("0.5")
    page.get_by_test_id("delta").fill("1.25")
    assert float(page.get_by_test_id("predicted").get_attribute("data-exact")) == pytest.approx(6 * 1.25, rel=1e-12)
    assert page.get_by_test_id("value-a").inner_text() == "3.25"
    assert page.get_by_test_id("text-line").inner_text().endswith("They agree.")  # linear in a
    page.get_by_test_id("reset").click()
    assert page.get_by_test_id("delta").input_value() == "0"
    curved = opened(Nudge(*the_diamond()))
    curved.get_by_test_id("leaf-a").fill("1")
    assert "They differ by" in curved.get_by_test_id("text-line").inner_text()


def test_moving_one_leaf_puts_the_others_back(opened):
    page = opened(Nudge(*the_diamond()))
    page.get_by_test_id("leaf-a").fill("1")
    page.get_by_test_id("leaf-b").fill("0.5")
    assert page.get_by_test_id("leaf-a").input_value() == "0"
    moved = the_diamond((2.0, 3.0 + float(page.get_by_test_id("leaf-b").input_value())))[0].data - the_diamond()[0].data
    assert float(page.get_by_test_id("true").get_attribute("data-exact")) == pytest.approx(moved)


def numbers_to_write():
    rng = random.Random(7)
    drawn = [rng.choice([-1, 1]) * 10 ** rng.uniform(-9, 12) for _ in range(200)]
    near = [s * x for s in (1, -1) for x in (9999.4, 9999.5, 99995.5, 999999.4, 999999.5, 1e-4, 9.9995e-5, 99.995)]
    ties = [k + 0.5 for k in (-12345, 12345, 12346)] + [0.00012345, 0.5, 1.0625, 2.00048828125, 1.00146484375]
    small = [k / 64 for k in range(-40, 41)]
    return [*drawn, *near, *ties, *small, 0.0, -0.0, 1e300, 5e-324, math.nan, math.inf, -math.inf]


def test_the_page_writes_numbers_as_python_does(tabs):
    numbers = numbers_to_write()
    assert len(numbers) >= 300
    page = tabs.new(1280, 720)
    module = join(FOLDER / "nudge" / "view.js", GENERATED).replace("export default", "const view =")
    page.add_script_tag(content=f"{{ {module}\nwindow.formatNumber = formatNumber; }}")
    written = page.evaluate("all => all.map(x => formatNumber(x))", numbers)
    assert written == [format_number(x) for x in numbers]
