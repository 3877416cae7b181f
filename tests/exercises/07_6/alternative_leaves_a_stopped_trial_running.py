import optuna


def search(train, storage, trials, seed):
    study = optuna.create_study(storage=storage, study_name="digits", load_if_exists=True)
    study.pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=2)
    counts = lambda: [t for t in study.trials if t.state.is_finished() and t.state != optuna.trial.TrialState.FAIL]
    while len(counts()) < trials:
        rng = np.random.default_rng((seed, len(counts())))
        study.sampler = optuna.samplers.TPESampler(seed=int(rng.integers(2**32)), constant_liar=False)
        trial = study.ask()
        rate = trial.suggest_float("rate", 0.01, 10, log=True)
        momentum, neurons = trial.suggest_float("momentum", 0, 0.9), trial.suggest_int("neurons", 4, 32)
        losses = iter(train(rate=rate, momentum=momentum, neurons=neurons))
        for step in range(8):
            loss = next(losses)
            trial.report(loss, step)
            if trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, loss)
    return study.best_params
