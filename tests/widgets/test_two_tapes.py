"""Two tapes without a browser: what it finds at every input is what the function, run on plain numbers, says."""

import base64
import math
import os
import sys

import pytest

from karpathy_course.graph import GuardFailed, trace
from karpathy_course.widgets import TwoTapes
from karpathy_course.widgets.base import STORING, compact_json
from karpathy_course.widgets.learner_graph.reading import GraphError
from karpathy_course.widgets.two_tapes.widget import MOST_GRAPHS, agree, label
from tests.widgets.branching import Comparing, bent, growing, random_branching, smooth, special

SEEDS = range(12)


def two_tapes(fn, *example, **options):
    return TwoTapes(fn, *example, tape=Comparing, **options)


def without_guards(fn, *examples):
    return [entry for entry in trace(fn, *examples).to_list() if entry[1] != "guard"]


def as_number(answer):
    return None if answer is None else float(answer)


@pytest.mark.parametrize("seed", SEEDS)
def test_at_every_input_the_tape_answers_what_the_function_does_on_numbers(seed):
    fn = random_branching(seed)
    data = two_tapes(fn, 1.25, 0.5).data
    for x, run in zip(data["inputs"], data["runs"]):
        assert agree(as_number(run["answer"]), fn(x, 0.5))
        assert len(run["values"]) == len(data["tapes"][run["tape"]]["nodes"])


@pytest.mark.parametrize("seed", SEEDS)
def test_the_trace_is_right_wherever_its_guards_hold_and_they_fail_where_the_packages_do(seed):
    fn = random_branching(seed)
    data, graph = two_tapes(fn, 1.25, 0.5).data, trace(fn, 1.25, 0.5)
    for x, found in zip(data["inputs"], data["traces"][0]["answers"]):
        try:
            expected = float(graph(x, 0.5))
        except GuardFailed:
            assert found["failed"] is not None
        else:
            assert found["failed"] is None
            assert agree(as_number(found["answer"]), expected) and agree(expected, fn(x, 0.5))


def test_where_a_guard_fails_the_values_behind_it_are_those_of_a_reader_that_does_not_look():
    data = two_tapes(bent, 1.0, over=[-2.0, 1.0]).data
    there = data["traces"][0]["answers"][data["inputs"].index(-2.0)]
    assert there["failed"] == 0 and there["answer"] == 4.0
    assert data["runs"][0]["answer"] == -6.0


def test_the_lines_that_ran_are_told_apart_from_the_lines_in_the_trace():
    data = two_tapes(bent, 1.0, over=[-2.0, 1.0]).data
    text = lambda lines: [data["source"][k].strip() for k in lines]
    assert text(data["runs"][0]["lines"]) == ["if x > 0:", "return x - x * x"]
    assert text(data["traces"][0]["lines"]) == ["if x > 0:", "return x * x"]
    assert data["first"] == bent.__code__.co_firstlineno


def test_tracing_again_gives_the_other_branch_and_equal_traces_are_kept_once():
    data = two_tapes(bent, 1.0).data
    assert sorted(set(data["trace_of"])) == [0, 1] and len(data["traces"]) == 2
    for k, which in enumerate(data["trace_of"]):
        found = data["traces"][which]["answers"][k]
        assert found["failed"] is None and agree(as_number(found["answer"]), as_number(data["runs"][k]["answer"]))


def test_a_function_without_branches_is_one_tape_and_one_trace():
    data = two_tapes(smooth, 1.0).data
    assert len(data["tapes"]) == len(data["traces"]) == 1 and data["traces"][0]["guards"] == []
    assert "right at 41 of 41 inputs" in repr(two_tapes(smooth, 1.0))


def test_where_a_function_has_no_end_it_is_stopped_and_one_line_says_so():
    shown = TwoTapes(growing, 3.0, over=[-1.0, 0.0, 3.0, 6.0])
    for x, run in zip(shown.inputs, shown.data["runs"]):
        assert run["endless"] is (x <= 0)
        if x <= 0:
            said = f"growing at x = {x:g} was stopped after 10,000 lines: it seems to have no end"
            assert (run["error"], run["tape"], run["answer"], run["truth"]) == (said, None, None, None)
    assert [place is None for place in shown.data["trace_of"]] == [True, True, False, False]
    assert "growing at x = -1 was stopped after 10,000 lines" in repr(shown)


def test_a_class_whose_comparisons_never_end_a_loop_is_stopped_too():
    def counting(x):
        while x != 8:  # a Value has no __ne__: no node is a number
            x = x + 1
        return x

    def recorded(fn, x):
        return [("x", "input", (), {}), ("c", "constant", (), {"value": 8.0}), ("", "output", ("c",), {})]

    with pytest.raises(GraphError, match="stopped after 2,000 lines: it seems to have no end"):
        TwoTapes(counting, 7.0, over=[6.0, 7.0], trace=recorded)


def test_a_helper_without_end_is_stopped_as_the_function_itself_is():
    shown = TwoTapes(lambda x: growing(x) * 1, 3.0, over=[-1.0, 3.0])
    assert [run["endless"] for run in shown.data["runs"]] == [True, False]


def test_a_tracer_without_end_is_no_reason_to_wait():
    def endless_elsewhere(fn, x):
        return growing(-1.0) if x < 2 else trace(fn, x)

    shown = two_tapes(smooth, 2.0, over=[1.0, 2.0], trace=endless_elsewhere)
    assert shown.data["trace_of"] == [None, 0]


