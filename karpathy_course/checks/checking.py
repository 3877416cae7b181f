"""`check("02.3")`: the learner's own answer, tried in place on fresh cases, and told in words."""

import html
import random
import sys

from karpathy_course.checks import progress
from karpathy_course.checks.beside import run_probe
from karpathy_course.checks.exercise import Mark
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.registry import find

PACKAGE = "karpathy_course"


def check(id, namespace=None, seed=None):
    """Try the answer to exercise id on fresh random cases, show what was found, and return its Mark.

    namespace: a mapping of names; the notebook's own when None. seed: to repeat a run. Never raises for
    what the learner's code does; an unknown id is said in one line and earns nothing.
    """
    try:
        exercise = find(id)
    except LookupError as error:
        nobody = Mark(str(id), False, 0.0, 0.0, str(error))
        show(nobody)
        return nobody
    if namespace is None:
        namespace = notebook_namespace(sys._getframe(1))
    outcome = try_in_place(exercise, namespace, random.Random(seed))
    lines = progress.attempted(exercise.id, outcome.passed, outcome.mistakes)
    show(outcome, lines)
    return outcome


def try_in_place(exercise, namespace, rng):
    """The Mark of the answer that namespace holds. The learner's objects are used as they are."""
    names = with_provided(exercise, namespace)
    refused = missing_or_foreign(exercise, names)
    cases = draw_cases(exercise, rng)
    outcomes = []
    for case in cases:
        outcome = refused or run_probe(exercise.probe, names, case, exercise.seconds)
        outcomes.append(outcome)
        if outcome.get("failed") in ("too-slow", "stub"):
            refused = outcome  # the same again for every further case: say it once, and at once
    return mark(exercise, cases, outcomes)


def with_provided(exercise, namespace):
    """namespace, and what the exercise provides where the notebook does not have it."""
    import importlib

    names = dict(namespace)
    for name, module in exercise.provides.items():
        if name not in names:
            names[name] = getattr(importlib.import_module(module), name)
    return names


def missing_or_foreign(exercise, names):
    """The outcome for a name that is not there, or that is the course's own work; else None."""
    for name in exercise.needs:
        if name not in names:
            return {"failed": "missing-name", "name": name}
        module = course_module(names[name])
        if module and name not in exercise.provides:
            return {"failed": "not-your-own", "name": name, "module": module}
    return None


def course_module(thing, depth=4):
    """The course's module that made thing (a class, one of its bases, a function, what it wraps); else None."""
    kind = thing if isinstance(thing, type) else type(thing)
    origins = [vars(c).get("__module__") for c in kind.__mro__]
    origins.append(getattr(thing, "__module__", None))
    origins.append(getattr(thing, "__globals__", {}).get("__name__") if hasattr(thing, "__code__") else None)
    for origin in origins:
        if isinstance(origin, str) and (origin == PACKAGE or origin.startswith(f"{PACKAGE}.")):
            return origin
    inner = [getattr(thing, name, None) for name in ("func", "__func__", "__wrapped__")]
    return next((found for i in inner if i is not None and depth and (found := course_module(i, depth - 1))), None)


def notebook_namespace(frame):
    """The kernel's namespace inside IPython; else the globals of the caller."""
    if "IPython" in sys.modules:
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None:
            return shell.user_ns
    return frame.f_globals


def show(outcome, lines=()):
    """Show a mark: rich where the front end can, always with the same words as plain text on standard output."""
    text = "\n".join([("✓ " if outcome.passed else "✗ ") + outcome.message, *lines])
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython() is not None:
        from IPython.display import display

        display({"text/plain": text, "text/html": as_html(outcome, lines)}, raw=True)
    else:
        print(text)


def as_html(outcome, lines=()):
    first, *rest = outcome.message.split("\n")
    colour, word = ("#00618f", "✓") if outcome.passed else ("#b34700", "✗")
    table = "".join(
        f"<pre style='margin:2px 0;white-space:pre-wrap'>{html.escape(line)}</pre>" if line.startswith("  ")
        else f"<div>{html.escape(line)}</div>"
        for line in [*rest, *lines]
    )  # fmt: skip
    style = f"border-left:4px solid {colour};padding:6px 12px;margin:4px 0"
    return f"<div style='{style}'><b>{word} {html.escape(first)}</b>{table}</div>"
