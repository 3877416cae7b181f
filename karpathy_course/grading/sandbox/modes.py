"""Where a stranger's code runs, and how it is found out what works on this machine.

Three modes, each a way to start the same box (`checks/runner/box.py`), from strong to weak:

bubblewrap  namespaces: no network, no /proc, no other process, the system read-only, a private /tmp of limited size
landlock    no namespaces: the box gives up all files but Python's own and a private folder; Linux 5.13 or later
process     a process of its own with limits and deadlines; files of the same user lie open

In all three a child may start no process, signal none, and open no socket, where the system can filter calls
(Linux on x86-64 and aarch64). What works is tried, not looked up: containers and newer Ubuntus have `bwrap` on the
path and refuse its namespaces (containers/bubblewrap#505).
"""

import contextlib
import ctypes
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.runner.box import (
    Box,
    NotStarted,
    command,
    plain_environment,
)
from karpathy_course.checks.runner.libraries import NoSuchLibrary, parts
from karpathy_course.grading.sandbox import seccomp_filter

MODES = ("bubblewrap", "landlock", "process")
LIMITS = {"memory": 2**30, "file": 2**25, "files": 64, "processes": 256, "entries": 10_000}
# bytes of memory and of one file; open files, threads, files and folders made
TEMPORARY, SHARED = 2**25, 2**20  # bytes of the private /tmp and /dev/shm
PACKAGES = "/packages"  # where the libraries lie inside
DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")


class Unavailable(Exception):
    """A mode that does not work here; the message is one line that says why."""


class Sandbox:
    """One mode of this machine: `box` starts a fresh sandbox. scratch, hide: as in `find`."""

    def __init__(self, mode, scratch, hide=()):
        self.mode, self.scratch = mode, scratch
        if sys.platform == "linux":
            guard_this_process()
        self.hide, self.words = hide, bubblewrap_words(hide) if mode == "bubblewrap" else []
        code = seccomp_filter.program() if sys.platform == "linux" else None
        self.confine = {
            "limits": LIMITS,
            "count": ["/tmp", "/dev/shm"] if mode == "bubblewrap" else [],
            "filter": code and code.hex(),
            "landlock": None,
        }
        try:
            parts(Exercise.libraries)
        except NoSuchLibrary as missing:
            raise Unavailable(str(missing)) from None
        if mode != "process" and code is None:
            raise Unavailable(f"{mode}: there is no filter of system calls for {sys.platform} on this processor")
        if mode == "landlock":
            self.confine["landlock"] = {"read": readable(hide), "write": list(DEVICES)}

    @contextlib.contextmanager
    def box(self, seconds, libraries=Exercise.libraries):
        """A started Box that lives at most these seconds and holds these libraries; nothing of it is left afterwards.

        Raises NotStarted, or NoSuchLibrary.
        """
        if self.mode == "bubblewrap":
            with in_namespaces(self, seconds, libraries) as box:
                box.wait_until_ready()
                yield box
            return
        with private_folder(self.scratch) as folder:
            confine = dict(self.confine)
            if confine["landlock"]:
                inside = [f"{place}/{part}" for part, place in parts(libraries).items()]
                confine["landlock"] = {
                    "read": confine["landlock"]["read"] + not_hidden(inside, self.hide),
                    "write": [*confine["landlock"]["write"], folder],
                }
            with Box(
                folder,
                environment=environment(folder),
                confine=confine,
                libraries=libraries,
                seconds=seconds,
            ) as box:
                box.wait_until_ready()
                yield box


@contextlib.contextmanager
def private_folder(scratch):
    """A new folder in scratch, gone afterwards with all that an answer put there, however deep."""
    folder = tempfile.mkdtemp(dir=scratch)
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder):
    """Remove a folder without going down into it: what lies deeper is first moved up, a level at a time."""
    with contextlib.suppress(FileNotFoundError):
        os.chmod(folder, 0o700)
        number = 0
        while folders := [entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]:
            for inner in folders:
                os.chmod(inner, 0o700)
                for entry in list(os.scandir(inner)):
                    number += 1
                    os.rename(entry.path, os.path.join(folder, f"moved-{number}"))
                os.rmdir(inner)
        for entry in list(os.scandir(folder)):
            os.unlink(entry.path)
        os.rmdir(folder)


def environment(home):
    """The variables inside: nothing of this machine's but what a process needs to start."""
    return plain_environment() | {"HOME": home, "TMPDIR": home, "TMP": home, "TEMP": home, "LANG": "C.UTF-8"}


@contextlib.contextmanager
def in_namespaces(sandbox, seconds, libraries):
    """A Box under bubblewrap; ended by killing its first process, so that the kernel ends all the others."""
    arguments, arguments_end = os.pipe()
    heard, info = os.pipe()
    with os.fdopen(arguments_end, "wb") as words:
        all_words = [*sandbox.words, *library_words(libraries), "--remount-ro", "/"]
        words.write(b"\0".join(os.fsencode(word) for word in all_words) + b"\0")
    start = [shutil.which("bwrap") or "bwrap", "--args", str(arguments), "--info-fd", str(info)]
    start += [program(), *command()[1:]]
    try:
        box = Box(
            "/",
            words=start,
            environment=environment("/tmp"),
            confine=sandbox.confine,
            libraries=libraries,
            packages=PACKAGES,
            seconds=seconds,
            stop=lambda process: end_namespace(process, heard),
            fds=(arguments, info),
        )
    except OSError as error:
        os.close(heard)
        raise NotStarted(f"bwrap cannot be started ({error.strerror})") from None
    finally:
        os.close(arguments)
        os.close(info)
    try:
        with box:
            yield box
    finally:
        os.close(heard)


def end_namespace(process, heard):
    """Kill the first process of a namespace, with which the kernel ends all others, and wait until it is gone.

    bwrap does not wait for it: it becomes a child of this process, which is a subreaper.
    """
    try:
        first = json.loads(os.read(heard, 4096) or b"{}").get("child-pid")
    except ValueError:
        first = None
    if first is None:
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.kill(first, signal.SIGKILL)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with contextlib.suppress(ChildProcessError):
        os.waitpid(first, 0)


def guard_this_process():
    """prctl(2): other processes of this user cannot look into this one (PR_SET_DUMPABLE), and those whose parent has
    died become its children, so that it can wait for them (PR_SET_CHILD_SUBREAPER)."""
    for option, value in ((4, 0), (36, 1)):
        ctypes.CDLL(None, use_errno=True).prctl(option, *map(ctypes.c_ulong, (value, 0, 0, 0)))


