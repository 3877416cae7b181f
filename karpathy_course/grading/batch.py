"""A batch: every submission read, tried and stored, several at once; then the reports, from what is stored.

Whatever happens to one submission is that submission's: it becomes one line, and the others are graded.
"""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from karpathy_course.checks.notebook_cells import Unreadable
from karpathy_course.checks.registry import of_lecture
from karpathy_course.checks.runner.box import NotStarted
from karpathy_course.checks.runner.libraries import of, parts
from karpathy_course.grading.intake import notebook_reading
from karpathy_course.grading.intake.submissions import Unread
from karpathy_course.grading.one_submission import MOST_TROUBLES, draw, try_submission
from karpathy_course.grading.report import student_page, tables
from karpathy_course.grading.results_store import as_bytes, read_json
from karpathy_course.grading.sandbox.modes import MODES
from karpathy_course.whole_files import write_whole


class Batch:
    """What all submissions of one run share: the sandbox, the store, the seed and the cases drawn from it."""

    def __init__(self, sandbox, store, seed, deadlines):
        self.sandbox, self.store, self.seed, self.deadlines = sandbox, store, seed, deadlines
        self.drawn = {}

    def draw(self, lectures):
        """Draw the cases of these lectures, once: the same for every student. Raises NoSuchLibrary."""
        parts(of(exercise for lecture in lectures for exercise in of_lecture(lecture)))
        self.drawn = {lecture: draw(of_lecture(lecture), self.seed) for lecture in sorted(lectures)}

    def grade(self, submission):
        """``(record, timings)`` of one submission, from the store where it holds them; or an Unread."""
        started = time.monotonic()
        try:
            file_hash, cells = notebook_reading.read(submission)
        except Unreadable as trouble:
            return unread(submission, str(trouble)), None
        who = submission.student, submission.lecture, file_hash, self.seed
        entries, timings = self.store.load(*who, MODES[: MODES.index(self.sandbox.mode) + 1])
        drawn = self.drawn[submission.lecture]
        open_still = [each for each in drawn if each[0].id not in entries]
        if open_still:
            try:
                found, seconds = try_submission(self.sandbox, cells, open_still, self.seed, self.deadlines)
            except NotStarted as trouble:
                return unread(
                    submission, f"{submission.where} was not graded: {trouble}; run the same command again."
                ), None
            entries |= {entry["exercise"]: entry | {"sandbox": self.sandbox.mode} for entry in found}
            timings = timings_of(timings, seconds, time.monotonic() - started)
            self.store.save(*who, [entries[e.id] for e, *_ in drawn], timings)
        return self.record(submission, file_hash, [entries[e.id] for e, *_ in drawn]), timings

    def record(self, submission, file_hash, entries):
        """The record of a submission, as docs/results.schema.json has it."""
        troubles = {(t["cell"], t["message"]): t for entry in entries for t in entry["troubles"]}
        modes = {entry["sandbox"] for entry in entries}
        return {
            "student": submission.student,
            "lecture": submission.lecture,
            "file": submission.where,
            "sha256": file_hash,
            "seed": self.seed,
            "sandbox": max(modes, key=MODES.index),
            "points": round(sum(entry["points"] for entry in entries), 6),
            "of": round(sum(entry["of"] for entry in entries), 6),
            "troubles": list(troubles.values())[:MOST_TROUBLES],
            "exercises": [{k: v for k, v in entry.items() if k not in ("troubles", "sandbox")} for entry in entries],
        }


def timings_of(before, cpu_seconds, seconds):
    """What goes to timings.json for one submission."""
    known = before.get("exercises", {}) | {id: {"learner_cpu_seconds": round(s, 4)} for id, s in cpu_seconds.items()}
    return {"seconds": round(seconds, 3), "exercises": known}


def unread(submission, trouble):
    return Unread(submission.student, submission.lecture, submission.where, trouble)


def run(batch, submissions, workers, advance):
    """Grade submissions with so many at once; advance() is called after each.

    Returns ``(records, unread, timings)``. Stopped by Ctrl-C, it ends what is under way and raises KeyboardInterrupt.
    """
    records, not_read, timings = [], [], {}
    pool = ThreadPoolExecutor(max_workers=workers)
    try:
        under_way = {pool.submit(batch.grade, submission): submission for submission in submissions}
        for future in as_completed(under_way):
            submission = under_way[future]
            try:
                found, seconds = future.result()
            except OSError:
                raise
            except Exception as error:  # a fault of the course's own: it is told, and costs nobody else anything
                what = " ".join(f"{type(error).__name__}: {error}".split())
                found = unread(submission, f"{submission.where} was not graded ({what}): a fault of the course's.")
                seconds = None
            if isinstance(found, Unread):
                not_read.append(found)
            else:
                records.append(found)
                timings.setdefault(submission.student, {})[submission.lecture] = seconds
            advance()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return records, not_read, timings


def report(store, out, sandbox, seed, records, not_read, timings):
    """Write grades.csv, results.json, timings.json and a page for each student; returns the batch as it was written.

    Pages of students who are no longer among the submissions are taken away, if this command wrote them.
    """
    order = lambda entry: [entry[name] or "" for name in ("student", "lecture", "file")]
    batch = {
        "seed": seed,
        "sandbox": sandbox.mode,
        "records": sorted(records, key=order),
        "unread": sorted(
            ({"student": u.student, "lecture": u.lecture, "file": u.where, "trouble": u.trouble} for u in not_read),
            key=order,
        ),
    }
    tables.write(batch, out)
    write_whole(out / "timings.json", as_bytes(timings))
    folder = out / "students"
    folder.mkdir(exist_ok=True)
    of_student = {}
    for kind in ("records", "unread"):
        for entry in batch[kind]:
            if entry["student"]:
                of_student.setdefault(entry["student"], {"records": [], "unread": []})[kind].append(entry)
    pages = [
        student_page.write(student, entries["records"], entries["unread"], batch, folder).name
        for student, entries in sorted(of_student.items())
    ]
    for name in set(read_json(store.pages).get("pages", [])) - set(pages):
        (folder / str(name)).unlink(missing_ok=True)
    write_whole(store.pages, as_bytes({"pages": sorted(pages)}))
    return batch
