"""The graph player on a page without a kernel: every number and every sentence on it is Python's."""

import random

import pytest

from karpathy_course.scalar import Value
from karpathy_course.widgets import GraphPlayer
from karpathy_course.widgets.learner_graph.labels import format_number
from karpathy_course.widgets.learner_graph.reading import correct_gradients
from tests.widgets.graphs import Closures, Overwriting, WrongTanh, build, diamond, program

FASTEST = "4"


def random_player(seed):
    root, leaves = build(Value, *program(random.Random(seed), leaves=3, steps=14))
    return GraphPlayer(root, {f"x{k}": leaf for k, leaf in enumerate(leaves)})


def diamond_player(**options):
    root, names = diamond(Value)
    return GraphPlayer(root, names, **options)


def folded_player():
    from karpathy_course.neuron import MLP

    return GraphPlayer(MLP(2, [16, 16, 1], rng=random.Random(0))([Value(0.5), Value(-1.0)]))


def get(page, name):
    return page.get_by_test_id(name)


def position(page):
    return int(get(page, "count").inner_text().split("/")[0])


def line(page):
    return get(page, "text-line").inner_text().replace("−", "-")


def to_the_end(page):
    """Press the step button until the end; the text line after each press."""
    return page.evaluate(
        """() => {
            const by = (id) => document.querySelector(`[data-testid=${id}]`), lines = [];
            for (let k = Number(by("scrub").max); k > 0; k--) {
                by("step").click();
                lines.push(by("text-line").textContent.replaceAll("−", "-"));
            }
            return lines;
        }"""
    )


def steps_of(view, own=False):
    return view["forward"] + view["own_backward" if own else "backward"]


def plain_text(step):
    return step["text"].replace("−", "-")


GRAPHS = {"diamond": diamond_player, **{f"random-{seed}": lambda seed=seed: random_player(seed) for seed in (1, 2, 3)}}


@pytest.mark.parametrize("name", GRAPHS)
def test_at_the_end_every_node_shows_pythons_value_and_gradient(opened, name):
    player = GRAPHS[name]()
    page = opened(player)
    to_the_end(page)
    shown = {
        n["id"]: (n["value"], n["grad"])
        for n in page.eval_on_selector_all(
            "[data-node]", "all => all.map(n => ({id: n.dataset.node, value: n.dataset.value, grad: n.dataset.grad}))"
        )
    }
    graph = player.graph
    gradients = correct_gradients(graph)
    assert shown == {f"n{i}": (format_number(graph.values[i]), format_number(gradients[i])) for i in range(len(graph))}


@pytest.mark.parametrize("name", GRAPHS)
def test_at_every_step_the_text_line_is_the_views_sentence(opened, name):
    player = GRAPHS[name]()
    page = opened(player)
    assert "Press play" in line(page)
    assert to_the_end(page) == [plain_text(step) for step in steps_of(player.view(""))]


def test_the_amount_on_every_edge_of_the_diamond_is_local_derivative_times_gradient(opened):
    page = opened(diamond_player())
    to_the_end(page)
    view = diamond_player().view("")
    grads = {n["id"]: float(n["grad"]) for n in view["nodes"]}
    for edge in view["edges"]:
        amount = page.locator(f'[data-edge="{edge["id"]}"]').get_attribute("data-amount")
        assert amount == format_number(grads[edge["to"]] * float(edge["local"]))


def test_nothing_is_shown_before_its_step_not_even_a_zero(opened):
    player = diamond_player()
    page = opened(player)
    assert page.locator("[data-value], [data-grad]").count() == 0
    forward = len(player.view("")["forward"])
    for _ in range(forward):
        get(page, "step").click()
    assert page.locator("[data-value]").count() == forward and page.locator("[data-grad]").count() == 0


def test_play_runs_to_the_end_and_stops_there(opened):
    page = opened(diamond_player())
    get(page, "speed").select_option(FASTEST)
    get(page, "play").click()
    most = int(get(page, "scrub").get_attribute("max"))
    page.wait_for_function(f"document.querySelector('[data-testid=scrub]').value == {most}")
    page.wait_for_selector("[data-testid=play][aria-label=Play]")
    assert position(page) == most
    get(page, "play").click()
    page.wait_for_selector("[data-testid=play][aria-label=Play]")
    assert position(page) == most  # played a second time, from the start


def test_pause_holds_the_position(opened):
    page = opened(diamond_player())
    get(page, "speed").select_option("3")
    get(page, "play").click()
    page.wait_for_function("document.querySelector('[data-testid=scrub]').value >= 2")
    get(page, "play").click()
    assert get(page, "play").get_attribute("aria-label") == "Play"
    held = position(page)
    page.evaluate(
        "() => new Promise(done => { let n = 0; (function f() { ++n > 30 ? done() : requestAnimationFrame(f) })() })"
    )
    assert position(page) == held


