"""`check("02.3")`: the learner's own answer, tried in place on fresh cases, and told in words.

Where the notebook holds a name that the exercise provides, but not the provided object (the learner's own
answer to an earlier exercise, right or wrong), the cells' source is run again beside the provided one, as
the grader does: an exercise that builds on an earlier one is not failed by it.
"""

import importlib
import random
import sys
from functools import partial

from karpathy_course.checks import progress_file
from karpathy_course.checks.display import Link, in_ipython, show
from karpathy_course.checks.exercise import Mark, seen
from karpathy_course.checks.library_use import libraries_used
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.overview import link_to
from karpathy_course.checks.registry import all_exercises, find, number_of
from karpathy_course.checks.runner.inside_the_box import ENDING, first_refusal
from karpathy_course.checks.runner.jobs import CELL_SECONDS
from karpathy_course.checks.runner.libraries import NoSuchLibrary, allowed, parts
from karpathy_course.checks.runner.probing import collect, run_probe

_running = False


def check(id, namespace=None, seed=None, record=True):
    """Try the answer to exercise id on fresh random cases, show what was found, and return its Mark.

    namespace: a mapping of names; the notebook's own when None. seed: an int, to have the same cases again.
    record: False for a demonstration, which does not count as an attempt.
    Never raises for what the learner's code does; an unknown id is said in one line and earns nothing.
    """
    global _running
    if _running:  # a check inside the learner's own code, while it is being checked
        return Mark(str(id), False, 0.0, 0.0, "A check does not check itself.")
    try:
        exercise = find(id)
    except LookupError as error:
        nobody = Mark(str(id), False, 0.0, 0.0, str(error))
        show(nobody)
        return nobody
    if namespace is None:
        namespace = notebook_namespace(sys._getframe(1))
    drawn = random.SystemRandom().randrange(1_000_000) if seed is None else seed
    _running = True
    try:
        parts(exercise.libraries)
        outcome = try_in_place(exercise, namespace, drawn)
    except NoSuchLibrary as missing:
        outcome = Mark(exercise.id, False, 0.0, 0.0, f"{exercise.id} cannot be checked: {missing}.")
    finally:
        _running = False
    lines = progress_file.attempted(exercise.id, outcome.passed, outcome.mistakes) if record else []
    show(outcome, [*(after_a_pass(exercise) if outcome.passed else []), *lines])
    return outcome


def after_a_pass(exercise):
    """What is said to whoever has passed: why it is so, where an explained solution is, and what comes next."""
    following = next((e for e in all_exercises() if number_of(e.id) > number_of(exercise.id)), None)
    lines = [exercise.why] if exercise.why else []
    lines.append(f'solution("{exercise.id}") shows an answer that is explained.')
    if following is not None:
        lines.append(Link(f"Next: {following.id} {following.title}", link_to(following, exercise.id)))
    return lines


def try_in_place(exercise, namespace, seed, cases=None, whole=True):
    """The Mark of the answer that namespace holds, on the cases that this seed draws.

    cases: those, where they are drawn already. whole: False to stop at the first mistake.
    """
    cases = draw_cases(exercise, random.Random(seed)) if cases is None else cases
    given = given_by(exercise)
    troubles = []
    other = any(name in namespace and namespace[name] is not thing for name, thing in given.items())
    if other and (cells := cells_run(namespace)):
        namespace = {"__name__": "__main__"}
        troubles = collect(cells, namespace, given, CELL_SECONDS)
    names = {name: namespace[name] for name in exercise.needs if name in namespace}
    for name, thing in given.items():
        names.setdefault(name, namespace.get(name, thing))
    refused = first_refusal(exercise.needs, names, set(exercise.provides.values())) or no_library(exercise, names)

    def outcome_of(case):
        nonlocal refused
        outcome = refused or run_probe(exercise.probe, names, seen(case), exercise.seconds)
        refused = outcome if outcome.get("failed") in ENDING else None
        return outcome

    return mark(exercise, cases, [partial(outcome_of, case) for case in cases], troubles, seed, whole)


def no_library(exercise, names):
    """The outcome for an answer that uses a library which is not there when it is graded, or None."""
    for name in exercise.needs:
        used = libraries_used(names[name])
        if used and (others := used - allowed(exercise.libraries)):
            others, libraries = ", ".join(sorted(others)), ", ".join(exercise.libraries)
            return {"failed": "no-library", "name": name, "module": others, "what": libraries}
    return None


def given_by(exercise):
    """What an exercise provides, ``{name: the course's own object}``."""
    return {name: getattr(importlib.import_module(module), name) for name, module in exercise.provides.items()}


def cells_run(namespace):
    """The sources of the cells that this session has run, as IPython keeps them; [] elsewhere."""
    history = namespace.get("In")
    if type(history) is not list:
        return []
    return [[f"In [{i}]", source] for i, source in enumerate(history) if type(source) is str and source.strip()]


def notebook_namespace(frame):
    """The kernel's namespace inside IPython; else the globals of the caller."""
    return sys.modules["IPython"].get_ipython().user_ns if in_ipython() else frame.f_globals
