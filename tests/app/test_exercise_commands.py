"""`karpathy-course check | progress | mutants | new-exercise`, as they are typed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from karpathy_course.app import exercise_commands
from karpathy_course.checks import progress_file
from karpathy_course.checks.authoring import scaffold
from karpathy_course.checks.notebook_cells import Unreadable, read_cells
from karpathy_course.checks.registry import find

ROOT = Path(__file__).resolve().parents[2]
ACCUMULATE = """def accumulate(node):
    for parent, local in zip(node.parents, node.local_derivatives):
        if parent.grad is not None:
            parent.grad += local * node.grad"""


def notebook(path, cells):
    content = scaffold.empty_notebook()
    content["cells"] += [scaffold.code(id, source) for id, source in cells]
    path.write_text(json.dumps(content))
    return path


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv(progress_file.VARIABLE, str(tmp_path / "progress.json"))


def test_a_right_answer_in_a_file_is_0_and_a_wrong_one_1(tmp_path, capsys):
    right = notebook(tmp_path / "a.ipynb", [("answer-02-1", ACCUMULATE), ("check-02-1", "check('02.1').points")])
    assert exercise_commands.check("02.1", right) == 0
    assert "✓ 02.1     2 / 2    Accumulate" in capsys.readouterr().out
    wrong = notebook(tmp_path / "b.ipynb", [("answer-02-1", ACCUMULATE.replace("+=", "="))])
    assert exercise_commands.check("02.1", wrong) == 1
    assert "`=` overwrites" in capsys.readouterr().out
    assert progress_file.entry_of(progress_file.load()[0], "02.1")["attempts"] == 2


def test_json_is_one_document_and_nothing_else(tmp_path, capsys):
    path = notebook(tmp_path / "a.ipynb", [("answer-02-1", ACCUMULATE)])
    assert exercise_commands.check("02", path, json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["points"] == 2.0 and document["rows"][0]["passed"] is True
    assert [row["exercise"] for row in document["rows"]][:2] == ["02.1", "02.2"]
    assert document["rows"][1]["mistakes"] == ["02.2/missing-name"]


@pytest.mark.parametrize(
    "content",
    [b"", b'{"cells": [{"cell_type": "code", "sour', b"[]", b"null", b"\xff\x00", b'{"cells": 3}', b"[" * 10**5],
    ids=range(7),
)
def test_a_mangled_notebook_is_one_line_and_stays_as_it_is(tmp_path, capsys, content):
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    assert exercise_commands.check("02.1", path) == 1
    out = capsys.readouterr()
    assert out.out == "" and len(out.err.splitlines()) == 1 and "reset" in out.err
    assert path.read_bytes() == content


def test_odd_cells_are_passed_over(tmp_path):
    cells = [3, None, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 5, "metadata": [], "id": {}}]
    cells.append({"cell_type": "code", "source": ["x = 1\n", "y = 2"], "metadata": {"nbgrader": 7}})
    path = tmp_path / "a.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    assert [source for _, source in read_cells(path)] == [None, None, "x = 1\ny = 2"]


def test_an_answer_whose_cell_has_lost_its_id_is_found_by_its_name(tmp_path):
    path = notebook(tmp_path / "a.ipynb", [("x1", "y = 1"), ("x2", ACCUMULATE), ("x3", "def other():\n    pass")])
    assert [n for n, _ in read_cells(path, [find("02.1")])] == ["imports", "x1", "answer-02-1", "x3"]
    assert exercise_commands.check("02.1", path) == 0


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(Unreadable, match="cannot be read"):
        read_cells(tmp_path / "no.ipynb")


def run(*words, **more):
    words = [sys.executable, "-m", "karpathy_course", *words]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, **more)


def test_the_command_line_reaches_them(tmp_path):
    path = notebook(tmp_path / "a.ipynb", [("answer-02-1", ACCUMULATE)])
    done = run("check", "02.1", str(path))
    assert (done.returncode, done.stderr) == (0, "")
    done = run("progress")
    assert done.returncode == 0 and "✓  02.1  Accumulate" in done.stdout and done.stderr == ""
    done = run("check", "02.99", str(path))
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1


def test_without_a_copy_of_the_exercises_it_says_what_to_do(tmp_path, monkeypatch, capsys):
    (tmp_path / "karpathy_course").mkdir()
    (tmp_path / "course.py").touch()
    monkeypatch.chdir(tmp_path)
    assert exercise_commands.check("02") == 1
    assert "start `python course.py lab` once" in capsys.readouterr().err


def test_the_table_of_mutants_names_each_and_its_message(capsys):
    assert exercise_commands.mutants("02.1") == 0
    out = capsys.readouterr().out
    assert "✓ mutant      overwrite " in out and "✓ alternative by_index" in out and "✓ mutations   " in out
    assert "✗" not in out


def test_a_new_exercise_is_laid_out_whole_holds_together_and_is_never_written_over(tmp_path):
    for name in ("karpathy_course", "solutions"):
        os.makedirs(tmp_path / name)
    subprocess.run(["cp", "-r", str(ROOT / "karpathy_course"), str(tmp_path)], check=True)
    lines = scaffold.lay_out("16.1", tmp_path)
    assert any("tests/exercises/16_1/mutants.txt" in line for line in lines)
    (tmp_path / "course.py").touch()
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    code = "from karpathy_course.app.exercise_commands import mutants; raise SystemExit(mutants('16.1'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert "✓ solution " in done.stdout and "✓ stub " in done.stdout, done.stdout + done.stderr
    assert "✓ mutant      squared" in done.stdout and "✓ mutations" in done.stdout and done.returncode == 0
    with pytest.raises(FileExistsError, match="already there"):
        scaffold.lay_out("16.1", tmp_path)
    scaffold.lay_out("16.2", tmp_path)
    package = tmp_path / "karpathy_course" / "checks" / "lecture16"
    written = {path.name: path.read_text() for path in package.glob("*.py")}
    assert sorted(written) == ["__init__.py", "exercise_1_twice.py", "exercise_2_twice.py"]
    assert 'id = "16.1"' in written["exercise_1_twice.py"] and 'id = "16.2"' in written["exercise_2_twice.py"]
