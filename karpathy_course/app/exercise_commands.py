"""What `karpathy-course check | progress | mutants | new-exercise` do: each prints, and returns an exit code.

0 all well, 1 the work falls short, 2 wrong use. What is wrong with a file is said in one line on standard error.
"""

import inspect
import json as json_module
import random
import sys
from pathlib import Path

from karpathy_course.checks import progress_file
from karpathy_course.checks.marking import draw_cases, mark
from karpathy_course.checks.notebook_cells import Unreadable, read_cells
from karpathy_course.checks.overview import lines_of, rows_of
from karpathy_course.checks.registry import all_exercises, find, of_lecture
from karpathy_course.checks.runner.box import NotStarted
from karpathy_course.checks.runner.libraries import NoSuchLibrary
from karpathy_course.checks.runner.unsandboxed import own_cells, try_answers

PROGRAM = "karpathy-course"


def check(target, notebook=None, json=False):
    """Check the answers of lecture ``02`` or exercise ``02.3`` in a notebook; the learner's own copy when None."""
    exercises = chosen(target)
    if not exercises:
        return complain(f"there is no exercise {target}", 2)
    try:
        path = Path(notebook) if notebook else learners_notebook(target[:2])
        cells = read_cells(path, exercises)
    except Unreadable as error:
        return complain(str(error), 1)
    seed = random.SystemRandom().randrange(1_000_000)
    trials = [(exercise, cells, draw_cases(exercise, random.Random(seed))) for exercise in exercises]
    try:
        marks = marks_of(trials, seed)
    except (NoSuchLibrary, NotStarted) as trouble:
        return complain(f"{target} cannot be checked: {trouble}", 1)
    lines = [line for m in marks for line in progress_file.attempted(m.exercise, m.passed, m.mistakes)]
    if json:
        print(json_module.dumps(as_json(path, seed, exercises, marks), indent=1, ensure_ascii=False))
    else:
        print_marks(path, exercises, marks)
        print("\n".join(dict.fromkeys(lines)), end="\n" if lines else "")
    return 0 if all(m.passed for m in marks) else 1


def marks_of(trials, seed):
    """The Mark of each trial ``(exercise, cells, cases)``; one that does not pass is tried again without other answers.

    So a helper that a later answer defines once more under the same name costs an earlier one nothing.
    """

    def once(some):
        results = try_answers(some, workers=2)
        return [
            mark(exercise, cases, result["outcomes"], result["troubles"], seed)
            for (exercise, _, cases), result in zip(some, results)
        ]

    marks, again = once(trials), {}
    for place, (exercise, cells, cases) in enumerate(trials):
        own = own_cells(exercise, cells)
        if not marks[place].passed and len(own) < len(cells):
            again[place] = (exercise, own, cases)
    for place, other in zip(again, once(list(again.values()))):
        if other.points > marks[place].points:
            marks[place] = other
    return marks


def chosen(target):
    """The exercises that a lecture's number or an exercise's id names."""
    if "." not in target:
        return of_lecture(target)
    try:
        return [find(target)]
    except LookupError:
        return []


def learners_notebook(lecture):
    """The learner's copy of a lecture's exercises; raises Unreadable where there is none yet."""
    folder = progress_file.work_folder() / "exercises"
    for path in sorted(folder.glob(f"{lecture}_*.ipynb")):
        return path
    raise Unreadable(f"{folder} has no notebook {lecture}_….ipynb yet: start `python course.py lab` once, or name one.")


def as_json(path, seed, exercises, marks):
    rows = [
        {
            "exercise": m.exercise,
            "title": exercise.title,
            "passed": m.passed,
            "score": m.score,
            "points": m.points,
            "of": exercise.points,
            "mistakes": list(m.mistakes),
            "message": m.message,
        }
        for exercise, m in zip(exercises, marks)
    ]
    total = sum(m.points for m in marks)
    return {"notebook": str(path), "seed": seed, "points": total, "of": sum(e.points for e in exercises), "rows": rows}


def print_marks(path, exercises, marks):
    print(path)
    for exercise, m in zip(exercises, marks):
        sign = "✓" if m.passed else "✗"
        print(f"{sign} {exercise.id}  {m.points:>4g} / {exercise.points:<3g}  {exercise.title}")
        if not m.passed:
            print("\n".join(f"        {line}" for line in m.message.split("\n")[1:]))
    total, of = sum(m.points for m in marks), sum(e.points for e in exercises)
    print(f"{sum(m.passed for m in marks)} of {len(marks)} passed, {total:g} of {of:g} points.")


