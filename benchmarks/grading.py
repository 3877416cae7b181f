"""`karpathy-course grade` beside nbgrader's `autograde`: the same submissions, the same checks, the same two cores.

Throughput: 100 submissions of lecture 01, each exercise answered at random by a solution, another right answer, a
mutant or nothing, from the start of the command to its end. nbgrader 0.9.6 knows no parallel run: to be fair, it is
given two courses with half of the submissions each, in two processes at once; that one process is slower yet is a
row of its own. Before a time is reported, both must have given the same points for every exercise.

Overhead: the CPU time of the whole tree of processes without that of the learner's code, for each further submission
of a batch (a batch of many less a batch of one, so that starting the command counts for neither). All answers are
lecture 02's solutions. Ours tells the learner's time apart, in timings.json: the time of the children in which the
cells and the probes ran, without what a child takes for itself. As each exercise has a child of its own, the cells are
run once for each: a second row counts all runs but one as overhead. nbgrader does not tell the learner's time; there
it is what the same cells and probes take in a bare child of a Python process, each once, as in nbgrader's kernel.
Drawing cases and judging answers is overhead on both sides.
"""

import contextlib
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

from benchmarks.run import ROOT, row
from karpathy_course.checks.authoring.trials import named_trials
from karpathy_course.checks.checking import given_by
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.notebook_cells import read_cells
from karpathy_course.checks.registry import of_lecture
from karpathy_course.checks.runner.probing import collect, run_probe
from karpathy_course.checks.runner.unsandboxed import cell_name
from tests.grading.nbgrader_course import SOLUTIONS, environment, grade, hand_in, points, quickstart

SUBMISSIONS = 100
ALONE = 20  # of these, for nbgrader in one process
BATCH, ROUNDS = 7, 3  # submissions of lecture 02, and how often
KINDS = {"solution": 3, "alternative": 2, "mutant": 4, "stub": 1}
CORES = 2


def answers(lecture, rng):
    """{cell: source}: an answer to each exercise of a lecture, right, wrong or left open."""
    sources = {}
    for exercise in of_lecture(lecture):
        kind = rng.choices(list(KINDS), KINDS.values())[0]
        among = [trial.source for trial in named_trials(exercise) if trial.kind == kind]
        sources[cell_name(exercise.id)] = rng.choice(among)
    return sources


def solutions(lecture):
    return {cell_name(e.id): named_trials(e)[0].source for e in of_lecture(lecture)}


def read(out, name):
    return json.loads((out / name).read_text(encoding="utf-8"))


