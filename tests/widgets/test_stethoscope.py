"""The stethoscope without a browser: what it hears is what PyTorch computes, and the model is as it was."""

import json

import numpy as np
import pytest
import torch

from karpathy_course.nn import (
    BatchNorm1d,
    Dropout,
    LayerNorm,
    Linear,
    Module,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
    functional,
    manual_seed,
)
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.randomness import default_generator, state_of
from karpathy_course.widgets import Stethoscope
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.stethoscope.measuring import BARS, BINS, rms
from tests.widgets.deep_networks import CLASSES, WIDTH, Failing, network, random_network, rows, weights, with_biases


def in_torch(model, x, y):
    """[(activations, gradients)] of every activation of a Sequential, in float64."""
    h, kept = torch.tensor(x, dtype=torch.float64), []
    for module in model:
        if isinstance(module, Linear):
            w, b = (torch.tensor(p.data.astype("float64"), requires_grad=True) for p in (module.weight, module.bias))
            h = h @ w.T + b
        else:
            h = torch.relu(h) if isinstance(module, ReLU) else torch.tanh(h)
            h.retain_grad()
            kept.append(h)
    torch.nn.functional.cross_entropy(h, torch.tensor(y)).backward()
    return [(h.detach().numpy(), h.grad.numpy()) for h in kept]


@pytest.mark.parametrize("seed", range(6))
def test_every_number_is_what_torch_computes(seed):
    model, (x, y) = random_network(seed).double(), rows(seed=seed)
    found = Stethoscope(model, x, y).reading()
    heard = in_torch(model, x, y)
    assert len(found["rms"]) == len(heard)
    for k, (a, g) in enumerate(heard):
        assert found["rms"][k] == pytest.approx(np.sqrt(np.mean(a**2)), rel=1e-9)
        assert found["mean"][k] == pytest.approx(a.mean(), rel=1e-9)
        assert found["zero"][k] == (a == 0).mean() and found["lost"][k] == 0
        assert found["dead"][k] == (a == 0).all(axis=0).mean()
        assert found["gradient"]["rms"][k] == pytest.approx(np.sqrt(np.mean(g**2)), rel=1e-9)
        assert found["bins"][k].sum() == (a != 0).sum() and found["bars"][k].sum() == a.size
        expected = np.histogram(np.log10(np.abs(a[a != 0])), bins=BINS, range=(found["low"], found["high"]))[0]
        assert np.abs(found["bins"][k][1:] - expected[1:]).sum() <= 2  # at a bin's border
        expected = np.histogram(a / np.abs(a).max(), bins=BARS, range=(-1, 1))[0]
        assert np.abs(found["bars"][k] - expected).sum() <= 2
        if isinstance(model[1], Tanh):
            assert found["saturated"][k] == (np.abs(a) > 0.97).mean()
        else:
            assert found["saturated"][k] is None


def test_fifty_relu_layers_keep_or_lose_the_size_as_theory_says():
    layers = weights(50, width=100)
    shown = Stethoscope(layers, rows(100, 100, dtype="float64")[0], activation="relu")
    start, found = shown.data["input"], shown.reading()
    expected = rms(shown.listener.x) * 2.0 ** (-np.arange(1, 51) / 2)
    drawn = shown.reading("one")
    assert drawn["theory"] == pytest.approx(expected.tolist(), rel=1e-12)
    for reading in (found, drawn):
        assert 0.3 < reading["rms"][49] / expected[49] < 3 and abs(np.log2(reading["theory"][49] / start) + 25) < 0.2
        assert 0.3 < reading["gradient"]["rms"][0] / 2**-24.5 < 3
    kept = shown.reading("he")
    assert 0.3 < kept["rms"][49] < 3 and set(kept["fate"]) == {""}
    assert found["fate"].index("vanished") == next(
        k for k in range(50) if found["rms"][k] < rms(shown.listener.x) / 1000
    )
    ratio = np.divide(kept["rms"], drawn["rms"])  # one seed, one draw: only the deviation differs
    assert ratio == pytest.approx(2.0 ** (np.arange(1, 51) / 2), rel=1e-9)
    assert shown.reading("he", seed=1)["rms"] != kept["rms"]


@pytest.mark.parametrize(
    ("name", "of_arrays", "of_tensors"),
    [
        ("relu", lambda z: np.maximum(z, 0), lambda z: z.relu()),
        ("tanh", np.tanh, functional.tanh),
        ("linear", lambda z: z.copy() if isinstance(z, np.ndarray) else np.nan, lambda z: z * 1),
    ],
)
def test_an_activation_may_be_named_or_written_for_arrays_or_for_tensors(name, of_arrays, of_tensors):
    layers, (x, _) = with_biases(12, {3: 0.2, 7: -1.0}, scale=1.3), rows(dtype="float64")
    one, two, three = (Stethoscope(layers, x, activation=f).reading() for f in (name, of_arrays, of_tensors))
    for other in (two, three):
        assert other["rms"] == pytest.approx(one["rms"], rel=1e-9)
        assert other["gradient"]["rms"] == pytest.approx(one["gradient"]["rms"], rel=1e-7)
        assert other["fate"] == one["fate"] and other["zero"] == one["zero"]


def test_the_slope_of_an_activation_of_arrays_is_right_at_tiny_and_at_endless_numbers():
    layers = weights(50, scale=0.5)
    x = rows(dtype="float64")[0]
    named = Stethoscope(layers, x, activation="relu").reading()
    own = Stethoscope(layers, x, activation=lambda z: np.where(z > 0, z, 0)).reading()
    assert named["rms"][-1] < 1e-20
    assert own["gradient"]["rms"] == pytest.approx(named["gradient"]["rms"], rel=1e-7)
    overflowing = [w * 1e200 for w in weights(3)]
    ends = Stethoscope(overflowing, x, activation=lambda z: np.tanh(z)).reading()
    assert ends["lost"] == [0, 0, 0] and ends["saturated"] == [1, 1, 1] and ends["gradient"]["rms"][0] == 0


def test_with_classes_a_lists_last_weight_gives_the_scores():
    layers, (x, y) = weights(5), rows(dtype="float64")
    scores = [*layers, np.random.default_rng(1).normal(size=(WIDTH, CLASSES))]
    found = Stethoscope(scores, x, y, activation="relu").reading()
    modules = []
    for w in scores:
        linear = Linear(*w.shape, bias=False)
        linear.weight.data = w.T.copy()
        modules += [linear, ReLU()]
    same = Stethoscope(Sequential(*modules[:-1]), x, y).reading()
    assert len(found["rms"]) == 5 and found["rms"] == same["rms"] and found["loss"] == pytest.approx(same["loss"])
    assert Stethoscope(layers, x, activation="relu").reading()["loss"] is None


def snapshot(model):
    """Everything that a run could change: the objects, their numbers and the generator's state."""
    parts = [(module, dict(vars(module))) for module in model.modules()]
    arrays = [p.data.copy() for _, own in parts for p in own.values() if isinstance(p, Tensor)]
    grads = [p.grad for p in model.parameters()]
    return parts, arrays, grads, state_of(default_generator())


def assert_same(model, before):
    for (module, own), (_, was) in zip(snapshot(model)[0], before[0]):
        assert list(own) == list(was) and all(own[name] is was[name] for name in own), module
    assert all(np.array_equal(a, b) for a, b in zip(snapshot(model)[1], before[1]))
    assert all(g is h for g, h in zip(snapshot(model)[2], before[2]))
    assert snapshot(model)[3] == before[3]


class Counting(Module):
    """A learner's own BatchNorm, which moves its statistics in place and remembers what it saw."""

    def __init__(self):
        self.seen, self.running = 0, np.zeros(WIDTH)

    def forward(self, input):
        self.seen += 1
        self.running *= 0.9
        self.running += 0.1 * input.data.mean(0)
        self.last = input
        return input


