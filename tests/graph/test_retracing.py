"""`jit`: a function that traces itself, again only when what it is given does not fit."""

import threading

import numpy as np
import pytest

from karpathy_course.graph import TooManyTraces, TraceError, jit

A = np.array([1.0, 2.0, 3.0])


def counted(fn):
    """fn, and how often Python ran it."""
    calls = []

    def counting(*arguments):
        calls.append(1)
        return fn(*arguments)

    return jit(counting), calls


def test_a_call_that_fits_does_not_run_the_function():
    run, calls = counted(lambda x: (x * x).sum())
    assert run(A) == 14.0
    traced = len(calls)
    assert [run(A * k) for k in range(4)] == [0.0, 14.0, 56.0, 126.0]
    assert len(calls) == traced and len(run.programs) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((A,), (A[:2],)),
        ((A,), (A.astype("float32"),)),
        ((A,), ([A, A],)),
        (({"a": A},), ({"a": A, "b": A},)),
        ((A, "train"), (A, "test")),
        ((A, None), (A, True)),
    ],
)
def test_another_shape_dtype_or_structure_means_one_more_trace(first, second):
    def fn(x, mode=None):
        total = (
            x
            if isinstance(x, np.ndarray)
            else sum(x.values() if isinstance(x, dict) else x)
            if not hasattr(x, "sum")
            else x
        )
        return (total * (2 if mode in ("test", True) else 1)).sum()

    run = jit(fn)
    for arguments in (first, second, first, second):
        assert run(*arguments) == fn(*arguments)
    assert len(run.programs) == 2


def collatz(x):
    steps = x * 0
    while x != 1:
        x = x / 2 if x in (2.0, 4.0, 8.0, 16.0, 10.0) else 3 * x + 1
        steps = steps + 1
    return steps


def test_another_branch_means_one_more_trace_and_both_are_kept():
    run, calls = counted(lambda x: x * 2 if x > 0 else -x)
    assert [run(x) for x in (1.0, -1.0, 3.0, -3.0, 5.0)] == [2.0, 1.0, 6.0, 3.0, 10.0]
    assert len(run.programs) == 2 and len(calls) == 4
    loop = jit(collatz)
    assert [loop(x) for x in (4.0, 8.0, 5.0, 4.0, 16.0)] == [2, 3, 5, 2, 4]


def test_a_ninth_trace_is_refused_with_what_kept_changing():
    run = jit(lambda x: x.sum())
    for k in range(1, 9):
        run(np.ones(k))
    assert run(np.ones(3)) == 3.0
    with pytest.raises(TooManyTraces) as caught:
        run(np.ones(9))
    assert "was traced 8 times" in str(caught.value) and "input x: float64 of shape (9,)" in str(caught.value)

    def climbs(x):
        for k in range(20):
            if x > k:
                x = x + 0.0
        return x

    run = jit(climbs)
    with pytest.raises(
        TooManyTraces, match=r"climbs was traced 8 times[\s\S]*`if x > k:`[\s\S]*Write a branch with where"
    ):
        for k in range(12):
            run(k + 0.5)


def test_nests_and_several_results_keep_their_form():
    def step(parameters, batch, rate):
        x, y = batch
        error = x @ parameters["w"] - y
        return {"w": parameters["w"] - rate * (x.T @ error)}, (error * error).mean(), None

    run, rng = jit(step), np.random.default_rng(0)
    x, true = rng.normal(size=(20, 3)), np.array([1.0, -2.0, 0.5])
    parameters = {"w": np.zeros(3)}
    for k in range(300):
        parameters, loss, nothing = run(parameters, (x, x @ true), 0.02 / (1 + 0.001 * k))
    assert len(run.programs) == 1 and nothing is None
    assert np.allclose(parameters["w"], true, atol=1e-3) and loss < 1e-5


def test_a_jitted_function_inside_a_trace_becomes_part_of_it():
    inner = jit(lambda x: x * 2 if x > 0 else -x)
    outer = jit(lambda x: inner(x) + inner(-x))
    assert [outer(x) for x in (1.0, -3.0, 2.0)] == [3.0, 9.0, 6.0]
    assert inner.programs == []


def test_threads_may_call_it_at_once():
    run, found = jit(lambda x: x * 2 if x.sum() > 0 else x), {}
    threads = [
        threading.Thread(target=lambda k=k: found.update({k: [run(A * s * k).tolist() for s in (1, -1)]}))
        for k in range(1, 5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found[k] == [(A * 2 * k).tolist(), (A * -k).tolist()] for k in range(1, 5))


def test_what_cannot_be_traced_is_refused_as_by_trace():
    with pytest.raises(TraceError, match="write where"):
        jit(lambda x: x[x > 2])(A)
