"""Lecture 03's cell on `tf.function` shows a stored result where TensorFlow is not installed; here it is.

TensorFlow is no dependency of the course: it is installed into an environment of its own, which stays for the next
run beside what the tests themselves are installed in, and the lecture's own cells are run there as a script.
"""

import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import nbformat
import pytest
from filelock import FileLock

from karpathy_course.checks.authoring.exercise_notebooks import ROOT
from tests.accounts import charged_to

pytestmark = pytest.mark.slow

LECTURE = next((ROOT / "lectures").glob("03_*.ipynb"))
CELLS = (
    *("cold-open", "write", "symbol", "record", "rules", "symbol-with-example", "trace", "by-places"),
    *("tensorflow-stored", "tensorflow", "tensorflow-equal"),
)
THEN = """
assert wave_nodes == STORED, wave_nodes
assert bend_types == STORED_BEND, bend_types
print("recorded with", tf.__version__, "as stored")
"""


@pytest.fixture
def python_with_tensorflow():
    """The Python of an environment that holds the pinned TensorFlow: made anew where the pin or Python has changed."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = project["optional-dependencies"]["tensorflow"]
    folder = Path(sys.prefix) / "with-tensorflow"
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    stamp, said = folder / "installed", f"{sys.version} {wanted}"
    with FileLock(f"{folder}.lock"), charged_to("installing"):
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != said:
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder)  # without a pip of its own
            install = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
            install += ["--disable-pip-version-check", *wanted]
            subprocess.run(install, check=True)
            stamp.write_text(said, encoding="utf-8")  # last: what was interrupted is made anew
    return python


def test_what_tensorflow_records_is_what_the_lecture_has_stored(tmp_path, python_with_tensorflow):
    cells = {cell.id: cell.source for cell in nbformat.read(LECTURE, as_version=4).cells}
    script = tmp_path / "cells.py"
    # In the notebook, `tensorflow-equal` finds the lecture's own rows of wave in `ours`.
    ours = "ours = by_places([entry[:3] for entry in trace(wave, 0.5, 2.0)])"
    text = "\n".join(ours + "\n" + cells[id] if id == "tensorflow-equal" else cells[id] for id in CELLS)
    script.write_text(text + THEN, encoding="utf-8")
    done = subprocess.run([python_with_tensorflow, script], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "as stored" in done.stdout and "Recorded now" in done.stdout