def mixed(activation):
    manual_seed(1)
    return Sequential(
        Linear(WIDTH, WIDTH), BatchNorm1d(WIDTH), ReLU(), Counting(), Dropout(0.3),
        Sequential(Linear(WIDTH, WIDTH), activation), Linear(WIDTH, CLASSES),
    )  # fmt: skip


@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_as_it_was(training):
    (x, y), model = rows(), mixed(Tanh())
    model.train(training)
    functional.cross_entropy(model(x), y).backward()
    before, moved = snapshot(model), model[3].running.copy()
    shown = Stethoscope(model, x, y)
    shown.reading("large", "gelu", batchnorm=False)
    shown.reading("he", batchnorm=True)
    assert_same(model, before)
    assert model[3].seen == 1 and np.array_equal(model[3].running, moved)


def test_the_model_is_as_it_was_after_an_exception_too():
    (x, y), model = rows(), mixed(Failing(most=50))
    model.eval()
    before = snapshot(model)
    shown = Stethoscope(model, x, y)
    with pytest.raises(OverflowError):
        shown.reading("large", batchnorm=False)
    assert_same(model, before)
    answer = shown.answer({"ask": "large given 0 0"})
    assert answer["refused"] == "OverflowError: this activation takes numbers up to 50" and "found" not in answer
    assert_same(model, before)

    def failing_loss(output, y):
        raise ZeroDivisionError("no loss today")

    with pytest.raises(ValueError, match="ZeroDivisionError: no loss today"):
        Stethoscope(model, x, y, loss=failing_loss)
    assert_same(model, before)


def test_as_given_means_the_weights_that_the_model_had_when_it_was_given():
    (x, y), model, same = rows(), network(seed=4), network(seed=4)
    shown = Stethoscope(model, x, y)
    for p in model.parameters():
        p.data *= 3  # as a training may do, in place
    before = snapshot(model)
    expected = Stethoscope(same, x, y).reading("given", "tanh")
    assert shown.reading("given", "tanh")["rms"] == expected["rms"]
    assert shown.reading("given", "tanh")["theory"] == expected["theory"]
    assert_same(model, before)


def test_overflow_is_said_in_float32_and_does_not_happen_in_float64():
    x = rows(dtype="float64")[0]
    for dtype, lost in (("float32", True), ("float64", False)):
        shown = Stethoscope(weights(80, scale=6, dtype=dtype), x, activation="relu")
        found = shown.reading()
        assert (max(found["lost"]) > 0) == lost and np.isfinite(found["rms"][-1]) != lost
        assert found["fate"][-1] == "exploded" and found["fate"][0] == ""
        text = compact_json(shown.data)
        assert "NaN" not in text and "Infinity" not in text and json.loads(text)
    assert shown.picture().startswith(b"\x89PNG")
    assert rms(np.array([1e200, -1e200])) == 1e200 and rms(np.array([1e-200])) == 1e-200
    assert rms(np.array([1.0, np.inf])) == np.inf and np.isnan(rms(np.array([1.0, np.nan])))


def test_underflow_to_zero_is_counted_as_zero():
    x = rows(dtype="float64")[0]
    single = Stethoscope(weights(40, scale=0.05, dtype="float32"), x, activation="tanh").reading()
    double = Stethoscope(weights(40, scale=0.05), x, activation="tanh").reading()
    assert single["zero"][-1] == 1 and single["rms"][-1] == 0 and single["fate"][-1] == "dead"
    assert double["zero"][-1] == 0 and 0 < double["rms"][-1] < 1e-45 and double["fate"][-1] == "vanished"
    assert single["gradient"]["zero"][0] == 1 and double["gradient"]["rms"][0] > 0


