"""Lecture 06's two widgets in a real JupyterLab: the loss at birth, and a training beside which one goes on working."""

import json
from itertools import groupby
from math import log

import nbformat
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course import nn
from karpathy_course.data import digits
from karpathy_course.tensor import no_grad
from tests.browser.conftest import CONNECTED, IDLE, errors, lecture, open_and_run

QUESTION = """
import json
print(json.dumps([[step.number, step.rate, step.loss] for step in dashboard.steps]))
"""
ASK = """async () => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = panel.content.widgets.length - 1;
    await window.jupyterapp.commands.execute('notebook:run-cell');
    const cell = panel.context.model.sharedModel.cells.at(-1);
    return cell.getOutputs().map(output => [output.text].flat().join('')).join('');
}"""
SAVED = """async () => {
    await window.jupyterapp.commands.execute('docmanager:save');
    return !window.jupyterapp.shell.currentWidget.context.model.dirty;
}"""
FACT = """([name, wanted]) => {
    const fact = document.querySelector(`[data-testid=training-dashboard] [data-fact=${name}]`);
    return fact && (typeof wanted === 'number' ? Number(fact.dataset.exact) >= wanted : fact.dataset.exact === wanted);
}"""


@pytest.fixture(scope="module")
def opened(lab_server, chromium):
    """The page of the lecture with the cells that the widgets need, all run, and one more that asks the kernel."""
    notebook = lecture("06", "widget-training-dashboard")
    notebook.cells.append(nbformat.v4.new_code_cell(QUESTION, id="question"))
    lab_server.put(notebook, "06.ipynb")
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    open_and_run(page, lab_server.lab("06.ipynb"))
    yield page
    context.close()


def until(page, name, wanted):
    """Wait until the dashboard's fact is the wanted text, or at least the wanted number."""
    page.wait_for_function(FACT, arg=[name, wanted])


def asked(page):
    """[(number, rate, loss)] of all steps so far, from the kernel: it answers although the training may be running."""
    return json.loads(page.evaluate(ASK))


def dashboard_of(page):
    return page.get_by_test_id("training-dashboard").first


def test_the_needle_shows_the_learners_own_loss_and_hits_ln_c_as_made(opened):
    page = opened
    assert errors(page) == []
    birth = page.get_by_test_id("loss-at-birth").first
    birth.wait_for()
    images, labels = digits()
    pictures, answers = images[:300].astype("float64"), labels[:300]

    def shown_and_computed(seed):
        scale = float(birth.get_by_test_id("scale-text").get_attribute("data-exact"))
        nn.manual_seed(seed)
        model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10)).double()
        for layer in (model[0], model[2]):
            layer.weight.data *= scale
        with no_grad():
            computed = nn.CrossEntropyLoss()(model(pictures), answers).item()
        return float(birth.get_by_test_id("loss").get_attribute("data-exact")), computed

    loss, computed = shown_and_computed(0)
    assert np.isclose(loss, computed, rtol=1e-12) and abs(loss / log(10) - 1) < 0.05
    assert "inside" in birth.get_by_test_id("reading").inner_text()
    birth.get_by_test_id("scale").focus()
    page.keyboard.press("End")
    birth.get_by_test_id("seed").select_option(label="seed 3")
    loss, computed = shown_and_computed(3)
    assert np.isclose(loss, computed, rtol=1e-12) and loss > 100
    assert "outside" in birth.get_by_test_id("reading").inner_text()


def test_a_changed_rate_is_that_of_the_next_step_while_the_kernel_stays_usable(opened):
    page = opened
    dashboard = dashboard_of(page)
    assert asked(page) == []
    dashboard.get_by_test_id("pace").select_option("20")
    dashboard.get_by_test_id("run").click()
    until(page, "step", 3)
    first = asked(page)
    until(page, "state", "running")
    until(page, "step", first[-1][0] + 2)  # it went on while and after the kernel answered
    assert {rate for _, rate, _ in first} == {0.1}

    dashboard.get_by_test_id("halve").click()
    dashboard.get_by_test_id("run").click()
    until(page, "state", "paused")
    dashboard.get_by_test_id("rate").fill("0.3")
    dashboard.get_by_test_id("set-rate").click()
    before = asked(page)
    dashboard.get_by_test_id("step").click()
    until(page, "step", before[-1][0] + 1)
    until(page, "state", "paused")
    after = asked(page)
    assert after[:-1] == before and after[-1][:2] == [before[-1][0] + 1, 0.3]
    assert [rate for rate, _ in groupby(rate for _, rate, _ in after)] in ([0.1, 0.05, 0.3], [0.1, 0.3])
    assert "learning rate 0.3" in dashboard.get_by_test_id("text-line").inner_text()


def test_leaving_the_page_stops_nothing_and_loses_nothing(opened, lab_server):
    page = opened
    dashboard_of(page).get_by_test_id("run").click()
    until(page, "state", "running")
    assert page.evaluate(SAVED)
    known = asked(page)
    page.goto("about:blank")
    page.goto(lab_server.lab("06.ipynb"))
    page.wait_for_function(CONNECTED)
    until(page, "step", known[-1][0] + 1)
    until(page, "state", "running")
    dashboard_of(page).get_by_test_id("run").click()
    until(page, "state", "paused")
    page.wait_for_function(IDLE)
    found = asked(page)
    assert found[: len(known)] == known
    assert [number for number, _, _ in found] == list(range(1, len(found) + 1))


def test_keys_stay_in_both_widgets_and_axe_finds_nothing_serious_in_light_and_dark(opened):
    page = opened
    before = page.locator(".jp-Cell").count()
    for control in (dashboard_of(page).get_by_test_id("step"), page.get_by_test_id("as-made").first):
        control.focus()
        page.keyboard.press("d")
        page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
