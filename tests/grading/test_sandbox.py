"""What each mode of the sandbox keeps from an answer, tried on this machine."""

import errno
import json
import os
import subprocess
import sys
import time

import pytest

from karpathy_course.checks.exercise import Exercise
from karpathy_course.grading.sandbox import modes, seccomp_filter
from tests.grading.living import living_children

CASE = {"property": "all"}
LINUX = sys.platform == "linux"


class Asked(Exercise):
    """An exercise whose answer is a function that says what it found."""

    id = "00.2"
    needs = ("answer",)
    properties = {"all": 1.0}
    seconds = 5.0

    @staticmethod
    def probe(namespace, case):
        return namespace["answer"]()


FULL = pytest.param("bubblewrap", marks=pytest.mark.needs("bubblewrap"))


@pytest.fixture(params=[FULL, "landlock", "process"])
def boxes(request, tmp_path):
    if not LINUX and request.param != "process":
        pytest.skip("a mode of Linux")
    found, _ = modes.find(request.param, tmp_path)
    return found


def asked(boxes, source, seconds=60):
    """The outcome of an answer: indented lines of a function, whose last returns plain data."""
    lines = "\n".join(f"    {line}" for line in source.strip().splitlines())
    with boxes.box(seconds) as box:
        box.send(Asked, [["answer-00-2", f"def answer():\n{lines}"]], [CASE])
        return box.take([CASE])["outcomes"][0]


def test_an_answer_gets_python_and_numpy_and_nothing_of_the_course(boxes):
    found = asked(
        boxes,
        """
import sqlite3, fractions
import numpy as np
missing = []
for name in ("karpathy_course.grading", "karpathy_course.checks.authoring", "torch", "matplotlib", "nbformat"):
    try:
        __import__(name)
    except ImportError:
        missing.append(name)
return [float(np.ones(3) @ np.ones(3)), missing]
""",
    )
    assert found["answer"][0] == 3.0 and len(found["answer"][1]) == 5


