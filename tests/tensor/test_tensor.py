"""The tensor tape: parity with PyTorch in float64 on every library, shapes to rank 4, dtypes, depth, bad input."""

import copy
import math
import pickle
import random
import threading
import warnings

import array_api_strict
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.ops import OPS, row
from karpathy_course.tensor import tape as tape
from karpathy_course.tensor.tape import (
    GradcheckError,
    ShapeError,
    Tensor,
    apply,
    cat,
    cross_entropy,
    grad,
    gradcheck,
    no_grad,
    stack,
    where,
)

LIBRARIES = {"numpy": np.asarray, "torch": lambda x: torch.from_numpy(np.array(x)), "strict": array_api_strict.asarray}


def numpy(array):
    return np.asarray(array)


def close(a, b, tolerance=1e-12):
    scale = np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= tolerance * scale))


def values_and_gradients(fn, inputs, make):
    """fn's value and gradients by the tape over the arrays that make builds: NumPy arrays."""
    leaves = [Tensor(make(x), requires_grad=True) for x in inputs]
    out = fn(tape, *leaves)
    out.sum().backward()
    return numpy(out.data), [np.zeros(x.shape) if x.grad is None else numpy(x.grad) for x in leaves]


def torch_values_and_gradients(fn, inputs):
    leaves = [torch.tensor(x, requires_grad=True) for x in inputs]
    out = fn(torch, *leaves)
    out.sum().backward()
    return out.detach().numpy(), [np.zeros(x.shape) if x.grad is None else x.grad.numpy() for x in leaves]


def agrees(fn, inputs, make=np.asarray, tolerance=1e-12):
    ours, gradients = values_and_gradients(fn, inputs, make)
    theirs, their_gradients = torch_values_and_gradients(fn, inputs)
    return close(ours, theirs, tolerance) and all(close(g, t, tolerance) for g, t in zip(gradients, their_gradients))


# Each step takes the library (torch, or the course's tape under torch's names), the random source and two arrays
# of shape (3, 4), and gives another one of shape (3, 4) whose numbers stay bounded.
STEPS = [
    lambda lib, rng, a, b: a + b,
    lambda lib, rng, a, b: (a * b).tanh(),
    lambda lib, rng, a, b: 2 * a - b / 3,
    lambda lib, rng, a, b: a.tanh() / (b * b + 1),
    lambda lib, rng, a, b: a.sigmoid() - b.relu() * 0.5,
    lambda lib, rng, a, b: a.tanh().exp() * b.sin(),
    lambda lib, rng, a, b: (a * a + 0.1).log() + b.cos(),
    lambda lib, rng, a, b: (b.tanh() ** 2 + 0.5) ** 0.5 - a,
    lambda lib, rng, a, b: (a.tanh() ** 2 + 1.5) ** b.tanh(),
    lambda lib, rng, a, b: (a @ b.T).tanh() @ b,
    lambda lib, rng, a, b: a.softmax(-1) * b,
    lambda lib, rng, a, b: a.log_softmax(0) * 0.1 + b.logsumexp(1, keepdim=True),
    lambda lib, rng, a, b: a - b.mean(1, keepdim=True) + b.sum(0) * 0.1,
    lambda lib, rng, a, b: a / (b.var(0, keepdim=True) + 1).sqrt(),
    lambda lib, rng, a, b: (a - a.mean()) / (a.std() + 1) + b,
    lambda lib, rng, a, b: a.amax(1, keepdim=True) - b.amin(0),
    lambda lib, rng, a, b: a.max(1, keepdim=True)[0] + b.min(0, keepdim=True)[0] * a,
    lambda lib, rng, a, b: a.reshape(4, 3).T - b.transpose(0, 1).reshape(3, 4),
    lambda lib, rng, a, b: a.permute(1, 0).reshape(2, 6).flatten().reshape(3, 4) + b,
    lambda lib, rng, a, b: lib.cat([a[:1], b[1:]], 0) * lib.cat([b[:, 2:], a[:, :2]], 1),
    lambda lib, rng, a, b: lib.stack([a, b], 1).sum(1) * 0.5,
    lambda lib, rng, a, b: a[[2, 0, 2]] * b[:, [1, 1, 3, 0]],
    lambda lib, rng, a, b: a[1] + b[:, 2].unsqueeze(1) - a[..., :1],
    lambda lib, rng, a, b: lib.where(a > b, a, b * 0.5),
    lambda lib, rng, a, b: a.clamp(-0.5, 0.5) + b.abs(),
    lambda lib, rng, a, b: a.maximum(b) - a.minimum(b) * 0.3,
    lambda lib, rng, a, b: (a > 0) * b + a.erf(),
    lambda lib, rng, a, b: a.unsqueeze(0).expand(2, 3, 4).sum(0) * 0.5 - b.squeeze(),
    lambda lib, rng, a, b: (a.reshape(3, 2, 2) @ b.reshape(3, 2, 2)).reshape(3, 4).tanh(),
    lambda lib, rng, a, b: (a @ b[0]).unsqueeze(1) * 0.2 + b[0] @ a.T @ b * 0.1,
    lambda lib, rng, a, b: -a.square().log1p() + b.detach() * a,
]


