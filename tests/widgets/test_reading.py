"""replay reads any learner's graph from outside, as it is, and leaves it as it was."""

import json
import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.scalar import Value, weighted_sum
from karpathy_course.widgets.learner_graph.labels import compute, format_number, table_op
from karpathy_course.widgets.learner_graph.reading import GraphError, correct_gradients, read_graph
from tests.widgets.graphs import CLASSES, Closures, Micrograd, Overwriting, Slotted, WrongTanh, build, diamond, programs


def by_name(graph, numbers):
    return {name: number for name, number in zip(graph.names, numbers) if name}


@pytest.mark.parametrize("kind", CLASSES)
def test_the_diamond_of_any_class_has_gradients_25_and_19(kind):
    y, names = diamond(kind)
    graph = read_graph(y, names)
    gradients = by_name(graph, correct_gradients(graph))
    assert (gradients["a"], gradients["b"]) == (25, 19)
    assert [graph.op[i] for i in range(len(graph)) if graph.parents[i]] == ["add", "mul", "add", "mul", "add"]
    assert graph.order_known == (kind is not Micrograd)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_parent_used_twice_is_two_edges_or_one_with_the_total_where_parents_are_a_set(kind):
    a = kind(3.0)
    graph = read_graph(a * a, {"a": a})
    assert graph.parents[1] == ((0,) if kind is Micrograd else (0, 0))
    assert graph.locals[1] == ((6,) if kind is Micrograd else (3, 3))
    assert graph.operands[1] == (0, 0)
    assert correct_gradients(graph)[0] == 6


def test_a_repeated_parent_of_an_operation_that_is_not_in_the_table_is_one_edge_with_the_total():
    a = Closures(3.0)
    graph = read_graph(a._made(12.0, (a, a), "twice and twice", 2.0, 2.0))
    assert (graph.parents[1], graph.locals[1], graph.op[1]) == ((0,), (4.0,), "twice and twice")


