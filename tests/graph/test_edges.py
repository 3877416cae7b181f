"""Where a trace, a gradient or a compiled program used to be wrong in silence, or refused without saying why."""

import threading
import tracemalloc
from collections import namedtuple

import numpy as np
import pytest
import torch

from karpathy_course.graph import (
    DoesNotFit,
    Graph,
    GraphError,
    GuardFailed,
    TraceError,
    batch,
    checkpoint,
    codegen,
    compile,
    eliminate_dead,
    fold_constants,
    fuse_elementwise,
    grad,
    jvp,
    merge_common,
    optimize,
    pack,
    peak_memory,
    simplify,
    to_text,
    trace,
)
from karpathy_course.tensor import Tensor, cat, cross_entropy, stack, where
from tests.graph.corpus import numbers

A = np.array([1.0, 2.0, 3.0, 4.0])
M = numbers(3, 4)
CLEAN = [fold_constants, simplify, merge_common, eliminate_dead]


# Masks, and the functions that the messages offer.
def test_a_mask_of_the_inputs_in_brackets_is_refused_with_what_to_write():
    with pytest.raises(TraceError, match=r"test_edges.py line \d+: .*picks as many .* write where\(mask, x, 0\)"):
        trace(lambda x: x[x > 2], A)


@pytest.mark.parametrize(
    ("fn", "example", "other"),
    [
        (lambda x: x[np.array([True, False, True, False])], A, A * 2),
        (lambda x: x[[True, False, True, False]] * 2, A, A * 2),
        (lambda x: x[Tensor(np.array([False, True, True, False]))], A, -A),
        (lambda x: x[np.eye(3, 4, dtype=bool)], M, M * 2),
        (lambda x: x[np.array([True, False, True])], M, M * 2),
    ],
)
def test_a_mask_that_no_input_changes_becomes_places(fn, example, other):
    graph = trace(fn, example)
    for x in (example, other):
        assert np.array_equal(graph(x), fn(x) if not isinstance(fn(Tensor(x)), Tensor) else fn(Tensor(x)).data)


BOTH_WORLDS = {
    "where": lambda x, i: where(x > 0, x, -0.5 * x),
    "where with numbers": lambda x, i: where(x > 0, 1.0, x),
    "cat": lambda x, i: cat([x, x * 2], 1),
    "stack": lambda x, i: stack([x, x * 2, x], 1),
    "cross_entropy": lambda x, i: cross_entropy(x, i[:, 0]),
    "max": lambda x, i: x.max(),
    "max along": lambda x, i: x.max(1),
    "max along, kept": lambda x, i: x.max(0, keepdim=True),
    "min": lambda x, i: x.min(),
    "min along": lambda x, i: x.min(-1),
    "gather": lambda x, i: x.gather(1, i),
    "gather of rows": lambda x, i: x.gather(0, i),
    "gather at known places": lambda x, i: x.gather(1, np.array([[0, 3], [1, 1], [2, 0]])),
    "a minus sign and a plus sign": lambda x, i: -(+x),
}
PLACES = np.array([[2, 0], [1, 2], [0, 0]])


@pytest.mark.parametrize("name", BOTH_WORLDS)
def test_the_same_functions_work_on_tensors_and_in_a_trace(name):
    fn = BOTH_WORLDS[name]
    graph = trace(fn, M, PLACES)
    for x, i in ((M, PLACES), (numbers(3, 4, seed=9), PLACES[::-1].copy())):
        eager, found = fn(Tensor(x), Tensor(i)), graph(x, i)
        compiled = compile(graph)(x, i)
        for a, b, c in zip(*(r if isinstance(r, tuple) else (r,) for r in (eager, found, compiled)), strict=True):
            assert np.array_equal(a.data, b) and np.array_equal(b, c)


def test_gather_and_max_along_an_axis_have_torchs_gradients_in_a_graph():
    fn = lambda x, i: (x.gather(1, i) * x.max(1, keepdim=True)[0]).sum()
    leaf = torch.tensor(M, requires_grad=True)
    fn(leaf, torch.tensor(PLACES)).backward()
    assert np.allclose(grad(trace(fn, M, PLACES))(M, PLACES)[1], leaf.grad.numpy(), rtol=1e-12)


# What Python asks of a value.
def in_a_set(x):
    return x * 2 if x in {2.0} else x


