"""BatchNorm1d, LayerNorm and Residual in training: beside torch step by step, and what they refuse."""

import numpy as np
import pytest
import torch

from karpathy_course import nn, optim
from karpathy_course.nn import BatchNorm1d, LayerNorm, Linear, ReLU, Residual, Sequential
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor, gradcheck
from karpathy_course.torch_reference import to_torch
from karpathy_course.train import NotFinite, evaluate, fit

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 6)) * 3 + 1, RNG.integers(0, 3, 60)
BATCHES = [(X[k : k + 20], Y[k : k + 20]) for k in (0, 20, 40)]
NORMS = {
    "BatchNorm1d": lambda: BatchNorm1d(6),
    "BatchNorm1d, momentum 0.4": lambda: BatchNorm1d(6, 1e-2, 0.4),
    "BatchNorm1d, mean of all batches": lambda: BatchNorm1d(6, momentum=None),
    "BatchNorm1d, learns nothing": lambda: BatchNorm1d(6, affine=False),
    "BatchNorm1d, keeps nothing": lambda: BatchNorm1d(6, track_running_stats=False),
    "BatchNorm1d, no shift": lambda: BatchNorm1d(6, bias=False),
    "LayerNorm": lambda: LayerNorm(6),
    "LayerNorm, learns nothing": lambda: LayerNorm(6, elementwise_affine=False),
    "LayerNorm, no shift": lambda: LayerNorm(6, 1e-3, bias=False),
}


def ones(*shape):
    return np.ones(shape, "float32")


def network(norm):
    nn.manual_seed(0)
    body = Sequential(Linear(6, 6), norm(), ReLU(), Linear(6, 6))
    return Sequential(Linear(6, 6), norm(), ReLU(), Residual(body), Linear(6, 3)).double()


COMPILED = ("BatchNorm1d", "BatchNorm1d, mean of all batches", "BatchNorm1d, keeps nothing", "LayerNorm, no shift")


@pytest.mark.parametrize(
    ("norm", "compiled"),
    [*((norm, False) for norm in NORMS), *((norm, True) for norm in COMPILED)],
    ids=[*(f"{norm}, eager" for norm in NORMS), *(f"{norm}, compiled" for norm in COMPILED)],
)
def test_a_training_equals_torchs_in_values_gradients_and_statistics(norm, compiled):
    model = network(NORMS[norm])
    twin, loss_fn = to_torch(model), torch.nn.CrossEntropyLoss()
    reference = torch.optim.SGD(twin.parameters(), lr=0.05)
    steps = fit(
        model, BATCHES, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.05), epochs=4, compiled=compiled
    )
    for step in steps:
        x, y = (torch.tensor(part) for part in step.batch)
        reference.zero_grad()
        loss = loss_fn(twin(x), y)
        loss.backward()
        assert step.loss == pytest.approx(loss.item(), rel=1e-10)
        norms = {name: q.grad.norm().item() for name, q in twin.named_parameters()}
        assert step.gradient_norms == pytest.approx(norms, rel=1e-8, abs=1e-12)
        reference.step()
    assert list(model.state_dict()) == list(twin.state_dict())
    for name, value in twin.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[name], value.numpy(), rtol=1e-9, atol=1e-11, err_msg=name)
    asked = model.eval()(X).data, twin.eval()(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(*asked, rtol=1e-9, atol=1e-11)


def test_a_momentum_that_changes_from_none_counts_in_compiled_steps_too():
    found = []
    for compiled in (False, True):
        model = network(NORMS["BatchNorm1d, mean of all batches"])
        steps = fit(model, BATCHES, nn.CrossEntropyLoss(), optim.SGD(model.parameters()), epochs=2, compiled=compiled)
        for step in steps:
            if step.number == 2:
                model[1].momentum = 0.9
        found.append(model[1].running_mean.data)
    np.testing.assert_allclose(*found, rtol=1e-12)


@pytest.mark.parametrize("shape", [(5, 3), (4, 3, 2)])
def test_gradients_through_the_batchs_own_statistics_are_those_of_nudges(shape):
    x = Tensor(RNG.normal(size=shape), requires_grad=True)
    weights = RNG.normal(size=shape)
    for layer in (BatchNorm1d(3).double(), LayerNorm(shape[1:]).double()):
        assert gradcheck(lambda x, layer=layer: (layer(x) * weights).sum(), (x,))


def test_evaluation_changes_no_running_statistics_and_needs_no_batch():
    model = network(NORMS["BatchNorm1d"])
    list(fit(model, BATCHES, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.05)))
    before = {name: np.array(x) for name, x in model.state_dict().items()}
    evaluate(model, BATCHES, nn.CrossEntropyLoss())
    assert all(np.array_equal(before[name], x) for name, x in model.state_dict().items())
    whole = model.eval()(X).data
    np.testing.assert_allclose(np.concatenate([model(X[k : k + 1]).data for k in range(60)]), whole, rtol=1e-12)


