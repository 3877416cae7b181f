"""The table: every row, on every library, beside its source text, its shape rule, its derivatives and its laws."""

import math

import array_api_strict
import numpy as np
import pytest
import torch

from karpathy_course.graph.codegen import expression
from karpathy_course.graph.core import pairs
from karpathy_course.ops import OPS, evaluate, raw, row, sum_to
from karpathy_course.ops import array_library as beyond
from karpathy_course.ops.array_library import namespace
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.ops.table import result_shape
from karpathy_course.tensor.tape import Tensor, apply, grad, gradcheck
from tests.ops.samples import CASES, MASK, SAMPLES, arrays

LIBRARIES = {
    "numpy": np.asarray,
    "torch": lambda x: torch.from_numpy(np.asarray(x)),
    "strict": array_api_strict.asarray,
}


def numpy(array):
    return np.asarray(array.detach() if isinstance(array, torch.Tensor) else array)


def is_float(x):
    return hasattr(x, "dtype") and "float" in str(x.dtype)


def same(a, b, tolerance=1e-12):
    return a.shape == b.shape and np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def test_every_row_has_samples():
    assert set(SAMPLES) == set(OPS)


@pytest.mark.parametrize("library", ["torch", "strict"])
@pytest.mark.parametrize(("name", "k"), CASES)
def test_a_row_gives_on_every_library_what_it_gives_on_numpy(name, k, library):
    inputs, attributes = arrays(name, k, np.asarray)
    expected = evaluate(name, *inputs, **attributes)
    there, attributes = arrays(name, k, LIBRARIES[library])
    assert same(numpy(evaluate(name, *there, **attributes)), expected)


@pytest.mark.parametrize(("name", "k"), CASES)
def test_the_source_of_a_row_computes_what_its_forward_computes(name, k):
    inputs, attributes = arrays(name, k, np.asarray)
    names = [f"x{i}" for i in range(len(inputs))]
    source = expression(name, names, pairs(attributes))
    xp = namespace(np.zeros(()))
    helpers = {key: lambda *a, key=key, **kw: OPS[key].forward(xp, *a, **kw) for key in OPS}
    got = eval(source, {"np": np, **helpers, **dict(zip(names, inputs))})
    assert same(np.asarray(got), np.asarray(evaluate(name, *inputs, **attributes)))


@pytest.mark.parametrize(("name", "k"), CASES)
def test_the_shape_of_a_result_is_known_before_it_is_computed(name, k):
    inputs, attributes = arrays(name, k, np.asarray)
    shapes = [np.shape(x) for x in inputs]
    assert result_shape(name, shapes, attributes) == np.shape(evaluate(name, *inputs, **attributes))


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("name", "k"), CASES)
def test_no_rule_turns_float32_into_float64(name, k, library):
    make = LIBRARIES[library]
    single = lambda x: make(np.asarray(x, np.float32) if is_float(np.asarray(x)) else x)
    inputs, attributes = arrays(name, k, single)
    attributes = {key: "float32" if key == "dtype" else value for key, value in attributes.items()}
    y = evaluate(name, *inputs, **attributes)
    assert "float64" not in str(y.dtype)
    F, g = raw(namespace(y)), y
    for x, vjp in zip(inputs, OPS[name].gradients):
        if vjp is not None and is_float(x):
            d = vjp(F, g, y, *inputs, **attributes)
            assert str(sum_to(F, d, tuple(x.shape)).dtype) == str(x.dtype)


def differentiable(name):
    return any(vjp is not None for vjp, _ in zip(OPS[name].gradients, range(3)))


DIFFERENTIABLE = [(name, k) for name, k in CASES if differentiable(name) and SAMPLES[name][k][0][0] is not MASK]
DIFFERENTIABLE += [("where", k) for k in range(len(SAMPLES["where"]))]


def tensors(name, k, make):
    inputs, attributes = arrays(name, k, make)
    kept = [x for x in inputs if is_float(x)]

    def fn(*leaves):
        leaves = iter(leaves)
        return apply(name, *[next(leaves) if is_float(x) else x for x in inputs], **attributes)

    return fn, [Tensor(x, requires_grad=True) for x in kept]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("name", "k"), DIFFERENTIABLE)
