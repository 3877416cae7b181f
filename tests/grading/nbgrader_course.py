"""A real nbgrader course in a folder of its own, made from our solutions, for tests and for `bench grading`.

nbgrader is run as an instructor runs it, by its own commands, and nothing of it is changed. Everything that
Jupyter, IPython and the course would keep for their user is kept in the folder, never in a home directory.
"""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = {path.name[:2]: path for path in sorted((ROOT / "solutions").glob("*.ipynb"))}
KEPT_APART = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")


def environment(folder):
    """The variables for a command that may write nowhere but into folder; what it computes in is one thread."""
    apart = {name: str(folder / name.lower()) for name in KEPT_APART}
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        **apart,
        "HOME": str(folder / "home"),
        "KARPATHY_COURSE_PROGRESS": str(folder / "progress.json"),
        "OMP_NUM_THREADS": "1",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",  # nbgrader calls alembic
        "PYTHONPATH": os.pathsep.join(paths),
    }


# nbgrader's own command line, for several commands one after the other: starting it anew costs more than most of them.
# `nbgrader quickstart` itself starts five more commands, each in a process: they are run here too.
COMMANDS = """
import json, subprocess, sys
from jupyter_core.application import NoStart
from nbgrader.apps import NbGraderApp, QuickStartApp

def run(words):
    app = NbGraderApp.instance()
    app.initialize(words)
    try:
        app.start()
    except NoStart:  # a subcommand has done the work
        pass
    app.reset()

def call(command, **options):
    assert command[:3] == [sys.executable, "-m", "nbgrader"]
    for kind in (QuickStartApp, NbGraderApp):  # which is one object in each process
        kind.clear_instance()
    run(command[3:])

subprocess.call = call
for words in json.loads(sys.argv[1]):
    run(words)
"""


def nbgrader(course, *commands):
    """Run nbgrader's commands ("autograde ps1"), one after the other, in a course's folder or where it is to be made.

    Returns what it said on standard error. Raises RuntimeError with the end of that at the first that fails.
    """
    command = [sys.executable, "-c", COMMANDS, json.dumps([words.split() for words in commands])]
    apart = environment(course if commands[0].startswith("quickstart") else course.parent)
    done = subprocess.run(command, cwd=course, env=apart, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"nbgrader {', '.join(commands)}: {done.stderr[-3000:]}")
    return done.stderr


def quickstart(folder, lectures, *more):
    """A course as `nbgrader quickstart` makes it, with the notebooks of these lectures ("01") released in it.

    more: names of nbgrader's own assignments to release beside them: "ps1".
    """
    nbgrader_folder = folder / "course"
    nbgrader(folder, f"quickstart {nbgrader_folder.name}")
    names = [SOLUTIONS[lecture].stem for lecture in lectures]
    for lecture, name in zip(lectures, names):
        (nbgrader_folder / "source" / name).mkdir()
        shutil.copy(SOLUTIONS[lecture], nbgrader_folder / "source" / name)
    nbgrader(nbgrader_folder, *(f"generate_assignment {name}" for name in [*names, *more]))
    return nbgrader_folder


def released(course, lecture):
    """The notebook of a lecture as nbgrader released it."""
    name = SOLUTIONS[lecture].stem
    return nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)


def hand_in(course, student, lecture, sources):
    """Put a student's notebook where nbgrader looks for it: the released one with these sources, {cell id: source}."""
    notebook = released(course, lecture)
    by_id = {cell.id: cell for cell in notebook.cells}
    for id, source in sources.items():
        by_id[id].source = source
    name = SOLUTIONS[lecture].stem
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def points(course):
    """{student: {graded cell: points}} from nbgrader's own gradebook, after `autograde`; ours by exercise: "01.1"."""
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", course.name) as gradebook:
        for submission in (s for a in gradebook.assignments for s in gradebook.assignment_submissions(a.name)):
            marks = found.setdefault(submission.student.id, {})
            for grade in (g for notebook in submission.notebooks for g in notebook.grades):
                name = grade.name
                ours = name.startswith("check-")
                marks[name.removeprefix("check-").replace("-", ".") if ours else name] = grade.auto_score
    return found


def grade(folder, out, *words, program="karpathy_course"):
    """{student: {exercise: points}} by `karpathy-course grade`, read from the grades.csv that it writes into out.

    Raises RuntimeError with what it said where not every submission was graded.
    """
    command = [sys.executable, "-m", program, "grade", str(folder), "--out", str(out), *words]
    done = subprocess.run(command, env=environment(out.parent), capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"karpathy-course grade ended with {done.returncode}: {done.stdout}{done.stderr}")
    found = {}
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            found.setdefault(line["student"], {})[line["exercise"]] = float(line["points"])
    return found
