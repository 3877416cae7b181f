"""Answers that train networks, read TensorBoard's files, and use PyTorch earn their points in every sandbox."""

import json
import shutil
import subprocess
import sys

import pytest

from karpathy_course.checks.authoring.trials import solution_notebook
from karpathy_course.checks.registry import of_lecture
from karpathy_course.grading.sandbox import modes
from tests.grading.nbgrader_course import ROOT, environment

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("mode", modes.MODES)
@pytest.mark.parametrize("lecture", ["06", "10"])
def test_the_solutions_of_a_lecture_earn_all_points_in_every_mode(lecture, mode, tmp_path):
    if mode != "process" and sys.platform != "linux":
        pytest.skip("a mode of Linux")
    handed_in = tmp_path / "submitted" / "ada"
    handed_in.mkdir(parents=True)
    shutil.copy(solution_notebook(f"{lecture}.1"), handed_in)
    words = ["grade", str(handed_in.parent), "--out", str(tmp_path / "out"), "--sandbox", mode, "--json"]
    done = subprocess.run([sys.executable, "-m", "karpathy_course", *words],
                          capture_output=True, text=True, cwd=ROOT, env=environment(tmp_path))  # fmt: skip
    assert done.returncode == 0, done.stderr
    [record] = json.loads((tmp_path / "out" / "results.json").read_text())["records"]
    assert [(row["exercise"], row["points"]) for row in record["exercises"]] == [
        (e.id, e.points) for e in of_lecture(lecture)
    ]
