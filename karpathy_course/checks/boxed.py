"""The side of a trial that runs in the separate process: a child for every answer, one line for every outcome.

In the box there is no course: only Python's own modules, this file and the four that it names. Each job
is run in a child forked for it (where the system can fork), so that no answer sees another; the child's lines
are passed on as they come, and a child that is silent for too long is killed. Whatever leaves the box is
JSON text that the other side reads with suspicion.
"""

import contextlib
import json
import os
import select
import signal
import sys
import time

from karpathy_course.checks.beside import collect, run_probe
from karpathy_course.checks.ownership import foreign_origin
from karpathy_course.checks.plain import MAX_DOCUMENT, dumps

GRACE = 3.0  # seconds that a child may be silent beyond its own deadlines
ENDING = ("too-slow", "stub", "interrupted", "missing-name", "not-your-own")  # the same for every further case


def main(jobs, write):
    """Run each job, and write ``[number of the job, line]`` as JSON for every line that it brings about.

    A job: cells [[name, source], …], cell_seconds, given {name: module}, needs, probe (source), cases, seconds.
    """
    for number, job in enumerate(jobs):

        def pass_on(line, number=number):
            write(json.dumps([number, line]) + "\n")

        run_in_child(job, pass_on) if hasattr(os, "fork") else run_job(job, pass_on)
        pass_on(dumps({"end": True}))


def run_job(job, write):
    """Write what went wrong in the cells, then the outcome of each case: one line of JSON each."""
    given = {}
    for name, module in job["given"].items():
        given[name] = getattr(sys.modules[module], name)
    namespace = {"__name__": "__main__"}
    troubles = collect(job["cells"], namespace, given, job["cell_seconds"])
    write(dumps({"troubles": troubles[:20]}))
    modules = set(job["given"].values())
    refused = first_refusal(job["needs"], namespace, modules)
    tools = {}
    exec(compile(job["probe"], "<probe>", "exec"), tools)
    names = {name: namespace[name] for name in [*job["needs"], *given] if name in namespace}
    for case in job["cases"]:
        outcome = refused or run_probe(tools["probe"], names, case, job["seconds"])
        write(dumps({"outcome": outcome}))
        if outcome.get("failed") in ENDING:
            break


def first_refusal(needs, namespace, modules):
    """The outcome for a needed name that is missing or not the learner's own, or None."""
    for name in needs:
        if name not in namespace:
            return {"failed": "missing-name", "name": name}
        if module := foreign_origin(namespace[name], modules):
            return {"failed": "not-your-own", "name": name, "module": module}
    return None


def run_in_child(job, write):
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setsid()
            os.close(reading)
            nothing = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nothing, descriptor)
            with os.fdopen(writing, "w", encoding="utf-8") as pipe:

                def send(line):
                    pipe.write(line + "\n")
                    pipe.flush()

                run_job(job, send)
        finally:
            os._exit(0)
    os.close(writing)
    try:
        silence = GRACE + job["cell_seconds"] * max(1, len(job["cells"]))
        relay(reading, write, silence, GRACE + job["seconds"])
    finally:
        os.close(reading)
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(OSError):
                kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def relay(reading, write, first_silence, silence):
    """Pass a child's lines on until it closes its pipe, is silent for too long, or writes too much."""
    rest, length, patience = b"", 0, first_silence
    until = time.monotonic() + patience
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            write(dumps({"outcome": {"failed": "too-slow", "seconds": silence - GRACE}}))
            return
        piece = os.read(reading, 65_536)
        length += len(piece)
        if not piece or length > MAX_DOCUMENT:
            return
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            write(line.decode("utf-8", "replace"))
            until = time.monotonic() + silence
