"""Broadcast loom without a browser: its numbers are torch's, whatever is given; its words and its limits."""

import io
import math
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from karpathy_course import palette
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor
from karpathy_course.widgets import BroadcastLoom
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.broadcast_loom.local_words import local_words
from karpathy_course.widgets.broadcast_loom.operands import typed_shape
from karpathy_course.widgets.broadcast_loom.slots import grid, shown_indices
from karpathy_course.widgets.broadcast_loom.widget import EXAMPLES, OPERATIONS

TORCH = {name: getattr(torch, name) for name in OPERATIONS}


def shown(loom):
    return loom.data["looms"][loom.data["shown"]]


def said(loom, kind):
    return [step["text"] for step in shown(loom)["steps"] if step["kind"] == kind]


def numbers(listed, shape):
    """Numbers of the data (None: a copy) as an array."""
    return np.array([float(x) for x in listed if x is not None]).reshape(shape)


@st.composite
def pairs(draw):
    """Two shapes that fit: of a shape of up to four axes each takes some, from the right, and some as 1."""
    shape = draw(st.lists(st.integers(0, 3), max_size=4))
    found = []
    for _ in range(2):
        kept = shape[draw(st.integers(0, len(shape))) :]
        found.append(tuple(n if draw(st.booleans()) else 1 for n in kept))
    return found


