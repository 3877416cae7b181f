"""The attacks as data: one file each in ``answers/``, and the notebook that an attacker would hand in.

A file begins with comments: ``# exercise: 01.3`` (whose answer it replaces), ``# tries: …`` (one line), and
``# proof: …``, an expression over the facts of `run_unprotected` that is true when the attack, run without protection,
has done its deed. Also, where they apply: ``# cell: extra`` (the source becomes a cell of its own before the
answers, and the answer stays open), ``# may-earn: why``, ``# spoils: why`` (what the cell does to the
student's own other exercises is the student's doing), ``# needs: x86_64`` (the processor). Names in @…@
stand for what class_under_attack has planted; an attack touches nothing else.
"""

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path

from karpathy_course.checks.authoring.exercise_notebooks import without_solutions
from karpathy_course.checks.authoring.trials import solution_notebook, solution_source
from karpathy_course.checks.runner.unsandboxed import cell_name

ANSWERS = Path(__file__).parent / "answers"
KNOWN = ("exercise", "tries", "proof", "cell", "may-earn", "spoils", "needs")


@dataclass(frozen=True)
class Attack:
    """One submission that attacks: what it replaces, what it is after, and how to see that it can do it."""

    name: str
    exercise: str
    tries: str
    proof: str
    source: str
    is_extra: bool
    may_earn: str | None
    spoils: str | None
    needs: str | None

    @property
    def lecture(self):
        return self.exercise[:2]


def read_attack(path):
    """The Attack in a file; ValueError when its first comments are not as they have to be."""
    source = path.read_text(encoding="utf-8")
    facts = {}
    for line in source.splitlines():
        match = re.fullmatch(r"# ([a-z-]+): (.+)", line)
        if not match:
            break
        facts[match[1]] = match[2].strip()
    if not {"exercise", "tries", "proof"} <= set(facts) <= set(KNOWN):
        raise ValueError(f"{path}: begin with # exercise: 01.3, # tries: … and # proof: …, each on a line")
    return Attack(
        path.stem,
        facts["exercise"],
        facts["tries"],
        facts["proof"],
        source,
        facts.get("cell") == "extra",
        facts.get("may-earn"),
        facts.get("spoils"),
        facts.get("needs"),
    )


def attacks():
    """Every attack, by name."""
    return [read_attack(path) for path in sorted(ANSWERS.glob("*.py"))]


def filled(source, places):
    """source with each @NAME@ replaced by its place; KeyError for one that is not planted."""
    return re.sub(r"@([A-Z_]+)@", lambda match: str(places[match[1]]), source)


def honest_notebook(lecture):
    """The solution notebook of a lecture, as JSON data."""
    return json.loads(solution_notebook(f"{lecture}.1").read_text(encoding="utf-8"))


def hostile_notebook(attack, places):
    """The solution notebook in which the attack stands, as JSON data."""
    notebook = copy.deepcopy(honest_notebook(attack.lecture))
    cells = notebook["cells"]
    place = next(i for i, cell in enumerate(cells) if cell["id"] == cell_name(attack.exercise))
    source = filled(attack.source, places)
    cells[place]["source"] = without_solutions(solution_source(attack.exercise)) if attack.is_extra else source
    if attack.is_extra:
        cell = {"cell_type": "code", "id": "extra", "metadata": {}, "source": source}
        cells.insert(1, {**cell, "execution_count": None, "outputs": []})
    return notebook


def hostile_cells(attack, places):
    """The same as `checks.notebook_cells` reads it: ``[[name, source], …]`` of its code cells."""
    cells = hostile_notebook(attack, places)["cells"]
    return [[cell["id"], "".join(cell["source"])] for cell in cells if cell["cell_type"] == "code"]
