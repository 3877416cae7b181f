"""What lecture 07 says of searches: a study, random trials, no search, and a search in which nothing can be found.

The objective is the lecture's: a network 64-hidden-10 learns 718 digits for 8 epochs by AdamW, and 180 others judge it;
its rate, its width and its decay are searched for. The 899 test pictures are only measured. Each search runs once for
each of 24 seeds, which choose what is tried; the weights' own seed is 0, and 1 to 5 where a setting is trained again.
These rows have no peer: what a row measures stands in its name. About three minutes of CPU.
"""

from statistics import mean

import numpy as np
import optuna

from benchmarks.run import row
from karpathy_course import nn, optim
from karpathy_course.data import DataLoader, digits
from karpathy_course.train import accuracy, fit, pruning
from karpathy_course.train.search import importances
from karpathy_course.train.search.repeatable import RepeatableSampler

SEEDS = range(24)
TRIALS, EPOCHS, FRESH = 20, 8, 5
NOT_SEARCHED = {"rate": 0.001, "hidden": 32, "decay": 0.01}  # AdamW's defaults
ONE_SETTING = {"rate": 0.01, "hidden": 32, "decay": 0.01}

pictures, labels = digits()
train_x, valid_x, test_x = np.split(pictures.astype("float64"), [718, 898])
train_y, valid_y, test_y = np.split(labels, [718, 898])


def trained(rate, hidden, decay, seed=0, trial=None):
    """(validation accuracy, test accuracy) after the last epoch; a trial is told of each epoch, and may be pruned."""
    nn.manual_seed(seed)
    net = nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10)).double()
    adamw = optim.AdamW(net.parameters(), lr=rate, weight_decay=decay)
    watch = {"validation": DataLoader((valid_x, valid_y), batch_size=180), "metrics": {"accuracy": accuracy}}
    batches = DataLoader((train_x, train_y), batch_size=32, shuffle=True)
    steps = fit(net, batches, nn.CrossEntropyLoss(), adamw, epochs=EPOCHS, compiled=True, **watch)
    for _ in steps if trial is None else pruning(steps, trial, monitor="accuracy"):
        pass
    return accuracy(net(valid_x), valid_y), accuracy(net(test_x), test_y)


def objective(trial):
    setting = {
        "rate": trial.suggest_float("rate", 1e-4, 1, log=True),
        "hidden": trial.suggest_int("hidden", 8, 128, log=True),
        "decay": trial.suggest_float("decay", 1e-3, 1, log=True),
    }
    on_validation, on_test = trained(**setting, trial=trial)
    trial.set_user_attr("test", on_test)
    return on_validation


def searched(sampler, pruner):
    study = optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)
    study.optimize(objective, n_trials=TRIALS)
    return study


def best_of(trials):
    """The best trial's accuracies on validation and test pictures, then its setting's means with five other seeds."""
    best = max((trial for trial in trials if trial.value is not None), key=lambda trial: trial.value)
    fresh = [trained(**best.params, seed=seed) for seed in range(1, FRESH + 1)]
    return best.value, best.user_attrs["test"], *map(mean, zip(*fresh))


def four_rows(what, found):
    won, test, again, test_again = map(list, zip(*found))
    return [
        row(f"{what}: mean validation accuracy of its best trial", mean(won)),
        row(f"{what}: least", min(won)),
        row(f"{what}: most", max(won)),
        row(f"{what}: mean test accuracy of that network", mean(test)),
        row(f"{what}: the setting with {FRESH} other seeds, mean validation accuracy", mean(again)),
        row(f"{what}: the setting with {FRESH} other seeds, mean test accuracy", mean(test_again)),
    ]


def first_is_the_rate(studies):
    return float(sum(next(iter(importances(study))) == "rate" for study in studies))


def rows():
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    median = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=2)
    guided = [searched(RepeatableSampler(seed), median) for seed in SEEDS]
    by_chance = [searched(optuna.samplers.RandomSampler(seed=seed), optuna.pruners.NopPruner()) for seed in SEEDS]
    epochs = [sum(len(trial.intermediate_values) for trial in study.trials) for study in guided]
    fewer = [study.trials[: used // EPOCHS] for study, used in zip(by_chance, epochs)]
    table = four_rows(f"study, {TRIALS} trials, pruned", [best_of(study.trials) for study in guided])
    table.append(row(f"study: mean of the epochs that it trained, of {TRIALS * EPOCHS}", mean(epochs)))
    table += four_rows("random, as many epochs", [best_of(trials) for trials in fewer])
    for what, setting in (("not searched", NOT_SEARCHED), ("one setting, rate 0.01", ONE_SETTING)):
        found = [trained(**setting, seed=seed) for seed in SEEDS]
        for k, where in enumerate(("validation", "test")):
            table.append(row(f"{what}: mean {where} accuracy of {len(SEEDS)} seeds", mean(each[k] for each in found)))
    wins = []
    for seed in SEEDS:
        again = [trained(**ONE_SETTING, seed=1000 + TRIALS * seed + k) for k in range(TRIALS)]
        wins.append((*map(mean, zip(*again)), *max(again)))
    names = ("mean validation accuracy", "mean test accuracy", "validation accuracy of the best", "its test accuracy")
    table += [
        row(f"nothing to find, {TRIALS} seeds of one setting: {name}", mean(x)) for name, x in zip(names, zip(*wins))
    ]
    table.append(row(f"the rate is the most important: studies of {len(SEEDS)}", first_is_the_rate(guided)))
    table.append(row(f"the rate is the most important: random searches of {len(SEEDS)}", first_is_the_rate(by_chance)))
    return table
