"""The runs of exercise 06.7 show the disease that they were given: 24 seeds each, of all sizes that are drawn."""

import functools
import random

import numpy as np
import pytest

from karpathy_course.checks.authoring.trials import solution_source
from karpathy_course.checks.lecture06.exercise_7_diagnose import RATES
from karpathy_course.checks.lecture06.sick_runs import DISEASES, LEAK, NOISE, OVERFITTING, RATE, rises, sick_run

SEEDS = 24


@functools.cache
def runs(disease):
    found = []
    for seed in range(SEEDS):
        rng = random.Random(seed)
        more = {"rates": rng.choice(RATES)} if disease == RATE else {}
        found.append(
            sick_run(disease, np.random.default_rng(seed), rng.randrange(4, 11), rng.randrange(15, 26), **more)
        )
    return found


def ends(disease, tag):
    return [curves[tag][-1] for curves in runs(disease)]


@pytest.mark.parametrize("disease", DISEASES)
def test_the_solution_names_the_disease_of_every_run(disease):
    names = {}
    exec(solution_source("06.7"), names)
    assert [names["diagnose"](curves) for curves in runs(disease)] == [disease] * SEEDS


def test_with_a_rate_too_high_the_training_loss_rises_far_more_than_elsewhere():
    """The limit of the solution is 0.5; the worst of these seeds, with a margin."""
    jumpy = [rises(curves["loss/train"]) for curves in runs(RATE)]
    smooth = [rises(curves["loss/train"]) for other in (LEAK, OVERFITTING, NOISE) for curves in runs(other)]
    assert max(smooth) < 0.35 and min(jumpy) > 0.65


def test_label_noise_alone_keeps_a_smooth_training_loss_high():
    assert min(ends(NOISE, "loss/train")) > 0.55
    assert max(ends(LEAK, "loss/train") + ends(OVERFITTING, "loss/train")) < 0.1


def test_a_leak_is_known_by_a_validation_loss_as_small_as_the_training_loss():
    ratio = lambda disease: np.divide(ends(disease, "loss/validation"), ends(disease, "loss/train"))
    assert ratio(LEAK).max() < 2 and ratio(OVERFITTING).min() > 20


def test_a_run_depends_on_its_generator_alone():
    first, again, other = (sick_run(LEAK, np.random.default_rng(k), 4, 15) for k in (1, 1, 2))
    assert first == again != other
