"""`fit` with a schedule: the rates of torch's loop, one trace, the same after a stop, and what does not fit."""

from itertools import islice

import numpy as np
import pytest
import torch

from karpathy_course import graph, nn
from karpathy_course.optim import SGD, Adam, AdamW, RMSprop, lr_scheduler
from karpathy_course.torch_reference import fit as fit_in_torch
from karpathy_course.torch_reference import to_torch
from karpathy_course.train import CheckpointError, checkpoints, fit
from tests.train.models import parts, same, state

OPTIMISERS = [
    (SGD, {}),
    (SGD, {"momentum": 0.9, "nesterov": True}),
    (RMSprop, {}),
    (RMSprop, {"momentum": 0.9, "centered": True, "weight_decay": 0.01}),
    (Adam, {}),
    (AdamW, {}),
]
NAMES = [kind.__name__ + " with options" * bool(options) for kind, options in OPTIMISERS]


def warm_cosine(optimizer, library=lr_scheduler):
    warm = library.LinearLR(optimizer, 0.1, total_iters=5)
    return library.SequentialLR(optimizer, [warm, library.CosineAnnealingLR(optimizer, 12)], [5])


def cycle(optimizer, library=lr_scheduler, steps=20):
    return library.OneCycleLR(optimizer, 0.02, total_steps=steps)


def halving(optimizer, library=lr_scheduler):
    return library.MultiStepLR(optimizer, [3, 7, 7], 0.5)


def inverse(optimizer, library=lr_scheduler):
    return library.LambdaLR(optimizer, lambda k: 1 / (1 + k))


def scheduled(schedule, optimizer=Adam, options=None, compiled=False, resume=None, epochs=4, dtype="float32", **words):
    """(model, optimiser, steps) of a training of 5 batches an epoch."""
    model, loader, loss, optimizer = parts(optimizer=optimizer, dtype=dtype, **(options or {}))
    about = {"epochs": epochs, "compiled": compiled, "resume": resume, **words}
    return model, optimizer, fit(model, loader, loss, optimizer, schedule=schedule(optimizer), **about)


PAIRS = [(*OPTIMISERS[k], schedule) for k, schedule in enumerate((halving, cycle, inverse, cycle, warm_cosine, cycle))]
IDS = [f"{name}, {schedule.__name__}" for name, (_, _, schedule) in zip(NAMES, PAIRS)]


@pytest.mark.parametrize(
    ("kind", "options", "schedule", "compiled"),
    [*((*pair, False) for pair in PAIRS), *((*pair, True) for pair in PAIRS[1::2])],
    ids=[*(f"{name}, eager" for name in IDS), *(f"{name}, compiled" for name in IDS[1::2])],
)
def test_rates_losses_and_weights_are_those_of_torchs_loop(kind, options, schedule, compiled):
    model, loader, loss, optimizer = parts(optimizer=kind, dtype="float64", **options)
    model[3].p = 0.0  # torch drops others
    twin = to_torch(model)
    reference = getattr(torch.optim, kind.__name__)(twin.parameters(), lr=0.01, **options)
    batches = list(loader)
    ours = fit(model, batches, loss, optimizer, epochs=4, schedule=schedule(optimizer), compiled=compiled)
    schedule = schedule(reference, torch.optim.lr_scheduler)
    theirs = fit_in_torch(twin, batches, torch.nn.CrossEntropyLoss(), reference, epochs=4, schedule=schedule)
    read = [[(step.rate, step.loss) for step in steps] for steps in (ours, theirs)]
    assert [rate for rate, _ in read[0]] == [rate for rate, _ in read[1]]
    np.testing.assert_allclose(read[0], read[1], rtol=1e-8)
    for name, value in twin.state_dict().items():
        np.testing.assert_allclose(model.state_dict()[name], value.numpy(), rtol=1e-6, atol=1e-9, err_msg=name)


