"""Every module beside its twin in torch: values, gradients, state, text of its parts, in training and when asked."""

import numpy as np
import pytest
import torch

from karpathy_course import nn
from karpathy_course.nn.masks import given
from karpathy_course.tensor import Tensor

RNG = np.random.default_rng(3)
X = RNG.normal(size=(6, 4)) * 2
X[0] = 0.0
CUBE = RNG.normal(size=(2, 3, 4))
IMAGES = np.random.default_rng(4).normal(size=(2, 4, 7, 6))
# name: (module, its torch twin, input)
TWINS = {
    "Linear": (lambda m: m.Linear(4, 3, dtype=f64(m)), X),
    "Linear of a cube": (lambda m: m.Linear(4, 3, dtype=f64(m)), CUBE),
    "Linear of a vector": (lambda m: m.Linear(4, 3, dtype=f64(m)), X[1]),
    "Linear without bias": (lambda m: m.Linear(4, 3, bias=False, dtype=f64(m)), CUBE),
    "BatchNorm1d": (lambda m: m.BatchNorm1d(4, dtype=f64(m)), X),
    "BatchNorm1d with other options": (lambda m: m.BatchNorm1d(4, 1e-2, 0.3, dtype=f64(m)), X),
    "BatchNorm1d of a cube": (lambda m: m.BatchNorm1d(3, dtype=f64(m)), CUBE),
    "BatchNorm1d of one row with a length": (lambda m: m.BatchNorm1d(3, dtype=f64(m)), CUBE[:1]),
    "BatchNorm1d with the mean of all batches": (lambda m: m.BatchNorm1d(4, momentum=None, dtype=f64(m)), X),
    "BatchNorm1d without running statistics": (
        lambda m: m.BatchNorm1d(3, track_running_stats=False, dtype=f64(m)),
        CUBE,
    ),
    "BatchNorm1d that learns nothing": (lambda m: m.BatchNorm1d(4, affine=False, dtype=f64(m)), X),
    "BatchNorm1d without a shift": (lambda m: m.BatchNorm1d(4, bias=False, dtype=f64(m)), X),
    "BatchNorm2d": (lambda m: m.BatchNorm2d(4, dtype=f64(m)), IMAGES),
    "BatchNorm2d without a shift": (lambda m: m.BatchNorm2d(4, 1e-2, None, bias=False, dtype=f64(m)), IMAGES),
    "Conv2d": (lambda m: m.Conv2d(4, 3, 3, padding=1, dtype=f64(m)), IMAGES),
    "Conv2d with other options": (
        lambda m: m.Conv2d(4, 6, (3, 2), (2, 1), (1, 0), (1, 2), 2, False, dtype=f64(m)),
        IMAGES,
    ),
    "Conv2d that keeps the size": (lambda m: m.Conv2d(4, 2, (3, 5), padding="same", dtype=f64(m)), IMAGES),
    "Conv2d of one image": (lambda m: m.Conv2d(4, 2, 3, dtype=f64(m)), IMAGES[0]),
    "Conv1d": (lambda m: m.Conv1d(4, 3, 3, 2, 1, dtype=f64(m)), IMAGES[:, :, 0]),
    "Conv1d with other options": (lambda m: m.Conv1d(4, 6, (2,), 1, 0, 2, 2, False, dtype=f64(m)), IMAGES[:, :, 0]),
    "Conv1d of one line": (lambda m: m.Conv1d(4, 3, 2, dtype=f64(m)), IMAGES[0, :, 0]),
    "MaxPool2d": (lambda m: m.MaxPool2d(2), IMAGES),
    "MaxPool2d with other options": (lambda m: m.MaxPool2d((3, 2), (1, 2), 1, (1, 2)), IMAGES),
    "MaxPool1d": (lambda m: m.MaxPool1d(3, 2, 1), IMAGES[:, :, 0]),
    "AvgPool2d": (lambda m: m.AvgPool2d(2), IMAGES),
    "AvgPool2d with other options": (lambda m: m.AvgPool2d((3, 2), 2, 1, count_include_pad=False), IMAGES),
    "AdaptiveAvgPool2d": (lambda m: m.AdaptiveAvgPool2d((3, None)), IMAGES),
    "LayerNorm": (lambda m: m.LayerNorm(4, dtype=f64(m)), X),
    "LayerNorm of a vector": (lambda m: m.LayerNorm(4, dtype=f64(m)), X[1]),
    "LayerNorm of two dims": (lambda m: m.LayerNorm((3, 4), 1e-3, dtype=f64(m)), CUBE),
    "LayerNorm that learns nothing": (lambda m: m.LayerNorm((4,), elementwise_affine=False), CUBE),
    "LayerNorm without a shift": (lambda m: m.LayerNorm(4, bias=False, dtype=f64(m)), CUBE),
    "ReLU": (lambda m: m.ReLU(), X),
    "LeakyReLU": (lambda m: m.LeakyReLU(0.2), X),
    "Tanh": (lambda m: m.Tanh(), X),
    "Sigmoid": (lambda m: m.Sigmoid(), X),
    "GELU": (lambda m: m.GELU(), X),
    "GELU by tanh": (lambda m: m.GELU("tanh"), X),
    "Softmax": (lambda m: m.Softmax(dim=1), X),
    "LogSoftmax": (lambda m: m.LogSoftmax(-1), CUBE),
    "Flatten": (lambda m: m.Flatten(), CUBE),
    "Flatten all": (lambda m: m.Flatten(0), CUBE),
    "Identity": (lambda m: m.Identity(), X),
    "Dropout of nothing": (lambda m: m.Dropout(0.0), X),
    "Sequential": (
        lambda m: m.Sequential(
            m.Linear(4, 5, dtype=f64(m)), m.BatchNorm1d(5, dtype=f64(m)), m.ReLU(), m.Linear(5, 2, dtype=f64(m))
        ),
        X,
    ),
}


