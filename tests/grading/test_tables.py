"""grades.csv and results.json: complete, the same bytes for the same batch, and harmless wherever they are opened."""

import csv
import io
import json
import random
import unicodedata
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from karpathy_course.grading.report import tables
from karpathy_course.grading.report.visible_text import whole
from tests.grading import samples

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "results.schema.json").read_text(encoding="utf-8"))
MUTANTS = {"01.1": "forward_difference", "01.2": "has_no_rmul", "01.4": "tanh_not_squared"}
SIGNS = "=+-@"


@pytest.fixture(scope="module")
def batch():
    records = [
        samples.record("ada", "01", MUTANTS, troubles=[{"cell": "answer-01-1", "message": "NameError: no x"}]),
        samples.record("ada", "02", {"02.1": "overwrite"}),
        samples.record("josé", "01", {"01.3": "stub"}),
    ]
    unread = [
        samples.unread("josé", "02", "josé/02.ipynb"),
        samples.unread(None, None, "stray.txt", "It is no notebook."),
    ]
    return samples.batch(records, unread)


def rows(data):
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.slow
def test_a_row_holds_each_student_and_exercise(batch):
    graded = [row for row in rows(tables.grades(batch)) if row["status"] == "graded"]
    expected = [
        {
            **{"student": record["student"], "lecture": record["lecture"], "file": record["file"]},
            **{"exercise": exercise["exercise"], "title": exercise["title"]},
            **{"points": exercise["points"], "of": exercise["of"]},
            **{"passed": "true" if exercise["passed"] else "false", "mistakes": ";".join(exercise["mistakes"])},
            **{"status": "graded", "trouble": ""},
        }
        for record in batch["records"]
        for exercise in record["exercises"]
    ]
    assert [row | {name: float(row[name]) for name in ("points", "of")} for row in graded] == expected
    assert any(";" in row["mistakes"] for row in graded)


@pytest.mark.slow
def test_what_could_not_be_read_is_one_row_with_its_trouble_and_no_points(batch):
    unread = [row for row in rows(tables.grades(batch)) if row["status"] == "unread"]
    assert [(row["student"], row["lecture"], row["file"], row["points"], row["exercise"]) for row in unread] == [
        ("", "", "stray.txt", "", ""),
        ("josé", "02", "josé/02.ipynb", "", ""),
    ]
    assert unread[0]["trouble"] == "It is no notebook."


def test_the_rows_are_sorted_and_the_tenth_exercise_stands_behind_the_ninth():
    record = samples.record("ada", "01")
    first = record["exercises"][0]
    record["exercises"] = [first | {"exercise": f"01.{k}"} for k in (10, 9, 2)]
    batch = samples.batch([record | {"student": "zoe"}, record])
    assert [(row["student"], row["exercise"]) for row in rows(tables.grades(batch))] == [
        *[("ada", "01.2"), ("ada", "01.9"), ("ada", "01.10")],
        *[("zoe", "01.2"), ("zoe", "01.9"), ("zoe", "01.10")],
    ]


def test_excel_reads_the_names_and_every_line_ends_as_the_standard_says(batch):
    data = tables.grades(batch)
    assert data.startswith(
        "\ufeffstudent,lecture,exercise,title,points,of,passed,mistakes,status,file,trouble\r\n".encode()
    )
    assert data.count(b"\n") == data.count(b"\r\n") == len(rows(data)) + 1
    assert "josé".encode() in data


def runs(cell):
    """Whether a spreadsheet might take a cell for a formula."""
    first = unicodedata.normalize("NFKC", cell.strip().strip('" \t\r\n\u200d'))[:1]
    return first and (first in SIGNS or first == "−")


def cells_in_any_program(data):
    """The cells, as programs see them that split at a comma, a semicolon, a tab or a stroke."""
    text = data.decode("utf-8-sig")
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            yield from row


HARMFUL = (
    *(
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200d=1",
        "'=1",
        "\x00=1",
    ),
    *("＝1+1", "－1", "＠x", "−1", "x;=1+1", 'x";"=1', "x|@y", "x,=1", 'a"b,=1'),
)


@pytest.mark.parametrize("text", HARMFUL)
def test_no_spreadsheet_finds_a_formula(text):
    record, unread = samples.hostile(text)
    assert [cell for cell in cells_in_any_program(tables.grades(samples.batch([record], [unread]))) if runs(cell)] == []


def test_the_formula_would_be_found_if_it_were_there():
    assert runs("=1") and runs(" ＠x") and runs('"\r\n=1') and not runs("'=1") and not runs("1")
    assert [cell for cell in cells_in_any_program(b'"x;=1",2\r\n3,"x;=1"\r\n') if runs(cell)] == ['=1"']


@given(st.lists(st.text(alphabet="=+-@＝−;,|\"' \t\r\n\u200dx1", max_size=12), min_size=1, max_size=4))
def test_no_text_makes_a_formula(texts):
    unread = [samples.unread(text, "01", text, text) for text in texts]
    data = tables.grades(samples.batch([], unread))
    assert [cell for cell in cells_in_any_program(data) if runs(cell)] == []
    assert len(rows(data)) == len(texts)


