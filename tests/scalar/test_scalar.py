"""The scalar engine: examples that the lectures quote, properties, and parity with PyTorch in float64."""

import copy
import gc
import math
import operator
import pickle
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.scalar import Value, weighted_sum

small = st.floats(-3, 3, allow_nan=False)
positive = st.floats(0.1, 3)


def gradients(fn, *numbers):
    """fn's value and its gradients at numbers, by Value."""
    leaves = [Value(float(x)) for x in numbers]
    out = fn(*leaves)
    out.backward()
    return out.data, [leaf.grad for leaf in leaves]


def torch_gradients(fn, *numbers):
    leaves = [torch.tensor(float(x), dtype=torch.float64, requires_grad=True) for x in numbers]
    out = fn(*leaves)
    out.backward()
    return out.item(), [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]


def close(a, b, tolerance=1e-12):
    return abs(a - b) <= tolerance * max(1.0, abs(a), abs(b))


def same(fn, *numbers):
    ours, grads = gradients(fn, *numbers)
    theirs, their_grads = torch_gradients(fn, *numbers)
    return close(ours, theirs) and all(map(close, grads, their_grads))


def test_the_expression_of_lecture_01_gives_its_published_gradients():
    out, grads = gradients(lambda a, b, c, f: (a * b + c) * f, 2, -3, 10, -2)
    assert out == -8
    assert grads == [6, -4, -2, 4]


def test_the_neuron_of_lecture_01_gives_its_published_gradients():
    out, grads = gradients(lambda x1, x2, w1, w2, b: (x1 * w1 + x2 * w2 + b).tanh(), 2, 0, -3, 1, 6.8813735870195432)
    assert out == pytest.approx(math.sqrt(0.5), abs=1e-9)
    assert grads == pytest.approx([-1.5, 0.5, 1.0, 0.0, 0.5], abs=1e-9)


def test_micrograds_published_example_is_reproduced():
    def example(a, b):
        c = a + b
        d = a * b + b**3
        c = c + c + 1
        c = c + 1 + c + (-a)
        d = d + d * 2 + (b + a).relu()
        d = d + 3 * d + (b - a).relu()
        e = c - d
        f = e**2
        g = f / 2.0
        return g + 10.0 / f

    out, grads = gradients(example, -4.0, 2.0)
    assert round(out, 4) == 24.7041
    assert [round(g, 4) for g in grads] == [138.8338, 645.5773]


def test_a_node_used_twice_receives_both_gradients():
    assert gradients(lambda a: a + a, 5)[1] == [2]
    assert gradients(lambda x: x * x * x, 3)[1] == [27]


def test_the_diamond_delivers_every_path_once():
    def diamond(a, b):
        c, d = a + b, a * b
        return (c + d) + c * d

    assert gradients(diamond, 2, 3)[1] == [25, 19]


def test_a_second_backward_adds_exactly_the_same_again_to_the_leaves():
    a = Value(3.0)
    square = a * a
    cube = square * a
    cube.backward()
    assert (a.grad, square.grad) == (27, 3)
    cube.backward()
    assert (a.grad, square.grad) == (54, 3)
    a.grad = 0.0
    cube.backward()
    assert a.grad == 27


def test_backward_of_one_root_leaves_no_trace_in_that_of_another():
    a = Value(2.0)
    shared = a * 3
    first, second = shared * shared, shared * 5
    first.backward()
    a.grad = 0.0
    second.backward()
    assert (shared.grad, a.grad) == (5, 15)


def test_inner_gradients_set_from_outside_do_not_leak_into_the_next_pass():
    a = Value(2.0)
    inner = a * 3
    root = inner * inner
    for before in (0.0, float("0"), -0.0, 5.0, math.nan):
        inner.grad = root.grad = before
        a.grad = 0.0
        root.backward()
        assert (root.grad, inner.grad, a.grad) == (1, 12, 36)


def test_an_inner_node_behind_a_dead_relu_has_gradient_zero_after_another_root_reached_it():
    a = Value(-2.0)
    inner = a * 3
    alive, dead = inner * 1.0, inner.relu() * 1.0
    alive.backward()
    assert inner.grad == 1
    dead.backward()
    assert inner.grad == 0


def test_backward_on_a_leaf_adds_one_each_time():
    a = Value(4.0)
    a.backward()
    a.backward()
    assert a.grad == 2


def test_a_chain_of_100_000_nodes_runs_and_is_freed():
    leaf = Value(1.0)
    node = leaf
    for _ in range(100_000):
        node = node + 1.0
    node.backward()
    assert leaf.grad == 1
    del node
    gc.collect()


