"""Schedules beside torch's at every step: alone, together, in groups, after a stop; what they refuse."""

import copy
import json

import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler as theirs

from karpathy_course.nn import Parameter
from karpathy_course.optim import SGD, Adam, AdamW, RMSprop
from karpathy_course.optim import lr_scheduler as ours

RATES = (0.3, 0.02)
# name: a schedule of an optimiser, from either library
SCHEDULES = {
    "StepLR": lambda m, o: m.StepLR(o, 4),
    "StepLR slowly": lambda m, o: m.StepLR(o, step_size=3, gamma=0.7),
    "MultiStepLR": lambda m, o: m.MultiStepLR(o, [2, 5, 5, 11], gamma=0.5),
    "ConstantLR": lambda m, o: m.ConstantLR(o),
    "ConstantLR for long": lambda m, o: m.ConstantLR(o, factor=0.2, total_iters=9),
    "LinearLR": lambda m, o: m.LinearLR(o),
    "LinearLR down": lambda m, o: m.LinearLR(o, start_factor=1.0, end_factor=0.1, total_iters=12),
    "ExponentialLR": lambda m, o: m.ExponentialLR(o, 0.9),
    "CosineAnnealingLR": lambda m, o: m.CosineAnnealingLR(o, 10),
    "CosineAnnealingLR above 0": lambda m, o: m.CosineAnnealingLR(o, T_max=7, eta_min=0.01),
    "CosineAnnealingLR of one step": lambda m, o: m.CosineAnnealingLR(o, T_max=1, eta_min=0.01),
    "LambdaLR": lambda m, o: m.LambdaLR(o, lambda k: 1 / (1 + k)),
    "LambdaLR for each group": lambda m, o: m.LambdaLR(o, [lambda k: 0.9**k, lambda k: 1 + k]),
    "OneCycleLR": lambda m, o: m.OneCycleLR(o, 0.5, total_steps=25),
    "OneCycleLR linear": lambda m, o: m.OneCycleLR(o, 0.5, epochs=5, steps_per_epoch=5, anneal_strategy="linear"),
    "OneCycleLR in three phases": lambda m, o: m.OneCycleLR(o, [0.5, 0.1], 25, three_phase=True, pct_start=0.4),
    "OneCycleLR of the rate alone": lambda m, o: m.OneCycleLR(o, 0.5, 25, cycle_momentum=False, div_factor=5.0),
    "SequentialLR": lambda m, o: m.SequentialLR(
        o, [m.LinearLR(o, 0.1, total_iters=4), m.CosineAnnealingLR(o, 12, 1e-3)], [4]
    ),
    "SequentialLR of many": lambda m, o: m.SequentialLR(
        o,
        [
            m.ConstantLR(o, 0.5, 2),
            m.MultiStepLR(o, [0, 2]),
            m.StepLR(o, 2),
            m.LambdaLR(o, lambda k: 2.0 + k),
            *(m.ConstantLR(o, 0.1, 3), m.LinearLR(o, 0.2), m.ExponentialLR(o, 0.8)),
        ],
        [3, 6, 9, 12, 15, 18],
    ),
    "SequentialLR ending in a cycle": lambda m, o: m.SequentialLR(
        o, [m.ExponentialLR(o, 0.9), m.OneCycleLR(o, 0.5, total_steps=25)], [6]
    ),
}
OPTIMISERS = {"SGD": {"momentum": 0.9}, "Adam": {}, "RMSprop": {"momentum": 0.5}}


def optimiser(library, name="SGD", rates=RATES):
    """One of the course (library is `ours`) or of torch, with a group for each rate."""
    options = OPTIMISERS[name]
    if library is ours:
        make, parameter = {"SGD": SGD, "Adam": Adam, "RMSprop": RMSprop}[name], lambda: Parameter(np.ones(2))
    else:
        make, parameter = getattr(torch.optim, name), lambda: torch.ones(2, requires_grad=True)
    parameters = [parameter() for _ in rates]
    found = make([{"params": [p], "lr": rate} for p, rate in zip(parameters, rates)], **options)
    for p in parameters:
        p.grad = torch.zeros(2) if library is theirs else np.zeros(2)
    found.step()  # both libraries warn of a schedule that goes first
    return found


