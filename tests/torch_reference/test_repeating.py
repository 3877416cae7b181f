"""Two runs from one seed are equal to the bit, and leave what was random before as it was."""

import os

import pytest
import torch

from karpathy_course.data import DataLoader
from karpathy_course.tensor.randomness import default_generator, state_of
from karpathy_course.torch_reference import reproducible
from tests.torch_reference.trainings import X, Y, equal, losses, mlp, weights


def run(seed):
    with reproducible(seed):
        model = mlp(dropout=0.5)
        return losses(model, DataLoader((X, Y), 12, shuffle=True), epochs=2), weights(model)


def test_two_runs_from_one_seed_are_equal_to_the_bit_and_from_another_they_are_not():
    first, model = run(4)
    torch.rand(3)
    default_generator().random(3)
    second, other = run(4)
    assert first == second and equal(model, other)
    assert run(5)[0] != first


def test_the_random_numbers_and_settings_outside_are_as_before():
    before = torch.get_rng_state(), state_of(default_generator()), torch.backends.cudnn.benchmark
    with pytest.raises(KeyError), reproducible(1):
        assert torch.are_deterministic_algorithms_enabled() and os.environ["CUBLAS_WORKSPACE_CONFIG"]
        torch.rand(3)
        default_generator().random(3)
        raise KeyError
    assert not torch.are_deterministic_algorithms_enabled()
    assert torch.equal(before[0], torch.get_rng_state()) and before[1] == state_of(default_generator())
    assert before[2] == torch.backends.cudnn.benchmark
