"""Optuna's dashboard below a notebook's cell, where optuna-dashboard is installed: the course can do without it."""

import importlib.util
import shlex
from pathlib import Path

from karpathy_course.proxied_page import Program, Shown, below_a_jupyter_server, install, show_page
from karpathy_course.train.search.studies import address, tables_in

DASHBOARD = Program(
    "Optuna Dashboard",
    Path(__file__).with_name("dashboard_server.py"),
    asked="shown",
    key="file",
    start="dashboard/studies/1",  # the one that `open_study` begins in a new file
)


def show_optuna_dashboard(path, height=800):
    """Show Optuna's dashboard for the study in a file, below the cell that calls this last; it grows as the study does.

    path: of `open_study`. height: in pixels. The dashboard is started once a file and ends with the kernel. Where
    optuna-dashboard is not installed, one line says how to install it; where there is no Jupyter server to show it (a
    plain kernel, a script, a test), one line names the command: then nothing is started. Raises FileNotFoundError where
    there is no such file, StudyError for one that holds no study, PageError where the dashboard does not start.
    """
    given, path = Path(path), Path(path).resolve()
    if not path.is_file():
        raise FileNotFoundError(f"show_optuna_dashboard: there is no study {given}: begin one with `open_study` first")
    tables_in(path)
    command = f"optuna-dashboard {shlex.quote(address(given))}"  # as given: the same on every machine
    line = f"The study is in {given}: to see it in Optuna's dashboard, run `{command}` in a terminal, in this folder."
    if importlib.util.find_spec("optuna_dashboard") is None:
        how = f"`{install('optuna-dashboard')}`" if below_a_jupyter_server() else "`pip install optuna-dashboard`"
        return Shown(
            f"optuna-dashboard is not installed, and the course can do without it. To install it: {how}. {line}"
        )
    return show_page(DASHBOARD, path, line, height)
