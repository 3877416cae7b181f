"""The dtype rule of each row: what it declares is what NumPy gives, and where PyTorch gives another one, which."""

import numpy as np
import pytest
import torch

from karpathy_course.graph import Graph, GraphError, TraceError, fold_constants, peak_memory, simplify, trace
from karpathy_course.ops import OPS, evaluate
from karpathy_course.ops.dtypes import NUMBERS, DtypeError, number_kind
from karpathy_course.ops.table import result_dtype
from tests.ops.samples import CASES, SAMPLES, arrays

DTYPES = ("bool", "int64", "float32", "float64")
PLACES = {"take": (1,), "scatter_add": (1,), "reorder": (1, 2), "cross_entropy": (1,), "one_hot": (0,), "where": (0,)}
PLACES |= dict.fromkeys(("max_pool2d_input", "max_pool2d_pick"), (1,))
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def in_dtype(name, k, dtype, make):
    """A row's sample with its numbers in this dtype; places, conditions and plain numbers stay what they are."""
    inputs, attributes = arrays(name, k, np.asarray)
    kept = PLACES.get(name, ())
    made = [
        make(np.asarray(np.abs(x).astype(dtype)) if i not in kept else x) if isinstance(x, np.ndarray) else x
        for i, x in enumerate(inputs)
    ]
    return made, attributes


def dtype_of(x):
    return number_kind(x) if type(x) in (bool, int, float) else str(x.dtype).removeprefix("torch.")


def declared(name, inputs, attributes):
    """The dtype that the rule says, or "refused"."""
    try:
        return result_dtype(name, tuple(map(dtype_of, inputs)), attributes.get("dtype"))
    except DtypeError:
        return "refused"


def given(name, inputs, attributes):
    """The dtype that the row gives when it is computed, or "refused"."""
    try:
        with np.errstate(all="ignore"):
            return dtype_of(evaluate(name, *inputs, **attributes))
    except (TypeError, RuntimeError, NotImplementedError):
        return "refused"


TRIED = [(name, k, dtype) for name, k in CASES for dtype in DTYPES if (name, dtype) != ("pow", "bool")]


@pytest.mark.parametrize(("name", "k", "dtype"), TRIED)
def test_a_row_declares_the_dtype_that_it_gives_on_numpy(name, k, dtype):
    inputs, attributes = in_dtype(name, k, dtype, np.asarray)
    assert declared(name, inputs, attributes) == given(name, inputs, attributes)


# Of masks PyTorch refuses what NumPy counts as 0 and 1, and has a sign.
MASKS_ON_TORCH = {
    "sub": "refused",
    "abs": "refused",
    "matmul": "refused",
    "linear": "refused",
    "logsumexp": "refused",
    "sign": "bool",
}


@pytest.mark.parametrize(("name", "k", "dtype"), TRIED)
def test_on_torch_whole_numbers_become_its_default_float_and_floats_stay_what_they_are(name, k, dtype):
    inputs, attributes = in_dtype(name, k, dtype, torch.from_numpy)
    found, expected = given(name, inputs, attributes), declared(name, inputs, attributes)
    if dtype in ("bool", "int64") and "dtype" not in attributes and expected.startswith("float"):
        expected = "float32"
    if dtype == "bool":
        expected = MASKS_ON_TORCH.get(name, expected)
    assert found == expected


def test_a_power_of_masks_is_refused_in_a_graph_for_numpys_dtype_depends_on_the_exponent():
    mask = np.array([True, False])
    assert (mask**2).dtype != (mask**3).dtype
    with pytest.raises(DtypeError, match="pow: NumPy has none of bool"):
        result_dtype("pow", ("bool", "int number"))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("number", [True, 2, 0.5])
