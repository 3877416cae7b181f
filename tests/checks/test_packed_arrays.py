"""Large arrays as text, and back: the numbers come through, and nothing that is no such text is believed."""

import numpy as np
import pytest

from karpathy_course.checks.shared.packed_arrays import packed, unpacked


@pytest.mark.parametrize(("kind", "digits"), [("f4", 1e-6), ("f2", 1e-3)])
def test_numbers_come_back_with_their_digits(kind, digits):
    array = np.random.default_rng(0).normal(0, 1, (20, 30))
    back = unpacked(packed(array, kind=kind))["array"]
    assert back.shape == array.shape and np.allclose(back, array, rtol=digits, atol=1e-7)


def test_an_array_that_shares_memory_with_another_is_told():
    array = np.ones((2, 3))
    assert packed(array)["own"] is True
    assert packed(array[:1], [array])["own"] is False


@pytest.mark.parametrize("array", [np.float64(1.0), np.array(1.0), np.ones(3, int), np.array([np.nan]), [1.0], None])
def test_what_cannot_be_packed_is_taken_apart(array):
    part = packed(array)
    assert "bytes" not in part and unpacked(part) == part


@pytest.mark.parametrize(
    "change", [{"bytes": "@"}, {"bytes": "é"}, {"shape": [2, 2]}, {"shape": None}, {"packed": "f8"}]
)
def test_text_that_is_no_array_is_not_unpacked(change):
    part = packed(np.ones((2, 3))) | change
    assert unpacked(part) == part
