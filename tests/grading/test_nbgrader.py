"""nbgrader 0.9.6, unchanged, beside our own grader, on a real `nbgrader quickstart` course made from our solutions.

On honest work both give the same points, exercise by exercise. Where they do not, the test says why; what is told
to instructors in docs/instructors.md about nbgrader is what was seen here.
"""

import shutil

import nbformat
import pytest

from karpathy_course.checks.authoring.trials import named_trials, solution_source
from karpathy_course.checks.registry import of_lecture
from karpathy_course.checks.runner.unsandboxed import cell_name
from tests.grading.nbgrader_course import ROOT, SOLUTIONS, grade, hand_in, nbgrader, points, quickstart, released

pytestmark = pytest.mark.slow

LECTURES = tuple(SOLUTIONS)
HONEST = ("honest", "other", "partial", "blank")
BEGIN = "    ### BEGIN SOLUTION"
each_lecture = pytest.mark.parametrize("lecture", LECTURES)


def solutions(lecture):
    return {cell_name(exercise.id): solution_source(exercise.id) for exercise in of_lecture(lecture)}


def alternatives(lecture):
    """The last of the other right answers to each exercise."""
    found = {}
    for exercise in of_lecture(lecture):
        found[cell_name(exercise.id)] = [t.source for t in named_trials(exercise) if t.kind == "alternative"][-1]
    return found


def mutants(lecture):
    """To every other exercise the first of the mistakes that people make, to the others a right answer."""
    found = solutions(lecture)
    for exercise in of_lecture(lecture)[::2]:
        found[cell_name(exercise.id)] = next(t.source for t in named_trials(exercise) if t.kind == "mutant")
    return found


def changed(id, begin_with, in_the_body=""):
    """The solutions of lecture 01, with lines in front of the answer to one exercise and in its first function."""
    answers = solutions("01")
    body = answers[cell_name(id)].replace(BEGIN, f"    {in_the_body}\n{BEGIN}", 1)
    return answers | {cell_name(id): f"{begin_with}\n{body}"}


NOISY = changed(
    "01.1",
    "import sys, warnings\nprint('to standard error', file=sys.stderr)\nwarnings.warn('at the top')",
    "print('from inside'); print('to standard error', file=sys.stderr); warnings.warn('from inside')",
)
LOGGING = changed("01.1", "import logging\nlogging.basicConfig()", "logging.warning('from inside')")
APPENDING = solutions("01") | {
    "answer-01-5": "gradients = []\ngradients.extend([1.0, 2.0, -3.0, 8.0, -1.0, 48.0, 5.0, 0.0, -3.0, 10.0])"
}
CALLING = solutions("01") | {
    "answer-01-5": "def fill(some):\n    some.extend([1.0, 2.0, -3.0, 8.0, -1.0, 48.0, 5.0, 0.0, -3.0, 10.0])\n\n"
    "gradients = []\nfill(gradients)"
}
SAME_NAME = solutions("01") | {
    "answer-01-1": """
def slope(f, up, down, h):
    return (f(up) - f(down)) / (2 * h)

def numerical_grad(f, xs, i, h=1e-5):
    up, down = list(xs), list(xs)
    up[i], down[i] = up[i] + h, down[i] - h
    return slope(f, up, down, h)
""",
    "answer-01-4": solution_source("01.4") + "\n\ndef slope(x):\n    return d_tanh(x)\n",
}
POINTS = {exercise.id: float(exercise.points) for exercise in of_lecture("01")}
OWN_CHECK = {
    "answer-01-1": f"""
class check:
    def __init__(self, id):
        self.points = {POINTS}[id]
"""
}
PATCHED = {
    "answer-01-1": """
import karpathy_course.checks.marking
karpathy_course.checks.marking.find_mistake = lambda *facts: None
numerical_grad = lambda *a: 0.0
"""
}
READ = {
    "answer-01-1": """
import json, pathlib
source = next(pathlib.Path.cwd().parents[2].glob("source/01_*/*.ipynb"))
for cell in json.loads(source.read_text())["cells"]:
    if cell["id"].startswith("answer-"):
        exec("".join(cell["source"]), globals())
"""
} | {cell_name(id): "" for id in POINTS if id != "01.1"}
ALWAYS_EQUAL = """
class Yes:
    def __eq__(self, other):
        return True

def squares(n):
    return Yes()

sum_of_squares = squares
"""
SUBMISSIONS = {
    **{("honest", lecture): solutions(lecture) for lecture in LECTURES},
    **{("other", lecture): alternatives(lecture) for lecture in LECTURES},
    **{("partial", lecture): mutants(lecture) for lecture in LECTURES},
    **{("blank", lecture): {} for lecture in LECTURES},
    **{("noisy", "01"): NOISY, ("logging", "01"): LOGGING},
    **{("appending", "01"): APPENDING, ("calling", "01"): CALLING, ("same-name", "01"): SAME_NAME},
    **{("own-check", "01"): OWN_CHECK, ("patched", "01"): PATCHED, ("read", "01"): READ},
}


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """A course with all submissions."""
    course = quickstart(tmp_path_factory.mktemp("nbgrader"), LECTURES, "ps1")
    for (student, lecture), sources in SUBMISSIONS.items():
        hand_in(course, student, lecture, sources)
    return course


