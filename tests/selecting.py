"""Which tests run, in which order, and which stay together when they are spread over processes.

``--lecture 03`` runs the tests of one lecture. ``--quick`` leaves out what is marked `slow` and whatever needs a
browser or a server; of a test that is run on many things (exercises, operations, seeds) it takes a few, other ones for
each test, so that nothing is left out altogether; and it says how many tests it left out.

A file's tests share one process, as they share what its fixtures built; all tests of an exercise share what is drawn
for it; the files of SPREAD share nothing and are dealt out a test at a time; what uses the one JupyterLab stays beside
it.
"""

import re
import zlib
from collections import defaultdict
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.accounts import HOLD_LECTURES, KEEP_PROCESSES, place

TESTS = Path(__file__).resolve().parent
EXERCISES = "tests/exercises/"
SPREAD = ("tests/notebooks/test_outputs", "tests/notebooks/test_stubs")
QUICK = 3  # of the things that one test is run on, in a quick run
TOGETHER = {"test_in_jupyterlab.py": "one JupyterLab"}


def scope(nodeid):
    """The name of the group whose tests run in one process."""
    path = nodeid.partition("::")[0]
    if path.startswith(EXERCISES) and (id := re.search(r"\[(?:[^\]]*-)?(\d\d\.\d+)\b", nodeid)):
        return EXERCISES + id[1]
    if path.startswith(SPREAD):
        return nodeid
    return TOGETHER.get(path.rpartition("/")[2], path)


class Dealt(LoadScopeScheduling):
    """Hands the next group to whichever process is free, in the order of the collection."""

    def _split_scope(self, nodeid):
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    if config.getvalue("dist") not in ("load", "loadscope"):
        return None  # another way was asked for by name; `load` is what a mere -n means
    config.option.loadscopereorder = False
    return Dealt(config, log)


def pytest_addoption(parser):
    parser.addoption("--lecture", metavar="NN", help="run the tests of one lecture")
    parser.addoption("--quick", action="store_true", help=f"leave out what is slow; {QUICK} of each test's many things")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out by `python course.py test quick`; started first otherwise")
    config.addinivalue_line(
        "markers", "needs(what): skipped, and said at the end, where bubblewrap or a browser is not here"
    )


def pytest_ignore_collect(collection_path, config):
    """With --lecture, files in which no test can belong to it are not even read: that takes longer than its tests."""
    lecture = config.getoption("lecture")
    folders = collection_path.relative_to(TESTS).parts if collection_path.is_relative_to(TESTS) else ()
    if lecture is None or not folders or folders[0] == "conftest.py":
        return None
    another = (
        folders[0] == "lectures" and folders[1:2] and folders[1].startswith("lecture") and folders[1][7:] != lecture
    )
    return True if another or folders[0] not in HOLD_LECTURES else None


LEFT_OUT = pytest.StashKey[list]()


def sample(items):
    """QUICK items at most of each test function, in their order; which, the function's name decides."""
    of_function = defaultdict(list)
    for item in items:
        of_function[item.nodeid.partition("[")[0]].append(item)
    taken = set()
    for name, own in of_function.items():
        first, many = zlib.crc32(name.encode()), min(QUICK, len(own))
        taken |= {id(own[(first + k * len(own) // many) % len(own)]) for k in range(many)}
    return [item for item in items if id(item) in taken]


def pytest_sessionfinish(session):
    if hasattr(session.config, "workeroutput"):  # the process that prints the summary has collected nothing itself
        session.config.workeroutput["left out"] = session.config.stash.get(LEFT_OUT, None)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    node.config.stash[LEFT_OUT] = getattr(node, "workeroutput", {}).get("left out")


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("quick") and (counts := config.stash.get(LEFT_OUT, None)):
        what = f"what is slow, and what goes beyond {QUICK} of the things that one test is run on"
        terminalreporter.write_line(f"quick: {counts[0]} of {counts[1]} tests were left out: {what}")


def is_slow(item):
    return item.get_closest_marker("slow") is not None or bool(KEEP_PROCESSES & set(getattr(item, "fixturenames", ())))


def pytest_collection_modifyitems(config, items):
    lecture = config.getoption("lecture")
    wanted = [item for item in items if lecture is None or place(item.nodeid)[0] == lecture]
    if config.getoption("quick"):
        every = len(wanted)
        wanted = sample([item for item in wanted if not is_slow(item)])
        config.stash[LEFT_OUT] = [every - len(wanted), every]
    kept = set(map(id, wanted))
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    scopes = [scope(item.nodeid) for item in wanted]
    slow = {name for name, item in zip(scopes, wanted) if is_slow(item)}
    first = {name: place for place, name in reversed(list(enumerate(scopes)))}
    order = sorted(range(len(wanted)), key=lambda k: (scopes[k] not in slow, first[scopes[k]]))
    items[:] = [wanted[k] for k in order]  # a group's together, and the longest must not come last
