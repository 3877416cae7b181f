"""The stream of Steps: what a step holds, what it costs to read, eager and compiled, and what stops it."""

import subprocess
import sys
from itertools import islice

import numpy as np
import pytest
import torch

from karpathy_course import graph, nn
from karpathy_course.data import DataLoader
from karpathy_course.optim import SGD, Adam, AdamW, RMSprop
from karpathy_course.tensor import Tensor
from karpathy_course.train import NotFinite, accuracy, evaluate, fit
from tests.train.models import parts, same, state, training


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_training_is_the_loop_that_one_writes_by_hand(compiled):
    model, loader, loss_fn, optimizer = parts()
    losses = []
    for _ in range(2):
        for x, y in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    other, _, steps = training(epochs=2, compiled=compiled)
    found = list(steps)
    assert [step.loss for step in found] == losses
    assert same(state(model), state(other))
    assert [(s.number, s.epoch, s.epoch_ends) for s in found[4:6]] == [(5, 1, True), (6, 2, False)]
    assert all(s.total == 10 and s.epochs == 2 for s in found)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        (SGD, {}),
        (SGD, {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
        (SGD, {"momentum": 0.9, "nesterov": True}),
        (Adam, {"weight_decay": 0.01}),
        (Adam, {"clip_norm": 0.5}),
        (AdamW, {"weight_decay": 0.1}),
        (RMSprop, {"momentum": 0.9, "centered": True}),
    ],
)
def test_compiled_steps_equal_eager_ones(optimizer, options, dtype):
    found = []
    for compiled in (False, True):
        options = {**options, "optimizer": optimizer, "dtype": dtype, "schedule": lambda k: 0.01 / k}
        model, optimiser, steps = training(epochs=3, compiled=compiled, **options)
        read = [(s.loss, s.rate, s.metrics["accuracy"], s.gradient_norm) for s in steps]
        kept = [v for s in optimiser.state_dict()["state"].values() for v in s.values()]
        found.append((read, state(model), kept))
    (eager, weights, kept), (compiled, compiled_weights, compiled_kept) = found
    np.testing.assert_allclose(compiled, eager, rtol=1e-12 if dtype == "float64" else 1e-5)
    for name in weights:
        np.testing.assert_allclose(compiled_weights[name], weights[name], rtol=1e-6, atol=1e-9, err_msg=name)
    for a, b in zip(compiled_kept, kept, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-9)


@pytest.mark.slow
def test_1000_compiled_steps_with_adam_a_schedule_and_dropout_trace_once(monkeypatch):
    traced = []
    trace = graph.retracing.trace
    monkeypatch.setattr(graph.retracing, "trace", lambda fn, *x: traced.append(fn) or trace(fn, *x))
    runs = []
    for compiled in (False, True):
        model, _, steps = training(epochs=200, compiled=compiled, schedule=lambda k: 0.01 / (1 + k / 100))
        runs.append(([s.loss for s in steps], state(model)))
    (eager, weights), (compiled, compiled_weights) = runs
    assert len(compiled) == 1000 and len(traced) == 1
    np.testing.assert_allclose(compiled, eager, rtol=1e-4)
    assert all(np.allclose(compiled_weights[k], weights[k], rtol=1e-3, atol=1e-5) for k in weights)


