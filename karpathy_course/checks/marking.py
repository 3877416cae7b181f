"""From outcomes to a mark: judges decide, properties are earned whole or not at all, and words are found.

Trusted. The outcomes came from the learner's side and may be any plain data; a judge that stumbles over
one would be a bug of the course, and is reported as a wrong answer, never as a right one.
"""

from karpathy_course.checks.exercise import Mark, Mistake

LONGEST = 220  # characters of an input or an answer that a message shows


def draw_cases(exercise, rng):
    """Fresh cases of an exercise; raises ValueError when one names no property, which is a bug of the course."""
    cases = exercise.cases(rng)
    missing = set(exercise.properties) ^ {case["property"] for case in cases}
    if missing:
        raise ValueError(f"exercise {exercise.id}: properties and cases disagree about {sorted(missing)}")
    return cases


def mark(exercise, cases, outcomes):
    """The Mark for the outcome of each case; its message tells the first mistake found."""
    lost, first, ids = set(), None, []
    for case, outcome in zip(cases, outcomes):
        if case["property"] in lost:
            continue
        mistake = find_mistake(exercise, case, outcome)
        if mistake is not None:
            lost.add(case["property"])
            ids.append(f"{exercise.id}/{mistake.id}")
            first = first or (case, outcome, mistake)
    score = round(sum(share for name, share in exercise.properties.items() if name not in lost), 10)
    passed = not lost and len(outcomes) == len(cases) > 0
    score = score if len(outcomes) == len(cases) else 0.0
    points = round(float(exercise.points * (1.0 if passed else score)), 6)
    message = (
        told(exercise, points, *first)
        if first
        else f"{exercise.id} {exercise.title}: passed, {points:g} of {exercise.points:g} points."
    )
    return Mark(exercise.id, passed, 1.0 if passed else score, points, message, tuple(dict.fromkeys(ids)))


def find_mistake(exercise, case, outcome):
    """The Mistake in one outcome, or None where the answer is right."""
    if "failed" in outcome:
        return Mistake(outcome["failed"], failure_in_words(exercise, outcome))
    try:
        exercise.judge(case, outcome["answer"])
    except Mistake as mistake:
        return mistake
    except Exception as error:
        return Mistake(
            "wrong-type", f"the answer has a form that was not expected ({type(error).__name__})", outcome["answer"]
        )
    return None


def failure_in_words(exercise, outcome):
    """One or two sentences about a probe that gave no answer."""
    kind = outcome["failed"]
    where = (
        f" Your line {outcome['number']}: `{outcome['line']}`" if outcome.get("line") and outcome.get("number") else ""
    )
    if kind == "stub":
        return "The exercise is still open: replace `raise NotImplementedError()` with your own lines."
    if kind == "raises":
        message = f": {outcome['message']}" if outcome.get("message") else ""
        return f"Your code raised {outcome['error']}{message}.{where}"
    if kind == "too-slow":
        return f"Your code had not returned after {outcome['seconds']:g} seconds. Is there a loop that never ends?"
    if kind == "not-plain":
        names = " and ".join(exercise.needs)
        return f"What came back from {names} holds {outcome['what']}, where plain numbers, text and lists are expected."
    if kind == "missing-name":
        return (
            f"There is no `{outcome['name']}` here yet: run the cell of exercise {exercise.id} first, then check again."
        )
    if kind == "not-your-own":
        return f"`{outcome['name']}` comes from {outcome['module']}: write your own, that is the exercise."
    return "Your code ended the whole process. Does it call exit or os._exit?"


def told(exercise, points, case, outcome, mistake):
    """The message of a failed check: the mistake, the failing input, got and expected, and which hint may help."""
    lines = [f"{exercise.id} {exercise.title}: not yet, {points:g} of {exercise.points:g} points.", mistake.message]
    inputs = {key: value for key, value in case.items() if key != "property" and not key.startswith("_")}
    if inputs and mistake.id not in ("stub", "missing-name", "not-your-own"):
        lines.append(f"  input     {', '.join(f'{key} = {short(value)}' for key, value in inputs.items())}")
    if mistake.got is not None:
        lines.append(f"  got       {short(mistake.got)}")
    if mistake.expected is not None:
        lines.append(f"  expected  {short(mistake.expected)}")
    if outcome.get("printed"):
        cut = f" … ({outcome['printed_length']:,} characters in all)" if outcome["printed_length"] > LONGEST else ""
        lines.append(f"  printed   {short(outcome['printed'])}{cut}")
    if mistake.id not in ("missing-name", "not-your-own"):
        number = mistake.hint or 1
        lines.append(
            f'hint("{exercise.id}") may help: hint {number} of {len(exercise.hints)}. Reread “{exercise.section}”.'
        )
    return "\n".join(lines)


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
    return repr(value) if type(value) is str else str(value)
