"""The text of the learner's engine: its parts in order, what is open filled in from the course, a table at its top."""

import contextlib
import inspect
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from karpathy_course import scalar
from karpathy_course.app.engine import course_parts
from karpathy_course.app.engine.definitions import NotTaken, closure, pieces_of
from karpathy_course.checks.registry import find

FOLDER = Path(course_parts.__file__).parent
# Chapters in order: heading, the file that fills gaps, the exercises. What the file does not have is left out if open.
CHAPTERS = (
    ("One number at a time (lecture 02)", "numbers.py", ("02.1", "02.2", "02.3", "02.4", "02.5", "02.7")),
    ("A thousand numbers at a time (lecture 05)", "arrays.py", tuple(f"05.{k}" for k in range(1, 8))),
    ("Training for real (lecture 06)", "training.py", ("06.1", "06.2", "06.3", "06.4", "06.6")),
    ("How to descend (lecture 07)", "descending.py", ("07.3", "07.4", "07.5")),
    ("Deep networks (lecture 08)", "deep.py", ("08.1", "08.2", "08.3", "08.4", "08.5", "08.6")),
    ("Pictures (lecture 09)", "pictures.py", ("09.1", "09.2", "09.3", "09.4")),
)
FRAME = "frame.py"
BACKWARD = '''\
    def backward(self):
        """Add d(self)/d(leaf) to the grad of every leaf below: by exercise 02.3's function."""
        backward(self)
'''
USAGE = """\
Two engines are in it: one of single numbers (Value, MLP, train), and one of arrays (Tensor; Network, DeepNetwork,
ConvNetwork).

    import random
    network = MLP(2, [16, 16, 1], "relu", random.Random(0))
    train(network, points, labels, steps=60, rate=0.8)               # points, labels: karpathy_course.data.moons

    network = Network([2, 16, 16, 2])                                # from 2 inputs to the scores of 2 classes
    losses = network.fit(x, y, epochs=100, batch_size=20, rate=0.5)  # the same points and labels, as arrays

    network = DeepNetwork(64, 32, 20, 10)                            # 20 blocks of 32 neurons; with AdamW, or another
    losses = network.fit(x, y, epochs=3, batch_size=32)              # optimizer=Adam; x, y: karpathy_course.data.digits
    right = (network.predict(x) == y).mean()

    network = ConvNetwork()                                          # Conv → Pool → FC, on the same digits as pictures
    losses = network.fit(x.reshape(-1, 1, 8, 8), y, epochs=6, batch_size=32)

`karpathy-course engine` makes this file anew from your notebooks: change your answers there.
"""
WIDTH = 100
HEAVY = "═" * (WIDTH - 2)


@dataclass
class Part:
    """One exercise's share of the engine: its pieces of text, and whose they are."""

    exercise: type
    state: str  # "yours"; "gap" where the course fills it; "open" where it is left out
    why: str  # since when it is yours, or why it is not; "" for nothing more to say
    pieces: list

    @property
    def id(self):
        return self.exercise.id

    @property
    def words(self):
        whose = {"yours": "yours", "gap": "the course's", "open": "left out"}[self.state]
        return f"{whose}: {self.why}" if self.why else whose


def exercises():
    """The exercises that have a place in the engine, in its order; those whose lecture has not come yet are missing."""
    found = []
    for _, _, ids in CHAPTERS:
        for id in ids:
            with contextlib.suppress(LookupError):
                found.append(find(id))
    return found


def gap_of(exercise):
    """The course's Pieces for an exercise that is open; [] where the engine goes without."""
    file = next(file for _, file, ids in CHAPTERS if exercise.id in ids)
    found = of_file(file)
    if not set(exercise.needs) <= set(found):
        return []
    own = {name: found[name] for name in exercise.needs}
    parts = {name for each in exercises() for name in each.needs}  # another part's, whoever wrote that
    return closure(exercise.needs, (own, {}), (found, {}), parts | set(frame()), file)


def frame():
    """``{name: Piece}`` of what holds the parts together: lecture 01's Value, and Tensor with all around it."""
    return of_scalar() | of_file(FRAME)


def of_scalar():
    """``{name: Piece}`` of the course's Value, whose backward is the engine's."""
    lines, first = inspect.getsourcelines(scalar.Value.backward)
    source = inspect.getsource(scalar).splitlines(keepends=True)
    source[first - 1 : first - 1 + len(lines)] = [BACKWARD]
    return pieces_of("".join(source), "scalar.py")[0]