def test_a_smaller_last_batch_and_a_changed_option_trace_anew_and_stay_right():
    found = []
    for compiled in (False, True):
        model, optimizer, steps = training(epochs=3, compiled=compiled, rows=90)
        losses = []
        for step in steps:
            losses.append(step.loss)
            if step.number == 7:
                optimizer.param_groups[0]["betas"] = (0.5, 0.9)
                model[1].eval()
        found.append((losses, state(model)))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5)
    assert all(np.allclose(found[0][1][k], found[1][1][k], rtol=1e-4, atol=1e-6) for k in found[0][1])


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_frozen_and_unused_parameters_stay_as_they_are(compiled):
    model, loader, loss, optimizer = parts()
    model[0].bias.requires_grad = False
    model.spare = nn.Linear(2, 2)
    model.forward = lambda x: nn.Sequential(*list(model)[:5])(x)
    optimizer.param_groups[0]["params"] = [*model.parameters()]
    before = state(model)
    step = list(fit(model, loader, loss, optimizer, compiled=compiled))[-1]
    changed = {k for k, v in state(model).items() if not np.array_equal(v, before[k])}
    assert "0.bias" not in changed and "spare.weight" not in changed and "0.weight" in changed
    assert "0.weight" in step.gradient_norms and "spare.weight" not in step.gradient_norms


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_changed_rate_counts_from_the_next_step(compiled):
    model, optimizer, steps = training(epochs=2, compiled=compiled, optimizer=SGD)
    assert next(steps).rate == 0.01
    optimizer.param_groups[0]["lr"] = 0.0
    before = {name: np.array(p.data) for name, p in model.named_parameters()}
    assert next(steps).rate == 0.0
    assert all(np.array_equal(before[name], p.data) for name, p in model.named_parameters())


def test_metrics_and_gradient_norms_are_worked_out_only_when_read():
    asked = []
    model, loader, loss, optimizer = parts()

    def counted(output, target):
        asked.append(1)
        return accuracy(output, target)

    steps = list(fit(model, loader, loss, optimizer, epochs=1, metrics={"accuracy": counted}))
    assert asked == []
    first = steps[0].metrics
    assert first == steps[0].metrics and asked == [1]


def test_gradient_norms_stay_those_of_their_step():
    model, _, steps = training(epochs=1, optimizer=SGD)
    first = next(steps)
    expected = {name: float(np.linalg.norm(p.grad)) for name, p in model.named_parameters()}
    list(steps)
    assert first.gradient_norms == pytest.approx(expected, rel=1e-6)
    assert first.gradient_norm == pytest.approx(np.linalg.norm(list(expected.values())), rel=1e-6)


def moved(clip_norm):
    """{name: gradient} that a first step with rate 1 took, and the step."""
    model, loader, loss, optimizer = parts(dtype="float64", optimizer=SGD, lr=1.0)
    before = {name: np.array(p.data) for name, p in model.named_parameters()}
    step = next(fit(model, loader, loss, optimizer, clip_norm=clip_norm))
    return {name: before[name] - p.data for name, p in model.named_parameters()}, step


@pytest.mark.parametrize("most", [0.1, 100.0])
def test_clipping_is_torchs_and_norms_are_those_before_it(most):
    whole, _ = moved(None)
    found, step = moved(most)
    theirs = [torch.nn.Parameter(torch.zeros(g.shape)) for g in whole.values()]
    for q, g in zip(theirs, whole.values()):
        q.data, q.grad = q.data.double(), torch.tensor(g)
    total = torch.nn.utils.clip_grad_norm_(theirs, most)
    assert step.gradient_norm == pytest.approx(total.item(), rel=1e-9)
    for q, g in zip(theirs, found.values()):
        np.testing.assert_allclose(g, q.grad.numpy(), rtol=1e-9, atol=1e-12)


def test_validation_ends_each_epoch_in_eval_mode_and_weighs_every_row():
    model, loader, loss, optimizer = parts()
    x, y = loader.dataset.tensors
    validation = DataLoader((x, y), 30)
    steps = list(fit(model, loader, loss, optimizer, epochs=2, validation=validation, metrics={"accuracy": accuracy}))
    assert [step.validation is not None for step in steps] == [step.epoch_ends for step in steps]
    assert model.training
    model.eval()
    assert steps[-1].validation["loss"] == pytest.approx(loss(model(x), y).item(), rel=1e-6)
    assert steps[-1].validation["accuracy"] == pytest.approx(accuracy(model(x), y))
    with pytest.raises(ValueError, match="no batch"):
        evaluate(model, [], loss)


@pytest.mark.parametrize("make", [np.asarray, torch.tensor], ids=["numpy", "torch"])
def test_accuracy_is_a_share_without_rounding(make):
    output, target = np.eye(4, dtype="float32")[[0, 1, 2, 3, 3]], np.array([0, 1, 2, 0, 0])
    assert accuracy(make(output), make(target)) == 0.6
    with pytest.raises(ValueError, match=r"accuracy: a batch of shape \(0, 4\) is empty"):
        accuracy(make(output[:0]), make(target[:0]))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_who_stops_reading_stops_the_training_and_can_go_on(compiled):
    model, _, steps = training(epochs=3, compiled=compiled)
    list(islice(steps, 4))
    middle = state(model)
    list(steps)
    straight, _, steps = training(epochs=3, compiled=compiled)
    list(steps)
    assert same(state(model), state(straight)) and not same(middle, state(model))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_gradients_are_those_of_the_optimisers_parameters_and_do_not_add_up(compiled):
    model, loader, loss, _ = parts(optimizer=SGD)
    other = parts()[0]
    steps = fit(model, loader, loss, SGD(model[4].parameters(), lr=0.0), epochs=4, clip_norm=0.1, compiled=compiled)
    assert [list(step.gradient_norms) for step in steps] == [["4.weight", "4.bias"]] * 20
    x, y = loader.dataset.tensors
    loss(other(x), y).backward()
    assert model[0].weight.grad is None or np.abs(model[0].weight.grad).max() < 5 * np.abs(other[0].weight.grad).max()


def test_settings_of_a_module_may_change_between_compiled_steps():
    found = []
    for compiled in (False, True):
        model, _, steps = training(epochs=4, compiled=compiled, rows=90)
        losses = []
        for step in steps:
            losses.append(step.loss)
            if step.number == 4:  # before a batch of a size that has not been met
                model[3].eval()
            if step.number == 7:
                model[3].train()
            if step.number == 12:
                model[3].p, model[1].momentum = 0.9, 0.5
        found.append((losses, state(model)))
    assert found[1][0] == pytest.approx(found[0][0], rel=1e-5)
    assert all(np.allclose(found[0][1][k], found[1][1][k], rtol=1e-4, atol=1e-6) for k in found[0][1])


class Sized:
    """A loader whose length is not how many batches it gives."""

    def __init__(self, length, batches):
        self.length, self.batches = length, batches

    def __len__(self):
        return self.length

    def __iter__(self):
        return iter(self.batches)


