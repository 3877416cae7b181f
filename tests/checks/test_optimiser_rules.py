"""That the rules which 07.3 and 07.4 judge by are torch's Adam and AdamW, on the very runs that are drawn."""

import random

import numpy as np
import pytest
import torch

from karpathy_course.checks.lecture07.exercise_3_adam import AdamByHand
from karpathy_course.checks.lecture07.exercise_4_adamw import AdamWByHand, right
from karpathy_course.checks.lecture07.optimiser_rules import states


def torchs(run, make):
    """What torch's optimiser makes of the parameters of a drawn run, after each step."""
    params = []
    for described in run["data"]:
        array = np.array(described["numbers"], dtype=described["dtype"]).reshape(described["shape"])
        params.append(torch.nn.Parameter(torch.tensor(array, dtype=torch.float64)))
    optimizer, found = make(params, **run["options"]), []
    for k, slopes in enumerate(run["grads"]):
        if k == run["made_anew"]:
            optimizer = make(params, **run["options"])
        if run["rates"]:
            optimizer.param_groups[0]["lr"] = run["rates"][k]
        for p, slope, described in zip(params, slopes, run["data"]):
            as_drawn = None if slope is None else np.array(slope, dtype=described["dtype"]).reshape(described["shape"])
            p.grad = None if slope is None else torch.tensor(as_drawn, dtype=torch.float64)
        optimizer.step()
        found.append([p.detach().numpy().ravel().tolist() for p in params])
    return found


@pytest.mark.parametrize(
    "exercise, make, rule", [(AdamByHand, torch.optim.Adam, states), (AdamWByHand, torch.optim.AdamW, right)]
)
def test_the_judges_rule_agrees_with_torchs_to_1e_10_on_every_drawn_run(exercise, make, rule):
    for case in exercise.cases(random.Random(1)):
        for run in case["runs"]:
            for ours, theirs in zip(rule(run), torchs(run, make)):
                for a, b in zip(ours, theirs):
                    np.testing.assert_allclose(np.ravel(a), b, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("exercise", [AdamByHand, AdamWByHand])
def test_some_run_has_fifty_steps_and_some_gradient_is_missing(exercise):
    runs = [run for case in exercise.cases(random.Random(2)) for run in case["runs"]]
    assert max(len(run["grads"]) for run in runs) == 50
    assert any(slope is None for run in runs for row in run["grads"] for slope in row)
