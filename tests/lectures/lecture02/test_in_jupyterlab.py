"""The Graph player in a real JupyterLab, in front of a real kernel, on lecture 02's own cells and on random graphs."""

import json

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe

from karpathy_course.widgets.learner_graph.labels import format_number
from tests.browser.conftest import errors, lecture

RANDOM = """
import json, random
from karpathy_course.scalar import Value
from karpathy_course.widgets import GraphPlayer

rng = random.Random({seed})
nodes = [Value(rng.uniform(-2, 2)) for _ in range(4)]
leaves = dict(zip("pqrs", nodes))
for _ in range(9):
    a, b = rng.choice(nodes), rng.choice(nodes)
    nodes.append(rng.choice([lambda: a + b, lambda: a * b, lambda: a.tanh() - b, lambda: (a * 0.5).exp()])())
root = sum(nodes[5:], nodes[4])
root.backward()
print(json.dumps({{name: leaf.grad for name, leaf in leaves.items() if leaf.grad}}))
GraphPlayer(root, leaves)
"""


def to_the_end(player):
    """Scrub to the last step, as the keyboard's End does on a native slider."""
    player.get_by_test_id("scrub").focus()
    player.get_by_test_id("scrub").press("End")


def gradients(player):
    boxes = player.locator("[data-node][data-name]")
    return {box.get_attribute("data-name"): box.get_attribute("data-grad") for box in boxes.all()}


@pytest.fixture
def page(lab):
    """JupyterLab with the lecture's cells in it, just run."""
    return lab.show("02.ipynb", lecture("02", "widget-graph-player"))


def test_lecture_02s_player_steps_scrubs_and_plays_in_jupyterlab(page):
    assert errors(page) == []
    player = page.get_by_test_id("graph-player").first
    player.wait_for()
    player.get_by_test_id("step").click()
    assert player.get_by_test_id("text-line").inner_text() == "a = 2"
    player.get_by_test_id("back").click()
    assert player.get_by_test_id("count").inner_text().startswith("0 /")
    to_the_end(player)
    found = gradients(player)
    assert (found["a"], found["b"]) == ("25", "19")
    player.get_by_test_id("first").click()
    player.get_by_test_id("speed").select_option(label="fastest")
    player.get_by_test_id("play").click()
    page.wait_for_function(
        "p => { const [a, b] = p.textContent.split(' / '); return a === b; }",
        arg=player.get_by_test_id("count").element_handle(),
    )
    assert gradients(player) == found


def test_lecture_02s_broken_traversal_is_shown_for_what_it_is(page):
    player = page.get_by_test_id("graph-player").first
    player.get_by_test_id("own-traversal").check()
    to_the_end(player)
    assert player.locator(".lm-wrong").count() > 0
    assert (gradients(player)["a"], gradients(player)["b"]) == ("29", "22")


def test_two_presses_of_d_on_a_button_delete_no_cell(page):
    before = page.locator(".jp-Cell").count()
    button = page.get_by_test_id("graph-player").first.get_by_test_id("step")
    button.focus()
    page.keyboard.press("d")
    page.keyboard.press("d")
    assert page.locator(".jp-Cell").count() == before
    page.keyboard.press("Enter")
    assert page.get_by_test_id("graph-player").first.get_by_test_id("count").inner_text().startswith("1 /")


def test_axe_finds_nothing_serious_in_the_players_in_light_and_dark(page):
    for theme in ("JupyterLab Dark", "JupyterLab Light"):  # the last is what the next test finds
        page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", theme)
        light = json.dumps("true" if theme.endswith("Light") else "false")
        page.wait_for_function(f"() => document.body.dataset.jpThemeLight === {light}")
        found = Axe().run(page, context=".lm-widget").response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("seed", [1, 2])
def test_the_numbers_on_the_page_are_pythons_on_a_random_graph(lab, seed):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(RANDOM.format(seed=seed).strip())]
    page = lab.show(f"random-{seed}.ipynb", notebook, same_kernel=True)
    player = page.get_by_test_id("graph-player")
    player.wait_for()
    printed = page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stdout']").inner_text()
    expected = json.loads(printed)
    to_the_end(player)
    found = gradients(player)
    assert {name: found[name] for name in expected} == {name: format_number(g) for name, g in expected.items()}


def test_a_folded_network_opens_a_layer_that_the_kernel_lays_out(lab):
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    code = (
        "import random\nfrom karpathy_course.neuron import MLP\nfrom karpathy_course.widgets import GraphPlayer\n"
        "model = MLP(2, [16, 16, 1], rng=random.Random(0))\nGraphPlayer(model([0.5, -1.0]), fold=model)"
    )
    notebook.cells = [nbformat.v4.new_code_cell(code)]
    page = lab.show("folded.ipynb", notebook, same_kernel=True)
    player = page.get_by_test_id("graph-player")
    assert player.locator("[data-node]").count() < 12
    layer = player.locator("[data-opens='layer-2']")
    layer.focus()
    page.keyboard.press("Enter")
    player.locator("[data-opens='layer-2/neuron-3']").wait_for()
    assert player.locator("[data-node]").count() <= 60