@settings(max_examples=60, deadline=None)
@given(pairs(), st.sampled_from(list(OPERATIONS)), st.integers(0, 2**31), st.booleans())
def test_results_parts_and_gradients_are_torchs(shapes, op, seed, whole):
    rng = np.random.default_rng(seed)
    arrays = [rng.integers(1, 4, s).astype(float) if whole else rng.normal(size=s) for s in shapes]
    arrays = [np.abs(x) if op == "pow" else x for x in arrays]  # no power of a negative number
    tensors = [torch.tensor(x, requires_grad=True) for x in arrays]
    y = TORCH[op](*tensors)
    arriving = rng.normal(size=tuple(y.shape))
    y.backward(torch.tensor(arriving))
    copies = [x.detach().expand(y.shape).clone().requires_grad_() for x in tensors]
    TORCH[op](*copies).backward(torch.tensor(arriving))
    data = shown(BroadcastLoom(*arrays, op, gradient=arriving))
    assert data["result"]["shape"] == str(tuple(y.shape))
    assert numbers(data["result"]["values"], y.shape) == pytest.approx(y.detach().numpy(), rel=1e-12)
    assert numbers(data["result"]["gradients"], y.shape) == pytest.approx(arriving)
    for array, tensor, copied, found in zip(arrays, tensors, copies, data["operands"]):
        assert numbers(found["values"], array.shape) == pytest.approx(array)
        assert numbers(found["parts"], y.shape) == pytest.approx(copied.grad.numpy(), rel=1e-12, abs=1e-12)
        assert numbers(found["grads"], array.shape) == pytest.approx(tensor.grad.numpy(), rel=1e-12, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(pairs())
def test_threads_lead_from_every_copy_to_its_number_in_the_order_of_the_stretches(shapes):
    data = shown(BroadcastLoom(*shapes))
    assert [axis["result"] for axis in data["axes"]] == list(np.broadcast_shapes(*shapes))
    for k, found in enumerate(data["operands"]):
        stretches = [step for step in data["steps"] if step["kind"] == "stretch" and step["operand"] == k]
        assert max(found["made"], default=0) <= len(stretches)
        for i, (of, tie, home, made) in enumerate(zip(*(found[key] for key in ("of", "tie", "home", "made")))):
            assert (tie is None) == (of == i) == (made == 0)
            if tie is not None:
                assert found["of"][tie] == found["of"][home] == of and found["made"][home] < made
                assert found["made"][tie] in (made, found["made"][home])


def test_the_lectures_pair_in_words():
    loom = BroadcastLoom([[1.0], [2.0], [3.0]], [[10.0, 20.0, 30.0, 40.0]], "mul")
    assert said(loom, "axis") == [
        "Axis -1, the last: 1 and 4. The 1 is stretched: a is repeated 4 times.",
        "Axis -2: 3 and 1. The 1 is stretched: b is repeated 3 times.",
    ]
    assert said(loom, "stretch")[0].startswith("a is stretched along axis -1 from 1 to 4: 9 copies, each tied")
    assert said(loom, "compute") == ["y = a × b, place by place: 12 results, such as y[0, 0] = 1 × 10 = 10."]
    assert said(loom, "local")[0].endswith("the local derivative (b). At [0, 0]: 1 × 10 = 10.")
    assert said(loom, "sum")[1] == (
        "The gradients of all copies of one number are summed, over axis -2: 3 for each number of b. "
        "Shape (3, 4) → (1, 4). The gradient of b[0, 0] is 1 × 1 + 1 × 2 + 1 × 3 = 6."
    )
    words = shown(loom)["operands"][0]["words"][4]
    assert words[1] == "a[1, 0] = 2 goes into 4 results: y[1, 0] = 20, y[1, 1] = 40, y[1, 2] = 60, y[1, 3] = 80."
    assert words[2] == "The gradient of a[1, 0] is 1 × 10 + 1 × 20 + 1 × 30 + 1 × 40 = 100."
    assert "gradient of a[0, 0] is 1 × 10 + 1 × 20 + 1 × 30 + 1 × 40 = 100" in repr(loom)


@pytest.mark.parametrize(
    ("op", "words"),
    [("add", "11"), ("sub", ("1", "-1")), ("mul", "ba"), ("div", ("1 / b", "-y / b")), ("pow", ("", ""))],
)
def test_local_derivatives_in_words_are_the_tables_own_rules(op, words):
    assert tuple(local_words(op, k) for k in (0, 1)) == tuple(words)


def test_shapes_that_clash_are_shown_with_what_numpy_says():
    loom = BroadcastLoom((3, 4), (3,))
    data = shown(loom)
    with pytest.raises(ValueError, match="could not be broadcast") as error:
        np.zeros((3, 4)) + np.zeros(3)
    assert str(error.value).strip() in data["clash"] and "did you mean reshape(3, 1)" in data["clash"]
    assert data["axes"][-1]["clash"] and data["result"] is None
    assert [step["kind"] for step in data["steps"]] == ["start", "axis"]  # the axis further left is not looked at
    assert len(data["operands"][0]["of"]) == 12 and "could not be broadcast" in repr(loom)


def test_axes_of_size_1_in_both_are_not_stretched_and_single_numbers_are_told_plainly():
    assert said(BroadcastLoom((3, 1), (3, 1)), "stretch") == []
    single = BroadcastLoom(2, 3, "sub")
    assert [step["kind"] for step in shown(single)["steps"]][:2] == ["start", "compute"]
    assert said(single, "compute") == ["y = a - b, place by place: 1 result: y = 2 - 3 = -1.".replace(" - ", " − ")]
    assert shown(single)["operands"][1]["words"][0][2] == "The gradient of b is -1."


def test_an_axis_of_size_0_leaves_no_copy_and_a_sum_of_nothing():
    data = shown(BroadcastLoom((1,), (2, 0)))
    assert data["result"]["values"] == [] and data["operands"][0]["grads"] == [0.0]
    assert data["operands"][0]["words"][0][2] == "The gradient of a[0] is a sum of nothing = 0."


def test_what_is_no_finite_number_and_a_zero_below_zero_are_shown_honestly():
    with np.errstate(all="ignore"):
        data = shown(BroadcastLoom([0.0, -1.0, math.inf, math.nan], -0.0, "mul"))
    assert data["result"]["values"][1:] == [0.0, "nan", "nan"]
    assert math.copysign(1, data["result"]["values"][0]) == -1
    assert data["result"]["words"][0][0] == "y[0] = 0 × (-0) = -0."
    assert "Infinity" not in compact_json(data) and "NaN" not in compact_json(data)


def test_whole_numbers_stay_whole_and_their_gradients_are_those_of_floats():
    loom = BroadcastLoom([[2], [3]], [4, 5], "mul")
    data = shown(loom)
    assert [type(x) for x in data["result"]["values"]] == [int] * 4
    assert data["operands"][0]["dtype"].startswith("int")
    assert "count as float64" in said(loom, "arrive")[0]
    assert [x for x in data["operands"][0]["grads"] if x is not None] == [9.0, 9.0]
    assert shown(BroadcastLoom([True, False], [2]))["result"]["values"] == [3, 2]


def learners_own(numbers):
    return SimpleNamespace(data=np.array(numbers), grad=None)


@pytest.mark.parametrize(
    "make", [np.array, Tensor, torch.tensor, lambda x: Tensor(x, requires_grad=True), learners_own]
)
def test_arrays_tensors_and_lists_are_taken_and_left_as_they_were(make):
    operand = make([[1.0], [2.0]])
    assert shown(BroadcastLoom(operand, [10.0, 20.0]))["result"]["values"] == [11.0, 21.0, 12.0, 22.0]
    assert getattr(operand, "grad", None) is None


def test_long_axes_are_folded_and_sums_are_over_all_of_them():
    loom = BroadcastLoom((50, 1), (70,))
    data = shown(loom)
    assert sum(len(found["of"]) for found in data["operands"]) + len(data["result"]["values"]) <= 400
    assert data["operands"][0]["grads"][0] == 70.0 and "1 + … (63 more) + 1 = 70" in said(loom, "sum")[0]
    assert data["operands"][0]["names"][-12] == "a[49, 0]" and data["grids"][0]["folds"]
    assert shown_indices((3, 4)) == [[0, 1, 2], [0, 1, 2, 3]] and shown_indices((100,)) == [[*range(11), 99]]
    for shape in ((9, 9, 9, 9), (5, 3, 1, 50), (12, 11), (1000, 1000), (2, 2, 30)):
        drawn = grid(shape, 60.0)
        assert len(drawn["indices"]) <= 132 and len(set(map(tuple, drawn["places"]))) == len(drawn["indices"])


def test_data_keep_their_budget_and_a_page_holds_the_examples():
    rng = np.random.default_rng(0)
    large = BroadcastLoom(rng.normal(size=(100, 100)), rng.normal(size=100), "div")
    assert len(compact_json(large.data).encode()) <= 250_000
    assert len(compact_json(large.page_data()).encode()) <= 251_000
    page = BroadcastLoom((3, 1), (1, 4)).page_data()
    assert set(page["examples"]) <= set(page["looms"]) and len(page["examples"]) == len(EXAMPLES)
    assert {loom["op"] for loom in page["looms"].values()} == set(OPERATIONS)


def first_column(gradient, shape):
    return gradient[:, :1] if shape[-1] == 1 else gradient


def test_a_wrong_unbroadcast_is_marked_number_by_number_and_a_right_one_is_not():
    wrong = shown(BroadcastLoom((3, 1), (1, 4), "mul", unbroadcast=first_column))
    sums = [step for step in wrong["steps"] if step["kind"] == "sum"]
    assert sums[0]["text"].startswith("Your unbroadcast is wrong here: 3 numbers differ from the sums of the copies.")
    assert wrong["operands"][0]["wrong"] == [0, 4, 8] and "Your unbroadcast says" in wrong["operands"][0]["words"][0][2]
    assert sums[1]["text"].startswith("Your unbroadcast returned shape (3, 4); the gradient of b has shape (1, 4).")
    assert set(wrong["operands"][1]["grads"]) == {None}

    def right(gradient, shape):
        tensor = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
        tensor.expand(gradient.shape).backward(torch.tensor(gradient))
        return tensor.grad.numpy()

    found = shown(BroadcastLoom((2, 1, 3), (4, 1), "div", unbroadcast=right))
    assert [o["wrong"] for o in found["operands"]] == [[], []] and not any(s.get("wrong") for s in found["steps"])
    stopped = BroadcastLoom((3, 1), (1, 4), unbroadcast=lambda gradient, shape: gradient.nothing)
    assert said(stopped, "sum")[0].startswith("Your unbroadcast raised AttributeError")


@pytest.mark.slow
def test_the_picture_says_in_words_what_a_learners_unbroadcast_raised(monkeypatch):
    from matplotlib.axes import Axes

    drawn, text = [], Axes.text
    monkeypatch.setattr(Axes, "text", lambda self, x, y, s, **more: drawn.append(s) or text(self, x, y, s, **more))

    def stops(gradient, shape):
        raise ValueError(f"a gradient of shape {gradient.shape} for an array of shape {shape}: see exercise 05.1")

    BroadcastLoom((3, 1), (1, 4), "mul", unbroadcast=stops).picture()
    words = " ".join(" ".join(drawn).split())
    for name, shape in (("a", "(3, 1)"), ("b", "(1, 4)")):
        said = f"a gradient of shape (3, 4) for an array of shape {shape}: see exercise 05.1"
        assert f"✗ gradient of {name}: Your unbroadcast raised ValueError: {said}" in words
    assert "no numbers" not in words

    drawn.clear()
    BroadcastLoom((3, 1), (1, 4), "mul", unbroadcast=first_column).picture()
    words = " ".join(" ".join(drawn).split())
    assert "✗ gradient of a: Your unbroadcast is wrong here: 3 numbers differ" in words
    assert "✗ gradient of b: Your unbroadcast returned shape (3, 4); the gradient of b has shape (1, 4)." in words


def test_a_picture_with_a_mistake_keeps_the_colour_of_gradients():
    png = BroadcastLoom((3, 1), (1, 4), "mul", unbroadcast=lambda gradient, shape: gradient).picture()
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).reshape(-1, 3).astype(int)
    for colour in (palette.GRADIENT, palette.WRONG):
        wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        assert (abs(pixels - wanted).max(axis=1) <= 12).sum() > 20, colour


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("x", (1,)), TypeError, "a should be an array, a Tensor, lists of numbers, or a shape"),
        (((1,), (1.5, 2)), TypeError, "so it should be a shape: whole numbers"),
        (([[1, 2], [3]], 1), TypeError, "different lengths"),
        (((1, 1, 1, 1, 2), 1), ValueError, "up to 4 axes; a has 5"),
        (((2000, 1), (2000,)), ValueError, "these shapes make 4000000"),
        (((3,), (3,), "exp"), ValueError, "op should be one of add, sub, mul, div, pow, maximum, minimum"),
        (((3,), (3,), "add", [1.0, 2.0]), ShapeError, "the gradient has shape (2,), the result has (3,)"),
    ],
)
def test_what_does_not_fit_is_answered_with_one_sentence(arguments, error, message):
    with pytest.raises(error) as raised:
        BroadcastLoom(*arguments)
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_page_that_asks_for_other_shapes_gets_them_with_the_learners_numbers_kept():
    loom = BroadcastLoom([[1.0], [2.0]], (4,), "mul")
    answer = loom.answer({"a": " 2 x 1", "b": "(5,)", "op": "add"})["loom"]
    assert answer["key"] == "(2, 1)|(5,)|add"
    assert [x for x in answer["operands"][0]["values"] if x is not None] == [1.0, 2.0]
    assert loom.answer({"a": "()", "b": "3, 4,", "op": "add"})["loom"]["key"] == "()|(3, 4)|add"
    for asked in ({"a": "two", "b": "3", "op": "add"}, {"a": "1", "b": "3", "op": "matmul"}, {},
                  {"a": "9999999", "b": "1", "op": "add"}, {"a": "1,1,1,1,1", "b": "1", "op": "add"}):  # fmt: skip
        error = loom.answer(asked)["error"]
        assert "\n" not in error and 20 < len(error) < 200
    assert typed_shape("a", "") == () and typed_shape("a", "(7)") == (7,)


def test_its_text_is_the_same_in_every_process_and_no_matplotlib_is_read_for_it():
    code = (
        "from karpathy_course.widgets import BroadcastLoom\nimport sys\n"
        "w = BroadcastLoom((3, 1), (1, 4)); w.to_html(); print(repr(w)); print('matplotlib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout == f"{BroadcastLoom((3, 1), (1, 4))!r}\nFalse\n"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [((20, 1), (30,)), ((3, 4), (3,)), ((1,), (2, 0))])
def test_a_picture_has_at_most_100_kb_and_is_large_enough_to_read(arguments):
    png = BroadcastLoom(*arguments).picture()
    assert png.startswith(b"\x89PNG") and len(png) <= 100_000
    assert int.from_bytes(png[16:20], "big") >= 500 and int.from_bytes(png[20:24], "big") >= 150
