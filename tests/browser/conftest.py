"""A real JupyterLab (and Notebook 7) on this machine, and Debian's Chromium in front of it.

Each server has fresh JUPYTER_* folders, so that nothing of the machine's own settings is seen or
changed, and the settings that `karpathy-course lab` gives JupyterLab. A test opens a copy of a real
lecture that holds only the cells its widget needs.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from karpathy_course.app.learner_copy import LAB_DEFAULTS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    yield page
    context.close()


@pytest.fixture(scope="session")
def lab(chromium, lab_server):
    """One JupyterLab page for the tests of all lectures: to load it takes more CPU time than all that they do there."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    yield Lab(context.new_page(), lab_server)
    context.close()


class Server:
    """A running Jupyter server: its address, its token, and the folder that it serves."""

    def __init__(self, url, token, folder):
        self.url, self.token, self.folder = url, token, folder

    def put(self, notebook, file_name):
        nbformat.write(notebook, self.folder / file_name)

    def lab(self, file_name):
        return f"{self.url}/lab/workspaces/{secrets.token_hex(4)}/tree/{file_name}?token={self.token}"

    def notebook7(self, file_name):
        return f"{self.url}/notebooks/{file_name}?token={self.token}"


@contextmanager
def jupyter(application, folder, home, prefix=""):
    """A server in a process of its own; prefix: what stands before its pages' paths, as a hub's `/user/ada` does."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    environment = dict(os.environ, HOME=str(home), KARPATHY_COURSE_PROGRESS=str(home / "progress.json"))
    for kind in ("CONFIG_DIR", "DATA_DIR", "RUNTIME_DIR"):
        environment[f"JUPYTER_{kind}"] = str(home / kind.lower())
    environment.pop("KARPATHY_COURSE_STORE", None)
    settings = home / "config_dir" / "labconfig" / "default_setting_overrides.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps(LAB_DEFAULTS), encoding="utf-8")
    log = (home / "jupyter.log").open("w")
    command = [sys.executable, "-m", application, "--no-browser", f"--ServerApp.root_dir={folder}"]
    command += [f"--ServerApp.base_url={prefix}/"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [
        "--allow-root",
        "--LabApp.expose_app_in_browser=True",
        "--JupyterNotebookApp.expose_app_in_browser=True",
    ]
    command += ["--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        url = f"http://127.0.0.1:{port}{prefix}"
        _wait_until_it_answers(f"{url}/api/status?token={token}", process, home / "jupyter.log")
        yield Server(url, token, folder)
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _wait_until_it_answers(url, process, log, seconds=90):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    end = _now() + seconds
    while _now() < end:
        assert process.poll() is None, log.read_text()[-3000:]
        try:
            json.load(opener.open(url, timeout=5))
            return
        except OSError:
            process_wait(process)
    raise AssertionError(f"no answer within {seconds} s:\n{log.read_text()[-3000:]}")


def _now():
    import time

    return time.monotonic()


def process_wait(process):
    """Let a moment pass, or notice at once that the server has died."""
    try:
        process.wait(0.1)
    except subprocess.TimeoutExpired:
        return


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory, chromium):
    folder, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")
    with jupyter("jupyterlab", folder, home) as server:
        yield server


@pytest.fixture(scope="session")
def notebook_server(tmp_path_factory, chromium):
    folder, home = tmp_path_factory.mktemp("course7"), tmp_path_factory.mktemp("home7")
    with jupyter("notebook", folder, home) as server:
        yield server


def lecture(number, tag=None):
    """The real lecture, without outputs; with a tag, only the code cells that carry it."""
    (path,) = (ROOT / "lectures").glob(f"{number}_*.ipynb")
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    if tag is not None:
        notebook.cells = [c for c in notebook.cells if tag in c.metadata.get("tags", [])]
        assert notebook.cells, f"no cell of lecture {number} is tagged {tag}"
    return notebook


RUN_ALL = """async () => {
    const app = window.jupyterapp;
    await app.restored;
    const panel = app.shell.currentWidget;
    await panel.context.ready;
    const session = panel.context.sessionContext;
    await session.ready;
    await app.commands.execute('notebook:run-all-cells');
}"""
IDLE = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.context && panel.context.sessionContext;
    const kernel = session && session.session && session.session.kernel;
    if (!kernel || kernel.connectionStatus !== 'connected' || kernel.status !== 'idle') return false;
    const cells = panel.context.model.sharedModel.cells.filter(c => c.cell_type === 'code' && c.getSource().trim());
    return cells.length > 0 && cells.every(c => c.execution_count !== null);
}"""
CONNECTED = """() => {
    const panel = window.jupyterapp && window.jupyterapp.shell && window.jupyterapp.shell.currentWidget;
    const session = panel && panel.context && panel.context.sessionContext;
    const kernel = session && session.session && session.session.kernel;
    return !!(kernel && kernel.connectionStatus === 'connected' && kernel.status === 'idle');
}"""


def open_and_run(page, url):
    """Open a notebook, wait for its kernel, run all cells as the menu does, and wait until all have run."""
    page.goto(url)
    page.wait_for_function(CONNECTED, timeout=90_000)
    page.evaluate(RUN_ALL)
    page.wait_for_function(IDLE, timeout=120_000)


OPEN = """async ([path, same]) => {
    const app = window.jupyterapp;
    const before = app.shell.currentWidget;
    const kernel = before.context.sessionContext.session.kernel.id;
    await app.commands.execute('docmanager:open', same ? { path, kernel: { id: kernel } } : { path });
    before.dispose();
}"""
MARK_OLD = "() => document.querySelectorAll('.lm-widget').forEach(widget => { widget.dataset.old = 'yes'; })"
RENEWED = "() => document.querySelector('.lm-widget') && !document.querySelector('.lm-widget[data-old]')"


class Lab:
    """A JupyterLab page that stays open: ``frames`` are the messages that it has sent over its websockets."""

    def __init__(self, page, server):
        self.page, self.frames = page, []
        self._server, self._shown = server, None
        kept = lambda frame: self.frames.append(frame)  # Playwright writes on a listener, which no method allows
        page.on("websocket", lambda socket: socket.on("framesent", kept))

    def show(self, file_name, notebook, same_kernel=False):
        """The page with this notebook in it, all of its cells just run: its widgets are as in a page loaded anew.

        The first one is opened by the page's address, further ones in its place; same_kernel: without one of its own.
        """
        if self._shown != file_name:
            self._server.put(notebook, file_name)
        if self._shown is None:
            self.page.goto(self._server.lab(file_name))
        elif self._shown != file_name:
            self.page.evaluate(OPEN, [file_name, same_kernel])
        self._shown = file_name
        self.page.wait_for_function(CONNECTED, timeout=90_000)
        self.page.evaluate(MARK_OLD)
        self.page.evaluate(RUN_ALL)
        self.page.wait_for_function(IDLE, timeout=120_000)
        self.page.wait_for_function(RENEWED)
        return self.page


def errors(page):
    """The error outputs of the open notebook, as text."""
    return page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").all_inner_texts()


def numbers(text):
    return [float(x) for x in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("−", "-"))]
