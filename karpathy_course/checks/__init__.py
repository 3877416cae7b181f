"""Checks: what an exercise is, how an answer is tried, and what the learner is told.

This file only hands names on.
"""

from karpathy_course.checks.checking import check
from karpathy_course.checks.exercise import Exercise, Mark, Mistake
from karpathy_course.checks.overview import progress
from karpathy_course.checks.predictions import predict, reveal
from karpathy_course.checks.prompts import hint, solution
from karpathy_course.checks.registry import all_exercises, find

__all__ = [
    "Exercise",
    "Mark",
    "Mistake",
    "all_exercises",
    "check",
    "find",
    "hint",
    "predict",
    "progress",
    "reveal",
    "solution",
]
