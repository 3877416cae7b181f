"""What the attacks may touch: canaries, planted by the test and looked at again afterwards.

A secret beside the submissions, in the home folder, in the environment and in a neighbour's notebook; for each
attack a file and a folder of its own that must stay as they are, and a process that must live; listeners on
loopback that note who called. Each secret is a word that must not turn up in anything the grader writes.
"""

import hashlib
import os
import resource
import secrets
import socket
import subprocess
import sys
import threading
from pathlib import Path

import filelock

BEHIND = 100  # process numbers used up first, so that no canary's number names a process inside a sandbox


class Canaries:
    """Plants everything under root, an empty folder; `places` are the names that attacks are filled with."""

    def __init__(self, root):
        self.root = Path(root)
        word = secrets.token_hex(8)
        self.secrets = {what: f"canary-{what}-{word}" for what in ("parent", "home", "environment", "neighbour")}
        self.course = self.root / f"canary-folder-{word}"
        self.home, self.submissions, self.targets = self.root / "home", self.course / "submissions", self.course / "its"
        for folder in (self.home, self.submissions, self.targets):
            folder.mkdir(parents=True)
        (self.home / "secret.txt").write_text(self.secrets["home"] + "\n")
        (self.course / "secret.txt").write_text(self.secrets["parent"] + "\n")
        self.called, self.processes, self.limits = set(), {}, {}
        for _ in range(BEHIND):
            os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)
        self.ports = [self._listen(kind) for kind in ("tcp", "udp", "path", "abstract")]

    def places(self, name, source=""):
        """What the attack of this name is told; a process is planted for it where its source names one."""
        target = self.targets / f"{name}.txt"
        if not target.exists():
            target.write_text("untouched\n")
            (self.targets / name).mkdir()
            (self.targets / name / "untouched").write_text("untouched\n")
        if "@VICTIM@" in source and name not in self.processes:
            self._plant_process(name)
        victim = self.processes[name].pid if name in self.processes else ""
        return {
            **{"NAME": name, "TARGET": target, "TARGET_FOLDER": self.targets / name, "NEIGHBOUR": self.neighbour},
            **{"HOME": self.home, "PARENT": self.course, "SUBMISSIONS": self.submissions, "OUT": self.root / "out"},
            **{"CHECKOUT": Path(__file__).resolve().parents[2], "PYTHON": sys.executable, "VICTIM": victim},
            **{"SITE": Path(filelock.__file__).parents[1]},
            **{"PORT": self.ports[0], "UDP_PORT": self.ports[1], "SOCKET": self.ports[2], "ABSTRACT": self.ports[3]},
        }

    @property
    def neighbour(self):
        return self.submissions / "neighbour" / "01_the_derivative_you_can_poke.ipynb"

    def _plant_process(self, name):
        environment = {"KARPATHY_CANARY": self.secrets["environment"]}
        process = subprocess.Popen(["/bin/sleep", "900"], env=environment, start_new_session=True)
        self.processes[name] = process
        self.limits[name] = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)

    def harmed(self):
        """The names of the attacks whose process is dead, or has had its limits changed."""
        found = {name for name, process in self.processes.items() if process.poll() is not None}
        for name in set(self.processes) - found:
            if resource.prlimit(self.processes[name].pid, resource.RLIMIT_NOFILE) != self.limits[name]:
                found.add(name)
        return found

    def environment(self):
        """The environment of the grader: nothing of the outer one but what Python needs."""
        keep = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH") if name in os.environ}
        return {**keep, "HOME": str(self.home), "KARPATHY_CANARY": self.secrets["environment"], "OMP_NUM_THREADS": "1"}

    def end(self):
        for process in self.processes.values():
            process.kill()
            process.wait()

    def _listen(self, kind):
        family = socket.AF_INET if kind in ("tcp", "udp") else socket.AF_UNIX
        listener = socket.socket(family, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        word = self.secrets["parent"].rpartition("-")[2]
        address = {"path": str(self.course / "socket"), "abstract": f"\0{word}"}.get(kind, ("127.0.0.1", 0))
        listener.bind(address)
        work = self._receive if kind == "udp" else self._accept
        if kind != "udp":
            listener.listen(100)
        threading.Thread(target=work, args=(listener,), daemon=True).start()
        return {"path": address, "abstract": word}.get(kind) or listener.getsockname()[1]

    def _receive(self, listener):
        while True:
            self.called.add(listener.recv(100).decode("utf-8", "replace"))

    def _accept(self, listener):
        while True:
            caller, _ = listener.accept()
            with caller:
                caller.settimeout(5)
                try:
                    self.called.add(caller.recv(100).decode("utf-8", "replace"))
                except OSError:
                    self.called.add("?")


def snapshot(folder, leave_out=()):
    """``{path: what is there}`` of everything below folder: kind, mode, and the hash of a file's content."""
    found = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if os.path.join(place, name) not in leave_out]
        for name in (*folders, *files):
            path = os.path.join(place, name)
            try:
                status = os.lstat(path)
            except OSError as error:  # a path longer than any may be
                found[path] = type(error).__name__
                continue
            told = f"{status.st_mode:o} {status.st_mtime_ns if name in files else ''}"
            if os.path.isfile(path) and not os.path.islink(path):
                try:
                    with open(path, "rb") as file:
                        told += hashlib.file_digest(file, "sha256").hexdigest()
                except OSError as error:
                    told += type(error).__name__
            found[path] = told
    return found


def processes():
    """``{number: words}`` of the processes that are there, those of threads and zombies included."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            try:
                words = Path("/proc", entry, "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                state = Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            found[int(entry)] = f"{state} {words.strip()}"
    return found
