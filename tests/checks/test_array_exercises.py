"""What the checks of lecture 05 hold to be right is what PyTorch computes, and the engine of single numbers."""

import random

import numpy as np
import pytest
import torch

from karpathy_course.checks import find
from karpathy_course.checks.lecture05 import exercise_3_reductions as reductions
from karpathy_course.checks.lecture05 import exercise_7_whole_network as network
from karpathy_course.checks.lecture05.array_answers import exact
from karpathy_course.checks.lecture05.exercise_1_unbroadcast import right as unbroadcast
from karpathy_course.checks.lecture05.exercise_2_matmul import right as matmul_gradients
from karpathy_course.checks.lecture05.exercise_4_getitem import index_of
from karpathy_course.checks.lecture05.exercise_4_getitem import right as getitem_gradient
from karpathy_course.checks.lecture05.exercise_5_moving import right as moved_back
from karpathy_course.checks.lecture05.operations_to_check import error_of, measured_operations
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.shared.plain_arrays import answer_of, array_of, taken_apart
from karpathy_course.scalar import Value, weighted_sum


def cases_of(id):
    return draw_cases(find(id), random.Random(id))


def leaf(array):
    return torch.tensor(np.array(array), dtype=torch.float64, requires_grad=True)


def close(ours, theirs):
    return np.shape(ours) == tuple(theirs.shape) and np.allclose(ours, theirs.numpy(), rtol=1e-12, atol=1e-12)


def test_the_gradient_of_a_stretched_array_is_that_of_torch():
    for case in cases_of("05.1"):
        g, small = exact(case["gradient"]), leaf(np.zeros(case["shape"]))
        small.expand(g.shape).backward(torch.tensor(g))
        assert close(unbroadcast(g, tuple(case["shape"])), small.grad), case["shape"]


def test_the_gradients_of_matmul_are_those_of_torch():
    for case in cases_of("05.2"):
        a, b, g = (exact(case[name]) for name in ("a", "b", "gradient"))
        x, y = leaf(a), leaf(b)
        (x @ y).backward(torch.tensor(g))
        for ours, theirs in zip(matmul_gradients(a, b, g), (x.grad, y.grad)):
            assert close(ours, theirs), (a.shape, b.shape)


def test_the_gradients_of_reductions_are_those_of_torch():
    for case in cases_of("05.3"):
        kind, dim, keepdim = case["property"], case["dim"], case["keepdim"]
        x, g = exact(case["x"]), exact(case["gradient"])
        method = {reductions.SUM: torch.sum, reductions.MEAN: torch.mean}.get(kind, torch.amax)
        leaves = leaf(x)
        dims = tuple(range(x.ndim)) if dim is None else dim
        method(leaves, dim=dims, keepdim=keepdim).backward(torch.tensor(g))
        assert close(reductions.right(kind, x, g, dim, keepdim), leaves.grad), (kind, x.shape, dim)


def test_the_gradient_of_an_index_is_that_of_torch():
    for case in cases_of("05.4"):
        x, g, index = exact(case["x"]), exact(case["gradient"]), index_of(case["index"])
        places = np.arange(x.size).reshape(x.shape)[index]  # torch has no negative steps
        leaves = leaf(x)
        leaves.reshape(-1)[torch.tensor(np.array(places, copy=True))].backward(torch.tensor(g))
        assert close(getitem_gradient(x, g, index), leaves.grad), case["index"]


def test_the_gradients_of_moved_numbers_are_those_of_torch():
    for case in cases_of("05.5"):
        kind, g = case["property"], exact(case["gradient"])
        xs = [exact(x) for x in (case["arrays"] if kind == "cat" else [case["x"]])]
        dims, leaves = case.get("dim", case.get("dims")), [leaf(x) for x in xs]
        if kind == "cat":
            result = torch.cat(leaves, dims)
        else:
            result = leaves[0].permute(dims) if kind == "permute" else leaves[0].reshape(g.shape)
        result.backward(torch.tensor(g))
        ours = moved_back(kind, xs, g, dims)
        for one, theirs in zip(ours if kind == "cat" else [ours], leaves):
            assert close(one, theirs.grad), (kind, g.shape, dims)


