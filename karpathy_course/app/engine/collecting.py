"""`karpathy-course engine`: the learner's passed answers as one module, `work/my_engine.py`.

What has not passed is filled in from the course, and named. An answer is checked twice: in the notebook, to know
whether it passes today, and inside the finished module, beside all that may use it, so that none is broken by its
neighbours. The file is written whole or not at all.
"""

import hashlib
import random
import sys

from karpathy_course.app.engine.definitions import NotTaken, closure, pieces_of
from karpathy_course.app.engine.writing import CHAPTERS, Part, assembled, exercises, frame, gap_of, mine_in_words, table
from karpathy_course.app.exercise_commands import marks_of
from karpathy_course.app.learner_copy import place_whole, set_aside, show
from karpathy_course.checks import progress_file
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.notebook_cells import Unreadable, read_cells
from karpathy_course.checks.runner.box import NotStarted
from karpathy_course.checks.runner.libraries import NoSuchLibrary, of
from karpathy_course.checks.runner.unsandboxed import cell_name, try_answers

NAME = "my_engine.py"
STAMP = "# karpathy-course engine: "
WIDTH = 100


class NoEngine(Exception):
    """Why no engine is written; one line that says what to do."""


def engine():
    """Write the engine, say what of it is the learner's; returns the exit code."""
    work = progress_file.work_folder()
    try:
        parts = collected(work)
        text = assembled(parts)
        verify(text, parts)
    except (NoEngine, NotTaken, Unreadable, NoSuchLibrary, NotStarted) as trouble:
        print(f"karpathy-course: no engine was written: {' '.join(str(trouble).split())}", file=sys.stderr)
        return 1
    aside = write(text, work / NAME)
    print("\n".join(table(parts)))
    if aside:
        print(f"You had changed {show(work / NAME)}: yours is kept as {show(aside)}.")
    words = mine_in_words(parts).replace("mine", "yours")
    print(f"{show(work / NAME)} is written, {len(text.splitlines())} lines. {words}")
    return 0


# ---------------------------------------------------------------------------------------- what has passed


def collected(work):
    """The Parts of the engine, from the notebooks of the learner's copy. Raises NoEngine where none has passed."""
    known, _ = progress_file.load()
    all_parts, cells = exercises(), {}
    for number in dict.fromkeys(exercise.id[:2] for exercise in all_parts):
        paths = sorted((work / "exercises").glob(f"{number}_*.ipynb"))
        cells[number] = read_cells(paths[0], [e for e in all_parts if e.id[:2] == number]) if paths else []
    passed = passing([(exercise, cells[exercise.id[:2]]) for exercise in all_parts])
    if not passed:
        lectures = ", ".join(cells)
        raise NoEngine(f"no answer of lectures {lectures} passes yet; `karpathy-course progress` shows what is next")
    gaps = {exercise.id: gap_of(exercise) for exercise in all_parts if exercise.id not in passed}
    there = set(frame()) | {name for e in all_parts if e.id in passed or gaps[e.id] for name in e.needs}
    parts = []
    for exercise in all_parts:
        since = progress_file.entry_of(known, exercise.id)["passed"]
        if exercise.id in passed:
            pieces = own_pieces(exercise, cells[exercise.id[:2]], there)
            parts.append(Part(exercise, "yours", f"passed {since[:10]}" if since else "", pieces))
        else:
            why = "it passed once, but does not as it is now" if since else "not passed yet"
            parts.append(Part(exercise, "gap" if gaps[exercise.id] else "open", why, gaps[exercise.id]))
    return parts


def passing(answers):
    """The ids of the answers ``(exercise, cells)`` that pass today, on cases drawn for it now."""
    seed = random.SystemRandom().randrange(1_000_000)
    trials = [(exercise, cells, draw_cases(exercise, random.Random(seed))) for exercise, cells in answers if cells]
    return {m.exercise for m in (marks_of(trials, seed) if trials else []) if m.passed}


def own_pieces(exercise, cells, known):
    """The learner's Pieces for one exercise: what it needs of its own cell, and of the others."""
    own, others = ({}, {}), ({}, {})
    where = f"{exercise.id} in your notebook"
    for name, source in cells:
        mine = name == cell_name(exercise.id)
        try:
            both = pieces_of(source or "", where)
        except NotTaken:
            if mine:
                raise
            continue  # a cell that Python cannot read defines nothing
        for target, more in zip(own if mine else others, both):
            target.update(more)
    return closure(exercise.needs, own, others, known, where)


# ------------------------------------------------------------------------------------------- verified, written


def verify(text, parts):
    """Check every part that the learner's code reaches inside the finished module, in a process of its own.

    Raises NoEngine where one does not hold.
    """
    there = reached(parts)
    libraries = of(part.exercise for part in there)  # the module's imports are the same, whichever part is tried
    trials = []
    for part in there:
        inside = type(part.exercise.__name__, (part.exercise,), {"libraries": libraries})
        cases = draw_cases(part.exercise, random.Random(random.SystemRandom().randrange(1_000_000)))
        trials.append((inside, [["my_engine", text]], cases))
    for part, (_, _, cases), result in zip(there, trials, try_answers(trials, workers=2)):
        for trouble in result["troubles"]:
            what = f"{trouble.get('error')}: {trouble.get('message')}"
            raise NoEngine(f"beside the other parts a line of yours raises {what}: `{trouble.get('line')}`")
        found = mark(part.exercise, cases, result["outcomes"], (), None)
        if not found.passed:
            said = found.message.split("\n")[1]
            raise NoEngine(f"{part.id} passes in your notebook, and not beside the other parts: {said}")


def reached(parts):
    """The parts of every chapter that holds one of the learner's, or one that uses such a part by way of any others."""
    found = {part.id for part in parts if part.state == "yours"}
    names = {name for part in parts if part.id in found for name in defined(part.pieces)}
    others = [(part.id, part.pieces) for part in parts if part.state == "gap"]
    others += [(None, [piece]) for piece in frame().values()]
    while more := [(id, pieces) for id, pieces in others if any(piece.uses & names for piece in pieces)]:
        others = [other for other in others if other not in more]
        found |= {id for id, _ in more}
        names |= {name for _, pieces in more for name in defined(pieces)}
    ids = {id for _, _, ids in CHAPTERS if found & set(ids) for id in ids}
    return [part for part in parts if part.id in ids and part.state != "open"]


def defined(pieces):
    """The names that pieces define; what they import is the same whoever wrote them."""
    return {name for piece in pieces if not piece.is_import for name in piece.names}


def write(text, path):
    """Write the engine whole or not at all; returns where the learner's own changes to an earlier one went, or None."""
    aside = set_aside(path) if path.exists() and not unchanged(path) else None
    place_whole(path, f"{text}\n{STAMP}{digest(text)}\n".encode())
    return aside


def unchanged(path):
    """Whether a file is as this command wrote it."""
    try:
        text, _, stamp = path.read_text(encoding="utf-8").rpartition(f"\n{STAMP}")
    except (OSError, ValueError):
        return False
    return stamp.strip() == digest(text)


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