def test_a_traced_value_is_no_member_of_a_set_and_no_key_of_a_dict():
    for fn in (in_a_set, lambda x: {2.0: 1.0}.get(x, x), lambda x: {x: 1}):
        with pytest.raises(TraceError, match=r"test_edges.py line \d+: `.*`: a traced value cannot be looked up"):
            trace(fn, 2.0)


def test_equality_and_looking_in_a_list_are_guarded():
    for fn in (lambda x: x * 2 if x == 2.0 else x, lambda x: x * 2 if x in [1.0, 2.0] else x):
        graph = trace(fn, 2.0)
        assert graph(2.0) == 4.0
        with pytest.raises(GuardFailed):
            graph(3.0)


@pytest.mark.parametrize(
    ("fn", "example", "message"),
    [
        (lambda x: x % 2, 3.0, "% is no operation of the table"),
        (lambda x: x // 2, 3.0, "// is no operation of the table"),
        (lambda x: round(x), 3.0, "round() is no operation of the table"),
        (lambda x: f"{x:.2f}", 3.0, "no number to format with '.2f'"),
        (lambda x: sum(x), 3.0, "need an axis, and this is a single number"),
        (lambda x: len(x), 3.0, "need an axis, and this is a single number"),
        (lambda x: x.sum(axis=0), A, "torch's word is dim: write x.sum(dim=0)"),
        (lambda x: x.max(axis=0), A, "torch's word is dim: write x.max(dim=0)"),
        (lambda x: x.mean(0, keepdims=True), A, "torch's word is keepdim: write x.mean(keepdim=True)"),
        (lambda x: np.sum(x), A, "np.sum is not traced: write x.sum(dim)"),
        (lambda x: np.std(x), A, "np.std is not traced: write x.std(dim, correction=0)"),
        (lambda x: (x > 2).any(), A, "a traced value has no .any: write mask.to('float64').amax() > 0"),
        (lambda x: x.astype("float32"), A, "a traced value has no .astype: write x.to(dtype)"),
        (lambda x: x.soft(), A, "a traced value has no .soft"),
        (lambda x: np.where(x > 2, x, 0), A, "np.where is not traced: write where(condition, a, b)"),
        (lambda x: np.clip(x, 0, 1), A, "np.clip is not traced: write x.clamp(low, high)"),
        (lambda x: np.stack([x, x]), A, "np.stack is not traced: write stack([…], dim)"),
        (lambda x: np.concatenate([x, x]), A, "np.concatenate is not traced: write cat([…], dim)"),
        (lambda x: np.dot(x, x), A, "np.dot is not traced: write a @ b"),
        (lambda x: np.add.reduce(x), A, "np.add is no operation of the table"),
        (lambda x: A[x], np.array([0, 1]), "would freeze the example's number"),
        (lambda x: x[x], A, "places in the brackets are whole numbers"),
    ],
)
def test_what_a_graph_cannot_hold_is_refused_with_the_learners_line_and_what_to_write(fn, example, message):
    with pytest.raises(TraceError) as caught:
        trace(fn, example)
    assert str(caught.value).startswith("test_edges.py line ") and message in str(caught.value)


def test_what_the_messages_offer_instead_works():
    anything = lambda x: (x > 2).to("float64").amax() > 0
    everything = lambda x: (x > 2).to("float64").amin() > 0
    spread = lambda x: x.std(0, correction=0)
    for x in (A, A - 3.5, A + 4):
        assert trace(anything, A)(x) == (x > 2).any() and trace(everything, A)(x) == (x > 2).all()
        assert trace(spread, A)(x) == pytest.approx(np.std(x), rel=1e-14)


def test_hasattr_says_no_of_a_method_that_there_is_not():
    assert trace(lambda x: x * 2 if hasattr(x, "any") else x * 3, 1.0)(1.0) == 3.0


def test_a_plain_f_string_shows_the_stand_in():
    said = []
    trace(lambda x: said.append(f"{x}") or x, A)
    assert said[0] == "Traced(float64 of shape (4,))"


# Arguments.
def test_a_numpy_matrix_times_a_traced_vector_is_their_product():
    for fn in (lambda x: M @ x, lambda x: np.matmul(M, x), lambda x: M.T @ M @ x, lambda x: x @ M.T):
        assert np.allclose(trace(fn, A)(A * 2), fn(A * 2), rtol=1e-14)


def test_a_graph_traced_with_a_tensor_takes_a_tensor():
    for run in (trace(lambda x: x * 2, Tensor(A)), compile(trace(lambda x: x * 2, Tensor(A)))):
        assert run(Tensor(A)).tolist() == run(A).tolist() == [2.0, 4.0, 6.0, 8.0]


Layer = namedtuple("Layer", "weight bias")


def test_namedtuples_go_in_and_come_out_as_themselves():
    graph = trace(lambda layer, x: Layer(layer.weight * x, layer.bias), Layer(A, 1.0), 2.0)
    assert graph.names == ["layer.weight", "layer.bias", "x"]
    found = graph(Layer(A, 3.0), 2.0)
    assert type(found) is Layer and found.bias == 3.0 and found.weight.tolist() == [2.0, 4.0, 6.0, 8.0]
    slopes = grad(trace(lambda layer: (layer.weight * layer.bias).sum(), Layer(A, 1.0)), "layer")(Layer(A, 2.0))
    assert type(slopes[1]) is Layer and slopes[1].bias == 10.0
    with pytest.raises(DoesNotFit, match="expected a Layer of 2, got tuple of 2"):
        graph((A, 3.0), 2.0)


def test_a_number_on_the_left_of_a_power_stays_a_plain_number():
    graph = trace(lambda x: 2**x, 3.0)
    (constant,) = [entry for entry in graph.to_list() if entry[1] == "constant"]
    assert type(constant[3]["value"]) is int and graph(5.0) == 32.0
    assert grad(graph)(5.0)[1] == pytest.approx(32 * np.log(2), rel=1e-14)


def test_arguments_may_be_given_by_name():
    graph = trace(lambda x, layer, y: x * y + layer["b"], 1.0, {"b": 1.0}, 2.0)
    for run in (graph, compile(graph)):
        assert run(2.0, y=4.0, layer={"b": 1.0}) == run(x=2.0, layer={"b": 1.0}, y=4.0) == 9.0
        with pytest.raises(TypeError, match=r"z= is given twice or is no argument of the graph; it takes x, layer, y"):
            run(2.0, {"b": 1.0}, z=1.0)
        with pytest.raises(TypeError, match="x= is given twice"):
            run(2.0, {"b": 1.0}, x=1.0)


# Messages.
def test_a_gradient_of_several_values_says_what_the_graph_gives():
    with pytest.raises(GraphError, match="one number alone, it gives a dict of 1 values"):
        grad(trace(lambda x: {"loss": x * 2}, 1.0))
    with pytest.raises(GraphError, match="one number alone, it gives a tuple of 2 values"):
        grad(trace(lambda x: (x * 2, x), 1.0))


def a_function(x):
    return x


@pytest.mark.parametrize(
    "use",
    [
        *(grad, jvp, compile, simplify, merge_common, eliminate_dead, fold_constants, fuse_elementwise, pack),
        *(checkpoint, peak_memory, to_text),
        lambda thing: batch(thing, "x", 2),
        lambda thing: optimize(thing, CLEAN),
    ],
)
def test_what_is_no_graph_is_refused_with_what_to_do(use):
    for thing, message in (
        (a_function, "expected a graph, got a function: trace it first, for example trace(a_function, 1.0)"),
        ([("x", "input", (), {})], "expected a graph, got a list: make a graph of its entries first, Graph.from_list"),
        (compile(trace(a_function, 1.0)), "got a compiled program: give the graph that it was made of, program.graph"),
        (3.0, "expected a graph, got float: 3.0"),
    ):
        with pytest.raises(TypeError) as caught:
            use(thing)
        assert message in str(caught.value)


def test_a_permission_may_be_one_name():
    assert simplify(trace(lambda x: x + 0, 1.0), allow="x+0").operations() == 0
    with pytest.raises(ValueError, match=r"cannot allow x\*2; there are"):
        simplify(trace(lambda x: x + 0, 1.0), allow="x*2")


def test_whatever_does_not_fit_is_of_one_class():
    graph = trace(lambda x, mode: x * 2 if x.sum() > 0 else x, A, "train")
    for arguments in ((-A, "train"), (A[:2], "train"), (A.astype("float32"), "train"), (A, "test"), (A,), ([1.0], "")):
        for run in (graph, compile(graph)):
            with pytest.raises(DoesNotFit):
                run(*arguments)


# Programs.
def long_chain(steps):
    def fn(x):
        for _ in range(steps):
            x = (x * 0.999).tanh()
        return x.sum()

    return grad(trace(fn, np.ones(2)))


def test_a_checkpointed_program_too_long_for_one_function_runs(monkeypatch):
    monkeypatch.setattr(codegen, "LONG", 100)  # 20 000 otherwise
    graph = long_chain(200)
    lean = checkpoint(graph)
    assert lean is not graph
    program = compile(lean)
    assert program.source.count("\ndef ") >= 5 and "    del " in program.source
    x = np.array([0.5, -0.25])
    for a, b in zip(graph(x), program(x), strict=True):
        assert np.array_equal(a, b)


@pytest.fixture
def long_program(monkeypatch):
    def fn(x):
        y = x
        for k in range(400):
            y = y + (x if k % 2 else -1.0)
        return y * x

    monkeypatch.setattr(codegen, "LONG", 150)
    program = compile(trace(fn, np.zeros(2000)))
    assert program.source.count("\ndef ") == 3
    return program


def test_a_long_program_keeps_nothing_after_the_call(long_program):
    x = np.ones(2000)
    long_program(x)
    tracemalloc.start()
    result = long_program(x)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2 * result.nbytes < peak


def test_a_long_program_may_run_in_two_threads_at_once(long_program):
    inputs = [np.full(2000, float(k)) for k in range(4)]
    expected, found = [long_program(x) for x in inputs], [None] * 4

    def call(k):
        found[k] = [long_program(inputs[k]) for _ in range(3)]

    threads = [threading.Thread(target=call, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(a, b) for a, results in zip(expected, found) for b in results)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: x.T,
        lambda x: x.reshape(12),
        lambda x: x[0],
        lambda x: x.detach(),
        lambda x: (x, x),
        lambda x: (x * 2).T,
        lambda x: [(y := x * 2), y.T, y[1]],
        lambda x: x.unsqueeze(0).expand(2, 3, 4),
        lambda x: (x.to("float64"), x.relu()),
        lambda x: np.ones((2, 2)) + 0 * x[:2, :2] if False else (x * 0 + 1)[:, 0],
    ],
)
def test_what_a_program_returns_shares_no_memory(fn):
    x = M.copy()
    found = compile(trace(fn, x))(x)
    found = list(found) if isinstance(found, (list, tuple)) else [found]
    arrays = [x, *found]
    for k, a in enumerate(arrays):
        assert a.flags.writeable and not any(np.shares_memory(a, b) for b in arrays[:k])