def test_local_derivatives_stand_beside_the_parents_as_plain_numbers():
    a, b = Value(2.0), Value(-3.0)
    product = a * b
    assert product.parents == (a, b)
    assert product.local_derivatives == (-3.0, 2.0)
    assert (product.op, product.attributes, a.op, a.parents) == ("mul", (), "", ())


@pytest.mark.parametrize(
    ("make", "op", "attributes", "data", "local"),
    [
        (lambda a: a + 3, "add", (None, 3), 5, 1),
        (lambda a: 3 + a, "add", (3, None), 5, 1),
        (lambda a: a - 3, "sub", (None, 3), -1, 1),
        (lambda a: 3 - a, "sub", (3, None), 1, -1),
        (lambda a: a * 3, "mul", (None, 3), 6, 3),
        (lambda a: 3 * a, "mul", (3, None), 6, 3),
        (lambda a: a / 4, "div", (None, 4), 0.5, 0.25),
        (lambda a: 4 / a, "div", (4, None), 2, -1),
        (lambda a: a**3, "pow", (None, 3), 8, 12),
        (lambda a: 3**a, "pow", (3, None), 9, 9 * math.log(3)),
    ],
)
def test_a_plain_number_becomes_an_attribute_and_no_parent(make, op, attributes, data, local):
    a = Value(2.0)
    node = make(a)
    assert (node.op, node.attributes, node.parents, node.data) == (op, attributes, (a,), data)
    assert node.local_derivatives == pytest.approx((local,), rel=1e-15)


@given(small, small)
def test_sums_products_and_differences_agree_with_torch(a, b):
    assert same(lambda a, b: (a * b - b + 2 * a) * (3 - a) - a + (-b), a, b)


@given(positive, positive)
def test_quotients_and_powers_agree_with_torch(a, b):
    assert same(lambda a, b: a / b + 2 / a + a**3 + a**b + 2**b + a**-0.5, a, b)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -2])
def test_whole_powers_of_negative_numbers_agree_with_torch(exponent):
    assert same(lambda a: a**exponent, -1.7)


def test_the_zeroth_and_first_power_have_derivatives_at_zero():
    assert gradients(lambda a: a**0, 0.0) == (1, [0])
    assert gradients(lambda a: a**1, 0.0) == (0, [1])


@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid", "relu"])
@given(x=st.floats(-20, 20, allow_nan=False))
def test_functions_of_one_number_agree_with_torch(name, x):
    assert same(lambda v: getattr(v, name)(), x)


@given(st.floats(1e-3, 1e3))
def test_log_agrees_with_torch(x):
    assert same(lambda v: v.log(), x)


def test_relu_has_derivative_zero_at_zero_as_in_torch():
    assert same(lambda v: v.relu(), 0.0)
    assert gradients(lambda v: v.relu(), 0.0)[1] == [0]


def test_relu_keeps_nan():
    assert math.isnan(Value(math.nan).relu().data)


@pytest.mark.parametrize("x", [-1000.0, 1000.0])
def test_sigmoid_and_tanh_do_not_overflow_far_out(x):
    assert gradients(lambda v: v.sigmoid() + v.tanh(), x)[1] == [0]


@given(st.lists(st.tuples(small, small), min_size=0, max_size=6), small)
def test_weighted_sum_is_the_same_as_its_products_and_sums(pairs, bias):
    n = len(pairs)
    numbers = [w for w, _ in pairs] + [x for _, x in pairs] + [bias]
    one = gradients(lambda *v: weighted_sum(v[:n], v[n:-1], v[-1]), *numbers)
    many = gradients(lambda *v: sum((w * x for w, x in zip(v[:n], v[n:-1])), v[-1] * 1.0), *numbers)
    assert close(one[0], many[0])
    assert all(map(close, one[1], many[1]))


@given(st.lists(st.booleans(), min_size=5, max_size=5))
def test_weighted_sum_takes_numbers_in_any_place(as_value):
    numbers = [1.5, -2.0, 0.25, 4.0, 0.5]
    operands = [Value(x) if wrap else x for x, wrap in zip(numbers, as_value)]
    node = weighted_sum(operands[:2], operands[2:4], operands[4])
    assert node.data == 0.5 + 1.5 * 0.25 - 2.0 * 4.0
    assert node.parents == tuple(v for v in operands if isinstance(v, Value))
    all_local = (0.25, 4.0, 1.5, -2.0, 1.0)
    assert node.local_derivatives == tuple(d for d, wrap in zip(all_local, as_value) if wrap)
    assert node.attributes == (() if all(as_value) else tuple(None if w else x for x, w in zip(numbers, as_value)))


def test_weighted_sum_says_which_lengths_differ():
    with pytest.raises(ValueError, match="3 weights, but 2 inputs"):
        weighted_sum([Value(1.0)] * 3, [Value(1.0)] * 2, Value(0.0))