def progress():
    """Show which exercises are done, how many attempts and hints they took, and what is next."""
    known, trouble = progress_file.load()
    rows, following = rows_of(known)
    print("\n".join(lines_of(rows, known, following)))
    if trouble:
        print(trouble)
    return 0


def mutants(target=None):
    """Try every known wrong and right answer and every one-token mutation; print one table, 1 if any does not hold."""
    from karpathy_course.checks.authoring import trials

    exercises = chosen(target) if target else all_exercises()
    if not exercises:
        return complain(f"there is no exercise {target}", 2)
    well = True
    for exercise in exercises:
        try:
            named, (changed, listed) = trials.named_trials(exercise), trials.mutation_trials(exercise)
        except (Unreadable, LookupError, FileNotFoundError, ValueError) as error:
            well = bool(complain(f"{exercise.id}: {error}", 1)) and False
            continue
        print(f"\n{exercise.id} {exercise.title}")
        for trial, outcome in zip(named, trials.try_isolated(named)):
            holds = trial.holds(outcome)
            well &= holds
            print_trial(trial, outcome, holds)
        well &= print_mutations(changed, listed, trials.survivors(changed))
    print("\nAll as it has to be." if well else "\nSome are not as they have to be: see the lines marked ✗.")
    return 0 if well else 1


def sizes(target=None):
    """Print how many lines each exercise has: its check, its wrong answers and how many they are, its right ones."""
    from karpathy_course.checks.authoring import trials

    exercises = chosen(target) if target else all_exercises()
    if not exercises:
        return complain(f"there is no exercise {target}", 2)
    print("exercise   check  mutants  in lines  alternatives  in lines")
    totals = [0] * 5
    for exercise in exercises:
        folder = trials.folder(exercise.id)
        lines = lambda pattern, folder=folder: sum(len(p.read_text("utf-8").splitlines()) for p in folder.glob(pattern))
        kinds = [trial.kind for trial in trials.named_trials(exercise)]
        row = [len(Path(inspect.getfile(exercise)).read_text("utf-8").splitlines()), kinds.count("mutant")]
        row += [lines("mutant*"), kinds.count("alternative"), lines("alternative_*")]
        totals = [a + b for a, b in zip(totals, row)]
        print_sizes(exercise.id, row)
    print_sizes("all", totals)
    return 0


def print_sizes(name, row):
    print(f"{name:<9}  {row[0]:>5}  {row[1]:>7}  {row[2]:>8}  {row[3]:>12}  {row[4]:>8}")


def print_trial(trial, outcome, holds):
    got = outcome.mistakes[0].partition("/")[2] if outcome.mistakes else "passed"
    wanted = (trial.expected or "passed") + (f" | {trial.words}" if trial.words else "")
    print(f"{'✓' if holds else '✗'} {trial.kind:<11} {trial.name:<34.34} {got:<26}", end=" ")
    print("" if holds else f"expected: {wanted}", end="\n" if not outcome.mistakes else " ")
    if outcome.mistakes:
        print(f"{outcome.message.splitlines()[1]:.110}")


def print_mutations(changed, listed, passed):
    """One line for the mutations together, and one for each that is wrongly let through or wrongly listed."""
    keys = {trial.name for trial in passed}
    ended = sorted(trial.name for trial in passed if trial.kind == "endless")
    let_through = sorted(keys - set(listed) - set(ended))
    stale = sorted(set(listed) - keys)
    equivalent = len(keys) - len(ended)
    rejected, sign = len(changed) - equivalent, "✗" if let_through or stale or ended else "✓"
    print(f"{sign} mutations   {len(changed)} one-token changes: {rejected} rejected, {equivalent} equivalent")
    for key in sorted(keys & set(listed)):
        print(f"    equivalent    {key}  # {listed[key]}")
    for key in let_through:
        print(f"  ✗ let through   {key}")
    for key in ended:
        print(f"  ✗ listed as endless, and ended   {key}")
    for key in stale:
        print(f"  ✗ listed, but rejected or gone   {key}")
    return not (let_through or stale or ended)


def new_exercise(id):
    """Lay out the files of an exercise to be written: class, cells, a mutant, an alternative; never over another."""
    from karpathy_course.checks.authoring import scaffold

    try:
        for line in scaffold.lay_out(id):
            print(line)
    except FileExistsError as error:
        return complain(str(error), 1)
    return 0


def complain(line, code):
    print(f"{PROGRAM}: {' '.join(line.split())}", file=sys.stderr)
    return code
