"""TensorBoard and Optuna's dashboard as themselves in a real JupyterLab whose address has a prefix, as behind a hub."""

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
STUDY = """
from karpathy_course.train.search import open_study, run_trials, show_optuna_dashboard
study = run_trials(open_study("my study.db", seed=1), lambda trial: trial.suggest_float("rate", 0, 1) ** 2, 4)
show_optuna_dashboard("my study.db")
"""
SAID = """
from karpathy_course import proxied_page
print(*(f"{process.pid} {port}" for process, port in proxied_page._running.values()))
print(f"{step.loss:.4f} {study.trials[0].params['rate']:.10f}")
"""
BOARD, DASHBOARD = "iframe[title=TensorBoard]", "iframe[title='Optuna Dashboard']"
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


@pytest.fixture(scope="module")
def opened(server, chromium):
    """(page, words that its last cell printed) of one notebook with both, all its cells run."""
    sources = (TRAIN, SHOW, f"{SHOW[:-1]}, height=60)", STUDY, SAID)
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    server.put(nbformat.v4.new_notebook(cells=cells, metadata=kernel), "runs.ipynb")
    context = chromium.new_context(viewport={"width": 1280, "height": 1600})
    context.set_default_timeout(60_000)
    page = context.new_page()
    open_and_run(page, server.lab("runs.ipynb"))
    assert errors(page) == []
    yield page, page.locator(".jp-OutputArea-output pre").last.inner_text().split()
    context.close()


def picture(page, name):
    if folder := os.environ.get("KARPATHY_COURSE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def test_the_curve_of_a_run_is_seen_in_tensorboards_page_below_the_cell(server, opened):
    page, (_, port, _, _, loss, _) = opened
    page.locator(BOARD).nth(1).wait_for()  # one TensorBoard for both cells, else there were more words
    assert page.locator(BOARD).first.get_attribute("src") == f"{server.url}/proxy/{port}/"
    board = page.frame_locator(BOARD).first
    board.get_by_role("combobox", name="Filter tags").fill("loss/train")
    card = board.locator("card-view", has=board.locator("[title='loss/train']"))
    card.get_by_text("the first", exact=True).wait_for()
    card.get_by_text(loss, exact=True).wait_for()  # its last value, in the table below the curve
    curve = card.locator("line-chart canvas")
    curve.scroll_into_view_if_needed()
    until_drawn(curve)
    picture(page, "tensorboard")


def test_a_studys_trials_are_seen_in_optunas_dashboard_below_the_cell(server, opened):
    page, (_, _, _, port, _, rate) = opened
    frame = page.locator(DASHBOARD)
    assert frame.get_attribute("src") == f"{server.url}/proxy/{port}/dashboard/studies/1"
    frame.scroll_into_view_if_needed()
    dashboard = page.frame_locator(DASHBOARD)
    dashboard.locator(".js-plotly-plot .point").nth(3).wait_for(state="attached")  # a mark for each trial
    picture(page, "optuna-dashboard")
    dashboard.locator("a[href$='/dashboard/studies/1/trials']").click()
    for number in range(4):
        dashboard.get_by_text(f"Trial {number}", exact=False).first.wait_for()
    dashboard.get_by_text(rate[:-2]).first.wait_for()  # a parameter of the first one


def test_a_page_whose_program_has_ended_says_to_run_the_cell_again(opened):
    page, words = opened
    assert page.evaluate(SAVED)
    for process in (words[0], words[2]):
        os.kill(int(process), signal.SIGKILL)
    page.reload()
    for name in ("TensorBoard", "Optuna Dashboard"):
        page.get_by_text(f"{name} is not running any more: run this cell again.").first.wait_for()
    assert page.locator("iframe[title]").count() == 0


def until_drawn(curve, seconds=60):
    """Wait until a curve runs from left to right of the canvas: dark in nearly all columns right of step 0."""
    dark, end = 0.0, time.monotonic() + seconds
    while dark < 0.8:
        assert time.monotonic() < end, f"only {dark:.0%} of the columns hold a piece of the curve"
        picture = np.array(Image.open(io.BytesIO(curve.screenshot())).convert("L"))
        dark = np.mean((picture[:, 50:-50] < DARK).any(axis=0))
