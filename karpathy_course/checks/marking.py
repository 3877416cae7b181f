"""From outcomes to a mark: judges decide, properties are earned whole or not at all, and words are found.

Trusted. The outcomes came from the learner's side and may be any plain data; a judge that stumbles over
one would be a bug of the course, and is reported as a wrong answer, never as a right one.
"""

import math

from karpathy_course.checks.exercise import HIDDEN, Mark, Mistake, seen
from karpathy_course.checks.runner.deadline import call_within
from karpathy_course.checks.runner.plain_data import describe, plain
from karpathy_course.checks.runner.probing import MOST_OUTPUT
from karpathy_course.checks.runner.unsandboxed import cell_name

JUDGE_SECONDS = 10.0  # of wall clock for one answer; a right one takes milliseconds
MOST_TEXT = 1_500  # characters of a text of several lines that a message shows
LONGEST = 220  # characters of an input or an answer that a message shows
MOST_LINES = 20  # of code, or of a list of operations
WITHOUT_INPUT = ("stub", "missing-name", "not-your-own", "no-library", "damaged", "syntax-error", "interrupted")


def draw_cases(exercise, rng):
    """Fresh cases of an exercise, as plain data; ValueError when one names no property, a bug of the course."""
    cases = plain(exercise.cases(rng))
    for case in cases:
        if type(case.get(HIDDEN, {})) is not dict:
            what = f'case["{HIDDEN}"] is {describe(case[HIDDEN])}'
            raise ValueError(f"exercise {exercise.id}: {what}; put what only the judge sees in a dict")
    disagree = set(exercise.properties) ^ {case["property"] for case in cases}
    if disagree:
        raise ValueError(f"exercise {exercise.id}: properties and cases disagree about {sorted(disagree)}")
    return cases


def mark(exercise, cases, outcomes, troubles=(), seed=None, whole=True):
    """The Mark for the outcome of each case; its message tells the first mistake found.

    An outcome may be a function that makes it: after the first mistake of a property its other cases are not asked
    for. troubles: what went wrong in the cells, where they were run again. seed: named, so that the cases can be had
    again. whole: False to stop at the first mistake, where only it is wanted, and not the points.
    """
    lost, first, ids = set(), None, []
    answers = iter(outcomes)
    for case in cases:
        outcome = next(answers, {"failed": "died"})
        if case["property"] in lost:
            continue
        outcome = outcome() if callable(outcome) else outcome
        mistake = find_mistake(exercise, case, outcome, troubles)
        if mistake is not None:
            explain_none(exercise, outcome, mistake)
            lost.add(case["property"])
            ids.append(f"{exercise.id}/{mistake.id}")
            first = first or (case, outcome, mistake)
            if not whole:
                break
    passed = not lost and bool(cases)
    score = (
        1.0
        if passed
        else round(sum((share for name, share in exercise.properties.items() if name not in lost), 0.0), 10)
    )
    points = round(float(exercise.points * score), 6)
    earned = f"{points:g} of {exercise.points:g} points"
    facts = None if passed else facts_of(exercise, *first)
    if passed:
        message = f"{exercise.id} {exercise.title}: passed, {earned}."
        message += printed_in_words(outcome) if outcome.get("printed_length", 0) > LONGEST else ""
    else:
        message = failure_message(exercise, earned, seed, facts)
    mistakes = tuple(dict.fromkeys(ids))
    return Mark(exercise.id, passed, score, points, message, mistakes, tuple(sorted(lost)), facts)


def explain_none(exercise, outcome, mistake):
    """Where a function gave back None that should not, say so: nearly always that brought the mistake about."""
    silent = outcome.get("returned_none")
    if silent in exercise.needs and silent not in exercise.acts and mistake.id not in WITHOUT_INPUT:
        mistake.message = f"`{silent}` returned None: is a `return` missing?"


