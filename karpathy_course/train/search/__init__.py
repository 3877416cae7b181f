"""Studies with Optuna that repeat bit for bit and survive their process; this file only hands names on."""

from karpathy_course.train.search.dashboard_page import show_optuna_dashboard
from karpathy_course.train.search.pictures import (
    importances,
    plot_history,
    plot_importances,
    plot_parallel,
    study_in_words,
)
from karpathy_course.train.search.running import run_trials
from karpathy_course.train.search.studies import StudyError, open_study

__all__ = [
    "StudyError",
    "importances",
    "open_study",
    "plot_history",
    "plot_importances",
    "plot_parallel",
    "run_trials",
    "show_optuna_dashboard",
    "study_in_words",
]