def test_the_gradients_of_a_row_are_what_nudging_shows(name, k, library):
    fn, leaves = tensors(name, k, LIBRARIES[library])
    assert gradcheck(fn, leaves, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize(("name", "k"), DIFFERENTIABLE)
def test_the_gradients_of_a_row_can_be_differentiated_again(name, k):
    fn, leaves = tensors(name, k, np.asarray)
    rng = np.random.default_rng(0)
    out = fn(*leaves)
    if not out.requires_grad:
        return
    directions = [Tensor(rng.uniform(0.5, 1.5, x.shape)) for x in leaves]
    weights = Tensor(rng.uniform(0.5, 1.5, out.shape))

    def slope(*leaves):
        found = grad((fn(*leaves) * weights).sum(), leaves, create_graph=True)
        total = sum((d * v * v).sum() for d, v in zip(found, directions))
        return total + sum((x * 0.0).sum() for x in leaves)

    assert gradcheck(slope, leaves, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("name", "k"), [(n, k) for n, k in DIFFERENTIABLE if OPS[n].kind == "elementwise"])
def test_in_an_elementwise_row_a_vjp_is_also_the_derivative_along_a_direction(name, k):
    inputs, attributes = arrays(name, k, np.asarray)
    F, y = raw(namespace(np.zeros(()))), evaluate(name, *inputs, **attributes)
    for i, (x, vjp) in enumerate(zip(inputs, OPS[name].gradients)):
        if vjp is not None and is_float(x):
            t = np.random.default_rng(i).normal(size=x.shape)
            ends = [evaluate(name, *inputs[:i], x + s * 1e-6 * t, *inputs[i + 1 :], **attributes) for s in (1, -1)]
            along = np.broadcast_to(vjp(F, t, y, *inputs, **attributes), y.shape)
            assert np.allclose(along, (ends[0] - ends[1]) / 2e-6, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(("name", "k"), [(n, k) for n, k in DIFFERENTIABLE if OPS[n].kind == "linear"])
def test_a_linear_row_is_linear_in_each_input_that_has_a_gradient(name, k):
    inputs, attributes = arrays(name, k, np.asarray)
    for i, (x, vjp) in enumerate(zip(inputs, OPS[name].gradients)):
        if vjp is not None and is_float(x):
            run = lambda v, i=i: evaluate(name, *inputs[:i], v, *inputs[i + 1 :], **attributes)
            t = np.random.default_rng(i).normal(size=x.shape)
            assert np.allclose(run(x + 2 * t) - run(x), 2 * (run(t) - run(0 * t)), atol=1e-12)


def test_a_gradient_is_summed_over_every_axis_that_broadcasting_added_or_stretched():
    F, g = raw(namespace(np.zeros(()))), np.ones((2, 3, 4))
    for shape in [(), (4,), (1,), (3, 1), (1, 4), (3, 4), (2, 1, 1), (1, 3, 4), (2, 3, 4)]:
        found = sum_to(F, g, shape)
        assert found.shape == shape
        assert (found == 24 / math.prod(shape)).all()


@pytest.mark.parametrize("library", LIBRARIES)
def test_repeated_places_add_up(library):
    make = LIBRARIES[library]
    out = evaluate("scatter_add", make([1.0, 2.0, 4.0]), make([1, 0, 1]), axis=0, size=3)
    assert numpy(out).tolist() == [2.0, 5.0, 0.0]


def test_the_plain_fallbacks_agree_with_the_libraries_own():
    x = np.linspace(-4, 4, 41)
    assert same(numpy(beyond.erf(torch, torch.from_numpy(x))), beyond.erf(np, x), 1e-15)
    values, places = np.random.default_rng(0).normal(size=(5, 3)), np.array([0, 4, 4, 2, 0])
    results = []
    for add in (beyond._add_rows_numpy, beyond._add_rows):
        out = np.zeros((6, 3))
        add(np, out, places, values)
        results.append(out)
    assert same(*results)


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValueError, match="has a row 'exp' already"):
        row("exp", lambda xp, x: x, (None,), "{0}")


@pytest.mark.parametrize(
    ("name", "shapes", "attributes", "message"),
    [
        ("matmul", [(32, 784), (512, 10)], {}, "matmul: (32, 784) @ (512, 10): inner sizes 784 and 512 differ."),
        ("matmul", [(32, 784), (10, 784)], {}, "Did you forget to transpose the weight?"),
        ("matmul", [(784, 32), (784, 10)], {}, "Did you forget to transpose the first one?"),
        ("matmul", [(2, 3, 4), (3, 4, 5)], {}, "their batch axes do not fit"),
        ("add", [(32, 10), (32,)], {}, "sizes 10 and 32 of axis -1 differ, and neither is 1. Shapes are matched from"),
        ("add", [(32, 10), (32,)], {}, "did you mean reshape(32, 1)?"),
        ("mul", [(3, 4), (4, 3)], {}, "Did you forget to transpose one of them?"),
        ("sub", [(6,), (2, 3)], {}, "did you mean reshape(6,)?"),
        ("sum", [(3, 4)], {"axis": 2}, "sum: axis 2 of an array of shape (3, 4): its axes are 0, 1, or negative"),
        ("reshape", [(3, 4)], {"shape": (5, 2)}, "12 numbers cannot fill 10"),
        ("reshape", [(3, 4)], {"shape": (-1, -1)}, "at most one size may be left open"),
        ("permute_dims", [(3, 4)], {"axes": (0, 0)}, "each of its 2 axes must stand once"),
        ("mT", [(3,)], {}, "no two axes to swap"),
        ("broadcast_to", [(3,)], {"shape": (3, 2)}, "(3,) to (3, 2)"),
        ("concat", [(3, 4), (3, 5)], {"axis": 0}, "(3, 4) and (3, 5) along axis 0: all other sizes must agree"),
        ("getitem", [(3, 4)], {"index": (0, 0, 0)}, "3 indices for an array of shape (3, 4), which has 2 axes"),
        ("getitem", [(3, 4)], {"index": (3,)}, "index 3 on axis 0 of shape (3, 4), where places are 0 to 2"),
        ("cross_entropy", [(8, 10), (8, 10)], {}, "Did you hand in one-hot rows?"),
    ],
)
def test_shapes_that_do_not_fit_are_named_with_a_cure(name, shapes, attributes, message):
    with pytest.raises(ShapeError) as caught:
        result_shape(name, shapes, attributes)
    assert message in str(caught.value)
