"""The scripted driver stays on every road, in every weather, and slows where it must."""

import numpy as np
import pytest
import torch

from karpathy_course.driving import GRIP, DrivingEnv, ScriptedDriver, VectorDrivingEnv

UNSEEN = range(10_000, 10_025)


def run(driver, weather, seconds=120):
    """(crashes, mean speed in m/s) of one car on each unseen track; a car that crashes drives no more."""
    env = VectorDrivingEnv(len(UNSEEN), UNSEEN, weather, max_episode_steps=10_000, autoreset_mode="SameStep")
    observations, _ = env.reset(seed=1, options={"track": np.arange(len(UNSEEN))})
    driving, speeds = np.ones(len(UNSEEN), bool), []
    for _ in range(round(seconds / 0.2)):
        observations, _, terminations, *_ = env.step(driver(observations))
        speeds.append(env.world.state.speed[driving].mean() if driving.any() else 0.0)
        driving &= ~terminations
    return int((~driving).sum()), float(np.mean(speeds))


def test_it_drives_two_minutes_on_unseen_tracks_in_every_weather_without_a_crash():
    results = {weather: run(ScriptedDriver(), weather) for weather in GRIP}
    assert [crashes for crashes, _ in results.values()] == [0, 0, 0]
    speeds = [speed for _, speed in results.values()]
    assert speeds[0] > 12.5 and speeds[0] > 1.15 * speeds[1] > 1.15 * 1.3 * speeds[2] and speeds[2] > 6


def test_without_caution_it_crashes():
    crashes, _ = run(ScriptedDriver(caution=1.2), "dry", seconds=60)
    assert crashes > len(UNSEEN) / 2


def test_it_slows_down_when_rain_begins():
    env = VectorDrivingEnv(len(UNSEEN), UNSEEN, "dry", max_episode_steps=10_000, autoreset_mode="SameStep")
    driver, speeds = ScriptedDriver(), []
    observations, _ = env.reset(seed=0)
    for decision in range(200):
        if decision == 100:
            env.set_weather("wet")
            observations = env.world.observe()
        observations, *_ = env.step(driver(observations))
        speeds.append(float(env.world.state.speed.mean()))
    assert np.mean(speeds[150:]) < 0.9 * np.mean(speeds[50:100])


def test_it_answers_alike_for_one_car_and_many_on_numpy_and_torch():
    driver = ScriptedDriver()
    env = VectorDrivingEnv(200, range(4), dtype="float64")
    observations, _ = env.reset(seed=0)
    for _ in range(40):
        actions = driver(observations)
        assert actions.dtype == np.int64 and actions.shape == (200,)
        assert np.array_equal(driver(torch.asarray(observations)).numpy(), actions)
        observations, *_ = env.step(actions)
    assert [driver(row) for row in observations[:20]] == driver(observations)[:20].tolist()


def test_it_drives_the_single_environment_to_its_end():
    env = DrivingEnv(tracks=UNSEEN[:3])
    observation, _ = env.reset(seed=0)
    terminated = truncated = False
    decisions = 0
    while not (terminated or truncated):
        observation, _, terminated, truncated, _ = env.step(ScriptedDriver()(observation))
        decisions += 1
    assert truncated and decisions == 150


@pytest.mark.parametrize("shape", [(3, 9), (11,), (2, 2, 10)])
def test_observations_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match=r"expected observations of shape \(cars, 10\), got"):
        ScriptedDriver()(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_observations_that_are_not_finite_are_refused(value):
    with pytest.raises(ValueError, match="expected finite observations"):
        ScriptedDriver()(np.array([0, 0, value, 0, 0, 0, 0, 0, 0, 0]))