def said(optimizer):
    """All numbers of the groups that a schedule may set."""
    names = ("lr", "momentum", "betas", "initial_lr", "max_lr", "min_lr")
    return [[group.get(name) for name in names] for group in optimizer.param_groups]


def begun(name, kind="SGD"):
    pair = []
    for library in (ours, theirs):
        optimizer = optimiser(library, kind)
        schedule = SCHEDULES[name](library, optimizer)
        optimizer.step()
        pair.append((optimizer, schedule))
    return pair


@pytest.mark.parametrize("kind", OPTIMISERS)
@pytest.mark.parametrize("name", SCHEDULES)
def test_the_numbers_equal_torchs_at_every_step_and_beyond_the_end(name, kind):
    (mine, my_schedule), (reference, schedule) = begun(name, kind)
    for _ in range(25):
        assert said(mine) == said(reference)
        assert my_schedule.get_last_lr() == schedule.get_last_lr()
        my_schedule.step()
        schedule.step()
    assert said(mine) == said(reference)


def test_several_schedules_of_one_optimiser_multiply_as_torchs():
    names = ("LinearLR", "StepLR", "ExponentialLR", "CosineAnnealingLR")
    pairs = []
    for library in (ours, theirs):
        optimizer = optimiser(library)
        pairs.append((optimizer, [SCHEDULES[name](library, optimizer) for name in names]))
        optimizer.step()
    for _ in range(20):
        for _, schedules in pairs:
            for schedule in schedules:
                schedule.step()
        assert said(pairs[0][0]) == said(pairs[1][0])


@pytest.mark.parametrize("library", [ours, theirs], ids=["ours", "torchs"])
@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_goes_on_from_its_state_as_if_nothing_had_happened(name, library):
    """The state is one of the course, as JSON brings it back, or one of torch."""
    (_, straight), (torchs, torch_schedule) = begun(name)
    for _ in range(7):
        straight.step()
        torch_schedule.step()
    if library is ours:
        optimiser_state, state = straight.optimizer.state_dict(), json.loads(json.dumps(straight.state_dict()))
    else:
        optimiser_state, state = torchs.state_dict(), copy.deepcopy(torch_schedule.state_dict())
    mine = optimiser(ours, rates=(7.0, 7.0))
    schedule = SCHEDULES[name](ours, mine)
    mine.load_state_dict({**mine.state_dict(), "param_groups": optimiser_state["param_groups"]})
    schedule.load_state_dict(state)
    for _ in range(18):
        assert said(mine) == said(straight.optimizer) and schedule.get_last_lr() == straight.get_last_lr()
        schedule.step()
        straight.step()


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_state_has_torchs_names_and_torch_takes_it(name):
    (_, schedule), (reference, torchs) = begun(name)
    for _ in range(3):
        schedule.step()
    state, expected = schedule.state_dict(), torchs.state_dict()
    assert state.keys() == expected.keys() - {"_get_lr_called_within_step"}
    torchs.load_state_dict({**state})
    for own, group in zip(reference.param_groups, schedule.optimizer.param_groups):
        own.update({name: value for name, value in group.items() if name != "params"})
    for _ in range(5):
        schedule.step()
        torchs.step()
    assert said(schedule.optimizer) == said(reference)


RESUMED = {
    "StepLR": lambda m, o, k: m.StepLR(o, 4, last_epoch=k),
    "MultiStepLR": lambda m, o, k: m.MultiStepLR(o, [2, 5, 5, 11], last_epoch=k),
    "ConstantLR": lambda m, o, k: m.ConstantLR(o, last_epoch=k),
    "LinearLR": lambda m, o, k: m.LinearLR(o, total_iters=9, last_epoch=k),
    "ExponentialLR": lambda m, o, k: m.ExponentialLR(o, 0.9, last_epoch=k),
    "CosineAnnealingLR": lambda m, o, k: m.CosineAnnealingLR(o, 10, 0.01, last_epoch=k),
    "LambdaLR": lambda m, o, k: m.LambdaLR(o, lambda k: 1 / (1 + k), last_epoch=k),
    "OneCycleLR": lambda m, o, k: m.OneCycleLR(o, 0.5, total_steps=25, last_epoch=k),
}