# Memory.
def recurrent(w, x, steps):
    h = x
    for _ in range(steps):
        h = (h @ w).tanh()
    return (h * h).sum()


W, X = numbers(32, 32) * 0.3, numbers(1, 32, seed=1)


def test_a_shared_parameter_takes_the_memory_of_one_gradient_not_of_a_hundred():
    graph = grad(trace(lambda w, x: recurrent(w, x, 100), W, X), "w")
    lean = checkpoint(graph)
    print(f"an RNN of 100 steps, W 32x32: peak {peak_memory(graph)} bytes, checkpointed {peak_memory(lean)}")
    assert peak_memory(graph) <= 60_000
    assert peak_memory(lean) <= 35_000
    leaf = Tensor(W, requires_grad=True)
    recurrent(leaf, Tensor(X), 100).backward()
    for run in (graph, lean, compile(graph), compile(lean)):
        _value, slope, _ = run(W, X)
        assert np.array_equal(slope, leaf.grad)


def test_the_tape_adds_gradients_on_arrival_too():
    leaf = Tensor(W, requires_grad=True)
    loss = recurrent(leaf, Tensor(X), 100)
    tracemalloc.start()
    loss.backward()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 10 * W.nbytes


def test_slices_that_overlap_and_slices_that_do_not_give_the_gradient_of_the_whole():
    def fn(x):
        windows = [(x[k : k + 3] * (k + 1.0)).tanh().sum() for k in range(6)]
        return sum(windows) + (x[2:5] * x[2:5]).sum() + (x * x).sum() + x[7] * x[0]

    x = numbers(8, seed=5)
    leaf = torch.tensor(x, requires_grad=True)
    fn(leaf).backward()
    assert np.allclose(grad(trace(fn, x))(x)[1], leaf.grad.numpy(), rtol=1e-12)


