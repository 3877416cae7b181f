"""A search over real trainings, small and repeatable; run as a file it is a process that hangs in the middle.

`python -m tests.train.search.objectives STUDY TRIALS HANG` runs a study and waits for ever in its trial HANG, after the
first epoch: whoever started it kills it there.
"""

import sys
import time

import numpy as np

from karpathy_course import nn
from karpathy_course.data import DataLoader, moons
from karpathy_course.optim import SGD
from karpathy_course.train import accuracy, fit, pruning
from karpathy_course.train.search import open_study, run_trials

EPOCHS = 4
POINTS, LABELS = (np.array(part, kind) for part, kind in zip(moons(80, noise=0.2, seed=0), ("float32", "int64")))


def objective(trial, after_epoch=lambda epoch: None):
    """The validation loss of a small network on the moons; rates of some hundreds make the training explode."""
    rate = trial.suggest_float("rate", 1e-2, 1e4, log=True)
    width = trial.suggest_int("width", 2, 16)
    unit = trial.suggest_categorical("unit", ["relu", "tanh"])
    nn.manual_seed(0)
    model = nn.Sequential(
        nn.Linear(2, width),
        nn.ReLU() if unit == "relu" else nn.Tanh(),
        nn.Linear(width, 2),
    )
    batches = DataLoader((POINTS[:60], LABELS[:60]), 20, shuffle=True, generator=np.random.default_rng(0))
    steps = fit(
        model,
        batches,
        nn.CrossEntropyLoss(),
        SGD(model.parameters(), lr=rate),
        epochs=EPOCHS,
        metrics={"accuracy": accuracy},
        validation=[(POINTS[60:], LABELS[60:])],
    )
    for step in pruning(steps, trial):
        if step.epoch_ends:
            after_epoch(step.epoch)
    return step.validation["loss"]


def rows(study, cut_off=False):
    """All that a study knows of its trials but their numbers and times; those that were cut off only if wanted."""
    return [
        (t.state.name, t.params, t.value, t.intermediate_values, t.user_attrs)
        for t in study.trials
        if cut_off or t.state.name != "FAIL" or t.user_attrs
    ]


def main(path, trials, hang):
    ended = []

    def hanging(trial):
        def wait(epoch):
            if len(ended) == int(hang):
                print("hangs", flush=True)
                time.sleep(600)

        try:
            return objective(trial, wait)
        finally:
            ended.append(trial.number)

    run_trials(open_study(path, seed=3), hanging, int(trials))


if __name__ == "__main__":
    main(*sys.argv[1:])