def random_expression(seed, steps=12):
    def build(lib, *leaves):
        rng = random.Random(seed)
        nodes = list(leaves)
        for _ in range(steps):
            nodes.append(rng.choice(STEPS)(lib, rng, rng.choice(nodes), rng.choice(nodes)).tanh())
        return sum(nodes[len(leaves) :]) * 0.25

    return build


def random_inputs(seed, count=3):
    rng = np.random.default_rng(seed)
    return [rng.uniform(-2, 2, (3, 4)) for _ in range(count)]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("part", range(10))
def test_two_hundred_random_expressions_agree_with_torch(library, part):
    """The same expressions on each library: with twelve steps each, every step is met about seventy times."""
    for seed in range(20 * part, 20 * part + 20):
        assert agrees(random_expression(seed), random_inputs(seed), LIBRARIES[library]), seed


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("library", LIBRARIES)
def test_each_step_of_the_random_expressions_agrees_with_torch(library, step):
    fn = lambda lib, a, b: STEPS[step](lib, None, a, b)
    assert agrees(fn, random_inputs(step, 2), LIBRARIES[library])


sizes = st.integers(1, 3)
shapes = st.lists(sizes, max_size=4).map(tuple)


@st.composite
def broadcastable(draw):
    """Two shapes to rank 4 that broadcast: sizes of 1 and missing leading axes in either."""
    full = draw(st.lists(sizes, max_size=4))
    pair = []
    for _ in range(2):
        kept = [draw(st.sampled_from([n, 1])) for n in full]
        pair.append(tuple(kept[draw(st.integers(0, len(full))) :]))
    return pair


def filled(shape, seed=0):
    return np.random.default_rng(seed).uniform(-2, 2, shape)


@settings(max_examples=150, deadline=None)
@given(broadcastable(), st.sampled_from(sorted(LIBRARIES)))
def test_broadcasting_agrees_with_torch_for_every_pair_of_shapes(pair, library):
    inputs = [filled(shape, k) for k, shape in enumerate(pair)]
    fn = lambda lib, a, b: a * b + a / (b * b + 1) - b + (a.tanh() ** 2 + 1) ** b.tanh() + a.maximum(b)
    assert agrees(fn, inputs, LIBRARIES[library])


@settings(max_examples=150, deadline=None)
@given(shapes.filter(len), st.data())
def test_reductions_agree_with_torch_over_any_axes(shape, data):
    dims = tuple(data.draw(st.lists(st.integers(0, len(shape) - 1), unique=True, min_size=1)))
    keepdim = data.draw(st.booleans())
    fn = lambda lib, x: (
        x.sum(dims, keepdim)
        + x.mean(dims, keepdim) * x.amax(dims, keepdim)
        - x.amin(dims, keepdim).sin()
        + x.logsumexp(dims, keepdim)
    )
    assert agrees(fn, [filled(shape)])


