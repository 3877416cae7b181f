"""The side of a trial that runs in the separate process: a child for every answer, one line for every outcome.

In the box there is no course: only Python's own modules, this file and the five that it names. Each job
is run in a child forked for it (where the system can fork), so that no answer sees another; the child's lines
are passed on as they come, and a child that is silent for too long is killed. Whatever leaves the box is
JSON text that the other side reads with suspicion.
"""

import contextlib
import gc
import json
import marshal
import mmap
import os
import random
import select
import signal
import sys
import time

from karpathy_course.checks.runner.confinement import confine_child, confine_process, give_libraries, keep_libraries
from karpathy_course.checks.runner.ownership import foreign_origin
from karpathy_course.checks.runner.plain_data import MAX_DOCUMENT, dumps
from karpathy_course.checks.runner.probing import collect, run_probe

LOOK = 1.0  # seconds between two looks at whether anybody still waits for the answer
GLANCE = 0.05  # seconds between two looks at how many files there are: empty ones take a kernel's memory, 1.5 kB each
GRACE = 3.0  # seconds that a child may be silent beyond its own deadlines
ENDING = (
    "too-slow",
    "stub",
    "interrupted",
    "missing-name",
    "not-your-own",
    "no-library",
)  # the same for every further case


def main(libraries, load, confine, give, jobs, write):
    """Say that the process is up, then run each job, a line of jobs each, until they end.

    For every line of a child's, ``[number of the job, line, null]`` is written; when it has ended,
    ``[number, null, facts]``, in which cpu_seconds is what all of the child took.
    libraries: ``{part: the folder that holds it}`` of those that answers may import; load: which are imported now.
    Where one cannot be, a line says so and nothing runs. give: makes modules of code, ``[[name, code], …]``, in this
    process. A job: libraries (the parts that it may have), modules (its exercise may use them, and its child alone gets
    them), load (modules that are imported before its child is made), cells [[name, source], …], cell_seconds, given
    {name: module}, needs, probe (marshalled code in hex), cases, seconds, deadline (for all of it), random_seed (what
    the child's random numbers start from).
    """
    if hasattr(os, "fork"):
        signal.signal(signal.SIGTERM, leave)
    give_libraries(libraries)
    for name in load:  # once for all children
        try:
            __import__(name)
        except Exception as error:
            words = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            write(json.dumps({"not loaded": name, "error": words}) + "\n")
            return
    if confine:
        confine_process(confine)
    collect([["warm", "x = 1"]], {}, {}, 1.0)  # once here, so that no child has to be the first
    gc.freeze()  # what is there already: a child that collected it would copy it
    gc.enable()
    write('"ready"\n')
    for number, line in enumerate(jobs):
        job = json.loads(line)
        for name in job["load"]:  # what every right answer to this exercise uses: once, and not in each child
            if name not in sys.modules:
                with contextlib.suppress(Exception):  # an answer that needs it says so itself
                    __import__(name)
                gc.freeze()

        def pass_on(line, number=number):
            write(json.dumps([number, line, None]) + "\n")

        if hasattr(os, "fork"):
            facts = run_in_child(job, confine, give, pass_on)
        else:
            run_job(job, give, pass_on, [0])
            facts = {}
        write(json.dumps([number, None, facts]) + "\n")


def leave(number, frame):
    """Told to end: what is under way is ended on the way out."""
    raise SystemExit(0)


def run_job(job, give, write, here):
    """Write what went wrong in the cells, then the outcome of each case: one line of JSON each.

    here: a place for the number of the cell that is being run: a sign of life, since each may take its time.
    """
    keep_libraries(job["libraries"], forked=hasattr(os, "fork"))
    give(job["modules"])
    given = {}
    for name, module in job["given"].items():
        given[name] = getattr(sys.modules[module], name)
    namespace = {"__name__": "__main__"}
    random.seed(job["random_seed"])
    troubles, cpu_seconds = [], 0.0
    for number, cell in enumerate(job["cells"]):
        here[0] = number
        before = time.thread_time()
        troubles += collect([cell], namespace, given, job["cell_seconds"])
        cpu_seconds += time.thread_time() - before
    write(dumps({"troubles": troubles[:20]}))
    modules = set(job["given"].values())
    refused = first_refusal(job["needs"], namespace, modules)
    tools = {}
    exec(marshal.loads(bytes.fromhex(job["probe"])), tools)
    names = {name: namespace[name] for name in [*job["needs"], *given] if name in namespace}
    for case in job["cases"]:
        before = time.thread_time()
        outcome = refused or run_probe(tools["probe"], names, case, job["seconds"])
        cpu_seconds += time.thread_time() - before
        write(dumps({"outcome": outcome}))
        if outcome.get("failed") in ENDING:
            break
    write(dumps({"own_seconds": time.thread_time() - cpu_seconds}))


def first_refusal(needs, namespace, modules):
    """The outcome for a needed name that is missing or not the learner's own, or None."""
    for name in needs:
        if name not in namespace:
            return {"failed": "missing-name", "name": name}
        if module := foreign_origin(namespace[name], modules):
            return {"failed": "not-your-own", "name": name, "module": module}
    return None


def run_in_child(job, confine, give, write):
    """Run a job in a child; returns how it ended, in facts.

    cpu_seconds: what all of the child took. cell: the number of the last cell that it ran. failed: when time ran out.
    """
    here = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("I")  # shared with the child
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.setsid()
            os.close(reading)
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nothing, descriptor)
            if confine:
                confine_child(confine, writing, job["deadline"])
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:

                def send(line):
                    pipe.write(line + "\n")
                    pipe.flush()

                run_job(job, give, send, here)
        finally:
            os._exit(0)
    os.close(writing)
    facts = {}
    try:
        relay(reading, job, write, here, facts, confine or {})
    finally:
        os.close(reading)
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(child, signal.SIGKILL)
        used = os.wait4(child, 0)[2]
    return facts | {"cell": here[0], "cpu_seconds": used.ru_utime + used.ru_stime}


def relay(reading, job, write, here, facts, confine):
    """Pass a child's lines on until it closes its pipe, is silent or goes on for too long, or writes too much."""
    counted = confine.get("count", ())
    look, before = GLANCE if counted else LOOK, entries(counted)
    most_lines = len(job["cases"]) + 2
    rest, length, lines_seen, cell = b"", 0, 0, 0
    end = time.monotonic() + job["deadline"]
    until = time.monotonic() + GRACE + job["cell_seconds"]  # a line follows the cells, and then one each case
    parent = os.getppid()
    while True:
        ready, _, _ = select.select([reading], [], [], min(look, max(0.0, min(until, end) - time.monotonic())))
        if counted and entries(counted) - before > confine["limits"]["entries"]:
            facts["failed"] = "too-many-files"
            return
        if here[0] != cell:
            cell, until = here[0], time.monotonic() + GRACE + job["cell_seconds"]
        if not ready and time.monotonic() < min(until, end):
            if os.getppid() != parent:  # whoever asked is dead
                leave(None, None)
            continue
        if not ready:
            if end <= until:
                facts["failed"] = "expired"
            else:
                write(dumps({"outcome": {"failed": "too-slow", "seconds": job["seconds"]}}))
            return
        piece = os.read(reading, 65_536)
        length += len(piece)
        if not piece or length > MAX_DOCUMENT:
            return
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            lines_seen += 1
            if lines_seen > most_lines:
                return
            write(line.decode("utf-8", "replace"))
            until = time.monotonic() + GRACE + job["seconds"]


def entries(folders):
    """How many files and folders these file systems hold."""
    return sum(status.f_files - status.f_ffree for status in map(os.statvfs, folders))
