import hashlib

import optuna
from optuna.trial import TrialState


class Fresh(optuna.samplers.TPESampler):
    """A sampler that begins anew, by seed and place, before each trial."""

    def __init__(self, seed, place):
        text = hashlib.sha256(f"{seed}/{place}".encode()).digest()
        super().__init__(seed=int.from_bytes(text[:4], "big"), multivariate=False, constant_liar=False)


def search(train, storage, trials, seed):
    def objective(trial):
        losses = []
        run = train(
            trial.suggest_float("rate", 0.01, 10, log=True),
            trial.suggest_float("momentum", 0, 0.9),
            trial.suggest_int("neurons", 4, 32),
        )
        for loss in run:
            losses.append(loss)
            trial.report(loss, len(losses) - 1)
            if trial.should_prune():
                raise optuna.TrialPruned(f"after {len(losses)} epochs")
        return losses[-1]

    study = optuna.create_study(
        storage=storage,
        study_name="digits",
        load_if_exists=True,
        pruner=optuna.pruners.PercentilePruner(50.0, n_startup_trials=4, n_warmup_steps=2),
    )
    for place in range(trials):
        ended = [t for t in study.get_trials() if t.state in (TrialState.COMPLETE, TrialState.PRUNED)]
        if len(ended) > place:
            continue
        study.sampler = Fresh(seed, place)
        study.optimize(objective, n_trials=1)
    return study.best_params
