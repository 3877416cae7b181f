"""Readers of the stream: the bar, early stopping, Optuna's pruning; each hands every step on."""

import html
import io
from pathlib import Path

import nbformat
import numpy as np
import optuna
import pytest
from nbclient import NotebookClient

from karpathy_course import nn
from karpathy_course.train import early_stopping, progress, pruning
from tests.train.models import parts, same, state, training

ROOT = Path(__file__).parents[2]


def with_validation(epochs=6, **options):
    _, loader, _, _ = parts()
    return training(epochs=epochs, validation=loader, **options)


def test_the_bar_counts_every_step_and_says_what_is_left_and_the_loss():
    out = io.StringIO()
    _, _, steps = training(epochs=2)
    found = list(progress(steps, file=out, mininterval=0, desc="moons"))
    text = out.getvalue()
    assert [s.number for s in found] == list(range(1, 11))
    assert "moons: 100%" in text and "10/10" in text and "<00:00" in text and f"loss={found[-1].loss:.4g}" in text


def test_the_bar_of_a_stopped_training_is_closed_and_shows_where_it_stopped():
    out = io.StringIO()
    _, _, steps = training(epochs=2)
    reading = progress(steps, file=out, mininterval=0)
    for step in reading:
        if step.number == 4:
            break
    reading.close()
    assert "4/10" in out.getvalue().splitlines()[-1]


@pytest.mark.slow
def test_in_a_notebook_the_bar_is_a_widget_with_the_time_left():
    cell = "from karpathy_course.train import progress\nfrom tests.train.models import training\n"
    cell += "for step in progress(training(epochs=2)[2]): pass"
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)])
    client = NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}})
    client.execute()
    texts = [held.get("value") for held in client.widget_state.values()]
    (said,) = [html.unescape(text) for text in texts if "10/10" in str(text)]
    assert "[00:00<00:00" in said and "loss=" in said
    assert any("application/vnd.jupyter.widget-view+json" in out.get("data", {}) for out in book.cells[0].outputs)


class Scripted:
    """Steps whose epochs' validation results are given."""

    def __init__(self, model, results):
        self.model, self.results = model, results

    def __iter__(self):
        for epoch, value in enumerate(self.results, 1):
            self.model[0].bias.data[...] = epoch
            step = type(
                "Step", (), {"epoch": epoch, "epoch_ends": True, "validation": {"loss": value, "score": -value}}
            )
            step.run = type("Run", (), {"model": self.model})
            yield step


@pytest.mark.parametrize(
    ("results", "options", "last", "best"),
    [
        ([5, 4, 3, 4, 5, 1], {"patience": 2}, 5, 3),
        ([5, 4, 3], {"patience": 2}, 3, 3),
        ([5, 6, 4, 6, 7, 8], {"patience": 3}, 6, 3),
        ([1, 1, 1], {"patience": 1}, 2, 1),
        ([float("nan"), 2, float("nan"), float("nan")], {"patience": 2}, 4, 2),
        ([3, 4, 5, 6], {"patience": 2, "monitor": "score"}, 4, 4),
        ([3, 4, 5, 6], {"patience": 2, "monitor": "score", "larger_is_better": True}, 3, 1),
    ],
)
def test_early_stopping_waits_and_puts_the_best_epochs_weights_back(results, options, last, best):
    model = nn.Sequential(nn.Linear(2, 1))
    epochs = [step.epoch for step in early_stopping(Scripted(model, results), **options)]
    assert epochs[-1] == last and model[0].bias.data[0] == best


def test_early_stopping_keeps_the_best_of_a_real_training():
    model, _, steps = with_validation(lr=0.5)
    seen = []
    for step in early_stopping(steps, patience=2):
        if step.epoch_ends:
            seen.append((step.validation["loss"], state(model)))
    assert same(min(seen, key=lambda pair: pair[0])[1], state(model))


@pytest.mark.parametrize(
    ("options", "monitor", "said"),
    [
        ({}, "loss", "no validation data"),
        ({"validation": parts()[1]}, "f1", "'f1' was not measured, but loss, accuracy"),
    ],
)
def test_a_judge_without_its_measure_says_so(options, monitor, said):
    _, _, steps = training(**options)
    with pytest.raises(ValueError, match=said):
        list(early_stopping(steps, monitor=monitor))


def test_a_patience_below_one_epoch_is_refused():
    with pytest.raises(ValueError, match="patience=0: expected at least 1"):
        next(early_stopping(with_validation()[2], patience=0))


def test_optuna_prunes_a_trial_that_promises_nothing():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    steps_taken = {}

    def objective(trial):
        rate = (0.02, 0.02, 0.0)[trial.number]
        _, _, steps = with_validation(lr=rate)
        for step in pruning(steps, trial):
            steps_taken[trial.number] = step.number
        return step.validation["loss"]

    study = optuna.create_study(pruner=optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=0))
    study.optimize(objective, n_trials=3)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "COMPLETE", "PRUNED"]
    assert steps_taken[0] == 30 and steps_taken[2] < 30
    assert study.trials[0].intermediate_values.keys() == set(range(1, 7)) and np.isfinite(study.best_value)
