"""The driver that a person wrote: the bar that a learned one is measured against."""

from array_api_compat import array_namespace

from karpathy_course.driving.physics import AHEAD, GRAVITY, HALF_WIDTH, Car
from karpathy_course.driving.world import STEERING

CAUTION = 0.65  # share of the grip that a bend may ask for; at 0.9 one run of 120 s in 23 crashes (`bench driving`)
PULL = 1.5  # 1/s: how strongly an offset turns the aim back to the middle of the road
GAIN = 0.7  # share of the way to that aim which one decision may turn
MARGIN = 0.5  # m/s that the speed may lie under its limit before the driver accelerates


class ScriptedDriver:
    """Steer along the road and back to its middle; be slow enough for every bend that is in sight.

    Call it with observations of ``physics.observation``, shape (cars, 10) or (10,), of any array library; it returns
    actions, int64, shape (cars,), or one int. Steering: the road's curvature, and back to a heading that leads to the
    middle of the road, by Stanley's law (Thrun et al. 2006, Stanley: the robot that won the DARPA grand challenge,
    §9.2), rounded to the nearest of five. Speed: √(0.65 μ g / |curvature|) at each distance in sight, more by what the
    brakes still take off before it.
    """

    def __init__(self, caution=CAUTION, car=None):
        self.caution, self.car = caution, Car() if car is None else car

    def __call__(self, observation):
        xp = array_namespace(observation)
        if observation.ndim == 1:
            return int(self(observation[None, :])[0])
        if observation.ndim != 2 or observation.shape[1] != 4 + len(AHEAD):
            raise ValueError(
                f"ScriptedDriver: expected observations of shape (cars, {4 + len(AHEAD)}), "
                f"got {tuple(observation.shape)}"
            )
        if not bool(xp.all(xp.isfinite(observation))):
            raise ValueError("ScriptedDriver: expected finite observations, got NaN or infinity among them")
        speed, heading = (observation[:, 0] + 0.8) * 10, observation[:, 1] / 2
        offset, grip = observation[:, 2] * HALF_WIDTH, observation[:, 3] / 2.5 + 0.6
        bends = observation[:, 4:] / 12

        wanted = self._curvature(xp, speed, heading, offset, bends) / self.car.sharpest
        steps = xp.asarray(STEERING, dtype=wanted.dtype, device=wanted.device)
        steering = xp.argmin(xp.abs(wanted[:, None] - steps[None, :]), axis=1)
        limit = self._speed_limit(xp, grip, bends)
        push = xp.astype(speed < limit, xp.int64) + xp.astype(speed < limit - MARGIN, xp.int64)
        return 3 * steering + push

    def _curvature(self, xp, speed, heading, offset, bends):
        """The curvature to ask for: the road's in the middle of the coming decision, and back to the aim."""
        travel = 0.2 * (speed + 1.0)  # m, about one decision; never zero
        soon = bends[:, 0] + (bends[:, 1] - bends[:, 0]) * travel / (2 * AHEAD[1])
        aim = -xp.atan(PULL * offset / (1.0 + speed))
        return soon + GAIN * (aim - heading) / travel

    def _speed_limit(self, xp, grip, bends):
        """The speed, m/s, from which every bend in sight can still be taken; the brakes take 0.7 of what is usable."""
        usable = self.caution * grip * GRAVITY
        limit = None
        for column, metres in enumerate(AHEAD):
            squared = usable / (xp.abs(bends[:, column]) + 1e-3) + 2 * 0.7 * usable * max(metres - 2.0, 0.0)
            limit = squared if limit is None else xp.minimum(limit, squared)
        return xp.sqrt(limit)
