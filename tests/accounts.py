"""What the suite costs, by lecture and by part, and the budgets that keep it short.

Counted is CPU time, of the tests and of all processes that they start: it does not depend on what else the machine
is doing, nearly. A lecture's tests are those that name it: ``tests/lectures/lecture03``, an exercise ``[03.2]``, a
notebook ``[lectures/03_…]``. A lecture that outgrows its budget is a failed test of its own at the end.
"""

import json
import os
import re
import sys
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest

from karpathy_course.checks.authoring import waiting_boxes

try:
    import resource
except ImportError:  # Windows, where only this process is counted
    resource = None

# CPU seconds of one lecture's tests. 06 and 10 are to come down: 06 trains networks, 10 loads PyTorch many times.
BUDGET, LARGER = 60, {"06": 75, "07": 120, "10": 120, "12": 120, "13": 120, "15": 300, "16": 300}
ALL_LECTURES = 1800
SLACK = 2.0  # the same work took 1.7 times as long on the same machine in another hour
KEEP_PROCESSES = {"chromium", "lab_server", "notebook_server"}  # fixtures whose processes outlive a test
HOLD_LECTURES = ("exercises", "lectures", "notebooks")  # the folders in which a test may be one of a lecture's
CLOCK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 1
MEGABYTE = 1024 if sys.platform == "linux" else 1024 * 1024  # of ru_maxrss


def budget(lecture):
    """The CPU seconds that all tests of a lecture ("03") may take together."""
    return LARGER.get(lecture, BUDGET)


def place(nodeid):
    """``(lecture, part)`` to which a test belongs: lecture is "03" or None; part is where the test stands."""
    path, _, test = nodeid.partition("::")
    folders = path.removeprefix("tests/").split("/")
    inside = re.match(r"lecture(\d\d)$", folders[1]) if len(folders) > 2 else None
    if inside and folders[0] == "lectures":
        return inside[1], folders[2].removeprefix("test_").removesuffix(".py")
    named = re.search(r"\[(?:[^\]]*-)?(?:(?:lectures|exercises|solutions)/(\d\d)_|(\d\d)\.[1-9]\d?(?![\d.]))", test)
    if named and folders[0] in HOLD_LECTURES:
        return named[1] or named[2], folders[0]
    return None, folders[0]


# ------------------------------------------------------------------------------ measuring, in each process


def spent(whole_tree=False):
    """CPU seconds of this process and of those it has waited for; on Linux also of those that still run."""
    gone = resource.getrusage(resource.RUSAGE_CHILDREN) if resource else None
    ended = gone.ru_utime + gone.ru_stime if resource else 0.0
    return time.process_time() + ended + of_boxes() + (running() if whole_tree else _running[0])


def of_boxes():
    """CPU seconds of the processes that wait for answers and outlive a test, with their children that have ended."""
    return sum(ticks_of(Path(f"/proc/{number}")) for number in waiting_boxes.numbers()) / CLOCK


def ticks_of(folder):
    """What a process has used, with those that it has waited for; 0 where it has ended, or there is no /proc."""
    try:
        return sum(map(int, (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()[11:15]))
    except OSError:
        return 0


def largest_process():
    """The most memory in megabytes that this process, or one that it has waited for, has ever taken."""
    if resource is None:
        return 0.0
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(each).ru_maxrss for each in who) / MEGABYTE


_running = [0.0]  # as last looked up: reading all of /proc takes milliseconds, and most tests start nothing


def running():
    """CPU seconds of all processes below this one that still run, with those that they have waited for."""
    ticks, parents, boxes = {}, {}, set(waiting_boxes.numbers())
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        number = int(folder.name)
        parents[number], ticks[number] = int(fields[1]), sum(map(int, fields[11:15]))
    below, last = set(), {os.getpid()}
    while last:
        last = {number for number, parent in parents.items() if parent in last} - below - boxes
        below |= last
    _running[0] = sum(ticks[number] for number in below) / CLOCK
    return _running[0]


_moved = defaultdict(float)


@contextmanager
def charged_to(part):
    """What is done inside is counted as this part, not as the test's lecture: an installation, for instance."""
    before = spent()
    try:
        yield
    finally:
        _moved[part] += spent() - before


