"""A process in which answers are tried, seen from outside: how it is started, told what to do, and listened to.

The process is Python without site-packages. It gets, on standard input, everything it will ever know: the
code of `inside` and its neighbours, then one job a line, with the code of what its exercise provides. Inside,
`karpathy_course` is an empty package with those modules alone, so an answer cannot be imported from the course,
and `check`, `hint` and `predict` do nothing. What comes back is read with suspicion: only plain data passes.
"""

import ast
import contextlib
import functools
import importlib
import inspect
import json
import marshal
import os
import queue
import subprocess
import sys
import textwrap
import threading
import time
from importlib.machinery import PathFinder
from pathlib import Path

from karpathy_course.checks.runner.plain_data import NotPlain, loads
from karpathy_course.checks.runner.probing import MOST_OUTPUT

START_SECONDS = 20.0  # for the process to start, on a machine that is busy
ENDING_SECONDS = 2.0  # for a process that has been told that there are no more jobs
CELL_SECONDS = 20.0  # for one cell
EXERCISE_SECONDS = 60.0  # for all cells and cases of one trial, beyond the deadline of a single case
LIBRARIES = ("numpy",)  # what answers may import beside Python's own modules, wherever they are tried
BOX = ("plain_data", "deadline", "ownership", "probing", "confinement", "inside")
BOOT = """
import gc
gc.disable()  # nothing of what is loaded now is ever thrown away
import json, marshal, os, sys, types
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
start = json.loads(sys.stdin.buffer.readline())
def give(modules):
    for name, code in modules:
        exec(marshal.loads(bytes.fromhex(code)), module(name, False).__dict__)
give(start["modules"])
out = open(os.dup(1), "w", encoding="utf-8")
def write(line):
    out.write(line)
    out.flush()
inside = sys.modules["karpathy_course.checks.runner.inside"]
inside.main(start["libraries"], start["confine"], give, sys.stdin.buffer, write)
os._exit(0)
"""
MOST_TROUBLES = 20
LONGEST_FACT = 300  # characters
TEXTS = ("failed", "error", "message", "line", "place", "name", "module", "what", "cell")  # what may be told of a fault
_parsing = threading.Lock()


class NotStarted(Exception):
    """The process did not come up: the machine's fault, not the answer's. The message is one line."""


class Box:
    """One running process. Jobs are sent, then their results are taken, in the same order.

    folder: where it starts. words: what starts it; `command()` when None. environment: its variables. confine: what it
    takes from itself before it runs a stranger's code (see `confinement.py`); None for nothing. libraries: where it
    finds those that answers may import; `library_folders()` when None. seconds: a deadline for its life. stop: called
    with the process at the end, to see that nothing of it is left; `end` when None. fds: descriptors it is to have.
    """

    def __init__(
        self,
        folder,
        words=None,
        environment=None,
        confine=None,
        libraries=None,
        seconds=None,
        stop=None,
        fds=(),
    ):
        self._ends = time.monotonic() + seconds if seconds else None
        self._stop = stop or end
        self._sent, self._taken, self._patience = queue.Queue(), 0, {}
        self._process = subprocess.Popen(
            words or command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=plain_environment() if environment is None else environment,
            pass_fds=fds,
        )
        self._lines, self._over = queue.Queue(), False
        self.gone = False  # whether the process ended by itself
        for work in (self._listen, self._tell):
            threading.Thread(target=work, daemon=True).start()
        modules = [(name, compiled(name)) for name in (f"karpathy_course.checks.runner.{part}" for part in BOX)]
        libraries = library_folders() if libraries is None else libraries
        start = {"modules": modules, "confine": confine, "libraries": libraries}
        self._sent.put(json.dumps(start).encode() + b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def wait_until_ready(self):
        """Return when the process has said that it is up. Raises NotStarted."""
        if self._line(START_SECONDS) != b'"ready"\n':
            raise NotStarted("the separate process for the answers did not start")

    def send(self, exercise, cells, cases, random_seed=0, seconds=EXERCISE_SECONDS, encoded=None):
        """Give the process one job; its result is taken later, in this order.

        encoded: the JSON of cases, where it is at hand: large ones are sent again and again.
        """
        job = job_of(exercise, cells, random_seed, seconds)
        self._patience[len(self._patience)] = job["deadline"] + START_SECONDS
        encoded = json.dumps(cases) if encoded is None else encoded
        self._sent.put(f'{json.dumps(job)[:-1]}, "cases": {encoded}}}\n'.encode())

    def take(self, cases):
        """The result of the next job in line, ``{"troubles", "outcomes", "cell", "cpu_seconds"}``.

        troubles is None when the child did not come as far as the cases; cell is then the number of the cell that it
        was in. There is an outcome for each of cases: a trial that dies, hangs or answers nonsense has outcomes that
        say so.
        """
        number = self._taken
        result = {"troubles": None, "outcomes": [], "cell": None, "cpu_seconds": None}
        self._taken += 1
        ended = None
        while ended is None:
            line = self._line(self._patience[number])
            ended = {"failed": "died" if self.gone else "expired"} if line is None else _take(line, number, result)
        outcomes = result["outcomes"]
        if ended.get("failed") == "expired":  # how far it came depends on the clock: nothing of it is kept
            result["troubles"], outcomes[:] = result["troubles"] and [], [{"failed": "expired"}]
        last = outcomes[-1] if outcomes and "failed" in outcomes[-1] else {"failed": "died"}
        outcomes += [last] * (len(cases) - len(outcomes))
        del outcomes[len(cases) :]
        return result

    def close(self):
        """End the process, and leave nothing of it behind; one that has nothing left to do ends by itself."""
        self._sent.put(None)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=0 if self._taken < len(self._patience) or self._over else ENDING_SECONDS)
        self._stop(self._process)
        self._process.wait()

    def _line(self, patience):
        """The next line, or None when there is none within patience, in seconds, or will never be one."""
        if self._ends is not None:
            patience = min(patience, self._ends - time.monotonic())
        try:
            line = None if self._over else self._lines.get(timeout=max(0.0, patience))
            self.gone |= line is None and not self._over
        except queue.Empty:
            line = None
        self._over = line is None
        return line

    def _listen(self):
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _tell(self):
        with contextlib.suppress(OSError):  # where it ended early, its lines, or their absence, say so
            while (text := self._sent.get()) is not None:
                self._process.stdin.write(text)
                self._process.stdin.flush()
        with contextlib.suppress(OSError):
            self._process.stdin.close()


