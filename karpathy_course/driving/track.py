"""Closed race tracks from a seed: a smooth centre line whose curvature is known everywhere, and its picture from above.

A track is geometry alone: no weather, no cars, no randomness once it is made. NumPy only.
"""

from functools import cached_property, lru_cache

import numpy as np

from karpathy_course.driving.physics import HALF_WIDTH, SAMPLES

POINTS, RADIUS, SPREAD = (
    12,
    45.0,
    0.55,
)  # control points of a drawn track, their mean distance (m), the largest deviation
SHARPEST, STRAIGHTEST = 1 / 9, 1 / 20  # 1/m: bounds of a drawn track's sharpest bend
CLEARANCE = 10.0  # m: no other part of the track is nearer
NEIGHBOURHOOD = 20.0  # m along the track: what is nearer than this is the same part
CELL = 0.25  # m: one cell of the raster
GRASS, ASPHALT, EDGE_LINE, CENTRE_LINE = range(4)  # the raster's classes

# A segment of a uniform cubic B-spline: (1, u, u², u³) @ BASIS @ four control points (de Boor 1978, ch. IX).
BASIS = np.array([[1, 4, 1, 0], [-3, 0, 3, 0], [3, -6, 3, 0], [-1, 3, -3, 1]]) / 6


class Track:
    """A closed road, 8 m wide, along the uniform cubic B-spline of some control points: its curvature is continuous.

    points: (points, 2) in m, at least four, in the order in which they are driven by. Raises ValueError where a track
    crosses itself, comes within 10 m of itself, or has a bend of less than 9 m radius.
    512 samples at equal distances along the centre line, all of shape (512,) or (512, 2):
    centre (m), direction (rad, against the x axis), curvature (1/m, positive to the left). length in m.
    """

    def __init__(self, points):
        points = np.asarray(points, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or len(points) < 4 or not np.isfinite(points).all():
            raise ValueError(
                f"Track: expected at least four points (x, y) in m, all finite, got an array of shape {points.shape}."
            )
        self.points = points
        self.length, where = _equal_distances(points)
        self.centre, velocity, acceleration = (_spline(points, where, order) for order in range(3))
        pace = np.hypot(*velocity.T)
        if not pace.min() > 1e-9:
            raise ValueError("Track: several neighbouring points coincide. Give points that differ.")
        self.direction = np.arctan2(velocity[:, 1], velocity[:, 0])
        turn = velocity[:, 0] * acceleration[:, 1] - velocity[:, 1] * acceleration[:, 0]
        self.curvature = turn / pace**3
        self._refuse_what_cannot_be_driven()

    @staticmethod
    @lru_cache(maxsize=1024)
    def from_seed(seed):
        """The track of a seed, 250-360 m long: draws twelve points round a circle until they make a good road.

        Its sharpest bend has a radius of 9-20 m; half of all tracks are driven clockwise. The same object for the same
        seed.
        """
        random = np.random.default_rng(seed)
        while True:
            radius = RADIUS * (1 + SPREAD * random.uniform(-1, 1, POINTS))
            angle = 2 * np.pi / POINTS * (np.arange(POINTS) + random.uniform(-0.25, 0.25, POINTS))
            angle *= random.choice([-1, 1])
            try:
                track = Track(np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1))
            except ValueError:
                continue
            if np.abs(track.curvature).max() >= STRAIGHTEST:
                return track

    def position(self, along, offset):
        """(x, y) in m, shape (…, 2), of places given in m along and to the left of the centre line."""
        exact = np.asarray(along) / self.length * SAMPLES
        before = np.floor(exact).astype(np.int64)
        share = (exact - before)[..., None]
        low, high = before % SAMPLES, (before + 1) % SAMPLES
        centre = (1 - share) * self.centre[low] + share * self.centre[high]
        turned = np.angle(np.exp(1j * (self.direction[high] - self.direction[low])))
        direction = self.direction[low] + share[..., 0] * turned
        left = np.stack([-np.sin(direction), np.cos(direction)], axis=-1)
        return centre + np.asarray(offset)[..., None] * left

    @cached_property
    def raster(self):
        """The road from above: uint8 of shape (rows, columns), a class for each cell of 0.25 m.

        Cell (row, column) covers x from ``origin[0] + 0.25 · column`` and y from ``origin[1] + 0.25 · row``, in m.
        Classes: 0 grass, 1 asphalt, 2 edge line, 3 dashed centre line. 5 m of grass surround the road.
        """
        low, high = self.origin, self.centre.max(axis=0) + HALF_WIDTH + 5
        columns, rows = np.ceil((high - low) / CELL).astype(int)
        cells = np.full((rows, columns), GRASS, dtype=np.uint8)
        along = np.arange(0, self.length, 0.1)
        dash = np.floor(along / self.length * 2 * round(self.length / 6)) % 2 == 0  # a whole number of dashes, 3 m each
        self._paint(cells, along, np.arange(-HALF_WIDTH, HALF_WIDTH + 0.05, 0.1), ASPHALT)
        for side in (-1, 1):
            self._paint(cells, along, side * np.arange(HALF_WIDTH - 0.3, HALF_WIDTH + 0.05, 0.1), EDGE_LINE)
        self._paint(cells, along[dash], np.array([-0.1, 0.0, 0.1]), CENTRE_LINE)
        return cells

    @cached_property
    def origin(self):
        """(x, y) in m of the corner of the raster's first cell."""
        return self.centre.min(axis=0) - HALF_WIDTH - 5

    def _paint(self, cells, along, offsets, kind):
        """Steps of 0.1 m, stretched by at most 1.45 in the sharpest bend, leave no cell of 0.25 m out."""
        places = self.position(along[:, None], np.broadcast_to(offsets, (len(along), len(offsets))))
        column, row = np.moveaxis(np.floor((places - self.origin) / CELL).astype(int), -1, 0)
        cells[row, column] = kind

    def _refuse_what_cannot_be_driven(self):
        sharpest = np.abs(self.curvature).max()
        if sharpest > SHARPEST:  # first, because it costs least and refuses most of what is drawn
            raise ValueError(
                f"Track: its sharpest bend has a radius of {1 / sharpest:.1f} m, a car needs 9 m. Move points apart."
            )
        nearest, where = _nearest_other_part(self.centre, self.length)
        if nearest < self.length / SAMPLES:
            raise ValueError(
                f"Track: it crosses itself near x = {where[0]:.1f} m, y = {where[1]:.1f} m. "
                "Order the points as they are driven by, without a loop."
            )
        if nearest < CLEARANCE:
            raise ValueError(
                f"Track: near x = {where[0]:.1f} m, y = {where[1]:.1f} m it comes within {nearest:.1f} m of itself; "
                f"the road is {2 * HALF_WIDTH:g} m wide and needs {CLEARANCE:g} m. Move the points apart."
            )