def test_layernorm_is_the_same_in_both_modes_and_for_each_row_alone():
    model = network(NORMS["LayerNorm"])
    whole = model(X).data
    assert np.array_equal(model.eval()(X).data, whole)
    np.testing.assert_allclose(np.concatenate([model(X[k : k + 1]).data for k in range(60)]), whole, rtol=1e-12)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_batch_of_one_is_refused_in_training_and_the_model_stays_as_it_was(compiled):
    model = network(NORMS["BatchNorm1d"])
    before = {name: np.array(x) for name, x in model.state_dict().items()}
    words = r"BatchNorm1d: in a batch \(1, 6\) each feature has 1 number, and so no variance: .*drop_last=True"
    with pytest.raises(ValueError, match=words) as caught:
        list(fit(model, [(X[:1], Y[:1])], nn.CrossEntropyLoss(), optim.SGD(model.parameters()), compiled=compiled))
    assert "\n" not in str(caught.value)
    assert all(np.array_equal(before[name], x) for name, x in model.state_dict().items())
    assert BatchNorm1d(6).double()(X[:1, :, None] * np.ones(2)).shape == (1, 6, 2)  # each feature has two numbers


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: BatchNorm1d(3)(ones(2, 3, 4, 5)), ShapeError, r"or \(batch, 3, length\), got \(2, 3, 4, 5\)"),
        (lambda: BatchNorm1d(3)(ones(3)), ShapeError, r"got \(3,\)"),
        (lambda: BatchNorm1d(3)(ones(2, 4, 3)), ShapeError, r"got \(2, 4, 3\)"),
        (lambda: BatchNorm1d(3, track_running_stats=False).eval()(ones(1, 3)), ValueError, "no variance"),
        (lambda: BatchNorm1d(3)(ones(0, 3)), ValueError, "each feature has 0 numbers"),
        (lambda: LayerNorm((3, 4))(ones(2, 3, 5)), ShapeError, r"expected \(…, 3, 4\), got \(2, 3, 5\)"),
        (lambda: LayerNorm((3, 4))(ones(4)), ShapeError, r"expected \(…, 3, 4\), got \(4,\)"),
        (lambda: LayerNorm(()), ValueError, "at least one dim"),
        (lambda: LayerNorm((3, 0)), ValueError, "none of 0"),
        (lambda: Residual(Linear(3, 1))(ones(2, 3)), ShapeError, r"gives \(2, 1\), the path around \(2, 3\)"),
        (lambda: Residual(abs), TypeError, "is not a Module"),
        (lambda: Residual(ReLU(), "no"), TypeError, "'no' is not a Module"),
    ],
)
def test_input_that_does_not_fit_a_norm_or_a_residual_is_refused(call, error, said):
    with pytest.raises(error, match=said) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_residual_is_the_sum_of_its_two_paths_and_its_gradient_passes_both():
    body = Linear(3, 3).double()
    x = Tensor(RNG.normal(size=(4, 3)), requires_grad=True)
    out = Residual(body)(x)
    np.testing.assert_array_equal(out.data, x.data + body(x).data)
    out.sum().backward()
    np.testing.assert_allclose(x.grad, 1 + np.broadcast_to(body.weight.data.sum(0), (4, 3)))
    wide, shortcut = Linear(3, 5).double(), Linear(3, 5, bias=False).double()
    np.testing.assert_array_equal(Residual(wide, shortcut)(x).data, shortcut(x).data + wide(x).data)
    assert list(Residual(wide, shortcut).state_dict()) == ["body.weight", "body.bias", "shortcut.weight"]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_running_statistics_that_are_not_finite_are_never_kept(compiled):
    model = network(NORMS["BatchNorm1d"])
    before = {name: np.array(x) for name, x in model.state_dict().items()}
    bad = (np.where(X[:20] > 2, np.inf, X[:20]), Y[:20])
    with np.errstate(all="ignore"), pytest.raises(NotFinite, match="the batch itself"):
        list(fit(model, [bad], nn.CrossEntropyLoss(), optim.SGD(model.parameters()), compiled=compiled))
    assert all(np.array_equal(before[name], x) for name, x in model.state_dict().items())
