"""Trials up to a number: a study whose process was killed in the middle goes on as if nothing had happened."""

import warnings
from math import isfinite

import filelock
import numpy as np
import optuna
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
        while len(ended(study)) < trials:
            run_one(study, objective, study.ask())
    return study


def run_one(study, objective, trial):
    """Run one trial and tell the study how it ended."""
    try:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "All-NaN", RuntimeWarning)  # Optuna's pruner; a line of ours says more
            value = objective(trial)
        if not hasattr(value, "__float__"):
            raise TypeError(f"the objective returned {value!r} for trial {trial.number}: expected one number")
        if isfinite(value):
            study.tell(trial, float(value))
            return
        why = f"the objective returned {float(value)}"
    except optuna.TrialPruned:
        reported = study.trials[trial.number].intermediate_values
        last = max(reported, default=None)
        if last is None or isfinite(reported[last]):
            study.tell(trial, state=TrialState.PRUNED)
            return
        why = f"it reported {reported[last]} after epoch {last}"
    except NotFinite as error:
        why = str(error)
    except BaseException:
        study.tell(trial, state=TrialState.FAIL)
        raise
    trial.set_user_attr(FAILED, why)
    study.tell(trial, state=TrialState.FAIL)
    print(f"Trial {trial.number} failed ({in_words(trial.params)}): {why}. The study goes on.")


def in_words(params):
    """``rate=0.0123, width=32``."""
    return ", ".join(f"{name}={x:.3g}" if isinstance(x, float) else f"{name}={x}" for name, x in params.items())
