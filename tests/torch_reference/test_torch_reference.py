"""The course's models and loop beside those a PyTorch user writes: the same names, numbers and Steps."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from karpathy_course import nn, optim, train
from karpathy_course.data import DataLoader, digits
from karpathy_course.torch_reference import MLP, Residual, every, fit, from_torch, stop_if_not_finite, to_torch
from karpathy_course.torch_reference.training import evaluate
from karpathy_course.train import NotFinite

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 6)), RNG.integers(0, 3, 60)


def mlp(sizes=(6, 8, 5, 3), activation=nn.Tanh, dtype="float64"):
    nn.manual_seed(0)
    layers = []
    for n, m in pairwise(sizes):
        layers += [nn.Linear(n, m, dtype=dtype), activation()]
    return nn.Sequential(*layers[:-1])


def everything():
    nn.manual_seed(1)
    model = nn.Sequential(
        nn.Embedding(9, 4, 2),
        nn.Flatten(),
        nn.Linear(12, 6, bias=False),
        nn.BatchNorm1d(6, 1e-3, 0.2),
        nn.BatchNorm1d(6, momentum=None, affine=False),
        nn.BatchNorm1d(6, track_running_stats=False, bias=False),
        nn.LayerNorm((6,), 1e-3),
        nn.LayerNorm(6, bias=False),
        nn.LayerNorm(6, elementwise_affine=False),
        nn.Residual(nn.Sequential(nn.Linear(6, 6), nn.Tanh())),
        nn.Residual(nn.Linear(6, 6), nn.Linear(6, 6, bias=False)),
        nn.GELU("tanh"),
        nn.Sequential({"inner": nn.Linear(6, 5), "slope": nn.LeakyReLU(0.3)}),
        nn.Dropout(0.25),
        nn.ReLU(),
        nn.Sigmoid(),
        nn.Identity(),
        nn.LogSoftmax(1),
    )
    model[3].running_mean.data += 0.5
    model[2].weight.requires_grad = False
    return model


def test_every_module_with_windows_goes_to_torch_and_back():
    nn.manual_seed(2)
    images = nn.Sequential(
        nn.Conv2d(2, 6, (3, 2), (1, 2), (2, 1), (2, 1), 2),
        nn.BatchNorm2d(6, 1e-3, 0.2),
        nn.MaxPool2d((3, 2), (1, 2), 1, (1, 2)),
        nn.Conv2d(6, 4, 3, padding="same", bias=False),
        nn.AvgPool2d(3, 2, 1, count_include_pad=False),
        nn.AvgPool2d((1, 2), divisor_override=3),
        nn.AdaptiveAvgPool2d((2, None)),
    ).double()
    lines = nn.Sequential(nn.Conv1d(2, 4, 3, 2, 1, 1, 2), nn.MaxPool1d(2, 1, 1), nn.Conv1d(4, 3, 2, bias=False))
    for model, shape in ((images, (3, 2, 11, 24)), (lines.double(), (3, 2, 12))):
        twin = to_torch(model.eval())
        back, x = from_torch(twin), RNG.normal(size=shape)
        assert repr(back) == repr(model) == repr(twin)
        expected = twin(torch.tensor(x)).detach().numpy()
        np.testing.assert_allclose(model(x).data, expected, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(back(x).data, expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("mode", [True, False])
def test_every_module_goes_to_torch_and_back_with_its_options_and_weights(mode):
    model, x = everything().train(mode), RNG.integers(0, 9, (7, 3))
    twin = to_torch(model)
    back = from_torch(twin)
    assert repr(back) == repr(model) and list(twin.state_dict()) == list(model.state_dict())
    assert (
        twin.training is back.training is mode and not twin[2].weight.requires_grad and not back[2].weight.requires_grad
    )
    for name, value in model.state_dict().items():
        assert np.array_equal(value, twin.state_dict()[name].numpy()) and np.array_equal(value, back.state_dict()[name])
    found, expected = (m.eval()(x).data for m in (back, model))
    assert np.array_equal(found, expected)
    assert np.allclose(twin.eval()(torch.tensor(x)).detach().numpy(), expected, atol=1e-6)


def blocks(library, norm, residual, sizes=(6, 8, 8, 8, 3), dtype="float64"):
    """A deep network as lectures 07 and 08 write it, from either library's parts."""
    dtype = {"dtype": torch.float64 if library is torch.nn else "float64"}
    path = nn.Residual if library is nn else Residual
    layers = []
    for n, m in pairwise(sizes[:-1]):
        norms = [getattr(library, norm)(m, **dtype)] if norm else []
        block = [library.Linear(n, m, **dtype), *norms, library.ReLU()]
        layers += [path(library.Sequential(*block))] if residual and n == m else block
    return library.Sequential(*layers, library.Linear(*sizes[-2:], **dtype))


