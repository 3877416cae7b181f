"""Many cars: a checker of our own, because Gymnasium's knows single environments only."""

import warnings

import array_api_strict
import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from karpathy_course.driving import DrivingEnv, VectorDrivingEnv
from karpathy_course.driving.world import World, in_numpy

CARS = 6
COMMON = {"tracks": range(3), "dtype": "float64", "weather_change": 0.05, "max_episode_steps": 30}
LIBRARIES = ["numpy", "torch"]
MODES = list(AutoresetMode)


def make(arrays="numpy", cars=CARS, **options):
    return VectorDrivingEnv(cars, arrays=arrays, **{**COMMON, **options})


def actions(steps, cars=CARS, seed=0):
    """Mostly forward, so that some cars crash and others are truncated."""
    return np.random.default_rng(seed).choice([4, 7, 8, 8, 10, 5, 11], size=(steps, cars))


def check_vector_env(env, like):
    """Raise AssertionError where a vector environment breaks Gymnasium's rules. like: the type of its arrays."""
    n, space = env.num_envs, env.single_observation_space
    assert isinstance(env, gymnasium.vector.VectorEnv) and isinstance(env.metadata["autoreset_mode"], AutoresetMode)
    assert env.observation_space.shape == (n, *space.shape) and env.observation_space.dtype == space.dtype
    assert env.action_space.shape == (n,) and env.single_action_space.contains(env.action_space.sample()[0])
    handed_out = []

    def seen(observation):
        assert isinstance(observation, like) and str(observation.dtype).endswith(str(space.dtype))
        assert env.observation_space.contains(in_numpy(observation))
        handed_out.append((observation, in_numpy(observation).copy()))
        return in_numpy(observation)

    def episode(**seed):
        observation, info = env.reset(**seed)
        assert isinstance(info, dict)
        found = [seen(observation)]
        for chosen in actions(12, n):
            observation, rewards, terminations, truncations, info = env.step(chosen)
            for array, kind in ((rewards, str(space.dtype)), (terminations, "bool"), (truncations, "bool")):
                assert isinstance(array, like) and array.shape == (n,) and str(array.dtype).endswith(kind)
            assert not (terminations & truncations).any()
            found.append(seen(observation))
            over = terminations | truncations
            if env.metadata["autoreset_mode"] is AutoresetMode.DISABLED and over.any():
                found.append(seen(env.reset(options={"reset_mask": over})[0]))
        return np.concatenate(found)

    first, second, third = episode(seed=7), episode(seed=7), episode()
    assert np.array_equal(first, second) and not np.array_equal(first, third)
    assert not np.array_equal(first, episode(seed=8))
    assert np.array_equal(first, episode(seed=[7 + i for i in range(n)]))
    assert len({tuple(row) for row in first[:n]}) == n, "every car has its own start"
    for observation, copy in handed_out:
        assert np.array_equal(in_numpy(observation), copy), "an array handed out earlier was changed"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("arrays", LIBRARIES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_vector_environment_keeps_gymnasiums_rules(arrays, mode, dtype):
    env = make(arrays, dtype=dtype, autoreset_mode=mode, max_episode_steps=5)
    check_vector_env(env, torch.Tensor if arrays == "torch" else np.ndarray)


def test_make_vec_makes_it_without_a_warning():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make_vec("karpathy_course/Driving-v0", num_envs=4, tracks=range(2), autoreset_mode="SameStep")
    assert isinstance(env, VectorDrivingEnv) and env.num_envs == 4
    assert env.metadata["autoreset_mode"] is AutoresetMode.SAME_STEP
    check_vector_env(env, np.ndarray)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("arrays", LIBRARIES)
def test_the_vector_environment_drives_as_its_cars_do_alone(arrays, mode):
    """Gymnasium's own loop over single environments is the reference, through crashes, truncations and new starts."""
    short = {**COMMON, "max_episode_steps": 14}
    many = make(arrays, autoreset_mode=mode, **short)
    alone = SyncVectorEnv([lambda: DrivingEnv(**short)] * CARS, autoreset_mode=mode)
    close = lambda mine, theirs: np.testing.assert_allclose(in_numpy(mine), theirs, rtol=0, atol=1e-9)
    close(many.reset(seed=3)[0], alone.reset(seed=3)[0])
    crashes = truncated = 0
    for chosen in actions(150):
        mine, theirs = many.step(chosen), alone.step(chosen)
        for one, other in zip(mine[:4], theirs[:4]):
            close(one, other)
        crashes, truncated = crashes + theirs[2].sum(), truncated + theirs[3].sum()
        over = theirs[2] | theirs[3]
        if mode is AutoresetMode.SAME_STEP:
            assert ("final_obs" in mine[4]) == over.any()
            for car in np.flatnonzero(over):
                close(mine[4]["final_obs"][car], theirs[4]["final_obs"][car])
        if mode is AutoresetMode.DISABLED and over.any():
            mask = torch.asarray(over) if arrays == "torch" else over
            close(many.reset(options={"reset_mask": mask})[0], alone.reset(options={"reset_mask": over})[0])
    assert crashes >= 3 and truncated >= 3


def test_the_strict_reference_library_drives_the_same_world():
    worlds = [World(20, like, range(2), None, 0.1) for like in (np.zeros(()), array_api_strict.zeros(()))]
    for world in worlds:
        world.key = world.ints(np.arange(20))
        world.start()
    for step, chosen in enumerate(actions(30, 20)):
        found = [world.decide(world.ints(chosen)) for world in worlds]
        for mine, theirs in zip(*found):
            assert np.allclose(mine, np.asarray(theirs), rtol=0, atol=1e-9)
        if step % 7 == 6:
            for world, (_, crash) in zip(worlds, found):
                world.start(crash | (world.index == 3))
        assert np.allclose(worlds[0].observe(), np.asarray(worlds[1].observe()), rtol=0, atol=1e-9)


def test_next_step_ignores_the_action_after_an_end_and_pays_nothing():
    env = make(max_episode_steps=2)
    env.reset(seed=0)
    env.step(np.full(CARS, 7))
    *_, truncations, _ = env.step(np.full(CARS, 7))
    assert truncations.all()
    observations, rewards, terminations, truncations, _ = env.step(np.full(CARS, 8))
    assert (rewards == 0).all() and not (terminations | truncations).any()
    other = make(max_episode_steps=2)
    other.reset(seed=0)
    assert np.array_equal(observations, other.reset()[0])


def test_disabled_refuses_a_step_until_the_ended_cars_are_reset():
    env = make(max_episode_steps=1, autoreset_mode=AutoresetMode.DISABLED)
    env.reset(seed=0)
    env.step(np.full(CARS, 7))
    with pytest.raises(RuntimeError, match=r"the episodes of 6 cars are over. Call reset\(options"):
        env.step(np.full(CARS, 7))
    before = env.world.state.along.copy()
    mask = np.arange(CARS) < 2
    env.reset(options={"reset_mask": mask})
    assert np.array_equal(env.world.state.along[2:], before[2:]) and not (env.world.state.along[:2] == before[:2]).any()
    with pytest.raises(RuntimeError, match="the episodes of 4 cars are over"):
        env.step(np.full(CARS, 7))


def test_reset_puts_each_car_on_the_track_that_is_chosen_for_it():
    env = make()
    env.reset(seed=0, options={"track": np.array([0, 1, 2, 2, 1, 0]), "weather": "ice"})
    assert env.world.track.tolist() == [0, 1, 2, 2, 1, 0] and (env.world.grip == 0.25).all()
    assert (env.world.state.along < np.array([env.world.tracks[t].length for t in env.world.track])).all()


def test_the_weather_of_a_single_car_may_be_set_among_many():
    env = make(weather="dry", weather_change=0.0)
    env.reset(seed=0)
    for _ in range(8):
        env.step(np.full(CARS, 8))
    env.world.grip[2] = 0.25
    before = env.world.state.speed.copy()
    env.step(np.full(CARS, 6))
    lost = before - env.world.state.speed
    assert lost[2] < 0.7 and (np.delete(lost, 2) > 1.0).all()


def test_every_car_has_its_picture():
    env = make(cars=2, render_mode="rgb_array")
    env.reset(seed=0)
    images = env.render()
    assert [image.shape for image in images] == [(256, 256, 3)] * 2 and not np.array_equal(*images)


@pytest.mark.parametrize("arrays", LIBRARIES)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros(5, int), r"one for each of 6 cars, shape \(6,\), got shape \(5,\)"),
        (np.zeros((6, 1), int), r"got shape \(6, 1\)"),
        (np.full(6, 15), "from 0 to 14, got 15 among them"),
        (np.array([0, 1, -2, 3, 4, 5]), "from 0 to 14, got -2 among them"),
        (np.array([0, 1, np.nan, 3, 4, 5]), "whole numbers from 0 to 14, got .*float64"),
        (np.zeros(6, bool), "whole numbers from 0 to 14, got .*bool"),
    ],
)
def test_actions_that_are_none_are_refused(arrays, given, message):
    env = make(arrays)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=message):
        env.step(given)


