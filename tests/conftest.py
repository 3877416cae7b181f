"""What holds for every test: nothing is skipped in CI, because a skipped test is one that nobody ran.

Elsewhere a test whose browser or bubblewrap cannot be had is skipped, and one closing line says which and why. Here
is also the one browser of a test process: Playwright's synchronous interface can be started only once in it.
"""

import gc
import os
from collections import Counter

import pytest

from tests import machine
from tests.tabs import Tabs

pytest_plugins = ["tests.accounts", "tests.selecting"]


@pytest.fixture(scope="session")
def chromium():
    """The browser that is here: started once in each process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = machine.launch(playwright)
        if browser is None:
            pytest.skip(reason_of(machine.BROWSER))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def all_tabs(chromium):
    return Tabs(chromium)


@pytest.fixture
def tabs(all_tabs, request):
    """The browser's tabs, for the page tests: `tabs.new` gives an empty one."""
    before = request.session.testsfailed
    yield all_tabs
    all_tabs.take_back(sound=request.session.testsfailed == before)


def pytest_collection_finish(session):
    """What has been imported by now stays to the end: the garbage collector need not look through it again."""
    gc.collect()
    gc.freeze()


def reason_of(what):
    return f"needs {what}: {machine.without(what)}"


def pytest_runtest_setup(item):
    here = {machine.BUBBLEWRAP: machine.has_bubblewrap, machine.BROWSER: machine.has_browser}
    for marker in item.iter_markers("needs"):
        if not here[marker.args[0]]():
            pytest.skip(reason_of(marker.args[0]))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report(collector):
    outcome = yield
    report = outcome.get_result()
    if os.environ.get("CI") and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{collector.nodeid} was skipped, which CI does not allow: {report.longrepr}"


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    """The one closing line: how many tests were skipped, for want of what, and why it is not here."""
    skipped = [str(report.longrepr[2]).removeprefix("Skipped: ") for report in terminalreporter.getreports("skipped")]
    wanting = Counter(reason.removeprefix("needs ") for reason in skipped if reason.startswith("needs "))
    if wanting:
        each = " · ".join(f"{count} for want of {reason}" for reason, count in wanting.items())
        terminalreporter.write_line(f"{sum(wanting.values())} tests were skipped: {each}")
