"""TensorBoard as itself in a real JupyterLab whose address has a prefix, as behind a hub or on Binder."""

import os
import re
import signal

import nbformat.v4
import pytest

from .conftest import errors, jupyter, open_and_run

TRAIN = """
import numpy as np
from karpathy_course import nn
from karpathy_course.data import moons
from karpathy_course.optim import SGD
from karpathy_course.torch_reference import show_tensorboard, tensorboard
from karpathy_course.train import fit

points, labels = moons(40)
batches = [(np.array(points, "float32"), np.array(labels))]
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
steps = fit(model, batches, nn.CrossEntropyLoss(), SGD(model.parameters(), lr=0.5), epochs=30)
for step in tensorboard(steps, "runs/the first", every=1):
    pass
"""
SHOW = 'show_tensorboard("runs")'
AGAIN = """
from karpathy_course.torch_reference import tensorboard_page
process, port = next(iter(tensorboard_page._running.values()))
print(len(tensorboard_page._running), "on", port, "by", process.pid)
"""
FRAME = "iframe[title=TensorBoard]"
NO_FRAME = """() => [...document.querySelectorAll('[id^=tensorboard-] p')].some(p => p.textContent.includes('run this cell'))"""


@pytest.fixture(scope="module")
def server(tmp_path_factory, chromium):
    folder, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")
    with jupyter("jupyterlab", folder, home, prefix="/user/x") as server:
        yield server


def test_the_curve_of_a_run_is_seen_in_tensorboards_page_below_the_cell(server, page):
    cells = [nbformat.v4.new_code_cell(source) for source in (TRAIN, SHOW, SHOW, AGAIN)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    server.put(nbformat.v4.new_notebook(cells=cells, metadata=kernel), "runs.ipynb")
    page.set_viewport_size({"width": 1280, "height": 1600})
    open_and_run(page, server.lab("runs.ipynb"))
    assert errors(page) == []
    page.locator(FRAME).nth(1).wait_for()
    printed = page.locator(".jp-OutputArea-output pre").last.inner_text()
    count, port, pid = map(int, re.match(r"(\d+) on (\d+) by (\d+)", printed).groups())
    assert count == 1, "one TensorBoard for both cells"
    assert page.locator(FRAME).first.get_attribute("src") == f"{server.url}/proxy/{port}/"
    board = page.frame_locator(FRAME).first
    board.get_by_text("loss/train", exact=True).first.wait_for()
    board.get_by_text("the first", exact=True).first.wait_for()
    line = board.locator("line-chart svg path, line-chart canvas").first
    line.wait_for()
    assert line.bounding_box()["width"] > 100
    if folder := os.environ.get("KARPATHY_COURSE_SCREENSHOTS"):
        page.locator(FRAME).first.scroll_into_view_if_needed()
        page.screenshot(path=f"{folder}/tensorboard.png")