@settings(max_examples=100, deadline=None)
@given(st.lists(sizes, max_size=2), st.lists(sizes, max_size=2), st.tuples(sizes, sizes, sizes), st.data())
def test_stacks_of_matrices_agree_with_torch(left, right, nkm, data):
    n, k, m = nkm
    batch = [data.draw(st.sampled_from([size, 1])) for size in max(left, right, key=len)]
    a = filled((*left, n, k) if len(left) >= len(right) else (*batch[len(batch) - len(left) :], n, k), 1)
    lead = batch if len(left) >= len(right) else right
    assert agrees(lambda lib, a, b: a @ b, [a, filled((*lead, k, m), 2)])


@settings(max_examples=150, deadline=None)
@given(shapes.filter(len), st.data())
def test_indexing_agrees_with_torch(shape, data):
    parts = []
    for n in shape[: data.draw(st.integers(0, len(shape)))]:
        kind = data.draw(st.sampled_from(["number", "slice", "whole", "new"]))
        if kind == "number":
            parts.append(data.draw(st.integers(-n, n - 1)))
        elif kind == "slice":
            parts.append(
                slice(data.draw(st.integers(-n, n)), data.draw(st.integers(-n, n)), data.draw(st.integers(1, 2)))
            )
        else:
            parts += [slice(None)] if kind == "whole" else [None, slice(None)]
    if data.draw(st.booleans()):
        parts.append(...)
    assert agrees(lambda lib, x: x[tuple(parts)] * 2, [filled(shape)])


@pytest.mark.parametrize("library", ["numpy", "torch"])
@pytest.mark.parametrize(
    "index",
    [
        [0, 0, 2],
        [-1, 0, -1],
        (slice(None), [1, 1, 0]),
        ([0, 1, 0], [2, 2, 2]),
        ([[0, 1], [1, 1]], slice(1, 3)),
        (..., [0, 0]),
        (1, [3, 3]),
    ],
)
def test_repeated_indices_add_up_as_in_torch(index, library):
    assert agrees(lambda lib, x: x[index].sin(), [filled((3, 4))], LIBRARIES[library])


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_mask_picks_what_it_picks_in_torch(library):
    assert agrees(lambda lib, x: x[x > 0] ** 2, [filled((3, 4))], LIBRARIES[library])


@pytest.mark.parametrize("library", LIBRARIES)
def test_gather_agrees_with_torch(library):
    index = np.array([[0, 3, 3], [1, 1, 0]])
    ours = Tensor(LIBRARIES[library](filled((3, 4))), requires_grad=True)
    theirs = torch.tensor(filled((3, 4)), requires_grad=True)
    for x, i in ((ours, LIBRARIES[library](index)), (theirs, torch.from_numpy(index))):
        (x[:2].gather(1, i) ** 2).sum().backward()
    assert close(numpy(ours.grad), theirs.grad.numpy())


@pytest.mark.parametrize("library", LIBRARIES)
def test_cross_entropy_agrees_with_torch(library):
    logits, target = filled((5, 4)) * 30, np.array([0, 3, 1, 1, 2])
    ours, theirs = Tensor(LIBRARIES[library](logits), requires_grad=True), torch.tensor(logits, requires_grad=True)
    a = cross_entropy(ours, Tensor(LIBRARIES[library](target)))
    b = torch.nn.functional.cross_entropy(theirs, torch.from_numpy(target))
    a.backward()
    b.backward()
    assert math.isclose(float(a), b.item(), rel_tol=1e-12)
    assert close(numpy(ours.grad), theirs.grad.numpy())


@pytest.mark.parametrize("seed", range(10))
def test_second_derivatives_agree_with_torch(seed):
    a, b = random_inputs(seed, 2)
    found = []
    for lib, derive, x, y in (
        (tape, grad, Tensor(a, True), Tensor(b, True)),
        (torch, torch.autograd.grad, torch.tensor(a, requires_grad=True), torch.tensor(b, requires_grad=True)),
    ):
        build = random_expression(seed, 5)
        out = (build(lib, x, y) + x * x * y).sum()
        (slope,) = derive(out, x, create_graph=True)
        seconds = derive((slope * slope.detach()).sum(), (x, y))
        found.append([numpy(d.data if lib is tape else d) for d in seconds])
    assert all(close(g, t, 1e-9) for g, t in zip(*found))


