"""An exercise of lecture 06 asks for a step beyond the lecture: what a cell of it holds does not pass."""

import itertools

import numpy as np

from karpathy_course.checks import check
from karpathy_course.tensor import Tensor
from tests.browser.conftest import lecture


def defined_in(cell_id, *names):
    """Functions of the lecture, as its cell defines them."""
    (source,) = [cell.source for cell in lecture("06").cells if cell.id == cell_id]
    found = {"np": np, "Tensor": Tensor}
    definitions = [part for part in source.split("\n\n\n") if part.startswith("def ")]
    exec("\n\n".join(definitions), found)
    return [found[name] for name in names]


def passed(exercise, **answer):
    return check(exercise, namespace=answer, seed=5, record=False).passed


def test_the_lectures_largest_score_and_sum_do_not_pass_06_1():
    (log_softmax,) = defined_in("log-softmax", "log_softmax")

    def logsumexp(x, dim, keepdim=False):
        found = x - log_softmax(x)  # log softmax(x) = x - log Σ exp(x)
        return found if keepdim else found[..., 0]

    assert np.allclose(logsumexp(np.array([[1.0, 2.0]]), -1), np.log(np.exp(1) + np.exp(2)))
    assert not passed("06.1", logsumexp=logsumexp)


def test_the_lectures_p_minus_y_over_n_does_not_pass_06_2():
    (softmax,) = defined_in("overflow", "softmax")

    def cross_entropy_gradient(logits, targets):
        return (softmax(logits) - np.eye(logits.shape[1])[targets]) / len(targets)

    assert np.allclose(cross_entropy_gradient(np.zeros((1, 2)), np.array([1])), [[0.5, -0.5]])
    assert not passed("06.2", cross_entropy_gradient=cross_entropy_gradient)


def test_the_lectures_first_weights_do_not_pass_06_3():
    (newborn,) = defined_in("birth", "newborn")
    assert [p.shape for p in newborn()] == [(64, 32), (32,), (32, 10), (10,)]

    def initial_layers(sizes, rng):
        pairs = itertools.pairwise(sizes)
        return [(rng.uniform(-1, 1, (a, b)) / np.sqrt(a), np.zeros(b)) for a, b in pairs]  # newborn's, for any sizes

    assert not passed("06.3", initial_layers=initial_layers)


def test_the_lectures_order_of_an_epoch_does_not_pass_06_4():
    def batches(n, batch_size, seed, epoch):
        order = np.random.default_rng(epoch).permutation(n)  # as in the lecture's cell: the epoch alone decides
        return [order[start : start + batch_size] for start in range(0, n, batch_size)]

    assert [len(k) for k in batches(898, 32, 0, 0)] == [32] * 28 + [2]
    assert not passed("06.4", batches=batches)