def test_a_gradient_graph_with_unused_inputs_can_be_batched():
    graph = batch(grad(trace(lambda w, x, unused: (w * x).sum(), A, A, 1.0), "w"), ["x"], 6)
    xs = numbers(6, 4, seed=3)
    value, slope, of_x, of_unused = graph(A, xs, 1.0)
    assert np.allclose(value, xs @ A) and np.array_equal(slope, xs) and of_x is None and of_unused is None


def test_a_program_called_while_tracing_becomes_part_of_the_trace():
    program = compile(trace(lambda x: x.sigmoid().sum(), A))
    outer = trace(lambda x: program(x * 2) * 3, A)
    assert outer(A) == pytest.approx(3 / (1 + np.exp(-2 * A)) @ np.ones(4))
    assert Graph.from_list(outer.to_list())(A) == outer(A)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x, i: x[i],
        lambda x, i: x[i - 3],
        lambda x, i: x.gather(0, i),
        lambda x, i: (x[i] * x).exp(),
        lambda x, i: x.reshape(2, 2)[i - i],
        lambda x, i: x.reshape(2, 2).max(0)[0],
    ],
)
def test_places_that_differ_from_sample_to_sample_can_be_batched_and_their_gradients_too(fn):
    xs, places = numbers(5, 4, seed=2), np.random.default_rng(0).integers(0, 4, (5, 3))
    if "exp" in fn.__code__.co_names:
        places = np.random.default_rng(0).integers(0, 4, (5, 4))
    graph = trace(lambda x, i: (fn(x, i) * fn(x, i)).sum(), xs[0], places[0])
    for each in (graph, grad(graph, "x")):
        for names, some in ((["x", "i"], places), (["i"], places), (["x"], places)):
            wide = batch(each, names, 5)
            found = wide(xs if "x" in names else xs[0], some if "i" in names else some[0])
            for k in range(5):
                alone = each(xs[k] if "x" in names else xs[0], some[k] if "i" in names else some[0])
                for a, b in zip(found if each is not graph else (found,), alone if each is not graph else (alone,)):
                    assert a is b is None or np.allclose(a[k], b, rtol=1e-12)


