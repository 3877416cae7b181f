"""What an exercise is: fresh cases, a probe that runs the learner's code, a judge that decides.

The three halves never mix. `cases` and `judge` are trusted and run in the checker's own process.
`probe` runs beside the learner's code, where nothing can be trusted: it is self-contained (its own
imports inside, no name from outside), takes and returns plain data only, and never decides anything.

A case has two parts. What stands under its key "judge" never leaves the checker: the judge alone gets it. All the
rest crosses to the probe, where an answer can find it by walking the frames: so no answer may stand there.
"""

from dataclasses import dataclass, field
from pathlib import Path

NOTEBOOKS = "exercises"  # the folder, in the course and in the learner's copy, that holds them

HIDDEN = "judge"  # the key of a case under which stands what only the judge sees


def seen(case):
    """The part of a case that the probe gets, and with it whoever looks for it from inside an answer."""
    return {key: value for key, value in case.items() if key != HIDDEN}


class Mistake(Exception):
    """A named way of being wrong, raised by a judge.

    id: stable and short, ``"overwrite"``; it is reported as ``"02.1/overwrite"``. message: one or two
    sentences to the learner that name the mistake and what to do. got, expected: shown side by side
    where given. hint: the number (1-3) of the hint that helps, or None.
    """

    def __init__(self, id, message, got=None, expected=None, hint=None):
        super().__init__(message)
        self.id, self.message, self.got, self.expected, self.hint = id, message, got, expected, hint


@dataclass(frozen=True)
class Mark:
    """The outcome of one check. score is in 0-1; points is a plain float, score × the exercise's points."""

    exercise: str
    passed: bool
    score: float
    points: float
    message: str = field(repr=False)
    mistakes: tuple = ()  # ids, as "02.1/overwrite"
    lost: tuple = ()  # names of the properties that were not earned
    found: dict | None = field(default=None, repr=False)  # the first mistake: see `marking.facts_of`

    def _ipython_display_(self):
        from karpathy_course.checks.display import show_again

        show_again(self)


class Exercise:
    """One exercise; a subclass states the attributes and the three functions, and is never instantiated.

    needs: names taken from the learner's notebook. provides: name -> course module that gives it to
    the sandbox when the exercise builds on something the learner need not have written.
    shared: course modules that the probe imports, beside its own source.
    libraries: what an answer may import beside Python's own modules: some of `runner.libraries.MODULES`.
    properties: property name -> share of the points (they sum to 1); each case names its property,
    and a property is earned only when all of its cases are right.
    leaves_out, allows: what `authoring.variety` asks of every exercise and this one need not hold, with the reason.
    acts: the names among needs that act on what they are given and return nothing.
    seconds: the deadline of one probe call, wall clock. largest: the most characters that an answer may have as JSON:
    what a judge does with it takes time. section: the heading to reread. why: one sentence for whoever has passed:
    what the answer is good for, or why it had to be so.
    """

    id = title = task = section = why = ""
    difficulty = importance = minutes = points = 0
    seconds = 5.0
    largest = 2_000_000
    needs = acts = ()
    provides, shared = {}, ()
    libraries = ("numpy",)
    properties = leaves_out = allows = {}
    hints = ()

    @classmethod
    def task_cell(cls):
        """The text of the notebook's cell that sets the task: heading, what it costs and earns, the task."""
        weights = ("difficulty", cls.difficulty), ("importance", cls.importance)
        stars = [f"{word} {'●' * n}{'○' * (5 - n)}" for word, n in weights]
        points = f"{cls.points} point" + ("" if cls.points == 1 else "s")
        facts = " · ".join([*stars, f"{cls.minutes} minutes", points])
        return f"## {cls.id} {cls.title}\n\n{facts}\n\n{cls.task.strip()}"

    @staticmethod
    def cases(rng):
        """A list of dicts of plain data, each with a "property"; rng is a random.Random.

        What the judge needs and the probe does not (the graph that a source was written from, points to measure on)
        stands in a dict under the key "judge".
        """
        raise NotImplementedError

    @staticmethod
    def probe(namespace, case):
        """Run the learner's code of namespace on one case and return plain data. Untrusted."""
        raise NotImplementedError

    @staticmethod
    def judge(case, answer):
        """Return None when answer is right, or raise Mistake. Trusted; answer may be any plain data."""
        raise NotImplementedError


def notebook_of(id):
    """The name of the notebook that sets an exercise, or None where only the package is installed."""
    course = Path(__file__).resolve().parents[2]
    return next((path.name for path in sorted((course / NOTEBOOKS).glob(f"{id[:2]}_*.ipynb"))), None)