def command():
    """The words that start the process; a sandbox puts its own before them."""
    return [getattr(sys, "_base_executable", None) or sys.executable, "-s", "-S", "-P", "-c", BOOT]


def end(process):
    """Let the process end its child and itself; kill it where it does not."""
    process.terminate()
    try:
        process.wait(timeout=ENDING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def library_folders():
    """``{name: the folder that holds it}`` of the libraries that answers may import, where they are installed."""
    found = {}
    for name in LIBRARIES:
        spec = PathFinder.find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            found[name] = str(Path(next(iter(spec.submodule_search_locations))).resolve().parent)
    return found


def plain_environment():
    """Only what a process needs to start, and a fixed order of sets: nothing that tells of this machine."""
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH") if name in os.environ}
    return keep | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}


def job_of(exercise, cells, random_seed, seconds):
    """All that the process needs to know of one trial, its cases aside: plain data."""
    names = dict.fromkeys(name for module in exercise.provides.values() for name in with_imports(module))
    return {
        "cells": [[str(name), source] for name, source in cells],
        "cell_seconds": CELL_SECONDS,
        "modules": [(name, compiled(name)) for name in names],
        "given": dict(exercise.provides),
        "needs": list(exercise.needs),
        "probe": probe_code(exercise),
        "seconds": exercise.seconds,
        "deadline": seconds + exercise.seconds,
        "random_seed": random_seed,
    }


def _take(line, expected, result):
    """Put one line from the process into result; returns how the job ended once it has, and else None.

    A line is ``[number of the job, text of its child, null]`` or ``[number, null, facts of the process's own]``.
    """
    try:
        number, text, facts = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return {"failed": "died"}
    if number != expected or type(facts) is dict:
        if type(facts) is not dict:
            return {"failed": "died"}
        result["cell"] = facts.get("cell")
        if facts.get("cpu_seconds") is not None:
            result["cpu_seconds"] = max(0.0, facts["cpu_seconds"] - result.pop("own_seconds", 0.0))
        return facts
    try:
        said = loads(text)
    except NotPlain as refusal:
        said = {"outcome": {"failed": "not-plain", "what": str(refusal)}}
    if type(said) is not dict:
        return None
    if type(said.get("troubles")) is list and result["troubles"] is None:
        result["troubles"] = [facts_of(trouble) for trouble in said["troubles"][:MOST_TROUBLES]]
    elif type(said.get("own_seconds")) is float and said["own_seconds"] >= 0:
        result["own_seconds"] = said["own_seconds"]  # of the child's time, what was not the answer's
    elif type(said.get("outcome")) is dict and "answer" in said["outcome"]:
        outcome = said["outcome"]
        result["outcomes"].append({"answer": outcome["answer"]} | printed(outcome))
    elif "outcome" in said:
        result["outcomes"].append(facts_of(said["outcome"]))
    return None


def facts_of(said):
    """What went wrong, by the child's account: the known facts, where they are of the kind that they should be."""
    said = said if type(said) is dict else {}
    facts = {name: said[name][:LONGEST_FACT] for name in TEXTS if type(said.get(name)) is str}
    facts |= {name: said[name] for name in ("number", "seconds") if type(said.get(name)) in (int, float)}
    return {"failed": "died"} | facts | printed(said)


def printed(said):
    """What the answer printed and how much that was, by the child's account."""
    if type(said.get("printed")) is not str or type(said.get("printed_length")) is not int:
        return {}
    return {"printed": said["printed"][:MOST_OUTPUT], "printed_length": max(0, said["printed_length"])}


@functools.cache
def probe_code(exercise):
    """The code of a module whose one function is an exercise's probe, marshalled, in hex."""
    tree = parse(textwrap.dedent(inspect.getsource(exercise.probe)))
    tree.body[0].decorator_list = []
    with _parsing:
        code = compile(ast.unparse(tree), "<probe>", "exec")
    return marshal.dumps(code).hex()


def parse(source):
    """ast.parse, one thread at a time: CPython 3.11's keeps one depth for all (python/cpython#106905)."""
    with _parsing:
        return ast.parse(source)


@functools.cache
def compiled(name):
    """A module of the course as code, marshalled, in hex: the same Python runs in the box, and need not compile it."""
    with _parsing:
        code = compile(inspect.getsource(importlib.import_module(name)), f"<{name}>", "exec")
    return marshal.dumps(code).hex()


@functools.cache
def with_imports(name):
    """The course's modules that a module imports, and then itself."""
    found = []
    for node in ast.walk(parse(inspect.getsource(importlib.import_module(name)))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("karpathy_course."):
            found += [inner for inner in with_imports(node.module) if inner not in found]
    return [*found, name]
