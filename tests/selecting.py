"""Which tests run, in which order, and which stay together when they are spread over processes.

``--lecture 03`` runs the tests of one lecture; ``--quick`` leaves out what is marked `slow` and whatever needs a
browser or a server. A file's tests share one process, as they share what its fixtures built; the files of SPREAD
share nothing and are dealt out a test at a time; what uses the one JupyterLab stays beside it.
"""

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.accounts import KEEP_PROCESSES, place

SPREAD = ("tests/exercises/", "tests/notebooks/test_outputs", "tests/notebooks/test_stubs")
TOGETHER = {"test_in_jupyterlab.py": "one JupyterLab"}


def scope(nodeid):
    """The name of the group whose tests run in one process."""
    path = nodeid.partition("::")[0]
    if path.startswith(SPREAD):
        return nodeid
    return TOGETHER.get(path.rpartition("/")[2], path)


class Dealt(LoadScopeScheduling):
    """Hands the next group to whichever process is free, in the order of the collection."""

    def _split_scope(self, nodeid):
        return scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Dealt(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_addoption(parser):
    parser.addoption("--lecture", metavar="NN", help="run the tests of one lecture")
    parser.addoption("--quick", action="store_true", help="leave out what is slow, and browsers and servers")


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: left out by `python course.py test quick`; started first otherwise")
    config.addinivalue_line(
        "markers", "needs(what): skipped, and said at the end, where bubblewrap or a browser is not here"
    )


def is_slow(item):
    return item.get_closest_marker("slow") is not None or bool(KEEP_PROCESSES & set(getattr(item, "fixturenames", ())))


def pytest_collection_modifyitems(config, items):
    lecture = config.getoption("lecture")
    wanted = [item for item in items if lecture is None or place(item.nodeid)[0] == lecture]
    if config.getoption("quick"):
        wanted = [item for item in wanted if not is_slow(item)]
    kept = set(map(id, wanted))
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept])
    slow = {scope(item.nodeid) for item in wanted if is_slow(item)}
    items[:] = sorted(wanted, key=lambda item: scope(item.nodeid) not in slow)  # the longest must not come last
