"""`karpathy-course grade` as an instructor meets it: exit codes, files, stopping, going on, bad input."""

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from karpathy_course.checks.authoring.trials import named_trials
from karpathy_course.checks.registry import of_lecture
from karpathy_course.grading.results_store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SOLUTION = next((ROOT / "solutions").glob("01_*.ipynb"))
BLANK = ROOT / "exercises" / SOLUTION.name
ANSWERED = of_lecture("01")[:2]  # the exercises whose mutants and alternatives are handed in
ORDINARY = {"grades.csv", "results.json", "timings.json", "students", ".store"}


def words(*more):
    return [sys.executable, "-m", "karpathy_course", "grade", *map(str, more)]


def grade(*more, **options):
    """The finished command; its working directory is the course's."""
    return subprocess.run(words(*more), capture_output=True, text=True, cwd=ROOT, timeout=300, **options)


def rows(out):
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def points(out):
    """``{student: points}`` of a finished run."""
    found = {}
    for row in rows(out):
        if row["status"] == "graded":
            found[row["student"]] = found.get(row["student"], 0.0) + float(row["points"])
    return found


def with_answers(sources, origin=SOLUTION):
    """A notebook whose answers to some exercises are replaced: {id: source}."""
    notebook = json.loads(origin.read_text(encoding="utf-8"))
    cells = {cell["id"]: cell for cell in notebook["cells"]}
    for id, source in sources.items():
        cells[f"answer-{id.replace('.', '-')}"]["source"] = source
    return json.dumps(notebook)


def hand_in(folder, student, text):
    (folder / student).mkdir(parents=True)
    (folder / student / SOLUTION.name).write_text(text, encoding="utf-8")


def hand_in_trials(folder, kind, most=None):
    """Students kind-1, kind-2, …: each with one mutant, or one alternative, of every one of ANSWERED."""
    trials = {exercise: [t.source for t in named_trials(exercise) if t.kind == kind][:most] for exercise in ANSWERED}
    for number in range(max(map(len, trials.values()))):
        chosen = {e.id: sources[number] for e, sources in trials.items() if number < len(sources)}
        hand_in(folder, f"{kind}-{number + 1}", with_answers(chosen))


@pytest.fixture
def a_class(tmp_path):
    """A folder of submissions: one perfect, one blank, and a few wrong and differently written ones."""
    folder = tmp_path / "submissions"
    hand_in(folder, "ada", SOLUTION.read_text(encoding="utf-8"))
    hand_in(folder, "bob", BLANK.read_text(encoding="utf-8"))
    for kind in ("mutant", "alternative"):
        hand_in_trials(folder, kind, most=2)
    return folder


@pytest.fixture
def a_larger_class(a_class):
    """One that takes longer to grade than the command takes to start."""
    for number in range(12):
        shutil.copytree(a_class / "mutant-1", a_class / f"more-{number}")
    return a_class


def final_files(out):
    """The bytes of all that a run leaves for people, durations aside."""
    files = [p for p in sorted(out.rglob("*")) if p.is_file() and ".store" not in p.parts and p.name != "timings.json"]
    return {str(path.relative_to(out)): path.read_bytes() for path in files}


FULL = pytest.param("bubblewrap", marks=pytest.mark.needs("bubblewrap"))


@pytest.mark.parametrize("mode", [FULL, "landlock", "process"])
def test_honest_work_earns_what_it_is_worth_in_every_mode_and_the_mode_is_told(mode, tmp_path):
    """Every mutant and every alternative of two exercises."""
    if mode != "process" and sys.platform != "linux":
        pytest.skip("a mode of Linux")
    folder, out = tmp_path / "submissions", tmp_path / "out"
    hand_in(folder, "ada", SOLUTION.read_text(encoding="utf-8"))
    hand_in(folder, "bob", BLANK.read_text(encoding="utf-8"))
    for kind in ("mutant", "alternative"):
        hand_in_trials(folder, kind)
    done = grade(folder, "--out", out, "--sandbox", mode, "--seed", 5)
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "results.json").read_text())["sandbox"] == mode
    assert (done.stderr == "") == (mode == "bubblewrap")
    earned, of = points(out), sum(exercise.points for exercise in of_lecture("01"))
    assert earned["ada"] == of and earned["bob"] == 0.0
    mutants = {e.id: sum(t.kind == "mutant" for t in named_trials(e)) for e in ANSWERED}
    assert len(earned) == 2 + max(mutants.values()) + sum(name.startswith("alternative-") for name in earned)
    for row in rows(out):
        student, _, number = row["student"].partition("-")
        wrong = student == "bob" or (student == "mutant" and int(number) <= mutants.get(row["exercise"], 0))
        assert (float(row["points"]) == float(row["of"])) == (not wrong), row


