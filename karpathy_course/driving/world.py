"""Many cars at once on drawn tracks, in weather: all that the two environments do, but for Gymnasium's manners.

One car alone is a world of one, so the single and the vector environment cannot differ in their physics. A World keeps
the arrays (of the library and on the device that it is given) and calls the pure functions of ``physics``.
"""

import numbers

import numpy as np
from array_api_compat import array_namespace, device, is_torch_array, to_device

from karpathy_course.driving import physics
from karpathy_course.driving.draws import draw
from karpathy_course.driving.track import Track

GRIP = {"dry": 1.0, "wet": 0.6, "ice": 0.25}  # friction coefficient μ of tyres on the road
STEERING = (-1.0, -0.4, 0.0, 0.4, 1.0)  # of full lock; right to left
PUSHES = ("brake", "coast", "accelerate")
ACTIONS = len(STEERING) * len(PUSHES)
TRACK, ALONG, OFFSET, HEADING, SPEED, WEATHER = range(6)  # purposes of draws at a start; decisions draw from 16 on
FIRST_DECISION = 16


def as_track(given):
    """A Track from a Track or from a seed. Raises TypeError for anything else."""
    if isinstance(given, Track):
        return given
    if isinstance(given, numbers.Integral) and not isinstance(given, bool) and given >= 0:
        return Track.from_seed(int(given))
    raise TypeError(f"tracks: expected Tracks or seeds (whole numbers from 0 on), got {given!r:.60}")


def grip_of(weather):
    """The friction coefficient of a weather's name. Raises ValueError where there is no such weather."""
    if weather not in GRIP:
        raise ValueError(f"weather: expected one of {', '.join(map(repr, GRIP))}, got {weather!r:.60}")
    return GRIP[weather]