def test_an_answer_finds_no_variable_of_the_graders(boxes, monkeypatch):
    monkeypatch.setenv("CANARY", "sings")
    names = asked(boxes, "import os\nreturn sorted(os.environ)")["answer"]
    assert "CANARY" not in names and set(names) <= {
        *("PYTHONHASHSEED", "PYTHONUTF8", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
        *("HOME", "TMPDIR", "TMP", "TEMP", "LANG", "PWD", "LC_CTYPE", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    }


@pytest.mark.parametrize(
    "deed",
    [
        "os.fork() or os._exit(0)",
        "socket.socket()",
        "socket.socketpair()",
        "os.kill(os.getppid(), 0)",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.chmod('.', 0o777)",
        "os.utime('.', (0, 0))",
        "os.mknod('x', 0o600 | 0o010000)",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU)",
        "os.sched_setaffinity(os.getppid(), {0})",
        "os.pidfd_open(os.getppid())",
        "os.memfd_create('x')",
    ],
)
@pytest.mark.skipif(not LINUX, reason="a filter of Linux")
def test_the_kernel_refuses_what_no_answer_needs(deed, tmp_path):
    """In the weakest mode, where nothing else stands in the way."""
    boxes, _ = modes.find("process", tmp_path)
    source = (
        f"import os, socket, resource\ntry:\n    {deed}\nexcept PermissionError:\n    return 'refused'\nreturn 'done'"
    )
    assert asked(boxes, source) == {"answer": "refused"}


@pytest.mark.skipif(not LINUX, reason="a filter of Linux")
def test_an_answer_may_have_threads_but_only_so_much_memory(boxes):
    source = """
import threading
done = []
thread = threading.Thread(target=done.append, args=(1,))
thread.start()
thread.join()
try:
    bytearray(2 * 2**30)
except MemoryError:
    done.append("no more")
return done
"""
    assert asked(boxes, source) == {"answer": [1, "no more"]}


def test_a_file_has_an_end_and_all_files_together_have_one_in_the_full_sandbox(boxes):
    source = """
import os
def write(path, size):
    with open(path, "wb") as file:
        for _ in range(size):
            file.write(bytes(2**20))
        file.flush()
ends = []
for number in range(20):
    try:
        write(os.path.join(os.environ["HOME"], f"file{number}"), 40 if number == 0 else 4)
    except OSError as error:
        ends.append(number)
return ends
"""
    ends = asked(boxes, source)["answer"]
    assert ends[:1] == [0] and (len(ends) > 1) == (boxes.mode == "bubblewrap")


@pytest.mark.skipif(not LINUX, reason="modes of Linux")
@pytest.mark.parametrize("mode", [FULL, "landlock"])
def test_files_of_the_grader_lie_beyond_reach(mode, tmp_path):
    boxes, _ = modes.find(mode, tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("canary")
    (tmp_path / "solutions").mkdir()
    places = [str(secret), str(tmp_path / "solutions"), __file__, "/etc/passwd", "/proc/self/environ", "/proc/1/maps"]
    source = f"""
import os
reached = []
for place in {places!r}:
    try:
        os.listdir(place) if os.path.isdir(place) else open(place).read()
        reached.append(place)
    except OSError:
        pass
for deed in (lambda: open({str(secret)!r}, "a"), lambda: os.rename({str(secret)!r}, {str(tmp_path / "x")!r}),
             lambda: os.unlink({str(secret)!r}), lambda: os.truncate({str(secret)!r}, 0),
             lambda: os.link({str(secret)!r}, "link"), lambda: os.mkdir({str(tmp_path / "y")!r})):
    try:
        deed()
        reached.append("changed")
    except OSError:
        pass
return reached
"""
    assert asked(boxes, source) == {"answer": []}
    assert secret.read_text() == "canary" and sorted(p.name for p in tmp_path.iterdir()) == ["secret", "solutions"]


def test_a_child_has_no_way_to_speak_for_another(boxes):
    """Every descriptor but its own pipe is closed, and what it writes there is read as its own."""
    source = """
import os
written = 0
for descriptor in range(3, 256):
    try:
        os.write(descriptor, b'[1, "{\\\\"outcome\\\\": {\\\\"answer\\\\": 42}}", null]\\n[1, null, {}]\\n')
        written += 1
    except OSError:
        pass
return written
"""
    lines = "\n".join(f"    {line}" for line in source.strip().splitlines())
    with boxes.box(60) as box:
        box.send(Asked, [["answer-00-2", f"def answer():\n{lines}"]], [CASE])
        box.send(Asked, [["answer-00-2", "def answer():\n    return 'honest'"]], [CASE])
        assert box.take([CASE])["outcomes"] == [{"failed": "died"}]  # it said more than there was to say
        assert box.take([CASE])["outcomes"] == [{"answer": "honest"}]


@pytest.mark.slow
def test_nothing_runs_on_after_the_deadline_of_the_box(boxes):
    started, before = time.monotonic(), living_children()
    outcome = asked(boxes, "import itertools\nreturn sum(itertools.repeat(0))", seconds=1.5)
    assert outcome == {"failed": "expired"} and time.monotonic() - started < 15
    assert not living_children().keys() - before.keys()


def test_random_numbers_and_the_order_of_sets_are_the_same_in_every_run(boxes):
    source = "import random\nreturn [random.random(), list({'a', 'b', 'c', 'd', 'e'})]"
    assert asked(boxes, source) == asked(boxes, source)


@pytest.mark.skipif(not LINUX, reason="bubblewrap runs on Linux")
def test_a_bwrap_that_refuses_is_no_sandbox_and_says_why(tmp_path, monkeypatch):
    """As in a container: it is on the path, and does not work."""
    fake = tmp_path / "bin" / "bwrap"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(fake.parent))
    found, reasons = modes.find(None, tmp_path)
    assert found.mode == "landlock"
    assert reasons == ["bubblewrap does not start here: bwrap: No permissions to create new namespace"]
    with pytest.raises(modes.Unavailable, match="No permissions"):
        modes.find("bubblewrap", tmp_path)


@pytest.mark.needs("bubblewrap")
def test_a_sandbox_that_holds_nothing_is_found_out(tmp_path, monkeypatch):
    boxes, _ = modes.find("bubblewrap", tmp_path)
    boxes.words += ["--bind", str(tmp_path), str(tmp_path)]
    with pytest.raises(modes.Unavailable, match="an answer reached files, writing"):
        modes.try_out(boxes)


def test_the_filter_knows_two_processors_and_no_other():
    assert len(seccomp_filter.program("x86_64")) % 8 == 0 and len(seccomp_filter.program("aarch64")) % 8 == 0
    assert (
        seccomp_filter.program("x86_64") != seccomp_filter.program("aarch64")
        and seccomp_filter.program("riscv64") is None
    )


@pytest.mark.skipif(not LINUX, reason="numbers of Linux")
def test_the_numbers_of_the_calls_are_the_kernels():
    header = "/usr/include/asm-generic/unistd.h", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"
    if not all(map(os.path.exists, header)):
        pytest.skip("the kernel's headers are not installed")
    for column, path in ((1, header[0]), (0, header[1])):
        text = subprocess.run(["cpp", "-dM", path], capture_output=True, text=True, check=True).stdout
        numbers = dict(line.split()[1:3] for line in text.splitlines() if line.startswith("#define __NR"))
        for name, call in seccomp_filter.CALLS.items():
            known = numbers.get(f"__NR_{name}", numbers.get(f"__NR3264_{name}"))
            if known and known.isdigit() and call[column] is not None:
                assert (name, call[column]) == (name, int(known))


def test_what_a_box_is_told_is_plain_data(boxes):
    assert json.loads(json.dumps(boxes.confine)) == boxes.confine


@pytest.mark.slow
def test_folders_however_deep_and_closed_are_gone_afterwards(boxes, tmp_path):
    source = """
import os
os.chdir(os.environ["HOME"])
for _ in range(1500):
    os.mkdir("deeper")
    os.chdir("deeper")
open("file", "w").close()
return "done"
"""
    assert asked(boxes, source) == {"answer": "done"}
    assert list(boxes.scratch.iterdir()) == []


@pytest.mark.needs("bubblewrap")
def test_a_hidden_folder_is_not_there_even_among_the_systems():
    folder = os.path.join(modes.standard_library(), "idlelib")
    source = f"import os\nreturn os.listdir({folder!r})"
    assert asked(modes.find("bubblewrap")[0], source)["answer"]
    assert asked(modes.find("bubblewrap", hide=[folder])[0], source) == {"answer": []}


@pytest.mark.skipif(not LINUX, reason="modes of Linux")
@pytest.mark.parametrize("mode", ["bubblewrap", "landlock"])
def test_of_the_system_only_what_python_needs_can_be_read(mode, tmp_path):
    """An nbgrader exchange lies in /usr/local/share: another student's notebook was read there."""
    places = ["/usr/local/share", "/usr/share/doc", "/usr/bin", "/usr/include", "/etc/passwd", "/var", "/home", "/opt"]
    source = f"""
import os
found = []
for place in {[place for place in places if os.path.exists(place)]!r}:
    try:
        os.listdir(place) if os.path.isdir(place) else open(place).close()
        found.append(place)
    except OSError:
        pass
return found
"""
    assert asked(modes.find(mode, tmp_path)[0], source) == {"answer": []}


@pytest.mark.needs("bubblewrap")
def test_files_by_the_thousand_are_stopped_though_they_are_empty(tmp_path):
    source = """
import os
for number in range(400_000):
    os.close(os.open(f"/tmp/{number}" + "x" * 200, os.O_CREAT | os.O_WRONLY))
return "done"
"""
    assert asked(modes.find("bubblewrap", tmp_path)[0], source) == {"failed": "too-many-files"}


@pytest.mark.skipif(not LINUX, reason="modes of Linux")
def test_threads_are_bounded_for_root_too_and_however_small_they_are(boxes):
    source = """
import threading, time
threading.stack_size(64 * 1024)
try:
    for _ in range(3000):
        threading.Thread(target=time.sleep, args=(5,), daemon=True).start()
except RuntimeError:
    pass
time.sleep(1)
return threading.active_count()
"""
    outcome = asked(boxes, source)
    assert outcome == {"failed": "died"} or outcome["answer"] <= modes.LIMITS["processes"]


@pytest.mark.parametrize(("number", "name"), [(457, "statmount"), (458, "listmount")])
@pytest.mark.skipif(not LINUX, reason="a filter of Linux")
def test_what_is_mounted_is_not_told(number, name, tmp_path):
    source = f"import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\nlibc.syscall({number}, 0, 0, 0, 0)\n"
    assert asked(modes.find("process", tmp_path)[0], source + "return ctypes.get_errno()") == {"answer": errno.EPERM}


def test_a_provided_module_is_in_the_child_that_needs_it_alone(boxes):
    class Given(Asked):
        id = "00.3"
        provides = {"Value": "karpathy_course.scalar"}

    source = """
import sys, gc
here = any(name.endswith("course.scalar") for name in sys.modules)
return [here, any(type(o) is type and o.__name__ == "Value" for o in gc.get_objects())]
"""
    lines = "\n".join(f"    {line}" for line in source.strip().splitlines())
    with boxes.box(60) as box:
        for exercise in (Given, Asked):
            box.send(exercise, [["answer-00-2", f"def answer():\n{lines}"]], [CASE])
        assert box.take([CASE])["outcomes"] == [{"answer": [True, True]}]
        assert box.take([CASE])["outcomes"] == [{"answer": [False, False]}]
