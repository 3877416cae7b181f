"""A program's own page below a notebook's cell, by way of the Jupyter server that shows the notebook.

The page's address is put together in the browser, from the address of JupyterLab: so it is right behind a hub
(`/user/ada/lab`), on Binder, and on your machine. The program itself listens to this machine alone, in a process that
ends with the kernel. Standard library only.
"""

import importlib.util
import json
import os
import shlex
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path

_running = {}  # (the program's name, what it shows): its process, and the port

PAGE = """
<div id="{id}"><p>{starting}</p></div>
<script>
(async () => {{
  const place = document.getElementById("{id}");
  const settings = document.getElementById("jupyter-config-data");
  const base = settings ? JSON.parse(settings.textContent).baseUrl : document.body.dataset.baseUrl || "/";
  const page = new URL("proxy/{port}/", new URL(base, location.href)).href;
  const answer = await fetch(page + {asked_js}).catch(() => null);
  const known = answer && answer.ok ? await answer.json().catch(() => null) : null;
  if (!known || known[{key_js}] !== {what_js}) {{
    place.firstElementChild.textContent = answer && answer.status === 404 ? {no_proxy_js} : {ended_js};
    return;
  }}
  const frame = document.createElement("iframe");
  frame.title = {name_js};
  frame.style.cssText = "width: 100%; height: {height}px; border: 0";
  frame.src = page + {start_js};
  place.replaceChildren(frame);
}})();
</script>
"""


class PageError(RuntimeError):
    """A program did not start; the message is one line that says why and what to do."""


@dataclass(frozen=True)
class Program:
    """A program with a page.

    server: a file that takes what is to be shown as its one word, prints the port that it listens at, and ends when its
    standard input does. asked, key: where the page says in JSON, under which name, what it shows. start: the page's
    part that is shown first.
    """

    name: str
    server: Path
    asked: str
    key: str
    start: str = ""


class Shown:
    """What a cell shows: the page where there is one, and the same line of text everywhere."""

    def __init__(self, line, page=None):
        self.line, self.page = line, page

    def __repr__(self):
        return self.line

    def _repr_mimebundle_(self, **formats):
        return {"text/plain": self.line} | ({"text/html": self.page} if self.page else {})


def show_page(program, what, line, height, until_ready=lambda port: None):
    """The program's page for what (a path), to be shown by a cell that ends with it.

    line: one sentence that says how to see the same without JupyterLab; it is all that is shown where there is no
    Jupyter server to show the page (a plain kernel, a script, a test), and then nothing is started. until_ready(port)
    returns when the page has something to show. height: in pixels. Raises PageError where the program does not start.
    """
    if not below_a_jupyter_server():
        return Shown(line)
    if importlib.util.find_spec("jupyter_server_proxy") is None:
        todo = f"`{install('jupyter-server-proxy')}`, then start JupyterLab again"
        return Shown(f"jupyter-server-proxy is not installed, so {program.name} cannot be shown here: {todo}. {line}")
    port = _port_for(program, str(what))
    until_ready(port)
    words = {
        "asked": program.asked,
        "key": program.key,
        "what": str(what),
        "start": program.start,
        "name": program.name,
        "ended": f"{program.name} is not running any more: run this cell again.",
        "no_proxy": f"This Jupyter server does not hand pages of {program.name} on (jupyter-server-proxy): "
        f"start JupyterLab again. {line}",
    }
    # "<" as itself would end the script's element where a folder is named so.
    texts = {f"{name}_js": json.dumps(text).replace("<", "\\u003c") for name, text in words.items()}
    name = program.name.lower().replace(" ", "-")
    place = {"id": f"{name}-{uuid.uuid4().hex}", "starting": f"{program.name} is starting …"}
    return Shown(line, PAGE.format(port=port, height=int(height), **place, **texts))


def install(package):
    """The command that installs a package where the notebook's kernel finds it."""
    return f"{shlex.quote(sys.executable)} -m pip install {package}"


def below_a_jupyter_server():
    """Whether the notebook is open in a Jupyter server's page: the server names it to the kernel that it starts."""
    return "JPY_SESSION_NAME" in os.environ and "KARPATHY_COURSE_STORE" not in os.environ


def _port_for(program, what):
    """The port at which the program shows this; it is started where it does not run."""
    process, port = _running.get((program.name, what), (None, None))
    if process is None or process.poll() is not None:
        process, port = _running[program.name, what] = _start(program, what)
    return port


def _start(program, what):
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-P", str(program.server), what],
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
        process.communicate()
        complaints.seek(0)
        lines = complaints.read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    todo = "`python course.py doctor` looks at the installation"
    raise PageError(f"{program.name} did not start: {lines[-1]}. {todo}.")
