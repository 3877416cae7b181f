"""`hint` and `solution`: what the learner asks for.

Neither ever waits: a notebook that nobody sits before runs on. What they show as text is the same on every run,
so that stored outputs can be compared.
"""

import html
from pathlib import Path

from karpathy_course.checks import progress_file
from karpathy_course.checks.display import box, show_text
from karpathy_course.checks.registry import find
from karpathy_course.palette import HELP

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions"
_shown = {}  # in this session, for when the progress file cannot be written


def hint(id, number=None, record=True):
    """Show a hint of exercise id: the next one, each stronger than the last, and after the third all three.

    number: 1 to 3, to have that one. record: False for a demonstration, which counts for nothing.
    """
    exercise = _found(id)
    if exercise is None:
        return
    most, lines = len(exercise.hints), []
    if number is not None and (type(number) is not int or not 1 <= number <= most):
        line = f"{exercise.id} has hints 1 to {most}: there is no hint {number!r:.20}."
        show_text(line, box(line, [], HELP))
        return
    asked = number
    if number is None:
        number = min(most + 1, _shown.get(exercise.id, 0) + 1)
    if record:
        recorded, lines = progress_file.hinted(exercise.id, most + 1, asked)
        number = number if asked else min(most + 1, max(recorded, number))
        _shown[exercise.id] = max(number, _shown.get(exercise.id, 0))
    heading = f"Hint {number} of {most}" if number <= most else f"All {most} hints"
    heading += f" for {exercise.id} {exercise.title}"
    texts = [exercise.hints[number - 1]] if number <= most else [f"{i}. {h}" for i, h in enumerate(exercise.hints, 1)]
    if number >= most:
        texts.append(
            f"That was the strongest. Reread “{exercise.section}” in the lecture; "
            f'solution("{exercise.id}") shows an answer that is explained.'
        )
    texts += lines
    show_text("\n".join([heading, *texts]), box(heading, texts, HELP))


def solution(id):
    """Show the explained solution of exercise id, once it has been passed or all of its hints have been read."""
    exercise = _found(id)
    if exercise is None:
        return
    entry = progress_file.entry_of(progress_file.load()[0], exercise.id)
    read = max(entry["hints"], _shown.get(exercise.id, 0))
    most = len(exercise.hints)
    if not entry["passed"] and read < most:
        line = f"The solution of {exercise.id} opens when you have passed it or read its {most} hints; you read {read}."
        show_text(line, box(line, [], HELP))
        return
    source = explained(exercise.id)
    if source is None:
        line = f"The solution of {exercise.id} is not on this machine: see solutions/ where you found the course."
        show_text(line, box(line, [], HELP))
        return
    heading = f"A solution of {exercise.id} {exercise.title}"
    code = f"<pre style='margin:2px 0;white-space:pre-wrap'>{html.escape(source)}</pre>"
    show_text(f"{heading}\n{source}", box(heading, [], HELP).replace("</div>", f"{code}</div>", 1))


def explained(id):
    """The source of the solution's cell, without nbgrader's marks; None where the solutions are not there."""
    from karpathy_course.checks.notebook_cells import Unreadable, read_cells
    from karpathy_course.checks.runner.unsandboxed import cell_name

    for path in sorted(SOLUTIONS.glob(f"{id[:2]}_*.ipynb")):
        try:
            cells = dict(read_cells(path))
        except Unreadable:
            continue
        if cell_name(id) in cells:
            lines = cells[cell_name(id)].splitlines()
            return "\n".join(line for line in lines if line.strip()[:4] != "### ")
    return None


def _found(id):
    try:
        return find(id)
    except LookupError as error:
        show_text(str(error), box(str(error), [], HELP))
        return None
