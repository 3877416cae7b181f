"""Trials up to a number: a study whose process was killed in the middle goes on as if nothing had happened."""

from functools import partial
from math import isfinite, nan

import filelock
from optuna.trial import TrialState

from karpathy_course.train.not_finite import NotFinite
from karpathy_course.train.search.repeatable import FAILED, ended
from karpathy_course.train.search.studies import StudyError, explained, quiet


def run_trials(study, objective, trials):
    """Try parameters until so many trials of a study have ended, those of earlier calls included; returns the study.

    study: from `open_study`. objective(trial): asks for parameters (``trial.suggest_float(…)``) and returns one number,
    unless it is pruned (`pruning`). A trial whose value is nan or inf, or whose training raises NotFinite, has failed:
    one line is printed and the study goes on. A trial that was cut off (a killed process, an error in the objective) is
    repeated with the same parameters. Raises StudyError where another process runs the study, or its file cannot be
    used any more; no trial that has ended is lost by that.
    """
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 1:
        raise ValueError(f"run_trials: trials={trials!r}: expected a whole number from 1, for all calls together")
    path = study.path
    try:
        lock = filelock.FileLock(f"{path}.lock").acquire(timeout=0)
    except filelock.Timeout:
        raise StudyError(
            f"{path}: another process is running this study. Stop it or let it end, then run this again"
        ) from None
    with lock, explained(path), quiet():
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):  # its process is dead
            study.tell(trial.number, state=TrialState.FAIL)
        missing = trials - len(ended(study))
        if missing > 0:
            study.optimize(partial(value_of, objective), n_trials=missing)
    return study


def value_of(objective, trial):
    """What the objective returns for a trial, nan where it failed; then the trial keeps why, and a line says so."""
    try:
        value = objective(trial)
        if not hasattr(value, "__float__"):
            raise TypeError(f"the objective returned {value!r} for trial {trial.number}: expected one number")
        value = float(value)
        if isfinite(value):
            return value
        why = f"the objective returned {value}"
    except NotFinite as error:
        why = str(error)
    trial.set_user_attr(FAILED, why)
    print(f"Trial {trial.number} failed ({in_words(trial.params)}): {why}. The study goes on.")
    return nan


def in_words(params):
    """``rate=0.0123, width=32``."""
    return ", ".join(f"{name}={x:.3g}" if isinstance(x, float) else f"{name}={x}" for name, x in params.items())
