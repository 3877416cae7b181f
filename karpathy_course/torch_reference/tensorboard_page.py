"""TensorBoard's own page below a notebook's cell."""

import json
import shlex
import time
import urllib.request
from functools import partial
from pathlib import Path

from karpathy_course.proxied_page import Program, show_page

TENSORBOARD = Program(
    "TensorBoard", Path(__file__).with_name("tensorboard_server.py"), asked="data/environment", key="data_location"
)
PATIENCE_SECONDS = 60.0  # until TensorBoard has read the runs; on a quiet machine it takes 3


def show_tensorboard(folder, height=800):
    """Show TensorBoard for the runs in a folder, below the cell that calls this last.

    folder: holds the runs' event files, in folders of their own (`tensorboard` writes them). height: in pixels.
    TensorBoard is started once a folder and ends with the kernel. Where there is no Jupyter server to show it (a plain
    kernel, a script, a test) nothing is started: what is shown is the line that names the command. Raises
    FileNotFoundError where there is no such folder, PageError where TensorBoard does not start.
    """
    given, folder = folder, Path(folder).resolve()
    if not folder.is_dir():
        raise FileNotFoundError(f"show_tensorboard: there is no folder {given}: train with `tensorboard(…)` first")
    command = f"tensorboard --logdir {shlex.quote(str(given))}"  # as given: the same on every machine
    line = f"The runs are in {given}: to see them, run `{command}` in a terminal, in this folder."
    return show_page(TENSORBOARD, folder, line, height, partial(_wait_until_read, folder))


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
