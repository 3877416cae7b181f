"""The study that 07.7 asks about: sixty trials on handwritten digits, run once and stored beside this file.

    python -m karpathy_course.checks.lecture07.stored_study

makes stored_study.json anew, in about a minute. What the exercise says of it is checked against that file by its tests.
"""

import json
from pathlib import Path

from karpathy_course.checks.lecture05.numpy_when_used import np

FILE = Path(__file__).with_suffix(".json")
TRIALS, EPOCHS, SEED, VALIDATION = 60, 12, 7, 100
SPACE = {
    "rate": "0.0001 to 0.1, logarithmic",
    "neurons": "2 to 24",
    "momentum": "0 to 0.5",
    "decay": "1e-8 to 1e-4, logarithmic",
}


def stored():
    return json.loads(FILE.read_text(encoding="utf-8"))


def samples():
    """(x, y) for training, of 100 for validation, and of all the others for the test; an order drawn once."""
    from karpathy_course.data import digits

    x, y = digits()
    order = np.random.default_rng(SEED).permutation(len(y))
    x, y = x[order].astype("float64"), y[order]
    x = x / x.max()
    cuts = slice(0, 700), slice(700, 700 + VALIDATION), slice(700 + VALIDATION, None)
    return [(x[rows], y[rows]) for rows in cuts]


def losses_of(train, others, rate, neurons, momentum, decay):
    """After each epoch the mean loss on each of the other sets: one hidden layer of relu neurons, batches of 20."""
    x, y = train
    rng = np.random.default_rng(0)
    w = [rng.normal(0, (2 / 64) ** 0.5, (64, neurons)), np.zeros(neurons)]
    w += [rng.normal(0, (1 / neurons) ** 0.5, (neurons, 10)), np.zeros(10)]
    v = [np.zeros_like(part) for part in w]
    for _ in range(EPOCHS):
        order = rng.permutation(len(y))
        for start in range(0, len(y), 20):
            rows = order[start : start + 20]
            h = np.maximum(x[rows] @ w[0] + w[1], 0)
            g = h @ w[2] + w[3]
            g = np.exp(g - g.max(axis=1, keepdims=True))
            g /= g.sum(axis=1, keepdims=True)
            g[np.arange(len(rows)), y[rows]] -= 1
            g /= len(rows)
            back = (g @ w[2].T) * (h > 0)
            for part, velocity, slope in zip(w, v, (x[rows].T @ back, back.sum(axis=0), h.T @ g, g.sum(axis=0))):
                velocity *= momentum
                velocity += slope + decay * part
                part -= rate * velocity
        yield [mean_loss(w, *other) for other in others]


def mean_loss(w, x, y):
    z = np.maximum(x @ w[0] + w[1], 0) @ w[2] + w[3]
    z = z - z.max(axis=1, keepdims=True)
    return float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]).mean())


def made():
    """The study, run: its trials, the importance of each setting, and the losses of its best trial."""
    import optuna

    train, validation, test = samples()

    def objective(trial):
        settings = {
            "rate": trial.suggest_float("rate", 1e-4, 0.1, log=True),
            "neurons": trial.suggest_int("neurons", 2, 24),
            "momentum": trial.suggest_float("momentum", 0, 0.5),
            "decay": trial.suggest_float("decay", 1e-8, 1e-4, log=True),
        }
        for epoch, [loss] in enumerate(losses_of(train, [validation], **settings)):
            trial.report(loss, epoch)
            if trial.should_prune():
                raise optuna.TrialPruned()
        return loss

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=SEED), pruner=pruner)
    study.optimize(objective, n_trials=TRIALS)
    ended = [
        {
            "number": t.number,
            "state": t.state.name,
            "value": t.value,
            "epochs": len(t.intermediate_values),
            "settings": t.params,
        }
        for t in study.trials
    ]
    importance = optuna.importance.get_param_importances(study)
    *_, [last, unseen] = losses_of(train, [validation, test], **study.best_params)
    return {
        "trials": ended,
        "importance": importance,
        "best": {"settings": study.best_params, "validation loss": last, "test loss": unseen},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(made(), indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {TRIALS} trials")