def test_forward_mode_passes_plain_numbers_and_outputs_that_do_not_move():
    graph = trace(lambda x: (stack([x, 1.0, 2]).sum() * x, 3.0, 2), 2.0)
    assert jvp(graph)(2.0, 1.0) == ((10.0, 3.0, 2), (7.0, 0.0, 0))


def test_packing_gives_no_gradient_to_what_only_dead_code_uses():
    def fn(x, v, w):
        for a, b in zip(v, w):
            unused = x * b + 1.0
            _ = unused * 0.5 + b
            x = x * a + 3.0
        return x

    graph = trace(fn, 1.0, A, A * 2)
    slopes = grad(pack(graph))(1.0, A, A * 2)
    assert slopes[3] is None and np.allclose(slopes[2], grad(graph)(1.0, A, A * 2)[2], rtol=1e-12)


@pytest.mark.parametrize(
    "fn",
    [
        lambda a: a.T.reshape(-1).reshape(40, 30).sum(),
        lambda a: (a[:, ::2] * 1) @ a[0, :20],
        lambda a: (a[:, ::2] / 1) @ a[0, :20],
        lambda a: where(a[:, ::2] > 0, a[:, ::2], a[:, ::2]) @ a[0, :20],
    ],
)
def test_simplify_keeps_a_copy_where_a_sum_shows_in_which_order_numbers_lie(fn):
    drawn = [np.random.default_rng(seed).normal(size=(30, 40)) for seed in range(20)]
    graph = merge_common(trace(fn, drawn[0]))
    assert all(np.array_equal(simplify(graph)(a), graph(a)) for a in drawn)


def test_simplify_takes_a_copy_away_where_its_order_is_the_same():
    turned = trace(lambda a: a.T.sum(), np.ones((3, 4))).to_list()
    for fn in (lambda a: (a.T * 1).sum(), lambda a: a.reshape(12).reshape(3, 4).T.sum(), lambda a: (a / 1).T.sum()):
        assert eliminate_dead(simplify(trace(fn, np.ones((3, 4))))).to_list() == turned