def test_a_step_before_the_first_reset_is_refused():
    with pytest.raises(RuntimeError, match=r"Call reset\(\) first"):
        make().step(np.zeros(CARS, int))
    with pytest.raises(RuntimeError, match="a mask needs cars that drive already"):
        make().reset(options={"reset_mask": np.ones(CARS, bool)})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cars": 0}, "number of cars: expected a whole number from 1 on, got 0"),
        ({"cars": 2.5}, "number of cars: expected a whole number from 1 on, got 2.5"),
        ({"arrays": "jax"}, "'numpy' or 'torch', got 'jax'"),
        ({"device": "cuda"}, 'NumPy knows only the "cpu"'),
        ({"autoreset_mode": "never"}, "'NextStep', 'SameStep', 'Disabled', got 'never'"),
        ({"dtype": "float16"}, "'float32' or 'float64', got 'float16'"),
        ({"render_mode": "ansi"}, "None or 'rgb_array'"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.mark.parametrize("mask", [np.ones(5, bool), np.ones(CARS), np.zeros(CARS, bool)])
def test_a_mask_that_is_none_is_refused(mask):
    env = make()
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"expected bool of shape \(6,\) with at least one True"):
        env.reset(options={"reset_mask": mask})


def test_too_few_seeds_are_refused():
    with pytest.raises(ValueError, match="one for each of 6 cars, got 2"):
        make().reset(seed=[1, 2])


