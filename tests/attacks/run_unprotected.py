"""Does each attack do what it says? ``python -m tests.attacks.run_unprotected [NAME…]`` runs it without protection.

An attack that fails because of a slip of the pen would test nothing. So each is run here as a careless grader
would run it: in a child that has the course, the judges and the files, inside the outer sandbox alone. Then
its ``# proof:`` is evaluated over what was found: `said` (all that came out as text), `status` (the child's
exit status, or "late"), `seconds`, `megabytes`, `left` (processes that go by its name), `threads`, `files`
(bytes that it has left), `entries` (how many), `changed`, `called`, `harmed`, `tampered` (what of Python and of
the runner it has replaced), `sent` (bytes on pipes that were not its own), `believed` (a grader that compares
with == takes its answers for right), `secrets` (name → word) and `name`.
"""

import builtins
import contextlib
import io
import json
import os
import random
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from karpathy_course.checks.checking import given_by
from karpathy_course.checks.marking import draw_cases
from karpathy_course.checks.registry import find
from karpathy_course.checks.runner import inside_the_box as inner
from karpathy_course.checks.runner import plain_data, probing
from karpathy_course.checks.runner.unsandboxed import cell_name
from tests import machine
from tests.attacks import outer_sandbox
from tests.attacks.attack_answers import attacks, honest_notebook, hostile_cells
from tests.attacks.canaries import Canaries, processes, snapshot

LIMIT = 4.0  # seconds that a child is waited for
MOST = 2_000_000  # characters of what it said that are kept
WATCHED = {
    **{f"builtins.{name}": (builtins, name) for name in ("abs", "float", "isinstance", "len", "type", "print", "open")},
    **{f"json.{name}": (json, name) for name in ("dumps", "loads")},
    **{f"os.{name}": (os, name) for name in ("_exit", "close", "write", "getpid")},
    **{f"signal.{name}": (signal, name) for name in ("setitimer", "signal")},
    **{f"plain_data.{name}": (plain_data, name) for name in ("plain", "_copy", "dumps", "MAX_ITEMS")},
    **{f"inside.{name}": (inner, name) for name in ("dumps", "run_probe", "first_refusal", "run_job")},
    **{f"probing.{name}": (probing, name) for name in ("plain", "quietly", "call_within", "failure", "Muzzle")},
}


def main(names):
    if not machine.has_bubblewrap():
        print(f"attacks are let loose inside bubblewrap only: {machine.without(machine.BUBBLEWRAP)}", file=sys.stderr)
        return 2
    result = outer_sandbox.run(["-m", "tests.attacks.run_unprotected", "--inside", *names], 600)
    print(result.stdout.decode("utf-8", "replace"), end="")
    print(result.stderr.decode("utf-8", "replace")[-2000:], end="", file=sys.stderr)
    return result.returncode


def inside(names):
    canaries = Canaries("/tmp/arena")
    notebook = canaries.neighbour
    notebook.parent.mkdir()
    told = honest_notebook("01")
    told["cells"][1]["source"] = "".join(told["cells"][1]["source"]) + f"\n# {canaries.secrets['neighbour']}"
    notebook.write_text(json.dumps(told))
    wrong = 0
    for attack in attacks():
        if names and attack.name not in names:
            continue
        facts = facts_of(attack, canaries)
        try:
            proved = eval(attack.proof, {"__builtins__": builtins}, facts)
        except Exception as error:
            proved, facts["error"] = False, repr(error)
        wrong += not proved
        print(f"{'✓' if proved else '✗'} {attack.name:<40} {attack.tries}")
        if not proved or names:
            shown = {key: str(value)[:300] for key, value in facts.items() if key != "secrets"}
            print(f"    {attack.proof}\n    {shown}")
    canaries.end()
    print("All do what they say." if not wrong else f"{wrong} do not do what they say: see ✗.")
    return 1 if wrong else 0


def facts_of(attack, canaries):
    """Run the attack in a child of its own; what was found (see above)."""
    places = canaries.places(attack.name, attack.source)
    before = snapshot("/tmp") | snapshot("/dev/shm")
    known = set(processes())
    folder = Path("/tmp/scratch") / attack.name
    folder.mkdir(parents=True)
    ours, theirs = os.pipe()
    foreign, others = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if not child:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(canaries.environment())
        for descriptor in (0, 1, 2):
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
        for descriptor in os.listdir("/proc/self/fd"):
            if int(descriptor) > 2 and int(descriptor) not in (theirs, others):
                with contextlib.suppress(OSError):
                    os.close(int(descriptor))
        os.open(canaries.course / "secret.txt", os.O_RDONLY)  # as a grader has a notebook open
        careless(attack, places, theirs)
    os.close(theirs)
    os.close(others)
    told, sent = listen(ours, foreign, started + LIMIT)
    seconds = time.monotonic() - started
    status, usage = end(child, seconds)
    facts = {"said": "", "threads": 0, "tampered": [], "believed": False} | read(told)
    facts |= {"sent": sent, "status": status, "seconds": seconds, "megabytes": usage.ru_maxrss / 1000}
    facts |= {"name": attack.name, "secrets": canaries.secrets, "called": attack.name in canaries.called}
    facts["left"] = [n for n, words in processes().items() if n not in known and attack.name in words]
    after = snapshot("/tmp") | snapshot("/dev/shm")
    added = set(after) - set(before) - {"/tmp/scratch", str(folder)}
    facts["entries"] = len(added)
    facts["files"] = sum(os.path.getsize(path) for path in added if os.path.isfile(path))
    facts["changed"] = any(after.get(path) != what for path, what in before.items() if path.startswith("/tmp/arena"))
    facts["changed"] |= any(path.startswith("/tmp/arena") for path in added)
    facts["harmed"] = attack.name in canaries.harmed()
    for number in facts["left"]:
        os.kill(number, signal.SIGKILL)
    clean_up(added | {str(folder)})
    return facts