def _spline(points, where, order):
    """The curve, or its first or second derivative, at parameters 0 ≤ where < points; shape (len(where), 2)."""
    segment = np.floor(where).astype(np.int64) % len(points)
    u = where - np.floor(where)
    zero, one = np.zeros_like(u), np.ones_like(u)
    powers = ([one, u, u**2, u**3], [zero, one, 2 * u, 3 * u**2], [zero, zero, 2 * one, 6 * u])[order]
    near = points[(segment[:, None] + np.arange(4)) % len(points)]
    return np.einsum("np,pc,ncx->nx", np.stack(powers, axis=1), BASIS, near)


def _equal_distances(points, fine=200):
    """(length in m, the parameters of 512 samples at equal distances along the curve)."""
    where = np.linspace(0, len(points), fine * len(points) + 1)
    curve = _spline(points, where[:-1], 0)
    steps = np.hypot(*(np.roll(curve, -1, axis=0) - curve).T)
    travelled = np.concatenate([[0.0], np.cumsum(steps)])
    length = float(travelled[-1])
    return length, np.interp(np.arange(SAMPLES) * length / SAMPLES, travelled, where)


def _nearest_other_part(centre, length):
    """(m to the nearest other part of the track, where that is)."""
    x, y = centre.T
    squared = (x[:, None] - x) ** 2 + (y[:, None] - y) ** 2
    apart = np.abs(np.arange(SAMPLES)[:, None] - np.arange(SAMPLES))
    apart = np.minimum(apart, SAMPLES - apart) * length / SAMPLES
    squared[apart < NEIGHBOURHOOD] = np.inf
    at = int(np.argmin(squared)) // SAMPLES
    return float(np.sqrt(squared[at].min())), centre[at]