def test_numpy_numbers_work_on_either_side():
    numpy = pytest.importorskip("numpy")
    two, a = numpy.float64(2.0), Value(3.0)
    assert isinstance(two * a, Value)
    assert (two * a).data == (a * two).data == 6
    assert weighted_sum([a], [two], 0.0).data == 6


@pytest.mark.parametrize("wrong", ["2", None, [1.0], 1j])
def test_what_is_not_a_number_is_refused_by_name(wrong):
    with pytest.raises(TypeError, match=f"expected a number, got {type(wrong).__name__}"):
        Value(wrong)
    with pytest.raises(TypeError, match=type(wrong).__name__):
        Value(1.0) + wrong
    with pytest.raises(TypeError, match=type(wrong).__name__):
        weighted_sum([Value(1.0)], [wrong], 0.0)


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda a: 1 / a, ZeroDivisionError),
        (lambda a: a.log(), ValueError),
        (lambda a: a**-1, ValueError),
        (lambda a: (a - 8) ** 0.5, ValueError),
        (lambda a: (a + 1000).exp(), OverflowError),
    ],
)
def test_where_no_number_exists_python_says_so(make, error):
    with pytest.raises(error):
        make(Value(0.0))


comparable = st.one_of(st.floats(), st.integers(-3, 3), st.booleans())


@pytest.mark.parametrize("compare", [operator.lt, operator.le, operator.gt, operator.ge])
@given(a=comparable, b=comparable)
def test_values_are_ordered_as_their_numbers_are_on_either_side(compare, a, b):
    expected = compare(a, b)
    assert compare(Value(a), Value(b)) is compare(Value(a), b) is compare(a, Value(b)) is expected


def test_a_comparison_makes_no_node():
    a = Value(1.0)
    serial = a.serial
    assert a < 2 and not a >= 2
    assert Value(0.0).serial == serial + 1


def test_a_function_with_branches_is_differentiated_along_the_branch_it_takes():
    def bent(x):
        return x * x if x > 1 else 3 * x

    assert gradients(bent, 2) == (4, [4])
    assert gradients(bent, 1) == (3, [3])
    assert max(Value(1.0), Value(2.0)).data == sorted([Value(2.0), Value(1.0)])[1].data == 2


def test_equality_is_identity_so_that_equal_numbers_stay_two_nodes():
    a, b = Value(3.0), Value(3.0)
    assert a == a and a != b and a != 3.0
    assert b not in [a] and len({a, b}) == 2


def test_numpy_numbers_compare_on_either_side():
    numpy = pytest.importorskip("numpy")
    two, a = numpy.float64(2.0), Value(3.0)
    assert two < a and a > two and not a <= two and not two >= a


@pytest.mark.parametrize("wrong", ["2", None, [1.0], 1j])
def test_what_has_no_order_is_not_compared(wrong):
    with pytest.raises(TypeError, match=type(wrong).__name__):
        assert Value(1.0) < wrong


def test_a_value_is_not_copied_or_pickled_out_of_its_graph():
    for attempt in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="belongs to the graph"):
            attempt(Value(1.0) + 1)


def test_the_text_of_a_value_shows_data_and_gradient():
    a = Value(2.0)
    (a * 3).backward()
    assert repr(a) == "Value(data=2.0, grad=3.0)"


STEPS = [
    lambda a, b: a + b,
    lambda a, b: (a * b).tanh(),
    lambda a, b: a - 2 * b,
    lambda a, b: a.tanh() / (b * b + 1),
    lambda a, b: (a * 0.5).sigmoid(),
    lambda a, b: a.relu() + b,
    lambda a, b: a.tanh().exp(),
    lambda a, b: (a * a + 0.1).log(),
    lambda a, b: (b * b + 0.5) ** 0.5,
]


def random_expression(rng, leaves, operations):
    """A random DAG over leaves that works for Values and torch tensors alike and stays bounded."""
    nodes = list(leaves)
    for _ in range(operations):
        nodes.append(rng.choice(STEPS)(rng.choice(nodes), rng.choice(nodes)))
    return nodes[-1] + sum(nodes[len(leaves) :], 0.0)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**6))
def test_random_graphs_agree_with_torch(seed):
    numbers = [random.Random(seed).uniform(-2, 2) for _ in range(4)]
    build = lambda *leaves: random_expression(random.Random(seed), leaves, 12)
    ours, grads = gradients(build, *numbers)
    theirs, their_grads = torch_gradients(build, *numbers)
    assert close(ours, theirs, 1e-11)
    assert all(close(g, t, 1e-9) for g, t in zip(grads, their_grads))
