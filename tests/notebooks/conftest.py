"""The notebooks of the checkout, read once, and the environment in which they are executed for storing."""

import copy
import functools
import os
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")


def notebooks(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).glob("*.ipynb"))


def name(path):
    return f"{path.parent.name}/{path.name}"


def read(path):
    """A notebook, which the caller may change."""
    return copy.deepcopy(_stored(path))


@functools.cache
def _stored(path):
    return nbformat.read(path, as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


@pytest.fixture
def sealed_environment(tmp_path):
    """As for storing: one thread, no network, no progress written into the checkout."""
    environment = dict(os.environ, KARPATHY_COURSE_STORE="1", **dict.fromkeys(THREADS, "1"))
    # In front of what is there: an environment that belongs to another checkout finds this one's code by it.
    paths = [str(Path(__file__).parent / "no_network"), str(ROOT), os.environ.get("PYTHONPATH", "")]
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    environment["KARPATHY_COURSE_PROGRESS"] = str(tmp_path / "progress.json")
    environment["MPLCONFIGDIR"] = str(tmp_path / "matplotlib")
    return environment