def test_an_epoch_is_as_long_as_the_loader_says():
    model, loader, loss, optimizer = parts()
    batches = list(loader)
    steps = list(fit(model, Sized(2, batches), loss, optimizer, epochs=2))
    assert [(s.number, s.epoch, s.epoch_ends) for s in steps] == [
        (1, 1, False),
        (2, 1, True),
        (3, 2, False),
        (4, 2, True),
    ]
    with pytest.raises(ValueError, match="the loader's length is 7 batches, it gave 5"):
        list(fit(model, Sized(7, batches), loss, optimizer))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_model_that_spoils_its_own_output_is_named(compiled):
    class Own(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(6, 3)

        def both(self, x):
            return {"scores": [self.layer(x)]}

        def forward(self, x):
            return self.both(x)["scores"][0] * float("inf")

    model, (_, loader, loss, _) = Own(), parts()
    model.layer.forward = own = model.layer.forward  # a module's own, set on itself
    steps = fit(model, loader, loss, SGD(model.parameters()), compiled=compiled)
    with np.errstate(all="ignore"), pytest.raises(NotFinite, match="first module whose output is not finite is Own"):
        next(steps)
    assert vars(model.layer)["forward"] == own and "forward" not in vars(model)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_loss_that_is_not_finite_stops_before_the_step_and_names_the_layer(compiled):
    class Wrong(nn.Module):
        def forward(self, x):
            return (x - 1e4).exp().log() * 0 if self.training else x

    model, loader, loss, optimizer = parts()
    model.append(Wrong())
    before, kept = state(model), dict(optimizer.state)
    with pytest.raises(NotFinite, match=r"step 1: the loss is nan: .*output is not finite is '5' \(Wrong\)") as caught:
        list(fit(model, loader, loss, optimizer, compiled=compiled))
    assert (caught.value.step, caught.value.where) == (1, "5")
    assert same(before, state(model))
    assert all(s["step"] == 0 for s in optimizer.state.values()) and not kept


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_batch_with_nan_is_named_and_the_weights_are_kept(compiled):
    model, loader, loss, optimizer = parts(optimizer=SGD)
    loader.dataset.tensors[0][50, 2] = np.nan
    steps = fit(model, loader, loss, optimizer, compiled=compiled)
    with pytest.raises(NotFinite, match="the batch itself has numbers that are not finite") as caught:
        list(steps)
    assert caught.value.where == "the batch"
    assert all(np.isfinite(x).all() for x in state(model).values())


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_gradients_that_explode_stop_the_training_before_they_reach_the_weights(compiled):
    model = nn.Sequential(nn.Linear(2, 2, dtype="float32"), nn.Linear(2, 1, dtype="float32"))
    x, y = np.full((4, 2), 1e30, "float32"), np.zeros((4, 1), "float32")
    model[1].weight.data[...] = 1e-20

    class Loss(nn.Module):
        def forward(self, output, target):
            return (output * 1e25).mean() * 1e-10

    before = state(model)
    steps = fit(model, DataLoader((x, y), 4), Loss(), SGD(model.parameters(), lr=1.0), compiled=compiled)
    with np.errstate(all="ignore"), pytest.raises(NotFinite) as caught:
        list(steps)
    assert caught.value.where in ("0.weight", "1.weight", "1") and same(before, state(model))


def test_a_parameter_that_an_earlier_step_spoilt_is_named():
    model, _, steps = training()
    next(steps)
    model[4].weight.data[0, 0] = np.inf
    with np.errstate(all="ignore"), pytest.raises(NotFinite, match=r"4\.weight is not finite: it became so in step 1"):
        next(steps)


class Scale(nn.Module):
    """A parameter and a buffer without a shape."""

    def __init__(self):
        self.scale, self.seen = nn.Parameter(np.ones((), "float32")), nn.Buffer(np.zeros((), "float32"))

    def forward(self, x):
        self.set_buffer("seen", self.seen + 1)
        return x * self.scale


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_parameters_without_a_shape_stay_arrays(compiled):
    model, batch = Scale(), (np.ones(3, "float32"), np.zeros(3, "float32"))
    list(fit(model, [batch], nn.MSELoss(), Adam(model.parameters(), lr=0.1), epochs=3, compiled=compiled))
    assert type(model.scale.data) is type(model.seen.data) is np.ndarray
    assert model.scale.item() == pytest.approx(0.7, abs=0.01) and model.seen.item() == 3


class Twice(nn.Module):
    """Two inputs, one target."""

    def __init__(self):
        self.first, self.second = nn.Linear(2, 3), nn.Linear(1, 3)

    def forward(self, a, b):
        return self.first(a) + self.second(b)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_model_may_take_several_inputs_and_tensors(compiled):
    nn.manual_seed(0)
    model, rng = Twice(), np.random.default_rng(0)
    batch = (rng.normal(size=(4, 2)).astype("float32"), Tensor(np.ones((4, 1), "float32")), np.array([0, 1, 2, 0]))
    optimizer = SGD(model.parameters(), lr=0.5)
    steps = list(fit(model, [batch], nn.CrossEntropyLoss(), optimizer, epochs=5, compiled=compiled))
    assert steps[-1].loss < steps[0].loss


def test_a_model_on_torch_arrays_trains_eagerly():
    _, _, steps = training(epochs=1)
    expected = [step.loss for step in steps]
    model, loader, loss, optimizer = parts()
    for part in (*model.parameters(), *model.buffers()):
        part.data = torch.tensor(part.data)
    loader.dataset.tensors = tuple(torch.tensor(x) for x in loader.dataset.tensors)
    assert [step.loss for step in fit(model, loader, loss, optimizer)] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        (lambda x, y: (x.astype("float64"), y), TypeError, "float64"),
        (lambda x, y: (x, y + 1), IndexError, "cross_entropy: target 3 is out of range: classes are 0 to 2"),
        (lambda x, y: (x, y - 1), IndexError, "target -1 is out of range"),
        (lambda x, y: (x[:, :5], y), ValueError, "linear: x"),
        (
            lambda x, y: (torch.tensor(x), torch.tensor(y)),
            TypeError,
            "a torch array on cpu, the model a numpy",
        ),
        (lambda x, y: (x, y.astype("float32")), TypeError, "target of float32: expected whole numbers"),
        (lambda x, y: (x.astype("int64"), y), TypeError, "int64"),
    ],
)
def test_data_that_do_not_fit_the_model_are_refused_and_change_nothing(change, error, said, compiled):
    model, loader, loss, optimizer = parts(optimizer=SGD)
    loader.dataset.tensors = change(*loader.dataset.tensors)
    before = {name: np.array(p.data) for name, p in model.named_parameters()}
    with pytest.raises(error, match=said):
        list(fit(model, loader, loss, optimizer, compiled=compiled))
    assert all(np.array_equal(before[name], p.data) for name, p in model.named_parameters())


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_metric_gets_tensors_and_a_loss_must_be_one_number(compiled):
    kinds = []
    model, loader, loss, optimizer = parts()

    def kind(output, target):
        kinds.append(type(output))
        return 0.0

    next(fit(model, loader, loss, optimizer, metrics={"kind": kind}, compiled=compiled)).metrics  # noqa: B018
    assert kinds == [Tensor]
    with pytest.raises(ValueError, match=r"shape.*\(20,\)"):
        next(fit(model, loader, nn.CrossEntropyLoss(reduction="none"), optimizer, compiled=compiled))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    ("batch", "said"),
    [
        ((), "the loader gave a tuple of 0: expected a batch"),
        (np.ones((2, 6), "float32"), "the loader gave a numpy array on cpu: expected a batch"),
        (([[1.0] * 6], np.array([0])), "the batch has a list of 1: expected arrays"),
        ((np.ones((1, 6), "float32"), 0), "the batch has a int: expected arrays"),
    ],
)
def test_what_is_no_batch_is_refused(batch, said, compiled):
    model, _, loss, optimizer = parts()
    with pytest.raises(TypeError, match=said):
        next(fit(model, [batch], loss, optimizer, compiled=compiled))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_loss_without_a_gradient_is_refused(compiled):
    model, loader, _, optimizer = parts()
    for number in (3.0, np.float32(3)):
        with pytest.raises(TypeError, match=r"fit: the loss is a .*, which has no gradient"):
            next(fit(model, loader, lambda output, target, number=number: number, optimizer, compiled=compiled))


