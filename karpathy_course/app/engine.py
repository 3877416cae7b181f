"""`karpathy-course engine`: the learner's passed answers as one module, `work/my_engine.py`.

What has not passed is filled in from the course, and named. Every part is checked twice: in the notebook, to know
whether it passes today, and inside the finished module, so that none is broken by its neighbours. The file is written
whole or not at all.
"""

import hashlib
import inspect
import random
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from karpathy_course import scalar
from karpathy_course.app import engine_parts
from karpathy_course.app.engine_text import NotTaken, closure, pieces_of
from karpathy_course.app.learner_copy import place_whole, set_aside, show
from karpathy_course.checks import progress_file
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.notebook_cells import Unreadable, read_cells
from karpathy_course.checks.registry import find
from karpathy_course.checks.runner.libraries import NoSuchLibrary, of
from karpathy_course.checks.runner.process import NotStarted
from karpathy_course.checks.runner.unsandboxed import cell_name, try_answers

NAME = "my_engine.py"
FOLDER = Path(engine_parts.__file__).parent
# Chapters in order: heading; the file that fills gaps; the exercises. One without a gap in the file is left out if open.
CHAPTERS = (
    ("One number at a time (lecture 02)", "numbers.py", ("02.1", "02.2", "02.3", "02.4", "02.5", "02.7")),
    ("A thousand numbers at a time (lecture 05)", "arrays.py", tuple(f"05.{k}" for k in range(1, 8))),
    ("Training for real (lecture 06)", "training.py", ("06.1", "06.2", "06.3", "06.4", "06.6")),
)
FRAME = "frame.py"
BACKWARD = '''\
    def backward(self):
        """Add d(self)/d(leaf) to the grad of every leaf below: by exercise 02.3's function."""
        backward(self)
'''
STAMP = "# karpathy-course engine: "
WIDTH = 100


class NoEngine(Exception):
    """Why no engine is written; one line that says what to do."""


@dataclass
class Part:
    """One exercise's share of the engine: its pieces of text, and whose they are."""

    exercise: type
    state: str  # "yours", "gap" or "open"
    why: str = ""
    pieces: list = field(default_factory=list)

    @property
    def id(self):
        return self.exercise.id


def engine():
    """Write the engine, say what of it is the learner's; returns the exit code."""
    work = progress_file.work_folder()
    try:
        text, parts, aside = write(work)
    except (NoEngine, NotTaken, Unreadable, NoSuchLibrary, NotStarted) as trouble:
        print(f"karpathy-course: no engine was written: {' '.join(str(trouble).split())}", file=sys.stderr)
        return 1
    print("\n".join(table(parts)))
    if aside:
        print(f"You had changed {NAME}: yours is kept as {show(aside)}.")
    print(f"{show(work / NAME)} has {len(text.splitlines())} lines: open it, you wrote {whose(parts)}.")
    return 0


def write(work):
    """Write ``my_engine.py`` into the learner's copy; returns (its text, its parts, where a changed one went)."""
    parts = collected(work)
    text = assembled(parts)
    verify(text, parts)
    path, aside = work / NAME, None
    if path.exists() and not unchanged(path):
        aside = set_aside(path)
    place_whole(path, text.encode())
    return text, parts, aside


# ---------------------------------------------------------------------------------------- what has passed


def collected(work):
    """The Parts of the engine, from the notebooks of the learner's copy. Raises NoEngine where none has passed."""
    known, _ = progress_file.load()
    exercises = [found for _, _, ids in CHAPTERS for found in map(existing, ids) if found]
    cells = {}
    for number in dict.fromkeys(exercise.id[:2] for exercise in exercises):
        paths = sorted((work / "exercises").glob(f"{number}_*.ipynb"))
        of_lecture = [exercise for exercise in exercises if exercise.id[:2] == number]
        cells[number] = read_cells(paths[0], of_lecture) if paths else []
    marks = tried([(exercise, cells[exercise.id[:2]]) for exercise in exercises])
    parts = []
    gaps = {exercise.id: gap for exercise in exercises if (gap := gap_of(exercise))}
    names = {name for exercise in exercises for name in exercise.needs if marks[exercise.id].passed}
    names |= {name for id in gaps for name in find(id).needs} | set(frame_pieces())
    for exercise in exercises:
        since = progress_file.entry_of(known, exercise.id)["passed"]
        if marks[exercise.id].passed:
            why = f"passed {since[:10]}" if since else "it passes"
            parts.append(Part(exercise, "yours", why, own_pieces(exercise, cells[exercise.id[:2]], names)))
        else:
            why = "it passed once, and does not as it stands now" if since else "not passed yet"
            pieces = gaps.get(exercise.id, [])
            parts.append(Part(exercise, "gap" if pieces else "open", why, pieces))
    if not any(part.state == "yours" for part in parts):
        lectures = ", ".join(sorted(cells))
        raise NoEngine(
            f"no answer of lectures {lectures} has passed yet; `karpathy-course progress` shows what is next"
        )
    return parts


