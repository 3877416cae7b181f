"""One student's results as one page: what passed, what did not, on which input, and where to look next.

The page is a file that loads nothing and runs nothing. Most of what stands on it was written by strangers, or
brought about by their code: every string goes through `inline` or `block`, which make it visible, cut it and
escape it; nothing else puts a string of a record on the page.
"""

import contextlib
import functools
import hashlib
import html
import json
import re
import unicodedata
from pathlib import Path

from karpathy_course.checks.registry import number_of
from karpathy_course.grading.report.tables import number
from karpathy_course.grading.report.visible_text import cut, visible
from karpathy_course.palette import page_css
from karpathy_course.whole_files import write_whole

STYLE = Path(__file__).with_name("student_page.css")
LECTURES = Path(__file__).resolve().parents[3] / "lectures"
NAME, SENTENCES, BLOCK, LINES, TROUBLES = 120, 700, 1500, 30, 8  # the most that is shown: characters, lines, cells
LONGEST_STEM = 90  # bytes of a file's name, its hash and ending not counted
RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)
HASHED = re.compile(r"-[0-9a-f]{10}$")
HOW = {
    "bubblewrap": "In a sandbox (bubblewrap): your code has no network there and no one’s files, and limits on time, "
    "memory and disk.",
    "landlock": "In a weaker sandbox (Landlock): your code has no network there and no files but its own. Two things "
    "it does not hold: the size of temporary files is not bounded, and your code is not separated from the names of "
    "other processes.",
    "process": "Without a sandbox: your code runs in a separate process with deadlines, and no more. Neither files nor "
    "the network are kept from it.",
}


def write(student, records, unread, batch, folder):
    """Write the page of a student into folder; returns its path.

    records, unread: those of this student alone, as in docs/results.schema.json; batch gives the sandbox where there
    is no record. Written whole or not at all; raises OSError that names the file.
    """
    path = folder / f"{file_stem(student)}.html"
    write_whole(path, document(student, records, unread, batch).encode(), lasting=False)
    return path


def file_stem(student):
    """A file name without ending for a student: safe on every system, and different for different students.

    A name that any system takes as it is stays. Every other is made safe and gets a hash of itself, so that names
    equal but for case, or for how an accent is written, are two files where a file system takes them for one.
    """
    stem = re.sub(r"[^\w.@+-]+", "_", unicodedata.normalize("NFKC", student)).strip("._-+@")
    stem = stem.encode()[:LONGEST_STEM].decode(errors="ignore").rstrip("._-+@")
    same_everywhere = unicodedata.normalize("NFKC", student).upper().casefold()
    if stem and stem == student == same_everywhere and not RESERVED.match(stem) and not HASHED.search(stem):
        return stem
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    stem = f"student-{stem}" if RESERVED.match(stem) else stem or "student"
    return f"{stem}-{digest}"


def document(student, records, unread, batch):
    """The page as text."""
    records = sorted(records, key=lambda record: record["lecture"])
    exercises = [exercise for record in records for exercise in _in_order(record)]
    points, of = sum(record["points"] for record in records), sum(record["of"] for record in records)
    name = visible(cut(student, NAME)) if student.strip() else "(a name of blanks)"
    score = f"{number(points)} of {number(of)} points" if records else "not graded"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{html.escape(name)}: {score}</title>
<style>{page_css()}
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header class="top">
<p class="course">Neural networks from the inside · your exercises, graded</p>
<h1><bdi translate="no">{html.escape(name)}</bdi></h1>
{f'<p class="score"><b>{number(points)}</b> of {number(of)} points</p>' if records else ""}
{_bar(records, score)}
<p class="lead">{_lead(exercises)}</p>
</header>
<main>
{_unread(unread)}{_weaker(records, batch)}{"".join(_lecture(record) for record in records)}
</main>
<footer class="end">
<h2>How this was graded</h2>
{_how(records, batch)}
<p>An exercise is made of properties; each is earned whole or not at all. What is right was decided outside of your
code, on inputs that it had never seen.</p>
</footer>
</body>
</html>
"""


def inline(text, most=NAME):
    """A stranger's text within a line: cut, made visible, escaped."""
    return html.escape(visible(cut(text, most)))