@pytest.mark.parametrize("arrays", LIBRARIES)
@pytest.mark.parametrize(("value", "message"), [(np.nan, "NaN among them"), (-0.1, "a negative one")])
def test_a_grip_that_cannot_be_is_refused(arrays, value, message):
    env = make(arrays)
    env.reset(seed=0)
    env.world.grip[1] = value
    with pytest.raises(ValueError, match=message):
        env.step(np.zeros(CARS, int))
    env.world.grip = 0.25
    with pytest.raises(ValueError, match=r"expected an array of shape \(6,\).* got shape \(\)"):
        env.step(np.zeros(CARS, int))


def test_a_masked_reset_leaves_the_other_cars_and_arrays_read_before_alone():
    env, other = make(), make()
    mask = np.arange(CARS) < 2
    for each in (env, other):
        each.reset(seed=0)
    read, grip = env.world.state.along, env.world.grip
    copies = read.copy(), grip.copy()
    env.reset(seed=[90 + i for i in range(CARS)], options={"reset_mask": mask})
    other.reset(options={"reset_mask": mask})
    assert np.array_equal(read, copies[0]) and np.array_equal(grip, copies[1])
    mine, theirs = env.reset()[0], other.reset()[0]
    assert np.array_equal(mine[~mask], theirs[~mask]) and not (mine[mask] == theirs[mask]).all(axis=1).any()
