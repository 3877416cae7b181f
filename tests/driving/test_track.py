"""Tracks: smooth, closed, from a seed, never across themselves, and the same seen from above."""

import numpy as np
import pytest

from karpathy_course.driving.track import ASPHALT, CELL, GRASS, Track

SEEDS = range(12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_track_keeps_every_rule(seed):
    track = Track.from_seed(seed)
    assert 220 < track.length < 380
    assert 1 / 20 <= np.abs(track.curvature).max() <= 1 / 9
    apart = np.hypot(*(track.centre[:, None] - track.centre).transpose(2, 0, 1))
    steps = np.abs(np.subtract.outer(np.arange(512), np.arange(512)))
    along = np.minimum(steps, 512 - steps) * track.length / 512
    assert apart[along >= 20].min() >= 10


@pytest.mark.parametrize("seed", SEEDS)
def test_curvature_is_the_derivative_of_direction_along_the_track(seed):
    track = Track.from_seed(seed)
    spacing = track.length / 512
    turned = np.angle(np.exp(1j * (np.roll(track.direction, -1) - np.roll(track.direction, 1))))
    assert np.allclose(turned / (2 * spacing), track.curvature, atol=5e-3)  # it has corners between the samples
    assert np.isclose(abs(track.curvature.sum() * spacing), 2 * np.pi, rtol=1e-3)  # one turn, whichever way


def test_samples_lie_at_equal_distances():
    track = Track.from_seed(0)
    gaps = np.hypot(*(np.roll(track.centre, -1, axis=0) - track.centre).T)
    assert np.allclose(gaps, track.length / 512, rtol=2e-3)


def test_a_circle_of_points_gives_a_circle():
    angle = np.arange(24) * 2 * np.pi / 24
    track = Track(30 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    radius = np.hypot(*track.centre.T)
    assert np.allclose(radius, radius[0], rtol=1e-4) and np.allclose(1 / track.curvature, radius[0], rtol=2e-2)


def test_the_same_seed_gives_the_same_track_and_another_gives_another():
    Track.from_seed.cache_clear()
    first = Track.from_seed(3)
    Track.from_seed.cache_clear()
    assert np.array_equal(first.centre, Track.from_seed(3).centre)
    assert not np.array_equal(first.centre, Track.from_seed(4).centre)


def test_drawn_tracks_turn_both_ways():
    assert {np.sign(Track.from_seed(seed).curvature.sum()) for seed in SEEDS} == {-1.0, 1.0}


def test_a_track_that_crosses_itself_is_refused():
    t = np.arange(24) * 2 * np.pi / 24
    with pytest.raises(ValueError, match=r"crosses itself near x = -?\d+\.\d m.*without a loop"):
        Track(np.stack([80 * np.sin(t), 80 * np.sin(t) * np.cos(t)], axis=1))


def test_a_track_too_near_to_itself_or_too_sharp_is_refused():
    t = np.arange(40) * 2 * np.pi / 40
    x, y = 80 * np.cos(t), 40 * np.sin(t)
    with pytest.raises(ValueError, match=r"comes within .* m of itself"):
        Track(np.stack([x, y * (0.07 + (x / 80) ** 2)], axis=1))
    with pytest.raises(ValueError, match="sharpest bend has a radius of"):
        Track([[0, 0], [20, 0], [20, 20], [0, 20]])


@pytest.mark.parametrize("points", [[[0, 0], [1, 1]], [1, 2, 3], [[0, 0], [1, np.nan], [2, 2], [3, 3]]])
def test_points_that_are_no_points_are_refused(points):
    with pytest.raises(ValueError, match="at least four points"):
        Track(points)


def test_points_that_coincide_are_refused():
    with pytest.raises(ValueError, match="coincide"):
        Track([[1, 1]] * 6)


@pytest.mark.parametrize("seed", range(4))
def test_the_raster_shows_road_within_and_grass_beyond_the_edge(seed):
    track = Track.from_seed(seed)
    along = np.linspace(0, track.length, 700)

    def seen(offset):
        column, row = np.floor((track.position(along, np.full(700, offset)) - track.origin) / CELL).astype(int).T
        return track.raster[row, column]

    for offset in (-3.0, -1.5, 1.5, 3.0):
        assert (seen(offset) == ASPHALT).all()
    for offset in (-4.6, 4.6):
        assert (seen(offset) == GRASS).all()
    assert track.raster.dtype == np.uint8 and set(np.unique(track.raster)) == {0, 1, 2, 3}