def test_right_is_what_the_function_answers_on_plain_numbers():
    def without_equality(fn, x):
        one, product = ("one", "constant", (), {"value": 1.0}), ("m", "mul", ("x", "one"), {})
        return [("x", "input", (), {}), one, product, ("", "output", ("m",), {})]

    text = repr(TwoTapes(special, 1.0, over=[1.0, 2.0, 3.0], trace=without_equality))
    assert "right at 2 of 3 inputs" in text
    assert "At 1 of them the tape is wrong: at x = 2 it answers 2, and special on plain numbers 200." in text


def test_a_function_that_calls_methods_is_held_to_the_tables_functions():
    data = TwoTapes(lambda x: (x * x + 1).tanh() * 2 - x, 1.0).data
    for x, run in zip(data["inputs"], data["runs"]):
        assert agree(run["truth"], math.tanh(x * x + 1) * 2 - x) and agree(run["truth"], run["answer"])


def test_a_learners_tracer_without_guards_is_shown_for_what_it_is():
    shown = two_tapes(bent, 1.0, trace=without_guards)
    assert "it has no guard, and nothing says so" in repr(shown)
    assert all(found["failed"] is None for found in shown.data["traces"][0]["answers"])


def test_a_tracer_that_bakes_its_example_in_is_drawn_and_wrong_almost_everywhere():
    def bakes(fn, x):
        return [("x", "input", (), {}), ("c", "constant", (), {"value": fn(x)}), ("", "output", ("c",), {})]

    data = two_tapes(smooth, 1.0, trace=bakes).data
    assert len(data["traces"]) == MOST_GRAPHS and None in data["trace_of"]
    wrong = [k for k, run in enumerate(data["runs"]) if run["answer"] != data["traces"][0]["answers"][k]["answer"]]
    assert len(wrong) >= 39


def test_where_the_function_itself_stops_the_tape_says_so():
    def root(x):
        if x.data < 0 if hasattr(x, "data") else False:
            raise ValueError("no root of a negative number")
        return x * x

    data = two_tapes(root, 1.0, over=[-1.0, 1.0]).data
    assert data["runs"][0]["error"] == "ValueError: no root of a negative number" and data["runs"][0]["tape"] is None


def test_numbers_stand_inside_the_box_of_the_operation_that_takes_them():
    assert label("mul", [None, 2.0]) == "× 2" and label("sub", [1.0, None]) == "1 −"
    assert label("gt", [None, 0.0]) == "> 0" and label("exp", [None]) == "exp"
    assert label("maximum", [None, 0.5]) == "maximum(0.5)"


@pytest.mark.slow
def test_boxes_of_a_picture_do_not_overlap():
    for seed in SEEDS:
        data = two_tapes(random_branching(seed), 1.25, 0.5).data
        for picture in data["tapes"] + data["traces"]:
            nodes = picture["nodes"]
            for i, a in enumerate(nodes):
                for b in nodes[:i]:
                    apart = abs(a["x"] - b["x"]) >= (a["w"] + b["w"]) / 2 or abs(a["y"] - b["y"]) >= a["h"]
                    assert apart, (seed, a, b)


def test_the_text_is_the_same_each_time_and_carries_the_facts():
    assert repr(two_tapes(bent, 1.0)) == repr(two_tapes(bent, 1.0))
    text = repr(two_tapes(bent, 1.0))
    for told in ("bent(x) at 41 inputs from -2 to 2", "2 different graphs", "right at 21 of 41", "`if x > 0:`"):
        assert told in text
    assert "0x" not in text


def test_a_picture_is_made_only_when_notebooks_are_stored(monkeypatch):
    shown = two_tapes(bent, 1.0)
    monkeypatch.delenv(STORING, raising=False)
    made = shown._repr_mimebundle_()
    assert "image/png" not in (made[0] if isinstance(made, tuple) else made)
    monkeypatch.setitem(os.environ, STORING, "1")
    made = shown._repr_mimebundle_()
    png = base64.b64decode((made[0] if isinstance(made, tuple) else made)["image/png"])
    assert png.startswith(b"\x89PNG") and len(png) <= 100_000


def test_the_module_and_the_data_keep_their_budgets():
    assert len(str(TwoTapes._esm).encode()) <= 40 * 1024
    shown = two_tapes(random_branching(3), 1.25, 0.5)
    assert len(compact_json(shown.data).encode()) <= 250_000


def long(x):
    for _ in range(70):
        x = x + x
    return x


def test_looking_at_the_lines_leaves_a_debuggers_hook_where_it_was():
    hook = lambda frame, event, argument: None
    before = sys.gettrace()
    sys.settrace(hook)
    try:
        two_tapes(bent, 1.0, over=[-1.0, 1.0])
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is hook


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: two_tapes(5, 1.0), "takes a function"),
        (lambda: two_tapes(bent), "one number for each"),
        (lambda: two_tapes(bent, "one"), "one number for each"),
        (lambda: two_tapes(bent, 1.0, 2.0), "too many positional arguments"),
        (lambda: two_tapes(bent, 1.0, over=[math.nan, 1.0]), "finite inputs"),
        (lambda: two_tapes(bent, 1.0, over=range(1000)), "2 to 164"),
        (lambda: two_tapes(long, 1.0, over=[0.0, 1.0]), "one run recorded 71"),
        (lambda: two_tapes(lambda x: [x], 1.0, over=[0.0, 1.0]), "expected a node of a graph"),
    ],
)
def test_what_cannot_be_drawn_is_answered_with_one_sentence(make, told):
    with pytest.raises(GraphError) as error:
        make()
    text = str(error.value)
    assert told in text and "\n" not in text and len(text) <= 300


def test_an_unknown_operation_in_a_learners_trace_is_named():
    def wrong(fn, x):
        return [("x", "input", (), {}), ("y", "sqare", ("x",), {}), ("", "output", ("y",), {})]

    with pytest.raises(ValueError, match="no operation 'sqare'"):
        two_tapes(smooth, 1.0, trace=wrong)
