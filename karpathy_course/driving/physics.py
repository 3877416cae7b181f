"""The one physics: how a car moves along a road, as pure functions over the arrays of any Array-API library.

Nothing here keeps state, knows of episodes or chooses at random. A car is described where it is on its road (Frenet
coordinates), so no search for the nearest point of the road is needed and the curvature is one look-up. Every function
works on one value for each car, shape (cars,), without a loop over cars; NumPy, PyTorch and the strict reference
library give the same numbers up to rounding. SI units: m, s, m/s, rad, 1/m. Left is positive: offset, heading and
curvature.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

from array_api_compat import array_namespace

GRAVITY = 9.81  # m/s²
HALF_WIDTH = 4.0  # m: from the centre line to the edge of the road
STEEPEST_HEADING = 1.5  # rad: a car that stands across the road has crashed
SUBSTEP, SUBSTEPS = 0.1, 2  # s, and how many of them a decision lasts
AHEAD = (0.0, 6.0, 12.0, 20.0, 30.0, 45.0)  # m: where the driver sees the road's curvature
SAMPLES = 512  # of a track; a power of two, so that the index wraps round by a mask


@dataclass(frozen=True)
class Car:
    """What a car can do. A kinematic bicycle: the curvature of its path is tan(steering angle) / wheelbase."""

    sharpest: float = 0.14  # 1/m: full lock, a circle with a radius of 7.1 m
    accelerate: float = 4.0  # m/s²
    brake: float = 8.0  # m/s²
    drag: float = 0.3  # m/s²: what slows a car that rolls
    top_speed: float = 18.0  # m/s


class CarState(NamedTuple):
    """Where cars are and how fast: four arrays of shape (cars,)."""

    along: Any  # m along the centre line, from 0 to the track's length
    offset: Any  # m to the left of the centre line
    heading: Any  # rad, against the direction of the road
    speed: Any  # m/s, never negative


class Place(NamedTuple):
    """Which part of the road's tables belongs to each car: three arrays of shape (cars,)."""

    first: Any  # index of the first sample of the car's track
    length: Any  # m, of the car's track
    per_metre: Any  # samples of the car's track for each metre


def sample_index(place, along):
    """The index, in the road's tables, of the sample at ``along`` metres; shape (cars,), int64."""
    xp = array_namespace(along)
    return place.first + (xp.astype(along * place.per_metre, xp.int64) & (SAMPLES - 1))


def advance(car, state, curvature, steer, push, grip, seconds):
    """Move every car by one small step: ``(new state, metres along the centre line)``.

    curvature: of the road at the car, 1/m. steer: the curvature that the driver asks for, 1/m. push: the acceleration
    that the driver asks for, m/s² (negative: brake). grip: the friction coefficient μ. All of shape (cars,).
    The tyres can give μ·g in all directions together: the wanted (lateral, longitudinal) acceleration is scaled down
    onto that circle (Kamm's friction circle; Rajamani 2012, Vehicle Dynamics and Control, ch. 13), so a car that is too
    fast turns less than it steers. Kinematics on a curved road: ibid. §2.5 with the path's coordinates. Semi-implicit
    Euler.
    """
    xp = array_namespace(state.speed)
    limit = grip * GRAVITY
    sideways = state.speed * state.speed * steer
    wanted = xp.sqrt(sideways * sideways + push * push) + 1e-9
    share = xp.minimum(limit / wanted, xp.ones_like(wanted))
    speed = state.speed + (push * share - car.drag) * seconds
    speed = xp.minimum(xp.maximum(speed, xp.zeros_like(speed)), xp.full_like(speed, car.top_speed))
    # Beyond the edge of a sharp bend 1 - offset·curvature nears zero; a car there has crashed, and half is no limit
    # before.
    stretch = 1 - state.offset * curvature
    stretch = xp.maximum(stretch, xp.full_like(stretch, 0.5))
    metres = speed * xp.cos(state.heading) / stretch * seconds
    offset = state.offset + speed * xp.sin(state.heading) * seconds
    heading = state.heading + speed * steer * share * seconds - curvature * metres
    return CarState(state.along + metres, offset, heading, speed), metres


def decide(car, curvatures, place, state, steer, push, grip):
    """Hold one decision for 0.2 s: ``(new state, metres along the centre line)``.

    curvatures: of all samples of all tracks, shape (tracks · 512,). Other arguments as for ``advance``.
    """
    xp = array_namespace(state.speed)
    total = None
    for _ in range(SUBSTEPS):
        here = xp.take(curvatures, sample_index(place, state.along), axis=0)
        state, metres = advance(car, state, here, steer, push, grip, SUBSTEP)
        total = metres if total is None else total + metres
    along = xp.where(state.along >= place.length, state.along - place.length, state.along)
    return state._replace(along=along), total


def crashed(state):
    """Whether each car has left the road or stands across it; shape (cars,), bool."""
    xp = array_namespace(state.offset)
    return (xp.abs(state.offset) > HALF_WIDTH) | (xp.abs(state.heading) > STEEPEST_HEADING)


def reward(state, metres, crash, edge_cost):
    """0.1 for each metre along the road, -5 for a crash, less near the edge; shape (cars,).

    edge_cost: what standing on the edge costs, twice: the cost begins half-way between centre and edge. Without it a
    driver learns to cut every bend, and crashes (5-30 % of runs).
    """
    xp = array_namespace(metres)
    near = xp.abs(state.offset) / HALF_WIDTH - 0.5
    near = xp.maximum(near, xp.zeros_like(near))
    return 0.1 * metres - edge_cost * near - 5.0 * xp.astype(crash, metres.dtype)


def observation(ahead, place, state, grip):
    """What a driver who looks at the road knows, scaled to about one; shape (cars, 10).

    ahead: for each sample of all tracks four zeros and 12 × the curvature 0, 6, 12, 20, 30 and 45 m further on, shape
    (tracks · 512, 10). Columns: speed / 10 - 0.8, 2 × heading, offset / 4, 2.5 × (grip - 0.6), then those curvatures.
    """
    xp = array_namespace(state.speed)
    seen = xp.take(ahead, sample_index(place, state.along), axis=0)
    seen[:, 0] = state.speed * 0.1 - 0.8
    seen[:, 1] = 2 * state.heading
    seen[:, 2] = state.offset / HALF_WIDTH
    seen[:, 3] = 2.5 * (grip - 0.6)
    return seen
