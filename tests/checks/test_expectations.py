"""What judges say over and over."""

import math

import pytest

from karpathy_course.checks import Mistake
from karpathy_course.checks import expectations as j

NOT_NUMBERS = [None, True, False, "1", [], {}, math.nan, math.inf, 10**400, 2**63, 1j]


@pytest.mark.parametrize("thing", NOT_NUMBERS, ids=repr)
def test_what_is_no_finite_number_is_none_and_is_close_to_nothing(thing):
    assert not j.is_number(thing) and not j.close(thing, 1.0) and not j.close(1.0, thing)
    assert not j.close(thing, thing)
    with pytest.raises(Mistake):
        j.expect_number(thing)


def test_close_is_absolute_near_zero_and_relative_far_from_it():
    assert j.close(1e-10, 0.0) and not j.close(1e-8, 0.0)
    assert j.close(1e12 + 1, 1e12) and not j.close(1e12 + 1e4, 1e12)
    assert j.close(2, 2.0) and not j.close(2.001, 2.0, 1e-4)


@pytest.mark.parametrize(
    ("call", "id", "words"),
    [
        (lambda: j.expect_number(True, "the slope"), "not-a-number", "The slope is True; a number"),
        (lambda: j.expect_number(math.nan), "not-finite", "The answer is nan"),
        (lambda: j.expect_list((1,)), "wrong-type", "a list was expected"),
        (lambda: j.expect_list([1], 2), "wrong-length", "length 1; length 2"),
        (lambda: j.expect_numbers([1, "a"]), "not-a-number", "Entry 1 of the answer is text"),
        (lambda: j.expect_dict([]), "wrong-type", "a dict was expected"),
        (lambda: j.expect_dict({"a": 1}, ("a", "b")), "missing-key", "no entry 'b'"),
        (lambda: j.expect_text(1), "wrong-type", "text was expected"),
        (lambda: j.expect_bool(1), "wrong-type", "True or False"),
        (lambda: j.expect_integer(True), "wrong-type", "whole number"),
    ],
)
def test_a_wrong_kind_of_answer_is_named(call, id, words):
    with pytest.raises(Mistake) as caught:
        call()
    assert caught.value.id == id and words in caught.value.message


def test_what_is_right_comes_back():
    assert j.expect_number(2.5) == 2.5 and j.expect_list([1], 1) == [1] and j.expect_numbers([1, 2.0]) == [1, 2.0]
    assert j.expect_dict({"a": 1}, ("a",)) == {"a": 1} and j.expect_integer(3) == 3
