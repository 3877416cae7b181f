"""A process in which answers are tried, seen from outside: how it is started, told what to do, and listened to.

The process is Python without site-packages. It gets, on standard input, everything it will ever know: the
code of `inside` and its neighbours, then one job a line, with the code of what its exercise provides. Inside,
`karpathy_course` is an empty package with those modules alone, so an answer cannot be imported from the course,
and `check`, `hint` and the like do nothing. What comes back is read with suspicion: only plain data passes.
"""

import ast
import contextlib
import functools
import importlib
import importlib.util
import inspect
import json
import marshal
import os
import queue
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

from karpathy_course.checks.exercise import seen
from karpathy_course.checks.runner.libraries import MODULES, loaded_once, parts
from karpathy_course.checks.runner.plain_data import NotPlain, loads
from karpathy_course.checks.runner.probing import MOST_OUTPUT

START_SECONDS = 20.0  # for the process to start, on a machine that is busy; twice as long for each library
ENDING_SECONDS = 2.0  # for a process that has been told that there are no more jobs
GLANCE = 0.02  # seconds between two looks at how many threads there are
CELL_SECONDS = 20.0  # for one cell
EXERCISE_SECONDS = 60.0  # for all cells and cases of one trial, beyond the deadline of a single case
BOX = ("plain_data", "deadline", "ownership", "probing", "confinement", "inside")
BOOT = """
import gc
gc.disable()  # nothing of what is loaded now is ever thrown away
import json, marshal, os, sys, types
def nothing(*words, **more):
    return types.SimpleNamespace(passed=False, score=0.0, points=0.0, message="")
def module(name, is_package):
    if name in sys.modules:
        return sys.modules[name]
    made = sys.modules[name] = types.ModuleType(name)
    made.__file__ = "<" + name + ">"
    if is_package:
        made.__path__ = []
        made.check = made.hint = made.predict = made.reveal = made.solution = made.progress = nothing
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
inside.main(start["libraries"], start["load"], start["confine"], give, sys.stdin.buffer, write)
os._exit(0)
"""
MOST_TROUBLES = 20
CUT_OFF = ("expired", "too-many-files")
LONGEST_FACT = 300  # characters
LARGE = 10_000  # characters of an answer's JSON
TEXTS = ("failed", "error", "message", "line", "place", "name", "module", "what", "cell")  # what may be told of a fault
_parsing = threading.Lock()


class NotStarted(Exception):
    """The process did not come up: the machine's fault, not the answer's. The message is one line."""


class Box:
    """One running process. Jobs are sent, then their results are taken, in the same order.

    folder: where it starts. words: what starts it; `command()` when None. environment: its variables. confine: what it
    takes from itself before it runs a stranger's code (see `confinement.py`); None for nothing. libraries: the names of
    those that answers may import; packages: the folder that they lie in inside, where it is not their own. seconds: a
    deadline for its life. stop: called with the process at the end, to see that nothing of it is left; `end` when None.
    fds: descriptors it is to have.
    """

    def __init__(
        self,
        folder,
        words=None,
        environment=None,
        confine=None,
        libraries=("numpy",),
        packages=None,
        seconds=None,
        stop=None,
        fds=(),
    ):
        modules = [(name, compiled(name)) for name in (f"karpathy_course.checks.runner.{part}" for part in BOX)]
        start = {"modules": modules, "confine": confine, "load": loaded_once(libraries)}
        start["libraries"] = {part: packages or folder for part, folder in parts(libraries).items()}
        self._loads = len(start["load"])
        self._ends = time.monotonic() + seconds if seconds else None
        self._stop, self._confine = stop or end, confine
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
        watched = confine is not None and hasattr(os, "pidfd_open") and os.path.isdir("/proc/self/task")
        for work in (self._listen, self._tell, *([self._watch] if watched else [])):
            threading.Thread(target=work, daemon=True).start()
        self._sent.put(json.dumps(start).encode() + b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def wait_until_ready(self):
        """Return when the process has said that it is up. Raises NotStarted."""
        line = self._line(START_SECONDS * (1 + 2 * self._loads))
        if line is not None and line.startswith(b'{"not loaded"'):
            said = json.loads(line)
            what = f"the library {said['not loaded']} does not load where answers are tried ({said['error']})"
            raise NotStarted(f"{what}: install it again, and see whether `import {said['not loaded']}` works in Python")
        if line != b'"ready"\n':
            raise NotStarted("the separate process for the answers did not start")

    def send(self, exercise, cells, cases, random_seed=0, seconds=EXERCISE_SECONDS, encoded=None):
        """Give the process one job; its result is taken later, in this order.

        encoded: `json_of(cases)`, where it is at hand: large ones are sent again and again.
        """
        job = job_of(exercise, cells, random_seed, seconds)
        self._patience[len(self._patience)] = job["deadline"] + START_SECONDS
        encoded = json_of(cases) if encoded is None else encoded
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
        if ended.get("failed") in CUT_OFF:  # how far it came depends on the clock: nothing of it is kept
            result["troubles"], outcomes[:] = result["troubles"] and [], [{"failed": ended["failed"]}]
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

    def _watch(self):
        """End each child that has too many threads: RLIMIT_NPROC does not hold where this process is root's."""
        most = self._confine["limits"]["processes"]
        while self._process.poll() is None:
            for number in descendants(self._process.pid):
                with contextlib.suppress(OSError):
                    handle = os.pidfd_open(number)
                    try:
                        if threads_of(number) > most:
                            signal.pidfd_send_signal(handle, signal.SIGKILL)
                    finally:
                        os.close(handle)
            time.sleep(GLANCE)

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


def descendants(number):
    """The numbers of the processes below one, by /proc; none where it cannot be read."""
    found, waiting = [], [number]
    while waiting:
        above = waiting.pop()
        try:
            tasks = os.listdir(f"/proc/{above}/task")
            lists = [Path(f"/proc/{above}/task/{task}/children").read_text() for task in tasks[:64]]
        except OSError:  # it has ended
            continue
        waiting += [int(text) for text in " ".join(lists).split()]
        found += waiting
    return list(dict.fromkeys(found))


def threads_of(number):
    return len(os.listdir(f"/proc/{number}/task"))


def plain_environment():
    """Only what a process needs to start, and a fixed order of sets: nothing that tells of this machine."""
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH") if name in os.environ}
    return keep | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}


