"""Loss at birth without a browser: its losses are a training's first, and it is honest about inf and nan."""

from math import isfinite, isnan, log

import numpy as np
import pytest
import torch

from karpathy_course.nn import BatchNorm1d, CrossEntropyLoss, Dropout, Linear, Sequential, Tanh, manual_seed
from karpathy_course.optim import SGD
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.randomness import default_generator, state_of
from karpathy_course.train import fit
from karpathy_course.widgets import LossAtBirth
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.loss_at_birth.measuring import SCALES
from tests.widgets.networks import CLASSES, network, rows


def in_torch(seed, scale, last_only, x, y):
    """(loss, probabilities) of the seed's network with scaled weights, computed by PyTorch in float64."""
    manual_seed(seed)
    weights = [torch.tensor(p.data.astype("float64")) for p in network().parameters()]
    w1, b1, w2, b2 = weights
    w1, w2 = w1 * (1 if last_only else scale), w2 * scale
    scores = torch.tanh(torch.tensor(x).double() @ w1.T + b1) @ w2.T + b2
    return torch.nn.functional.cross_entropy(scores, torch.tensor(y)).item(), torch.softmax(scores, 1).numpy()


@pytest.mark.parametrize("layers", ["all", "last"])
def test_every_loss_and_every_count_is_what_torch_computes(layers):
    x, y = rows()
    shown = LossAtBirth(network, x, y, seeds=(3, 8))
    for k, seed in enumerate((3, 8)):
        losses, found = shown.losses(seed, layers), shown.data["found"][k][layers]
        for i in range(0, len(SCALES), 7):
            loss, probabilities = in_torch(seed, SCALES[i], layers == "last", x, y)
            assert losses[SCALES[i]] == pytest.approx(loss, rel=1e-4)
            favourite, right = probabilities.max(1), probabilities.argmax(1) == y
            assert sum(found["right"][i]) == right.sum() and sum(found["wrong"][i]) == (~right).sum()
            assert found["mean"][i] == pytest.approx(favourite.mean(), rel=1e-4)
            assert found["sure"][i] == (favourite[~right] >= 0.9).sum()
            expected = np.histogram(favourite, bins=20, range=(0, 1))[0]
            assert np.abs(np.add(found["right"][i], found["wrong"][i]) - expected).sum() <= 2  # at a bin's border


def test_the_loss_at_scale_one_is_that_of_the_first_step_of_a_training():
    x, y = rows()

    def make():
        return Sequential(Linear(6, 8), BatchNorm1d(8), Tanh(), Dropout(0.3), Linear(8, CLASSES))

    manual_seed(5)
    model = make()
    manual_seed(5)  # dropout begins from the seed
    first = next(iter(fit(model, [(x, y)], CrossEntropyLoss(), SGD(model.parameters()))))
    assert LossAtBirth(make, x, y, seeds=[5]).losses()[1.0] == first.loss


def test_tiny_weights_of_the_last_layer_without_bias_give_exactly_even_odds():
    x, y = rows()
    shown = LossAtBirth(lambda: Sequential(Linear(6, 8), Tanh(), Linear(8, CLASSES, bias=False)), x, y)
    assert shown.losses(layers="last")[SCALES[0]] == pytest.approx(log(CLASSES), rel=1e-3)
    assert shown.inside(1.049 * log(CLASSES)) and not shown.inside(1.051 * log(CLASSES))
    assert shown.inside(0.951 * log(CLASSES)) and not shown.inside(0.949 * log(CLASSES))


@pytest.mark.slow
def test_losses_that_are_not_finite_are_said_and_their_rows_are_counted():
    x, y = rows()

    def make():
        model = network()
        model[2].weight.data *= np.float32(1e37)
        return model

    shown = LossAtBirth(make, x, y, seeds=[0])
    losses, found = list(shown.losses().values()), shown.data["found"][0]["all"]
    assert any(isnan(loss) for loss in losses) and isfinite(losses[0])
    assert {found["losses"][-1]} <= {"nan", "inf"} and found["lost"][-1] > 0 and found["lost"][0] == 0
    assert all(sum(found["right"][i]) + sum(found["wrong"][i]) + found["lost"][i] == len(y) for i in range(len(SCALES)))
    assert "NaN" not in compact_json(shown.data) and "Infinity" not in compact_json(shown.data)
    assert shown.picture().startswith(b"\x89PNG")


def test_nothing_of_the_learners_is_changed():
    x, y = rows()
    made = []
    manual_seed(11)
    before = state_of(default_generator())

    def make():
        made.append(network())
        return made[-1]

    LossAtBirth(make, Tensor(x), y, seeds=[0, 1])
    assert state_of(default_generator()) == before
    manual_seed(0)
    for (name, p), q in zip(made[1].named_parameters(), network().parameters()):
        assert np.array_equal(p.data, q.data), name


@pytest.mark.slow
def test_the_data_has_at_most_250_kb_and_the_text_is_always_the_same():
    x, y = rows(400, classes=10)
    large = LossAtBirth(lambda: network(classes=10), x, y, seeds=range(10))
    assert len(compact_json(large.data).encode()) <= 250_000
    one, other = (LossAtBirth(lambda: network(classes=10), x[:50], y[:50], seeds=[9]) for _ in range(2))
    assert repr(one) == repr(other) and one.data == other.data
    assert "ln 10 = 2.3026" in repr(one) and "seed 9" in repr(one)
    assert 2000 < len(one.picture()) <= 100_000


X, Y = rows()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((network(), X, Y), TypeError, "a function that makes a model, got a Sequential"),
        ((lambda: 5, X, Y), TypeError, "returned int, expected a Module"),
        ((Tanh, X, Y), TypeError, "no weights"),
        ((network, X, Y[:5]), ValueError, r"x of shape \(40, 6\) and y of shape \(5,\)"),
        ((network, X, Y.astype(float)), ValueError, "whole numbers"),
        ((network, X[:0], Y[:0]), ValueError, "at least one row"),
        ((network, X, Y + 3), ValueError, "labels from 3 to 6, but the model has 4 classes"),
        ((lambda: network(classes=1), X, Y), ValueError, "classes ≥ 2"),
        ((network, X, Y, range(11)), ValueError, "11 seeds"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(arguments, error, words):
    with pytest.raises(error, match=words) as raised:
        LossAtBirth(*arguments)
    assert "\n" not in str(raised.value)
