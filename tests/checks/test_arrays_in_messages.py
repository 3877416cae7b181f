"""An array that a case describes is shown to the learner as one writes it: dtype, shape, and numbers in rows."""

import pytest

from karpathy_course.checks.marking import short


def described(shape, numbers, **more):
    return {"shape": shape, "dtype": "float32", "numbers": numbers, **more}


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (described([2, 3], [1, 2, 3, 4, 5, 6.5]), "float32 (2, 3): [[1, 2, 3], [4, 5, 6.5]]"),
        (described([2], [1, 2], layout="turned"), "float32 (2,), turned in memory: [1, 2]"),
        (described([], [0.5]), "float32 (): 0.5"),
        (described([0, 3], []), "float32 (0, 3): []"),
        (described([3, 0], []), "float32 (3, 0): []"),
        (described([1, 2, 1], [1, 2]), "float32 (1, 2, 1): [[[1], [2]]]"),
    ],
)
def test_an_array_is_shown_with_its_dtype_its_shape_and_its_rows(array, text):
    assert short(array) == text


@pytest.mark.parametrize("shape", [None, "ab", [2, 2], [-1], [1.0], [True, []]])
def test_what_is_no_array_is_shown_as_it_is(shape):
    assert short(described(shape, [1])).startswith("{shape: ")