class Meter:
    """Tells, in each process that runs tests, what every phase of a test has cost."""

    def __init__(self, config):
        self.config, self.last, self.largest = config, 0.0, 0.0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item, nextitem):
        self.is_last = nextitem is None
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        ending = self.is_last and call.when == "teardown"  # what sessions keep has been ended now
        now = spent(whole_tree=ending or bool(KEEP_PROCESSES & set(getattr(item, "fixturenames", ()))))
        cost, self.last = max(0.0, now - self.last), max(now, self.last)
        for part, seconds in _moved.items():
            report.user_properties.append(("cpu of", [part, seconds]))
            cost -= seconds
        _moved.clear()
        report.user_properties.append(("cpu", cost))
        if (largest := largest_process()) > self.largest:
            self.largest = largest
            report.user_properties.append(("largest", largest))
        return report


# ------------------------------------------------------------------------------------- adding up, once


class Accounts:
    """Adds up what the meters tell; prints it at the end, and holds the lectures to their budgets."""

    def __init__(self, config):
        self.config = config
        self.tests = defaultdict(float)  # {nodeid: CPU seconds}
        self.elsewhere = defaultdict(float)  # {part: CPU seconds}, by charged_to
        self.peaks = defaultdict(float)  # {lecture: megabytes}, as its notebooks told
        self.largest = (0.0, "")

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties:
            if name == "cpu":
                self.tests[report.nodeid] += value
            elif name == "cpu of":
                self.elsewhere[value[0]] += value[1]
            elif name == "peak megabytes":
                lecture, _ = place(report.nodeid)
                self.peaks[lecture] = max(self.peaks[lecture], value)
            elif name == "largest":
                self.largest = max(self.largest, (value, report.nodeid))

    def lectures(self):
        """``{lecture: {part: CPU seconds}}``"""
        found = defaultdict(lambda: defaultdict(float))
        for nodeid, seconds in self.tests.items():
            lecture, part = place(nodeid)
            if lecture:
                found[lecture][part] += seconds
        return dict(sorted(found.items()))

    def parts(self):
        """``{part: CPU seconds}`` of what belongs to no lecture."""
        found = defaultdict(float, self.elsewhere)
        for nodeid, seconds in self.tests.items():
            lecture, part = place(nodeid)
            if not lecture:
                found[part] += seconds
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def breaches(self):
        """One sentence for each budget that was not kept."""
        sums = {lecture: sum(parts.values()) for lecture, parts in self.lectures().items()}
        for lecture, seconds in sums.items():
            if seconds > SLACK * budget(lecture):
                yield f"lecture {lecture}: its tests took {seconds:.0f} s of CPU, its budget is {budget(lecture)} s"
        if sum(sums.values()) > SLACK * ALL_LECTURES:
            yield f"all lectures: {sum(sums.values()):.0f} s of CPU, their budget is {ALL_LECTURES} s"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        for breach in self.breaches():
            said = f"{breach}, and {SLACK} times that where the machine is slow or shared"
            where = ("tests/accounts.py", 0, breach.partition(":")[0])
            report = pytest.TestReport(f"tests/accounts.py::{breach}", where, {}, "failed", said, "call")
            self.config.hook.pytest_runtest_logreport(report=report)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.config.getoption("costs"):
            text = json.dumps(dict(sorted(self.tests.items(), key=lambda item: -item[1])), indent=0)
            Path(self.config.getoption("costs")).write_text(text + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter):
        say = terminalreporter.write_line
        lectures, parts = self.lectures(), self.parts()
        total = sum(self.tests.values()) + sum(self.elsewhere.values())
        if self.config.get_verbosity() < 0 and len(self.tests) < 20:
            return  # a handful of tests, asked for quietly
        terminalreporter.section("CPU seconds, with all processes that the tests started", sep="-")
        for lecture, where in lectures.items():
            each = " · ".join(f"{part} {seconds:.1f}" for part, seconds in sorted(where.items(), key=lambda x: -x[1]))
            peak = f", peak {self.peaks[lecture]:.0f} MB" if lecture in self.peaks else ""
            say(f"lecture {lecture} {sum(where.values()):7.1f} of {budget(lecture)}{peak}: {each}")
        for part, seconds in parts.items():
            say(f"{part:<10} {seconds:7.1f}")
        say(f"{'all':<10} {total:7.1f}; the largest process took {self.largest[0]:.0f} MB ({self.largest[1]})")


def pytest_addoption(parser):
    parser.addoption("--costs", metavar="FILE", help="--costs=FILE writes the CPU seconds of every test to it, as JSON")


def pytest_configure(config):
    meter = Meter(config)
    meter.last = spent()
    config.pluginmanager.register(meter, "meter")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Accounts(config), "accounts")