def test_a_third_derivative_is_exact():
    x = Tensor([2.0, -1.0], requires_grad=True)
    slope = (x**4).sum()
    for _ in range(3):
        (slope,) = grad(slope.sum(), x, create_graph=True)
    assert slope.data.tolist() == [48.0, -24.0]


def test_data_and_grad_are_raw_arrays_and_grad_is_none_before_backward():
    for name, kind in (("numpy", np.ndarray), ("torch", torch.Tensor)):
        x = Tensor(LIBRARIES[name]([1.0, 2.0]), requires_grad=True)
        assert x.grad is None
        (x * x).sum().backward()
        assert isinstance(x.data, kind) and isinstance(x.grad, kind)
        assert numpy(x.grad).tolist() == [2.0, 4.0]


def test_the_grad_of_a_single_number_is_an_array_too():
    x = Tensor(np.array(3.0), requires_grad=True)
    (x * x * x).backward()
    assert isinstance(x.grad, np.ndarray) and x.grad.shape == ()
    assert x.grad == 27


def test_gradients_of_leaves_add_up_until_they_are_set_to_none():
    x = Tensor([2.0], requires_grad=True)
    y = (x * x).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [8.0]
    x.grad = None
    y.backward()
    assert x.grad.tolist() == [4.0]


def test_an_inner_tensor_keeps_no_gradient_and_a_leaf_that_asks_for_none_gets_none():
    x, c = Tensor([2.0], requires_grad=True), Tensor([3.0])
    inner = x * c
    inner.sum().backward()
    assert inner.grad is None and c.grad is None
    assert inner.parents == (x, c) and not inner.is_leaf and x.is_leaf


def test_no_two_gradients_share_memory_with_each_other_or_with_what_was_handed_in():
    a, b, c = (Tensor(np.ones((2, 2)), requires_grad=True) for _ in range(3))
    given = np.ones((2, 2))
    (a + b + c.T.reshape(2, 2)).backward(given)
    a.grad += 1
    c.grad *= 5
    assert (b.grad == 1).all() and (given == 1).all()
    total = Tensor(np.ones((2, 2)), requires_grad=True)
    total.sum().backward()
    total.grad += 1
    assert (total.grad == 2).all()


def test_a_tensor_used_twice_receives_both_gradients():
    x = Tensor([3.0], requires_grad=True)
    (x * x + x).sum().backward()
    assert x.grad.tolist() == [7.0]


def test_under_no_grad_nothing_is_remembered():
    x = Tensor([1.0], requires_grad=True)
    with no_grad():
        y = x * 2
    assert not y.requires_grad and y.parents == ()

    @no_grad()
    def evaluate(v):
        return v * 2

    assert not evaluate(x).requires_grad
    assert (x * 2).requires_grad


def test_an_error_under_no_grad_turns_remembering_on_again():
    with pytest.raises(ShapeError), no_grad():
        Tensor([1.0]) + Tensor([1.0, 2.0]).reshape(3)
    assert (Tensor([1.0], requires_grad=True) * 2).requires_grad


def test_no_grad_in_one_thread_leaves_another_alone():
    inside, done, seen = threading.Event(), threading.Event(), []

    def evaluate():
        with no_grad():
            inside.set()
            done.wait()

    thread = threading.Thread(target=evaluate)
    thread.start()
    inside.wait()
    seen.append((Tensor([1.0], requires_grad=True) * 2).requires_grad)
    done.set()
    thread.join()
    assert seen == [True]


def test_detach_passes_nothing_on():
    x = Tensor([2.0], requires_grad=True)
    (x * x.detach()).sum().backward()
    assert x.grad.tolist() == [2.0]
    assert not x.detach().requires_grad


