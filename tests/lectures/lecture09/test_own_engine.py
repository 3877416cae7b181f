"""The cell that writes the network out runs on the learner's own engine where there is one, and says so."""

import sys

import numpy as np
import pytest

from karpathy_course import nn
from karpathy_course.app import cli
from karpathy_course.data import digits
from karpathy_course.nn.functional import conv2d, max_pool2d
from tests.app.test_engine import Learner
from tests.browser.conftest import lecture


@pytest.fixture
def learner(tmp_path, monkeypatch):
    monkeypatch.delenv("KARPATHY_COURSE_PROGRESS", raising=False)
    monkeypatch.chdir(tmp_path)
    yield Learner(tmp_path)
    sys.modules.pop("my_engine", None)


def the_cell():
    """What the lecture's cell needs, and its source."""
    (source,) = [cell.source for cell in lecture("09").cells if cell.id == "written-out"]
    names = {"np": np, "pictures": digits()[0], "nets": {"CNN": nn.networks.ConvNet()}, "conv2d": conv2d}
    return names | {"max_pool2d": max_pool2d, "as_images": lambda rows: rows.reshape(-1, 1, 8, 8)}, source


def test_the_network_written_out_uses_the_learners_answers(learner, monkeypatch, capsys):
    learner.solved("09", without=("09.1",))
    assert cli.run(["engine"]) == 0
    capsys.readouterr()
    monkeypatch.syspath_prepend(str(learner.engine.parent))
    names, source = the_cell()
    exec(source, names)
    said = capsys.readouterr().out
    assert "your own are: max_pool2d;" in said and "equal to the network's: True" in said


def test_without_an_engine_the_package_is_used(learner, capsys):
    names, source = the_cell()
    exec(source, names)
    assert "conv2d and max_pool2d are the package's; " in capsys.readouterr().out
