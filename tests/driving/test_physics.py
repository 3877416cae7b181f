"""The car obeys mechanics that can be worked out by hand, in every array library alike."""

import ast
import subprocess
import sys
from pathlib import Path

import array_api_strict
import numpy as np
import pytest
import torch

from karpathy_course.driving import physics
from karpathy_course.driving.physics import GRAVITY, Car, CarState, advance

CAR = Car()
CORE = ("physics", "track", "draws", "world")
FOLDER = Path(physics.__file__).parent


def cars(along=0.0, offset=0.0, heading=0.0, speed=10.0, n=1):
    return CarState(*(np.full(n, float(x)) for x in (along, offset, heading, speed)))


def roll(state, seconds, curvature=0.0, steer=0.0, push=0.0, grip=1.0, car=CAR, step=0.01):
    full = lambda x: np.full(state.speed.shape, float(x))
    for _ in range(round(seconds / step)):
        state, _ = advance(car, state, full(curvature), full(steer), full(push), full(grip), step)
    return state


def test_a_car_that_rolls_straight_loses_speed_by_drag_alone():
    state = roll(cars(speed=10), 5)
    assert np.isclose(state.speed[0], 10 - 0.3 * 5) and state.offset[0] == 0
    assert np.isclose(state.along[0], 10 * 5 - 0.3 * 25 / 2, rtol=1e-3)


def test_brakes_are_limited_by_the_grip():
    for grip in (1.0, 0.6, 0.25):
        state = roll(cars(speed=15), 1, push=-8, grip=grip)
        assert np.isclose(state.speed[0], 15 - min(8, grip * GRAVITY) - 0.3)


def test_a_car_never_rolls_backwards_and_never_passes_its_top_speed():
    assert roll(cars(speed=2), 3, push=-8).speed[0] == 0
    assert roll(cars(speed=17), 3, push=4).speed[0] == 18


def test_a_slow_car_follows_the_circle_that_it_steers():
    state = roll(cars(speed=5), 1, curvature=0.1, steer=0.1, car=Car(drag=0.0), step=0.001)
    assert abs(state.offset[0]) < 1e-2 and abs(state.heading[0]) < 1e-2
    assert np.isclose(state.along[0], 5, rtol=1e-3)


@pytest.mark.parametrize("grip", [1.0, 0.6, 0.25])
def test_a_fast_car_slides_towards_the_outside_of_a_bend(grip):
    limit = np.sqrt(grip * GRAVITY / 0.1)
    drive = lambda speed: roll(cars(speed=speed), 1, curvature=0.1, steer=0.1, grip=grip, car=Car(drag=0.0))
    assert abs(drive(0.95 * limit).offset[0]) < 0.2
    assert drive(1.4 * limit).offset[0] < -0.5


def test_the_acceleration_of_a_car_never_leaves_the_friction_circle():
    random = np.random.default_rng(0)
    state = CarState(np.zeros(4000), np.zeros(4000), np.zeros(4000), random.uniform(1, 17, 4000))
    steer, push, grip = random.uniform(-0.14, 0.14, 4000), random.uniform(-8, 4, 4000), random.uniform(0.1, 1, 4000)
    moved, _ = advance(Car(drag=0.0), state, np.zeros(4000), steer, push, grip, 1e-6)
    forward = (moved.speed - state.speed) / 1e-6
    sideways = state.speed * (moved.heading - state.heading) / 1e-6
    assert (np.hypot(forward, sideways) <= grip * GRAVITY * (1 + 1e-4)).all()


def test_a_straight_path_in_the_plane_is_straight_in_the_roads_coordinates():
    """On a bend of 20 m radius: the car neither steers nor brakes, and its place in the plane is computed anew."""
    state = roll(cars(speed=10), 0.5, curvature=0.05, car=Car(drag=0.0), step=1e-4)
    angle = state.along[0] / 20
    x, y = (20 - state.offset[0]) * np.sin(angle), 20 - (20 - state.offset[0]) * np.cos(angle)
    assert np.allclose([x, y], [5.0, 0.0], atol=2e-3)
    assert np.isclose(angle + state.heading[0], 0, atol=1e-3)


def test_crashed_is_off_the_road_or_across_it():
    state = CarState(np.zeros(5), np.array([0, 3.99, -4.01, 0, 0]), np.array([0, 0, 0, 1.49, -1.51]), np.ones(5))
    assert physics.crashed(state).tolist() == [False, False, True, False, True]


def test_the_reward_is_metres_less_the_edge_and_the_crash():
    state = CarState(np.zeros(4), np.array([0.0, 2.0, 4.0, 4.5]), np.zeros(4), np.ones(4))
    reward = physics.reward(state, np.full(4, 3.0), np.array([False, False, False, True]), 0.5)
    assert np.allclose(reward, [0.3, 0.3, 0.3 - 0.25, 0.3 - 0.5 * 0.625 - 5])


@pytest.mark.parametrize("library", [torch, array_api_strict], ids=["torch", "strict"])
def test_one_step_is_the_same_in_every_library(library):
    random = np.random.default_rng(1)
    n = 200
    state = CarState(*(random.uniform(0, top, n) for top in (300, 4, 1, 18)))
    rest = [random.uniform(-0.1, 0.1, n), random.uniform(-0.14, 0.14, n), random.uniform(-8, 4, n), np.full(n, 0.6)]
    expected, metres = advance(Car(), state, *rest, 0.1)
    to = lambda x: library.asarray(x, dtype=library.float64)
    found, other = advance(Car(), CarState(*map(to, state)), *map(to, rest), 0.1)
    assert np.allclose(np.asarray(other), metres, rtol=0, atol=1e-12)
    for mine, theirs in zip(expected, found):
        assert np.allclose(np.asarray(theirs), mine, rtol=0, atol=1e-12)


def test_the_core_imports_numpy_and_the_standard_and_no_more():
    allowed = {"numpy", "array_api_compat", "karpathy_course"} | sys.stdlib_module_names
    for path in [FOLDER / f"{name}.py" for name in CORE if (FOLDER / f"{name}.py").exists()]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            found = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            found += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in found} <= allowed, path.name
            assert all(not n.startswith("karpathy_course") or ".driving" in n for n in found), path.name


def test_importing_the_driving_world_loads_no_torch():
    code = "import sys, karpathy_course.driving; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
