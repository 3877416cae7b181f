"""Every exercise, tried: its solution, stub, mutants, alternatives, mutations, and answers that know nothing.

Everything here holds for any exercise that is ever added: there is nothing to register.
"""

import ast
import json
import random
import time
import warnings

import pytest

from karpathy_course.checks import Mistake, all_exercises
from karpathy_course.checks.authoring.trials import (
    ROOT,
    Trial,
    drawn,
    folder,
    mutation_trials,
    solution_notebook,
    solution_notebooks,
    solution_source,
    survivors,
    try_isolated,
)
from karpathy_course.checks.authoring.variety import missing, slips
from karpathy_course.checks.checking import given_by, try_in_place
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.notebook_cells import read_cells
from karpathy_course.checks.runner.plain_data import dumps, loads, plain
from karpathy_course.checks.runner.unsandboxed import cell_name
from tests.exercises.answers import in_place, names_of, trials_of
from tests.exercises.drawing import RIGHT, changed, disagreements
from tests.exercises.trivial import answers

EXERCISES = all_exercises()
SOLUTION_SECONDS, MUTANT_SECONDS = 10.0, 5.0  # CPU, of one check
SLACK = 1.5  # a processor that is shared
each = pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.id)


def test_a_lectures_exercises_are_numbered_from_one_and_are_those_whose_answers_its_notebook_has():
    """For every lecture: one without exercises has no solution notebook either; all but the welcome have some."""
    lectures = sorted(path.name[:2] for path in (ROOT / "lectures").glob("[0-9][0-9]_*.ipynb"))
    for lecture in lectures:
        found = [exercise.id for exercise in EXERCISES if exercise.id.startswith(lecture)]
        assert found == [f"{lecture}.{k}" for k in range(1, len(found) + 1)]
        cells = [name for path in solution_notebooks(f"{lecture}.1") for name, _ in read_cells(path)]
        assert [name for name in cells if name.startswith("answer-")] == [cell_name(id) for id in found]
        assert bool(found) == (lecture != "00")
    assert {exercise.id[:2] for exercise in EXERCISES} <= set(lectures)


@each
def test_an_exercise_says_all_that_a_learner_needs(exercise):
    assert exercise.title and exercise.task and exercise.section
    assert exercise.why.endswith(".") and exercise.why.count(". ") == 0, "one sentence"
    assert exercise.difficulty in range(1, 6) and exercise.importance in range(1, 6)
    assert exercise.minutes > 0 and exercise.points > 0
    assert len(exercise.hints) == len(set(exercise.hints)) == 3 and all(exercise.hints)
    assert exercise.needs and sum(exercise.properties.values()) == pytest.approx(1)


@each
def test_its_cells_are_those_of_an_exercise(exercise):
    cells = json.loads(solution_notebook(exercise.id).read_text())["cells"]
    end = exercise.id.replace(".", "-")
    places = {cell["id"]: i for i, cell in enumerate(cells)}
    order = [places[f"{kind}-{end}"] for kind in ("task", "answer", "check")]
    assert order == sorted(order)
    task, answer, check = (cells[i] for i in order)
    assert "".join(task["source"]) == exercise.task_cell()
    assert "### BEGIN SOLUTION" in "".join(answer["source"])
    assert answer["metadata"]["nbgrader"]["grade_id"] == f"answer-{end}"
    assert check["metadata"]["nbgrader"] | {"checksum": ""} == {
        **{"grade": True, "grade_id": f"check-{end}", "locked": True, "points": exercise.points},
        **{"schema_version": 3, "solution": False, "task": False, "checksum": ""},
    }
    assert "".join(check["source"]).split("\n")[-1] == f'check("{exercise.id}").points'


@each
def test_its_solution_explains_itself_and_its_stub_shows_typed_shapes(exercise):
    source = solution_source(exercise.id)
    inside = source.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
    assert "#" in inside, "the explanation stands as comments inside the solution"


@each
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_its_solution_passes_in_the_notebook(exercise, seed):
    mark = in_place(exercise, solution_source(exercise.id), seed)
    assert mark.passed and mark.points == exercise.points and type(mark.points) is float, mark.message


