"""The progress file: written whole, read tolerantly, never in the way."""

import json
import os
import shutil
import subprocess
import sys
import threading

import pytest

from karpathy_course import check, hint
from karpathy_course.checks import progress_file


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "work" / "progress.json"
    monkeypatch.setenv(progress_file.VARIABLE, str(path))
    return path


def accumulate(node):
    for parent, local in zip(node.parents, node.local_derivatives):
        if parent.grad is not None:
            parent.grad += local * node.grad


def test_attempts_passes_and_hints_are_kept(file, capsys):
    check("02.1", {})
    hint("02.1")
    check("02.1", {"accumulate": accumulate})
    check("02.1", {})
    entry = json.loads(file.read_text())["exercises"]["02.1"]
    assert (entry["attempts"], entry["hints"]) == (3, 1) and entry["passed"]
    assert [p.name for p in file.parent.iterdir()] == ["progress.json"]


@pytest.mark.parametrize(
    "rubbish",
    [b"", b'{"exercises": {"02.1": {"att', b"\xff\xfe\x00", b"[]", b"null", b"[" * 100_000, b"\x00" * 1000],
    ids=range(7),
)
def test_rubbish_is_set_aside_said_in_one_line_and_a_new_file_begun(file, rubbish, capsys):
    file.parent.mkdir()
    file.write_bytes(rubbish)
    assert check("02.1", {"accumulate": accumulate}).passed
    out = capsys.readouterr()
    said = [line for line in out.out.splitlines() if "damaged" in line]
    assert len(said) == 1 and out.err == ""
    assert (file.parent / "progress.damaged-1.json").read_bytes() == rubbish
    assert json.loads(file.read_text())["exercises"]["02.1"]["attempts"] == 1


@pytest.mark.parametrize("value", [3, "a", [], {"02.1": 5}, {"02.1": {"attempts": "many", "hints": -3, "passed": 1}}])
def test_a_file_of_another_shape_is_read_for_what_it_holds(file, value, capsys):
    file.parent.mkdir()
    file.write_text(json.dumps({"exercises": value, "mine": 1}))
    assert check("02.1", {"accumulate": accumulate}).passed
    known = json.loads(file.read_text())
    assert known["exercises"]["02.1"]["attempts"] == 1 and known["mine"] == 1


def test_a_read_only_file_costs_one_line_and_keeps_what_it_holds(file, capsys):
    file.parent.mkdir()
    file.write_text('{"exercises": {}}')
    file.chmod(0o444)
    assert check("02.1", {"accumulate": accumulate}).points == 2.0
    said = capsys.readouterr()
    if not os.access(file, os.W_OK):
        assert sum("could not be written" in line for line in said.out.splitlines()) == 1
        assert file.read_text() == '{"exercises": {}}'
    assert said.err == ""


def test_a_folder_in_its_place_costs_one_line(file, capsys):
    file.mkdir(parents=True)
    assert check("02.1", {"accumulate": accumulate}).passed
    said = capsys.readouterr()
    assert said.out.count("progress") >= 1 and said.err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full") or not shutil.which("bash"), reason="needs a limit on file sizes")
def test_a_full_disk_costs_one_line_and_the_old_file_stays(file, tmp_path):
    file.parent.mkdir()
    file.write_text('{"exercises": {"01.1": {"attempts": 7}}}')
    code = "from karpathy_course import check; print(check('02.1', {}).points)"
    command = f'ulimit -f 0; trap "" XFSZ; exec {sys.executable} -B -c "{code}" | cat'
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=os.environ)
    assert sum("could not be written" in line for line in done.stdout.splitlines()) == 1, done.stdout
    assert done.stderr == "" and "Traceback" not in done.stdout and done.stdout.splitlines()[-1] == "0.0"
    assert json.loads(file.read_text())["exercises"]["01.1"]["attempts"] == 7
    assert [p.name for p in file.parent.iterdir()] == ["progress.json"]


def test_two_writers_never_leave_half_a_file(file):
    def write(n):
        for _ in range(20):
            progress_file.attempted(f"0{n}.1", False, ["x" * 1000])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            if file.exists():
                json.loads(file.read_text())
            thread.join(0.001)
    assert json.loads(file.read_text())["exercises"]


def test_nothing_is_recorded_while_notebooks_are_stored(file, monkeypatch, capsys):
    monkeypatch.delenv(progress_file.VARIABLE)
    monkeypatch.setenv(progress_file.STORING, "1")
    monkeypatch.chdir(file.parent.parent)
    before = progress_file.where()
    known = before.read_bytes() if before.exists() else None
    check("02.1", {})
    assert (before.read_bytes() if before.exists() else None) == known