def block(text, most=BLOCK):
    """A stranger's text of several lines: cut after ``most`` characters and LINES lines, made visible, escaped."""
    lines = cut(text, most).replace("\r\n", "\n").split("\n")
    more = [f"… ({len(lines) - LINES:,} more lines)"] if len(lines) > LINES else []
    return html.escape("\n".join(["\t".join(map(visible, line.split("\t"))) for line in lines[:LINES]] + more))


def sentences(text):
    """A stranger's sentences, with what stands between backticks as code."""
    return re.sub(r"`([^`\n]+)`", r'<code translate="no">\1</code>', block(text, SENTENCES))


@functools.cache
def lecture_name(number):
    """The heading of a lecture without its number, or None where the lectures are not beside the package."""
    for path in sorted(LECTURES.glob(f"{number}_*.ipynb")):
        with contextlib.suppress(
            OSError, ValueError, LookupError, TypeError
        ):  # edited, perhaps: a heading stops no batch
            first = json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"]
            return "".join(first).split("\n")[0].partition("·")[2].strip() or None
    return None


def status(exercise):
    """(class, sign, word): how it stands with an exercise."""
    if exercise["passed"]:
        return "passed", "✓", "passed"
    if exercise["points"] > 0:
        return "partly", "◐", "in part"
    if all(mistake.endswith("/stub") for mistake in exercise["mistakes"]):
        return "blank", "○", "still open"
    return "failed", "✗", "not yet"


def _in_order(record):
    return sorted(record["exercises"], key=lambda exercise: number_of(exercise["exercise"]))


def _of(entry):
    return f"{number(entry['points'])} of {number(entry['of'])}"


def _bar(records, score):
    """A bar of one segment an exercise, as wide as its points and as full as what was earned."""
    segments = ""
    for i, record in enumerate(records):
        for j, exercise in enumerate(_in_order(record)):
            full = 100 * exercise["points"] / exercise["of"] if exercise["of"] else 0
            fill = f'<i style="width:{full:.4g}%"></i>' if full else ""
            begins = ' class="next"' if i and not j else ""
            segments += f'<i{begins} style="flex-grow:{exercise["of"]:g}">{fill}</i>'
    return (
        f'<div class="bar" role="img" aria-label="{score}, exercise by exercise">{segments}</div>' if segments else ""
    )


def _lead(exercises):
    passed = sum(exercise["passed"] for exercise in exercises)
    if not exercises:
        return "Nothing that you handed in could be graded. Below stands why, and what to do."
    if passed == len(exercises):
        return "Every exercise passes: your answers held on inputs that were drawn afresh for them. Well done."
    what = "you find below what happened, on which input, and where to look next."
    if not passed:
        return f"No exercise passes yet. For each of them {what}"
    return f"{passed} of {len(exercises)} exercises pass. For each of the others {what}"


def _weaker(records, batch):
    modes = sorted({record["sandbox"] for record in records} or {batch["sandbox"]})
    notes = "".join(f"<p>{HOW[mode]}</p>" for mode in modes if mode != "bubblewrap")
    return f'<section class="note"><h2>Graded outside of the full sandbox</h2>{notes}</section>\n' if notes else ""


def _unread(unread):
    items = "".join(
        f'<li><code translate="no"><bdi>{inline(entry["file"])}</bdi></code>: '
        f"<bdi>{inline(entry['trouble'], SENTENCES)}</bdi></li>"
        for entry in sorted(unread, key=lambda entry: (entry["file"], entry["trouble"]))
    )
    title = "Handed in, and not graded"
    return f'<section class="note unread"><h2>{title}</h2><ul>{items}</ul></section>\n' if items else ""


def _how(records, batch):
    """In words how it was graded. The seed is not told: whoever knows it knows the inputs of the next regrade."""
    ways = {}
    for record in records or [batch | {"lecture": ""}]:
        ways.setdefault(record["sandbox"], []).append(record["lecture"])
    told = ""
    for mode, lectures in ways.items():
        which = f"Lecture {' and '.join(lectures)}: " if len(ways) > 1 else ""
        told += f"<p>{which}{HOW[mode]}</p>\n" if mode == "bubblewrap" else ""
    return told