@pytest.mark.parametrize("text", samples.HOSTILE, ids=range(len(samples.HOSTILE)))
def test_a_hostile_text_stays_in_its_cell_and_can_be_seen(text):
    record, unread = samples.hostile(text)
    data = tables.grades(samples.batch([record], [unread]))
    shown = data.decode("utf-8-sig").replace("\r\n", "")
    assert len(rows(data)) == 6
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2067\u200f"]
    assert all(len(cell) <= tables.LONGEST + 50 for row in rows(data) for cell in row.values())


def test_points_stay_numbers():
    assert [tables.cell(value) for value in (0.0, 2.0, 2.4, 0.1 + 0.2, 12.345678, 100, True, None)] == [
        *("0", "2", "2.4", "0.3", "12.345678", "100", "true", "")
    ]


def test_results_follow_their_schema(batch):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    document = json.loads(tables.results(batch))
    assert list(validator.iter_errors(document)) == []
    document["records"][0]["seconds"] = 1.0  # a time, for one, would be noticed
    document["records"][0]["exercises"][0]["points"] = "2"
    assert len(list(validator.iter_errors(document))) == 2


def test_every_field_of_results_is_described():
    def undescribed(schema, path="results"):
        if "$ref" in schema:
            schema = SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        for name, field in schema.get("properties", {}).items():
            meant = SCHEMA["$defs"][field["$ref"].removeprefix("#/$defs/")] if "$ref" in field else field
            yield from [] if meant.get("description") else [f"{path}.{name}"]
            yield from undescribed(field, f"{path}.{name}")
        for inner in [schema.get("items", {}), *schema.get("oneOf", [])]:
            yield from undescribed(inner, path) if inner else []

    assert list(undescribed(SCHEMA)) == []


def test_results_hold_all_that_the_records_hold(batch):
    document = json.loads(tables.results(batch))
    assert (document["schema"], document["seed"], document["sandbox"]) == (1, samples.SEED, "bubblewrap")
    by_place = lambda entry: (entry["student"] or "", entry["lecture"] or "")
    assert document["records"] == sorted(batch["records"], key=by_place)
    assert document["unread"] == sorted(batch["unread"], key=by_place)


@pytest.mark.parametrize("text", samples.HOSTILE, ids=range(len(samples.HOSTILE)))
def test_any_reader_of_json_reads_a_hostile_text(text):
    record, unread = samples.hostile(text)
    data = tables.results(samples.batch([record], [unread]))
    document = json.loads(data.decode("ascii"))
    jsonschema.validate(document, SCHEMA)
    assert document["records"][0]["student"] == whole(text)
    assert document["records"][0]["exercises"][0]["found"]["got"].encode() == whole(text).encode()
    assert not set(data) - set(range(0x20, 0x7F)) - {0x0A}


def test_halves_of_pairs_in_two_names_stay_two_names():
    assert whole("a\ud800") == "a[U+D800]" and whole("a\ud801") == "a[U+D801]" and whole("é😀") == "é😀"


def test_the_same_batch_gives_the_same_bytes_in_whatever_order_it_comes(batch):
    def stirred(value):
        if isinstance(value, dict):
            return {key: stirred(value[key]) for key in reversed(value)}
        return value

    rng = random.Random(0)
    other = samples.batch([stirred(record) for record in batch["records"]], batch["unread"])
    for record in other["records"]:
        record["exercises"] = rng.sample(record["exercises"], len(record["exercises"]))
    other = {key: rng.sample(value, len(value)) if isinstance(value, list) else value for key, value in other.items()}
    assert tables.results(other) == tables.results(batch)
    assert tables.grades(other) == tables.grades(batch)


def test_an_empty_batch_is_a_heading_and_a_valid_document(tmp_path):
    tables.write(samples.batch([]), tmp_path)
    assert rows((tmp_path / "grades.csv").read_bytes()) == []
    jsonschema.validate(json.loads((tmp_path / "results.json").read_bytes()), SCHEMA)


def test_a_file_is_replaced_whole(batch, tmp_path):
    for name in ("grades.csv", "results.json"):
        (tmp_path / name).write_text("old")
    with open(tmp_path / "grades.csv") as old:
        tables.write(batch, tmp_path)
        assert old.read() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grades.csv", "results.json"]
    assert (tmp_path / "grades.csv").read_bytes() == tables.grades(batch)


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_left_beside_it(batch, tmp_path):
    (tmp_path / "results.json").mkdir()
    with pytest.raises(OSError) as raised:
        tables.write(batch, tmp_path)
    assert raised.value.filename == str(tmp_path / "results.json") and raised.value.strerror
    assert sorted(path.name for path in tmp_path.iterdir()) == ["grades.csv", "results.json"]
