"""From outcomes to a mark: judges decide, properties are earned whole or not at all, and words are found.

Trusted. The outcomes came from the learner's side and may be any plain data; a judge that stumbles over
one would be a bug of the course, and is reported as a wrong answer, never as a right one.
"""

from karpathy_course.checks.exercise import Mark, Mistake
from karpathy_course.checks.runner.plain_data import plain
from karpathy_course.checks.runner.unsandboxed import cell_name

LONGEST = 220  # characters of an input or an answer that a message shows
WITHOUT_INPUT = ("stub", "missing-name", "not-your-own", "syntax-error", "interrupted")


def draw_cases(exercise, rng):
    """Fresh cases of an exercise, as plain data; ValueError when one names no property, a bug of the course."""
    cases = plain(exercise.cases(rng))
    disagree = set(exercise.properties) ^ {case["property"] for case in cases}
    if disagree:
        raise ValueError(f"exercise {exercise.id}: properties and cases disagree about {sorted(disagree)}")
    return cases


def mark(exercise, cases, outcomes, troubles=(), seed=None):
    """The Mark for the outcome of each case; its message tells the first mistake found.

    outcomes may come lazily: after the first mistake of a property its other cases are not asked for.
    troubles: what went wrong in the cells, where they were run again. seed: named, so that the cases can be had again.
    """
    lost, first, ids = set(), None, []
    answers = iter(outcomes)
    for case in cases:
        outcome = next(answers, {"failed": "died"})
        if case["property"] in lost:
            continue
        mistake = find_mistake(exercise, case, outcome, troubles)
        if mistake is not None:
            lost.add(case["property"])
            ids.append(f"{exercise.id}/{mistake.id}")
            first = first or (case, outcome, mistake)
    passed = not lost and bool(cases)
    score = (
        1.0
        if passed
        else round(sum((share for name, share in exercise.properties.items() if name not in lost), 0.0), 10)
    )
    points = round(float(exercise.points * score), 6)
    whole = f"{points:g} of {exercise.points:g} points"
    facts = None if passed else facts_of(exercise, *first)
    if passed:
        message = f"{exercise.id} {exercise.title}: passed, {whole}."
        message += printed_in_words(outcome) if outcome.get("printed_length", 0) > LONGEST else ""
    else:
        message = failure_message(exercise, whole, seed, facts)
    mistakes = tuple(dict.fromkeys(ids))
    return Mark(exercise.id, passed, score, points, message, mistakes, tuple(sorted(lost)), facts)


def find_mistake(exercise, case, outcome, troubles=()):
    """The Mistake in one outcome, or None where the answer is right."""
    if "failed" in outcome:
        return failure_as_mistake(exercise, outcome, troubles)
    try:
        exercise.judge(case, outcome["answer"])
    except Mistake as mistake:
        return mistake
    except Exception as error:
        message = f"The answer has a form that was not expected ({type(error).__name__})."
        return Mistake("wrong-type", message, outcome["answer"])
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
        "expired": "Your code was still running when its time was over, and was stopped: nothing of it was kept.",
        "died": "Your code ended the whole process. Does it call exit or os._exit, or ask for all the memory?",
    }
    return words.get(kind, words["died"])


def facts_of(exercise, case, outcome, mistake):
    """What is told of a mistake, as texts: mistake (its id), message, input, got, expected, printed, hint, section.

    Those that do not apply are None; hint is ``{"number", "text"}``.
    """
    inputs = {key: value for key, value in case.items() if key != "property" and not key.startswith("_")}
    open_still = mistake.id in WITHOUT_INPUT
    return {
        "mistake": f"{exercise.id}/{mistake.id}",
        "message": mistake.message,
        "input": None if open_still or not inputs else ", ".join(f"{key} = {short(inputs[key])}" for key in inputs),
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
            lines.append(f"  {name:<10}{facts[name]}")
    if facts["section"] is not None:
        hints = len(exercise.hints)
        which = f"hint {facts['hint']['number']} of {hints}" if facts["hint"] else f"{hints} hints"
        lines.append(f'hint("{exercise.id}") may help ({which}). Reread “{facts["section"]}”.')
        if seed is not None:
            lines.append(f'The same cases again: check("{exercise.id}", seed={seed})')
    return "\n".join(lines)


def printed_in_words(outcome):
    length = outcome.get("printed_length", 0)
    return f" Your code printed {length:,} characters; they are cut here." if length > LONGEST else ""


def short(value):
    """value as one readable line: floats to eight digits, long ones cut."""
    text = _written(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _written(value):
    if type(value) is float:
        return f"{value:.8g}"
    if type(value) is list:
        return f"[{', '.join(_written(item) for item in value[:40])}{', …' if len(value) > 40 else ''}]"
    if type(value) is dict:
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in list(value.items())[:20]) + "}"
    return repr(value[:500]) if type(value) is str else str(value)