@pytest.mark.parametrize("seed", range(5))
def test_operations_are_as_right_or_as_broken_as_the_judge_holds(seed):
    operations = measured_operations(random.Random(seed))
    assert sum(right is False for _, _, right, *_ in operations) >= 6
    for _, kind, right, forward, gradients, inputs in operations:
        if right is not None:
            error = error_of(forward, gradients, inputs)
            small, large = (5e-8, 2e-7) if kind.startswith("just") else (1e-9, 1e-6)  # 1e-7 decides
            assert (error < small) if right else (error > large), (kind, error)
    assert {kind for _, kind, *_ in operations} >= {"just right", "just off", "inf", "nan", "tiny results, broken"}


def test_which_operations_are_right_stands_in_no_fixed_order():
    orders = {tuple(right for _, _, right, *_ in measured_operations(random.Random(seed))) for seed in range(10)}
    assert len(orders) == 10


def scalar_network(weights, x, y):
    """The loss and its gradients by the engine of single numbers: Values, point by point."""
    layers = [([[Value(v) for v in row] for row in w.T.tolist()], [Value(v) for v in b.tolist()]) for w, b in weights]
    losses = []
    for point, label in zip(x.tolist(), y.tolist()):
        h = point
        for k, (rows, biases) in enumerate(layers):
            h = [weighted_sum(row, h, bias) for row, bias in zip(rows, biases)]
            h = [v.tanh() for v in h] if k < len(layers) - 1 else h
        v = -h[0] if label else h[0]
        losses.append(v + ((-v).exp() + 1).log() if v.data > 0 else (v.exp() + 1).log())
    loss = sum(losses) / len(losses)
    loss.backward()
    found = []
    for rows, biases in layers:
        found += [np.array([[v.grad for v in row] for row in rows]).T, np.array([v.grad for v in biases])]
    return loss.data, found


def test_the_network_of_arrays_is_that_of_single_numbers():
    for case in cases_of("05.7"):
        given = [(exact(w), exact(b)) for w, b in case["weights"]], exact(case["x"]), exact(case["y"])
        (loss, gradients), (scalar_loss, scalar_gradients) = network.right(*given), scalar_network(*given)
        assert abs(loss - scalar_loss) <= 1e-12 * max(1, abs(loss))
        for ours, theirs in zip(gradients, scalar_gradients, strict=True):
            assert ours.shape == theirs.shape and np.abs(ours - theirs).max() <= 1e-12 * max(1, np.abs(theirs).max())


def test_the_instructions_of_single_numbers_grow_evenly_with_the_points():
    """So that two short runs are enough to know how many a long one executes."""
    sizes = (2, 3, 1)
    executed = network.instructions_of_few(sizes, 5)
    assert network.instructions_of_scalars(sizes, 5) == pytest.approx(executed, rel=0.02)


@pytest.mark.parametrize("layout", ["plain", "turned", "with gaps", "backwards"])
def test_a_described_array_has_its_numbers_in_every_layout(layout):
    described = {"shape": [2, 3], "dtype": "float32", "layout": layout, "numbers": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}
    array = array_of(described)
    assert array.tolist() == [[1, 2, 3], [4, 5, 6]] and array.dtype == np.float32
    assert array.flags.c_contiguous == (layout == "plain")


def test_an_array_that_shares_memory_is_not_an_array_of_its_own():
    x = np.arange(6.0).reshape(2, 3)
    assert taken_apart(x.copy(), [x])["own"]
    for view in (x, x[0], x.T, x.reshape(6)):
        assert not taken_apart(view, [x])["own"]
    assert not taken_apart(np.broadcast_to(np.ones(3), (2, 3)))["own"]
    assert not taken_apart(np.lib.stride_tricks.as_strided(np.ones(3), (2, 3), (0, 8), writeable=True))["own"]
    assert taken_apart(x.sum(), [x])["own"]


def test_what_a_call_does_to_its_arguments_is_seen():
    make = lambda: (np.zeros(2), [np.zeros(3)], [1, 2])
    touched = {0: lambda a, b, c: a.fill(1), 1: lambda a, b, c: b[0].fill(1), 2: lambda a, b, c: c.append(3)}
    for place, touch in touched.items():
        assert answer_of(touch, make)["changed"] == [place]
    assert answer_of(lambda a, b, c: a + 1, make)["changed"] == []
