"""The answer to 06.6 reads what the course itself writes for TensorBoard."""

import numpy as np
import pytest

from karpathy_course import nn, optim
from karpathy_course.checks.authoring.trials import solution_source
from karpathy_course.data import DataLoader
from karpathy_course.torch_reference.event_files import tensorboard
from karpathy_course.train import fit


def test_the_solution_of_06_6_reads_the_curve_of_a_run_that_was_fitted(tmp_path):
    names = {}
    exec(solution_source("06.6"), names)
    rng = np.random.default_rng(0)
    data = rng.normal(size=(20, 3)).astype("float32"), rng.integers(0, 2, 20)
    model = nn.Sequential(nn.Linear(3, 2))
    loader = DataLoader(data, batch_size=5)
    steps = fit(
        model, loader, nn.CrossEntropyLoss(), optim.SGD(model.parameters(), lr=0.1), epochs=3, validation=loader
    )
    steps = list(tensorboard(steps, tmp_path / "run", every=2))
    curve = names["read_curve"](tmp_path / "run", "loss/train")
    assert [step for step, _ in curve] == [1, 2, 4, 6, 8, 10, 12]
    assert [value for _, value in curve] == pytest.approx([steps[n - 1].loss for n, _ in curve], rel=1e-6)
    ends = [step for step in steps if step.epoch_ends]
    expected = [(step.number, pytest.approx(step.validation["loss"], rel=1e-6)) for step in ends]
    assert names["read_curve"](tmp_path / "run", "loss/validation") == expected
    with pytest.raises(KeyError, match="loss/test"):
        names["read_curve"](tmp_path / "run", "loss/test")