def existing(id):
    """The exercise of this id, or None where its lecture has not come yet."""
    try:
        return find(id)
    except LookupError:
        return None


def tried(answers):
    """``{id: Mark}`` of answers ``(exercise, cells)``, each on cases drawn for it now."""
    from karpathy_course.app.exercise_commands import marks_of

    seed = random.SystemRandom().randrange(1_000_000)
    trials = [(exercise, cells, draw_cases(exercise, random.Random(seed))) for exercise, cells in answers if cells]
    marks = {m.exercise: m for m in marks_of(trials, seed)} if trials else {}
    nothing = mark(answers[0][0], [], [], (), None) if len(marks) < len(answers) else None
    return {exercise.id: marks.get(exercise.id, nothing) for exercise, _ in answers}


def own_pieces(exercise, cells, known):
    """The learner's Pieces for one exercise: what it needs of its own cell, and of the others."""
    own, others = ({}, {}), ({}, {})
    for name, source in cells:
        mine = name == cell_name(exercise.id)
        if source is None:
            continue
        try:
            found, touched = pieces_of(source, f"{exercise.id} in your notebook")
        except NotTaken:
            if mine:
                raise
            continue
        for target, more in zip(own if mine else others, (found, touched)):
            target.update(more)
    return closure(exercise.needs, own, others, known, f"{exercise.id} in your notebook")


# ---------------------------------------------------------------------------------------------- the text


def gap_of(exercise):
    """The course's Pieces for an exercise that is open; [] where the engine goes without."""
    file = next(file for _, file, ids in CHAPTERS if exercise.id in ids)
    found, _ = pieces_of((FOLDER / file).read_text(encoding="utf-8"), file)
    found = {name: piece for name, piece in found.items() if not is_of_the_course(piece)}
    if not set(exercise.needs) <= set(found):
        return []
    known = {use for piece in found.values() for use in piece.uses if use not in found or not found[use].is_import}
    return closure(exercise.needs, (found, {}), ({}, {}), known, file)[:]


def frame_pieces():
    """``{name: Piece}`` of what holds the parts together: lecture 01's Value, and Tensor with all around it."""
    source = inspect.getsource(scalar)
    lines, old = source.splitlines(keepends=True), inspect.getsourcelines(scalar.Value.backward)
    start = old[1] - 1
    source = "".join([*lines[:start], BACKWARD, *lines[start + len(old[0]) :]])
    found = {}
    for text in (source, (FOLDER / FRAME).read_text(encoding="utf-8")):
        more, _ = pieces_of(text, "the frame")
        found |= {name: piece for name, piece in more.items() if not is_of_the_course(piece)}
    return found


def is_of_the_course(piece):
    return piece.is_import and "karpathy_course" in piece.text


def assembled(parts):
    """The engine's text. Raises NotTaken where two parts give one name to different things."""
    frame, owners = frame_pieces(), {}
    sections = [("The frame", dict.fromkeys(frame.values())), *((p.id, dict.fromkeys(p.pieces)) for p in parts)]
    for owner, pieces in sections:
        for piece in pieces:
            for name in piece.names:
                other, same = owners.setdefault(name, (owner, piece))
                if same.text != piece.text:
                    raise NotTaken(
                        f"{other} and {owner} both define `{name}`, and not alike: give one of them another name in your "
                        "notebook, and check it again"
                    )
    everything = list(dict.fromkeys(piece for _, pieces in sections for piece in pieces))
    uses = {use for piece in everything if not piece.is_import for use in piece.uses}
    imports = sorted({p.text for p in everything if p.is_import and uses & set(p.names)}, key=by_module)
    number, rest = chapter_of_value(frame), []
    written = {piece.text for piece in number}
    for heading, _, ids in CHAPTERS:
        rest.append(f"# {'═' * (WIDTH - 2)}\n# {heading}\n# {'═' * (WIDTH - 2)}")
        if ids[0] == "02.1":
            rest.append(
                "\n\n".join([rule("Value", "the course's: karpathy_course/scalar.py"), *(p.text for p in number)])
            )
        for part in parts:
            if part.id in ids and part.state != "open":
                fresh = [p for p in part.pieces if not p.is_import and p.text not in written]
                written |= {piece.text for piece in fresh}
                title = f"{part.id} {part.exercise.title}"
                rest.append("\n\n\n".join([rule(title, origin(part)), *(p.text for p in fresh)]))
    last = [p.text for p in dict.fromkeys(frame.values()) if not p.is_import and p not in number]
    rest.append(f"# {'═' * (WIDTH - 2)}\n# All together\n# {'═' * (WIDTH - 2)}")
    rest.append("\n\n\n".join([rule("Tensor and Network", "the course's, around the parts above"), *last]))
    body = "\n\n\n".join(['"""' + heading_of(parts) + '"""', "\n".join(imports), *rest]) + "\n"
    return body + f"\n{STAMP}{digest(body)}\n"


