"""Every method of Tensor beside torch's, every dimension argument in range and out of it: the API law, as a table.

Where torch gives a result, ours is the same; where torch raises, ours raises too, in one line. On traced values the
same methods write graphs that give the same.
"""

import warnings
from itertools import product

import numpy as np
import pytest
import torch

from karpathy_course.graph import TraceError, trace
from karpathy_course.tensor import Tensor, cat, cross_entropy, stack, where

SHAPES = [(), (3,), (2, 3), (2, 1, 3), (1, 1)]
DIMS = range(-5, 6)
TUPLES = [(), (0,), (0, 1), (-1, 0), (0, 0), (0, 7), (2, 0)]
ONE = [((dim,), {}) for dim in DIMS]
PAIRS = [((a, b), {}) for a, b in product((-4, -3, -2, -1, 0, 1, 2, 3), repeat=2)]
KEPT = [((dim,), {"keepdim": kept}) for dim in DIMS for kept in (False, True)]
MANY = [((dims,), {"keepdim": kept}) for dims in TUPLES for kept in (False, True)]
SPREAD = [((), {}), ((None,), {}), ((0,), {"correction": 0}), ((), {"correction": 0}), ((), {"correction": 3})]
NONE = [((), {})]
RESHAPED = [(-1,), (3, -1), (2, 3), (-1, -1), (5,), (1, -1, 1)]
EXPANDED = [(3,), (2, 3), (4, -1), (-1, 3), (-1, -1), (2, 2, 3), (2, 4, 3), (4, 2, 1, 3), (-2,), ((2, 3),)]
PERMUTED = [(), (0,), (1, 0), (0, 1), (0, 0), (-1, 0), (0, 1, 2), (2, 0, 1), (0, 1, 5), (0, -1), ((1, 0),)]
INDICES = [0, [0], [0, 2, 1, 1], [3], [-1], [[0]], [[0, 1]], [[1, 0, 1]], [[2, 0]], [[0], [1]], [[[0, 0, 0]]]]
# method: [(arguments, keywords)], each tried on every shape
METHODS = {
    **dict.fromkeys(("abs", "cos", "detach", "dim", "erf", "exp", "log1p", "numel", "relu", "sigmoid", "sign"), NONE),
    **dict.fromkeys(("sin", "square", "tanh", "double", "sqrt", "log"), NONE),
    "sum": [*NONE, ((None,), {}), *KEPT, *MANY],
    "mean": [*NONE, ((None,), {}), *KEPT, *MANY],
    "amax": [*NONE, *KEPT, *MANY],
    "amin": [*NONE, *KEPT, *MANY],
    "var": [*SPREAD, *KEPT, *MANY],
    "std": [*SPREAD, *KEPT, *MANY],
    "max": [*NONE, *KEPT],
    "min": [*NONE, *KEPT],
    "argmax": [*NONE, *KEPT, ((None,), {"keepdim": True})],
    "argmin": [*NONE, *KEPT, ((None,), {"keepdim": True})],
    "logsumexp": [*KEPT, *[case for case in MANY if case != (((),), {"keepdim": False})]],  # there torch itself fails
    "softmax": ONE,
    "log_softmax": ONE,
    "size": [*NONE, *ONE],
    "clamp": [*NONE, ((-0.5,), {}), ((-0.5, 0.5), {}), ((), {"max": 0.25}), ((None, 0.25), {}), ((0.5, -0.5), {})],
    "pow": [((2,), {}), ((0,), {}), ((3.0,), {})],
    "reshape": [
        ((-1,), {}),
        ((3, -1), {}),
        (((3, 1),), {}),
        ((2, 3), {}),
        ((-1, -1), {}),
        ((5,), {}),
        ((1, -1, 1), {}),
    ],
    "view": [((-1,), {}), ((3, -1), {}), (((3, 1),), {}), ((2, 3), {}), ((-1, -1), {}), ((5,), {})],
    "flatten": [*NONE, *ONE, *PAIRS, ((), {"end_dim": 0}), ((), {"start_dim": 1})],
    "squeeze": [*NONE, *ONE, *[((dims,), {}) for dims in TUPLES]],
    "unsqueeze": ONE,
    "transpose": PAIRS,
    "permute": [(dims, {}) for dims in PERMUTED],
    "expand": [(sizes, {}) for sizes in EXPANDED],
    "gather": [((dim, index), {}) for dim in (-4, -2, -1, 0, 1, 2, 3) for index in INDICES],
}
PROPERTIES = {"T", "mT", "ndim", "shape", "dtype", "device", "data", "grad", "is_leaf", "requires_grad"}
ELSEWHERE = {
    "backward",
    "item",
    "float",
    "to",
    "matmul",
    "maximum",
    "minimum",
    "values",
}  # tested beside torch in other ways
OURS = {"attributes", "cross_entropy", "inputs", "links", "op", "parents", "serial"}
CASES = [(name, shape) for name in METHODS for shape in SHAPES]


