"""An exercise that names libraries earns the same points wherever its answer is tried, and no answer has others."""

import random
import subprocess
import sys

import nbformat
import pytest

import karpathy_course.checks
from karpathy_course.checks import checking
from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.registry import of_lecture
from karpathy_course.checks.runner import libraries
from karpathy_course.checks.runner.box import Box, NotStarted
from karpathy_course.checks.runner.unsandboxed import try_answers
from karpathy_course.grading.sandbox import modes
from tests.examples import FOLDER
from tests.grading.living import living_children
from tests.grading.nbgrader_course import ROOT, environment, nbgrader
from tests.grading.nbgrader_course import grade as points_of
from tests.grading.nbgrader_course import points as nbgraders_points

LINE = """import torch
from torch import nn

class Line(nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.zeros(())), nn.Parameter(torch.zeros(()))

    def forward(self, x):
        return self.w * x + self.b

def step(model, x, y, rate):
    loss = nn.functional.mse_loss(model(x), y)
    model.zero_grad()
    loss.backward()
    with torch.no_grad():
        for p in model.parameters():
            p -= rate * p.grad
"""
SLOPES = """import numpy as np

def slopes(xs):
    x = Tensor(np.array(xs), requires_grad=True)
    (x * x * x).sum().backward()
    return x.grad
"""
ANSWERS = {  # student: the answers to 98.1 and 98.2, and the points that they are worth
    "right": (LINE, SLOPES, 4.0, 3.0),
    "partly": (LINE.replace("p -=", "p +="), SLOPES.replace("x * x * x", "x * x * x.abs()"), 2.0, 1.5),
    "other": (LINE, "import torch\n\ndef slopes(xs):\n    return (3 * torch.tensor(xs) ** 2).tolist()\n", 4.0, 0.0),
}
each = pytest.mark.parametrize("student", ANSWERS)


@pytest.fixture(scope="module", autouse=True)
def known():
    """The exercises of lecture 98, for the tests of this file alone."""
    karpathy_course.checks.__path__.append(FOLDER)
    yield
    karpathy_course.checks.__path__.remove(FOLDER)


LINUX = sys.platform == "linux"