def test_step_back_first_and_scrub_agree_on_what_is_shown(opened):
    player = diamond_player()
    page, steps = opened(player), steps_of(player.view(""))
    picture = lambda: page.eval_on_selector_all(
        "[data-node], [data-edge]", 'all => all.map(n => n.outerHTML.replace(/ class="[^"]*"/g, \'\'))'
    )
    for _ in range(5):
        get(page, "step").click()
    at_five = picture()
    get(page, "step").click()
    get(page, "back").click()
    assert picture() == at_five and line(page) == plain_text(steps[4])
    get(page, "scrub").fill("9")
    assert position(page) == 9 and line(page) == plain_text(steps[8])
    get(page, "scrub").fill("5")
    assert picture() == at_five
    get(page, "first").click()
    assert position(page) == 0 and page.locator("[data-value]").count() == 0
    get(page, "back").click()
    assert position(page) == 0


@pytest.mark.parametrize("way", ["click", "Enter", "Space"])
def test_a_group_opens_and_the_breadcrumb_goes_back(opened, way):
    player = folded_player()
    page = opened(player)
    group = page.locator('[data-opens="layer-1"]')

    def press(target):
        if way == "click":
            target.click()
        else:
            target.focus()
            page.keyboard.press(way)

    press(group)
    page.wait_for_selector('[data-opens="layer-1/neuron-1"]')
    assert to_the_end(page) == [plain_text(step) for step in steps_of(player.view("layer-1"))]
    press(page.locator('[data-opens="layer-1/neuron-1"]'))
    page.wait_for_selector('[aria-current="page"]:has-text("Neuron 1")')
    assert to_the_end(page) == [plain_text(step) for step in steps_of(player.view("layer-1/neuron-1"))]
    if way != "click":
        assert page.evaluate("document.activeElement.textContent").startswith("Layer 1")
    press(page.locator("button.lm-crumb").first)
    page.wait_for_selector('[data-opens="layer-1"]')
    assert page.locator('[aria-current="page"]').inner_text() == "The whole graph"
    assert page.evaluate("document.activeElement.dataset.opens") == "layer-1"


def test_a_group_that_the_page_does_not_hold_says_where_to_open_it(opened):
    player = folded_player()
    player.page_data = lambda: {"views": {"": player.view("")}}
    page = opened(player)
    page.locator('[data-opens="layer-1"]').click()
    assert "open it in the notebook" in line(page)


@pytest.mark.parametrize("kind", [Overwriting, WrongTanh, Closures])
def test_the_own_traversal_shows_its_wrong_steps_and_only_those(opened, kind):
    root, names = diamond(kind)
    root = root.tanh() if kind is WrongTanh else root
    player = GraphPlayer(root, names, traversal=True)
    page = opened(player)
    assert page.locator(".lm-wrong").count() == 0
    get(page, "own-traversal").check()
    assert position(page) == len(player.view("")["forward"])  # the values are there; the traversal begins
    get(page, "first").click()
    steps = steps_of(player.view(""), own=True)
    assert to_the_end(page) == [plain_text(step) for step in steps]
    wrong = page.eval_on_selector_all(".lm-wrong", "all => all.map(n => n.dataset.node)")
    assert sorted(wrong) == sorted({step["node"] for step in steps if step.get("wrong")})
    assert bool(wrong) == (kind is not Closures)
    get(page, "own-traversal").uncheck()
    assert to_the_end(page)[-1] == plain_text(player.view("")["backward"][-1])
    assert page.locator(".lm-wrong").count() == 0


def test_without_an_own_traversal_there_is_no_switch_for_it(opened):
    assert not get(opened(diamond_player()), "own-traversal").is_visible()


def fires_each_node_at_every_visit(root):
    """The classic slip: a node passes on what it holds each time that it is reached."""

    def visit(node):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad
            visit(parent)

    root.grad = 1.0
    visit(root)


@pytest.mark.parametrize(
    ("kind", "traversal"), [(Value, fires_each_node_at_every_visit), (Overwriting, True), (Closures, True)]
)
def test_after_the_own_traversal_every_leaf_shows_what_it_left_there_beside_what_is_right(opened, kind, traversal):
    player = GraphPlayer(*diamond(kind), traversal=traversal)
    page = opened(player)
    get(page, "own-traversal").check()
    to_the_end(page)
    right = correct_gradients(player.graph)
    for i in [i for i in range(len(player.graph)) if not player.graph.parents[i]]:
        leaf = page.locator(f"[data-node=n{i}]")
        left, should = format_number(player.observed.gradients[i]), format_number(right[i])
        assert leaf.get_attribute("data-grad") == left
        shown = leaf.locator(".lm-grad").text_content()
        assert shown == (left if left == should else f"{left} ≠ {should}")