def test_a_batch_on_another_device_than_the_model_is_refused():
    model, loader, loss, optimizer = parts()
    for part in (*model.parameters(), *model.buffers()):
        part.data = torch.tensor(part.data)
    x, y = (torch.tensor(x) for x in loader.dataset.tensors)
    with pytest.raises(TypeError, match="batch has a torch array on meta, the model a torch array on cpu"):
        next(fit(model, [(x.to("meta"), y)], loss, optimizer))


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_an_empty_batch_is_refused(compiled):
    model, _, loss, optimizer = parts()
    model[1].eval()
    batch = np.ones((0, 6), "float32"), np.ones(0, "int64")
    with pytest.raises(ValueError, match=r"is empty|no variance"):
        list(fit(model, [batch], loss, optimizer, compiled=compiled))


def test_training_loads_no_pytorch():
    code = (
        "import sys; from karpathy_course import data, nn, optim, train; data.DataLoader; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_training_without_batches_or_with_another_models_optimiser_is_refused():
    model, loader, loss, optimizer = parts(rows=5, batch=20, drop_last=True)
    with pytest.raises(ValueError, match="the loader has no batches"):
        fit(model, loader, loss, optimizer)
    for compiled in (False, True):
        with pytest.raises(ValueError, match="a parameter that the model has not"):
            fit(parts()[0], parts()[1], loss, optimizer, compiled=compiled)
    with pytest.raises(ValueError, match="clip_norm=-1"):
        fit(*parts(), clip_norm=-1)
    for epochs in (-1, 1.5, True):
        with pytest.raises(ValueError, match=f"epochs={epochs}: expected a whole number"):
            fit(*parts(), epochs=epochs)
    with pytest.raises(TypeError, match="the loader, a generator, has no length"):
        fit(model, (batch for batch in parts()[1]), loss, optimizer)