@pytest.mark.parametrize("name", RESUMED)
def test_last_epoch_goes_on_with_a_loaded_optimiser_as_torchs(name):
    pair = []
    for library in (ours, theirs):
        first = optimiser(library)
        schedule = RESUMED[name](library, first, -1)
        for _ in range(4):
            first.step()
            schedule.step()
        second = optimiser(library, rates=(7.0, 7.0))
        second.load_state_dict(first.state_dict())
        pair.append((second, RESUMED[name](library, second, 4)))
        second.step()
    for _ in range(12):
        assert said(pair[0][0]) == said(pair[1][0])
        for _, schedule in pair:
            schedule.step()
    if name != "LambdaLR":
        with pytest.raises(KeyError, match="group 0 has no 'initial_lr'"):
            RESUMED[name](ours, optimiser(ours), 4)


@pytest.mark.parametrize("name", ["StepLR", "SequentialLR"])
def test_a_schedule_that_steps_before_its_optimiser_warns_once_as_torchs(name, recwarn):
    for library, parameter in ((ours, Parameter(np.ones(2))), (theirs, torch.ones(2, requires_grad=True))):
        optimizer = SGD([parameter], lr=0.1) if library is ours else torch.optim.SGD([parameter], lr=0.1)
        schedule = SCHEDULES[name](library, optimizer)
        with pytest.warns(UserWarning, match=r"before.*optimi[sz]er.*step\(\)") as caught:
            schedule.step()
        schedule.step()
        assert len(caught) == 1
    assert not recwarn.list


def test_a_cycle_that_is_over_raises_and_stays_where_it_is():
    optimizer = optimiser(ours)
    schedule = ours.OneCycleLR(optimizer, 0.5, total_steps=10)
    for _ in range(10):
        schedule.step()
    before, state = copy.deepcopy(said(optimizer)), copy.deepcopy(schedule.state_dict())
    for _ in range(2):
        with pytest.raises(ValueError, match="step 11 of 10: the cycle is over"):
            schedule.step()
    assert said(optimizer) == before and schedule.state_dict() == state


REFUSED = [
    (lambda o: ours.StepLR(torch.optim.SGD([torch.ones(1)], 0.1), 3), TypeError, "StepLR: .* of this library, got SGD"),
    (lambda o: ours.LambdaLR(0.1, abs), TypeError, "LambdaLR: expected an optimiser"),
    (lambda o: ours.StepLR(o, 0), ValueError, "step_size=0: expected a whole number"),
    (lambda o: ours.CosineAnnealingLR(o, 2.5), ValueError, "T_max=2.5: expected a whole number"),
    (lambda o: ours.CosineAnnealingLR(o, 5, -1.0), ValueError, "eta_min=-1.0: expected 0 or more"),
    (lambda o: ours.ExponentialLR(o, -0.9), ValueError, "gamma=-0.9: expected 0 or more"),
    (lambda o: ours.LinearLR(o, 0.0), ValueError, "start_factor=0.0"),
    (lambda o: ours.LinearLR(o, 0.5, 1.5), ValueError, "end_factor=1.5"),
    (lambda o: ours.ConstantLR(o, 0.0), ValueError, "factor=0.0"),
    (lambda o: ours.LambdaLR(o, [abs]), ValueError, "1 functions for 2 groups"),
    (lambda o: ours.OneCycleLR(o, 0.5), ValueError, "give total_steps, or epochs and steps_per_epoch"),
    (lambda o: ours.OneCycleLR(o, 0.5, epochs=2, steps_per_epoch=0), ValueError, "steps_per_epoch=0"),
    (lambda o: ours.OneCycleLR(o, -0.5, 10), ValueError, "max_lr=-0.5"),
    (lambda o: ours.OneCycleLR(o, [0.5], 10), ValueError, "max_lr: 1 values for 2 groups"),
    (lambda o: ours.OneCycleLR(o, 0.5, 10, pct_start=3), ValueError, "pct_start=3"),
    (lambda o: ours.OneCycleLR(o, 0.5, 10, anneal_strategy="sin"), ValueError, "expected 'cos' or 'linear'"),
    (lambda o: ours.OneCycleLR(o, 0.5, 10, div_factor=0), ValueError, "div_factor=0"),
    (lambda o: ours.SequentialLR(o, [], []), ValueError, "0 schedules and 0 milestones"),
    (lambda o: ours.SequentialLR(o, [ours.StepLR(o, 2)], [3]), ValueError, "1 schedules and 1 milestones"),
    (
        lambda o: ours.SequentialLR(o, [ours.StepLR(o, 2), ours.StepLR(optimiser(ours), 2)], [3]),
        ValueError,
        "schedule 1, a StepLR, is of another optimiser",
    ),
    (
        lambda o: ours.SequentialLR(o, [ours.StepLR(o, 2)] * 3, [3, 3]),
        ValueError,
        r"milestones \[3, 3\]: expected numbers of steps from 1 that grow",
    ),
    (lambda o: ours.SequentialLR(o, [abs, abs], [3]), ValueError, "schedule 0 is a builtin"),
    (
        lambda o: ours.SequentialLR(o, [ours.SequentialLR(o, [ours.StepLR(o, 2)], [])], []),
        ValueError,
        "schedule 0 is a SequentialLR",
    ),
]


