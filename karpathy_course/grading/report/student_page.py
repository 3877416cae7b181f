"""One student's results as one page: what passed, what did not, on which input, and where to look next.

The page is a file that loads nothing and runs nothing. Most of its text was written by strangers, or brought about
by their code. So the template, student_page.html, is filled by Jinja2, which escapes every text; before that
`finalize` makes it visible and cuts it, even where the template asks for neither.
"""

import contextlib
import functools
import hashlib
import json
import re
import unicodedata
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from karpathy_course.checks.registry import number_of
from karpathy_course.grading.report.tables import number
from karpathy_course.grading.report.visible_text import cut, visible
from karpathy_course.palette import page_css
from karpathy_course.whole_files import write_whole

HERE = Path(__file__).parent
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
DATA = (  # (key of what was found, its label on the page, its class there)
    ("input", "Input", "wide"),
    ("got", "Your code gave", "got"),
    ("expected", "Expected", "expected"),
    ("printed", "Your code printed", "wide"),
)
PASSED = {"kind": "passed", "sign": "✓", "word": "passed", "unfolded": False}
PARTLY = {"kind": "partly", "sign": "◐", "word": "in part", "unfolded": True}
BLANK = {"kind": "blank", "sign": "○", "word": "still open", "unfolded": False}
FAILED = {"kind": "failed", "sign": "✗", "word": "not yet", "unfolded": True}


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
    records = [record | {"exercises": _in_order(record)} for record in sorted(records, key=lambda r: r["lecture"])]
    total = {key: sum(record[key] for record in records) for key in ("points", "of")}
    modes = {record["sandbox"] for record in records} or {batch["sandbox"]}
    return template().render(
        name=student if student.strip() else "(a name of blanks)",
        score=f"{number(total['points'])} of {number(total['of'])} points" if records else "not graded",
        total=total,
        lead=_lead([exercise for record in records for exercise in record["exercises"]]),
        records=records,
        unread=sorted(unread, key=lambda entry: (entry["file"], entry["trouble"])),
        weaker=sorted(modes - {"bubblewrap"}),
        in_full_sandbox=_in_full_sandbox(records, batch),
    )


@functools.cache
def template():
    """student_page.html, ready to be filled; a name that it does not know is an error, never a blank."""
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        finalize=lambda value: inline(value) if isinstance(value, str) else value,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "inline": inline, "block": block, "sentences": sentences}
    return environment.get_template(
        "student_page.html",
        globals={
            "style": f"{page_css()}\n{(HERE / 'student_page.css').read_text(encoding='utf-8')}",
            "how": HOW,
            "most_troubles": TROUBLES,
            "longest_sentences": SENTENCES,
            "held": PASSED | {"word": "holds"},
            "not_held": FAILED | {"word": "does not hold"},
            "lecture_name": lecture_name,
            "shown_data": shown_data,
            "status": status,
        },
    )


def inline(text, most=NAME):
    """A stranger's text within a line: cut, made visible, escaped. Text that is Markup already stays."""
    return text if isinstance(text, Markup) else escape(visible(cut(text, most)))


def block(text, most=BLOCK):
    """A stranger's text of several lines: cut after ``most`` characters and LINES lines, made visible, escaped."""
    lines = cut(text, most).replace("\r\n", "\n").split("\n")
    more = [f"… ({len(lines) - LINES:,} more lines)"] if len(lines) > LINES else []
    return escape("\n".join(["\t".join(map(visible, line.split("\t"))) for line in lines[:LINES]] + more))


def sentences(text):
    """A stranger's sentences, with what stands between backticks as code."""
    # str: re.sub would join the parts of a Markup as Markup does, and escape them again.
    return Markup(re.sub(r"`([^`\n]+)`", r'<code translate="no">\1</code>', str(block(text, SENTENCES))))


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
    """How it stands with an exercise: its class, sign and word, and whether it is shown unfolded."""
    if exercise["passed"]:
        return PASSED
    if exercise["points"] > 0:
        return PARTLY
    return BLANK if all(mistake.endswith("/stub") for mistake in exercise["mistakes"]) else FAILED


def shown_data(found):
    """``(text, label, class)`` of the input, what was returned, what was expected and printed, where there is one."""
    return [(found[key], label, kind) for key, label, kind in DATA if found[key] is not None]


def _in_order(record):
    return sorted(record["exercises"], key=lambda exercise: number_of(exercise["exercise"]))


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


def _in_full_sandbox(records, batch):
    """Which lectures were graded in the full sandbox, in words: none, one text, or one blank text for all.

    The seed is not on the page: with it a student would know the inputs of the next regrade.
    """
    lectures = {}
    for record in records or [batch | {"lecture": ""}]:
        lectures.setdefault(record["sandbox"], []).append(record["lecture"])
    if "bubblewrap" not in lectures:
        return []
    return [f"Lecture {' and '.join(lectures['bubblewrap'])}: " if len(lectures) > 1 else ""]
