"""Lay out a new exercise: the files and cells that its author then fills, each already in the right place.

The pieces hold together from the start (the generated class is found, its solution passes, its stub and its mutant
fail by name), so an author changes something that works. Nothing that exists is written over.
"""

import json
from pathlib import Path

from karpathy_course.checks.runner.unsandboxed import cell_name
from karpathy_course.whole_files import write_whole

ROOT = Path(__file__).resolve().parents[3]
MODULE = """\"\"\"Exercise {id}: two times a number.\"\"\"

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import close, expect_number


class Twice(Exercise):
    id = "{id}"
    title = "Twice"
    section = "The heading to reread"
    difficulty, importance, minutes, points = 1, 3, 10, 2
    needs = ("twice",)
    properties = {{"positive": 0.5, "negative": 0.5}}
    task = "Write `twice(x)`: two times the number x."
    hints = ("What is x + x?", "Multiplying by 2 gives the same.", "return 2 * x")

    @staticmethod
    def cases(rng):
        numbers = [("positive", rng.uniform(1, 9)), ("negative", rng.uniform(-9, -1))]
        return [{{"property": name, "x": x}} for name, x in numbers]

    @staticmethod
    def probe(namespace, case):
        return namespace["twice"](case["x"])

    @staticmethod
    def judge(case, answer):
        expect_number(answer, "twice(x)")
        expected = 2 * case["x"]
        if close(answer, expected):
            return
        if close(answer, case["x"] ** 2):
            raise Mistake("squared", "The number was squared: x ** 2 is x times x, not 2 times x.", answer, expected, 1)
        raise Mistake("wrong-value", "That is not two times x.", answer, expected, hint=2)
"""
PACKAGE = '"""The exercises of lecture {lecture}: one file each, and what several of them share."""\n'
ANSWER = '''def twice(x: float) -> float:
    """Two times x."""
    ### BEGIN SOLUTION
    # Say here why this is the answer: the explanation vanishes from exercises/ with the code.
    return 2 * x
    ### END SOLUTION'''
FILES = {
    "mutants.txt": "squared: squared\n-    return 2 * x\n+    return x ** 2\n",
    "alternative_sum.py": "def twice(x):\n    return x + x\n",
    "alternative_lambda.py": "twice = lambda x: 2 * x\n",
    "equivalent_mutations.txt": "# line ⟶ mutated line  # why this changes nothing that the exercise asks for\n",
}


def lay_out(id, root=ROOT):
    """Write what exercise id needs, and return a line for each; raises FileExistsError where some of it is there."""
    lecture, number = id.split(".")
    folder = root / "tests" / "exercises" / f"{lecture}_{number}"
    package = root / "karpathy_course" / "checks" / f"lecture{lecture}"
    module = package / f"exercise_{number}_twice.py"
    found = sorted((root / "solutions").glob(f"{lecture}_*.ipynb"))
    notebook = found[0] if found else root / "solutions" / f"{lecture}_exercises.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8")) if found else empty_notebook()
    there = [*package.glob(f"exercise_{number}_*.py"), *[folder] * folder.exists()]
    there += [notebook] * any(c.get("id") == cell_name(id) for c in content["cells"])
    if there:
        raise FileExistsError(f"exercise {id} is already there, in {there[0]}: nothing was written.")
    files = {folder / name: source for name, source in FILES.items()} | {module: MODULE.format(id=id)}
    if not (package / "__init__.py").exists():
        files[package / "__init__.py"] = PACKAGE.format(lecture=lecture)
    lines = []
    for path, source in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, source.encode())
        lines.append(f"written   {path.relative_to(root)}")
    content["cells"] += cells_of(id)
    write_whole(notebook, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())
    lines.append(f"changed   {notebook.relative_to(root)}")
    return [*lines, f"Next: write the exercise, then `karpathy-course mutants {id}` and `karpathy-course exercises`."]


def cells_of(id):
    """The four cells of an exercise, with the ids and nbgrader's metadata that they need."""
    end = id.replace(".", "-")
    task = f"## {id} Twice\n\ndifficulty ●○○○○ · importance ●●●○○ · 10 minutes · 2 points\n\nWrite `twice(x)`."
    answer = {"grade": False, "grade_id": f"answer-{end}", "locked": False, "schema_version": 3, "solution": True}
    check = {"grade": True, "grade_id": f"check-{end}", "locked": True, "points": 2, "schema_version": 3}
    return [
        {"cell_type": "markdown", "id": f"task-{end}", "metadata": {}, "source": lines_of(task)},
        code(f"answer-{end}", ANSWER, answer | {"task": False}),
        code(f"hint-{end}", f'# hint("{id}")'),
        code(f"check-{end}", f'check("{id}").points', check | {"solution": False, "task": False}),
    ]


def code(id, source, nbgrader=None):
    metadata = {"nbgrader": nbgrader} if nbgrader else {}
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": id,
        "metadata": metadata,
        "outputs": [],
        "source": lines_of(source),
    }


def lines_of(text):
    return text.splitlines(keepends=True)


def empty_notebook():
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    return {
        "cells": [code("imports", "from karpathy_course import check, hint, progress, solution")],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