def f64(library):
    return torch.float64 if library is torch.nn else "float64"


def twins(name):
    make, x = TWINS[name]
    nn.manual_seed(7)
    ours, theirs = make(nn), make(torch.nn)
    theirs.load_state_dict({k: torch.tensor(np.asarray(v)) for k, v in ours.state_dict().items()})
    return ours, theirs, x


def close(found, expected, what=""):
    np.testing.assert_allclose(np.asarray(found), expected.detach().numpy(), rtol=1e-11, atol=1e-12, err_msg=what)


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize("name", TWINS)
def test_values_gradients_and_state_equal_torchs(name, mode):
    ours, theirs, x = twins(name)
    for _ in range(2):  # twice: running statistics have moved
        if mode == "eval" and getattr(theirs, "running_mean", None) is not None:
            theirs.running_mean += 0.25
            ours.running_mean.data += 0.25
        getattr(ours, mode)()
        getattr(theirs, mode)()
        a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
        assert repr(ours) == repr(theirs) or isinstance(ours, nn.Dropout)
        ours.zero_grad()
        theirs.zero_grad()
        out, expected = ours(a), theirs(b)
        close(out.data, expected)
        weights = np.random.default_rng(1).normal(size=out.shape)
        (out * weights).sum().backward()
        (expected * torch.tensor(weights)).sum().backward()
        close(a.grad, b.grad)
        for (k, p), (name, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
            assert k == name
            close(p.grad, q.grad, k)
        assert list(ours.state_dict()) == list(theirs.state_dict())
        for k, value in theirs.state_dict().items():
            close(ours.state_dict()[k], value, k)


@pytest.mark.parametrize("padding", [None, 2, -1])
def test_an_embedding_equals_torchs_with_repeated_numbers_and_padding(padding):
    ours = nn.Embedding(5, 3, padding, dtype="float64")
    theirs = torch.nn.Embedding(5, 3, padding, dtype=torch.float64)
    theirs.load_state_dict({"weight": torch.tensor(ours.weight.data)})
    places = np.array([[0, 2, 2], [4, 1, 2]])
    if padding is not None:
        assert not ours.weight.data[padding].any()
    weights = RNG.normal(size=(2, 3, 3))
    out, expected = ours(places), theirs(torch.tensor(places))
    close(out.data, expected)
    (out * weights).sum().backward()
    (expected * torch.tensor(weights)).sum().backward()
    close(ours.weight.grad, theirs.weight.grad)
    for wrong in ([-1], [5]):
        with pytest.raises(IndexError, match=f"embedding: number {wrong[0]} is out of range: embeddings are 0 to 4"):
            ours(np.array(wrong))


LOSSES = {
    "CrossEntropyLoss": (X, np.array([0, 3, 1, 1, 2, 0])),
    "MSELoss": (X, X[::-1].copy()),
    "HuberLoss": (X * 2, X[::-1].copy()),
    "BCEWithLogitsLoss": (X * 20, RNG.random(X.shape)),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients_equal_torchs(name, reduction):
    x, target = LOSSES[name]
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = getattr(nn, name)(reduction=reduction)(a, target)
    expected = getattr(torch.nn, name)(reduction=reduction)(b, torch.tensor(target))
    close(out.data, expected)
    out.sum().backward()
    expected.sum().backward()
    close(a.grad, b.grad)


@pytest.mark.parametrize("delta", [0.3, 1.0, 2.5])
def test_hubers_loss_equals_torchs_on_both_sides_of_delta_and_at_it(delta):
    x = np.array([0.0, 0.1, -0.1, delta, -delta, 2 * delta, -3 * delta])
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = nn.HuberLoss(delta=delta, reduction="none")(a, np.zeros(7))
    expected = torch.nn.HuberLoss(delta=delta, reduction="none")(b, torch.zeros(7, dtype=torch.float64))
    close(out.data, expected)
    out.sum().backward()
    expected.sum().backward()
    close(a.grad, b.grad)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 3, 3), (2, 3, 5, 4)])