@pytest.mark.parametrize("residual", [False, True], ids=["plain", "residual"])
@pytest.mark.parametrize("norm", [None, "BatchNorm1d", "LayerNorm"])
def test_deep_networks_have_the_names_values_and_gradients_of_ours(norm, residual):
    nn.manual_seed(0)
    model = blocks(nn, norm, residual)
    norm_class = None if norm is None else getattr(torch.nn, norm)
    twin = MLP((6, 8, 8, 8, 3), norm=norm_class, residual=residual, dtype=torch.float64)
    assert list(model.state_dict()) == list(twin.state_dict()) == list(blocks(torch.nn, norm, residual).state_dict())
    assert to_torch(model).state_dict().keys() == twin.state_dict().keys()
    assert repr(from_torch(twin).double()) == repr(from_torch(to_torch(model)))
    twin.load_state_dict(to_torch(model).state_dict())
    for mode in (True, False):
        model.train(mode).zero_grad()
        twin.train(mode).zero_grad()
        loss, reference = (
            nn.CrossEntropyLoss()(model(X), Y),
            torch.nn.CrossEntropyLoss()(twin(torch.tensor(X)), torch.tensor(Y)),
        )
        loss.backward()
        reference.backward()
        assert loss.item() == pytest.approx(reference.item(), rel=1e-12)
        for (name, p), q in zip(model.named_parameters(), twin.parameters(), strict=True):
            np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-9, atol=1e-12, err_msg=name)
    for name, value in twin.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[name], value.numpy(), rtol=1e-12, err_msg=name)


def test_a_norm_that_learns_nothing_keeps_its_statistics_in_the_models_dtype():
    model = nn.Sequential(nn.BatchNorm1d(6, affine=False)).double()
    twin = to_torch(model)
    assert twin[0].running_mean.dtype == torch.float64
    assert from_torch(twin)[0].running_mean.dtype == np.float64
    np.testing.assert_allclose(model(X).data, twin(torch.tensor(X)).numpy(), rtol=1e-12)


def test_converted_weights_are_copies():
    model = mlp()
    twin = to_torch(model)
    with torch.no_grad():
        twin[0].weight += 1
    from_torch(twin)[0].weight.data += 1
    assert not np.array_equal(model[0].weight.data, twin[0].weight.detach().numpy())


def test_the_mlp_has_the_names_of_ours_and_the_same_values_and_gradients():
    model, twin = mlp(), MLP((6, 8, 5, 3), torch.nn.Tanh, dtype=torch.float64)
    assert list(model.state_dict()) == list(twin.state_dict())
    model.load_state_dict(twin.state_dict())
    nn.CrossEntropyLoss()(model(X), Y).backward()
    loss = torch.nn.functional.cross_entropy(twin(torch.tensor(X)), torch.tensor(Y))
    loss.backward()
    for p, q in zip(model.parameters(), twin.parameters(), strict=True):
        np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-10, atol=1e-12)
    with_dropout = MLP((6, 8, 3), dropout=0.2)
    assert [type(m).__name__ for m in with_dropout] == ["Linear", "ReLU", "Dropout", "Linear"]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_both_loops_take_the_same_steps(name, compiled):
    model = mlp()
    twin = to_torch(model)
    loader = lambda: DataLoader((X, Y), 20, shuffle=True, generator=np.random.default_rng(5))
    words = {"epochs": 4, "schedule": lambda k: 0.05 / k, "clip_norm": 0.4}
    ours = train.fit(
        model,
        loader(),
        nn.CrossEntropyLoss(),
        getattr(optim, name)(model.parameters()),
        validation=[(X, Y)],
        compiled=compiled,
        **words,
    )
    theirs = fit(
        twin,
        loader(),
        torch.nn.CrossEntropyLoss(),
        getattr(torch.optim, name)(twin.parameters()),
        validation=[(X, Y)],
        **words,
    )
    for a, b in zip(ours, theirs, strict=True):
        assert (a.number, a.epoch, a.epoch_ends, a.rate, a.total) == (b.number, b.epoch, b.epoch_ends, b.rate, b.total)
        assert a.loss == pytest.approx(b.loss, rel=1e-10)
        assert a.gradient_norms == pytest.approx(b.gradient_norms, rel=1e-6)
        assert a.epoch_ends == (b.validation is not None)
        if a.epoch_ends:
            assert a.validation == pytest.approx(b.validation, rel=1e-9)
    for p, q in zip(model.parameters(), twin.parameters()):
        np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("norm", [None, torch.nn.BatchNorm1d, torch.nn.LayerNorm])