class World:
    """Cars, each on one of some tracks.

    like: an array of floats whose library, device and dtype all others take. tracks: Tracks or their seeds. weather: a
    name for all cars, or None: drawn at each start. weather_change: the probability, for each decision, that a car's
    weather is drawn again. Public arrays, read them at any time and set ``grip`` as you like: ``state`` (a CarState, m,
    rad, m/s), ``grip`` (μ), ``track`` (index into ``tracks``), ``decisions`` (since the start), each of shape (cars,).
    """

    def __init__(self, cars, like, tracks=range(16), weather=None, weather_change=0.0, edge_cost=0.5, car=None):
        if isinstance(cars, bool) or not isinstance(cars, numbers.Integral) or cars < 1:
            raise ValueError(f"number of cars: expected a whole number from 1 on, got {cars!r:.60}")
        if not 0 <= weather_change <= 1:
            raise ValueError(f"weather_change: expected a probability from 0 to 1, got {weather_change!r:.60}")
        if weather is not None:
            grip_of(weather)
        self.tracks = [as_track(t) for t in tracks]
        if not self.tracks:
            raise ValueError("tracks: expected at least one Track or seed, got none")
        self.cars, self.weather, self.weather_change, self.edge_cost = int(cars), weather, weather_change, edge_cost
        self.car = physics.Car() if car is None else car
        self.xp, self.dtype, self._like = array_namespace(like), like.dtype, like
        self._build_tables()
        self.index = self.ints(np.arange(self.cars))
        self.key, self.episode, self.decisions, self.track = (self.ints(np.zeros(self.cars, int)) for _ in range(4))
        self.state = physics.CarState(*(self.floats(np.zeros(self.cars)) for _ in range(4)))
        self.grip = self.floats(np.ones(self.cars))
        self.place = self._place(self.track)

    def floats(self, values):
        """Values of NumPy as floats of this world's library, dtype and device."""
        return self.xp.asarray(values, dtype=self.dtype, device=device(self._like))

    def ints(self, values):
        """Values of NumPy as int64 of this world's library and device."""
        return self.xp.asarray(values, dtype=self.xp.int64, device=device(self._like))

    def _build_tables(self):
        curvature = np.concatenate([t.curvature for t in self.tracks])
        self.curvatures = self.floats(curvature)
        ahead = np.zeros((len(curvature), 10))
        for row, track in enumerate(self.tracks):
            for column, metres in enumerate(physics.AHEAD):
                shift = round(metres / track.length * physics.SAMPLES)
                ahead[row * physics.SAMPLES : (row + 1) * physics.SAMPLES, 4 + column] = np.roll(
                    track.curvature, -shift
                )
        self.ahead = self.floats(12 * ahead)
        lengths = np.array([t.length for t in self.tracks])
        self.lengths, self.per_metre = self.floats(lengths), self.floats(physics.SAMPLES / lengths)
        steer, push = np.meshgrid(np.array(STEERING) * self.car.sharpest, [-self.car.brake, 0, self.car.accelerate])
        self.steers, self.pushes = self.floats(steer.T.ravel()), self.floats(push.T.ravel())
        self.grips = self.floats(list(GRIP.values()))

    def _place(self, track):
        take = self.xp.take
        return physics.Place(
            track * physics.SAMPLES, take(self.lengths, track, axis=0), take(self.per_metre, track, axis=0)
        )

    def _grip(self, chance):
        which = self.xp.astype(chance * len(GRIP), self.xp.int64)
        return self.xp.take(self.grips, which, axis=0)

    def _starts(self, key, episode, track):
        """(track, state, grip) of cars that start for the ``episode``-th time: slow and near the centre."""
        u = lambda purpose: draw(key, episode, purpose, self.dtype)
        if track is None:
            track = self.xp.astype(u(TRACK) * len(self.tracks), self.xp.int64)
        along = u(ALONG) * self.xp.take(self.lengths, track, axis=0)
        state = physics.CarState(along, 2 * u(OFFSET) - 1, 0.2 * u(HEADING) - 0.1, 4 * u(SPEED))
        grip = self._grip(u(WEATHER))
        return track, state, grip if self.weather is None else 0 * grip + grip_of(self.weather)

    def start(self, which=None, track=None):
        """Put cars at a new start.

        which: bool, shape (cars,), which of them; None for all. track: int64, shape (cars,), an index into ``tracks``
        for each car; None: drawn.
        """
        if which is None:
            self.episode = self.episode + 1
            self.track, self.state, self.grip = self._starts(self.key, self.episode, track)
            self.decisions = 0 * self.decisions
        else:  # a few of many: drawn for those alone, then put in their places
            at = self.xp.nonzero(which)[0]
            few = lambda values: None if values is None else self.xp.take(values, at, axis=0)
            self.episode = self.episode + self.xp.astype(which, self.xp.int64)
            track, state, grip = self._starts(few(self.key), few(self.episode), few(track))
            self.track = _placed(self.track, which, track)
            self.state = physics.CarState(*(_placed(old, which, new) for old, new in zip(self.state, state)))
            self.grip = _placed(self.grip, which, grip)
            self.decisions = self.xp.where(which, 0 * self.decisions, self.decisions)
        self.place = self._place(self.track)

    def decide(self, actions):
        """Hold each car's action for 0.2 s: (reward, whether it crashed), both of shape (cars,). actions: int64."""
        self._check_grip()
        steer, push = self.xp.take(self.steers, actions, axis=0), self.xp.take(self.pushes, actions, axis=0)
        self.state, metres = physics.decide(self.car, self.curvatures, self.place, self.state, steer, push, self.grip)
        self.decisions = self.decisions + 1
        if self.weather_change:
            self._let_the_weather_change()
        crash = physics.crashed(self.state)
        return physics.reward(self.state, metres, crash, self.edge_cost), crash

    def _check_grip(self):
        """``grip`` is public, and a NaN there would spread through a car's whole state without a word."""
        shape = tuple(getattr(self.grip, "shape", ()))
        if shape != (self.cars,):
            raise ValueError(f"grip: expected an array of shape ({self.cars},), one μ for each car, got shape {shape}")
        if not bool(self.xp.all(self.grip >= 0)):
            raise ValueError("grip: expected friction coefficients from 0 on, got a negative one or NaN among them")

    def _let_the_weather_change(self):
        mixed = self.episode * (1 << 20) + self.decisions  # an episode of its own for each decision
        happens = draw(self.key, mixed, FIRST_DECISION, self.dtype) < self.weather_change
        self.grip = self.xp.where(happens, self._grip(draw(self.key, mixed, FIRST_DECISION + 1, self.dtype)), self.grip)

    def observe(self):
        """What every driver knows; shape (cars, 10). See ``physics.observation``."""
        return physics.observation(self.ahead, self.place, self.state, self.grip)


def _placed(old, which, values):
    """A copy of ``old`` with ``values`` where ``which`` holds: arrays that were read earlier stay as they are."""
    changed = array_namespace(old).asarray(old, copy=True)
    changed[which] = values
    return changed


def in_numpy(array):
    """The same numbers as a NumPy array, from whichever library and device."""
    return to_device(array, "cpu").numpy() if is_torch_array(array) else np.asarray(array)
