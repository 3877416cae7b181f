"""A road and a car that drives on it: seeded tracks, friction, weather; the same physics for one car and for many.

Importing this registers ``gymnasium.make("karpathy_course/Driving-v0")`` and ``make_vec`` of the same name.
"""

from gymnasium.envs.registration import register, registry

from karpathy_course.driving.driving_env import DrivingEnv
from karpathy_course.driving.physics import Car, CarState
from karpathy_course.driving.scripted_driver import ScriptedDriver
from karpathy_course.driving.track import Track
from karpathy_course.driving.vector_env import VectorDrivingEnv
from karpathy_course.driving.world import GRIP, World

__all__ = ["GRIP", "Car", "CarState", "DrivingEnv", "ScriptedDriver", "Track", "VectorDrivingEnv", "World"]

if "karpathy_course/Driving-v0" not in registry:  # the module may be loaded again
    register(
        "karpathy_course/Driving-v0",
        entry_point="karpathy_course.driving.driving_env:DrivingEnv",
        vector_entry_point="karpathy_course.driving.vector_env:VectorDrivingEnv",
    )
