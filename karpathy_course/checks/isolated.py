"""Answers tried in a process of their own, from source alone: the seam at which a sandbox is put.

The child is Python in isolated mode. It gets, on standard input, everything it will ever know: the
sources of `plain` and `beside`, of what the exercise provides, of the learner's cells, of the probe, and
the cases. Inside, `karpathy_course` is an empty package with those modules alone, so an answer cannot be
imported from the course, and `check`, `hint` and `predict` do nothing. Only plain data comes back.
"""

import ast
import importlib
import inspect
import json
import subprocess
import sys
import textwrap

from karpathy_course.checks.plain import NotPlain, dumps, loads

START_SECONDS = 20.0
CELL_SECONDS = 10.0
MOST_BYTES = 16_000_000
BOOT = """
import json, sys, types
job = json.loads(sys.stdin.readline())
quiet = lambda *a, **k: types.SimpleNamespace(passed=False, score=0.0, points=0.0, message="")
for name, source in job.items():
    parts = name.split(".")
    for end in range(1, len(parts)):
        package = ".".join(parts[:end])
        if package not in sys.modules:
            sys.modules[package] = types.ModuleType(package)
            sys.modules[package].__path__ = []
            sys.modules[package].__dict__.update(check=quiet, hint=quiet, predict=quiet)
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name, "exec"), module.__dict__)
    setattr(sys.modules[name.rpartition(".")[0]], parts[-1], module)
sys.modules["karpathy_course.checks.beside"].main()
sys.stdout.flush()
import os
os._exit(0)
"""


def probe_source(exercise):
    """The source of an exercise's probe as a function of the module, without its decorator."""
    source = textwrap.dedent(inspect.getsource(exercise.probe))
    function = ast.parse(source).body[0]
    function.decorator_list = []
    return ast.unparse(function)


def module_sources(exercises):
    """The modules that the child gets: plain, beside, and what the exercises provide."""
    names = ["karpathy_course.checks.plain", "karpathy_course.checks.beside"]
    names += sorted({module for exercise in exercises for module in exercise.provides.values()})
    return {name: inspect.getsource(importlib.import_module(name)) for name in names}


def provided_cell(exercises):
    """A cell that imports what the exercises provide, run before the learner's own."""
    lines = sorted({f"from {module} import {name}" for e in exercises for name, module in e.provides.items()})
    return ["provided", "\n".join(lines)]


def try_answers(cells, tasks):
    """Run cells and then the probes of tasks, ``[(exercise, cases), …]``, in a child process.

    cells: [[name, source], …]. Returns {"troubles": […], "outcomes": {id: [an outcome for each case]}}; a
    child that dies, hangs or answers nonsense gives every case of every task the outcome that says so.
    """
    exercises = [exercise for exercise, _ in tasks]
    seconds = START_SECONDS + len(cells) * CELL_SECONDS
    seconds += sum(exercise.seconds * min(len(cases), 3) for exercise, cases in tasks)
    job = {
        "cells": [provided_cell(exercises), *([str(name), source] for name, source in cells)],
        "cell_seconds": CELL_SECONDS,
        "probes": [
            {
                "id": exercise.id,
                "source": probe_source(exercise),
                "needs": list(exercise.needs),
                "cases": cases,
                "seconds": exercise.seconds,
            }
            for exercise, cases in tasks
        ],
    }
    text = json.dumps(module_sources(exercises)) + "\n" + dumps(job)
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", BOOT], input=text, capture_output=True, text=True, timeout=seconds
        )
        if len(done.stdout) > MOST_BYTES:
            return _all_failed(tasks, "not-plain", what="more output than an answer can be")
        return loads(done.stdout)
    except subprocess.TimeoutExpired:
        return _all_failed(tasks, "too-slow", seconds=seconds)
    except (NotPlain, ValueError):
        return _all_failed(tasks, "died")


def _all_failed(tasks, kind, **facts):
    outcome = {"failed": kind, **facts}
    return {"troubles": [], "outcomes": {e.id: [outcome] * len(cases) for e, cases in tasks}}