def autograde(courses, lecture):
    """nbgrader over all that was handed in, one process a course, all at once."""
    command = [sys.executable, "-m", "nbgrader", "autograde", SOLUTIONS[lecture].stem]
    running = [
        subprocess.Popen(command, cwd=c, env=environment(c.parent), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        for c in courses
    ]
    for process in running:
        told = process.communicate()[1]
        if process.returncode:
            raise RuntimeError(f"nbgrader autograde: {told.decode(errors='replace')[-2000:]}")


def copies(course, names):
    """As many fresh copies of a course, each in a folder of its own."""
    return [Path(shutil.copytree(course, course.parent / name / course.name)) for name in names]


def wall_seconds(function, *words):
    start = time.perf_counter()
    result = function(*words)
    return time.perf_counter() - start, result


def cpu_seconds(function, *words):
    """CPU seconds of all processes that function starts and that have ended, their children's included."""
    import resource  # not on Windows

    spent = lambda: sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    start = spent()
    result = function(*words)
    return spent() - start, result


def throughput(course, folder):
    """The rows of 100 submissions of lecture 01."""
    rng = random.Random(5)
    everybody = {f"student-{i:03}": answers("01", rng) for i in range(SUBMISSIONS)}
    first, second, alone = copies(course, ["first", "second", "alone"])
    for i, (student, sources) in enumerate(everybody.items()):
        for place in [course, (first, second)[i % 2], *([alone] if i < ALONE else [])]:
            hand_in(place, student, "01", sources)
    ours = []
    grading = lambda name: wall_seconds(grade, course / "submitted", folder / name, "--workers", str(CORES))
    ours.append(grading("ours-before"))
    peer, _ = wall_seconds(autograde, [first, second], "01")
    ours.append(grading("ours-between"))
    peer_alone, _ = wall_seconds(autograde, [alone], "01")
    ours.append(grading("ours-after"))
    given = points(first) | points(second)
    for _, found in ours:
        if found != given:
            unequal = [student for student in given if found.get(student) != given[student]]
            raise RuntimeError(f"not the same points from both for {', '.join(unequal)}")
    seconds = statistics.median(seconds for seconds, _ in ours)
    sandbox = read(folder / "ours-before", "results.json")["sandbox"]
    each = lambda total, count: f"{60 * count / total:.0f} a minute"
    name = f"nbgrader {version('nbgrader')}"
    many = f"{SUBMISSIONS} submissions of lecture 01, sandbox {sandbox}, {CORES} workers"
    return [
        row(
            f"{many}: {each(seconds, SUBMISSIONS)}; nbgrader, a half in each of two processes: "
            f"{each(peer, SUBMISSIONS)}",
            seconds,
            name,
            peer,
            "≥ 10",
        ),
        row(
            f"the same; nbgrader as it is, in one process: {each(peer_alone, ALONE)} "
            f"(a sample of {ALONE}, times {SUBMISSIONS // ALONE})",
            seconds,
            name,
            peer_alone * SUBMISSIONS / ALONE,
        ),
    ]


def overhead(course, folder):
    """The rows of lecture 02: CPU seconds of a further submission beyond the learner's own."""
    single, batch = copies(course, ["single", "batch"])
    for place, count in ((single, 1), (batch, BATCH)):
        for i in range(count):
            hand_in(place, f"student-{i}", "02", solutions("02"))
    ours, peer, learner, cells = [], [], [], []
    for i in range(ROUNDS):
        totals, learners = {}, {}
        for place in (single, batch):
            out = folder / f"ours-{place.parent.name}-{i}"
            totals[place], _ = cpu_seconds(grade, place / "submitted", out)
            learners[place] = learners_seconds(read(out, "timings.json"))
        ours.append((totals[batch] - learners[batch] - totals[single] + learners[single]) / (BATCH - 1))
        learner.append(bare_seconds("all"))
        cells.append(bare_seconds("cells"))
        for place in (single, batch):
            shutil.rmtree(place / "autograded", ignore_errors=True)
            totals[place], _ = cpu_seconds(autograde, [place], "02")
        learner.append(bare_seconds("all"))
        peer.append((totals[batch] - totals[single]) / (BATCH - 1) - statistics.mean(learner[-2:]))
    what = f"lecture 02, CPU seconds of a further submission beyond the learner's own {statistics.median(learner):.2f}"
    name, mine, theirs = f"nbgrader {version('nbgrader')}", statistics.median(ours), statistics.median(peer)
    more = (len(of_lecture("02")) - 1) * statistics.median(cells)
    again = "the same, with every run of the cells but one counted as overhead"
    return [row(what, mine, name, theirs, "≤ 0.1"), row(again, mine + more, name, theirs)]


def learners_seconds(timings):
    """The CPU seconds that timings.json has for the learners' code, in all."""
    submissions = [submission for lectures in timings.values() for submission in lectures.values()]
    return sum(entry["learner_cpu_seconds"] for s in submissions for entry in s["exercises"].values())


def bare_seconds(what):
    command = [sys.executable, "-m", "benchmarks.grading", what]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def work(what, lecture="02"):
    """The worker's side: prints the CPU seconds of a child that runs a lecture's cells, and its probes ("all")."""
    cells, exercises = read_cells(SOLUTIONS[lecture]), of_lecture(lecture)
    drawn = [(exercise, draw_cases(exercise, random.Random(5)), given_by(exercise)) for exercise in exercises]
    child = os.fork()
    if not child:
        names = {"__name__": "__main__"}
        collect(cells, names, {}, seconds=60.0)
        for exercise, cases, given in drawn if what == "all" else ():
            needed = given | {name: names[name] for name in exercise.needs}
            for case in cases:
                run_probe(exercise.probe, needed, case, exercise.seconds)
        os._exit(0)
    used = os.wait4(child, 0)[2]
    print(used.ru_utime + used.ru_stime)


def rows():
    found = []
    with tempfile.TemporaryDirectory() as place, two_cores():
        folder = Path(place)
        course = quickstart(folder, ["01", "02"])
        for part in (throughput, overhead):
            inner = folder / part.__name__
            inner.mkdir()
            found += part(Path(shutil.copytree(course, inner / course.name)), inner)
    return found


@contextlib.contextmanager
def two_cores():
    """Keep this process, and all that it starts, to the same two cores, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:CORES])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


if __name__ == "__main__":
    work(sys.argv[1])