def numbers(shape):
    return np.random.default_rng(len(shape)).permutation(np.linspace(-1.5, 2.0, int(np.prod(shape)))).reshape(shape)


def domain(name, shape):
    return abs(numbers(shape)) + 0.25 if name in ("log", "sqrt") else numbers(shape)


def outcome(attempt, *arguments):
    """The parts of what it gives as arrays, or the error that it raises."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = attempt(*arguments)
        except Exception as error:
            return error
    parts = found if isinstance(found, tuple) and not isinstance(found[0] if found else 0, int) else (found,)
    return [np.asarray(getattr(part, "data", part)) for part in parts]


def agree(ours, theirs):
    if isinstance(theirs, Exception):
        one_line = isinstance(ours, (IndexError, ValueError, TypeError, RuntimeError)) and "\n" not in str(ours)
        return one_line and len(str(ours)) > 10
    return not isinstance(ours, Exception) and all(
        a.shape == b.shape and np.allclose(a, b, rtol=1e-12, atol=1e-12, equal_nan=True)
        for a, b in zip(ours, theirs, strict=True)
    )


def call(x, name, arguments, keywords, make):
    """x.name(…), with gather's index as the array that the library wants."""
    if name == "gather":
        arguments = arguments[0], make(np.asarray(arguments[1]))
    return getattr(x, name)(*arguments, **keywords)


def traced_call(x, *rest):
    return trace(lambda v: call(v, *rest), x)(x)


def test_every_name_that_torch_has_too_stands_in_the_table():
    names = {name for name in dir(Tensor) if not name.startswith("_")}
    assert names == set(METHODS) | PROPERTIES | ELSEWHERE | OURS
    assert all(hasattr(torch.Tensor, name) for name in names - OURS)


@pytest.mark.parametrize(("name", "shape"), CASES)
def test_a_method_gives_what_torchs_gives_and_raises_where_torch_raises(name, shape):
    x = domain(name, shape)
    for words in METHODS[name]:
        ours = outcome(call, Tensor(x), name, *words, Tensor)
        theirs = outcome(call, torch.tensor(x), name, *words, torch.from_numpy)
        assert agree(ours, theirs), (words, ours, theirs)


@pytest.mark.parametrize(("name", "shape"), [case for case in CASES if case[0] not in ("dim", "numel", "size")])
def test_a_traced_method_gives_what_torchs_gives_and_refuses_where_torch_raises(name, shape):
    x = domain(name, shape)
    for words in METHODS[name]:
        ours = outcome(traced_call, x, name, *words, np.asarray)
        theirs = outcome(call, torch.tensor(x), name, *words, torch.from_numpy)
        assert agree(ours, theirs), (words, ours, theirs)
        assert not isinstance(theirs, Exception) or isinstance(ours, (TraceError, IndexError)), (words, ours)


FUNCTIONS = {
    "cat": lambda lib, x, dim: lib.cat([x, x + 1], dim),
    "stack": lambda lib, x, dim: lib.stack([x, x + 1], dim),
    "where": lambda lib, x, dim: lib.where(x > 0.5, x, x * dim),
}


class Ours:
    cat, stack, where = staticmethod(cat), staticmethod(stack), staticmethod(where)


