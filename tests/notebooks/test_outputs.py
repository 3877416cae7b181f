"""Every lecture and solution is executed once, in a fresh kernel without network, and its outputs compared.

nbval runs each notebook in a process of its own, so that its CPU time can be held to the budget.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.accounts import MEGABYTE, SLACK

from .conftest import ROOT, code_cells, name, notebooks, read

MOST_SECONDS = 120  # of CPU, for one notebook; all tests of a lecture together have a budget in tests/accounts.py
MOST_MEGABYTES = 1500
CELL_SECONDS = 20


@pytest.mark.slow
@pytest.mark.parametrize("path", notebooks("lectures", "solutions"), ids=name)
def test_a_fresh_run_prints_what_is_stored(path, sealed_environment, tmp_path, record_property):
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider"]
    command += ["-p", "no:xdist", f"--nbval-cell-timeout={CELL_SECONDS}", "--nbval-kernel-startup-timeout=120"]
    log = tmp_path / "nbval.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "-c", os.devnull, f"--rootdir={ROOT}", str(path)],
            cwd=ROOT,
            env=sealed_environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text()
    assert process.returncode == 0, text[-6000:]
    passed = re.search(r"(\d+) passed", text)
    assert passed, text[-2000:]
    assert int(passed.group(1)) == len(code_cells(read(path))), "a cell was not executed"
    seconds, peak = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MEGABYTE
    record_property("peak megabytes", peak)
    assert seconds <= SLACK * MOST_SECONDS, f"{seconds:.0f} s of CPU"
    assert peak <= MOST_MEGABYTES, f"{peak:.0f} MB"


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
    import nbformat

    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    cell = nbformat.v4.new_code_cell("print(1 + 1)", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="3\n")]
    notebook.cells = [cell]
    path = Path(tmp_path / "wrong.ipynb")
    nbformat.write(notebook, path)
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "-c", os.devnull, str(path)]
    done = subprocess.run(command, env=sealed_environment, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout
