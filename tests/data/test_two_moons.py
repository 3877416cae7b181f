"""Data from a seed."""

import math

import pytest

from karpathy_course.data import moons


def test_moons_without_noise_lie_on_two_half_circles():
    points, labels = moons(50, noise=0.0, seed=1)
    for (x, y), label in zip(points, labels):
        radius = math.hypot(x - 1, y - 0.5) if label else math.hypot(x, y)
        assert radius == pytest.approx(1, abs=1e-12)
    assert sum(labels) == 25


def test_moons_are_the_same_for_the_same_seed_and_others_for_another():
    assert moons(10, seed=4) == moons(10, seed=4)
    assert moons(10, seed=4) != moons(10, seed=5)


def test_moons_are_shuffled_and_balanced_also_for_an_odd_number():
    _, labels = moons(101, seed=0)
    assert (labels.count(0), labels.count(1)) == (50, 51)
    assert labels != sorted(labels)


def test_moons_have_the_shape_of_scikit_learns():
    points, labels = moons(4000, noise=0.1, seed=2)
    for label, centre in ((0, (0.0, 2 / math.pi)), (1, (1.0, 0.5 - 2 / math.pi))):
        own = [p for p, which in zip(points, labels) if which == label]
        assert [sum(c) / len(own) for c in zip(*own)] == pytest.approx(centre, abs=0.03)


@pytest.mark.parametrize(("samples", "noise"), [(1, 0.1), (10, -0.1)])
def test_impossible_moons_are_refused(samples, noise):
    with pytest.raises(ValueError, match=f"samples={samples}, noise={noise}"):
        moons(samples, noise)