def traced_function(fn, x, dim):
    return trace(lambda v: fn(Ours, v, dim), x)(x)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_gives_what_torchs_gives_eager_and_traced(name, shape):
    fn, x = FUNCTIONS[name], numbers(shape)
    for dim in DIMS:
        theirs = outcome(fn, torch, torch.tensor(x), dim)
        for ours in (outcome(fn, Ours, Tensor(x), dim), outcome(traced_function, fn, x, dim)):
            assert agree(ours, theirs), (dim, ours, theirs)


def slopes(fn, x):
    ours, theirs = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    fn(ours).sum().backward()
    fn(theirs).sum().backward()
    return ours.grad, theirs.grad.numpy()


def test_the_gradient_of_clamp_at_a_bound_is_one_as_in_torch():
    x = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    for low, high in ((-0.5, 0.5), (None, 0.5), (-0.5, None), (0.5, -0.5)):
        ours, theirs = slopes(lambda v, low=low, high=high: v.clamp(low, high), x)
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize("make", [np.asarray, lambda x: torch.from_numpy(np.asarray(x))], ids=["numpy", "torch"])
@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64"])
def test_the_smallest_and_largest_of_whole_numbers_and_masks_are_torchs(dtype, make):
    x = np.array([[3, 0, 2], [1, 1, 0]]).astype(dtype)
    for name, dim in product(("min", "max"), (0, 1)):
        values, places = getattr(Tensor(make(x)), name)(dim)
        expected = getattr(torch.from_numpy(x), name)(dim)
        assert np.asarray(values.data).tolist() == expected.values.tolist()
        assert str(values.dtype).endswith(dtype)
        assert np.take_along_axis(x, np.expand_dims(np.asarray(places.data), dim), dim).squeeze(dim).tolist() == (
            expected.values.tolist()
        )


@pytest.mark.parametrize("make", [np.asarray, lambda x: torch.from_numpy(np.asarray(x))], ids=["numpy", "torch"])
@pytest.mark.parametrize("target", [[0, -1], [0, 3], [-4, 0]])
def test_a_class_that_is_none_is_refused_as_in_torch(target, make):
    logits = make(np.random.default_rng(0).normal(size=(2, 3)))
    wrong = next(k for k in target if not 0 <= k < 3)
    with pytest.raises(IndexError, match=f"cross_entropy: target {wrong} is out of range: classes are 0 to 2"):
        cross_entropy(Tensor(logits), Tensor(make(target)))
    with pytest.raises(IndexError):
        torch.nn.functional.cross_entropy(torch.as_tensor(logits), torch.tensor(target))


@pytest.mark.parametrize("make", [np.asarray, lambda x: torch.from_numpy(np.asarray(x))], ids=["numpy", "torch"])
def test_labels_are_whole_numbers_of_any_width(make):
    logits = np.random.default_rng(0).normal(size=(2, 3))
    expected = cross_entropy(Tensor(logits), Tensor(np.array([2, 0]))).item()
    for dtype in ("int32", "int16", "uint8"):
        found = cross_entropy(Tensor(make(logits)), Tensor(make(np.array([2, 0], dtype))))
        assert abs(found.item() - expected) < 1e-15
    with pytest.raises(TypeError, match="target of float64: expected whole numbers"):
        cross_entropy(Tensor(make(logits)), Tensor(make(np.array([2.0, 0.0]))))


def test_a_class_that_is_none_is_refused_in_a_graph_too_by_its_number():
    logits = np.random.default_rng(0).normal(size=(2, 3))
    graph = trace(lambda x, t: x.cross_entropy(t), logits, np.array([0, 2]))
    with pytest.raises(IndexError, match="cross_entropy: target -1 is out of range: classes are 0 to 2"):
        graph(logits, np.array([0, -1]))


@pytest.mark.parametrize("make", [np.asarray, lambda x: torch.from_numpy(np.asarray(x))], ids=["numpy", "torch"])
@pytest.mark.parametrize("index", [[-5], [0, 3], [-4], [[0], [-4]]])
def test_places_out_of_range_are_refused_and_never_wrap(index, make):
    x = Tensor(make(np.arange(3.0)), requires_grad=True)
    with pytest.raises(IndexError):
        x[index]
    with pytest.raises(IndexError):
        torch.arange(3.0)[torch.tensor(index)]
    assert np.asarray(x[[-3, -1]].data).tolist() == [0.0, 2.0]
