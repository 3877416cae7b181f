"""An exercise of lecture 07 asks for a step beyond the lecture: what a cell of it holds does not pass."""

import numpy as np

from karpathy_course.checks import check
from tests.browser.conftest import lecture


def defined_in(cell_id, *names):
    """Functions and classes of the lecture, as its cell defines them."""
    (source,) = [cell.source for cell in lecture("07").cells if cell.id == cell_id]
    found = {"np": np, "start": np.array([10.0, 1.0])}
    definitions = [part for part in source.split("\n\n\n") if part.startswith(("def ", "class "))]
    exec("\n\n".join(definitions), found)
    return [found[name] for name in names]


def passed(exercise, **answer):
    return check(exercise, namespace=answer, seed=5, record=False).passed


def curvatures(hessian):
    """The lecture's bowls lie along the axes: there the curvatures stand in the diagonal."""
    return np.diagonal(hessian)


def test_the_lectures_bowl_along_the_axes_does_not_pass_07_1():
    (slide,) = defined_in("slide", "slide")
    assert np.allclose(slide(np.array([1.0, 10.0]), 0.2, 1)[-1], [8, -1])

    def descend(gradient, start, rate, steps):
        point = start
        path = [point]
        for _ in range(steps):
            point = point - rate * gradient(point)
            path.append(point)
        return np.array(path)

    def shrink_factor(hessian, rate):
        return float(abs(1 - rate * curvatures(hessian)).max())

    def best_rate(hessian):
        least, most = curvatures(hessian).min(), curvatures(hessian).max()
        return float(2 / (least + most)), float((most - least) / (most + least))

    assert not passed("07.1", descend=descend, shrink_factor=shrink_factor, best_rate=best_rate)


def test_the_lectures_momentum_of_a_valley_does_not_pass_07_2():
    def heavy_ball(gradient, start, rates, momentum):
        point, velocity = start, np.zeros(start.shape)
        path = [point]
        for rate in rates:
            velocity = momentum * velocity + gradient(point)
            point = point - rate * velocity
            path.append(point)
        return np.array(path)

    def best_momentum(hessian):  # the lecture's 4/121 and (9/11)², for any κ, where the flattest curvature is 1
        root = np.sqrt(curvatures(hessian).max() / curvatures(hessian).min())
        return float(4 / (1 + root) ** 2), float(((root - 1) / (root + 1)) ** 2)

    assert np.allclose(best_momentum(np.diag([1.0, 100.0])), (4 / 121, (9 / 11) ** 2))
    assert not passed("07.2", heavy_ball=heavy_ball, best_momentum=best_momentum)


def test_the_lectures_rmsprop_does_not_pass_07_3():
    (rmsprop,) = defined_in("class-rmsprop", "RMSProp")

    class Adam(rmsprop):
        def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
            super().__init__(params, lr=lr, alpha=betas[1], eps=eps)

    assert not passed("07.3", Adam=Adam)


def test_the_lectures_cosine_after_its_warm_up_does_not_pass_07_5():
    cosine, warm_up = defined_in("schedules", "cosine", "warm_up")

    def schedule(step, steps, warmup, peak, last=0.0, cycles=1):
        return warm_up(step, 5 * warmup, peak) if step < warmup else cosine(step, steps, peak)

    assert [schedule(k, 10, 2, 1.0) for k in (0, 1, 10)] == [0.5, 1.0, 0.0]
    assert not passed("07.5", schedule=schedule)