def notebook(student):
    """The exercises of lecture 98 with a student's answers, as nbgrader wants its notebooks."""
    new, cells = nbformat.v4, []
    cells.append(new.new_code_cell("import tests.examples.known\nfrom karpathy_course import check", id="imports"))
    for exercise, source in zip(of_lecture("98"), ANSWERS[student]):
        end = exercise.id.replace(".", "-")
        facts = {"locked": False, "schema_version": 3, "task": False}
        answer = {"grade": False, "solution": True, "grade_id": f"answer-{end}", **facts}
        given = "".join(f"from {module} import {name}\n" for name, module in exercise.provides.items())
        if given:
            cells.append(new.new_code_cell(given, id=f"given-{end}"))
        cells.append(new.new_code_cell(source, id=f"answer-{end}", metadata={"nbgrader": answer}))
        check = {"grade": True, "solution": False, "grade_id": f"check-{end}", **facts, "points": exercise.points}
        source = f'check("{exercise.id}").points'
        cells.append(new.new_code_cell(source, id=f"check-{end}", metadata={"nbgrader": check | {"locked": True}}))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder that our grader and nbgrader both take: ``submitted/STUDENT/98_libraries/98_libraries.ipynb``."""
    course = tmp_path_factory.mktemp("libraries") / "course"
    places = [course / "submitted" / student / "98_libraries" for student in ANSWERS]
    for place, student in zip([*places, course / "source" / "98_libraries"], [*ANSWERS, "right"]):
        place.mkdir(parents=True)
        nbformat.write(notebook(student), place / "98_libraries.ipynb")
    return course


def wanted(student):
    return dict(zip(("98.1", "98.2"), ANSWERS[student][2:]))


@each
def test_in_the_notebook(student):
    for exercise, source in zip(of_lecture("98"), ANSWERS[student]):
        names = {"__name__": "__main__", **checking.given_by(exercise)}
        exec(source, names)
        assert checking.try_in_place(exercise, names, 1).points == wanted(student)[exercise.id]


@pytest.mark.slow
@each
def test_in_a_process_of_its_own(student):
    for exercise, source in zip(of_lecture("98"), ANSWERS[student]):
        cases = draw_cases(exercise, random.Random(1))
        [result] = try_answers([(exercise, [["answer", source]], cases)])
        assert mark(exercise, cases, result["outcomes"], result["troubles"]).points == wanted(student)[exercise.id]


@pytest.mark.slow
def test_by_the_learners_command(course):
    path = course / "submitted" / "partly" / "98_libraries" / "98_libraries.ipynb"
    done = subprocess.run([sys.executable, "-m", "tests.examples", "check", "98", str(path)],
                          capture_output=True, text=True, cwd=ROOT, env=environment(course.parent))  # fmt: skip
    assert done.returncode == 1 and "3.5 of 7 points" in done.stdout, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("mode", modes.MODES)
def test_by_the_grader_in_every_mode(course, tmp_path, mode):
    if mode != "process" and not LINUX:
        pytest.skip("a mode of Linux")
    found = points_of(course, tmp_path / mode, "--sandbox", mode, program="tests.examples")
    assert found == {student: wanted(student) for student in ANSWERS}


@pytest.mark.slow
def test_by_nbgrader(course):
    nbgrader(course, *(f"{verb} 98_libraries --create" for verb in ("generate_assignment", "autograde")))
    assert nbgraders_points(course) == {student: wanted(student) for student in ANSWERS}


@pytest.mark.parametrize("where", ["at the top", "in the function", "in a helper", "as a base class"])
def test_an_answer_that_uses_a_library_of_which_the_exercise_knows_nothing_is_told_so(where):
    source = {
        "at the top": "import torch\ndef slopes(xs):\n    return torch.tensor(xs).tolist()",
        "in the function": "def slopes(xs):\n    import torch\n    return torch.tensor(xs).tolist()",
        "in a helper": "from torch import tensor\ndef help(xs):\n    return tensor(xs)\n"
        "def slopes(xs):\n    return help(xs).tolist()",
        "as a base class": "from torch.nn import Module\nclass slopes(Module):\n    pass",
    }[where]
    exercise, names = of_lecture("98")[1], {"__name__": "__main__"}
    exec(source, names)
    mark = checking.try_in_place(exercise, names, 1)
    assert mark.mistakes == ("98.2/no-library",)
    assert "`slopes` uses torch, which is not there when 98.2 is graded" in mark.message


def test_a_library_that_is_not_installed_is_one_line_that_says_what_to_do(monkeypatch, capsys):
    class Tuned(of_lecture("98")[1]):
        libraries = ("numpy", "optuna")

    before = living_children()
    monkeypatch.setattr(libraries.PathFinder, "find_spec", lambda name: None)
    libraries.parts.cache_clear()
    monkeypatch.setattr(checking, "find", lambda id: Tuned)
    try:
        outcome = checking.check("98.2", namespace={})
        with pytest.raises(libraries.NoSuchLibrary, match=r"is not installed: `python course.py lab` installs"):
            try_answers([(Tuned, [], [])])
    finally:
        libraries.parts.cache_clear()
    assert not living_children().keys() - before.keys()  # nothing is started before it is known that it can run
    assert outcome.points == 0.0 and "cannot be checked: the library numpy is not installed" in outcome.message
    assert capsys.readouterr().out.count("\n") == 1


def test_a_library_that_no_exercise_can_have_is_named():
    with pytest.raises(libraries.NoSuchLibrary, match="no exercise can have the library 'pandas': name some of numpy"):
        libraries.parts(("pandas",))


def test_a_library_that_does_not_load_is_one_line_that_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "torch").mkdir()
    (tmp_path / "torch" / "__init__.py").write_text("raise ImportError('libgomp.so.1: cannot be found')")
    monkeypatch.setattr("karpathy_course.checks.runner.box.parts", lambda names: {"torch": str(tmp_path)})
    with Box(str(tmp_path), libraries=("torch",)) as box, pytest.raises(NotStarted) as error:
        box.wait_until_ready()
    words = "the library torch does not load where answers are tried (ImportError: libgomp.so.1: cannot be found)"
    assert str(error.value).startswith(words) and "install it again" in str(error.value)


@pytest.mark.slow
def test_an_answer_has_the_libraries_of_its_own_exercise_alone_though_others_are_loaded():
    class Asked(Exercise):
        id = "00.2"
        needs = ("answer",)
        properties = {"all": 1.0}

        @staticmethod
        def probe(namespace, case):
            return namespace["answer"]()

    class WithTorch(Asked):
        id = "00.3"
        libraries = ("torch",)

    source = "def answer():\n    try:\n        import torch\n        return torch.__name__\n"
    source += "    except ImportError:\n        return 'none'"
    case = {"property": "all"}
    found = try_answers([(exercise, [["answer", source]], [case]) for exercise in (WithTorch, Asked, WithTorch)])
    assert [result["outcomes"][0]["answer"] for result in found] == ["torch", "none", "torch"]
