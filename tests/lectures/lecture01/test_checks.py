"""What lecture 01's judges hold to be right, against oracles that they do not use themselves."""

import random

import pytest

from karpathy_course.checks import Mistake, find
from karpathy_course.checks.lecture01.dual_numbers import gradients_of
from karpathy_course.checks.lecture01.exercise_1_numerical_grad import NumericalGrad, derivative, value_of
from karpathy_course.checks.lecture01.exercise_2_own_value import OwnValue
from karpathy_course.checks.lecture01.exercise_3_by_hand import LECTURE, ByHand, telling
from karpathy_course.checks.lecture01.exercise_3_by_hand import RIGHT as RIGHT_BY_HAND
from karpathy_course.checks.lecture01.exercise_3_by_hand import WRONG as WRONG_BY_HAND
from karpathy_course.checks.lecture01.exercise_4_local_derivatives import RIGHT, WRONG, points
from karpathy_course.checks.lecture01.exercise_5_ten_gradients import AT, TEN, TenGradients, some_paths
from karpathy_course.checks.shared.wrong_models import alike, result_of
from karpathy_course.scalar import Value

OPERATIONS = {
    "d_tanh": lambda x: x.tanh(),
    "d_exp": lambda x: x.exp(),
    "d_pow": lambda x, n: x**n,
    "d_relu": lambda x: x.relu(),
    "d_log": lambda x: x.log(),
    "d_sigmoid": lambda x: x.sigmoid(),
}


def engine(expression, leaves):
    """Value and gradients of an expression by the course's engine."""
    values = {name: Value(float(x)) for name, x in leaves.items()}
    known = {"tanh": lambda x: x.tanh(), "relu": lambda x: x.relu(), "sum": sum}
    out = eval(expression, known, values)
    out.backward()
    return out.data, [leaf.grad for leaf in values.values()]


@pytest.mark.parametrize("expression", TEN)
def test_the_ten_gradients_are_the_engines(expression):
    value, gradients = gradients_of(expression, AT)
    expected = engine(expression, AT)
    assert value == pytest.approx(expected[0]) and gradients == pytest.approx(expected[1])


@pytest.mark.parametrize("seed", range(20))
def test_the_expressions_of_a_value_have_the_gradients_of_the_engine(seed):
    for case in OwnValue.cases(random.Random(seed)):
        leaves = {name: case[name] for name in "abcf" if name in case}
        value, gradients = gradients_of(case["expression"], leaves)
        expected = engine(case["expression"], leaves)
        assert value == pytest.approx(expected[0]) and gradients == pytest.approx(expected[1])


@pytest.mark.parametrize("function", RIGHT)
def test_each_local_derivative_is_the_engines(function):
    for point, _ in points(function, random.Random(function)):
        x = Value(point[0])
        OPERATIONS[function](x, *point[1:]).backward()
        assert RIGHT[function](*point) == pytest.approx(x.grad, rel=1e-12)


@pytest.mark.parametrize("function", WRONG)
def test_each_wrong_formula_is_wrong_at_one_of_the_telling_points_at_least(function):
    for seed in range(50):
        asked = [point for point, telling in points(function, random.Random(seed)) if telling]
        for wrong in WRONG[function]:
            assert any(not alike(result_of(wrong.model, p), RIGHT[function](*p), 1e-3) for p in asked), wrong.id


def test_the_lectures_expression_has_the_lectures_gradients():
    at = (2.0, -3.0, 10.0, -2.0)
    assert {name: right(*at) for name, right in RIGHT_BY_HAND.items()} == LECTURE
    value, gradients = engine("(a * b + c) * f", dict(zip("abcf", at)))
    assert [value, *gradients] == [LECTURE[name] for name in ("L", *"abcf")]


def test_no_slip_by_hand_gives_a_right_gradient():
    for seed in range(50):
        given = telling(random.Random(seed), 10)
        for name, wrongs in WRONG_BY_HAND.items():
            assert all(abs(RIGHT_BY_HAND[name](*given) - wrong.model(*given)) > 1e-3 for wrong in wrongs)


def test_the_polynomials_derivative_is_what_a_nudge_says():
    for case in NumericalGrad.cases(random.Random(3)):
        terms, xs, i = case["_terms"], case["xs"], case["i"]
        up, down = (value_of(terms, [x + s * (j == i) for j, x in enumerate(xs)]) for s in (1e-5, -1e-5))
        assert value_of(derivative(terms, i), xs) == pytest.approx((up - down) / 2e-5, abs=1e-7)


def test_forgetting_a_place_never_gives_the_right_gradient():
    for expression in TEN:
        assert gradients_of(expression, AT)[1][0] not in some_paths(expression, AT)


def test_no_message_gives_a_predicted_gradient_away():
    [case] = TenGradients.cases(random.Random(0))
    for number, expression in enumerate(TEN):
        right = [gradients_of(e, AT)[1][0] for e in TEN]
        right[number] += 0.25
        with pytest.raises(Mistake) as caught:
            TenGradients.judge(case, right)
        assert caught.value.expected is None and expression in caught.value.message


def test_the_lectures_numbers_known_by_heart_earn_nothing():
    known = {name: float(number) for name, number in LECTURE.items()}
    for seed in range(20):
        for case in ByHand.cases(random.Random(seed)):
            with pytest.raises(Mistake):
                ByHand.judge(case, known)


def test_lecture_01_has_five_exercises_in_one_session_of_an_hour_and_a_half():
    exercises = [find(f"01.{k}") for k in range(1, 6)]
    assert sum(exercise.minutes for exercise in exercises) <= 90
