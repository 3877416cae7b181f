"""observe runs a learner's own backward and names what is wrong with it, firing by firing."""

import inspect
import sys

import pytest
from hypothesis import given, settings

from karpathy_course.scalar import Value
from karpathy_course.widgets.learner_graph.observing import observe
from karpathy_course.widgets.learner_graph.reading import correct_gradients, read_graph
from tests.widgets.graphs import Closures, Micrograd, Overwriting, Slotted, WrongTanh, build, diamond, programs


def seen(kind, traversal=None, make=diamond, **more):
    root, names = make(kind)
    graph = read_graph(root, names)
    observed = observe(root, graph, traversal, **more)
    held = {name: g for name, g in zip(graph.names, observed.gradients) if name}
    return observed, held, graph


def wrongs(observed, graph):
    return [(graph.names[f.node], f.wrong["kind"]) for f in observed.firings if f.wrong]


def parents_first(root):
    order, visited = [], set()

    def visit(node):
        if id(node) not in visited:
            visited.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(root)
    return order


def root_first_without_waiting(root):
    order, visited = [], set()

    def visit(node):
        if id(node) not in visited:
            visited.add(id(node))
            order.append(node)
            for parent in node.parents:
                visit(parent)

    visit(root)
    return order


def right(root):
    root.grad = 1.0
    for node in reversed(parents_first(root)):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad


def right_with_assignments(root):
    for node in parents_first(root):
        node.grad = 0.0
    root.grad = 1.0
    for node in reversed(parents_first(root)):
        gradient = node.grad
        for k in range(len(node.parents)):
            node.parents[k].grad = gradient * node.local_derivatives[k] + node.parents[k].grad


def path_by_path(root):
    def go(node, gradient):
        node.grad += gradient
        for parent, local in zip(node.parents, node.local_derivatives):
            go(parent, gradient * local)

    go(root, 1.0)


def naive_recursion(root):
    def go(node):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad
            go(parent)

    root.grad = 1.0
    go(root)


def naive_recursion_after_sending(root):
    def go(node):
        gradient = node.grad
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * gradient
        for parent in node.parents:
            go(parent)

    root.grad = 1.0
    go(root)


def pre_order(root):
    root.grad = 1.0
    for node in root_first_without_waiting(root):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad


def post_order(root):
    root.grad = 1.0
    for node in parents_first(root):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad


def overwriting(root):
    root.grad = 1.0
    for node in reversed(parents_first(root)):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad = local * node.grad


def without_a_seed(root):
    for node in reversed(parents_first(root)):
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad


def stops_at_c(root):
    root.grad = 1.0
    for node in list(reversed(parents_first(root)))[:-3]:
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad


def forgets_the_second_parent(root):
    root.grad = 1.0
    for node in reversed(parents_first(root)):
        for parent, local in list(zip(node.parents, node.local_derivatives))[:1]:
            parent.grad += local * node.grad


def clears_in_between(root):
    root.grad = 1.0
    for k, node in enumerate(reversed(parents_first(root))):
        if k == 3:
            root.parents[0].parents[0].grad = 0.0
        for parent, local in zip(node.parents, node.local_derivatives):
            parent.grad += local * node.grad


@pytest.mark.parametrize("traversal", [right, right_with_assignments, path_by_path, Value.backward, parents_first])
def test_a_right_traversal_is_right_in_whatever_way_it_is_written(traversal):
    observed, held, graph = seen(Value, traversal)
    assert (held["a"], held["b"]) == (25, 19)
    assert observed.right
    assert wrongs(observed, graph) == []
    assert {graph.names[f.node] for f in observed.firings} == {"y", "f", "e", "d", "c"}


def test_a_right_run_speaks_in_the_same_sentences_as_the_replay():
    observed, _, _ = seen(Slotted, right)
    assert [f.text for f in observed.firings] == [
        "y is the root: its gradient is 1. It sends 1 × 1 = 1 to e and 1 × 1 = 1 to f.",
        "f has all of its gradient, 1. It sends 1 × 6 = 6 to c and 1 × 5 = 5 to d.",
        "e has all of its gradient, 1. It sends 1 × 1 = 1 to c and 1 × 1 = 1 to d.",
        "d has all of its gradient, 6. It sends 6 × 3 = 18 to a and 6 × 2 = 12 to b.",
        "c has all of its gradient, 7. It sends 7 × 1 = 7 to a and 7 × 1 = 7 to b.",
    ]