def find_mistake(exercise, case, outcome, troubles=()):
    """The Mistake in one outcome, or None where the answer is right."""
    if "failed" in outcome:
        return failure_as_mistake(exercise, outcome, troubles)
    size, judge = outcome.get("size", 0), lambda: exercise.judge(case, outcome["answer"])
    if size > exercise.largest:
        message = f"Your code returned {size:,} characters; a right answer has fewer than {exercise.largest:,}."
        return Mistake("too-large", message)
    try:
        in_time, _ = call_within(JUDGE_SECONDS, judge) if size else (True, judge())
    except Mistake as mistake:
        return mistake
    except Exception as error:
        message = f"The answer has a form that was not expected ({type(error).__name__})."
        return Mistake("wrong-type", message, outcome["answer"])
    if not in_time:
        message = f"To look at what your code returned took more than {JUDGE_SECONDS:g} seconds: it is far too large."
        return Mistake("too-large", message)
    return None


def failure_as_mistake(exercise, outcome, troubles=()):
    """A probe that gave no answer, as a Mistake in one or two sentences."""
    if outcome["failed"] == "missing-name":
        own = cell_name(exercise.id)
        ordered = sorted(troubles, key=lambda trouble: trouble.get("cell") != own)
        course = next((t for t in ordered if str(t.get("module", "")).startswith("karpathy_course")), None)
        if course:
            outcome = {"failed": "not-your-own", "name": outcome.get("name"), "module": course["module"]}
        elif ordered and ordered[0].get("cell") == own:
            outcome = ordered[0]
    kind = outcome["failed"] if type(outcome["failed"]) is str else "died"
    return Mistake(kind, in_words(exercise, kind, outcome))


def in_words(exercise, kind, outcome):
    name, error, what = outcome.get("name"), outcome.get("error"), outcome.get("what")
    detail = f" ({outcome['message']})" if outcome.get("message") else ""
    place = f" of {outcome['place']}" if outcome.get("place") else ""
    line = f": `{outcome['line']}`" if outcome.get("line") else ""
    where = f" in line {outcome['number']}{place}{line}" if outcome.get("number") else ""
    words = {
        "stub": "The exercise is still open: replace `raise NotImplementedError()` by your own lines, run the cell, "
        "and check again.",
        "raises": f"Your code raised {error}{detail}{where}.",
        "syntax-error": f"Your cell cannot be read: {error}{detail}{where}.",
        "recursion": f"Your code called itself too deeply: {error}{detail}{where}.",
        "interrupted": "The check was interrupted: nothing was decided. Check again when you are ready.",
        "too-slow": f"Your code had not returned after {outcome.get('seconds')} seconds and was stopped. Is there a "
        "loop that never ends?",
        "not-plain": f"Your code returned {what}; plain numbers, text, lists or dicts of these were expected.",
        "missing-name": f"There is no `{name}` here yet: run the cell of exercise {exercise.id}, and those above it, "
        "then check again.",
        "not-your-own": f"`{name}` comes from {outcome.get('module')}: write your own, that is the exercise.",
        "no-library": f"`{name}` uses {outcome.get('module')}, which is not there when {exercise.id} is graded: use "
        f"Python and {what} alone.",
        "damaged": "This cell is damaged in the file: its text cannot be read. Open the notebook in JupyterLab, write "
        "the cell again, and save.",
        "expired": "Your code was still running when its time was over, and was stopped: nothing of it was kept.",
        "too-many-files": "Your code made files by the thousand, and was stopped: nothing of it was kept.",
        "died": "Your code ended the whole process. Does it call exit or os._exit, or ask for all the memory?",
    }
    return words.get(kind, words["died"])


