"""What has been graded already, on disk: a killed run goes on where it was, and nothing is graded twice.

One file a submission in `OUT/.store`, written whole or not at all. An exercise's stored entry is used while the
notebook, the exercise (its own source, what it provides, and how answers are run and judged) and the seed are the
same, by hash. Whatever in the store cannot be read is as if it were not there.
"""

import ast
import errno
import functools
import hashlib
import importlib
import inspect
import json
import os
import random
import stat
import tempfile
from pathlib import Path

from karpathy_course.checks import expectations, marking, notebook_cells
from karpathy_course.checks.registry import find
from karpathy_course.checks.runner import deadline, inside_the_box, ownership, plain_data, probing
from karpathy_course.checks.runner.jobs import parse, with_imports
from karpathy_course.grading import one_submission
from karpathy_course.grading.sandbox.modes import remove
from karpathy_course.whole_files import leftovers, write_whole

FORM = 1  # of the files in the store
RECORD = ".record.json"
MACHINERY = (
    probing,
    inside_the_box,
    notebook_cells,
    deadline,
    expectations,
    marking,
    ownership,
    plain_data,
    one_submission,
)


class Store:
    """The folder `.store` of an output folder; only one run at a time may have it (see `command`)."""

    def __init__(self, out):
        self.folder, self.pages = out / ".store", out / ".store" / "pages.json"
        place = hashlib.sha256(os.fsencode(out.resolve())).hexdigest()[:12]  # an answer that sees it learns nothing
        self.scratch = Path(tempfile.gettempdir()).resolve() / f"answers-{place}"

    def prepare(self):
        """Make the folder, and take away what a killed run left in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.clear()
        self.scratch.mkdir(mode=0o700)
        for folder in (self.folder, self.folder.parent, self.folder.parent / "students"):
            for half in leftovers(folder):
                half.unlink(missing_ok=True)

    def clear(self):
        """Take the scratch folder away. Raises OSError where another user has put something in its place."""
        if os.path.lexists(self.scratch):
            status = os.lstat(self.scratch)
            if not stat.S_ISDIR(status.st_mode) or (hasattr(os, "getuid") and status.st_uid != os.getuid()):
                raise FileExistsError(errno.EEXIST, "another user's: take it away", str(self.scratch))
            remove(self.scratch)

    def seed(self, wanted=None):
        """The seed of the batch: the wanted one, else the one stored, else a fresh and secret one, now stored."""
        path = self.folder / "batch.json"
        known = read_json(path).get("seed")
        seed = wanted if wanted is not None else known if type(known) is int else None
        if seed is None:
            seed = random.SystemRandom().randrange(2**53)
        if seed != known:
            write_whole(path, as_bytes({"seed": seed}))
        return seed

    def load(self, student, lecture, file_hash, seed, modes):
        """``(entries that may be used, by exercise id; timings)`` of one submission: those found in one of modes."""
        stored = self._stored(self._path(student, lecture))
        if stored is None or stored["key"] != [FORM, student, lecture, file_hash, seed]:
            return {}, {}
        return {
            entry["exercise"]: entry
            for entry in stored["entries"]
            if stored["fingerprints"].get(entry["exercise"]) == fingerprint_of(entry) and entry["sandbox"] in modes
        }, stored["timings"]

    def save(self, student, lecture, file_hash, seed, entries, timings):
        """Store what was found in one submission; timings: plain data, which decides nothing."""
        document = {
            "key": [FORM, student, lecture, file_hash, seed],
            "fingerprints": {entry["exercise"]: fingerprint_of(entry) for entry in entries},
            "entries": entries,
            "timings": timings,
        }
        write_whole(self._path(student, lecture), as_bytes(document), lasting=False)

    def forget(self, wanted):
        """Drop what is stored of a student or of an exercise; returns how many submissions it concerned."""
        found = 0
        for path in self.folder.glob(f"*{RECORD}"):
            stored = self._stored(path)
            if stored is not None and wanted == stored["key"][1]:
                path.unlink(missing_ok=True)
                found += 1
            elif stored is not None and stored["fingerprints"].pop(wanted, None):
                write_whole(path, as_bytes(stored), lasting=False)
                found += 1
        return found

    @staticmethod
    def _stored(path):
        """A file's content, or None where it is not, or not wholly, what `save` writes."""
        stored = read_json(path)
        parts = {"key": list, "fingerprints": dict, "entries": list, "timings": dict}
        if any(type(stored.get(name)) is not kind for name, kind in parts.items()) or len(stored["key"]) != 5:
            return None
        return stored

    def _path(self, student, lecture):
        name = hashlib.sha256(f"{student}\0{lecture}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self.folder / f"{name}{RECORD}"


def fingerprint_of(entry):
    """The fingerprint of the exercise that an entry is of; None where the course has it no more."""
    try:
        return fingerprint(find(entry["exercise"]))
    except LookupError:
        return None


@functools.cache
def fingerprint(exercise):
    """A hash of all source that decides about an answer to this exercise; comments and layout are no part of it."""
    names = [*with_imports(inspect.getmodule(exercise).__name__), *(part.__name__ for part in MACHINERY)]
    for provided in [*exercise.provides.values(), *exercise.shared]:
        names += with_imports(provided)
    digest = hashlib.sha256(exercise.id.encode())
    for name in dict.fromkeys(names):
        digest.update(tree_of(name).encode())
    return digest.hexdigest()


@functools.cache
def tree_of(name):
    return ast.dump(parse(inspect.getsource(importlib.import_module(name))))


def read_json(path):
    """The dict in a file of the store; an empty one where there is none that can be read."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if type(found) is dict else {}


def as_bytes(document):
    return json.dumps(document, ensure_ascii=True).encode()