@pytest.mark.parametrize("kind", [Value, Slotted])
@pytest.mark.parametrize(
    ("traversal", "gradients", "mistakes"),
    [
        (naive_recursion, (29, 22), [("c", "early"), ("d", "early"), ("c", "twice"), ("d", "twice")]),
        (naive_recursion_after_sending, (29, 22), [("c", "early"), ("d", "early"), ("c", "twice"), ("d", "twice")]),
        (pre_order, (4, 3), [("c", "early"), ("d", "early")]),
        (post_order, (0, 0), [("c", "early"), ("d", "early"), ("e", "early"), ("f", "early")]),
        (overwriting, (1, 1), [("e", "overwrote"), ("c", "overwrote")]),
        (without_a_seed, (0, 0), [("y", "seed")]),
        (stops_at_c, (18, 12), [("c", "never")]),
        (forgets_the_second_parent, (1, 0), [("y", "never"), ("e", "never"), ("c", "never")]),
        (clears_in_between, None, [("c", "overwrote")]),
        (root_first_without_waiting, (4, 3), [("c", "early"), ("d", "early")]),
    ],
)
def test_each_broken_traversal_is_named_where_it_goes_wrong(kind, traversal, gradients, mistakes):
    observed, held, graph = seen(kind, traversal)
    assert not observed.right
    assert wrongs(observed, graph) == mistakes
    if gradients:
        assert (held["a"], held["b"]) == gradients


def test_the_sentence_of_an_early_node_says_who_still_owes_it():
    observed, _, _ = seen(Value, pre_order)
    early = next(f for f in observed.firings if f.wrong)
    assert early.wrong == {"kind": "early", "wrote": 1.0, "should": 7.0}
    assert early.text == (
        "c fires too early: it holds 1, and f has not delivered yet; all of its gradient is 7. "
        "It sends 1 to a and 1 to b."
    )


@pytest.mark.parametrize("kind", [Closures, Micrograd])
def test_a_right_class_with_backwards_is_right(kind):
    observed, held, graph = seen(kind)
    assert observed.right, [f.text for f in observed.firings]
    assert (held["a"], held["b"]) == (25, 19)
    assert wrongs(observed, graph) == []


def test_a_backward_that_overwrites_is_named():
    observed, held, graph = seen(Overwriting)
    assert (held["a"], held["b"]) == (1, 1)
    assert wrongs(observed, graph) == [("e", "overwrote"), ("c", "overwrote")]
    assert observed.firings[2].text == (
        "e overwrites the gradient of c: it held 6 and now holds 1; added up it would be 7. So it does to d."
    )


def test_overwriting_a_parent_used_twice_is_named():
    def doubled(kind):
        a = kind(3.0)
        return a + a, {"a": a}

    observed, held, _ = seen(Overwriting, make=doubled)
    assert held["a"] == 1
    assert observed.firings[0].wrong["kind"] == "overwrote"
    assert observed.firings[0].wrong["should"] == 2


def test_a_wrong_local_derivative_is_named_with_the_right_amount():
    def neuron(kind):
        n = kind(0.5)
        o = n.tanh()
        return o, {"n": n, "o": o}

    observed, _, graph = seen(WrongTanh, make=neuron)
    assert wrongs(observed, graph) == [("o", "wrong-local")]
    assert observed.firings[0].text == (
        "o sends 0.75 to n; its gradient times its local derivative is 1 × 0.7864 = 0.7864."
    )


def test_a_backward_that_nobody_wrote_sends_nothing():
    def forgotten(kind):
        a = kind(2.0)
        y = a * a
        y._backward = lambda: None
        return y, {"a": a, "y": y}

    observed, _, graph = seen(Closures, make=forgotten)
    assert wrongs(observed, graph)[0] == ("y", "wrong-local")


def test_a_backward_that_calls_its_parents_backward_fires_nodes_twice():
    class Recursive(Closures):
        def _made(self, data, parents, op, *locals_):
            out = super()._made(data, parents, op, *locals_)
            send = out._backward

            def _backward():
                send()
                for parent in parents:
                    parent._backward()

            out._backward = _backward
            return out

    def run(root):
        root.grad = 1.0
        root._backward()

    observed, held, graph = seen(Recursive, run)
    assert (held["a"], held["b"]) == (29, 22)
    assert ("c", "early") in wrongs(observed, graph)
    assert ("c", "twice") in wrongs(observed, graph)


