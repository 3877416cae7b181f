"""Where TensorBoard is shown, where one line stands for it, and that none of its processes is left behind.

Its page in JupyterLab: tests/browser/test_proxied_pages.py.
"""

import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace

import psutil
import pytest

from karpathy_course import proxied_page
from karpathy_course.proxied_page import PageError
from karpathy_course.torch_reference import show_tensorboard, tensorboard_page

LINE = "The runs are in {0}: to see them, run `tensorboard --logdir {0}` in a terminal, in this folder."


@pytest.fixture
def in_a_notebook(monkeypatch):
    """As in the kernel of a notebook that is open in JupyterLab; what is started ends with the test."""
    monkeypatch.setenv("JPY_SESSION_NAME", "notebook.ipynb")
    monkeypatch.delenv("KARPATHY_COURSE_STORE", raising=False)
    monkeypatch.setattr(proxied_page, "_running", {})
    yield
    for process, _ in proxied_page._running.values():
        process.communicate()  # closes its standard input


def answers(port):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        return opener.open(f"http://127.0.0.1:{port}/data/environment", timeout=20).status == 200
    except urllib.error.URLError:
        return False


@pytest.mark.parametrize("variables", [{}, {"JPY_SESSION_NAME": "x.ipynb", "KARPATHY_COURSE_STORE": "1"}])
def test_without_a_jupyter_server_one_line_names_the_command_and_nothing_starts(tmp_path, monkeypatch, variables):
    for name in ("JPY_SESSION_NAME", "KARPATHY_COURSE_STORE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(subprocess, "Popen", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    shown = show_tensorboard("runs")
    assert shown._repr_mimebundle_() == {"text/plain": LINE.format("runs")} and repr(shown) == LINE.format("runs")


def test_a_name_with_a_blank_is_quoted_in_the_command(tmp_path, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my runs").mkdir()
    assert "`tensorboard --logdir 'my runs'`" in repr(show_tensorboard("my runs"))


def test_a_folder_that_is_not_there_is_named_with_what_to_do():
    with pytest.raises(FileNotFoundError, match=r"there is no folder no/such: train with `tensorboard\(…\)` first"):
        show_tensorboard("no/such")


def test_without_the_proxy_one_line_says_how_to_install_it(tmp_path, monkeypatch, in_a_notebook):
    monkeypatch.delitem(sys.modules, "jupyter_server_proxy", raising=False)
    monkeypatch.setattr(sys, "meta_path", [])  # nothing more can be imported
    monkeypatch.setattr(subprocess, "Popen", None)
    shown = repr(show_tensorboard(tmp_path))
    assert shown.startswith("jupyter-server-proxy is not installed") and "pip install jupyter-server-proxy`" in shown
    assert LINE.format(tmp_path) in shown and "\n" not in shown


@pytest.mark.slow
def test_it_is_started_once_a_folder_and_started_again_when_it_has_ended(tmp_path, in_a_notebook):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    pages = [show_tensorboard(tmp_path / name).page for name in ("one", "two", "one")]
    running = list(proxied_page._running.values())
    ports = [port for _, port in running]
    assert len(set(ports)) == 2 and all(answers(port) for port in ports)
    assert [f"proxy/{port}/" in page for page, port in zip(pages, [*ports, ports[0]])] == [True] * 3
    process = running[0][0]
    process.kill()
    process.wait()
    show_tensorboard(tmp_path / "one")
    again, port = proxied_page._running["TensorBoard", str((tmp_path / "one").resolve())]
    assert again.pid != process.pid and answers(port)


@pytest.mark.skipif(not hasattr(os, "getsid"), reason="Windows has no sessions")
def test_the_notebooks_stop_button_does_not_reach_it(tmp_path, in_a_notebook):
    show_tensorboard(tmp_path)
    ((process, _),) = proxied_page._running.values()
    assert os.getsid(process.pid) != os.getsid(0)


def test_it_listens_to_this_machine_alone(tmp_path, in_a_notebook):
    show_tensorboard(tmp_path)
    ((process, port),) = proxied_page._running.values()
    found = [each.laddr for each in psutil.Process(process.pid).net_connections() if each.status == psutil.CONN_LISTEN]
    assert [(place.ip, place.port) for place in found] == [("127.0.0.1", port)]


def test_the_name_of_a_folder_cannot_end_the_pages_script(tmp_path, in_a_notebook):
    folder = tmp_path / "<" / "script><b>"  # the path reads "</script>"
    folder.mkdir(parents=True)
    assert show_tensorboard(folder).page.count("</script>") == 1


def test_one_that_does_not_start_says_why_in_one_line(tmp_path, in_a_notebook, monkeypatch):
    broken = tmp_path / "broken.py"
    broken.write_text("raise ImportError('half a package')")
    monkeypatch.setattr(tensorboard_page, "TENSORBOARD", replace(tensorboard_page.TENSORBOARD, server=broken))
    with pytest.raises(PageError, match=r"TensorBoard did not start: ImportError: half a package\. .*doctor"):
        show_tensorboard(tmp_path)


KERNEL = """
import os, sys, time
os.environ["JPY_SESSION_NAME"] = "notebook.ipynb"
os.environ.pop("KARPATHY_COURSE_STORE", None)
from karpathy_course import proxied_page
from karpathy_course.torch_reference import show_tensorboard
show_tensorboard(sys.argv[1])
((process, port),) = proxied_page._running.values()
print(process.pid, port, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["at its end", "killed"])
def test_it_ends_with_the_kernel_even_one_that_is_killed(tmp_path, ending):
    kernel = subprocess.Popen(
        [sys.executable, "-c", KERNEL, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    pid, port = map(int, kernel.stdout.readline().split())
    assert answers(port)
    if ending == "killed":
        kernel.kill()
    kernel.communicate(timeout=60)
    until_gone(pid)
    assert not answers(port)


def until_gone(pid, seconds=30):
    if psutil.pid_exists(pid):
        psutil.wait_procs([psutil.Process(pid)], timeout=seconds)
    assert not psutil.pid_exists(pid)