@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "where"])
def test_a_plain_number_takes_the_arrays_dtype_and_a_float_makes_floats_of_whole_numbers(name, number, dtype):
    x = np.ones(2, dtype)
    if (name, dtype) == ("pow", "bool"):
        return
    for inputs in ((x, number), (number, x)):
        inputs = (np.ones(2, bool), *inputs) if name == "where" else inputs
        assert declared(name, inputs, {}) == given(name, inputs, {})
        if dtype.startswith("float"):
            assert declared(name, inputs, {}) == dtype


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("word", ["mean", "sqrt", "exp", "sigmoid", "softmax", "logsumexp"])
def test_a_traced_method_declares_the_dtype_that_its_graph_gives(word, dtype):
    x, dims = np.ones((2, 3), dtype), [1] if word in ("softmax", "logsumexp") else []
    if dtype == "bool" and word in ("softmax", "sigmoid"):
        with pytest.raises(TraceError, match="NumPy has none of bool"):
            trace(lambda v: getattr(v, word)(*dims), x)
        return
    graph = trace(lambda v: getattr(v, word)(*dims), x)
    (o,) = graph.outputs
    assert graph.dtypes[o] == str(graph(x).dtype)
    assert graph.dtypes[o].startswith("float")


@pytest.mark.parametrize("word", ["var", "std"])
def test_how_far_whole_numbers_are_from_their_mean_is_refused_as_in_torch(word):
    with pytest.raises(TraceError, match="float64 and int64 meet"):
        trace(lambda v: getattr(v, word)(), np.arange(3))
    with pytest.raises(RuntimeError):
        getattr(torch.arange(3), word)()


def test_whole_numbers_divided_are_floats_and_no_rewrite_forgets_the_way_back():
    x = np.array([1, 2, 3])
    graph = trace(lambda v: (v / 2).to("int64"), x)
    assert graph(x).tolist() == [0, 1, 1]
    assert simplify(graph)(x).tolist() == [0, 1, 1] and simplify(graph)(x).dtype == np.int64
    total = trace(lambda v: (v > 1).sum(), x)
    assert total.dtypes[total.outputs[0]] == "int64" and total(x) == 2
    assert trace(lambda v: v * 1.5, x).dtypes[-1] == "float64"


def test_two_dtypes_that_meet_are_refused_and_masks_count_as_zero_and_one():
    with pytest.raises(DtypeError, match="add: float32 and float64 meet: convert one of them first"):
        result_dtype("add", ("float32", "float64"))
    assert result_dtype("mul", ("bool", "float32")) == "float32"
    assert result_dtype("take", ("float32", "int64")) == "float32"
    assert result_dtype("where", ("bool", "float32", "float32")) == "float32"
    with pytest.raises(GraphError, match="x: sub: NumPy has none of bool and bool: convert first"):
        entries = [(n, "input", (), {"dtype": "bool"}) for n in "ab"] + [("x", "sub", ("a", "b"), {})]
        Graph.from_list([*entries, ("", "output", ("x",), {})])


def test_plain_numbers_alone_give_plain_numbers():
    for kind in NUMBERS:
        assert result_dtype("div", (kind, kind)) == "float number"
    assert result_dtype("add", ("int number", "int number")) == "int number"
    assert result_dtype("exp", ("int number",)) == "float number"
    entries = [("c", "constant", (), {"value": 3}), ("d", "constant", (), {"value": 2}), ("q", "div", ("c", "d"), {})]
    graph = Graph.from_list([*entries, ("", "output", ("q",), {})])
    assert graph() == fold_constants(graph)() == 1.5


@pytest.mark.parametrize(("dtype", "size"), [("float64", 8), ("float32", 4), ("float16", 2), ("uint8", 1), ("bool", 1)])
def test_peak_memory_counts_the_bytes_of_the_dtype(dtype, size):
    graph = trace(lambda x: x.reshape(50, 2).mT, np.ones((2, 50), dtype))
    assert peak_memory(graph) == 2 * 100 * size


def test_every_row_is_tried_in_every_dtype():
    assert set(SAMPLES) == set(OPS)
