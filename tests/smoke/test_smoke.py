"""The first thing to run on a new machine: seconds, no browser, no notebook; is the course there at all?"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from karpathy_course.scalar import Value

HERE = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("lectures", "exercises", "solutions")
NOTEBOOKS = sorted(path for folder in FOLDERS for path in (HERE / folder).glob("*.ipynb"))


def test_a_number_times_itself_gets_its_gradient():
    a = Value(3.0)
    (a * a).backward()
    assert a.grad == 6


def test_torch_computes_and_differentiates():
    import torch

    a = torch.tensor(3.0, requires_grad=True)
    (a * a).backward()
    assert a.grad.item() == 6


def test_the_command_is_installed():
    command = [sys.executable, "-m", "karpathy_course", "--help"]
    answer = subprocess.run(command, capture_output=True, text=True, cwd=HERE)
    assert answer.returncode == 0 and "lab" in answer.stdout


def test_there_is_a_welcome_lecture():
    assert (HERE / "lectures/00_welcome.ipynb").is_file()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.name)
def test_every_notebook_can_be_read_and_its_cells_can_be_told_apart(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    names = [cell["id"] for cell in cells]
    assert names and len(set(names)) == len(names)
