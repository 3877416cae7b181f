"""What has been done and what comes next: `progress()` in a notebook, `karpathy-course progress` on the command line.

Both show the same facts, exercise by exercise and lecture by lecture, from the learner's progress file.
"""

import html
from itertools import groupby

from karpathy_course.checks import progress_file
from karpathy_course.checks.display import Link, box, in_ipython, show_text
from karpathy_course.checks.exercise import NOTEBOOKS, notebook_of
from karpathy_course.checks.registry import all_exercises
from karpathy_course.palette import VALUE

HEAD = ("", "exercise", "", "attempts", "hints", "minutes")


def progress():
    """Show in the notebook which exercises are done, the tally of predictions, and a link to what comes next."""
    known, trouble = progress_file.load()
    if progress_file.storing():
        return
    rows, following = rows_of(known)
    text = "\n".join([*lines_of(rows, known, following), *([trouble] if trouble else [])])
    show_text(text, as_html(rows, known, following, trouble) if in_ipython() else "")


def rows_of(known):
    """``(rows, the first exercise that is not passed or None)``: a row an exercise, and one a lecture."""
    rows, following = [], None
    for lecture, exercises in groupby(all_exercises(), key=lambda exercise: exercise.id[:2]):
        exercises = list(exercises)
        entries = [progress_file.entry_of(known, exercise.id) for exercise in exercises]
        done = sum(bool(entry["passed"]) for entry in entries)
        minutes = sum(e.minutes for e, entry in zip(exercises, entries) if not entry["passed"])
        left = f"{minutes} minutes left" if minutes else "all done"
        rows.append(("lecture", lecture, f"{done} of {len(exercises)} passed, {left}", "", "", ""))
        for exercise, entry in zip(exercises, entries):
            if not entry["passed"]:
                following = following or exercise
            sign = "✓" if entry["passed"] else "·" if entry["attempts"] else " "
            rows.append((sign, exercise.id, exercise.title, entry["attempts"], entry["hints"], exercise.minutes))
    return rows, following


def lines_of(rows, known, following):
    """The table as lines of text, the tally, and what is next."""
    lines = [f"   {'exercise':<55}  attempts  hints  minutes"]
    for sign, id, title, attempts, hints, minutes in rows:
        if sign == "lecture":
            lines += ["", f"Lecture {id}: {title}"]
        else:
            lines.append(f"{sign}  {id}  {title[:49]:<49}  {attempts:>8}  {hints:>5}  {minutes:>7}")
    return [*lines, "", tally(known), next_line(following)]


def tally(known):
    """How many predictions were made, and how many of those whose truth was shown were right."""
    found = [progress_file.prediction_of(known, id) for id in known["predictions"]]
    made = [entry for entry in found if entry]
    shown = [entry for entry in made if "right" in entry]
    text = f"{len(made)} prediction{'' if len(made) == 1 else 's'} made"
    return f"{text}; of {len(shown)} that were answered, {sum(map(right, shown))} right." if shown else f"{text}."


def right(entry):
    return entry["right"] is True


def next_line(following):
    """What comes next, with a link to it where a notebook shows it."""
    if following is None:
        return "Every exercise is passed."
    return Link(f"Next: {following.id} {following.title}", link_to(following))


def link_to(exercise, here=None):
    """Where an exercise stands, as a link from a notebook of another folder, or from that of the exercise `here`."""
    anchor = f"#{exercise.id} {exercise.title}".replace(" ", "-")
    name = notebook_of(exercise.id)
    if here is not None and here[:2] == exercise.id[:2]:
        return anchor
    folder = "" if here is not None else f"../{NOTEBOOKS}/"
    return f"{folder}{name}{anchor}" if name else anchor


def as_html(rows, known, following, trouble):
    """The table as HTML, in a box like a mark's."""
    cells = [f"<tr>{''.join(f'<th>{title}</th>' for title in HEAD)}</tr>"]
    for sign, id, title, attempts, hints, minutes in rows:
        if sign == "lecture":
            cells.append(f"<tr><th colspan=6 style='text-align:left'>Lecture {id}: {html.escape(title)}</th></tr>")
            continue
        numbers = "".join(f"<td>{n}</td>" for n in (attempts, hints, minutes))
        cells.append(
            f"<tr><td>{sign}</td><td>{id}</td><td style='text-align:left'>{html.escape(title)}</td>{numbers}</tr>"
        )
    last = [tally(known), next_line(following), *([trouble] if trouble else [])]
    table = f"<table>{''.join(cells)}</table>"
    return box("Your progress", last, VALUE).replace("</b>", f"</b>{table}", 1)