@pytest.mark.parametrize("kind", [Value, Closures, Micrograd, Slotted])
@settings(max_examples=40, deadline=None)
@given(what=programs)
def test_a_right_backward_is_right_on_random_graphs(kind, what):
    root, _ = build(kind, *what)
    graph = read_graph(root)
    observed = observe(root, graph, right if kind is Slotted else None)
    assert observed.right, [f.text for f in observed.firings if f.wrong]
    assert observed.gradients == pytest.approx(correct_gradients(graph), rel=1e-9, abs=1e-9)
    order = [f.node for f in observed.firings]
    for firing in observed.firings:
        assert firing.wrong is None
        assert not any(order.index(user) > order.index(firing.node) for user in firing.owing if user in order)


@settings(max_examples=60, deadline=None)
@given(what=programs)
def test_a_wrong_result_always_has_a_firing_that_is_named(what):
    for traversal in (naive_recursion_after_sending, pre_order, overwriting):
        root, _ = build(Slotted, [*what[0]], what[1][:10])
        graph = read_graph(root)
        observed = observe(root, graph, traversal)
        assert observed.right or any(f.wrong for f in observed.firings)


@pytest.mark.parametrize("kind", [Value, Closures, Micrograd, Slotted])
@pytest.mark.parametrize("traversal", [None, right, overwriting, lambda root: 1 / 0])
def test_the_class_and_all_gradients_are_as_they_were(kind, traversal):
    root, _ = diamond(kind)
    graph = read_graph(root)
    marks = [object() for _ in graph.objects]
    for node, mark in zip(graph.objects, marks):
        node.grad = mark
    before = {name: inspect.getattr_static(kind, name) for name in dir(kind)}
    types, trace = [type(node) for node in graph.objects], sys.gettrace()
    observe(root, graph, traversal)
    assert {name: inspect.getattr_static(kind, name) for name in dir(kind)} == before
    assert [type(node) for node in graph.objects] == types
    assert all(node.grad is mark for node, mark in zip(graph.objects, marks))
    assert sys.gettrace() is trace


def test_a_gradient_that_is_a_property_is_watched_too():
    class Property(Closures):
        @property
        def grad(self):
            return self._grad

        @grad.setter
        def grad(self, value):
            self._grad = value

    observed, held, _ = seen(Property)
    assert observed.right
    assert held["a"] == 25


def test_an_exception_is_one_sentence_with_its_line():
    def broken(root):
        root.grad = 1.0
        return root.children

    observed, _, _ = seen(Value, broken)
    assert not observed.right
    assert observed.notes[0].startswith(
        "Your traversal stopped: AttributeError: 'Value' object has no attribute 'children'"
    )
    assert "in line" in observed.notes[0]
    assert "return root.children" in observed.notes[0]


def test_a_traversal_that_never_returns_has_a_deadline():
    def forever(root):
        while True: pass  # fmt: skip  # noqa: E701

    observed, _, _ = seen(Value, forever, seconds=0.2)
    assert observed.notes == [
        "Your traversal stopped: it had not returned when its time was over: is there a loop that never ends?"
    ]


def test_a_recursion_that_is_too_deep_is_one_sentence():
    x = Value(1.0)
    for _ in range(5000):
        x = x + 1
    graph = read_graph(x)
    observed = observe(x, graph, naive_recursion, seconds=20)
    assert observed.notes[0].startswith("Your traversal stopped: RecursionError")


def test_a_class_without_a_backward_says_so():
    observed, _, _ = seen(Slotted)
    assert observed.notes == ["This class has no backward of its own to run."]
    assert observed.firings == []


def test_a_graph_of_a_class_and_its_subclass_is_watched_once():
    a, b = Closures(2.0), WrongTanh(0.5)
    y = a * b + b
    graph = read_graph(y, {"a": a, "b": b})
    observed = observe(y, graph)
    assert observed.right
    assert observed.gradients[graph.names.index("b")] == 3
    assert "grad" not in vars(Closures) and "grad" not in vars(WrongTanh)


def test_a_class_whose_gradient_cannot_be_set_is_one_sentence():
    class Frozen(Closures):
        def __setattr__(self, name, value):
            if name == "grad" and hasattr(self, "grad"):
                raise AttributeError("grad is frozen")
            super().__setattr__(name, value)

    observed, _, _ = seen(Frozen)
    assert observed.notes[0].startswith("Your traversal stopped: AttributeError: grad is frozen")
