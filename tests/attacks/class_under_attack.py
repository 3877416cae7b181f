"""A class in which nearly everybody attacks: built, graded, and looked at afterwards, inside the outer sandbox.

``grade(mode)`` hands in every attack, an honest neighbour beside every third one, and runs the command itself as
an instructor would. What comes back is one dict of plain data: the marks, what was written where, who called,
whose canary is dead, and what is left of processes and files. `hand_in_files` does the same with hostile files.
With torch loaded every attack takes a second more; a sample of them, the same on every run, is tried so in CI.
"""

import json
import os
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path

from tests.attacks import hostile_files, outer_sandbox
from tests.attacks.attack_answers import attacks, honest_notebook, hostile_notebook
from tests.attacks.canaries import Canaries, processes, snapshot

ROOT = Path("/tmp/arena")
OTHERS = str(Path(__file__).resolve().parents[2] / ".hypothesis")  # other tests write there, and it may be in /tmp
NOTEBOOKS = {
    "01": "01_the_derivative_you_can_poke.ipynb",
    "02": "02_backprop_on_any_graph.ipynb",
    "03": "03_the_tape_and_the_trace.ipynb",
}
EXERCISE_SECONDS, SUBMISSION_SECONDS, BATCH_SECONDS = 1, 30, 400
SAMPLE = 6  # with torch loaded, one attack of so many
HONEST = "-honest"  # behind the name of the attack beside which the neighbour sits


def grade(mode, library="", every=1):
    """What came of the attacks (one of every so many), graded in this mode, with a library loaded or none."""
    return _outside("attacks", mode, library, str(every))


def hand_in_files():
    """What came of `hostile_files`, graded by the strongest sandbox."""
    return _outside("files", "bubblewrap")


def tried(every=1):
    """The attacks that can be tried on this machine's processor; of these one of every so many."""
    return [attack for attack in attacks() if attack.needs in (None, platform.machine())][::every]


def _outside(what, *words):
    seconds = BATCH_SECONDS * (4 if words[1:2] > ("",) else 1) + 60
    result = outer_sandbox.run(["-m", "tests.attacks.class_under_attack", what, *words], seconds)
    if result.returncode:
        raise RuntimeError(
            f"the class under attack could not be graded: {result.stderr.decode('utf-8', 'replace')[-3000:]}"
        )
    return json.loads(result.stdout)


def inside(what, mode, library="", every="1"):
    canaries = Canaries(ROOT)
    write(canaries.neighbour.parent, "01", with_secret(canaries))
    if what == "attacks":
        fill(canaries, int(every))
    else:
        hostile_files.build_all(canaries.submissions, canaries)
        hostile_files.build_names(canaries.submissions)
    found = run(canaries, mode, library)
    canaries.end()
    return found


def fill(canaries, every):
    for number, attack in enumerate(tried(every)):
        places = canaries.places(attack.name, attack.source)
        write(canaries.submissions / attack.name, attack.lecture, hostile_notebook(attack, places))
        if number % 3 == 0:
            write(canaries.submissions / (attack.name + HONEST), attack.lecture, honest_notebook(attack.lecture))


def write(folder, lecture, notebook):
    folder.mkdir()
    (folder / NOTEBOOKS[lecture]).write_text(json.dumps(notebook), encoding="utf-8")


def with_secret(canaries):
    """A notebook in which a student has written down what nobody else may read."""
    notebook = honest_notebook("01")
    source = "".join(notebook["cells"][1]["source"])
    notebook["cells"][1]["source"] = f"{source}\n# {canaries.secrets['neighbour']}"
    return notebook