def of_file(name):
    found, _ = pieces_of((FOLDER / name).read_text(encoding="utf-8"), name)
    return {name: piece for name, piece in found.items() if not piece.is_of_the_course}


def assembled(parts):
    """The engine's text. Raises NotTaken where two parts give one name to different things."""
    numbers, around = of_scalar(), of_file(FRAME)
    owned = [("the course's frame", [*numbers.values(), *around.values()]), *((p.id, p.pieces) for p in parts)]
    refuse_clashes(owned)
    written = set()

    def section(title, whose, pieces):
        """A titled part; a definition that stands further up already is not repeated."""
        fresh = [piece.text for piece in pieces if not piece.is_import and piece.text not in written]
        written.update(fresh)
        line = f"# ── {title} "
        return "\n\n\n".join([f"{line}{'─' * max(2, WIDTH - len(line) - len(whose) - 4)} {whose} ──", *fresh])

    blocks = []
    for number, (heading, _, ids) in enumerate(CHAPTERS):
        blocks.append(chapter(heading))
        if number == 0:
            blocks.append(section("Value", "the course's: karpathy_course/scalar.py", numbers.values()))
        for part in parts:
            if part.id in ids and part.state != "open":
                whose = in_the_file(part.words) if part.state == "yours" else "the course's, until you pass it"
                blocks.append(section(f"{part.id} {part.exercise.title}", whose, part.pieces))
    blocks.append(chapter("All together"))
    blocks.append(section("Tensor and Network", "the course's, around the parts above", around.values()))
    blocks.append(names_of(parts))
    everything = [piece for _, pieces in owned for piece in pieces]
    return "\n\n\n".join([f'"""{heading_of(parts)}"""\n\n{imports_in(everything)}', *blocks]) + "\n"


def names_of(parts):
    """The line by which a notebook that imports the engine can say whose an operation is."""
    mine = [name for part in parts if part.state == "yours" for name in part.exercise.needs]
    lines = "".join(f"    {name!r},\n" for name in mine).replace("'", '"')
    return f"# The names that I have written; all others are the course's.\nMINE = (\n{lines})"


def refuse_clashes(owned):
    """Raise NotTaken where two of ``[(owner, Pieces), …]`` bind one name to different texts."""
    first = {}
    for owner, pieces in owned:
        for piece in pieces:
            for name in piece.names:
                other, text = first.setdefault(name, (owner, piece.text))
                if text != piece.text:
                    raise NotTaken(
                        f"{other} and {owner} both have a `{name}`, and not the same: give it another name in {owner} "
                        "in your notebook, and check that again"
                    )


def imports_in(pieces):
    """The imports that the pieces use: Python's own modules first, then the libraries, names of one module together."""
    uses = {use for piece in pieces for use in piece.uses}
    lines = {piece.text for piece in pieces if piece.is_import and uses & set(piece.names)}
    plain = sorted(line for line in lines if line.startswith("import"))
    named = {}
    for line in sorted(lines - set(plain)):
        module, _, name = line.removeprefix("from ").partition(" import ")
        named.setdefault(module, []).append(name)
    plain += [f"from {module} import {', '.join(names)}" for module, names in named.items()]
    own = [line for line in plain if re.split(r"[ .]", line)[1] in sys.stdlib_module_names]
    return "\n\n".join("\n".join(group) for group in (own, [x for x in plain if x not in own]) if group)


def chapter(heading):
    return f"# {HEAVY}\n# {heading}\n# {HEAVY}"


def heading_of(parts):
    lines = "\n".join(f"    {in_the_file(line)}" for line in table(parts))
    return f"My engine. {mine_in_words(parts)}\n\n{lines}\n\n{USAGE}"


def in_the_file(line):
    """A line as the learner would write it: the file is theirs."""
    return line.replace("yours", "mine")


def mine_in_words(parts):
    mine, there = [sum(p.state in states for p in parts) for states in (("yours",), ("yours", "gap"))]
    return f"All its {there} parts are mine." if mine == there else f"{mine} of its {there} parts are mine."


def table(parts):
    """A line for each part: its number, what it is, its names, and whose it is."""
    signs = {"yours": "●", "gap": "○", "open": "·"}
    rows = [(f"{signs[p.state]} {p.id}  {p.exercise.title}", ", ".join(p.exercise.needs), p.words) for p in parts]
    titles, names = [max(len(row[k]) for row in rows) for k in (0, 1)]
    return [f"{title:<{titles}}  {name:<{names}}  {words}" for title, name, words in rows]