def bubblewrap_words(hide):
    """What bwrap is told: a system that can only be read, with nothing of the course and nobody's files in it."""
    if sys.platform != "linux":
        raise Unavailable("bubblewrap runs on Linux only")
    if not shutil.which("bwrap"):
        raise Unavailable("bubblewrap is not installed (Debian, Ubuntu, Fedora: the package bubblewrap)")
    words = ["--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000", "--die-with-parent"]
    words += ["--new-session", "--hostname", "box", "--cap-drop", "ALL"]
    for path in python_parts():
        words += ["--ro-bind", path, path]
    for short in ("/lib", "/lib64"):
        if os.path.islink(short):
            words += ["--symlink", os.readlink(short), short]
    words += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for hidden in hidden_folders(hide):
        words += ["--tmpfs", hidden, "--remount-ro", hidden]
    words += ["--dev", "/dev", "--size", str(SHARED), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    words += ["--perms", "1777", "--size", str(TEMPORARY), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    return words


def library_words(libraries):
    """What bwrap is told of the libraries: each part of them in one folder."""
    found = parts(libraries).items()
    return [word for part, folder in found for word in ("--ro-bind", f"{folder}/{part}", f"{PACKAGES}/{part}")]


@functools.cache
def python_parts():
    """The files and folders that Python itself needs: its program, its standard library, the system's libraries.

    Of the system no more than that: /usr holds other people's files too, as an nbgrader exchange in /usr/local/share.
    """
    found = [program(), standard_library(), "/usr/share/zoneinfo", *shared_library_folders()]
    found = [path for path in found if os.path.exists(path)]
    if os.path.exists("/proc/self/maps"):  # what lies elsewhere, as Python's own library does
        for line in Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines():
            path = os.path.realpath(line.split(maxsplit=5)[5]) if ".so" in line and line.count("/") else ""
            if os.path.isfile(path) and "-packages/" not in path and not any(is_in(path, folder) for folder in found):
                found.append(path)
    return list(dict.fromkeys(found))


def program():
    """Python itself, and no link to it."""
    return os.path.realpath(command()[0])


def standard_library():
    return os.path.realpath(sysconfig.get_path("stdlib", vars=in_base()))


def shared_library_folders():
    """Where the system's loader and the libraries lie that Python's own modules ask for."""
    kind = sysconfig.get_config_var("MULTIARCH") or "no such folder"
    found = [f"{root}/{kind}" for root in ("/lib", "/usr/lib")] + ["/lib64", "/usr/lib64"]
    return list(dict.fromkeys(os.path.realpath(folder) for folder in found if os.path.isdir(folder)))


def is_in(path, folder):
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def hidden_folders(hide):
    """What lies in those folders and is not to be seen: installed packages, and the course where it lies there."""
    course = Path(__file__).resolve().parents[3]
    found = {f"{standard_library()}/{kind}" for kind in ("site-packages", "dist-packages")}
    found |= {os.path.realpath(sysconfig.get_path(name, vars=in_base())) for name in ("purelib", "platlib")}
    found |= {str(course), *(os.path.realpath(path) for path in hide)}
    bound = python_parts()
    inside = sorted(path for path in found if os.path.isdir(path) and any(is_in(path, folder) for folder in bound))
    return [path for path in inside if not any(is_in(path, other) for other in inside if other != path)]


def in_base():
    """The variables by which sysconfig names the folders of the Python that a virtual environment was made from."""
    base = os.path.realpath(sys.base_prefix)
    return {"base": base, "platbase": base, "installed_base": base, "installed_platbase": base}


def readable(hide):
    """What the box may open in the mode `landlock`: Python, the system's libraries, and the named libraries."""
    found = ["/lib64", "/usr/lib64", "/etc/ld.so.cache", *python_parts()]
    found.remove(standard_library())  # but for the packages that are installed in it
    for entry in sorted(os.scandir(standard_library()), key=lambda entry: entry.name):
        if entry.name not in ("site-packages", "dist-packages"):
            found.append(entry.path)
    return not_hidden(found, hide)


def not_hidden(found, hide):
    """Of these paths, those that hold none of the folders to hide."""
    hidden = [os.path.realpath(path) for path in hide]
    return [path for path in found if not any((secret + "/").startswith(path + "/") for secret in hidden)]


class Trial(Exercise):
    """What a sandbox is tried with at start-up: the answer reports what it could reach."""

    id = "00.1"
    needs = ("reach",)
    properties = {"reach": 1.0}
    seconds = 5.0

    @staticmethod
    def probe(namespace, case):
        return namespace["reach"](case["secret"], case["outside"])


REACH = """
def reach(secret, outside):
    import os, socket
    found = []
    def tried(name, deed):
        try:
            deed()
            found.append(name)
        except (OSError, RuntimeError):
            pass
    tried("files", lambda: open(secret).read())
    tried("writing", lambda: open(outside, "w").close())
    tried("network", lambda: socket.socket().close())
    tried("processes", lambda: os.fork() or os._exit(0))
    tried("others", lambda: os.kill(os.getppid(), 0))
    return found
"""
HOLDS = {"bubblewrap": [], "landlock": [], "process": ["files", "writing", "network", "processes", "others"]}


def find(wanted=None, scratch=None, hide=()):
    """``(Sandbox, reasons)``: the strongest mode that works here, or the wanted one; why the stronger ones do not.

    scratch: a folder for private folders. hide: folders that answers must not see, wherever they lie.

    Raises Unavailable where none does.
    """
    reasons = []
    for mode in [wanted] if wanted else MODES:
        try:
            sandbox = Sandbox(mode, scratch, hide)
            try_out(sandbox)
            return sandbox, reasons
        except Unavailable as reason:
            reasons.append(str(reason))
    raise Unavailable("; ".join(reasons))


def try_out(sandbox):
    """Run one answer that reaches for what it must not have; raises Unavailable when it gets it, or does not run."""
    with tempfile.TemporaryDirectory(dir=sandbox.scratch) as folder:
        secret, outside = Path(folder, "secret"), Path(folder, "outside")
        secret.write_text("secret", encoding="utf-8")
        case = {"property": "reach", "secret": str(secret), "outside": str(outside)}
        try:
            with sandbox.box(60) as box:
                box.send(Trial, [["answer-00-1", REACH]], [case])
                outcome = box.take([case])["outcomes"][0]
        except (NotStarted, OSError) as error:
            raise Unavailable(f"{sandbox.mode} does not start here: {why_not(sandbox) or error}") from None
    if "answer" not in outcome:
        raise Unavailable(f"{sandbox.mode} runs no answer here ({outcome.get('failed')})")
    reached = [name for name in outcome["answer"] if name not in HOLDS[sandbox.mode]]
    if reached:
        raise Unavailable(f"{sandbox.mode} does not hold here: an answer reached {', '.join(map(str, reached))}")


def why_not(sandbox):
    """The first line that bwrap says when it refuses."""
    if sandbox.mode != "bubblewrap":
        return ""
    done = subprocess.run(["bwrap", *sandbox.words, "true"], capture_output=True, text=True, check=False)
    return (done.stderr.strip().splitlines() or [""])[0]