@pytest.mark.slow
@each
def test_everything_named_is_told_what_it_has_to_be_told_by_a_process_of_its_own(exercise):
    trials = trials_of(exercise)
    right = [trial for trial in trials if trial.kind in RIGHT]
    others = [trial for trial in trials if trial.kind not in RIGHT]
    wrong = []
    for trial, mark in zip([*right, *others], [*try_isolated(right), *try_isolated(others, whole=False)]):
        if not trial.holds(mark):
            wanted = f"{trial.expected or 'a pass'} {trial.words}".strip()
            wrong.append(f"{trial.kind} {trial.name}: expected {wanted}, got {mark.mistakes}")
            wrong.append(mark.message)
    assert not wrong, "\n".join(wrong)


@each
def test_it_has_enough_mutants_and_alternatives_and_each_mutant_a_mistake_of_its_own_name(exercise):
    trials = trials_of(exercise)
    mutants = [t for t in trials if t.kind == "mutant"]
    assert len(mutants) >= 3 and all(t.expected for t in mutants)
    assert len({t.expected for t in mutants}) >= 3
    assert [t.kind for t in trials[:2]] == ["solution", "stub"]
    assert sum(t.kind == "alternative" for t in trials) >= 2


@pytest.mark.slow
@each
def test_in_the_notebook_an_answer_is_told_the_same_within_its_budget(exercise):
    trials = trials_of(exercise)
    mutants = random.Random(exercise.id).sample([t for t in trials if t.kind == "mutant"], 3)
    started = time.process_time()
    cases = draw_cases(exercise, random.Random(0))  # once, and counted for each
    drawing = time.process_time() - started
    for trial in [*mutants, *(t for t in trials if t.kind == "alternative")]:
        names = names_of(exercise, trial.source)
        started = time.process_time()
        mark = try_in_place(exercise, names, 0, cases)
        spent = drawing + time.process_time() - started
        assert trial.holds(mark), f"{trial.name}: {mark.mistakes}\n{mark.message}"
        assert spent < SLACK * (MUTANT_SECONDS if trial.kind == "mutant" else SOLUTION_SECONDS)


@each
def test_its_stub_earns_nothing_in_the_notebook(exercise):
    stub = next(t for t in trials_of(exercise) if t.kind == "stub")
    mark = in_place(exercise, stub.source)
    assert mark.points == 0.0 and not mark.passed


def without_values(source, name):
    """The source in which the function name returns nothing, wherever it returns; None where there is no such one."""
    tree = ast.parse(source)
    inner = [
        n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.Lambda) and getattr(n, "name", "") != name
    ]
    functions = [n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == name]
    kept = {n for function in inner for n in ast.walk(function)}
    returns = [n for f in functions for n in ast.walk(f) if isinstance(n, ast.Return) and n.value and n not in kept]
    for node in returns:
        node.value = None
    return ast.unparse(tree) if returns else None


@each
def test_a_missing_return_is_called_a_missing_return(exercise):
    source = solution_source(exercise.id)
    valueless = {name: without_values(source, name) for name in exercise.needs if name not in exercise.acts}
    defined = {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)} & set(exercise.needs)
    assert {name for name in defined if without_values(source, name) is None} == set(exercise.acts)
    trials = [Trial(exercise, "mutant", name, text, "") for name, text in valueless.items() if text]
    for trial, mark in zip(trials, try_isolated(trials, whole=False)):
        assert f"`{trial.name}` returned None: is a `return` missing?" in mark.message, mark.message


@pytest.mark.slow
@each
def test_answers_that_know_nothing_earn_nothing(exercise):
    solution = names_of(exercise, solution_source(exercise.id))
    points = {name: in_place(exercise, source).points for name, source in answers(exercise, solution).items()}
    assert not {name: earned for name, earned in points.items() if earned != 0.0}


@pytest.mark.slow
@each
def test_right_answers_pass_and_mistakes_are_named_whatever_is_drawn(exercise):
    if changed(exercise.id):
        said = f"{exercise.id} was not drawn at length since it changed: run `python -m tests.exercises.drawing`"
        warnings.warn(said, stacklevel=1)
    assert disagreements(exercise.id, at_length=False) == []


@pytest.mark.slow
@each
def test_all_one_token_mutations_are_rejected_or_listed_with_a_reason(exercise):
    made, listed = mutation_trials(exercise)
    names = {trial.name for trial in made}
    assert set(listed) <= names, f"listed, but no mutation of the solution: {sorted(set(listed) - names)}"
    assert [t.name for t in survivors([trial for trial in made if trial.name not in listed])] == []