@pytest.fixture(scope="module")
def ours(handed_in):
    """{student: {exercise id: points}} by our grader, for what lies in the course's `submitted/`."""
    return grade(handed_in, handed_in.parent / "ours")


@pytest.fixture(scope="module")
def course(handed_in, ours):
    """The course, autograded by nbgrader, with its feedback; among it an answer to nbgrader's own example."""
    notebook = nbformat.read(handed_in / "release" / "ps1" / "problem1.ipynb", as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in notebook.cells}
    cells["squares"].source, cells["sum_of_squares"].source = ALWAYS_EQUAL, ""
    (handed_in / "submitted" / "equal" / "ps1").mkdir(parents=True)
    nbformat.write(notebook, handed_in / "submitted" / "equal" / "ps1" / "problem1.ipynb")
    names = [SOLUTIONS[lecture].stem for lecture in LECTURES]
    commands = [f"{verb} {name}" for name in names for verb in ("autograde", "generate_feedback")]
    nbgrader(handed_in, *commands, "autograde ps1")
    return handed_in


@pytest.fixture(scope="module")
def theirs(course):
    """nbgrader's points, in the same form."""
    return points(course)


def of(points, lecture):
    return {id: value for id, value in points.items() if id.startswith(lecture)}


@each_lecture
def test_nbgraders_own_release_has_the_sources_of_ours(course, lecture):
    ours = nbformat.read(ROOT / "exercises" / SOLUTIONS[lecture].name, as_version=4)
    theirs = released(course, lecture).cells
    header = len(theirs) - len(ours.cells)  # quickstart's own: a name and a list of collaborators
    assert [(c.id, c.source) for c in theirs[header:]] == [(c.id, c.source) for c in ours.cells]
    assert any("NAME" in c.source for c in theirs[:header]) and all(not c.get("outputs") for c in ours.cells)


@each_lecture
@pytest.mark.parametrize("student", HONEST)
def test_on_honest_work_nbgraders_points_are_ours(theirs, ours, lecture, student):
    assert of(theirs[student], lecture) == of(ours[student], lecture)
    assert list(of(ours[student], lecture)) == [exercise.id for exercise in of_lecture(lecture)]


@each_lecture
def test_right_answers_earn_all_points_blanks_none_and_mistakes_a_part(theirs, lecture):
    total = sum(exercise.points for exercise in of_lecture(lecture))
    earned = {student: sum(of(theirs[student], lecture).values()) for student in HONEST}
    assert earned["honest"] == earned["other"] == total and earned["blank"] == 0
    assert 0.2 * total < earned["partial"] < total


