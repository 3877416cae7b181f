"""Try an exercise's own solution, stub, mutants, alternatives and mutations against its check.

An answer is tried as a learner's notebook would hold it: beside the cells of the solution notebook that belong to
no exercise. What is found is data; `app.exercise_commands` prints it and the tests hold it to what it has to be.
"""

import functools
import random
from dataclasses import dataclass
from pathlib import Path

from karpathy_course.checks.authoring import mutants
from karpathy_course.checks.authoring.exercise_notebooks import without_solutions
from karpathy_course.checks.authoring.one_token_mutations import mutations, read_listed
from karpathy_course.checks.authoring.waiting_boxes import a_waiting_box
from karpathy_course.checks.exercise import Exercise, Mark
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.notebook_cells import read_cells
from karpathy_course.checks.runner.unsandboxed import cell_name, try_answers

ROOT = Path(__file__).resolve().parents[3]
ENDLESS_SECONDS = 1.0  # for one that is listed as endless: nothing more comes of the exercise's own seconds
A_PROCESS = 32  # trials that are worth a second process: to start one costs as much as to try a dozen answers
# How many of so many cases are tried.
ONE, FEW, ALL_BUT_ONE, ALL = (lambda n: 1), (lambda n: -(-n // 3)), (lambda n: max(1, n - 1)), (lambda n: n)


@dataclass(frozen=True)
class Trial:
    """One answer and what has to come of it: the id of a mistake, or None where it has to pass.

    words: what the message of that mistake must hold, so that it names what is wrong in this very answer.
    """

    exercise: type
    kind: str  # solution, stub, mutant, alternative, mutation, endless (a mutation that is listed as such)
    name: str
    source: str
    expected: str | None = None
    words: str = ""

    def holds(self, outcome: Mark):
        """Whether the check has said of this answer what it has to say."""
        if self.kind in ("solution", "alternative"):
            return outcome.passed and outcome.points == self.exercise.points
        if self.kind == "mutation":
            return not outcome.passed
        if self.kind == "endless":
            return outcome.mistakes[:1] == (f"{self.exercise.id}/too-slow",)
        named = outcome.mistakes[:1] == (f"{self.exercise.id}/{self.expected}",)
        return not outcome.passed and named and self.words in outcome.message


def solution_notebook(id):
    """The path of the solution notebook of an exercise; raises FileNotFoundError when there is none."""
    for path in solution_notebooks(id):
        return path
    raise FileNotFoundError(f"there is no notebook solutions/{id[:2]}_….ipynb yet")


def solution_notebooks(id):
    return sorted((ROOT / "solutions").glob(f"{id[:2]}_*.ipynb"))


def folder(id):
    """Where the mutants and alternatives of an exercise stand."""
    return ROOT / "tests" / "exercises" / id.replace(".", "_")


def solution_source(id):
    """The source of the answer's cell in the solution notebook."""
    for name, source in cells_of_file(solution_notebook(id)):
        if name == cell_name(id):
            return source
    raise LookupError(f"{solution_notebook(id)} has no cell {cell_name(id)}")


def notebook_with(id, source):
    """The cells of the solution notebook that belong to no exercise, and source as the answer of this one."""
    own = cell_name(id)
    if not solution_notebooks(id):
        return [[own, source]]
    cells = cells_of_file(solution_notebook(id))
    return [[name, source if name == own else other] for name, other in cells if not is_other_answer(name, own)]


def cells_of_file(path):
    """The cells of a notebook, read once for hundreds of answers that are put into it, and again when it changes."""
    status = path.stat()
    return _cells_of_file(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=8)
def _cells_of_file(path, *state):
    return read_cells(path)


def is_other_answer(name, own):
    return name.startswith("answer-") and name != own


def named_trials(exercise):
    """The solution and its stub, once the notebook has them, and the mutants and alternatives that stand in files.

    Raises ValueError, with file and line, for a mutant that no longer fits the solution.
    """
    id, found = exercise.id, []
    if solution_notebooks(id):
        solution = solution_source(id)
        stub = without_solutions(solution)
        found = [Trial(exercise, "solution", "solution", solution), Trial(exercise, "stub", "stub", stub, "stub")]
        for name, (mistake, source, words) in mutants.read_mutants(folder(id) / mutants.FILE, solution).items():
            found.append(Trial(exercise, "mutant", name, source, mistake, words))
    for path in sorted(folder(id).glob("mutant_*.py")):
        source = path.read_text(encoding="utf-8")
        first = source.split("\n", 1)[0]
        expected = first.removeprefix("# mistake:").strip() if first.startswith("# mistake:") else ""
        found.append(Trial(exercise, "mutant", path.stem.removeprefix("mutant_"), source, expected))
    for path in sorted(folder(id).glob("alternative_*.py")):
        source = path.read_text(encoding="utf-8")
        found.append(Trial(exercise, "alternative", path.stem.removeprefix("alternative_"), source))
    return found


def mutation_trials(exercise):
    """``(trials, listed)``: every one-token mutation of the solution, and those that are listed as equivalent.

    Raises ValueError where one is listed as endless that is no mutation of the solution, or is listed as both.
    """
    listed, endless = (read_listed(folder(exercise.id) / f"{kind}_mutations.txt") for kind in ("equivalent", "endless"))
    trials = []
    for mutation in mutations(solution_source(exercise.id)) if solution_notebooks(exercise.id) else []:
        kind = "endless" if mutation.key in endless else "mutation"
        trials.append(Trial(exercise, kind, mutation.key, mutation.source))
    if wrong := sorted(endless.keys() - {trial.name for trial in trials} | endless.keys() & listed.keys()):
        raise ValueError(f"{exercise.id}: endless_mutations.txt lists what is no mutation, or equivalent: {wrong}")
    return trials, listed


def in_a_hurry(exercise):
    """The exercise with a deadline of ENDLESS_SECONDS: a loop that never ends burns a processor all that time."""
    return type(exercise.__name__, (exercise,), {"seconds": min(ENDLESS_SECONDS, exercise.seconds)})


@functools.lru_cache(maxsize=64)
def drawn(exercise, seed):
    """The cases that seed draws, made once for all that are tried on them; nobody may change them."""
    return draw_cases(exercise, random.Random(seed))


def try_isolated(trials, seed=0, workers=2, whole=True):
    """The Mark of each trial, tried in separate processes on the cases that seed draws.

    whole: False where only the first mistake of each is wanted, as of wrong answers. Most make it on one of the first
    cases, and the last case is often the largest: so fewer are tried first, and more for what has survived these. Of an
    exercise with more than the usual seconds, whose cases take long, it is one at first.
    """
    marks = [None] * len(trials)
    long = any(trial.exercise.seconds > Exercise.seconds for trial in trials)
    for part in (ALL,) if whole else (*[ONE] * long, FEW, ALL_BUT_ONE, ALL):
        waiting = [i for i, found in enumerate(marks) if found is None or found.passed]
        jobs = []
        for trial in (trials[i] for i in waiting):
            cases = drawn(trial.exercise, seed)
            exercise = in_a_hurry(trial.exercise) if trial.kind == "endless" else trial.exercise
            jobs.append((exercise, notebook_with(trial.exercise.id, trial.source), cases[: part(len(cases))]))
        results = try_answers(jobs, min(workers, 1 + len(jobs) // A_PROCESS), a_waiting_box) if jobs else ()
        for i, (exercise, _, cases), result in zip(waiting, jobs, results):
            marks[i] = mark(exercise, cases, result["outcomes"], result["troubles"], seed, whole)
    return marks


def survivors(trials, seed=0):
    """The mutations among trials that the check lets through, or that are listed as endless and ended."""
    outcomes = try_isolated(trials, seed, whole=False)
    return [trial for trial, outcome in zip(trials, outcomes) if not trial.holds(outcome)]
