"""What `karpathy-course grade` does, from its words to its exit code.

0 every submission was graded, whatever its marks; 1 one could not be read, or the disk refused; 2 wrong use.
"""

import contextlib
import os
import sys
from pathlib import Path

from filelock import FileLock, Timeout
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from karpathy_course.checks.registry import all_exercises
from karpathy_course.checks.runner.libraries import NoSuchLibrary
from karpathy_course.grading.batch import Batch, report, run
from karpathy_course.grading.intake.submissions import find
from karpathy_course.grading.one_submission import Deadlines
from karpathy_course.grading.report import tables
from karpathy_course.grading.report.visible_text import visible
from karpathy_course.grading.results_store import Store
from karpathy_course.grading.sandbox import modes

PROGRAM = "karpathy-course grade"
WEAKER = {
    "landlock": "the weaker sandbox is used: it holds files and network, but not how much an answer writes to the disk",
    "process": "no sandbox: answers run in a process of their own with deadlines, and can read and write what you can",
}


def grade(path, out, seed=None, workers=None, mode=None, required=False, regrade=(), deadlines=None, json=False):
    """Grade the submissions under path into the folder out; returns the exit code. See docs/instructors.md."""
    path, out, deadlines = Path(path), Path(out), deadlines or Deadlines()
    if path.resolve() == out.resolve():
        return complain(f"--out must be another folder than {visible(str(path))}, whose files stay as they are", 2)
    lectures = {exercise.id[:2] for exercise in all_exercises()}
    if path.is_dir() and path.resolve() in out.resolve().parents:
        where = f"{visible(str(out))} lies in {visible(str(path))}, where students can write"
        return complain(f"--out {where}: name a folder beside it", 2)
    try:
        submissions, not_read = find(path, lectures, leave_out=(out,))
    except ValueError as error:
        return complain(str(error), 2)
    if not submissions and not not_read:
        return complain(
            f"{visible(str(path))} holds no submissions: STUDENT/NN_slug.ipynb or STUDENT_NN_slug.ipynb was expected", 2
        )
    store = Store(out)
    try:
        store.folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        return complain(f"--out {visible(str(out))} is or lies in a file: name a folder", 2)
    try:
        with FileLock(store.folder / "lock", timeout=0):
            store.prepare()
            hide = (path if path.is_dir() else path.parent, out)
            given = (seed, workers, mode, required, regrade, deadlines, json)
            try:
                return grade_locked(store, out, hide, submissions, not_read, *given)
            finally:
                store.clear()
    except Timeout:
        return complain(f"another run is writing to {visible(str(out))}: wait for it, or name another --out", 2)


def grade_locked(store, out, hide, submissions, not_read, seed, workers, mode, required, regrade, deadlines, json):
    """The same, once the folder is this run's alone."""
    try:
        found, reasons = modes.find("bubblewrap" if required and not mode else mode, store.scratch, hide)
    except modes.Unavailable as reason:
        return complain(f"the sandbox was required and does not work: {reason}" if required else str(reason), 2)
    if required and found.mode != "bubblewrap":
        return complain(f"--require-sandbox asks for bubblewrap; {found.mode} is weaker", 2)
    if found.mode != "bubblewrap":
        for line in (*reasons, WEAKER[found.mode]):
            complain(line, 0)
    known = {exercise.id for exercise in all_exercises()} | {entry.student for entry in [*submissions, *not_read]}
    for wanted in regrade:
        if wanted not in known:
            return complain(f"--regrade {visible(wanted)}: there is no such student or exercise here", 2)
        store.forget(wanted)
    batch = Batch(found, store, store.seed(seed), deadlines)
    try:
        batch.draw({submission.lecture for submission in submissions})
    except NoSuchLibrary as missing:
        return complain(f"nothing was graded: {missing}", 2)
    with progress_bar(len(submissions)) as advance:
        records, more, timings = run(batch, submissions, workers or len(usable_processors()), advance)
    written = report(store, out, found, batch.seed, records, [*not_read, *more], timings)
    if json:
        sys.stdout.write(tables.results(written).decode())
    else:
        summarise(written, out)
    return 1 if written["unread"] else 0


def usable_processors():
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return os.sched_getaffinity(0)
    return range(os.cpu_count() or 1)


@contextlib.contextmanager
def progress_bar(total):
    """A bar on standard error with the time that is left, where a person looks at it; yields what advances it."""
    console = Console(stderr=True)
    columns = [TextColumn("grading"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    columns += [TextColumn("left"), TimeRemainingColumn()]
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def summarise(batch, out):
    """A line for what was not graded, and one for all the rest, on standard output."""
    for entry in batch["unread"]:
        print(f"not graded: {visible(entry['trouble'])}")
    records = batch["records"]
    students = {record["student"] for record in records}
    points, of = sum(record["points"] for record in records), sum(record["of"] for record in records)
    average = f", {100 * points / of:.0f} % of the points" if of else ""
    print(f"graded: {len(records)} of {len(students)} students{average}; not graded: {len(batch['unread'])}")
    print(
        f"sandbox: {batch['sandbox']}; seed: {batch['seed']}; {visible(str(out))}: grades.csv, results.json, students/"
    )


def complain(line, code):
    print(f"{PROGRAM}: {' '.join(line.split())}", file=sys.stderr)
    return code
