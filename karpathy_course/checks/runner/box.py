"""The box: a process in which answers are tried, seen from outside; how it is started, spoken to, and ended.

The process is Python without site-packages. It gets, on standard input, everything it will ever know: the
code of `inside_the_box` and its neighbours, then one job a line (`jobs`), with the code of what its exercise provides.
Inside, `karpathy_course` is an empty package with those modules alone, so an answer cannot be imported from the course,
and `check`, `hint` and the like do nothing. What comes back is read with suspicion (`replies`): only plain data passes.
"""

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from karpathy_course.checks.runner.jobs import EXERCISE_SECONDS, compiled, job_of, json_of
from karpathy_course.checks.runner.libraries import loaded_once, parts
from karpathy_course.checks.runner.replies import take_in

START_SECONDS = 20.0  # for the process to start, on a machine that is busy; twice as long for each library
ENDING_SECONDS = 2.0  # for a process that has been told that there are no more jobs
GLANCE = 0.02  # seconds between two looks at how many threads there are
BOX = ("plain_data", "deadline", "ownership", "probing", "confinement", "inside_the_box")
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
inside = sys.modules["karpathy_course.checks.runner.inside_the_box"]
inside.main(start["libraries"], start["load"], start["confine"], give, sys.stdin.buffer, write)
os._exit(0)
"""
CUT_OFF = ("expired", "too-many-files")
# Answers compute with small arrays: a second thread helps none, and waits in a loop that costs five times the work.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


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
            ended = {"failed": "died" if self.gone else "expired"} if line is None else take_in(line, number, result)
        outcomes = result["outcomes"]
        if ended.get("failed") in CUT_OFF:  # how far it came depends on the clock: nothing of it is kept
            result["troubles"], outcomes[:] = result["troubles"] and [], [{"failed": ended["failed"]}]
        last = outcomes[-1] if outcomes and "failed" in outcomes[-1] else {"failed": "died"}
        outcomes += [last] * (len(cases) - len(outcomes))
        del outcomes[len(cases) :]
        return result

    @property
    def number(self):
        """The number of the process, or None once it has ended."""
        return None if self._process.poll() is not None else self._process.pid

    @property
    def waits(self):
        """Whether the process has given back all that it was sent, and takes more."""
        return not self._over and self._taken == len(self._patience) and self.number is not None

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
    """Only what a process needs to start, one thread, and a fixed order of sets: nothing that tells of this machine."""
    keep = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH") if name in os.environ}
    return keep | THREADS | {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
