"""TensorBoard's own page below a notebook's cell, by way of the Jupyter server that shows the notebook.

The page's address is put together in the browser, from the address of JupyterLab: so it is right behind a hub
(`/user/ada/lab`), on Binder, and on your machine. TensorBoard itself listens to this machine alone.
"""

import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from pathlib import Path

SERVER = Path(__file__).with_name("tensorboard_server.py")
PATIENCE_SECONDS = 60.0  # until TensorBoard has read the runs; on a quiet machine it takes 3
_running = {}  # folder: its process, and the port

PAGE = """
<div id="{id}"><p>TensorBoard is starting …</p></div>
<script>
(async () => {{
  const place = document.getElementById("{id}");
  const settings = document.getElementById("jupyter-config-data");
  const base = settings ? JSON.parse(settings.textContent).baseUrl : document.body.dataset.baseUrl || "/";
  const page = new URL("proxy/{port}/", new URL(base, location.href)).href;
  const answer = await fetch(page + "data/environment").catch(() => null);
  const known = answer && answer.ok ? await answer.json().catch(() => null) : null;
  if (!known || known.data_location !== {folder_js}) {{
    place.firstElementChild.textContent = answer && answer.status === 404 ? {no_proxy_js} : {ended_js};
    return;
  }}
  const frame = document.createElement("iframe");
  frame.title = "TensorBoard";
  frame.style.cssText = "width: 100%; height: {height}px; border: 0";
  frame.src = page;
  place.replaceChildren(frame);
}})();
</script>
"""
ENDED = "TensorBoard is not running any more: run this cell again."
NO_PROXY = "This Jupyter server does not hand pages of TensorBoard on (jupyter-server-proxy): start JupyterLab again."


class TensorBoardError(RuntimeError):
    """TensorBoard did not start; the message is one line that says why and what to do."""


def show_tensorboard(folder, height=800):
    """Show TensorBoard for the runs in a folder, below the cell that calls this last.

    folder: holds the runs' event files, in folders of their own (`tensorboard` writes them). height: in pixels.
    TensorBoard is started once a folder and ends with the kernel. Where there is no Jupyter server to show it (a plain
    kernel, a script, a test) nothing is started: what is shown is the line that names the command. Raises
    FileNotFoundError where there is no such folder, TensorBoardError where TensorBoard does not start.
    """
    given, folder = folder, Path(folder).resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f"show_tensorboard: there is no folder {given}: train with `tensorboard(…)` first")
    command = f"tensorboard --logdir {shlex.quote(str(given))}"  # as given: the same on every machine
    line = f"The runs are in {given}: to see them, run `{command}` in a terminal, in this folder."
    if not _below_a_jupyter_server():
        return _Shown(line)
    if importlib.util.find_spec("jupyter_server_proxy") is None:
        todo = f"`{shlex.quote(sys.executable)} -m pip install jupyter-server-proxy`, then start JupyterLab again"
        return _Shown(f"jupyter-server-proxy is not installed, so TensorBoard cannot be shown here: {todo}. {line}")
    port = _port_for(folder)
    _wait_until_read(folder, port)
    words = {"folder_js": str(folder), "no_proxy_js": f"{NO_PROXY} {line}", "ended_js": ENDED}
    # "<" as itself would end the script's element where a folder is named so.
    words = {name: json.dumps(text).replace("<", "\\u003c") for name, text in words.items()}
    return _Shown(line, PAGE.format(id=f"tensorboard-{uuid.uuid4().hex}", port=port, height=int(height), **words))


class _Shown:
    """What a cell shows: the page where there is one, and the same line of text everywhere."""

    def __init__(self, line, page=None):
        self.line, self.page = line, page

    def __repr__(self):
        return self.line

    def _repr_mimebundle_(self, **formats):
        return {"text/plain": self.line} | ({"text/html": self.page} if self.page else {})


def _below_a_jupyter_server():
    """Whether the notebook is open in a Jupyter server's page: the server names it to the kernel that it starts."""
    return "JPY_SESSION_NAME" in os.environ and "KARPATHY_COURSE_STORE" not in os.environ


def _port_for(folder):
    """The port at which TensorBoard shows this folder; it is started where it does not run."""
    process, port = _running.get(folder, (None, None))
    if process is None or process.poll() is not None:
        process, port = _running[folder] = _start(folder)
    return port


def _start(folder):
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-P", str(SERVER), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,  # the notebook's stop button interrupts all of the kernel's session, and not this
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # the same, on Windows
        )
        try:
            said = process.stdout.readline()
        except BaseException:  # stopped while it started
            process.kill()
            raise
        if said.strip().isdigit():
            return process, int(said)
        process.wait()
        complaints.seek(0)
        lines = complaints.read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    todo = "`python course.py doctor` looks at the installation"
    raise TensorBoardError(f"TensorBoard did not start: {lines[-1]}. {todo}.")


def _wait_until_read(folder, port):
    """Return when TensorBoard has read all runs that are there: its page says that there is no data until then."""
    written = {path.parent.relative_to(folder).as_posix() for path in folder.rglob("*.tfevents.*")}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # to this machine, never by way of a proxy
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with opener.open(f"http://127.0.0.1:{port}/data/runs", timeout=PATIENCE_SECONDS) as answer:
            if written <= set(json.load(answer)):
                return
        time.sleep(0.05)