def test_the_loop_runs_on_meta_where_no_number_can_be_read(norm):
    model = MLP((64, 32, 32, 10), dropout=0.1, norm=norm, residual=norm is not None, device="meta")
    loader = DataLoader(tuple(a[:200] for a in digits()), 50, shuffle=True)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.1, total_steps=8)
    words = {"epochs": 2, "clip_norm": 1.0, "schedule": schedule}
    steps = list(fit(model, loader, torch.nn.CrossEntropyLoss(), optimizer, **words))
    assert len(steps) == 8 and all(p.device.type == "meta" for p in model.parameters())
    with pytest.raises((RuntimeError, NotImplementedError)):
        _ = steps[0].loss


def test_losses_are_read_only_when_asked_for():
    model = MLP((6, 4, 3), dtype=torch.float64)
    steps = fit(
        model, DataLoader((X, Y), 20), torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters()), epochs=3
    )
    first = next(steps)
    assert isinstance(first._loss, torch.Tensor) and isinstance(first.loss, float)
    assert [step.number for step in every(steps, 4)] == [4, 8, 9]


def test_a_loss_that_is_not_finite_is_found_at_the_next_reading():
    model = MLP((6, 4, 3), dtype=torch.float64)
    optimizer = torch.optim.SGD(model.parameters(), lr=float("nan"))
    steps = stop_if_not_finite(fit(model, [(X, Y)], torch.nn.CrossEntropyLoss(), optimizer, epochs=20), 5)
    with pytest.raises(NotFinite, match="step 5: the loss is nan"):
        list(steps)


def test_gradients_of_what_the_optimiser_has_not_do_not_add_up():
    model = MLP((6, 4, 3), dtype=torch.float64)
    optimizer = torch.optim.SGD(model[2].parameters(), lr=0.0)
    steps = list(fit(model, [(X, Y)], torch.nn.CrossEntropyLoss(), optimizer, epochs=3))
    first = model[0].weight.grad.clone()
    model.zero_grad()
    torch.nn.functional.cross_entropy(model(torch.tensor(X)), torch.tensor(Y)).backward()
    assert torch.allclose(first, model[0].weight.grad)
    assert [list(step.gradient_norms) for step in steps] == [["2.weight", "2.bias"]] * 3


def test_evaluation_without_a_batch_is_refused_and_leaves_the_mode():
    model = MLP((6, 4, 3))
    with pytest.raises(ValueError, match="no batch to evaluate on"):
        evaluate(model, [], torch.nn.CrossEntropyLoss())
    assert model.training


def test_a_class_that_only_has_the_name_of_a_module_has_no_twin():
    class Sequential(nn.Sequential):
        def forward(self, x):
            return super().forward(x) * 2

    class MLP(nn.Module):
        def __init__(self):
            self.second, self.first = nn.Linear(3, 2), nn.Linear(6, 3)

        def forward(self, x):
            return self.second(self.first(x))

    class ReLU(torch.nn.Module):
        pass

    for own, convert in ((Sequential(nn.ReLU()), to_torch), (MLP(), to_torch), (ReLU(), from_torch)):
        with pytest.raises(TypeError, match=f"{type(own).__name__} has no twin"):
            convert(own)


def test_what_has_no_twin_is_refused_by_name():
    class Own(nn.Module):
        pass

    with pytest.raises(TypeError, match=r"Own has no twin in torch\.nn"):
        to_torch(nn.Sequential(Own()))
    with pytest.raises(TypeError, match=r"Conv3d has no twin in karpathy_course\.nn"):
        from_torch(torch.nn.Sequential(torch.nn.Conv3d(1, 1, 1)))
    with pytest.raises(ValueError, match="no batches"):
        next(fit(MLP((2, 2)), [], None, None))
