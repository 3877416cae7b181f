"""What a process takes from itself, for good, before it runs a stranger's code: limits, files, system calls.

Two steps. The process that forks a child for each answer gives up the files (Landlock, where it is asked for) and
hides its own memory; each child then gives up what is left: descriptors, memory and time without end, and the
system calls that start, signal or trace processes, open sockets or change what is not its own. None of it can be
taken back. This file runs in the separate process: it may import nothing but Python's own modules.

confine, plain data: limits {memory, file: bytes; files, processes, entries: number}, filter (a seccomp program in
hex, or None), landlock ({read, write: paths}, or None), count (folders, each a file system of its own, in
which the number of files and folders is bounded). libraries {name: folder that holds it} are given, not taken.
"""

import contextlib
import ctypes
import importlib.machinery
import os
import struct
import sys

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None

PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 4, 38, 22, 2
LANDLOCK_CREATE, LANDLOCK_ADD, LANDLOCK_RESTRICT = 444, 445, 446  # the same number on every processor
LANDLOCK_VERSION = 1
READ_FILE, READ_DIR, EXECUTE, WRITE_FILE, TRUNCATE = 1 << 2, 1 << 3, 1 << 0, 1 << 1, 1 << 14
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15


_loaded = {}  # libc, and the filter, once for all children


class Refused(Exception):
    """The system did not take what it was to take away: no answer may run."""


class Libraries:
    """Finds the few libraries that answers may import, each by its name; there is no site-packages for the rest."""

    all = {}  # those of the process; a child may have fewer

    def __init__(self, folders):
        self.folders = folders

    def find_spec(self, name, path=None, target=None):
        folder = self.folders.get(name) or self.folders.get(f"{name}.py")
        return folder and importlib.machinery.PathFinder.find_spec(name, [folder])


def give_libraries(folders):
    """Let the process import the few libraries that answers may use: ``{name: folder that holds it}``."""
    Libraries.all = folders
    libraries = _loaded["libraries"] = Libraries(folders)
    for name in folders:
        libraries.find_spec(name)  # the list of their folder is read now: afterwards it may be closed
    sys.meta_path.append(libraries)


def keep_libraries(parts, forked):
    """Leave the libraries made of these parts to what runs now, and of those of the process no other.

    forked: whether this is a child of its own; then what the process has loaded of the others is forgotten as well.
    """
    _loaded["libraries"].folders = {name: folder for name, folder in Libraries.all.items() if name in parts}
    others = {name.removesuffix(".py") for name in set(Libraries.all) - set(parts)}
    for name in list(sys.modules) if forked and others else ():
        if name.partition(".")[0] in others:
            del sys.modules[name]


def confine_process(confine):
    """The first step, once, before any job."""
    if sys.platform == "linux":
        _prctl(PR_SET_DUMPABLE, 0)
        if confine["landlock"] or confine["filter"]:
            _prctl(PR_SET_NO_NEW_PRIVS, 1)
        if confine["filter"]:
            load_filter(bytes.fromhex(confine["filter"]))
    if confine["landlock"]:
        restrict_files(**confine["landlock"])


def confine_child(confine, keep, seconds):
    """The second step, in each child. keep: its one descriptor; seconds: the CPU time that it may take."""
    close_all_but(keep)
    limits = confine["limits"]
    for name, most in (
        ("RLIMIT_AS", limits["memory"]),
        ("RLIMIT_FSIZE", limits["file"]),
        ("RLIMIT_NOFILE", limits["files"]),
        ("RLIMIT_NPROC", limits["processes"]),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_CPU", int(seconds) + 1),
    ):
        _limit(getattr(resource, name, None), most)
    if confine["filter"]:
        _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, _loaded["filter"])


def close_all_but(keep):
    """Close every descriptor above 2 but one: a child that keeps its parent's pipes could speak for others."""
    os.closerange(3, keep)
    os.closerange(keep + 1, max(keep + 2, 1024))


def _limit(which, most):
    if which is None:
        return
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with contextlib.suppress(ValueError, OSError):  # macOS takes no limit on memory
        resource.setrlimit(which, (most, most))


def load_filter(program):
    """Keep a seccomp program (an array of ``struct sock_filter``) ready for the children: a ``struct sock_fprog``."""

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    _loaded["code"] = ctypes.create_string_buffer(program, len(program))
    address = ctypes.addressof(_loaded["code"])
    _loaded["program"] = Program(len(program) // 8, address)
    _loaded["filter"] = ctypes.addressof(_loaded["program"])


def restrict_files(read, write):
    """Landlock: only what lies under these paths can be opened, and network and signals end at this process."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(LANDLOCK_CREATE, None, 0, LANDLOCK_VERSION)
    if version < 1:
        raise Refused("Landlock is not there")
    files = (1 << 13) - 1  # every right of its first version
    files |= (1 << 13 if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0) | (1 << 15 if version >= 5 else 0)
    attributes = (
        [files] + [3] * (version >= 4) + [3] * (version >= 6)
    )  # network: bind, connect; scope: sockets, signals
    rules = struct.pack(f"={len(attributes)}Q", *attributes)
    ruleset = libc.syscall(LANDLOCK_CREATE, rules, len(rules), 0)
    for paths, rights in ((read, READ_FILE | READ_DIR | EXECUTE), (write, files & ~EXECUTE)):
        for path in paths:
            _allow(libc, ruleset, path, rights & files)
    if libc.syscall(LANDLOCK_RESTRICT, ruleset, 0) != 0:
        raise Refused(f"Landlock: {os.strerror(ctypes.get_errno())}")
    os.close(ruleset)


def _allow(libc, ruleset, path, rights):
    try:
        parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    rights = rights if os.path.isdir(path) else rights & FILE_RIGHTS
    rule = struct.pack("=Qi", rights, parent)
    if libc.syscall(LANDLOCK_ADD, ruleset, 1, rule, 0) != 0:
        raise Refused(f"Landlock: {path}: {os.strerror(ctypes.get_errno())}")
    os.close(parent)


def _prctl(*words):
    if "libc" not in _loaded:
        _loaded["libc"] = ctypes.CDLL(None, use_errno=True)
    if _loaded["libc"].prctl(*map(ctypes.c_ulong, (*words, 0, 0, 0, 0)[:5])) != 0:
        raise Refused(f"prctl {words[0]}: {os.strerror(ctypes.get_errno())}")
