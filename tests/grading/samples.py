"""Records as the grader makes them, of real exercises and of answers that stand in tests/exercises."""

import functools
import random

from karpathy_course.checks.authoring.trials import named_trials, notebook_with
from karpathy_course.checks.checking import given_by
from karpathy_course.checks.exercise import seen
from karpathy_course.checks.marking import draw_cases, find_mistake, short
from karpathy_course.checks.registry import find, of_lecture
from karpathy_course.checks.runner.probing import collect, run_probe

SEED = 20_261_124
WITHOUT_DATA = ("stub", "missing-name")


def record(student, lecture, answers=None, sandbox="bubblewrap", troubles=()):
    """The record of a submission; answers: exercise id -> "solution", "stub" or the name of a mutant."""
    exercises = [graded(e.id, (answers or {}).get(e.id, "solution")) for e in of_lecture(lecture)]
    return {
        "student": student,
        "lecture": lecture,
        "file": f"{student}/{lecture}_exercises.ipynb",
        "sha256": "c0ffee" * 10 + "c0de",
        "seed": SEED,
        "sandbox": sandbox,
        "points": sum(e["points"] for e in exercises),
        "of": sum(e["of"] for e in exercises),
        "troubles": list(troubles),
        "exercises": exercises,
    }


def batch(records, unread=(), sandbox="bubblewrap"):
    return {"seed": SEED, "sandbox": sandbox, "records": list(records), "unread": list(unread)}


def unread(student="ada", lecture="02", file="ada/02.ipynb", trouble="It is cut off: save it again and hand it in."):
    return {"student": student, "lecture": lecture, "file": file, "trouble": trouble}


@functools.cache
def graded(id, answer):
    """One exercise of a record: the real judge on what the real probe gave for this answer."""
    exercise = find(id)
    source = next(trial.source for trial in named_trials(exercise) if trial.name == answer)
    cases = draw_cases(exercise, random.Random(SEED))
    lost, mistakes, found = set(), [], None
    for case, outcome in zip(cases, outcomes_of(exercise, source, cases)):
        mistake = None if case["property"] in lost else find_mistake(exercise, case, outcome)
        if mistake is not None:
            lost.add(case["property"])
            mistakes.append(f"{id}/{mistake.id}")
            found = found or found_of(exercise, case, outcome, mistake)
    of = float(exercise.points)
    properties = [
        {"name": name, "passed": name not in lost, "points": of * share * (name not in lost), "of": of * share}
        for name, share in exercise.properties.items()
    ]
    points = round(sum(entry["points"] for entry in properties), 6)
    return {
        "exercise": id,
        "title": exercise.title,
        "passed": not lost,
        "score": round(points / of, 6),
        "points": points,
        "of": of,
        "mistakes": list(dict.fromkeys(mistakes)),
        "properties": properties,
        "found": found,
    }


def outcomes_of(exercise, source, cases):
    names = {"__name__": "__main__"}
    collect(notebook_with(exercise.id, source), names, given_by(exercise), 10.0)
    names = given_by(exercise) | {name: names[name] for name in exercise.needs if name in names}
    return [run_probe(exercise.probe, names, seen(case), exercise.seconds) for case in cases]


def found_of(exercise, case, outcome, mistake):
    inputs = [f"{key} = {short(value)}" for key, value in seen(case).items() if key != "property" and key[:1] != "_"]
    number = mistake.hint
    return {
        "mistake": f"{exercise.id}/{mistake.id}",
        "message": mistake.message,
        "input": ", ".join(inputs) if mistake.id not in WITHOUT_DATA else None,
        "got": None if mistake.got is None else short(mistake.got),
        "expected": None if mistake.expected is None else short(mistake.expected),
        "printed": outcome.get("printed") or None,
        "hint": {"number": number, "text": exercise.hints[number - 1]} if number else None,
        "section": exercise.section,
    }


HOSTILE = (
    "<script>window.ran = 1</script>",
    "</style><img src=http://127.0.0.1:9/leak onerror='window.ran = 1'>",
    "]]><!-- <svg onload=window.ran=1>",
    "&lt;b&gt; &amp;lt; \"double\" 'single'",
    "=1+1",
    '=HYPERLINK("http://127.0.0.1:9/leak";"x")',
    "\u202egnp.exe\u202c \u2067right to left\u2069 \u200fשלום",
    "\x1b[31mred\x1b]0;title\x07 \x9b2J",
    "two\nlines\rand\ttabs",
    "a\x00b",
    "half \ud800 and \udce9 of a pair",
    "`code` and `<i>more</i>`",
    "e" + "\u0301" * 200,
    "long " * 20_000,
    "CON",
    "../x",
    "a/b\\c",
    " ",
    "",
)


def hostile(text, lecture="01"):
    """A record, and an unread submission, in which text stands wherever a stranger's text can."""
    mutants = {"01.1": "forward_difference", "02.1": "overwrite"}
    entry = record(text, lecture, mutants, troubles=[{"cell": text, "message": text}])
    entry["file"] = f"{text}/01.ipynb"
    first = entry["exercises"][0]
    told = dict.fromkeys(("message", "input", "got", "expected", "printed"), text)
    entry["exercises"] = [first | {"found": first["found"] | told}, *entry["exercises"][1:]]
    return entry, unread(text, lecture, f"{text}/02.ipynb", text)
