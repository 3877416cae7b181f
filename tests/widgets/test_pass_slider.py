"""Pass slider without a browser: what each stage says is what the passes did, on the lecture's and on random graphs."""

import os
import random
import subprocess
import sys
from functools import cache, partial

import pytest

from karpathy_course.graph import (
    Graph,
    checkpoint,
    eliminate_dead,
    fold_constants,
    grad,
    optimize,
    peak_memory,
    simplify,
    trace,
)
from karpathy_course.graph.core import GraphError
from karpathy_course.widgets import PassSlider
from karpathy_course.widgets.base import compact_json
from karpathy_course.widgets.pass_slider.widget import PASSES


def random_graph(seed, steps=40):
    """Operations on earlier values, with constants, repeats and dead ends: more work than is needed."""
    rng = random.Random(seed)
    names = ["a", "b", "c"]
    entries = [(name, "input", (), {}) for name in names]
    for k in range(steps):
        kind = rng.random()
        if kind < 0.25:
            entry = ("constant", (), {"value": rng.choice([0.0, -0.0, 1.0, -1.0, 2.0, 0.5])})
        elif kind < 0.45:
            entry = (rng.choice(["tanh", "relu", "neg", "abs"]), (rng.choice(names),), {})
        else:
            entry = (rng.choice(["add", "sub", "mul"]), (rng.choice(names), rng.choice(names)), {})
        names.append(f"v{k}")
        entries.append((names[-1], *entry))
        if rng.random() < 0.3:
            names.append(f"again{k}")
            entries.append((names[-1], *entry))
    operations = [name for name, op, *_ in entries if op not in ("input", "constant")]
    return Graph.from_list([*entries, ("", "output", (operations[-1], rng.choice(operations)), {})])


@cache  # making it measures times: a few tenths of a second
def moons(width=2):
    rng = random.Random(0)
    w = [rng.uniform(-1, 1) for _ in range(4 * width + 1)]

    def loss(w, x, sign):
        w = iter(w)
        hidden = [(sum(next(w) * v for v in x) + next(w)).relu() for _ in range(width)]
        score = sum(next(w) * h for h in hidden) + next(w)
        score.sigmoid()
        return (1 - sign * score).relu() + 1e-4 * sum(p**2 for p in hidden)

    return PassSlider(grad(trace(loss, w, [0.5, -1.0], 1.0), "w"), w, [0.5, -1.0], 1.0)


def chain(length=16):
    def f(x):
        for _ in range(length):
            x = (x * 0.9).tanh()
        return x

    return optimize(grad(trace(f, 0.5)), PASSES[:4])


GRAPHS = {f"random-{seed}": partial(random_graph, seed) for seed in range(8)} | {"chain": chain}
every_graph = pytest.mark.parametrize("name", GRAPHS)


@cache
def slider_of(name):
    return PassSlider(GRAPHS[name]())


@every_graph
def test_every_count_is_that_of_the_graph_after_the_same_passes(name):
    graph, slider = GRAPHS[name](), slider_of(name)
    for k, stage in enumerate(slider.data["stages"]):
        after = optimize(graph, PASSES[:k])
        assert stage["operations"] == after.operations()
        assert stage["peak"] == peak_memory(after) == max(stage["live"])
        assert stage["nodes"] == len(after) == len(stage["at"])
        assert stage["same"] is True


@every_graph
def test_a_node_that_is_gone_was_merged_or_faded_and_never_comes_back(name):
    slider = slider_of(name)
    for before, after in zip(slider.stages, slider.stages[1:]):
        gone = set(before.ids) - set(after.ids)
        assert gone == set(after.into) | set(after.faded)
        assert set(after.into.values()) <= set(after.ids)
        assert set(after.ids) - set(before.ids) == set(after.new)
        assert len(set(after.ids)) == len(after.ids)
    ever = [set(stage.ids) for stage in slider.stages]
    for k in range(1, len(ever) - 1):
        assert not (ever[k - 1] - ever[k]) & set.union(*ever[k + 1 :])


@every_graph
def test_a_merged_node_became_one_that_has_its_value(name):
    from karpathy_course.widgets.pass_slider.stages import _bits, values_of

    slider = PassSlider(GRAPHS[name](), passes=PASSES[:4])
    for before, after in zip(slider.stages, slider.stages[1:]):
        old = dict(zip(before.ids, values_of(before.graph, slider.inputs)))
        new = dict(zip(after.ids, values_of(after.graph, slider.inputs)))
        taken_over = {k for k, op in zip(after.ids, after.graph.code) if op[0] in ("sub", "add", "neg", "abs")}
        for gone, became in after.into.items():
            assert _bits(old[gone]) == _bits(new[became]) or became in taken_over