def chapter_of_value(frame):
    """The frame's Pieces for single numbers: those of scalar.py, in its order."""
    names, _ = pieces_of(inspect.getsource(scalar), "scalar.py")
    return [piece for name, piece in frame.items() if name in names and not piece.is_import]


def by_module(line):
    """Python's own modules first, then the libraries, each by name."""
    module = re.split(r"[ .]", line)[1]
    return module not in sys.stdlib_module_names, line.startswith("from"), line


def rule(title, origin):
    line = f"# ── {title} "
    return f"{line}{'─' * max(2, WIDTH - len(line) - len(origin) - 4)} {origin} ──"


def origin(part):
    if part.state == "yours":
        return f"yours: {part.why}"
    return "the course's, until you pass it"


def heading_of(parts):
    return (
        f"My engine: {whose(parts)}, collected from my notebooks.\n\n"
        + "\n".join(f"    {line}".rstrip() for line in table(parts))
        + "\n\nTwo engines are in it: one of single numbers (Value, MLP, train), one of arrays (Tensor, Network).\n\n"
        '    network = MLP(2, [16, 1], "tanh", random.Random(0))       # import random\n'
        "    train(network, points, labels, steps=50, rate=0.5)        # points, labels = moons(100)\n\n"
        "    network = Network([64, 32, 10])                           # digits: 64 pixels, 10 classes\n"
        "    network.fit(x, y, epochs=20, batch_size=32, rate=0.1)\n\n"
        "`karpathy-course engine` makes this file anew from the notebooks: change your answers there.\n"
    )


def whose(parts):
    mine, all_there = [p for p in parts if p.state == "yours"], [p for p in parts if p.state != "open"]
    return f"{len(mine)} of its {len(all_there)} parts"


def table(parts):
    """A line for each part: its number, what it is, its names, and whose it is."""
    titles, names = [p.exercise.title for p in parts], [", ".join(p.exercise.needs) for p in parts]
    wide, wider = max(map(len, titles)), max(map(len, names))
    signs = {"yours": "●", "gap": "○", "open": "·"}
    whose = {"yours": "yours, ", "gap": "the course's: ", "open": "left out: "}
    return [
        f"{signs[p.state]} {p.id}  {title:<{wide}}  {listed:<{wider}}  {whose[p.state]}{p.why}"
        for p, title, listed in zip(parts, titles, names)
    ]


# ------------------------------------------------------------------------------------------- verified, written


def verify(text, parts):
    """Check every part inside the finished module, in a process of its own. Raises NoEngine where one does not hold."""
    there = [part for part in parts if part.state != "open"]
    libraries = of(part.exercise for part in there if part.state == "yours")
    libraries = libraries or ("numpy",)
    trials = []
    for part in there:  # the module's imports are the same, whichever of its parts is tried
        whole = type(part.exercise.__name__, (part.exercise,), {"libraries": libraries})
        cases = draw_cases(part.exercise, random.Random(random.SystemRandom().randrange(1_000_000)))
        trials.append((whole, [["my_engine", text]], cases))
    for part, (_, _, cases), result in zip(there, trials, try_answers(trials, workers=2)):
        trouble = next(iter(result["troubles"]), None)
        if trouble:
            raise NoEngine(f"the line `{trouble.get('line')}` raised {trouble.get('error')}: {trouble.get('message')}")
        found = mark(part.exercise, cases, result["outcomes"], (), None)
        if not found.passed:
            said = found.message.split("\n")[1]
            raise NoEngine(f"{part.id} passes in your notebook, and not beside the other parts: {said}")


def unchanged(path):
    """Whether a file is as this command wrote it."""
    try:
        body, _, stamp = path.read_text(encoding="utf-8").rpartition(f"\n{STAMP}")
    except (OSError, ValueError):
        return False
    return stamp.strip() == digest(body)


def digest(body):
    return hashlib.sha256(body.encode()).hexdigest()