@pytest.mark.parametrize(("make", "error", "words"), REFUSED)
def test_what_cannot_be_a_schedule_is_refused_in_words_and_sets_nothing(make, error, words):
    optimizer = optimiser(ours)
    with pytest.raises(error, match=words) as caught:
        make(optimizer)
    assert "\n" not in str(caught.value)
    assert [(g["lr"], g["momentum"]) for g in optimizer.param_groups] == [(0.3, 0.9), (0.02, 0.9)]


def test_an_optimiser_without_momentum_has_no_cycle_of_it():
    class Plain(SGD):
        def __init__(self, params):
            super().__init__(params)
            del self.defaults["momentum"]

    with pytest.raises(ValueError, match="give cycle_momentum=False"):
        ours.OneCycleLR(Plain([Parameter(np.ones(1))]), 0.5, 10)


def test_the_state_of_another_schedule_is_refused_and_changes_nothing():
    schedule = ours.StepLR(optimiser(ours), 4)
    schedule.step()
    before, rates = copy.deepcopy(schedule.state_dict()), said(schedule.optimizer)
    other = ours.ExponentialLR(optimiser(ours), 0.9).state_dict()
    with pytest.raises(ValueError, match="not the state of a StepLR: missing: step_size"):
        schedule.load_state_dict(other)
    with pytest.raises(ValueError, match="not the state of a StepLR: unknown: speed"):
        schedule.load_state_dict({**before, "speed": 1})
    with pytest.raises(ValueError, match="a state of 1 groups, the optimiser has 2"):
        schedule.load_state_dict(ours.StepLR(optimiser(ours, rates=(0.1,)), 4).state_dict())
    assert schedule.state_dict() == before and said(schedule.optimizer) == rates
    pair = lambda: (lambda o: ours.SequentialLR(o, [ours.StepLR(o, 2), ours.StepLR(o, 3)], [4]))(optimiser(ours))
    chain, state = pair(), pair().state_dict()
    with pytest.raises(ValueError, match="not the state of a StepLR"):
        chain.load_state_dict({**state, "_schedulers": [state["_schedulers"][0], other]})
    with pytest.raises(ValueError, match="a state of 1 schedules, here are 2"):
        chain.load_state_dict({**state, "_schedulers": state["_schedulers"][:1]})
    assert chain.state_dict() == pair().state_dict()


def test_a_group_that_comes_after_the_schedule_is_named():
    optimizer = optimiser(ours)
    schedule = ours.StepLR(optimizer, 4)
    optimizer.add_param_group({"params": [Parameter(np.ones(1))]})
    with pytest.raises(ValueError, match="made for 2 groups, the optimiser has 3: make the schedule after"):
        schedule.step()


def test_adamw_and_adam_cycle_the_first_of_their_betas():
    for kind in (Adam, AdamW):
        parameter = Parameter(np.ones(1))
        optimizer, parameter.grad = kind([parameter], betas=(0.5, 0.99)), np.ones(1)
        schedule = ours.OneCycleLR(optimizer, 0.1, total_steps=10, base_momentum=0.8, max_momentum=0.9)
        betas = []
        for _ in range(10):
            betas.append(optimizer.param_groups[0]["betas"])
            optimizer.step()
            schedule.step()
        assert betas[0] == (0.9, 0.99) and min(betas) == (pytest.approx(0.8), 0.99) and len(set(betas)) > 5