def test_grad_leaves_grad_alone_reaches_inner_tensors_and_names_what_is_unused():
    x, unused = Tensor([2.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    inner = x * 3
    out = (inner * inner).sum()
    assert [d.data.tolist() for d in grad(out, (x, inner))] == [[36.0], [12.0]]
    assert x.grad is None
    with pytest.raises(RuntimeError, match="does not depend on input 1: allow_unused=True"):
        grad(out, (x, unused))
    assert grad(out, (x, unused), allow_unused=True)[1] is None


@pytest.mark.slow
@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_chain_of_100_000_tensors_runs_backwards_and_is_freed(library):
    x = Tensor(LIBRARIES[library](np.ones(1)), requires_grad=True)
    node = x
    for _ in range(100_000):
        node = node + 1.0
    node.sum().backward()
    assert numpy(x.grad).tolist() == [1.0]
    del node


def test_a_deep_chain_can_be_differentiated_twice():
    x = Tensor([0.5], requires_grad=True)
    node = x * x
    for _ in range(2_000):
        node = node * 1.0 + x
    (slope,) = grad(node.sum(), x, create_graph=True)
    assert slope.data.tolist() == [2001.0]
    assert grad(slope.sum(), x)[0].data.tolist() == [2.0]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("step", range(len(STEPS)))
def test_nothing_turns_float32_into_float64(step, library):
    a, b = (Tensor(LIBRARIES[library](x.astype("float32")), requires_grad=True) for x in random_inputs(step, 2))
    out = STEPS[step](tape, None, a, b)
    out.sum().backward()
    grads = [x.grad for x in (a, b) if x.grad is not None]
    assert all("float32" in str(array.dtype) for array in [out.data, *grads])


@pytest.mark.parametrize("number", [2, 0.5, True, np.float64(0.5), np.float32(0.5), np.int64(2)])
def test_a_number_on_either_side_keeps_float32(number):
    x = Tensor(np.array([1.0, 2.0], "float32"), requires_grad=True)
    out = (number * x + number) / number - (number - x) ** 2 + number**x + x**number + number / x
    out.sum().backward()
    assert out.dtype == x.grad.dtype == np.float32
    assert isinstance(out, Tensor)


@pytest.mark.parametrize("step", range(len(STEPS)))
def test_every_array_is_made_on_the_device_of_the_one_handed_in(step):
    """torch's meta device has shapes and no numbers, and refuses to meet an array of the CPU."""
    a, b = (Tensor(torch.empty(3, 4, device="meta"), requires_grad=True) for _ in range(2))
    out = STEPS[step](tape, None, a, b)
    out.sum().backward()
    assert all(x.grad is None or x.grad.device.type == "meta" for x in (a, b))


def test_a_number_stays_a_number_beside_whole_numbers():
    assert (0.5 * Tensor([1, 2, 3])).data.tolist() == [0.5, 1.0, 1.5]
    assert (2 - Tensor([1, 2])).data.tolist() == [1, 0]


SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan])


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "tanh", "sigmoid", "relu", "abs", "sin", "erf", "neg", "log1p"])
def test_zeros_infinities_and_nan_go_through_functions_as_in_torch(name):
    fn = lambda lib, x: getattr(x, name)() if hasattr(x, name) else -x
    (ours, (g,)), (theirs, (t,)) = (
        values_and_gradients(fn, [SPECIAL], np.asarray),
        torch_values_and_gradients(fn, [SPECIAL]),
    )
    assert np.allclose(ours, theirs, rtol=1e-12, atol=1e-12, equal_nan=True)
    defined = SPECIAL if name not in ("log", "sqrt", "log1p") else np.where(SPECIAL < 0, 1, SPECIAL)
    keep = ~np.isnan(defined) & (defined == SPECIAL)
    assert np.allclose(g[keep], t[keep], rtol=1e-12, atol=1e-12, equal_nan=True)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("operator", ["add", "sub", "mul", "div", "maximum", "minimum"])
def test_zeros_infinities_and_nan_meet_as_in_torch(operator):
    symbols = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "maximum": lambda a, b: a.maximum(b),
        "minimum": lambda a, b: a.minimum(b),
    }
    fn = lambda lib, a, b: symbols[operator](a, b)
    inputs = [np.repeat(SPECIAL, 7), np.tile(SPECIAL, 7)]
    (ours, grads), (theirs, their) = (
        values_and_gradients(fn, inputs, np.asarray),
        torch_values_and_gradients(fn, inputs),
    )
    assert np.array_equal(ours, theirs, equal_nan=True)
    assert all(np.allclose(g, t, equal_nan=True) for g, t in zip(grads, their))
    if operator in ("add", "sub", "mul"):
        numbers = ~np.isnan(ours)
        assert (np.signbit(ours) == np.signbit(theirs))[numbers].all()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_where_keeps_a_nan_of_the_branch_not_taken_out_of_the_gradient():
    y = Tensor([1.0, 2.0], requires_grad=True)
    where(y > 1.5, y, 0.0).backward(np.array([np.nan, 1.0]))
    assert y.grad.tolist() == [0.0, 1.0]


