"""Answers tried in a process of their own, from source alone: the seam at which a sandbox is put.

The process is Python in isolated mode, without site-packages. It gets, on standard input, everything it will
ever know: the sources of `boxed` and its neighbours, of what the exercises provide, of the learner's cells, of
each probe, and the cases. Inside, `karpathy_course` is an empty package with those modules alone, so an answer
cannot be imported from the course, and `check`, `hint` and `predict` do nothing. Only plain data comes back.
"""

import ast
import importlib
import inspect
import json
import os
import queue
import subprocess
import sys
import tempfile
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

from karpathy_course.checks.plain import NotPlain, loads

_parsing = threading.Lock()
START_SECONDS = 20.0  # for the process to start, on a machine that is busy
CELL_SECONDS = 10.0
BOX = ("plain", "deadline", "ownership", "beside", "boxed")
BOOT = """
import json, os, sys, types
def nothing(*words, **more):
    return types.SimpleNamespace(passed=False, score=0.0, points=0.0, message="")
def module(name, is_package):
    made = sys.modules[name] = types.ModuleType(name)
    made.__file__ = "<" + name + ">"
    if is_package:
        made.__path__ = []
        made.check = made.hint = made.predict = nothing
    parent, _, last = name.rpartition(".")
    if parent:
        if parent not in sys.modules:
            module(parent, True)
        setattr(sys.modules[parent], last, made)
    return made
modules, jobs = json.loads(sys.stdin.buffer.readline()), json.loads(sys.stdin.buffer.readline())
for name, source in modules.items():
    exec(compile(source, "<" + name + ">", "exec"), module(name, False).__dict__)
out = open(os.dup(1), "w", encoding="utf-8")
def write(line):
    out.write(line)
    out.flush()
sys.modules["karpathy_course.checks.boxed"].main(jobs, write)
os._exit(0)
"""


def try_answers(trials, workers=1):
    """Run each trial ``(exercise, cells, cases)`` in a process of its own; cells: [[name, source], …].

    Returns, in order, ``{"troubles": what went wrong in the cells, "outcomes": an outcome for each case}``. A
    trial that dies, hangs or answers nonsense gives each of its cases an outcome that says so; one that died in
    a cell is tried once more with its own answer's cell and those that belong to no exercise.
    """
    trials = list(trials)
    results = _try_once(trials, workers)
    again = [i for i, result in enumerate(results) if result["troubles"] is None]
    if again:
        fewer = [(exercise, own_cells(exercise, cells), cases) for exercise, cells, cases in (trials[i] for i in again)]
        for i, result in zip(again, _try_once(fewer, workers)):
            results[i] = result
    return [{"troubles": result["troubles"] or [], "outcomes": result["outcomes"]} for result in results]


def own_cells(exercise, cells):
    """The cells without the other exercises' answers."""
    own = cell_name(exercise.id)
    return [[name, source] for name, source in cells if name == own or not name.startswith("answer-")]


def cell_name(id):
    """``answer-02-1`` for ``02.1``: the id of the cell in which the answer stands."""
    return f"answer-{id.replace('.', '-')}"


def _try_once(trials, workers):
    size = max(1, -(-len(trials) // workers)) if hasattr(os, "fork") else 1
    chunks = [trials[i : i + size] for i in range(0, len(trials), size)]
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        return [result for results in pool.map(_run_process, chunks) for result in results]


def _run_process(trials):
    results = [{"troubles": None, "outcomes": []} for _ in trials]
    request = json.dumps(module_sources([trial[0] for trial in trials])) + "\n"
    request += json.dumps([job_of(*trial) for trial in trials]) + "\n"
    patience = START_SECONDS + max(CELL_SECONDS * len(cells) + e.seconds for e, cells, _ in trials)
    with tempfile.TemporaryDirectory() as folder:
        for line in lines_of(command(), request, folder, patience):
            _take(line, results)
    for (_, _, cases), result in zip(trials, results):
        outcomes = result["outcomes"]
        last = outcomes[-1] if outcomes and "failed" in outcomes[-1] else {"failed": "died"}
        outcomes += [last] * (len(cases) - len(outcomes))
    return results


def command():
    """The words that start the process; a sandbox puts its own before them."""
    return [sys.executable, "-I", "-S", "-c", BOOT]


def job_of(exercise, cells, cases):
    """All that the process needs to know of one trial: plain data."""
    return {
        "cells": [[str(name), source] for name, source in cells],
        "cell_seconds": CELL_SECONDS,
        "given": dict(exercise.provides),
        "needs": list(exercise.needs),
        "probe": probe_source(exercise),
        "cases": cases,
        "seconds": exercise.seconds,
    }


def _take(line, results):
    """Put one line from the process where it belongs; what is not as it should be is left out."""
    try:
        number, text = json.loads(line)
        said = loads(text)
        result = results[number] if type(number) is int and number >= 0 else None
    except (ValueError, TypeError, IndexError, RecursionError):
        return
    except NotPlain as refusal:
        result, said = results[number], {"outcome": {"failed": "not-plain", "what": str(refusal)}}
    if type(said) is not dict or result is None:
        return
    if type(said.get("troubles")) is list and result["troubles"] is None:
        result["troubles"] = [trouble for trouble in said["troubles"] if type(trouble) is dict]
    elif type(said.get("outcome")) is dict and ("answer" in said["outcome"] or "failed" in said["outcome"]):
        result["outcomes"].append(said["outcome"])


def lines_of(words, request, folder, patience):
    """The lines that a process writes, as they come; it is killed when none has come for patience seconds."""
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH") if name in os.environ}
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder, env=keep
    )
    lines = queue.Queue()

    def listen():
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    def tell():
        try:
            process.stdin.write(request.encode())
            process.stdin.close()
        except OSError:  # it ended before it had read everything: its lines, or their absence, say so
            pass

    for work in (listen, tell):
        threading.Thread(target=work, daemon=True).start()
    try:
        while (line := lines.get(timeout=patience)) is not None:
            yield line
    except queue.Empty:
        pass
    finally:
        process.kill()
        process.wait()


def probe_source(exercise):
    """The source of an exercise's probe as a function of a module, without its decorator."""
    tree = parse(textwrap.dedent(inspect.getsource(exercise.probe)))
    tree.body[0].decorator_list = []
    return ast.unparse(tree)


def parse(source):
    """ast.parse, one thread at a time: CPython 3.11's keeps one depth for all (python/cpython#106905)."""
    with _parsing:
        return ast.parse(source)


def module_sources(exercises):
    """The modules that the process gets: the box's own, and what the exercises provide with all that it imports."""
    names = [f"karpathy_course.checks.{name}" for name in BOX]
    for exercise in exercises:
        for module in exercise.provides.values():
            names += [name for name in with_imports(module) if name not in names]
    return {name: inspect.getsource(importlib.import_module(name)) for name in names}


def with_imports(name):
    """The course's modules that a module imports, and then itself."""
    found = []
    for node in ast.walk(parse(inspect.getsource(importlib.import_module(name)))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("karpathy_course."):
            found += [inner for inner in with_imports(node.module) if inner not in found]
    return [*found, name]
