"""Lecture 07's race in a real JupyterLab: the classes of the lecture's cells run, wherever the start is moved."""

import json
import re

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course import optim
from karpathy_course.widgets import OptimiserRace
from tests.browser.conftest import errors, lecture

TAG = "widget-optimiser-race"
STEPS = (0, 1, 30, 200)
ROWS = """() => Object.fromEntries([...document.querySelectorAll('[data-testid=optimiser-race] [data-racer]')]
    .map(({ dataset }) => [dataset.racer, [dataset.outcome, Number(dataset.since), dataset.loss]]))"""
SAYS = """(words) => document.querySelector('[data-testid=optimiser-race] [data-testid=text-line]')
    .textContent.replaceAll('−', '-').includes(words)"""
DRAGGED = """(most) => {
    const label = document.querySelector('[data-testid=optimiser-race] [data-testid=start]').ariaLabel;
    return !label.includes(most);
}"""


@pytest.fixture
def page(lab):
    """JupyterLab with the lecture's cells in it, just run."""
    return lab.show("07.ipynb", lecture("07", TAG))


def of_the_lecture():
    """{name: class} of the optimisers that the lecture's own cells define."""
    names = {"np": np, "optim": optim}
    for cell in lecture("07", TAG).cells:
        if cell.id.startswith("class-"):
            exec(cell.source, names)
    return {"my Momentum": names["Momentum"], "my RMSProp": names["RMSProp"]}


def raced(**place):
    """The same race in this process."""
    race = OptimiserRace(of_the_lecture(), condition=10, lr={"my Momentum": 0.03, "my RMSProp": 0.05}, steps=200)
    race.race(**place)
    return race


def same_as_pythons(page, race):
    """Every racer's loss at some steps, and what became of it, as the page says them."""
    scrub = page.get_by_test_id("optimiser-race").first.get_by_test_id("scrub")
    for step in STEPS:
        scrub.fill(str(step))
        shown = page.evaluate(ROWS)
        assert shown.keys() == set(race.names)
        for name, (what, since, loss) in shown.items():
            path = race.path(name)
            assert float(loss) == pytest.approx(path[min(step, len(path) - 1)][2], rel=1e-9, abs=1e-12, nan_ok=True)
            assert (what, since) == race.outcomes()[name]


def test_the_learners_own_optimisers_run_where_the_start_is_dragged_and_every_loss_is_pythons(page):
    assert errors(page) == []
    race = page.get_by_test_id("optimiser-race").first
    race.wait_for()
    same_as_pythons(page, raced())

    race.get_by_test_id("map").scroll_into_view_if_needed()
    box, start = race.get_by_test_id("map").bounding_box(), race.get_by_test_id("start").bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
    page.mouse.up()
    page.wait_for_function(DRAGGED, arg="x = −4, ")
    label = race.get_by_test_id("start").get_attribute("aria-label").replace("−", "-")
    x, y = map(float, re.match(r"Start at x = (\S+), y = (\S+)\. ", label).groups())
    assert x > 1 and y > 0
    page.wait_for_function(SAYS, arg=f"from ({x:g}, {y:g})")
    same_as_pythons(page, raced(start=(x, y)))


def test_the_keyboard_moves_the_start_and_another_surface_runs_the_learners_classes_anew(page):
    race = page.get_by_test_id("optimiser-race").first
    race.get_by_test_id("start").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_function(SAYS, arg="from (-3.9, 1.9)")
    same_as_pythons(page, raced(start=(-3.9, 1.9)))

    race.get_by_test_id("surface").select_option("saddle")
    page.wait_for_function(SAYS, arg="the saddle from ")
    same_as_pythons(page, raced(surface="saddle"))


def test_keys_stay_in_the_race_and_axe_finds_nothing_serious_in_light_and_dark(page):
    before = page.locator(".jp-Cell").count()
    page.get_by_test_id("optimiser-race").first.get_by_test_id("start").focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the page is shared: it goes back to light
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
