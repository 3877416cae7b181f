"""The outer sandbox, in which everything here runs: no network, no other processes, nothing to write but its own /tmp.

What is tried here is made to break out. So it sees the system's programs, Python and this checkout, read-only, and
neither the home folder nor any other file of the machine; even root is an ordinary user in it. The sandbox under
test is then built inside (nested namespaces).
"""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SIZE = 3_000_000_000  # bytes of /tmp
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")


def words():
    """The words to put before a command that has to run inside."""
    found = ["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--unshare-net", "--unshare-ipc"]
    found += ["--unshare-pid", "--unshare-uts", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    for path in SYSTEM:
        if os.path.islink(path):
            found += ["--symlink", os.readlink(path), path]
        elif os.path.exists(path):
            found += ["--ro-bind", path, path]
    found += ["--dev", "/dev", "--proc", "/proc", "--size", str(SIZE), "--tmpfs", "/tmp"]
    folders = {str(CHECKOUT), sys.prefix, sys.base_prefix, os.path.dirname(os.path.realpath(sys.executable))}
    for path in sorted(path for path in folders if not path.startswith("/usr/")):
        found += ["--ro-bind", path, path]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(CHECKOUT), "OMP_NUM_THREADS": "1", "HOME": "/nowhere"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"}
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    found += ["--clearenv", *(word for item in environment.items() for word in ("--setenv", *item))]
    return [*found, "--chdir", str(CHECKOUT)]


def run(arguments, seconds):
    """Run ``python -m …`` inside; the CompletedProcess, or TimeoutExpired, behind which nothing is left running."""
    return subprocess.run(
        [*words(), sys.executable, *arguments], capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds
    )