@each
def test_every_draw_holds_what_wrong_answers_overlook(exercise):
    """Or the exercise says why it need not: see `checks/authoring/variety.py`."""
    lacking = missing(exercise, _solved(exercise))
    assert not set(lacking) - set(exercise.leaves_out), "no argument of the learner's functions is that, on these seeds"
    assert not set(exercise.leaves_out) - set(lacking), "left out with a reason, but every draw holds it"
    assert all(len(reason) > 10 for reason in exercise.leaves_out.values())


@each
def test_slips_in_a_solution_are_rejected_or_allowed_with_a_reason(exercise):
    sources = slips(exercise, solution_source(exercise.id), _solved(exercise))
    trials = [Trial(exercise, "mutation", *item) for item in sources.items()]
    passed = {trial.name for trial, mark in zip(trials, try_isolated(trials, 1, whole=False)) if mark.passed}
    assert not passed - set(exercise.allows), "a check that cannot see these"
    assert not set(exercise.allows) - passed, "allowed with a reason, but the check rejects it"
    assert all(len(reason) > 10 for reason in exercise.allows.values())


@each
def test_cases_are_plain_data_that_the_seed_alone_decides(exercise):
    cases = drawn(exercise, 1)
    text = dumps(cases)  # as text, because NaN is not equal to itself
    assert dumps(loads(text)) == text == dumps(draw_cases(exercise, random.Random(1)))
    fixed = [not callable(thing) for thing in _solved(exercise).values()]  # its items stand in the notebook
    asks_the_same = all(set(case) == {"property"} for case in cases)  # as when ten predictions are asked for
    assert all(fixed) or asks_the_same or cases != drawn(exercise, 2)


def _solved(exercise):
    namespace = names_of(exercise, solution_source(exercise.id))
    return {name: namespace[name] for name in exercise.needs} | given_by(exercise)


JUNK = [None, True, 0, 1, -1, 0.0, 2.5, float("nan"), float("inf"), 10**18, "", "a", [], [[]], [0.0], [None, "a"], {}]


def junk(rng, depth=0):
    """A random piece of plain data that means nothing."""
    kind = rng.randrange(4) if depth < 3 else 0
    if kind == 1:
        return [junk(rng, depth + 1) for _ in range(rng.randrange(5))]
    if kind == 2:
        return {rng.choice(KEYS): junk(rng, depth + 1) for _ in range(rng.randrange(4))}
    return rng.choice(JUNK)


KEYS = ["data", "grad", "grads", "first", "second", "value", "values", "weights", "a", "loss", "count"]


@each
def test_its_judge_survives_any_plain_answer(exercise):
    rng = random.Random(exercise.id)
    cases, solved = drawn(exercise, 0), _solved(exercise)
    before, right = dumps(cases), {}
    for _ in range(200):
        k = rng.randrange(len(cases))
        case = cases[k]
        if rng.random() < 0.5:
            if k not in right:
                right[k] = dumps(plain(exercise.probe(solved, plain(case))))
            answer = damaged(rng, json.loads(right[k]))
        else:
            answer = junk(rng)
        try:
            exercise.judge(case, answer)
        except Mistake:
            continue
        except Exception as error:
            raise AssertionError(f"{exercise.id}: the judge stumbled over {answer!r:.300}: {error!r}") from error
    assert dumps(cases) == before, "a judge has changed its case, on which other answers are judged too"


def damaged(rng, answer):
    """answer with one piece of it replaced by something else."""
    if isinstance(answer, list) and answer and rng.random() < 0.8:
        i = rng.randrange(len(answer))
        return [*answer[:i], damaged(rng, answer[i]), *answer[i + 1 :]]
    if isinstance(answer, dict) and answer and rng.random() < 0.8:
        key = rng.choice(sorted(answer))
        return answer | {key: damaged(rng, answer[key])}
    return junk(rng)


@each
def test_a_check_stays_within_its_budget(exercise):
    names = names_of(exercise, solution_source(exercise.id))
    started = time.process_time()
    try_in_place(exercise, names, 0)  # which draws its cases too
    assert time.process_time() - started < SOLUTION_SECONDS * SLACK


@each
def test_every_file_of_an_exercise_is_one_that_is_read(exercise):
    known = ("mutants.txt", "mutant_", "alternative_", "equivalent_mutations.txt", "endless_mutations.txt")
    assert all(p.name.startswith(known) for p in folder(exercise.id).iterdir() if not p.name.startswith("__"))
    assert cell_name(exercise.id).startswith("answer-")