def test_a_graded_cell_ends_in_a_plain_float_and_is_silent_on_standard_error(course, theirs):
    cells = 0
    for path in sorted(course.glob("autograded/*/*/*.ipynb")):
        student = path.parts[-3]
        if student not in (*HONEST, "noisy"):
            continue
        for cell in nbformat.read(path, as_version=4).cells:
            id = cell.id.removeprefix("check-").replace("-", ".")
            if cell.id.startswith("check-"):
                kinds = [(output.output_type, output.get("name")) for output in cell.outputs]
                assert kinds == [("display_data", None), ("execute_result", None)]
                assert cell.outputs[-1].data["text/plain"] == repr(theirs[student][id])
                cells += 1
    assert cells == len(HONEST) * sum(len(of_lecture(lecture)) for lecture in LECTURES) + len(of_lecture("01"))


def test_nbgrader_makes_feedback_for_everyone_that_tells_the_mistake(course, theirs):
    made = {(path.parts[-3], path.stem[:2]) for path in course.glob("feedback/*/*/*.html")}
    assert made == set(SUBMISSIONS)
    name = SOLUTIONS["01"].stem
    page = (course / "feedback" / "partial" / name / f"{name}.html").read_text()
    assert f"01.1 A derivative is a nudge ratio: not yet, {theirs['partial']['01.1']:g} of 2 points." in page


def test_what_an_answer_prints_or_warns_of_costs_nothing_in_either(theirs, ours):
    assert theirs["noisy"] == ours["noisy"] == POINTS


def test_nbgrader_gives_nothing_where_an_answer_logs_to_the_standard_error_it_has_kept(theirs, ours):
    """The handler of `logging.basicConfig` holds the cell's stream from before the check, which then cannot muzzle it;

    nbgrader gives a cell no points that writes to standard error. Ours looks at answers alone.
    """
    assert ours["logging"] == POINTS and theirs["logging"] == POINTS | {"01.1": 0.0}


def test_a_call_that_fills_what_its_cell_has_made_counts_in_both(theirs, ours):
    assert theirs["appending"] == ours["appending"] == POINTS


def test_any_other_call_that_stands_by_itself_is_run_by_nbgrader_only(theirs, ours):
    """Ours runs imports, definitions, assignments and control flow: `fill(gradients)` alone on a line is none."""
    assert theirs["calling"] == POINTS and ours["calling"] == POINTS | {"01.5": 0.0}


def test_two_helpers_of_one_name_are_no_trouble_in_either(theirs, ours):
    assert theirs["same-name"] == ours["same-name"] == POINTS


@pytest.mark.parametrize("student", ["own-check", "patched", "read"])
def test_nbgrader_gives_full_marks_to_who_replaces_the_check_or_reads_the_solution_and_ours_none(theirs, ours, student):
    assert theirs[student] == POINTS and ours[student] == dict.fromkeys(POINTS, 0.0)


def test_in_nbgraders_own_example_an_object_that_equals_everything_is_right(theirs):
    """Its tests compare with ==, in the answer's own process. Ours come as plain data to a judge that is elsewhere."""
    equal = theirs["equal"]
    assert (equal["correct_squares"], equal["correct_sum_of_squares"]) == (1.0, 0.5)  # all that these cells have


def test_one_copied_cell_stops_nbgraders_batch_and_costs_nothing_in_ours(course, tmp_path):
    name = SOLUTIONS["01"].stem
    for student in ("x-copied", "y-honest"):
        hand_in(course, student, "01", solutions("01"))
    path = course / "submitted" / "x-copied" / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    place = next(i for i, cell in enumerate(notebook.cells) if cell.id == "answer-01-1")
    notebook.cells.insert(place, nbformat.from_dict({**notebook.cells[place], "id": "a-copy"}))
    nbformat.write(notebook, path)
    with pytest.raises(RuntimeError, match="use an old version"):
        nbgrader(course, f"autograde {name}")
    assert set(points(course)["x-copied"].values()) == {None} and "y-honest" not in points(course)
    for student in ("x-copied", "y-honest"):
        shutil.copytree(course / "submitted" / student, tmp_path / "class" / "submitted" / student)
    assert grade(tmp_path / "class", tmp_path / "graded") == {"x-copied": POINTS, "y-honest": POINTS}
