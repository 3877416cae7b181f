import random

import optuna


def search(train, storage, trials, seed):
    try:
        study = optuna.load_study(study_name="digits", storage=storage)
    except KeyError:
        study = optuna.create_study(study_name="digits", storage=storage, direction="minimize")
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2)
    wanted = ("COMPLETE", "PRUNED")
    while (count := sum(t.state.name in wanted for t in study.trials)) < trials:
        own = random.Random(f"{seed} {count}").randrange(2**31)
        study.sampler = optuna.samplers.RandomSampler(seed=own)
        trial = study.ask()
        settings = {
            "rate": trial.suggest_float("rate", 0.01, 10, log=True),
            "momentum": trial.suggest_float("momentum", 0.0, 0.9),
            "neurons": trial.suggest_int("neurons", 4, 32),
        }
        run, pruned, step = train(**settings), False, 0
        for loss in run:
            trial.report(loss, step)
            step += 1
            if trial.should_prune():
                pruned = True
                break
        if pruned:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, loss)
    return dict(study.best_trial.params)
