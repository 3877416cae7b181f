"""An exercise of lecture 05 asks for a step beyond the lecture: what a cell of it holds does not pass."""

import numpy as np

from karpathy_course.checks import check
from tests.browser.conftest import lecture


def defined_in(cell_id, name):
    """A function of the lecture, as its cell defines it."""
    (source,) = [cell.source for cell in lecture("05").cells if cell.id == cell_id]
    names = {"np": np, "Array": type("Array", (), {})}
    exec(source.partition("\n\n\nArray.")[0], names)
    return names[name]


def passed(exercise, **answer):
    return check(exercise, namespace=answer, seed=5, record=False).passed


def test_the_lectures_sum_of_copies_does_not_pass_05_1():
    assert not passed("05.1", unbroadcast=defined_in("sum-copies", "sum_copies"))


def test_the_lectures_product_of_matrices_does_not_pass_05_2():
    matmul = defined_in("matmul", "matmul")

    class Recorded:
        """Stands in for the lecture's Array: keeps the two functions of its product."""

        def __init__(self, data, parents=(), vjps=()):
            self.data, self.vjps = data, vjps

    matmul.__globals__["Array"] = Recorded

    def matmul_gradients(a, b, gradient):
        return tuple(vjp(gradient) for vjp in matmul(Recorded(a), Recorded(b)).vjps)

    a, b, gradient = np.ones((2, 3)), np.ones((3, 4)), np.ones((2, 4))
    assert [g.shape for g in matmul_gradients(a, b, gradient)] == [(2, 3), (3, 4)]  # it is the lecture's
    assert not passed("05.2", matmul_gradients=matmul_gradients)


def test_the_lectures_loop_over_places_does_not_pass_05_4():
    def getitem_gradient(x, gradient, index):
        back = np.zeros(x.shape)
        for place, share in zip(index, gradient):
            back[place] += share
        return back

    assert getitem_gradient(np.zeros(4), np.ones(3), [0, 2, 2]).tolist() == [1, 0, 2, 0]
    assert not passed("05.4", getitem_gradient=getitem_gradient)
