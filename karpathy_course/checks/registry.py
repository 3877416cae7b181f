"""Where the exercises are found: one folder a lecture, one file ``exercise_K_….py`` and one class an exercise.

An exercise is known by its id alone; nothing has to be registered, and asking for an exercise of
one lecture imports that lecture's files only.
"""

import importlib
import os
import pkgutil
import re
import sys

from karpathy_course.checks.exercise import Exercise

FOLDERS = sys.modules[__package__].__path__  # a package may have several


def find(id):
    """The Exercise class with this id, ``"02.3"``. Raises LookupError with one sentence when there is none."""
    match = re.fullmatch(r"(\d\d)\.[1-9]\d?", id) if isinstance(id, str) else None
    if not match:
        raise LookupError(f'{id!r:.40} is not the id of an exercise: give lecture and number, as in "02.3".')
    exercises = of_lecture(match[1])
    for exercise in exercises:
        if exercise.id == id:
            return exercise
    there = f"lecture {match[1]} has {', '.join(e.id for e in exercises)}" if exercises else "its lecture has none"
    raise LookupError(f"There is no exercise {id}: {there}.")


def of_lecture(number):
    """The exercises of lecture ``"02"``, in order; an empty list when it has none."""
    found = []
    for module in pkgutil.iter_modules([os.path.join(folder, f"lecture{number}") for folder in FOLDERS]):
        if module.name.startswith("exercise_"):
            found += classes_of(importlib.import_module(f"karpathy_course.checks.lecture{number}.{module.name}"))
    return sorted(found, key=lambda c: number_of(c.id))


def classes_of(module):
    """The Exercise classes that a module defines itself."""
    mine = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == module.__name__]
    return [c for c in mine if issubclass(c, Exercise) and c.id]


def all_exercises():
    """Every Exercise class of the course, in order."""
    found = []
    for module in sorted(pkgutil.iter_modules(FOLDERS), key=lambda m: m.name):
        if match := re.fullmatch(r"lecture(\d\d)", module.name):
            found += of_lecture(match[1])
    return found


def number_of(id):
    """``(2, 3)`` for ``"02.3"``: the order in which exercises are listed."""
    lecture, number = id.split(".")
    return int(lecture), int(number)
