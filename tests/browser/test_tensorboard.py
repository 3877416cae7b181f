"""TensorBoard as itself in a real JupyterLab whose address has a prefix, as behind a hub or on Binder."""

import io
import os
import signal
import time

import nbformat.v4
import numpy as np
import pytest
from PIL import Image

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
from karpathy_course import proxied_page
process, port = next(iter(proxied_page._running.values()))
print(len(proxied_page._running), port, process.pid, f"{step.loss:.4f}")
"""
FRAME = "iframe[title=TensorBoard]"
SAVED = """async () => {
    await window.jupyterapp.commands.execute('docmanager:save');
    return !window.jupyterapp.shell.currentWidget.context.model.dirty;
}"""
DARK = 140  # of 255: the curve is darker, the grid is lighter


@pytest.fixture(scope="module")
def server(tmp_path_factory, chromium):
    folder, home = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("home")
    with jupyter("jupyterlab", folder, home, prefix="/user/x") as server:
        yield server


def test_the_curve_of_a_run_is_seen_in_tensorboards_page_below_the_cell(server, page):
    cells = [nbformat.v4.new_code_cell(source) for source in (TRAIN, SHOW, f"{SHOW[:-1]}, height=60)", AGAIN)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    server.put(nbformat.v4.new_notebook(cells=cells, metadata=kernel), "runs.ipynb")
    page.set_viewport_size({"width": 1280, "height": 1600})
    open_and_run(page, server.lab("runs.ipynb"))
    assert errors(page) == []
    page.locator(FRAME).nth(1).wait_for()
    count, port, process, loss = page.locator(".jp-OutputArea-output pre").last.inner_text().split()
    assert count == "1", "one TensorBoard for both cells"
    assert page.locator(FRAME).first.get_attribute("src") == f"{server.url}/proxy/{port}/"

    board = page.frame_locator(FRAME).first
    board.get_by_role("combobox", name="Filter tags").fill("loss/train")
    card = board.locator("card-view", has=board.locator("[title='loss/train']"))
    card.get_by_text("the first", exact=True).wait_for()
    card.get_by_text(loss, exact=True).wait_for()  # its last value, in the table below the curve
    curve = card.locator("line-chart canvas")
    curve.scroll_into_view_if_needed()
    until_drawn(curve)
    if folder := os.environ.get("KARPATHY_COURSE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/tensorboard.png")

    assert page.evaluate(SAVED)
    os.kill(int(process), signal.SIGKILL)
    page.reload()
    page.get_by_text("TensorBoard is not running any more: run this cell again.").first.wait_for()
    assert page.locator(FRAME).count() == 0


def until_drawn(curve, seconds=60):
    """Wait until a curve runs from left to right of the canvas: dark in nearly all columns right of step 0."""
    dark, end = 0.0, time.monotonic() + seconds
    while dark < 0.8:
        assert time.monotonic() < end, f"only {dark:.0%} of the columns hold a piece of the curve"
        picture = np.array(Image.open(io.BytesIO(curve.screenshot())).convert("L"))
        dark = np.mean((picture[:, 50:-50] < DARK).any(axis=0))
