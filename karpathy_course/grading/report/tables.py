"""The results of a batch as two files: grades.csv for a spreadsheet, results.json for a program.

The same batch always gives the same bytes: everything is sorted, and no time stands in either file. What both
hold came from strangers, and a spreadsheet runs what it takes for a formula: see `cell`.
"""

import csv
import io
import json
import re

from karpathy_course.checks.registry import number_of
from karpathy_course.grading.report.visible_text import cut, visible, whole
from karpathy_course.whole_files import write_whole

SCHEMA = 1  # of results.json, described in docs/results.schema.json
COLUMNS = (
    *("student", "lecture", "exercise", "title", "points", "of", "passed"),
    *("mistakes", "status", "file", "trouble"),
)
LONGEST = 1000  # characters of a cell; Excel holds 32 767
# What begins a formula, full-width and raised forms included, at the start or after a sign at which a spreadsheet
# that expects other separators than the comma begins a new cell.
FORMULA = re.compile("(^|[;,|])([\\s\u200c\u200d\"']*)([=+\\-@−＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋])")


def write(batch, out):
    """Write grades.csv and results.json of a batch (see docs/results.schema.json) into the folder out.

    Each is written whole or not at all. Raises OSError that names the file which could not be written.
    """
    write_whole(out / "grades.csv", grades(batch))
    write_whole(out / "results.json", results(batch))


def grades(batch):
    """grades.csv as bytes: a row for each student and exercise, and one for each submission that was not graded.

    UTF-8 with a byte order mark, without which Excel reads ``José`` as ``JosÃ©``; quoted as RFC 4180 says.
    """
    rows = [row for record in _sorted(batch["records"]) for row in _graded(record)]
    rows = sorted([*rows, *map(_unread, _sorted(batch["unread"]))], key=lambda row: row[:2])
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + table.getvalue().encode()


def results(batch):
    """results.json as bytes: the batch as it is, sorted, with its version. Pure ASCII: safe in any terminal."""
    document = {
        "schema": SCHEMA,
        "seed": batch["seed"],
        "sandbox": batch["sandbox"],
        "records": [record | {"exercises": _in_order(record)} for record in _sorted(batch["records"])],
        "unread": _sorted(batch["unread"]),
    }
    text = json.dumps(_whole(document), indent=1, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return text.encode() + b"\n"


def cell(value):
    """A value as a spreadsheet may have it: numbers as numbers, text so that no part of it can run.

    By the rule of OWASP's "CSV injection" an apostrophe is put before what would begin a formula. Control
    characters are shown, so that none begins a new row, and a long text is cut.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    return FORMULA.sub(r"\1'\2\3", visible(cut(value, LONGEST)))


def number(value):
    """Points as one reads them: ``12.5``, ``20``."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _graded(record):
    for exercise in _in_order(record):
        yield [
            *(record["student"], record["lecture"], exercise["exercise"], exercise["title"]),
            *(exercise["points"], exercise["of"], exercise["passed"], ";".join(exercise["mistakes"])),
            *("graded", record["file"], None),
        ]


def _unread(unread):
    student, lecture = unread["student"] or "", unread["lecture"] or ""
    return [student, lecture, *[None] * 6, "unread", unread["file"], unread["trouble"]]


def _sorted(entries):
    return sorted(
        entries, key=lambda entry: [entry.get(name) or "" for name in ("student", "lecture", "file", "trouble")]
    )


def _in_order(record):
    return sorted(record["exercises"], key=lambda exercise: number_of(exercise["exercise"]))


def _whole(value):
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {_whole(key): _whole(item) for key, item in value.items()}
    return value
