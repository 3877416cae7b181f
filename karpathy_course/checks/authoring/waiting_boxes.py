"""Boxes that wait for the next trials: to load PyTorch takes longer than to try a dozen answers.

A learner's answer gets a process of its own. Whoever tries hundreds of known answers, a few at a time, keeps the
process that has loaded a library, and gives it the next ones; each answer is still run in a child of its own.
"""

import atexit
import contextlib
import os
import shutil
import tempfile
import threading

from karpathy_course.checks.runner.box import Box
from karpathy_course.checks.runner.libraries import loaded_once
from karpathy_course.checks.runner.unsandboxed import new_box

_waiting, _all, _lock = {}, [], threading.Lock()  # {libraries: [(box, folder), …]}; all that were started


@contextlib.contextmanager
def a_waiting_box(libraries):
    """A box that is up, and waits for the next trials afterwards if it has loaded something and still runs."""
    if not loaded_once(libraries) or not hasattr(os, "fork"):
        with new_box(libraries) as box:
            yield box
        return
    with _lock:
        there = _waiting.get(libraries)
        box, folder = there.pop() if there else (None, None)
    if box is None or not box.waits:
        folder = tempfile.mkdtemp()
        box = Box(folder, libraries=libraries)
        _all.append((box, folder))
        box.wait_until_ready()
    yield box
    if box.waits:
        for entry in os.scandir(folder):  # what an answer has left there is not for the next
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir(follow_symlinks=False) else os.unlink(entry)
        with _lock:
            _waiting.setdefault(libraries, []).append((box, folder))


def numbers():
    """The process numbers of the boxes that still run."""
    return [box.number for box, _ in _all if box.number is not None]


@atexit.register
def end_all():
    for box, folder in _all:
        box.close()
        shutil.rmtree(folder, ignore_errors=True)
