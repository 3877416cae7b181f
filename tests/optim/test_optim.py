"""Optimisers beside torch's, step by step, over their options; what they refuse; their state."""

from itertools import product

import numpy as np
import pytest
import torch

from karpathy_course.nn import Parameter
from karpathy_course.optim import SGD, Adam, AdamW, RMSprop

SGDS = [
    {"momentum": momentum, "dampening": dampening, "weight_decay": decay, "nesterov": nesterov}
    for momentum, dampening, decay, nesterov in product((0, 0.9), (0, 0.3), (0, 0.1), (False, True))
    if not nesterov or (momentum and not dampening)
]
ADAMS = [{}, {"betas": (0.5, 0.7)}, {"eps": 1e-2}, {"weight_decay": 0.1}, {"betas": (0.0, 0.9), "weight_decay": 0.01}]
RMSPROPS = [
    {"alpha": alpha, "momentum": momentum, "centered": centered, "weight_decay": decay}
    for alpha, momentum, centered, decay in product((0.99, 0.5), (0, 0.9), (False, True), (0, 0.1))
]
KINDS = {SGD: SGDS, RMSprop: [{}, {"eps": 1e-2}, *RMSPROPS], Adam: ADAMS, AdamW: ADAMS}
CASES = [(kind, kind.__name__, case) for kind, cases in KINDS.items() for case in cases]


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
    for step in range(50):
        for p, q, g in zip(mine, reference, gradients(step)):
            p.grad, q.grad = make(np.array(g)), torch.tensor(g)
        mine_optimizer.param_groups[0]["lr"] = optimizer.param_groups[0]["lr"] = 0.05 / (1 + step)
        mine_optimizer.step()
        optimizer.step()
        for p, q in zip(mine, reference):
            np.testing.assert_allclose(np.asarray(p.data), q.detach().numpy(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_50_steps_with_the_defaults_equal_torchs(kind):
    mine, reference = [Parameter(a) for a in arrays()], [torch.tensor(a, requires_grad=True) for a in arrays()]
    pair = kind(mine), getattr(torch.optim, kind.__name__)(reference)
    for step in range(50):
        for p, q, g in zip(mine, reference, gradients(step)):
            p.grad, q.grad = g, torch.tensor(g)
        for optimizer in pair:
            optimizer.step()
    for p, q in zip(mine, reference):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-10, atol=1e-10)
    found, expected = (optimizer.state_dict()["param_groups"][0] for optimizer in pair)
    assert found == {name: expected[name] for name in found}
    left = {name: value for name, value in expected.items() if name not in found}
    assert not any(left.values()), f"torch has {left} switched on"


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


@pytest.mark.parametrize("kind", KINDS)
def test_a_parameter_without_a_gradient_stays_and_counts_no_step(kind):
    kept, moved = Parameter(np.ones(2)), Parameter(np.ones(2))
    optimizer = kind([kept, moved], weight_decay=0.1)
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
        (lambda p: SGD(p), TypeError, "expected the parameters in a list, got one alone"),
        (lambda p: SGD({p}), TypeError, "expected the parameters in a list, got a set"),
        (lambda p: SGD([{"params": {p}}]), TypeError, "got a set"),
        (lambda p: SGD([p, p]), ValueError, "stands twice"),
        (lambda p: SGD([{"params": [p]}, {"params": p}]), ValueError, "stands twice, in one group or in two"),
        (lambda p: SGD([p]).add_param_group({"params": [p]}), ValueError, "stands twice, in one group or in two"),
        (lambda p: SGD([p]).add_param_group([p]), TypeError, "a group is a dict .* got a list"),
        (lambda p: SGD([{"parameters": [p]}]), TypeError, "got one without 'params'"),
        (lambda p: SGD([p.data]), TypeError, "leaves, got ndarray"),
        (lambda p: SGD([p * 2]), TypeError, "leaves"),
        (lambda p: SGD([p], lr=-1), ValueError, "lr=-1"),
        (lambda p: SGD([p], lr="0.1"), ValueError, "lr='0.1': expected a number"),
        (lambda p: SGD([p], momentum=-0.9), ValueError, "momentum=-0.9"),
        (lambda p: RMSprop([p], alpha=-0.1), ValueError, "alpha=-0.1"),
        (lambda p: RMSprop([p], alpha=1.1), ValueError, "alpha=1.1: expected at most 1"),
        (lambda p: RMSprop([p], eps=-1e-8), ValueError, "eps=-1e-08"),
        (lambda p: AdamW([p], weight_decay=-0.1), ValueError, "weight_decay=-0.1"),
        (lambda p: AdamW([p], betas=(-0.1, 0.9)), ValueError, "AdamW: betas=.*at least 0"),
        (lambda p: AdamW([p], betas=(0.9,)), ValueError, "AdamW: betas=.*expected two"),
        (lambda p: SGD([p], nesterov=True), ValueError, "nesterov needs a momentum"),
        (lambda p: SGD([{"params": [p], "betas": 1}]), ValueError, "no option 'betas'"),
        (lambda p: Adam([p], betas=(0.9, 1.0)), ValueError, "below 1"),
        (lambda p: Adam([p], eps=float("nan")), ValueError, "eps=nan"),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(make, error, said):
    with pytest.raises(error, match=said) as caught:
        make(Parameter(np.ones(2)))
    assert "\n" not in str(caught.value)


def test_a_group_that_cannot_be_added_leaves_the_optimiser_as_it_was():
    p, q = Parameter(np.ones(2)), Parameter(np.ones(2))
    optimizer = SGD([p], lr=0.1)
    for group in ({"params": [q, p]}, {"params": [q], "lr": -1}, {"params": [q], "speed": 1}):
        with pytest.raises(ValueError):
            optimizer.add_param_group(group)
    assert [group["params"] for group in optimizer.param_groups] == [[p]]
    optimizer.add_param_group({"params": q, "lr": 0.5})
    p.grad = q.grad = np.ones(2)
    optimizer.step()
    assert (p.data[0], q.data[0]) == (0.9, 0.5)


@pytest.mark.parametrize("rate", [-0.1, float("nan")])
def test_a_rate_that_somebody_set_below_0_takes_no_step(rate):
    p = Parameter(np.ones(2))
    optimizer = SGD([p], lr=0.1)
    optimizer.param_groups[0]["lr"], p.grad = rate, np.ones(2)
    with pytest.raises(ValueError, match=f"SGD: lr={rate}: expected 0 or more. The step was not taken"):
        optimizer.step()
    assert p.data.tolist() == [1, 1] and not optimizer.state


def test_a_momentum_that_is_switched_on_later_begins_then_as_torchs():
    mine, reference = Parameter(np.ones(3)), torch.ones(3, dtype=torch.float64, requires_grad=True)
    pair = SGD([mine], lr=0.01), torch.optim.SGD([reference], lr=0.01)
    for step in range(6):
        mine.grad = np.array(gradients(step)[1][:3])
        reference.grad = torch.tensor(mine.grad)
        for optimizer in pair:
            optimizer.param_groups[0]["momentum"] = 0.9 * (step > 2)
            optimizer.step()
    np.testing.assert_allclose(mine.data, reference.detach().numpy(), rtol=1e-12)


def test_what_rmsprop_keeps_for_an_option_begins_when_it_is_switched_on():
    p = Parameter(np.ones(3))
    optimizer = RMSprop([p], lr=0.01)
    for step in range(4):
        p.grad = gradients(step)[1][:3]
        optimizer.param_groups[0].update(momentum=0.9 * (step == 3), centered=step == 3)
        optimizer.step()
    kept = optimizer.state[p]
    np.testing.assert_allclose(kept["grad_avg"], 0.01 * p.grad, rtol=1e-12)
    size = np.sqrt(kept["square_avg"] - kept["grad_avg"] ** 2) + 1e-8
    np.testing.assert_allclose(kept["momentum_buffer"], p.grad / size, rtol=1e-12)


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


@pytest.mark.parametrize(
    ("kind", "options"), [(SGD, {"momentum": 0.9}), (RMSprop, {"momentum": 0.9, "centered": True})]
)
def test_a_state_brings_its_options_and_what_they_keep(kind, options):
    """An optimiser made without momentum takes a state with momentum over, and goes on as the one that was saved."""
    first, second = Parameter(np.ones(3)), Parameter(np.ones(3))
    one, two = kind([first], lr=0.1, **options), kind([second], lr=0.7)
    for step in range(5):
        first.grad = gradients(step)[1][:3]
        one.step()
        if step == 2:
            two.load_state_dict(one.state_dict())
            second.data[...] = first.data
        elif step > 2:
            second.grad = first.grad
            two.step()
    assert second.data.tolist() == first.data.tolist()


@pytest.mark.parametrize(("ours", "theirs", "options"), [case for case in CASES if case[2]][::3])
def test_torchs_own_state_is_taken_over(ours, theirs, options):
    p, q = Parameter(np.ones(3)), torch.ones(3, dtype=torch.float64, requires_grad=True)
    mine, reference = ours([p]), getattr(torch.optim, theirs)([q], lr=0.05, **options)
    for step in range(6):
        q.grad = torch.tensor(gradients(step)[1][:3])
        if step == 3:
            p.data[...] = q.detach().numpy()
            mine.load_state_dict(reference.state_dict())
        if step >= 3:
            p.grad = q.grad.numpy().copy()
            mine.step()
        reference.step()
    np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-12)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda s: s | {"speed": 1}, r"expected 'state' and 'param_groups', got \['param_groups', 'speed', 'state'\]"),
        (lambda s: {"state": s["state"]}, r"expected 'state' and 'param_groups', got \['state'\]"),
        (lambda s: s | {"state": {7: {}}}, "the state of parameter 7: there are 1, from 0"),
        (lambda s: s | {"state": {0: s["state"][0] | {"max_exp_avg_sq": np.ones(2)}}}, "Adam keeps no such thing"),
        (lambda s: s | {"state": {0: {"step": 1, "exp_avg": np.ones(2)}}}, "exp_avg_sq of parameter 0: missing"),
        (
            lambda s: s | {"param_groups": [s["param_groups"][0] | {"amsgrad": True}]},
            "has amsgrad=True: Adam has no such",
        ),
        (lambda s: s | {"param_groups": [s["param_groups"][0] | {"lr": -1.0}]}, "lr=-1.0"),
    ],
)
def test_what_a_state_has_and_the_optimiser_would_ignore_is_refused(spoil, said):
    p = Parameter(np.ones(2))
    optimizer, p.grad = Adam([p], lr=0.5), np.ones(2)
    optimizer.step()
    before = str(optimizer.state_dict())
    with pytest.raises(ValueError, match=said):
        optimizer.load_state_dict(spoil(optimizer.state_dict()))
    assert str(optimizer.state_dict()) == before
    for quiet in ({"amsgrad": False, "foreach": None}, {}):  # torch has these, switched off
        group = optimizer.state_dict()["param_groups"][0] | quiet
        optimizer.load_state_dict(optimizer.state_dict() | {"param_groups": [group]})


def test_adamw_decays_beside_the_rule_and_adam_inside_it():
    """A weight with huge gradients: AdamW takes lr times the decay away, Adam next to nothing."""
    left = []
    for kind in (AdamW, Adam):
        p = Parameter(np.array([1.0]))
        optimizer = kind([p], lr=0.01, weight_decay=0.5)
        for sign in (1.0, -1.0) * 50:
            p.grad = np.array([1e6 * sign])
            optimizer.step()
        left.append(p.data[0])
    assert left[0] == pytest.approx((1 - 0.01 * 0.5) ** 100, abs=0.02) and left[1] == pytest.approx(1.0, abs=0.02)
