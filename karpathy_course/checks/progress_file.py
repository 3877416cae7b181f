"""The learner's progress file: attempts, passes, hints and predictions, on this machine alone.

It never decides a point, so nothing that is wrong with it may stop a check: an unreadable file is set
aside under another name and a new one begun; a file that cannot be written costs one line.
"""

import contextlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from karpathy_course.whole_files import write_whole

VARIABLE = "KARPATHY_COURSE_PROGRESS"
STORING = "KARPATHY_COURSE_STORE"
EMPTY = {"exercises": {}, "predictions": {}}


def where():
    """The progress file: KARPATHY_COURSE_PROGRESS if set, else progress.json of the learner's copy."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    return work_folder() / "progress.json"


def work_folder():
    """The learner's copy, `work/` of the checkout around the current folder, else of the one that is installed."""
    for folder in [Path.cwd(), *Path.cwd().parents]:
        if (folder / "course.py").is_file() and (folder / "karpathy_course").is_dir():
            return folder / "work"
    return Path(__file__).resolve().parents[2] / "work"


def load(path=None):
    """(what is known, a line about what is wrong or None); rubbish is set aside, never thrown away."""
    path = path or where()
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        if type(known) is not dict:
            raise ValueError("not an object")
        return {key: known[key] if type(known.get(key)) is dict else {} for key in EMPTY} | _others(known), None
    except FileNotFoundError:
        return {key: {} for key in EMPTY}, None
    except OSError as error:
        return {
            key: {} for key in EMPTY
        }, f"Your progress file {path} cannot be read ({error.strerror}); the check counts all the same."
    except (ValueError, RecursionError):
        kept = _set_aside(path)
        return {
            key: {} for key in EMPTY
        }, f"Your progress file was damaged; it is kept as {kept}, and a new one is begun."


def _others(known):
    return {key: value for key, value in known.items() if key not in EMPTY}


def _set_aside(path):
    for number in range(1, 1000):
        kept = path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")
        if not kept.exists():
            with contextlib.suppress(OSError):
                path.replace(kept)
            return kept.name
    return path.name


def save(known, path=None):
    """Write the file whole or not at all; a line about what went wrong, or None."""
    path = path or where()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "it is read-only")
        write_whole(path, json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True).encode())
    except OSError as error:
        return f"Your progress could not be written to {path} ({error.strerror}); the check counts all the same."
    return None


def storing():
    """Whether notebooks are being executed for storing: then nobody's progress is meant."""
    return bool(os.environ.get(STORING)) and not os.environ.get(VARIABLE)


def record(change):
    """Apply ``change(known)`` to the file; returns the lines that the learner should see about it."""
    if storing():
        return []
    known, trouble = load()
    change(known)
    return [line for line in (trouble, save(known)) if line]


def attempted(id, passed, mistakes):
    """Record one attempt at an exercise."""

    def change(known):
        entry = _entry(known["exercises"], id)
        entry["attempts"] = _count(entry, "attempts") + 1
        entry["mistakes"] = list(mistakes)
        if passed and not entry.get("passed"):
            entry["passed"] = datetime.now(UTC).isoformat(timespec="seconds")

    return record(change)


def hinted(id, most, number=None):
    """Record that a hint was shown, the next one when number is None; returns (its number, lines about the file)."""
    shown = []

    def change(known):
        entry = _entry(known["exercises"], id)
        before = _count(entry, "hints")
        entry["hints"] = min(most, before + 1) if number is None else max(before, number)
        shown.append(entry["hints"] if number is None else number)

    lines = record(change)
    return (shown or [1])[0], lines


def predicted(id, choice):
    """Record the learner's choice for a prediction unless there is one; returns (the first choice, lines)."""
    first = []

    def change(known):
        entry = prediction_of(known, id) or {"choice": choice}
        known["predictions"][id] = entry
        first.append(entry["choice"])

    lines = record(change)
    return (first or [choice])[0], lines


def revealed(id, truth):
    """Record what a prediction has turned out to be; returns (the learner's choice or None, lines)."""
    known, _ = load()
    entry = prediction_of(known, id)
    if entry is None:
        return None, []

    def change(known):
        known["predictions"][id] = {**entry, "right": entry["choice"] == truth}

    return entry["choice"], record(change)


def prediction_of(known, id):
    """``{"choice": …}``, with "right" once the truth was shown; None without a choice. Once it was the choice alone."""
    entry = known["predictions"].get(id)
    entry = {"choice": entry} if type(entry) is str else entry
    return entry if type(entry) is dict and type(entry.get("choice")) is str else None


def entry_of(known, id):
    """What is known of one exercise: attempts and hints as counts, passed as the time of the first pass or None."""
    entry = known["exercises"].get(id)
    entry = entry if type(entry) is dict else {}
    passed = entry.get("passed")
    attempts, hints = _count(entry, "attempts"), _count(entry, "hints")
    return {"attempts": attempts, "hints": hints, "passed": passed if type(passed) is str else None}


def _entry(table, id):
    if type(table.get(id)) is not dict:
        table[id] = {}
    return table[id]


def _count(entry, key):
    return entry[key] if type(entry.get(key)) is int and entry[key] >= 0 else 0