def test_cross_entropy_has_its_classes_where_torch_has_them(shape, reduction):
    classes = shape[min(1, len(shape) - 1)]
    x = np.random.default_rng(len(shape)).normal(size=shape)
    target = np.random.default_rng(0).integers(0, classes, (*shape[:1], *shape[2:])[: len(shape) - 1])
    a, b = Tensor(x, requires_grad=True), torch.tensor(x, requires_grad=True)
    out = nn.CrossEntropyLoss(reduction=reduction)(a, target)
    expected = torch.nn.CrossEntropyLoss(reduction=reduction)(b, torch.tensor(target))
    close(out.data, expected)
    out.sum().backward()
    expected.sum().backward()
    close(a.grad, b.grad)


@pytest.mark.parametrize("name", ["relu", "tanh", "sigmoid", "softmax", "log_softmax", "leaky_relu", "gelu"])
def test_functions_have_torchs_names_and_values(name):
    dim = {"dim": 1} if "softmax" in name else {}
    close(getattr(nn.functional, name)(X, **dim).data, getattr(torch.nn.functional, name)(torch.tensor(X), **dim))


def test_every_module_stands_beside_its_twin_here():
    compared = {name.split()[0] for name in [*TWINS, *LOSSES]} | {"Embedding", "Dropout"}
    parts = {"Module", "Parameter", "Buffer", "ModuleList", "Residual"}  # what torch.nn has not, or has no forward
    assert set(nn.__all__) - parts - {"manual_seed"} == compared


def test_dropout_with_torchs_mask_equals_torchs():
    torch.manual_seed(0)
    b = torch.tensor(X, requires_grad=True)
    expected = torch.nn.functional.dropout(b, 0.4)
    kept = (expected != 0) | (b == 0)
    a = Tensor(X, requires_grad=True)
    with given([kept.numpy() / 0.6]):
        out = nn.Dropout(0.4)(a)
    close(out.data, expected)
    out.sum().backward()
    expected.sum().backward()
    close(a.grad[1:], b.grad[1:])  # where x is 0 torch's own mask cannot be seen


def test_dropout_keeps_the_mean_in_training_and_changes_nothing_in_eval():
    nn.manual_seed(0)
    x, layer = np.ones((200, 100), "float32"), nn.Dropout(0.3)
    out = layer(x).data
    assert out.dtype == np.float32 and set(np.unique(out)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs((out == 0).mean() - 0.3) < 0.02 and abs(out.mean() - 1) < 0.02
    nn.manual_seed(0)
    assert np.array_equal(layer(x).data, out)
    assert layer.eval()(x) is x and not nn.Dropout(1.0)(x).data.any()


@pytest.mark.parametrize("layer", [lambda m: m.Linear(64, 400), lambda m: m.Embedding(200, 64)])
def test_first_weights_are_drawn_as_torch_draws_them(layer):
    nn.manual_seed(0)
    torch.manual_seed(0)
    ours, theirs = layer(nn), layer(torch.nn)
    for (name, p), (_, q) in zip(ours.named_parameters(), theirs.named_parameters(), strict=True):
        q = q.detach().numpy()
        assert p.dtype == q.dtype == np.float32 and p.shape == q.shape
        assert abs(p.data.std() / q.std() - 1) < 0.05 and abs(p.data.mean() - q.mean()) < 0.02, name
        if isinstance(ours, nn.Linear):
            assert 0.9 / 8 < np.abs(p.data).max() <= 1 / 8


INITS = [
    ("xavier_uniform_", {}),
    ("xavier_normal_", {"gain": 2.0}),
    ("kaiming_uniform_", {"nonlinearity": "relu"}),
    ("kaiming_uniform_", {"a": 0.5, "mode": "fan_out"}),
    ("kaiming_normal_", {"nonlinearity": "tanh"}),
    ("uniform_", {"a": -2.0, "b": 3.0}),
    ("normal_", {"mean": 1.0, "std": 0.5}),
    ("zeros_", {}),
    ("ones_", {}),
]


@pytest.mark.parametrize(("name", "options"), INITS)
def test_initialisers_draw_from_torchs_distribution(name, options):
    nn.manual_seed(1)
    torch.manual_seed(1)
    ours, theirs = nn.Parameter(np.empty((300, 40, 2), "float32")), torch.empty(300, 40, 2)
    assert getattr(nn.init, name)(ours, **options) is ours
    getattr(torch.nn.init, name)(theirs, **options)
    a, b = ours.data, theirs.numpy()
    assert np.allclose([a.mean(), a.std()], [b.mean(), b.std()], atol=0.05 * (b.std() + 0.01))
    assert "normal" in name or np.allclose([a.min(), a.max()], [b.min(), b.max()], rtol=0.01, atol=1e-3)


def test_gains_equal_torchs():
    for name in ("linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"):
        assert nn.init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    with pytest.raises(ValueError, match="expected leaky_relu"):
        nn.init.calculate_gain("swish")
    with pytest.raises(ValueError, match="two dims"):
        nn.init.kaiming_normal_(nn.Parameter(np.ones(3)))