def _lecture(record):
    number_, exercises = record["lecture"], _in_order(record)
    name = lecture_name(number_)
    chips = "".join(_chip(exercise) for exercise in exercises)
    heading = f"Lecture {number_}" + (f" · {html.escape(name)}" if name else "")
    where = f"lecture {number_}" + (f", “{html.escape(name)}”" if name else "")
    return f"""<section class="lecture" aria-labelledby="lecture-{number_}">
<header><h2 id="lecture-{number_}">{heading}</h2><p><b>{_of(record)}</b> points</p></header>
<p class="file soft small"><bdi translate="no">{inline(record["file"])}</bdi></p>
<ol class="chips">{chips}</ol>
{_troubles(record["troubles"])}{"".join(_exercise(exercise, where) for exercise in exercises)}</section>
"""


def _chip(exercise):
    kind, sign, word = status(exercise)
    id, got = exercise["exercise"], f"{number(exercise['points'])}/{number(exercise['of'])}"
    return (
        f'<li><a class="chip {kind}" href="#x-{id}"><span class="sign" aria-hidden="true">{sign}</span><b>{id}</b>'
        f'<span class="got">{got}</span><span class="word">{word}</span></a></li>'
    )


def _troubles(troubles):
    if not troubles:
        return ""
    items = "".join(
        f'<li><code translate="no"><bdi>{inline(trouble["cell"], 60)}</bdi></code>'
        f'<bdi class="told">{sentences(trouble["message"])}</bdi></li>'
        for trouble in troubles[:TROUBLES]
    )
    more = f"<li>… and {len(troubles) - TROUBLES:,} more</li>" if len(troubles) > TROUBLES else ""
    return (
        '<section class="note troubles"><h3>Cells that stopped with an error</h3><p class="soft small">Each was left '
        f"where it stopped, and the cells below it were run all the same.</p><ul>{items}{more}</ul></section>\n"
    )


def _exercise(exercise, where):
    kind, sign, word = status(exercise)
    properties = "" if kind == "blank" else "".join(_property(entry) for entry in exercise["properties"])
    unfold = " open" if kind in ("partly", "failed") else ""
    return f"""<details class="exercise {kind}" id="x-{exercise["exercise"]}"{unfold}>
<summary><span class="sign" aria-hidden="true">{sign}</span>
<h3>{exercise["exercise"]} {html.escape(exercise["title"])}</h3>
<span class="mark"><span class="word">{word}</span> <span>{_of(exercise)} points</span></span></summary>
<div class="inside">
{_found(exercise, where)}{properties and f'<ul class="properties">{properties}</ul>'}
{_recognised(exercise["mistakes"])}</div>
</details>
"""


def _property(entry):
    sign, word = ("✓", "holds") if entry["passed"] else ("✗", "does not hold")
    kind = "passed" if entry["passed"] else "failed"
    return (
        f'<li class="{kind}"><span class="sign" aria-hidden="true">{sign}</span>'
        f"<span>{html.escape(entry['name'])}</span>"
        f'<span class="of"><span class="word">{word}</span> {_of(entry)}</span></li>'
    )


def _found(exercise, where):
    found = exercise["found"]
    if found is None:
        return ""
    data = "".join(
        f'<div class="{kind}"><dt>{label}</dt><dd><pre dir="ltr" translate="no"><code>{block(found[key])}</code></pre>'
        "</dd></div>"
        for key, label, kind in (
            ("input", "Input", "wide"),
            ("got", "Your code gave", "got"),
            ("expected", "Expected", "expected"),
            ("printed", "Your code printed", "wide"),
        )
        if found[key] is not None
    )
    help = ""
    if found["hint"]:
        help += f'<p class="hint"><b>Hint {found["hint"]["number"]}</b> {sentences(found["hint"]["text"])}</p>'
    if found["section"]:
        help += f'<p class="section"><b>Reread</b> “{html.escape(found["section"])}” in {where}.</p>'
    return (
        f'<p class="message" dir="auto">{sentences(found["message"])}</p>\n'
        + (f'<dl class="data">{data}</dl>\n' if data else "")
        + (f'<div class="help">{help}</div>\n' if help else "")
    )


def _recognised(mistakes):
    if not mistakes:
        return ""
    first, *others = [f'<code translate="no">{inline(mistake)}</code>' for mistake in mistakes]
    also = f"; also {', '.join(others)}" if others else ""
    return f'<p class="soft small">Recognised as {first}{also}.</p>\n'