def test_the_zeroth_and_first_power_have_derivatives_at_zero():
    for exponent, slope in ((0, 0.0), (1, 1.0), (2, 0.0)):
        x = Tensor([0.0], requires_grad=True)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            (x**exponent).sum().backward()
        assert x.grad.tolist() == [slope]


BROKEN = {
    "tanh without its square": (lambda xp, x: xp.tanh(x), (lambda F, g, y, x: g * (1 - y),)),
    "mul with the operands swapped": (
        lambda xp, a, b: a * b,
        (lambda F, g, y, a, b: g * a, lambda F, g, y, a, b: g * b),
    ),
    "exp with its input for its output": (lambda xp, x: xp.exp(x), (lambda F, g, y, x: g * x,)),
    "sub that forgets the sign": (
        lambda xp, a, b: a - b,
        (lambda F, g, y, a, b: g, lambda F, g, y, a, b: g),
    ),
    "mean that forgets to divide": (lambda xp, x: xp.mean(x), (lambda F, g, y, x: g + x * 0,)),
    "relu that lets everything through": (lambda xp, x: xp.maximum(x, 0), (lambda F, g, y, x: g,)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_gradcheck_fails_on_a_broken_operation(name):
    forward, vjps = BROKEN[name]
    row(name, forward, vjps, "{0}")
    try:
        inputs = [Tensor(filled((2, 3), k), requires_grad=True) for k in range(len(vjps))]
        with pytest.raises(GradcheckError, match=r"gradcheck: input \d at \(\d, \d\): the gradient says"):
            gradcheck(lambda *x: apply(name, *x), inputs)
    finally:
        del OPS[name]


def test_gradcheck_passes_what_is_right_changes_nothing_and_wants_float64():
    a, b = Tensor(filled((2, 3)), requires_grad=True), Tensor(filled((3, 2)), requires_grad=True)
    before = a.data.copy()
    assert gradcheck(lambda a, b: (a @ b).tanh(), (a, b))
    assert (a.data == before).all() and a.grad is None
    with pytest.raises(TypeError, match="input 0 is float32: differences this small need float64"):
        gradcheck(lambda x: x * x, Tensor(np.ones(2, "float32"), requires_grad=True))


def test_a_mask_beside_numbers_counts_as_one_and_zero():
    x = Tensor(np.array([1.0, -2.0], "float32"), requires_grad=True)
    ((x > 0) * x).sum().backward()
    assert x.grad.tolist() == [1.0, 0.0]


def test_a_numpy_array_on_the_left_makes_a_tensor():
    x = Tensor(np.ones(2), requires_grad=True)
    out = np.array([2.0, 3.0]) * x - np.float64(1.0)
    assert isinstance(out, Tensor)
    out.sum().backward()
    assert x.grad.tolist() == [2.0, 3.0]


single = Tensor(np.ones((2, 3), "float32"), requires_grad=True)
double = Tensor(np.ones((2, 3)), requires_grad=True)


@pytest.mark.parametrize(
    ("attempt", "error", "message"),
    [
        (lambda: Tensor("abc"), TypeError, "Tensor: expected numbers, got an array of dtype <U3"),
        (lambda: Tensor([[1.0], [1.0, 2.0]]), ValueError, "inhomogeneous"),
        (lambda: Tensor([1, 2], requires_grad=True), TypeError, "only floating-point numbers can require a gradient"),
        (lambda: single + double, TypeError, "add: numpy array of float32 on cpu and numpy array of float64 on cpu"),
        (
            lambda: where(double > 0, single, double),
            TypeError,
            "where: numpy array of float32 on cpu and numpy array of",
        ),
        (lambda: cat([single, single, double]), TypeError, "concat: numpy array of float32 on cpu and numpy array of"),
        (lambda: stack([single, double]), TypeError, "stack: numpy array of float32 on cpu and numpy array of float64"),
        (lambda: double * Tensor([1, 2, 3]), TypeError, "mul: numpy array of float64 on cpu and numpy array of int64"),
        (
            lambda: double + Tensor(torch.ones(2, 3)),
            TypeError,
            "numpy array of float64 on cpu and torch array of float32",
        ),
        (
            lambda: double + Tensor(torch.ones(2, 3, dtype=torch.float64)),
            TypeError,
            "add: numpy array of float64 on cpu and torch array of float64 on cpu",
        ),
        (
            lambda: Tensor(torch.ones(2)) + Tensor(torch.ones(2, device="meta")),
            TypeError,
            "torch array of float32 on cpu and torch array of float32 on meta: bring them to one library and device",
        ),
        (lambda: double + "x", TypeError, "add: expected Tensors, arrays or numbers, got str: 'x'"),
        (lambda: double @ double, ShapeError, "matmul: (2, 3) @ (2, 3): inner sizes 3 and 2 differ. Did you forget to"),
        (lambda: double + Tensor(np.ones(2)), ShapeError, "add: (2, 3) and (2,): sizes 3 and 2 of axis -1 differ"),
        (lambda: double.reshape(4, 2), ShapeError, "reshape: (2, 3) to (4, 2): 6 numbers cannot fill 8"),
        (lambda: double.sum(2), ShapeError, "sum: axis 2 of an array of shape (2, 3)"),
        (lambda: cat([double, double.T]), ShapeError, "concat: (2, 3) and (3, 2) along axis 0"),
        (lambda: stack([double, double.T]), ShapeError, "stack: (2, 3) and (3, 2): all must have the same shape"),
        (lambda: double[2], ShapeError, "getitem: index 2 on axis 0 of shape (2, 3), where places are 0 to 1"),
        (lambda: double[0, 0, 0], ShapeError, "getitem: 3 indices for an array of shape (2, 3), which has 2 axes"),
        (lambda: double[[0, 5]], IndexError, "5"),
        (lambda: double.expand(2, 4), ShapeError, "broadcast_to: (2, 3) to (2, 4)"),
        (lambda: where(double > 0, double, Tensor(np.ones(2))), ShapeError, "where: (2, 3) and (2, 3) and (2,)"),
        (lambda: double.backward(), RuntimeError, "a gradient is needed for a Tensor of shape (2, 3): sum() it first"),
        (lambda: double.backward(np.ones(3)), ShapeError, "a gradient of shape (3,) for a Tensor of shape (2, 3)"),
        (lambda: Tensor([1.0]).backward(), RuntimeError, "nothing below requires a gradient"),
        (lambda: double.item(), ValueError, "item: a Tensor of shape (2, 3) holds 6 numbers, not one"),
        (lambda: bool(double > 0), ValueError, "holds 6 numbers, not one"),
        (lambda: len(double.sum()), TypeError, "len() of a single number"),
        (lambda: apply("no such row", double), KeyError, "no such row"),
        (lambda: copy.deepcopy(double * 2), TypeError, "belongs to its graph"),
        (lambda: pickle.dumps(double * 2), TypeError, "belongs to its graph"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(attempt, error, message):
    with pytest.raises(error) as caught:
        attempt()
    assert message in str(caught.value)


def test_a_leaf_can_be_copied_and_pickled():
    x = Tensor(np.ones(2), requires_grad=True)
    for again in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert again.requires_grad and (again.data == x.data).all() and again.serial != x.serial


def test_a_torch_array_that_requires_a_gradient_itself_is_taken_without_torchs_graph():
    x = Tensor(torch.ones(2, requires_grad=True), requires_grad=True)
    out = (x * x).sum()
    assert not out.data.requires_grad


def test_the_text_of_a_tensor_shows_its_numbers_and_whether_it_requires_a_gradient():
    assert repr(Tensor([1.0, 2.0], requires_grad=True)) == "Tensor([1., 2.], requires_grad=True)"
    assert repr(Tensor(np.ones(2, "float32"))) == "Tensor([1., 1.], dtype=float32)"
    assert repr(Tensor([1.0]).sum()) == "Tensor(1.)"
    assert repr(Tensor(torch.ones(2))) == "Tensor([1., 1.])"
