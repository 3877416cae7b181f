"""A road and a car that drives on it: seeded tracks, friction, weather; the same physics for one car and for many."""

from karpathy_course.driving.physics import Car, CarState
from karpathy_course.driving.track import Track

__all__ = ["Car", "CarState", "Track"]