@pytest.mark.parametrize(("kind", "options", "schedule"), PAIRS, ids=IDS)
def test_1000_compiled_steps_trace_once_and_equal_eager_ones(kind, options, schedule, monkeypatch):
    traced, trace = [], graph.retracing.trace
    monkeypatch.setattr(graph.retracing, "trace", lambda fn, *x: traced.append(fn) or trace(fn, *x))
    runs, long = [], lambda optimizer: cycle(optimizer, steps=1000) if schedule is cycle else schedule(optimizer)
    for compiled in (False, True):
        model, optimizer, steps = scheduled(long, kind, options, compiled, dtype="float64", epochs=200)
        found = [(step.loss, step.rate) for step in islice(steps, 100)]
        kept = [np.array(value) for own in optimizer.state_dict()["state"].values() for value in own.values()]
        runs.append((found, state(model), kept))
    assert len(list(steps)) == 900 and len(traced) == 1
    np.testing.assert_allclose(runs[1][0], runs[0][0], rtol=1e-9)
    for name, value in runs[0][1].items():
        np.testing.assert_allclose(runs[1][1][name], value, rtol=1e-8, atol=1e-10, err_msg=name)
    for a, b in zip(runs[1][2], runs[0][2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize(("kind", "options", "schedule"), PAIRS[:5], ids=IDS[:5])
def test_a_schedule_is_resumed_bit_for_bit(tmp_path, kind, options, schedule, compiled):
    model, _, steps = scheduled(schedule, kind, options, compiled)
    straight = [(step.loss, step.rate) for step in steps]
    path = tmp_path / "run.safetensors"
    _, _, steps = scheduled(schedule, kind, options, compiled)
    list(islice(checkpoints(steps, path, every=7), 7))
    nn.manual_seed(99)
    other, _, steps = scheduled(schedule, kind, options, compiled, resume=path)
    assert [(step.loss, step.rate) for step in steps] == straight[7:]
    assert same(state(model), state(other))


def test_a_checkpoint_of_another_schedule_is_refused_and_changes_nothing(tmp_path):
    path = tmp_path / "run.safetensors"
    _, _, steps = scheduled(halving)
    list(islice(checkpoints(steps, path, every=7), 7))
    model, optimizer, _ = scheduled(inverse, options={"lr": 0.5})
    before = state(model)
    with pytest.raises(CheckpointError, match="with a MultiStepLR as schedule, this is with a LambdaLR"):
        scheduled(inverse, resume=path)
    with pytest.raises(CheckpointError, match="with a MultiStepLR as schedule, this is without one"):
        scheduled(lambda optimizer: None, resume=path)
    loader, loss = parts()[1:3]
    two = SGD(model.parameters(), lr=0.5, momentum=0.9)
    with pytest.raises(CheckpointError, match="a checkpoint of Adam, this is SGD"):
        fit(model, loader, loss, two, schedule=halving(two), resume=path)
    short = lr_scheduler.MultiStepLR(optimizer, [3], 0.5)
    spoilt = short.state_dict
    short.state_dict = lambda: {**spoilt(), "speed": 1}
    groups = [dict(group) for group in optimizer.param_groups]
    with pytest.raises(CheckpointError, match="not the state of a MultiStepLR: missing: speed"):
        fit(model, loader, loss, optimizer, epochs=4, schedule=short, resume=path)
    assert same(state(model), before) and optimizer.param_groups == groups and not optimizer.state


def test_a_schedule_that_does_not_fit_is_refused_before_the_first_step():
    model, loader, loss, optimizer = parts()
    before = state(model)
    other = halving(Adam(model.parameters(), lr=0.3))
    reference = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([torch.ones(1)], 0.1), 2)
    for schedule, error, words in (
        (other, ValueError, "the MultiStepLR is of another optimiser, whose rates it would set"),
        (0.1, TypeError, "schedule is a float: expected a function of the step's number, or a schedule of"),
        (reference, TypeError, "schedule is a StepLR: expected .* a schedule of karpathy_course.optim.lr_scheduler"),
        (cycle(optimizer), ValueError, "25 steps are to come, the OneCycleLR ends after 20: give it total_steps="),
    ):
        with pytest.raises(error, match=words) as caught:
            fit(model, loader, loss, optimizer, epochs=5, schedule=schedule)
        assert "\n" not in str(caught.value)
    assert same(state(model), before)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_function_that_gives_a_rate_below_0_takes_no_step(compiled):
    model, loader, loss, optimizer = parts()
    steps = fit(model, loader, loss, optimizer, schedule=lambda k: 0.75 - 0.25 * k, compiled=compiled)
    list(islice(steps, 3))
    before = {name: np.array(p.data) for name, p in model.named_parameters()}
    with pytest.raises(ValueError, match=r"Adam: lr=-0.25.*The step was not taken"):
        next(steps)
    assert all(np.array_equal(before[name], p.data) for name, p in model.named_parameters())


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_group_that_is_added_in_the_middle_learns_from_the_next_step(compiled):
    found = []
    for eager in (True, not compiled):
        model, loader, loss, _ = parts()
        optimizer = SGD(model[4].parameters(), lr=0.1)
        steps = fit(model, loader, loss, optimizer, epochs=2, compiled=not eager)
        first = np.array(model[0].weight.data)
        list(islice(steps, 4))
        assert np.array_equal(model[0].weight.data, first)
        optimizer.add_param_group({"params": model[0].parameters(), "lr": 0.5})
        step, *_ = list(steps)
        assert "0.weight" in step.gradient_norms and not np.array_equal(model[0].weight.data, first)
        found.append(state(model))
    assert all(np.allclose(found[0][name], found[1][name], rtol=1e-4, atol=1e-6) for name in found[0])
