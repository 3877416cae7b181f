"""Optimisers beside torch's, step by step, over their options; what they refuse; their state."""

from itertools import product

import numpy as np
import pytest
import torch

from karpathy_course.nn import Parameter
from karpathy_course.optim import SGD, Adam

SGDS = [
    {"momentum": momentum, "dampening": dampening, "weight_decay": decay, "nesterov": nesterov}
    for momentum, dampening, decay, nesterov in product((0, 0.9), (0, 0.3), (0, 0.1), (False, True))
    if not nesterov or (momentum and not dampening)
]
ADAMS = [{}, {"betas": (0.5, 0.7)}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"betas": (0.0, 0.9), "weight_decay": 0.01}]
CASES = [(SGD, "SGD", case) for case in SGDS] + [(Adam, "Adam", case) for case in ADAMS]


def arrays(dtype="float64"):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(dtype) for shape in ((3, 4), (4,), ())]


def gradients(step):
    rng = np.random.default_rng(100 + step)
    return [rng.normal(size=shape) for shape in ((3, 4), (4,), ())]


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
@pytest.mark.parametrize(("ours", "theirs", "options"), CASES)
def test_each_step_equals_torchs_with_every_option(ours, theirs, options, make):
    mine = [Parameter(make(np.array(a))) for a in arrays()]
    reference = [torch.tensor(a, requires_grad=True) for a in arrays()]
    mine_optimizer = ours(mine, lr=0.05, **options)
    optimizer = getattr(torch.optim, theirs)(reference, lr=0.05, **options)
    for step in range(12):
        for p, q, g in zip(mine, reference, gradients(step)):
            p.grad, q.grad = make(np.array(g)), torch.tensor(g)
        mine_optimizer.param_groups[0]["lr"] = optimizer.param_groups[0]["lr"] = 0.05 / (1 + step)
        mine_optimizer.step()
        optimizer.step()
        for p, q in zip(mine, reference):
            np.testing.assert_allclose(np.asarray(p.data), q.detach().numpy(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES)
def test_what_is_kept_of_a_parameter_equals_torchs(ours, theirs, options):
    mine, reference = [Parameter(a) for a in arrays()], [torch.tensor(a, requires_grad=True) for a in arrays()]
    pair = ours(mine, lr=0.05, **options), getattr(torch.optim, theirs)(reference, lr=0.05, **options)
    for step in range(3):
        for p, q, g in zip(mine, reference, gradients(step)):
            p.grad, q.grad = g, torch.tensor(g)
        for optimizer in pair:
            optimizer.step()
    found, expected = (optimizer.state_dict() for optimizer in pair)
    assert found["param_groups"][0]["params"] == expected["param_groups"][0]["params"]
    for option in found["param_groups"][0]:
        assert found["param_groups"][0][option] == expected["param_groups"][0][option]
    for k, state in expected["state"].items():
        for name, value in state.items():
            if value is not None:
                np.testing.assert_allclose(found["state"][k][name], value.numpy(), rtol=1e-12, atol=1e-12)


def test_a_parameter_without_a_gradient_stays_and_counts_no_step():
    kept, moved = Parameter(np.ones(2)), Parameter(np.ones(2))
    optimizer = Adam([kept, moved])
    moved.grad = np.ones(2)
    optimizer.step()
    assert kept.data.tolist() == [1, 1] and moved.data.tolist() != [1, 1] and kept not in optimizer.state


def test_parameters_are_changed_in_place():
    p = Parameter(np.ones(3, "float32"))
    array, p.grad = p.data, np.ones(3, "float32")
    Adam([p], lr=0.5).step()
    assert p.data is array and array.dtype == np.float32 and array.tolist() == pytest.approx([0.5] * 3)


def test_groups_have_their_own_options():
    a, b = Parameter(np.ones(1)), Parameter(np.ones(1))
    optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1)
    a.grad = b.grad = np.ones(1)
    optimizer.step()
    assert (a.data[0], b.data[0]) == (0.9, 0.5)


def test_a_state_goes_on_where_it_was():
    first, second = Parameter(np.ones(3)), Parameter(np.ones(3))
    one, two = Adam([first], lr=0.1), Adam([second], lr=0.7)
    for step in range(4):
        first.grad = gradients(step)[1][:3]
        one.step()
        if step == 1:
            two.load_state_dict(one.state_dict())
            second.data[...] = first.data
        elif step > 1:
            second.grad = first.grad
            two.step()
    assert second.data.tolist() == first.data.tolist() and two.param_groups[0]["lr"] == 0.1


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (lambda p: SGD([]), ValueError, "no parameters"),
        (lambda p: SGD([p, p]), ValueError, "stands twice"),
        (lambda p: SGD([p.data]), TypeError, "leaves, got ndarray"),
        (lambda p: SGD([p * 2]), TypeError, "leaves"),
        (lambda p: SGD([p], lr=-1), ValueError, "lr=-1"),
        (lambda p: SGD([p], nesterov=True), ValueError, "nesterov needs a momentum"),
        (lambda p: SGD([{"params": [p], "betas": 1}]), ValueError, "no option 'betas'"),
        (lambda p: Adam([p], betas=(0.9, 1.0)), ValueError, "below 1"),
        (lambda p: Adam([p], eps=float("nan")), ValueError, "eps=nan"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(make, error, said):
    with pytest.raises(error, match=said):
        make(Parameter(np.ones(2)))


def test_a_state_of_other_parameters_is_refused_and_changes_nothing():
    p, q = Parameter(np.ones(2)), Parameter(np.ones(3))
    p.grad, q.grad = np.ones(2), np.ones(3)
    ours, other = Adam([p]), Adam([q])
    ours.step()
    other.step()
    before = {name: np.copy(value) for name, value in ours.state[p].items()}
    with pytest.raises(ValueError, match="exp_avg of parameter 0"):
        ours.load_state_dict(other.state_dict())
    with pytest.raises(ValueError, match=r"\[2\] parameters"):
        ours.load_state_dict(Adam([p, q]).state_dict())
    assert all(np.array_equal(before[name], value) for name, value in ours.state[p].items())
