"""The surfaces of the race: their gradients are those of their values, their minima are minima, their facts hold."""

from math import isnan

import numpy as np
import pytest

from karpathy_course.optim.surfaces import SURFACES, quadratic, ravine, saddle
from karpathy_course.tensor import Tensor

every_surface = pytest.mark.parametrize(
    "surface", [*(make() for make in SURFACES.values()), quadratic(80, 30)], ids=lambda s: f"{s.name}{s.options or ''}"
)


def points(surface, count=50, seed=0):
    low, high = np.array(surface.bounds).T
    return np.random.default_rng(seed).uniform(low, high, (count, 2))


@every_surface
def test_the_gradient_is_what_backward_finds_of_the_value(surface):
    for point in points(surface):
        x = Tensor(point, requires_grad=True)
        surface.value(x).backward()
        np.testing.assert_allclose(surface.gradient(point), x.grad, rtol=1e-12, atol=1e-12)


@every_surface
def test_many_points_at_once_give_what_each_gives_alone(surface):
    found = points(surface)
    assert surface.value(found).shape == (50,) and surface.gradient(found).shape == (50, 2)
    np.testing.assert_allclose(surface.value(found), [surface.height(x, y) for x, y in found.tolist()], rtol=1e-15)
    np.testing.assert_allclose(surface.gradient(found), [surface.slopes(x, y) for x, y in found.tolist()], rtol=1e-14)


@every_surface
def test_every_minimum_has_value_and_gradient_0_and_nothing_lies_lower(surface):
    for minimum in surface.minima:
        assert surface.value(np.array(minimum)) == 0 and not surface.gradient(np.array(minimum)).any()
    assert (surface.value(points(surface, 5000)) > 0).all()
    (x0, x1), (y0, y1) = surface.bounds
    for x, y in (surface.start, *surface.minima):
        assert x0 < x < x1 and y0 < y < y1
    assert surface.height(*surface.start) > 100 * surface.tolerance


@pytest.mark.parametrize(("condition", "turn"), [(1, 0), (10, 0), (500, 17), (30, 90)])
def test_the_bowl_has_the_eigenvalues_1_and_the_condition_number(condition, turn):
    bowl = quadratic(condition, turn)
    hessian = np.stack([bowl.gradient(np.array(e)) for e in ([1.0, 0.0], [0.0, 1.0])])
    np.testing.assert_allclose(np.linalg.eigvalsh(hessian), [1, condition], rtol=1e-12)


def test_the_ravine_has_the_curvatures_that_it_promises():
    step = 1e-4
    along, across = (np.array(e) * step for e in ([0.8, 0.6], [-0.6, 0.8]))
    assert ravine().gradient(along) @ [0.8, 0.6] / step == pytest.approx(0.1)
    assert ravine().gradient(across) @ [-0.6, 0.8] / step == pytest.approx(20, rel=1e-4)


def test_on_the_ridge_of_the_saddle_the_gradient_leads_to_the_saddle():
    assert saddle().gradient(np.array([[2.0, 0.0], [0.0, 0.0]])).tolist() == [[2, 0], [0, 0]]
    assert saddle().height(0.0, 0.0) == 0.25


@every_surface
def test_far_away_a_value_is_infinite_or_no_number_and_nothing_is_raised(surface):
    with np.errstate(all="ignore"):
        value, slopes = surface.height(1e300, -1e300), surface.slopes(1e300, -1e300)
    assert value == np.inf or isnan(value)
    assert len(slopes) == 2


@pytest.mark.parametrize(
    "options", [{"condition": 0.5}, {"condition": "ten"}, {"turn": -1}, {"condition": float("nan")}]
)
def test_a_bowl_that_cannot_be_is_refused_in_one_sentence(options):
    (name,) = options
    with pytest.raises(ValueError, match=f"quadratic: {name}=.*: expected a number from"):
        quadratic(**options)