@pytest.mark.parametrize("kind", CLASSES)
@settings(max_examples=60, deadline=None)
@given(what=programs)
def test_gradients_of_random_graphs_equal_the_engines_own(kind, what):
    root, leaves = build(kind, *what)
    graph = read_graph(root)
    place = {id(node): i for i, node in enumerate(graph.objects)}
    ours = correct_gradients(graph)
    assert graph.values == [node.data for node in graph.objects]
    assert not graph.claimed
    if kind is Slotted:
        oracle, leaves_there = build(Value, *what)
    else:
        oracle, leaves_there = root, leaves
    oracle.backward()
    for mine, theirs in zip(leaves, leaves_there):
        if id(mine) in place:
            assert ours[place[id(mine)]] == pytest.approx(theirs.grad, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("kind", CLASSES)
@settings(max_examples=30, deadline=None)
@given(what=programs)
def test_every_node_can_be_computed_again_from_its_operands(kind, what):
    graph = read_graph(build(kind, *what)[0])
    for i, operands in enumerate(graph.operands):
        if graph.parents[i]:
            numbers = [o if isinstance(o, float) else graph.values[o] for o in operands]
            assert compute(graph.op[i], numbers)[0] == pytest.approx(graph.values[i], rel=1e-9, abs=1e-12)


def test_plain_number_operands_are_told_from_nodes():
    a = Value(3.0)
    graph = read_graph(2 - a**2)
    assert (graph.operands[1], graph.operands[2]) == ((0, 2.0), (2.0, 1))
    total = weighted_sum([Value(1.0), 2.0], [3.0, Value(4.0)], 5)
    graph = read_graph(total)
    assert graph.operands[-1] == (0, 2.0, 3.0, 1, 5.0)


def test_a_difference_in_a_set_is_put_in_the_order_that_gives_its_value():
    class Sets(Closures):
        def _made(self, data, parents, op, *locals_):
            out = super()._made(data, parents, op, *locals_)
            out.parents = set(parents)
            return out

    for _ in range(5):
        a, b = Sets(2.0), Sets(5.0)
        graph = read_graph(a - b, {"a": a, "b": b})
        first, second = graph.operands[-1]
        assert (graph.names[first], graph.names[second]) == ("a", "b")
        assert by_name(graph, correct_gradients(graph)) == {"a": 1, "b": -1}
        assert "order is not known" in graph.notes[0]


@pytest.mark.parametrize("kind", [*CLASSES, Overwriting])
def test_reading_leaves_every_gradient_and_number_as_it_was(kind):
    y, _ = diamond(kind)
    graph = read_graph(y)
    marks = [object() for _ in graph.objects]
    for node, mark in zip(graph.objects, marks):
        node.grad = mark
    data = [node.data for node in graph.objects]
    read_graph(y)
    assert all(node.grad is mark for node, mark in zip(graph.objects, marks))
    assert all(node.data is d for node, d in zip(graph.objects, data))


def test_a_wrong_local_derivative_is_replaced_by_the_right_one_and_named():
    n = WrongTanh(0.5)
    o = n.tanh()
    graph = read_graph(o, {"n": n, "o": o})
    assert graph.locals[1][0] == pytest.approx(1 - math.tanh(0.5) ** 2)
    assert graph.notes == ["o: by this class its derivative by n is 0.75; it is 0.7864."]


def test_the_overwriting_of_a_repeated_parent_is_named():
    a = Overwriting(3.0)
    y = a + a
    graph = read_graph(y, {"a": a, "y": y})
    assert correct_gradients(graph)[0] == 2
    assert graph.notes == ["y: by this class its derivative by a is 1; it is 2."]


def test_a_kink_may_have_any_derivative_between_the_two_sides():
    class OneAtZero(Closures):
        def relu(self):
            return self._made(max(0.0, self.data), (self,), "relu", float(self.data >= 0))

    assert read_graph(OneAtZero(0.0).relu()).notes == []


def test_numbers_changed_after_the_graph_was_made_are_named():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    a.data = 10.0
    assert "operands no longer give" in read_graph(c, {"a": a, "c": c}).notes[0]


def test_a_backward_that_raises_is_one_sentence_with_its_line():
    class Raising(Closures):
        def tanh(self):
            out = self._made(math.tanh(self.data), (self,), "tanh", 0.0)
            out._backward = lambda: 1 / 0
            return out

    graph = read_graph(Raising(0.5).tanh())
    assert graph.notes[0].startswith("The _backward of tanh(0.5) could not be run: ZeroDivisionError")
    assert "in line" in graph.notes[0]
    assert graph.locals[1][0] == pytest.approx(1 - math.tanh(0.5) ** 2)


def test_a_backward_that_never_returns_has_a_deadline():
    def forever():
        while True: pass  # fmt: skip  # noqa: E701

    a = Closures(0.5)
    y = a.tanh()
    y._backward = forever
    before = sys.gettrace()
    graph = read_graph(y, seconds=0.2)
    assert "never ends" in graph.notes[0]
    assert sys.gettrace() is before
    assert (a.grad, y.grad) == (0.0, 0.0)


def test_what_a_backward_prints_is_not_shown(capsys):
    a = Closures(0.5)
    y = a.tanh()
    y._backward = lambda: print("x" * 1_000_000)
    read_graph(y)
    assert capsys.readouterr().out == ""


def test_names_come_from_a_dict_even_globals_and_lists_count():
    x = [Value(1.0), Value(2.0)]
    s = x[0] + x[1]
    graph = read_graph(s, {"_": x[0], "x": x, "s": s, "print": print, "numbers": [1, 2]})
    assert graph.names == ["x[0]", "x[1]", "s"]


def test_the_order_is_the_same_each_time_for_a_class_that_keeps_sets():
    def signs():
        y, names = diamond(Micrograd)
        return read_graph(y, names).names

    assert len({tuple(signs()) for _ in range(10)}) == 1


@pytest.mark.slow
def test_a_chain_of_100_000_nodes_is_read():
    x = Value(1.0)
    for _ in range(100_000):
        x = x + 1
    graph = read_graph(x)
    assert len(graph) == 100_001
    assert correct_gradients(graph)[0] == 1


class Odd:
    def __init__(self, data=1.0, parents=()):
        self.data, self.grad, self.parents, self.op = data, 0.0, parents, "+"


def _cycle():
    a = Odd()
    b = Odd(2.0, (a,))
    a.parents = (b,)
    return b


@pytest.mark.parametrize(
    ("root", "said"),
    [
        (None, "expected a node of a graph, with .data and its parents, got None"),
        (3.0, "got float 3.0"),
        ("abc", "got str 'abc'"),
        (Value, "got the class Value itself"),
        ([Value(1.0)], "got list"),
        (_cycle(), "the graph has a cycle: Odd(data=2) is among its own ancestors"),
        (Odd(parents=3), "the parents of Odd(data=1) are of type int: expected a tuple of nodes"),
        (Odd(parents=(n for n in [])), "are of type generator"),
        (Odd(parents=(2.0,)), "a parent of Odd(data=1) is float 2.0, which has no .data"),
        (Odd(data="two"), "a node holds str data ('two'): expected one number"),
        (Odd(data=[1, 2]), "a node holds list data"),
    ],
)
def test_what_is_not_a_graph_is_told_in_one_sentence(root, said):
    with pytest.raises(GraphError) as error:
        read_graph(root)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


def test_a_node_that_shows_its_whole_graph_as_text_does_not_hang_an_error():
    class Loud(Odd):
        def __repr__(self):
            raise RuntimeError("a repr that walks the graph")

    with pytest.raises(GraphError, match=r"Loud\(data=1\)"):
        read_graph(Loud(parents=3))


def test_values_that_are_not_finite_are_named_and_still_read():
    a = Value(math.inf)
    graph = read_graph(a - a, {"a": a})
    assert graph.notes == ["a is inf, the first of 2 values that are not finite."]


@pytest.mark.parametrize(
    ("label", "parents", "expected"),
    [
        ("+", 2, ("add", ())),
        ("*", 2, ("mul", ())),
        ("-", 2, ("sub", ())),
        ("-", 1, ("neg", ())),
        ("/", 2, ("div", ())),
        ("**2", 1, ("pow", (None, 2.0))),
        ("**-0.5", 1, ("pow", (None, -0.5))),
        ("**", 2, ("pow", ())),
        ("ReLU", 1, ("relu", ())),
        ("Tanh", 1, ("tanh", ())),
        ("__mul__", 2, ("mul", ())),
        ("σ", 1, ("sigmoid", ())),
        ("weighted_sum", 5, ("weighted_sum", ())),
        ("my op", 1, ("my op", ())),
    ],
)
def test_a_learners_labels_are_translated_to_the_tables_names(label, parents, expected):
    assert table_op(label, parents) == expected


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (5, "5"), (5.0, "5"), (-0.0, "0"), (0.70712345, "0.7071"), (-1.5, "-1.5"), (12.125, "12.13"), (1234.5, "1235"),
        (9999.4, "9999"), (9999.9, "10000"), (123456.7, "123457"), (1e6, "1e6"), (-1234567.0, "-1.235e6"),
        (1e-4, "0.0001"), (1.23456e-5, "1.235e-5"), (math.nan, "nan"), (-math.inf, "-inf"), (None, ""), (True, "1"),
    ],
)  # fmt: skip
def test_numbers_have_four_significant_digits_everywhere(number, text):
    assert format_number(number) == text


@settings(max_examples=300)
@given(number=st.floats(-1e300, 1e300))
def test_a_written_number_is_the_number_to_four_digits(number):
    assert float(format_number(number)) == pytest.approx(number, rel=5.001e-4, abs=0)


def test_reading_and_observing_import_no_numpy():
    code = (
        "import sys, json; from karpathy_course.scalar import Value; "
        "from karpathy_course.widgets.learner_graph import reading, observing, labels, step_sentences; "
        "a = Value(2.0); y = a * a; g = reading.read_graph(y); observing.observe(y, g); "
        "print(json.dumps([m for m in ('numpy', 'torch', 'matplotlib', 'ipywidgets') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