def test_equal_operations_merge_and_what_nothing_uses_fades():
    entries = [
        ("a", "input", (), {}),
        ("p", "tanh", ("a",), {}),
        ("q", "tanh", ("a",), {}),
        ("r", "mul", ("p", "q"), {}),
        ("dead", "exp", ("a",), {}),
        ("", "output", ("r",), {}),
    ]
    slider = PassSlider(Graph.from_list(entries))
    merged, faded = slider.stages[3], slider.stages[4]
    assert merged.into == {2: 1} and merged.faded == []
    assert faded.into == {} and faded.faded == [4]
    assert "1 node merged into another; operations 4 → 3" in slider.data["stages"][3]["text"]
    assert "1 faded; operations 3 → 2" in slider.data["stages"][4]["text"]


def test_a_repeated_operation_is_a_new_node_and_the_peak_falls():
    slider = PassSlider(chain(36), passes=[checkpoint])
    stage = slider.stages[1]
    assert len(stage.new) == stage.operations - slider.stages[0].operations > 0
    assert slider.data["stages"][1]["peak"] < slider.data["stages"][0]["peak"]
    assert f"{len(stage.new)} are computed again" in slider.data["stages"][1]["text"]


def test_a_pass_that_changes_an_output_is_told_apart():
    def product(x, y):
        return x * y + x * 0

    slider = PassSlider(trace(product, 1.0, 2.0), float("inf"), 1.0, passes=[partial(simplify, allow=("x*0", "x+0"))])
    assert slider.stages[1].name == "simplify, x*0, x+0"
    assert slider.stages[1].same is False
    assert "nan became inf" in repr(slider) and "NOT the same" in slider.data["stages"][1]["text"]


def test_a_learners_pass_on_plain_lists_is_followed_too():
    def drop_unused(graph):
        """Mine. Legal, I hope."""
        entries, used = [], set()
        for name, op, inputs, attributes in reversed(graph.to_list()):
            if op in ("output", "input") or name in used:
                entries.append((name, op, inputs, attributes))
                used.update(inputs)
        return Graph.from_list(entries[::-1])

    graph = random_graph(3)
    slider, course = PassSlider(graph, passes=[drop_unused]), PassSlider(graph, passes=[eliminate_dead])
    assert len(slider.stages[1].ids) == len(course.stages[1].ids) and not slider.stages[1].new
    assert slider.data["stages"][1]["operations"] == course.data["stages"][1]["operations"]
    assert slider.data["stages"][1]["legal"] == "Mine. Legal, I hope."


def test_what_is_no_pass_is_named():
    with pytest.raises(GraphError, match="gave back int: a pass takes a graph and gives one"):
        PassSlider(random_graph(1), passes=[len])
    with pytest.raises(TypeError, match="the arguments"):
        PassSlider(random_graph(1), 1.0)


def test_boxes_of_a_flat_picture_do_not_overlap():
    for seed in range(8):
        data = slider_of(f"random-{seed}").data
        boxes = [box for box in data["nodes"] if box["h"] >= 20]
        width, height = data["size"]
        for i, a in enumerate(boxes):
            assert a["x"] - a["w"] / 2 >= 0 and a["x"] + a["w"] / 2 <= width
            assert a["y"] - a["h"] / 2 >= 0 and a["y"] + a["h"] / 2 <= height
            for b in boxes[:i]:
                apart_x = abs(a["x"] - b["x"]) >= (a["w"] + b["w"]) / 2
                assert apart_x or abs(a["y"] - b["y"]) >= (a["h"] + b["h"]) / 2


def test_a_large_graph_is_folded_and_its_boxes_hold_every_node():
    slider = moons(width=60)
    assert slider.data["folded"] and len(slider.data["nodes"]) <= 400
    for stage in slider.data["stages"]:
        assert sum(many for _, _, many, _ in stage["at"]) == stage["nodes"]
    assert len(compact_json(slider.page_data()).encode()) <= 250_000


def test_the_page_of_the_lectures_size_holds_all_stages():
    slider = moons()
    assert not slider.data["folded"]
    assert len(compact_json(slider.page_data()).encode()) <= 250_000
    assert len(slider._esm.encode()) <= 40_000


def test_a_time_is_a_middle_between_its_quartiles():
    for each in moons().data["times"]:
        for low, middle, high in each.values():
            assert 0 < low <= middle <= high


def test_where_a_guard_fails_times_and_outputs_are_not_told():
    def branch(x):
        return x * 2 if x > 0 else x * 3

    slider = PassSlider(trace(branch, 1.0), -1.0, passes=[fold_constants])
    assert slider.data["times"] == [{"run": None, "compiled": None}] * 2
    assert slider.stages[1].same is None and "could not be tried" in slider.data["stages"][1]["text"]


@pytest.mark.slow
def test_the_text_is_the_same_in_every_process_and_holds_no_time():
    code = "from tests.widgets.test_pass_slider import moons; print(repr(moons()))"
    seeds = ({"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"})
    texts = {
        subprocess.run([sys.executable, "-c", code], env=os.environ | seed, capture_output=True, text=True).stdout
        for seed in seeds
    }
    assert len(texts) == 1
    text = texts.pop()
    assert text.startswith("Pass slider:") and "µs" not in text and " ms" not in text
    assert text.count("same bits") == 1 + len(PASSES)


@pytest.mark.slow
def test_the_picture_is_a_small_png():
    png = moons().picture()
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and len(png) <= 100_000