def run(canaries, mode, library=""):
    """Run the command, and look at everything afterwards."""
    out = canaries.root / "out"
    program = ["tests.attacks.grade_with_libraries", library] if library else ["karpathy_course"]
    words = [sys.executable, "-m", *program, "grade", str(canaries.submissions), "--out", str(out)]
    words += ["--seed", "7", "--sandbox", mode, "--workers", "4" if library else "8"]
    whole = SUBMISSION_SECONDS * (4 if library else 1)
    words += ["--exercise-seconds", str(EXERCISE_SECONDS), "--submission-seconds", str(whole)]
    places = ("/tmp", "/dev/shm")
    before = {place: snapshot(place, leave_out=(OTHERS,)) for place in places}
    known, started = set(processes()), time.monotonic()
    with open("/tmp/said", "wb") as said:
        command = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=canaries.environment(), cwd=canaries.home
        )
        try:
            status = command.wait(timeout=BATCH_SECONDS * (4 if library else 1))
        except subprocess.TimeoutExpired:
            command.kill()
            status = "late"
    seconds, usage = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    left = {n: words for n, words in processes().items() if n not in known}
    said = Path("/tmp/said").read_bytes()
    os.remove("/tmp/said")
    after = {place: snapshot(place, leave_out=(str(out), OTHERS)) for place in places}
    differs = [path for place in places for path in {*before[place], *after[place]}
               if before[place].get(path) != after[place].get(path)]  # fmt: skip
    return {
        "status": status,
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "megabytes": usage.ru_maxrss / 1000,
        "said": said[-3000:].decode("utf-8", "replace"),
        "escapes": said.count(b"\x1b"),
        **marks(out, canaries),
        "reports": reports(out, said, canaries),
        "called": sorted(canaries.called),
        "harmed": sorted(canaries.harmed()),
        "left": sorted(left.values()),
        "segments": max(0, len(Path("/proc/sysvipc/shm").read_text().splitlines()) - 1),
        "changed": sorted(path for path in differs if path.startswith(str(canaries.course)) or
                          path.startswith(str(canaries.home))),
        "litter": sorted(path for path in differs if not path.startswith(str(canaries.root))),
        "submissions": len(list(canaries.submissions.iterdir())),
    }  # fmt: skip


def marks(out, canaries):
    """``records``: student → points of each exercise and what was said of them; ``unread``."""
    try:
        batch = json.loads((out / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return {"records": {}, "unread": [], "no results": repr(error)}
    records = {}
    for record in batch["records"]:
        exercises = {row["exercise"]: [row["points"], row["of"]] for row in record["exercises"]}
        told = json.dumps(record, ensure_ascii=False)
        leaked = [what for what, secret in canaries.secrets.items() if secret in told]
        says = {"reached": "REACHED" in told, "leaked": leaked, "length": len(told)}
        records[record["student"]] = {"exercises": exercises, **says}
    return {"records": records, "unread": batch["unread"]}


def reports(out, said, canaries):
    """What must not stand in anything that the grader has written: secrets, live HTML, formulas."""
    found = {"secrets": [], "scripts": [], "formulas": [], "strangers": [], "megabytes": 0.0, "pages": 0}
    written = [("what the command said", said)]
    for place, folders, names in os.walk(out):
        if len(place) > 300:  # what somebody has nested too deeply to be removed
            folders.clear()
        for name in (*folders, *names):
            path = Path(place, name)
            inner = str(path.relative_to(out))
            if path.is_symlink() or not (path.is_dir() or path.is_file()):
                found["strangers"].append(inner[:100])
            elif path.is_file():
                content = path.read_bytes()
                written.append((inner, content))
                if content.startswith(b"REACHED"):  # a result that the grader has not written
                    found["strangers"].append(inner)
    for name, content in written:
        found["megabytes"] += len(content) / 1e6
        for what, secret in canaries.secrets.items():
            if secret.encode() in content:
                found["secrets"].append([what, name])
        if name.endswith(".html"):
            found["pages"] += 1
            lower = content.lower()
            if any(word in lower for word in (b"<script>alert", b"<img src=x", b"<svg onload")):
                found["scripts"].append(name)
        if name.endswith(".csv"):
            found["formulas"] += formulas(content)
    return found


def formulas(content):
    """The cells of a table that a spreadsheet would compute."""
    import csv
    import io

    rows = csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline=""))
    return [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r" and cell and not is_number(cell)]


def is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    json.dump(inside(*sys.argv[1:]), sys.stdout)