def facts_of(exercise, case, outcome, mistake):
    """What is told of a mistake, as texts: mistake (its id), message, input, got, expected, printed, hint, section.

    Those that do not apply are None; hint is ``{"number", "text"}``.
    """
    inputs = {key: value for key, value in seen(case).items() if key != "property" and not key.startswith("_")}
    open_still = mistake.id in WITHOUT_INPUT
    return {
        "mistake": f"{exercise.id}/{mistake.id}",
        "message": mistake.message,
        "input": None if open_still or not inputs else inputs_in_words(inputs),
        "got": None if mistake.got is None else short(mistake.got),
        "expected": None if mistake.expected is None else short(mistake.expected),
        "printed": short(outcome["printed"]) + printed_in_words(outcome) if outcome.get("printed") else None,
        "hint": {"number": mistake.hint, "text": exercise.hints[mistake.hint - 1]} if mistake.hint else None,
        "section": None if open_still else exercise.section,
    }


def failure_message(exercise, whole, seed, facts):
    """The message of a failed check: the mistake, the failing input, got and expected, and which hint may help."""
    lines = [f"{exercise.id} {exercise.title}: not yet, {whole}.", facts["message"]]
    for name in ("input", "got", "expected", "printed"):
        if facts[name] is not None:
            lines.append(f"  {name:<10}" + facts[name].replace("\n", "\n" + " " * 12))
    if facts["section"] is not None:
        number = f", {facts['hint']['number']}" if facts["hint"] else ""
        lines.append(f'hint("{exercise.id}"{number}) may help. Reread “{facts["section"]}”.')
        if seed is not None:
            lines.append(f'The same cases again: check("{exercise.id}", seed={seed})')
    return "\n".join(lines)


def inputs_in_words(inputs):
    """Inputs on one line; a text of several lines (code, a graph) follows line by line, below its name."""
    lines = [", ".join(f"{key} = {short(x)}" for key, x in inputs.items() if type(x) is not str or "\n" not in x)]
    for key, text in inputs.items():
        if type(text) is str and "\n" in text:
            lines += [f"{key}:", *(f"  {line}" for line in text[:MOST_TEXT].rstrip("\n").split("\n"))]
    return "\n".join(lines).removeprefix("\n")


def printed_in_words(outcome):
    """How much was printed, in words that are the same in every run: how far a flood comes depends on the clock."""
    length = outcome.get("printed_length", 0)
    if length > MOST_OUTPUT:
        return " Your code printed a flood; it is cut here."
    return f" Your code printed {length:,} characters; they are cut here." if length > LONGEST else ""


def short(value):
    """value as one readable line: floats to eight digits, long ones cut; text of several lines below, as it is."""
    if type(value) is str and "\n" in value.rstrip("\n"):
        lines = value.rstrip("\n").split("\n")
        cut = ["…"] if len(lines) > MOST_LINES else []
        return "".join(f"\n    {line[:LONGEST]}" for line in [*lines[:MOST_LINES], *cut])
    text = _written(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _written(value):
    if type(value) is float:
        return f"{value:.8g}"
    if type(value) is list:
        return f"[{', '.join(_written(item) for item in value[:40])}{', …' if len(value) > 40 else ''}]"
    if type(value) is dict and _is_array(value):
        return _array_written(value)
    if type(value) is dict:
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in list(value.items())[:20]) + "}"
    return repr(value[:500]) if type(value) is str else str(value)


def _is_array(value):
    """Whether this is an array as a case describes one; a learner's answer may hold anything under these keys."""
    shape, numbers = value.get("shape"), value.get("numbers")
    sizes = type(shape) is list and all(type(size) is int and size >= 0 for size in shape)
    return sizes and type(numbers) is list and len(numbers) == math.prod(shape) and type(value.get("dtype")) is str


def _array_written(value):
    """An array that a case describes (`shared.plain_arrays`): ``float32 (2, 3), turned in memory: [[1, 2, 3], …]``."""
    numbers = value["numbers"]
    for size in value["shape"][:0:-1]:
        numbers = [numbers[k : k + size] for k in range(0, len(numbers), size)] if size else []
    layout = value.get("layout", "plain")
    lies = "" if layout == "plain" else f", {layout} in memory"
    shape = str(tuple(value["shape"]))
    return f"{value['dtype']} {shape}{lies}: {_written(numbers if value['shape'] else numbers[0])}"
