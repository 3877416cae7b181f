"""One submission, tried and judged: a fresh sandbox, a child for each exercise, the judging here.

Only an answer's probe runs in the sandbox; cases were drawn and are judged in this process. An exercise that does
not pass is tried once more without the other exercises' answers, so that an endless loop, `os._exit` or a replaced
`sum` in one of them costs it nothing.
"""

import hashlib
import random
import re
import time

from karpathy_course.checks.marking import draw_cases, in_words, mark
from karpathy_course.checks.runner.box import NotStarted
from karpathy_course.checks.runner.jobs import EXERCISE_SECONDS, json_of
from karpathy_course.checks.runner.libraries import of
from karpathy_course.checks.runner.unsandboxed import cell_name, own_cells

SUBMISSION_SECONDS = 600.0
MOST_TROUBLES = 20
ADDRESS = re.compile(r"0x[0-9a-fA-F]{4,16}")


class Deadlines:
    """Wall-clock seconds for one exercise, and for all of a submission."""

    def __init__(self, exercise=EXERCISE_SECONDS, submission=SUBMISSION_SECONDS):
        self.exercise, self.submission = exercise, submission


def draw(exercises, seed):
    """``[(exercise, cases, their JSON), …]``: fresh inputs, the same for whoever is tried with this seed."""
    drawn = [(exercise, draw_cases(exercise, random.Random(seed))) for exercise in exercises]
    return [(exercise, cases, json_of(cases)) for exercise, cases in drawn]


def try_submission(sandbox, cells, drawn, seed, deadlines):
    """Try the answers in cells; drawn: ``[(exercise, cases, their JSON), …]``.

    Returns ``(entries, timings)``: for each exercise its entry of a record with the troubles of its cells beside it,
    and the CPU seconds that its children took. Raises NotStarted when the sandbox does not come up twice.
    """
    progress = Progress(cells, drawn, seed, deadlines)
    libraries = of(exercise for exercise, *_ in drawn)
    ends, failures = time.monotonic() + deadlines.submission, 0
    while progress.waiting:
        try:
            with sandbox.box(max(0.1, ends - time.monotonic()), libraries) as box:
                while progress.waiting and not box.gone:
                    progress.step(box)
        except NotStarted:
            failures += 1
            if failures == 2:
                raise
    return [progress.entries[exercise.id] for exercise, *_ in drawn], progress.timings


class Progress:
    """How far one submission has come: what waits, ``(exercise, cases, their JSON, alone)``, and what was found."""

    def __init__(self, cells, drawn, seed, deadlines):
        self.cells, self.seed, self.deadlines = cells, seed, deadlines
        self.waiting = [(*each, False) for each in drawn]
        self.poisoned = set()  # cells that never ended: they are left out of what other exercises are tried with
        self.entries, self.timings = {}, {}

    def step(self, box):
        """Try what comes first; it waits once more, alone, when it does not pass and the fault may be another's."""
        exercise, cases, encoded, alone = self.waiting.pop(0)
        cells = own_cells(exercise, self.cells) if alone else self.cells
        own = cell_name(exercise.id)
        cells = [cell for cell in cells if cell[0] == own or cell[0] not in self.poisoned]
        box.send(exercise, cells, cases, random_seed(self.seed, exercise.id), self.deadlines.exercise, encoded)
        taken = box.take(cases)
        for outcome in taken["outcomes"]:
            if outcome.get("failed") == "too-slow":  # how much it had printed by then is another in each run
                outcome.pop("printed", None), outcome.pop("printed_length", None)
        endless = {trouble.get("cell") for trouble in taken["troubles"] or () if trouble.get("failed") == "too-slow"}
        self.poisoned |= endless
        if taken["troubles"] is None and taken["cell"] in range(len(cells)):
            self.poisoned.add(cells[taken["cell"]][0])
        self.timings[exercise.id] = self.timings.get(exercise.id, 0.0) + (taken["cpu_seconds"] or 0.0)
        entry = entry_of(exercise, cases, taken, self.seed)
        before = self.entries.get(exercise.id)
        if before is None or entry["points"] > before["points"]:
            self.entries[exercise.id] = entry
        if not alone and not entry["passed"] and own not in endless and may_be_anothers(own, cells, taken):
            self.waiting.append((exercise, cases, encoded, True))


def random_seed(seed, id):
    """What a child's random numbers start from: the same in every run with this seed, and telling nothing of it."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{id}".encode()).digest()[:6], "big")


def may_be_anothers(own, cells, taken):
    """Whether the fault may lie in another exercise's cell: not where there is none, nor in a stub left open."""
    if all(name == own or not name.startswith("answer-") for name, _ in cells):
        return False
    first = taken["outcomes"][0] if taken["outcomes"] else {}
    return not (first.get("failed") == "stub" and first.get("place") == f"cell {own}")


def entry_of(exercise, cases, taken, seed):
    """The entry of one exercise in a record, with its troubles beside it."""
    found = mark(exercise, cases, taken["outcomes"], taken["troubles"] or (), seed)
    shares = exercise.properties.items()
    return without_addresses(
        {
            "exercise": exercise.id,
            "title": exercise.title,
            "passed": found.passed,
            "score": found.score,
            "points": found.points,
            "of": float(exercise.points),
            "mistakes": list(found.mistakes),
            "properties": [
                {
                    "name": name,
                    "passed": name not in found.lost,
                    "points": 0.0 if name in found.lost else round(exercise.points * share, 6),
                    "of": round(exercise.points * share, 6),
                }
                for name, share in shares
            ],
            "found": found.found,
            "troubles": [
                {
                    "cell": str(trouble.get("cell", "")),
                    "message": in_words(exercise, str(trouble.get("failed")), trouble),
                }
                for trouble in (taken["troubles"] or [])[:MOST_TROUBLES]
                if trouble.get("failed") != "stub"
            ],
        }
    )


def without_addresses(thing):
    """The same plain data with every memory address blanked: they differ from run to run."""
    if type(thing) is str:
        return ADDRESS.sub("0x…", thing)
    if type(thing) is list:
        return [without_addresses(item) for item in thing]
    if type(thing) is dict:
        return {key: without_addresses(item) for key, item in thing.items()}
    return thing
