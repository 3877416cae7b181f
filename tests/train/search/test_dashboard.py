"""Optuna's dashboard: a real one on a real study, below a prefix too; where it is not shown one line stands for it.

Its page in JupyterLab: tests/browser/test_proxied_pages.py. That what is started ends with the kernel is the same for
TensorBoard: tests/torch_reference/test_tensorboard_page.py.
"""

import gzip
import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

from karpathy_course import proxied_page
from karpathy_course.proxied_page import PageError
from karpathy_course.train.search import StudyError, dashboard_page, open_study, run_trials, show_optuna_dashboard

LINE = "The study is in {0}: to see it in Optuna's dashboard, run `optuna-dashboard {1}` in a terminal, in this folder."
PREFIX = "/user/x/proxy/4711"


@pytest.fixture(scope="module")
def two_trials(tmp_path_factory):
    path = tmp_path_factory.mktemp("studies") / "my study.db"
    run_trials(open_study(path, seed=1), lambda trial: trial.suggest_float("x", 0, 1), 2)
    return path


@pytest.fixture
def study(tmp_path, monkeypatch, two_trials):
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copy(two_trials, tmp_path))


@pytest.fixture
def in_a_notebook(monkeypatch):
    """As in the kernel of a notebook that is open in JupyterLab; what is started ends with the test."""
    monkeypatch.setenv("JPY_SESSION_NAME", "notebook.ipynb")
    monkeypatch.delenv("KARPATHY_COURSE_STORE", raising=False)
    monkeypatch.setattr(proxied_page, "_running", {})
    yield
    for process, _ in proxied_page._running.values():
        process.communicate()  # closes its standard input


def asked(port, path, prefix=""):
    """The text at a path of the dashboard, as a Jupyter server that hands it on asks for it."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {"Accept-Encoding": "gzip"} | ({"X-Forwarded-Prefix": prefix} if prefix else {})
    with opener.open(urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers), timeout=30) as answer:
        data = answer.read()
        return (gzip.decompress(data) if answer.headers["Content-Encoding"] == "gzip" else data).decode()


@pytest.mark.slow
def test_a_real_dashboard_shows_the_study_to_this_machine_alone_under_any_prefix(study, in_a_notebook):
    shown = show_optuna_dashboard(study.name)
    assert repr(shown) == repr(show_optuna_dashboard(study.name)), "started once"
    (((name, file), (process, port)),) = proxied_page._running.items()
    assert (name, file) == ("Optuna Dashboard", str(study)) and f"proxy/{port}/" in shown.page
    assert json.loads(asked(port, "/shown")) == {"file": file}
    run_trials(open_study(study, seed=1), lambda trial: trial.suggest_float("x", 0, 1), 3)
    trials = json.loads(asked(port, "/api/studies/1"))["trials"]
    assert [trial["state"] for trial in trials] == ["Complete"] * 3, "those that came after its start too"
    for prefix in ("", PREFIX):
        for path in ("/dashboard", "/dashboard/studies/1/trials"):
            assert f'src="{prefix}/static/bundle.js"' in asked(port, path, prefix)
        script = asked(port, "/static/bundle.js", prefix)
        assert f'url_prefix:"{prefix}/dashboard"' in script and f'? "{prefix}" + what' in script[:300]
    listening = [c.laddr for c in psutil.Process(process.pid).net_connections() if c.status == psutil.CONN_LISTEN]
    assert [(place.ip, place.port) for place in listening] == [("127.0.0.1", port)]


def test_without_a_jupyter_server_one_line_names_the_command_and_nothing_starts(study, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(subprocess, "Popen", None)
    line = LINE.format(study.name, f"'sqlite:///{study.name}'")
    assert show_optuna_dashboard(study.name)._repr_mimebundle_() == {"text/plain": line}


def test_where_it_is_not_installed_one_line_says_what_to_install(study, in_a_notebook, monkeypatch):
    monkeypatch.delitem(sys.modules, "optuna_dashboard", raising=False)
    monkeypatch.setattr(sys, "meta_path", [])  # nothing more can be imported
    monkeypatch.setattr(subprocess, "Popen", None)
    said = repr(show_optuna_dashboard(study))
    assert said.startswith("optuna-dashboard is not installed, and the course can do without it. To install it: `")
    assert "-m pip install optuna-dashboard`" in said and "\n" not in said


def test_a_file_that_is_not_there_or_holds_no_study_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no study .*no\.db: begin one with `open_study` first"):
        show_optuna_dashboard(tmp_path / "no.db")
    (tmp_path / "notes.db").write_text("some notes, and no database at all\n" * 40)
    with pytest.raises(StudyError, match="it is no SQLite file"):
        show_optuna_dashboard(tmp_path / "notes.db")


@pytest.mark.slow
def test_a_dashboard_whose_page_is_another_says_that_it_cannot_be_shown(study, in_a_notebook, monkeypatch):
    module = study.parent / "optuna_dashboard"
    (module / "public").mkdir(parents=True)
    (module / "__init__.py").write_text("__version__ = '9.0'\ndef wsgi(storage): return None\n")
    (module / "index.html").write_text("<script src='./bundle.js'></script>")
    (module / "public" / "bundle.js").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(study.parent))
    with pytest.raises(PageError, match=r"did not start: optuna-dashboard 9\.0 is not of a version that can be shown"):
        dashboard_page.show_optuna_dashboard(study)
