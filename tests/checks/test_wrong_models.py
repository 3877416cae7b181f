"""The table of wrong models: the first that fits is named, and a draw is one that tells all of them apart."""

import math

import pytest

from karpathy_course.checks import Mistake
from karpathy_course.checks.shared.wrong_models import Wrong, alike, confused, draw_telling, name_mistake


def right(x, y):
    return x * y


TABLE = [
    Wrong("added", lambda x, y: x + y, "The two were added.", 2),
    Wrong("first", lambda x, y: x, "The second is left out.", 1),
    Wrong("divided", lambda x, y: x / y, "They were divided.", 1),
]


def numbers(*given):
    return iter(given).__next__


def test_the_first_model_that_fits_is_named_with_its_words_and_hint():
    with pytest.raises(Mistake) as caught:
        name_mistake(TABLE, (3, 5), 8.0, words="3 · 5: {}", got=8.0, expected=15)
    mistake = caught.value
    assert (mistake.id, mistake.message, mistake.hint) == ("added", "3 · 5: The two were added.", 2)
    assert (mistake.got, mistake.expected) == (8.0, 15)


def test_an_answer_that_no_model_gives_has_no_name():
    assert name_mistake(TABLE, (3, 5), 9.0) is None
    assert name_mistake(TABLE, (3, 0), math.nan) is None  # "divided" gives nothing there, and NaN is like nothing
    assert name_mistake(TABLE, (3, 5), None) is None


def test_a_draw_repeats_until_no_mistake_is_right_and_no_two_are_the_same():
    make = numbers((2, 2), (3, 1), (0, 4), (5, 0), (3, 5))
    assert draw_telling(make, right, TABLE) == (3, 5)
    assert confused(TABLE, right, (2, 2)) == [("right", "added")]
    assert confused(TABLE, right, (5, 0)) == [("added", "first")]


def test_a_draw_may_forgive_a_mistake_or_mind_the_right_result_alone():
    assert draw_telling(numbers((2, 2)), right, TABLE, forgiven=("added",)) == (2, 2)
    assert draw_telling(numbers((2, 2), (5, 0)), right, TABLE, only_right=True) == (5, 0)


def test_a_table_that_no_draw_can_tell_apart_says_which_two():
    with pytest.raises(ValueError, match="right and added were never told apart"):
        draw_telling(lambda: (2, 2), right, TABLE)


def test_lists_are_alike_entry_by_entry():
    assert alike([1, [2.0, 3]], [1.0, [2, 3.0]])
    assert not alike([1, [2]], [1, [2, 2]]) and not alike([1], 1) and not alike([True], [1])
    assert not alike([math.nan], [math.nan]) and alike([], [])
