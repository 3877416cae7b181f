"""Which processes a test has left alive."""

import contextlib
import os
import sys
from pathlib import Path


def living_children():
    """``{number: command line}`` of the children of this process, zombies included, which have none."""
    found = []
    for task in os.listdir("/proc/self/task") if sys.platform == "linux" else ():
        with contextlib.suppress(OSError):
            found += Path(f"/proc/self/task/{task}/children").read_text().split()
    lines = {}
    for number in found:
        with contextlib.suppress(OSError):
            lines[number] = Path(f"/proc/{number}/cmdline").read_text().replace("\0", " ").strip()
    # A resource tracker of Python's, for example, is none of ours.
    return {number: line for number, line in lines.items() if "karpathy" in line or "bwrap" in line or not line}