def test_dead_and_saturated_layers_are_told_from_vanished_ones():
    x = rows(dtype="float64")[0]
    found = Stethoscope(with_biases(8, {5: -50.0}, scale=1.4), x, activation="relu").reading()
    assert found["fate"] == ["", "", "", "", "dead", "dead", "dead", "dead"] and found["dead"][4] == 1
    assert found["theory"][4] == pytest.approx(0, abs=1e-6)
    assert found["gradient"]["fate"][:4] == ["vanished"] * 4 and found["gradient"]["rms"][0] == 0
    found = Stethoscope(weights(6, scale=30), x, activation="tanh").reading()
    assert found["fate"] == ["saturated"] * 6 and min(found["saturated"]) > 0.5
    half = [w.copy() for w in weights(4, scale=1.4)]
    half[1][:, : WIDTH // 2] = -100  # these units see positive numbers alone
    assert Stethoscope(half, x, activation="relu").reading()["dead"][1] == 0.5


def test_batchnorm_can_be_put_in_and_taken_out():
    (x, y), plain = rows(200), network(10)
    off, on = (Stethoscope(plain, x, y).reading("one", batchnorm=norm) for norm in (False, True))
    assert off["rms"][-1] < 0.1 and min(on["rms"]) > 0.5
    assert on["theory"] == pytest.approx([2**-0.5] * 10)  # relu of a normal number of variance 1
    assert on["rms"] == pytest.approx(on["theory"], rel=0.25)  # the layers are narrow
    layers = [part for _ in range(4) for part in (Linear(WIDTH, WIDTH), BatchNorm1d(WIDTH), ReLU())]
    own = Stethoscope(Sequential(*layers, Linear(WIDTH, CLASSES)), x, y)
    assert own.data["own_norm"] and own.data["chosen"] == "given given 1 0"
    assert own.reading()["rms"] == pytest.approx([2**-0.5] * 4, rel=0.15)
    assert own.reading("one", batchnorm=False)["theory"][3] == pytest.approx(own.listener.start / 4)


def test_residual_and_normalised_networks_are_listened_to_as_well():
    x, y = rows()
    block = lambda: Residual(Sequential(LayerNorm(WIDTH), Linear(WIDTH, WIDTH), ReLU(), Linear(WIDTH, WIDTH)))
    model = Sequential(*(block() for _ in range(4)), BatchNorm1d(WIDTH, affine=False), ReLU(), Linear(WIDTH, CLASSES))
    before = snapshot(model)
    shown = Stethoscope(model, x, y)
    assert shown.data["names"] == [f"{k}.body.2" for k in range(4)] + ["5"] and shown.data["own_norm"]
    assert shown.reading()["theory"] is None and set(shown.reading("he")["gradient"]["fate"]) == {""}
    assert_same(model, before)
    plain = Sequential(Linear(WIDTH, WIDTH), BatchNorm1d(WIDTH, affine=False), ReLU(), Linear(WIDTH, CLASSES))
    assert Stethoscope(plain, x, y).reading()["theory"] == pytest.approx([2**-0.5])


class Own(Module):
    """A learner's own activation."""

    def forward(self, input):
        return input * (input > 0)


class OnTheWay(Module):
    """A network whose forward uses functions, so that there is no activation to be found."""

    def __init__(self):
        self.one, self.two = Linear(WIDTH, WIDTH), Linear(WIDTH, CLASSES)

    def forward(self, x):
        return self.two(functional.relu(self.one(x)))


def test_what_is_listened_to_are_the_activations_or_else_the_layers():
    x, y = rows()
    act = Own()
    model = Sequential(Linear(WIDTH, 9), act, Dropout(0.2), Linear(9, 7), act, Linear(7, CLASSES), Softmax(1))
    shown = Stethoscope(model, x, y)
    assert shown.data["names"] == ["1", "1"] and shown.data["units"] == [9, 7]  # one module, passed through twice
    assert dict(shown.data["shapes"])["given"] == "ReLU, as given" and "relu" not in dict(shown.data["shapes"])
    assert shown.reading()["theory"] is None  # of dropout and softmax there is none
    assert shown.reading("he", "linear")["dead"] == [0, 0]
    shown = Stethoscope(OnTheWay(), x, y)
    assert shown.data["names"] == ["one", "two"] and [name for name, _ in shown.data["shapes"]] == ["given"]
    with pytest.raises(ValueError, match="no activations before which a BatchNorm could stand"):
        shown.reading(batchnorm=True)
    assert dict(Stethoscope(network(3, Sigmoid), x, y).data["shapes"])["given"] == "as given"


@pytest.mark.parametrize(("depth", "choices"), [(2, 40), (100, 15)])
def test_a_page_without_a_kernel_holds_at_most_250_kb(depth, choices):
    shown = Stethoscope(weights(depth, scale=1.1), rows(dtype="float64")[0], activation="relu", seed=3)
    data = shown.page_data()
    assert len(compact_json(data).encode()) <= 250_000 and choices <= len(data["found"]) <= 40
    first = [key.split()[2] for key in data["found"]][:15]
    assert set(first) == {"0"} and all(key.endswith(" 3") for key in data["found"])


def test_the_text_is_always_the_same_and_says_where_the_first_layer_died():
    x = rows(dtype="float64")[0]
    one, other = (Stethoscope(weights(30, scale=0.8), x, activation="relu") for _ in range(2))
    assert repr(one) == repr(other) and one.data == other.data
    at = one.reading()["fate"].index("vanished") + 1
    back = 30 - one.reading()["gradient"]["fate"][::-1].index("vanished")
    assert f"vanished first in layer {at}\n" in repr(one)
    assert repr(one).endswith(f"from the loss back, vanished first in layer {back}")
    assert repr(Stethoscope(weights(3, scale=1.4), x, activation="relu")).count("all alive") == 2
    assert 5000 < len(one.picture()) <= 100_000


X, Y = rows()
BROKEN = network()
BROKEN[4].weight.data[0, :2] = np.nan


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((5, X), {}, TypeError, "expected a Module of nn or a list of weights, got int"),
        (([], X), {}, TypeError, "got list"),
        ((weights(2), X), {}, TypeError, "needs its activation"),
        ((weights(2), X), {"activation": "swish"}, ValueError, "'swish': expected a function, or relu, tanh"),
        ((network(), X), {"activation": "relu"}, TypeError, "a Module has its own"),
        (([np.ones((3, 4)), np.ones((3, 4))], X), {"activation": "relu"}, ValueError, "Did you forget to transpose"),
        (([np.ones(3)], X), {"activation": "relu"}, ValueError, r"weight 0 has shape \(3,\)"),
        (([(np.ones((16, 4)), np.ones(3))], X), {"activation": "relu"}, ValueError, r"bias 0 has shape \(3,\)"),
        ((Sequential(ReLU(), Tanh()), X), {}, ValueError, "no layers to listen at"),
        ((network(), X[:, :5], Y), {}, ValueError, r"cannot be run on x of shape \(40, 5\): ShapeError"),
        ((network(), X[:1], Y[:1]), {}, ValueError, "two rows or more"),
        ((network(), X, Y[:5]), {}, ValueError, "as many rows"),
        ((network(), X, Y + 2), {}, ValueError, "cannot be run"),
        ((network(), X * np.nan, Y), {}, ValueError, "x holds 640 numbers that are inf or nan"),
        ((BROKEN, X, Y), {}, ValueError, "2 of the .* numbers of 4.weight are inf or nan"),
        ((weights(101), X), {"activation": "relu"}, ValueError, "101 layers: expected 100 at most"),
        ((network(), X, Y), {"seed": -1}, ValueError, "seed=-1"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(arguments, options, error, words):
    with pytest.raises(error, match=words) as raised:
        Stethoscope(*arguments, **options)
    assert "\n" not in str(raised.value)
    with pytest.raises(ValueError, match="'tiny': expected one of given, one, he"):
        Stethoscope(network(), X, Y).reading("tiny")
