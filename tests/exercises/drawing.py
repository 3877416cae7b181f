"""How many random draws an exercise is tried on: few in the suite, many by a command where its text has changed.

That a check tells right from wrong must not depend on the luck of the draw. Many draws show it once; as long as
nothing of the exercise has changed since, a few are enough. `at_length.json` records for which texts many have held,
and the suite names, in a warning, those for which they have not been made yet.

    python -m tests.exercises.drawing          draws at length for all exercises whose text has changed, and records it
    python -m tests.exercises.drawing 03.2     for these exercises, changed or not
"""

import ast
import hashlib
import json
import os
import sys
import time
from pathlib import Path

from karpathy_course.checks import all_exercises, find
from karpathy_course.checks.authoring.trials import ROOT
from tests.exercises.answers import in_place, trials_of

RIGHT, WRONG = ("solution", "alternative"), ("mutant",)
USUAL = dict.fromkeys(RIGHT, 20) | dict.fromkeys(WRONG, 5)
AT_LENGTH = dict.fromkeys(RIGHT, 150) | dict.fromkeys(WRONG, 30)
# CPU seconds for one answer: one whose draws take long is tried on fewer, and on one at least.
SECONDS = dict.fromkeys(RIGHT, 0.4) | dict.fromkeys(WRONG, 0.1)
LONG_SECONDS = {kind: 30 * seconds for kind, seconds in SECONDS.items()}
HELD_SECONDS = {kind: seconds / 4 for kind, seconds in SECONDS.items()}  # where many have held for this very text
FIRST = 100  # seeds below it are those of other tests
RECORD = Path(__file__).with_name("at_length.json")


def changed(id):
    """Whether the exercise's text is another than the one for which many draws have held."""
    return recorded().get(id) != digest(id)


def recorded():
    return json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.is_file() else {}


def seeds(id, usual=20, at_length=200):
    """The seeds on which to try something; ``DRAWS=long`` asks for many where the exercise's text has changed."""
    return range(at_length if os.environ.get("DRAWS") == "long" and changed(id) else usual)


def digest(id):
    """One line that changes with the exercise's class, what it imports of the checks, its solution and its trials."""
    texts = [path.read_text(encoding="utf-8") for path in sources(Path(sys.modules[find(id).__module__].__file__))]
    texts += [f"{t.kind} {t.name} {t.expected}{t.words}\n{t.source}" for t in trials_of(find(id))]
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def sources(path, seen=None):
    """The file of an exercise and those of its lecture, and of those that lectures share, that it imports."""
    seen = {} if seen is None else seen
    if path not in seen:
        seen[path] = True
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            module = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
            if module.startswith(("karpathy_course.checks.lecture", "karpathy_course.checks.shared")):
                sources(ROOT / (module.replace(".", "/") + ".py"), seen)
    return sorted(seen)


def disagreements(id, at_length):
    """A sentence for each answer of which the check has said, on any draw, something other than it has to say."""
    exercise, wrong = find(id), []
    draws, seconds = budget(id, at_length)
    for trial in trials_of(exercise):
        if trial.kind == "stub":
            continue
        expected = (f"{id}/{trial.expected}",) if trial.kind == "mutant" else ()
        started = time.process_time()
        for seed in range(FIRST, FIRST + draws[trial.kind]):
            # Each draw meets the answer in a notebook of its own: some answers remember.
            mark = in_place(exercise, trial.source, seed, whole=not expected)
            if mark.mistakes[:1] != expected or trial.words not in mark.message:
                wanted = f"{expected} {trial.words}".strip()
                wrong.append(f"{trial.kind} {trial.name}, seed {seed}: expected {wanted}, got {mark.mistakes[:1]}")
                break
            if time.process_time() - started > seconds[trial.kind]:
                break
    return wrong


def budget(id, at_length):
    """How many draws each kind of answer is tried on, and for how many CPU seconds."""
    if at_length:
        return AT_LENGTH, LONG_SECONDS
    return USUAL, SECONDS if changed(id) else HELD_SECONDS


def main(ids):
    """Draw at length for these exercises, or for all that have changed; returns 1 where a check depends on luck."""
    record, code = recorded(), 0
    for id in ids or [exercise.id for exercise in all_exercises() if changed(exercise.id)]:
        started = time.process_time()
        wrong = disagreements(id, at_length=True)
        print(f"{id}: {'; '.join(wrong) or 'holds'} ({time.process_time() - started:.0f} s)", flush=True)
        if wrong:
            code = 1
        else:
            record = recorded() | {id: digest(id)}
            RECORD.write_text(json.dumps(dict(sorted(record.items())), indent=1) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