def test_the_files_are_there_and_the_summary_names_the_seed_and_the_sandbox(a_class, tmp_path):
    out = tmp_path / "out"
    done = grade(a_class, "--out", out)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} == ORDINARY
    assert (out / "students" / "ada.html").is_file()
    timings = json.loads((out / "timings.json").read_text())
    assert set(timings) == set(points(out)) and timings["ada"]["01"]["exercises"]["01.1"]["learner_cpu_seconds"] >= 0
    assert "seed" in done.stdout and "sandbox" in done.stdout


def test_json_prints_one_document_and_nothing_else(a_class, tmp_path):
    done = grade(a_class, "--out", tmp_path / "out", "--json", "--seed", 5)
    assert json.loads(done.stdout)["seed"] == 5
    assert json.loads(done.stdout) == json.loads((tmp_path / "out" / "results.json").read_text())


def test_a_run_killed_ten_times_ends_in_the_same_bytes(a_larger_class, tmp_path):
    a_class = a_larger_class
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    started = time.monotonic()
    assert grade(a_class, "--out", whole, "--seed", 11).returncode == 0
    took = time.monotonic() - started
    draw, stored = random.Random(7), []
    for _ in range(10):
        process = subprocess.Popen(
            words(a_class, "--out", broken, "--seed", 11),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        try:
            process.wait(timeout=draw.uniform(0.2, 0.6) * took)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        process.wait()
        stored.append(len(list((broken / ".store").glob("*.record.json"))) if broken.exists() else 0)
    assert stored == sorted(stored) and stored[-1] > 0  # nothing that was found is lost
    assert grade(a_class, "--out", broken, "--seed", 11).returncode == 0
    assert final_files(broken) == final_files(whole)
    assert not Store(broken).scratch.exists()


def test_what_a_killed_run_has_half_written_is_gone_after_the_next(a_class, tmp_path):
    out = tmp_path / "out"
    assert grade(a_class, "--out", out).returncode == 0
    halves = [out / ".grades.csv.1.writing", out / "students" / ".ada.html.1.writing", out / ".store" / ".x.1.writing"]
    for half in halves:
        half.write_text("cut o")
    assert grade(a_class, "--out", out).returncode == 0
    assert not any(half.exists() for half in halves)


def test_only_what_changed_is_graded_again(a_class, tmp_path):
    out = tmp_path / "out"
    grade(a_class, "--out", out)
    before = {path.name: path.stat().st_mtime_ns for path in (out / ".store").glob("*.record.json")}
    seed = json.loads((out / "results.json").read_text())["seed"]
    shutil.copy(SOLUTION, a_class / "bob" / SOLUTION.name)
    (a_class / "carl").mkdir()
    shutil.copy(BLANK, a_class / "carl" / SOLUTION.name)
    grade(a_class, "--out", out)
    after = {path.name: path.stat().st_mtime_ns for path in (out / ".store").glob("*.record.json")}
    assert sum(before.get(name) != time for name, time in after.items()) == 2
    assert points(out)["bob"] == points(out)["ada"] and points(out)["carl"] == 0.0
    assert json.loads((out / "results.json").read_text())["seed"] == seed


def test_regrade_takes_a_student_or_an_exercise_and_gives_the_same(a_class, tmp_path):
    out = tmp_path / "out"
    grade(a_class, "--out", out, "--seed", 3)
    first = final_files(out)
    for wanted, how_many in (("ada", 1), ("01.2", len(points(out)))):
        before = {path.name: path.stat().st_mtime_ns for path in (out / ".store").glob("*.record.json")}
        assert grade(a_class, "--out", out, "--regrade", wanted).returncode == 0
        after = {path.name: path.stat().st_mtime_ns for path in (out / ".store").glob("*.record.json")}
        assert sum(before[name] != time for name, time in after.items()) == how_many
        assert final_files(out) == first
    done = grade(a_class, "--out", out, "--regrade", "nobody")
    assert done.returncode == 2 and "nobody" in done.stderr and done.stderr.count("\n") == 1


@pytest.mark.needs("bubblewrap")
def test_what_a_weaker_sandbox_found_is_graded_again_in_a_stronger_one(a_class, tmp_path):
    out = tmp_path / "out"
    modes = []
    for mode in ("process", "bubblewrap", "landlock"):
        if mode != "process" and sys.platform != "linux":
            pytest.skip("a mode of Linux")
        assert grade(a_class, "--out", out, "--sandbox", mode, "--seed", 3).returncode == 0
        modes.append({record["sandbox"] for record in json.loads((out / "results.json").read_text())["records"]})
    assert modes == [{"process"}, {"bubblewrap"}, {"bubblewrap"}]


def test_a_damaged_store_is_graded_again(a_class, tmp_path):
    out = tmp_path / "out"
    grade(a_class, "--out", out, "--seed", 3)
    first = final_files(out)
    stored = sorted((out / ".store").glob("*.json"))
    assert len(stored) > 5
    for number, path in enumerate(stored):
        path.write_bytes([b"", b"[]", b'{"key": 1}', path.read_bytes()[:-9], b"\xff\xfe"][number % 5])
    assert grade(a_class, "--out", out, "--seed", 3).returncode == 0
    assert final_files(out) == first


def test_pages_of_students_who_left_go_and_what_others_put_there_stays(a_class, tmp_path):
    out = tmp_path / "out"
    grade(a_class, "--out", out)
    (out / "students" / "mine.html").write_text("mine")
    shutil.rmtree(a_class / "bob")
    grade(a_class, "--out", out)
    names = {path.name for path in (out / "students").iterdir()}
    assert "mine.html" in names and "ada.html" in names and "bob.html" not in names


def test_one_that_cannot_be_read_is_named_and_the_others_are_graded(a_class, tmp_path):
    (a_class / "bob" / SOLUTION.name).write_text('{"cells": [')
    (a_class / "ada" / "01_second.ipynb").write_bytes(SOLUTION.read_bytes())
    done = grade(a_class, "--out", tmp_path / "out")
    assert done.returncode == 1
    told = [line for line in done.stdout.splitlines() if line.startswith("not graded: ")]
    assert len(told) == 3 and all("ada" in line or "bob" in line for line in told)
    assert set(points(tmp_path / "out")) == {path.name for path in a_class.iterdir()} - {"ada", "bob"}


def test_an_out_inside_the_submissions_is_refused_whatever_a_student_has_planted_there(a_class):
    planted = a_class / "ada" / "out" / ".store" / "batch.json"
    planted.parent.mkdir(parents=True)
    planted.write_text('{"seed": 1}')
    for out in (a_class / "out", a_class / "ada" / "out"):
        done = grade(a_class, "--out", out)
        assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
        assert "where students can write: name a folder beside it" in done.stderr
    assert not (a_class / "out").exists() and planted.read_text() == '{"seed": 1}'


@pytest.mark.parametrize(
    "more, said",
    [
        (["--sandbox", "wishful"], "none of bubblewrap, landlock, process"),
        (["--workers", "0"], "--workers"),
        (["--seed", "x"], "--seed"),
        (["--exercise-seconds", "0"], "--exercise-seconds"),
        (["--sandbox", "process", "--require-sandbox"], "process is weaker"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(more, said, a_class, tmp_path):
    done = grade(a_class, "--out", tmp_path / "out", *more)
    assert done.returncode == 2 and said in done.stderr and done.stderr.count("\n") == 1, done.stderr


def test_folders_that_cannot_be_meant_are_one_line(a_class, tmp_path):
    (tmp_path / "empty").mkdir()
    for submissions, out in (
        (a_class, a_class),
        (tmp_path / "empty", tmp_path / "o"),
        (tmp_path / "no", tmp_path / "o"),
    ):
        done = grade(submissions, "--out", out)
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
    assert {path.name for path in a_class.iterdir()} >= {"ada", "bob"} and not (a_class / "grades.csv").exists()


def test_two_runs_do_not_write_to_one_folder(a_class, tmp_path):
    from filelock import FileLock

    out = tmp_path / "out"
    (out / ".store").mkdir(parents=True)
    with FileLock(out / ".store" / "lock"):
        done = grade(a_class, "--out", out)
    assert done.returncode == 2 and "another run is writing" in done.stderr and done.stderr.count("\n") == 1
    assert grade(a_class, "--out", out).returncode == 0


def test_an_out_that_is_a_file_is_one_line(a_class, tmp_path):
    (tmp_path / "out").write_text("mine")
    done = grade(a_class, "--out", tmp_path / "out")
    assert done.returncode in (1, 2) and done.stderr.count("\n") == 1, done.stderr
    assert (tmp_path / "out").read_text() == "mine"


@pytest.mark.needs("bubblewrap")  # which makes the small disk
def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(a_class, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    small = ["bwrap", "--dev-bind", "/", "/", "--size", str(64 * 1024), "--tmpfs", str(out)]
    done = subprocess.run(
        [*small, *words(a_class, "--out", out, "--sandbox", "process")], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 1 and "no space is left on the disk" in done.stderr, done.stderr
    assert "Traceback" not in done.stderr
    assert grade(a_class, "--out", out).returncode == 0


def test_ctrl_c_ends_it_and_nothing_runs_on(a_larger_class, tmp_path):
    a_class, out = a_larger_class, tmp_path / "out"
    process = subprocess.Popen(
        words(a_class, "--out", out),
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a test run may ignore it
    )
    while not list(out.glob(".store/*.record.json")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and said.strip().endswith("stopped."), said
    assert grade(a_class, "--out", out).returncode == 0


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="looks at /proc")
@pytest.mark.parametrize("mode", [FULL, "landlock", "process"])
def test_after_a_kill_nothing_of_it_lives_on(mode, a_class, tmp_path):
    """An answer that never ends is under way when the grader is killed."""
    for folder in sorted(a_class.iterdir()):
        if folder.name != "ada":
            shutil.rmtree(folder)
    source = "import itertools\nx = sum(itertools.repeat(0))"
    (a_class / "ada" / SOLUTION.name).write_text(with_answers({"01.1": source}), encoding="utf-8")
    out = tmp_path / mode
    process = subprocess.Popen(words(a_class, "--out", out, "--sandbox", mode), cwd=ROOT, stderr=subprocess.DEVNULL)
    while not busy(descendants(process.pid)):
        assert process.poll() is None
        time.sleep(0.02)
    below = descendants(process.pid)
    process.kill()
    process.wait()
    end = time.monotonic() + 10
    while alive := below & set(everybody()):
        assert time.monotonic() < end, alive
        time.sleep(0.05)


def everybody():
    """``{(pid, start time): (parent's pid, CPU time in ticks)}`` of the processes that can be seen."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        found[int(path.parent.name), fields[19]] = int(fields[1]), int(fields[11])
    return found


def descendants(pid):
    """The (pid, start time) of the processes below one."""
    people, found, parents = everybody(), set(), {pid}
    while more := {who for who, (parent, _) in people.items() if parent in parents and who not in found}:
        found |= more
        parents = {who[0] for who in more}
    return found


def busy(processes):
    """Those that have run for a second: the answer that never ends."""
    people = everybody()
    return {who for who in processes if who in people and people[who][1] > os.sysconf("SC_CLK_TCK")}


@pytest.mark.parametrize("mode", ["landlock", "process"])
def test_an_answer_finds_no_path_of_the_results_in_its_own(tmp_path, mode):
    if mode == "landlock" and sys.platform != "linux":
        pytest.skip("a mode of Linux")
    source = "import os, sys\n\ndef numerical_grad(*a, **k):\n"
    source += "    raise RuntimeError(f'I am in {os.getcwd()} {sys.path} {list(os.environ.values())}'[-190:])"
    out, folder = tmp_path / "the-results", tmp_path / "submissions" / "eve"
    folder.mkdir(parents=True)
    (folder / SOLUTION.name).write_text(with_answers({"01.1": source}), encoding="utf-8")
    assert grade(folder.parent, "--out", out, "--sandbox", mode).returncode == 0
    found = (out / "results.json").read_text()
    assert "RuntimeError" in found and "the-results" not in found and not Store(out).scratch.exists()
