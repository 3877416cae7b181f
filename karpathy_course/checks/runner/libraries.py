"""The libraries that an exercise names: where they lie, what each needs in turn, and what is said where one is missing.

An answer gets these and no other, in the notebook and wherever it is graded. What a library needs is what its own
metadata says, so that nobody keeps a list of the twenty packages behind torch.
"""

import functools
import os
import sys
from importlib.machinery import PathFinder
from pathlib import Path

MODULES = {  # a library's name, as pip knows it: what is imported
    "numpy": "numpy",
    "array-api-compat": "array_api_compat",
    "torch": "torch",
    "scikit-learn": "sklearn",
    "optuna": "optuna",
    "tensorboard": "tensorboard",
}
INNER = {  # what loads nothing to speak of by itself: the module in it that every right answer comes to use
    "tensorboard": "tensorboard.backend.event_processing.event_accumulator",
    "array-api-compat": "array_api_compat.numpy",  # at the first array, in 0.1 s: it goes through all of NumPy
}
LOADED_BY_EACH = {"numpy"}  # loads in 0.06 s and most answers never ask for it; the others are loaded once for all


class NoSuchLibrary(Exception):
    """A library that an exercise names and that cannot be had; the message is one line that says what to do."""


def of(exercises):
    """The libraries that these exercises name, each once, in order."""
    return tuple(dict.fromkeys(name for exercise in exercises for name in exercise.libraries))


@functools.cache
def parts(names):
    """``{file or folder: the folder that holds it}`` of libraries, a tuple of names, and of all that they need.

    Raises NoSuchLibrary.
    """
    found = {}
    for name in names:
        if name not in MODULES:
            raise NoSuchLibrary(f"no exercise can have the library {name!r}: name some of {', '.join(MODULES)}")
        spec = PathFinder.find_spec(MODULES[name])
        if spec is None or not spec.submodule_search_locations:
            raise NoSuchLibrary(
                f"the library {name} is not installed: `python course.py lab` installs what the course needs, and so "
                f"does `{Path(sys.executable).name} -m pip install {name}`"
            )
        folder = str(Path(next(iter(spec.submodule_search_locations))).resolve().parent)
        found |= {MODULES[name]: folder}
        if name == "numpy":  # it needs no other; to read that in its metadata takes longer than to load it
            found |= {"numpy.libs": folder} if os.path.isdir(os.path.join(folder, "numpy.libs")) else {}
            continue
        for distribution in needed(name):
            found |= {part: str(Path(str(distribution.locate_file(""))).resolve()) for part in _top(distribution)}
    return found


def loaded_once(names):
    """The modules to import before a child is forked for each answer."""
    return [INNER.get(name, MODULES[name]) for name in names if name not in LOADED_BY_EACH]


def allowed(names):
    """The top-level modules that answers may import from what is installed."""
    return {part.removesuffix(".py") for part in parts(tuple(names))}


@functools.cache
def needed(name):
    """The installed distributions that a library is and needs, itself first, extras left out."""
    from importlib import metadata  # they take 0.1 s to load, and most exercises name NumPy alone

    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    found, waiting = {}, [name]
    while waiting:
        key = canonicalize_name(waiting.pop())
        try:
            if key in found:
                continue
            found[key] = metadata.distribution(key)
        except metadata.PackageNotFoundError:  # not needed here, or the library itself will say so
            continue
        for text in found[key].requires or ():
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(requirement.name)
    return list(found.values())


def _top(distribution):
    """The names in site-packages that a distribution has put there: packages, modules, their shared libraries."""
    lines = (distribution.read_text("RECORD") or "").splitlines()
    names = {line.split(",")[0].split("/")[0] for line in lines}
    names |= set((distribution.read_text("top_level.txt") or "").split()) if not names else set()
    return sorted(name for name in names if name[:1] not in ("", ".", '"') and not _is_no_code(name))


def _is_no_code(name):
    return name == "__pycache__" or name.endswith((".dist-info", ".pth", ".egg-info"))