def clean_up(paths):
    """Remove what an attack has left; the program rm does not stumble over depth."""
    paths = [path for path in paths if not path.startswith("/tmp/arena")]
    for path in paths:
        with contextlib.suppress(OSError):
            os.chmod(path, 0o700)
    top = [path for path in paths if os.path.dirname(path) not in paths]
    for i in range(0, len(top), 500):
        subprocess.run(["rm", "-rf", "--", *top[i : i + 500]], check=False, stderr=subprocess.DEVNULL)


def end(child, seconds):
    while seconds < LIMIT + 1:
        number, status, usage = os.wait4(child, os.WNOHANG)
        if number:
            return os.waitstatus_to_exitcode(status), usage
        select.select([], [], [], 0.02)
        seconds += 0.02
    os.kill(child, signal.SIGKILL)
    _, _, usage = os.wait4(child, 0)
    return "late", usage


def listen(*readers_and_end):
    """What arrives on each reader until all are closed, or the time has come; cut at a few MB."""
    *readers, end = readers_and_end
    pieces = {reader: bytearray() for reader in readers}
    waiting = list(readers)
    while waiting and (rest := end - time.monotonic()) > 0:
        for reader in select.select(waiting, [], [], rest)[0]:
            piece = os.read(reader, 1_000_000)
            if len(pieces[reader]) < 4 * MOST:
                pieces[reader] += piece
            if not piece:
                waiting.remove(reader)
    for reader in readers:
        os.close(reader)
    return [bytes(piece) for piece in pieces.values()]


def read(told):
    for line in told.split(b"\n"):
        if line.startswith(b'{"said": ') and b'"believed"' in line:
            return json.loads(line)
    return {"said": told.decode("utf-8", "replace")[:MOST]}


def careless(attack, places, pipe):
    """A grader as one writes it in an afternoon: everything in one process, compared with ==. Never returns."""
    true_write, true_dumps = os.write, json.JSONEncoder().encode
    true = {name: getattr(module, attribute) for name, (module, attribute) in WATCHED.items()}
    codes = {name: getattr(thing, "__code__", None) for name, thing in true.items()}
    handlers = {number: signal.getsignal(number) for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT)}
    exercise = find(attack.exercise)
    cases = draw_cases(exercise, random.Random(5))
    expected = expected_answers(exercise, cases)
    said, believed = [], False
    namespace = {"__name__": "__main__", **given_by(exercise)}
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, LIMIT + 0.5)
    sys.stdout = sys.stderr = Said(said)
    try:
        for name, source in hostile_cells(attack, places):
            if not name.startswith(("check-", "hint-", "answer-")) or name == cell_name(attack.exercise):
                exec(compile(source, f"<cell {name}>", "exec"), namespace)
        for case, right in zip(cases, expected):
            answer = exercise.probe(namespace, case)
            said.append(str(answer)[:MOST])
            believed = bool(answer == right)
            if not believed:
                break
    except BaseException as error:
        try:
            said.append(f"{type(error).__name__}: {error}"[:MOST])
        except BaseException:
            said.append("an error that cannot be written")
    tampered = [name for name, (module, attribute) in WATCHED.items() if getattr(module, attribute) is not true[name]]
    tampered += [name for name, code in codes.items() if getattr(true[name], "__code__", None) is not code]
    tampered += [f"signal {number}" for number, handler in handlers.items() if changed(number, handler)]
    tampered += ["timer"] if not signal.getitimer(signal.ITIMER_REAL)[0] else []
    tampered += ["trace"] if sys.gettrace() or sys.getprofile() else []
    facts = {"said": "".join(said)[:MOST], "threads": threading.active_count(), "believed": believed}
    true_write(pipe, (true_dumps(facts | {"tampered": tampered}) + "\n").encode("utf-8", "replace"))
    sys.stdout = sys.stderr = None
    raise SystemExit(0)  # as a program ends: what waits for the end gets its turn


class Said(io.TextIOBase):
    """Takes what is printed, up to a bound."""

    def __init__(self, pieces):
        self.pieces, self.length = pieces, 0

    def write(self, text):
        if self.length < MOST:
            self.pieces.append(str(text)[:MOST])
        self.length += len(text)
        return len(text)


def changed(number, handler):
    now = signal.getsignal(number)
    return now is not handler and not (number == signal.SIGALRM and now == signal.SIG_DFL)


def expected_answers(exercise, cases):
    """What the solution answers: the careless grader compares with that."""
    namespace = {"__name__": "__main__", **given_by(exercise)}
    for cell in honest_notebook(exercise.id[:2])["cells"]:
        if cell["cell_type"] == "code" and not cell["id"].startswith(("check-", "hint-")):
            exec("".join(cell["source"]), namespace)
    namespace.update(given_by(exercise))
    return [exercise.probe(namespace, case) for case in cases]


if __name__ == "__main__":
    inner = sys.argv[1:2] == ["--inside"]
    sys.exit(inside(sys.argv[2:]) if inner else main(sys.argv[1:]))
