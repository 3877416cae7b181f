"""Chance from a hash: uniform, without memory, the same in every library, and never 1."""

import array_api_strict
import numpy as np
import pytest
import torch

from karpathy_course.driving.draws import draw

KEYS, ONES = np.arange(40_000), np.ones(40_000, dtype=np.int64)


def correlation(a, b):
    return abs(np.corrcoef(a, b)[0, 1])


def test_draws_are_uniform():
    found = draw(KEYS, ONES, 0, np.float64)
    counts = np.bincount((found * 100).astype(int), minlength=100)
    assert found.min() >= 0 and found.max() < 1
    assert ((counts - 400) ** 2 / 400).sum() < 99 + 4 * np.sqrt(2 * 99)


def test_neighbouring_keys_episodes_and_purposes_draw_independently():
    found = draw(KEYS, ONES, 0, np.float64)
    assert correlation(found[1:], found[:-1]) < 0.02
    assert correlation(found, draw(KEYS, 2 * ONES, 0, np.float64)) < 0.02
    assert correlation(found, draw(KEYS, ONES, 1, np.float64)) < 0.02
    assert correlation(draw(0 * KEYS, KEYS, 0, np.float64)[1:], draw(0 * KEYS, KEYS, 0, np.float64)[:-1]) < 0.02


def test_a_draw_in_float32_is_the_draw_in_float64_and_below_one():
    keys = np.arange(2**20)
    single, double = (draw(keys, np.ones_like(keys), 3, dtype) for dtype in (np.float32, np.float64))
    assert single.dtype == np.float32 and single.max() < 1
    assert np.array_equal(single, double)


@pytest.mark.parametrize("library", [torch, array_api_strict], ids=["torch", "strict"])
def test_draws_are_the_same_in_every_library(library):
    keys = np.random.default_rng(0).integers(2**32, size=500)
    there = lambda values: library.asarray(values, dtype=library.int64)
    found = draw(there(keys), there(ONES[:500]), 7, library.float64)
    assert np.array_equal(np.asarray(found), draw(keys, ONES[:500], 7, np.float64))