def json_of(cases):
    """The JSON of what leaves this process of some cases: what only the judge sees is no part of it."""
    return json.dumps([seen(case) for case in cases])


def job_of(exercise, cells, random_seed, seconds):
    """All that the process needs to know of one trial, its cases aside: plain data."""
    given = [*exercise.provides.values(), *exercise.shared]
    names = dict.fromkeys(name for module in given for name in with_imports(module))
    return {
        "cells": [[str(name), source] for name, source in cells],
        "cell_seconds": CELL_SECONDS,
        "libraries": list(parts(exercise.libraries)),
        "load": [
            module
            for module in map(MODULES.get, exercise.libraries)
            if probe_imports(exercise, names, module) or cells_import(cells, module)
        ],
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
        result["outcomes"].append({"answer": outcome["answer"], **large(text)} | beside(outcome))
    elif "outcome" in said:
        result["outcomes"].append(facts_of(said["outcome"]))
    return None


def large(text):
    """How large an answer is, where it is so large that judging it may take time."""
    return {"size": len(text)} if len(text) > LARGE else {}


def facts_of(said):
    """What went wrong, by the child's account: the known facts, where they are of the kind that they should be."""
    said = said if type(said) is dict else {}
    facts = {name: said[name][:LONGEST_FACT] for name in TEXTS if type(said.get(name)) is str}
    facts |= {name: said[name] for name in ("number", "seconds") if type(said.get(name)) in (int, float)}
    return {"failed": "died"} | facts | beside(said)


def beside(said):
    """What stands beside an outcome, by the child's account: what was printed and how much; who returned None."""
    silent = said.get("returned_none")
    facts = {"returned_none": silent[:LONGEST_FACT]} if type(silent) is str else {}
    if type(said.get("printed")) is str and type(said.get("printed_length")) is int:
        facts |= {"printed": said["printed"][:MOST_OUTPUT], "printed_length": max(0, said["printed_length"])}
    return facts


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
    """The course's modules that a module imports, and what these import, and then itself."""
    found = []
    for node in ast.walk(parse(inspect.getsource(importlib.import_module(name)))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("karpathy_course."):
            for module in imported_from(node.module, [alias.name for alias in node.names]):
                found += [inner for inner in with_imports(module) if inner not in found]
    return [*found, name]


@functools.cache
def imports(name, library):
    """Whether a module of the course imports a library itself."""
    return any_import(parse(inspect.getsource(importlib.import_module(name))).body, library)


@functools.cache
def imported_in(exercise):
    """The statements of an exercise's probe, its inner ones too."""
    return tuple(ast.walk(parse(textwrap.dedent(inspect.getsource(exercise.probe)))))


def probe_imports(exercise, modules, library):
    """Whether a probe imports a library on every case, itself or by one of the modules that it is given."""
    return any(imports(name, library) for name in modules) or any_import(imported_in(exercise), library)


def cells_import(cells, library):
    """Whether a line of the cells imports a library: then it is loaded once, and not again by each of many answers."""
    line = re.compile(rf"^[ \t]*(import|from)[ \t]+{re.escape(library)}\b", re.MULTILINE)
    return any(type(source) is str and line.search(source) for _, source in cells)


def any_import(nodes, library):
    return any(isinstance(node, ast.Import) and library in [alias.name for alias in node.names] for node in nodes)


def imported_from(package, names):
    """The modules that ``from package import names`` needs: of a package, its modules of these names, or itself."""
    if not hasattr(importlib.import_module(package), "__path__"):
        return [package]
    inner = [name for name in names if importlib.util.find_spec(f"{package}.{name}")]
    return [f"{package}.{name}" for name in inner] + ([package] if len(inner) < len(names) else [])
