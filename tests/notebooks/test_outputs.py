"""Every lecture and solution is executed once, in a fresh kernel without network, and its outputs compared.

Behind the last cell of a lecture its cells then run again, from the last to the first, in the same kernel: a learner
goes back and changes something, and no cell may break because a later one took its name for another thing.

nbval runs each notebook in a process of its own, so that its CPU time can be held to the budget.
"""

import os
import re
import subprocess
import sys

import nbformat
import pytest

from tests.accounts import MEGABYTE, SLACK

from .conftest import ROOT, code_cells, name, notebooks, read

MOST_SECONDS = 120  # of CPU, for one notebook; all tests of a lecture together have a budget in tests/accounts.py
MOST_MEGABYTES = 1500
CELL_SECONDS = 20


NOT_AGAIN = {"slow", "raises-exception", "nbval-skip"}


def with_cells_again(notebook):
    """notebook, with its quick cells once more behind the last, in reverse order; what these print is not compared."""
    quick = [cell for cell in code_cells(notebook) if not NOT_AGAIN & set(cell.metadata.get("tags", []))]
    for cell in reversed(quick):
        tags = {*cell.metadata.get("tags", []), "nbval-ignore-output"}
        notebook.cells.append(
            nbformat.v4.new_code_cell(cell.source, id=f"again-{cell.id}"[:64], metadata={"tags": sorted(tags)})
        )
    return notebook


def nbval(path, environment, log):
    """``(exit status, what it printed, its CPU seconds, its peak in megabytes)`` of nbval on a notebook."""
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "--nbval", "--nbval-current-env", "-q"]
    command += ["-p", "no:cacheprovider", f"--nbval-cell-timeout={CELL_SECONDS}", "--nbval-kernel-startup-timeout=120"]
    command += ["-c", os.devnull, f"--rootdir={path.parent}", str(path)]
    alone = environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the other plugins take longer to load than pytest
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=alone, stdout=out, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, log.read_text(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MEGABYTE


@pytest.mark.slow
@pytest.mark.parametrize("path", notebooks("lectures", "solutions"), ids=name)
def test_a_fresh_run_prints_what_is_stored(path, sealed_environment, tmp_path, record_property):
    notebook = read(path)
    if path.parent.name == "lectures":
        notebook = with_cells_again(notebook)
        path = tmp_path / path.name
        nbformat.write(notebook, path)
    status, text, seconds, peak = nbval(path, sealed_environment, tmp_path / "nbval.txt")
    assert status == 0, text[-6000:]
    passed = re.search(r"(\d+) passed", text)
    assert passed, text[-2000:]
    assert int(passed.group(1)) == len(code_cells(notebook)), "a cell was not executed"
    record_property("peak megabytes", peak)
    assert seconds <= SLACK * MOST_SECONDS, f"{seconds:.0f} s of CPU"
    assert peak <= MOST_MEGABYTES, f"{peak:.0f} MB"


def small_notebook(*sources):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source, execution_count=1) for source in sources]
    return notebook


@pytest.mark.slow
def test_a_cell_that_cannot_run_again_is_noticed(sealed_environment, tmp_path):
    notebook = with_cells_again(small_notebook("def double(x):\n    return 2 * x", "four = double(2)", "double = 2"))
    path = tmp_path / "reused.ipynb"
    nbformat.write(notebook, path)
    status, text, _, _ = nbval(path, sealed_environment, tmp_path / "nbval.txt")
    assert status == 1 and "TypeError" in text and "1 failed, 5 passed" in text, text


def test_cells_run_again_from_the_last_but_not_the_slow_ones():
    notebook = small_notebook("1", "2", "3", "1 / 0")
    notebook.cells[1].metadata["tags"] = ["slow"]
    notebook.cells[3].metadata["tags"] = ["raises-exception"]
    again = with_cells_again(notebook).cells[4:]
    assert [cell.source for cell in again] == ["3", "1"]
    assert all(cell.metadata["tags"] == ["nbval-ignore-output"] for cell in again)


def test_the_sealed_environment_refuses_other_machines(sealed_environment):
    code = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    done = subprocess.run([sys.executable, "-c", code], env=sealed_environment, capture_output=True, text=True)
    assert "NetworkBlocked" in done.stderr


def test_the_sealed_environment_reaches_this_machine(sealed_environment):
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        "socket.create_connection(s.getsockname(), timeout=5); print('reached')"
    )
    done = subprocess.run([sys.executable, "-c", code], env=sealed_environment, capture_output=True, text=True)
    assert done.stdout.strip() == "reached", done.stderr


@pytest.mark.slow
def test_a_changed_output_is_noticed(sealed_environment, tmp_path):
    notebook = small_notebook("print(1 + 1)")
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name="stdout", text="3\n")]
    path = tmp_path / "wrong.ipynb"
    nbformat.write(notebook, path)
    status, text, _, _ = nbval(path, sealed_environment, tmp_path / "nbval.txt")
    assert status == 1, text
