"""One car, by Gymnasium's rules: its own checker, seeds, weather, pictures, observers, errors that say what to do."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

from karpathy_course import palette
from karpathy_course.driving import GRIP, DrivingEnv, Track
from karpathy_course.driving.picture import rgb

STRAIGHT_ON, FULL_SPEED = 2 * 3 + 1, 2 * 3 + 2


def make(**options):
    return DrivingEnv(**{"tracks": range(3), **options})


@pytest.mark.parametrize("options", [{}, {"dtype": "float64"}, {"weather_change": 0.3}, {"weather": "ice"}])
def test_gymnasiums_checker_passes_without_a_warning(options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make("karpathy_course/Driving-v0", tracks=range(3), render_mode="rgb_array", **options)
        check_env(env.unwrapped)


def test_the_same_seed_and_actions_give_the_same_episode():
    def episode(env):
        observation, _ = env.reset(seed=5)
        actions, seen = np.random.default_rng(0), [observation]
        for _ in range(15):
            observation, reward, terminated, *_ = env.step(int(actions.integers(15)))
            seen.append(np.append(observation, reward))
            if terminated:
                break
        return np.concatenate(seen)

    assert np.array_equal(episode(make(weather_change=0.2)), episode(make(weather_change=0.2)))


def test_resets_without_a_seed_give_other_starts():
    env = make()
    first, _ = env.reset(seed=1)
    starts = [env.reset()[0] for _ in range(20)]
    assert len({start.tobytes() for start in [first, *starts]}) == 21
    assert not np.array_equal(make().reset()[0], make().reset()[0])


def test_starts_meet_every_track_and_every_weather():
    env = make()
    env.reset(seed=0)
    met = set()
    for _ in range(100):
        env.reset()
        met.add((int(env.world.track[0]), env.weather))
    assert met == {(track, weather) for track in range(3) for weather in GRIP}


def test_an_observation_says_what_its_columns_are_named_for():
    env = make(dtype="float64")
    observation, _ = env.reset(seed=2, options={"track": 1, "weather": "wet"})
    state, track = env.world.state, Track.from_seed(1)
    assert env.world.tracks[1] is track
    assert observation[0] == pytest.approx(state.speed[0] / 10 - 0.8)
    assert observation[1:3] == pytest.approx([2 * state.heading[0], state.offset[0] / 4])
    assert observation[3] == pytest.approx(0.0)
    for column, metres in zip(range(4, 10), (0, 6, 12, 20, 30, 45)):
        along = (state.along[0] + metres) % track.length
        exact = np.interp(along, np.arange(513) * track.length / 512, np.append(track.curvature, track.curvature[0]))
        assert observation[column] == pytest.approx(12 * exact, abs=0.12)


def test_a_car_that_never_steers_crashes_and_its_episode_is_over():
    env = make()
    env.reset(seed=0, options={"weather": "dry"})
    for _ in range(150):
        observation, reward, terminated, truncated, _ = env.step(FULL_SPEED)
        assert observation in env.observation_space
        if terminated:
            break
    assert terminated and not truncated and reward < -3
    with pytest.raises(RuntimeError, match=r"episode .* is over. Call reset\(\) first"):
        env.step(STRAIGHT_ON)


def test_an_episode_ends_after_its_last_decision():
    env = make(max_episode_steps=4)
    env.reset(seed=0)
    ends = [env.step(6)[2:4] for _ in range(4)]  # braking: it stands
    assert ends == [(False, False)] * 3 + [(False, True)]


def test_weather_changed_while_driving_changes_how_well_the_car_brakes():
    def braked(weather):
        env = make(dtype="float64")
        env.reset(seed=0, options={"weather": "dry"})
        for _ in range(4):
            env.step(FULL_SPEED)
        env.set_weather(weather)
        assert env.weather == weather
        before = env.world.state.speed[0]
        observation = env.step(6)[0]
        assert observation[3] == pytest.approx(2.5 * (GRIP[weather] - 0.6))
        return before - env.world.state.speed[0]

    assert [braked(w) for w in GRIP] == pytest.approx([0.2 * (min(8, mu * 9.81) + 0.3) for mu in GRIP.values()])


def test_weather_may_change_by_itself_as_often_as_asked_for():
    env = make(weather_change=0.3, max_episode_steps=100_000)
    env.reset(seed=0)
    changes, before = 0, env.weather
    for _ in range(600):
        env.step(6)
        changes, before = changes + (env.weather != before), env.weather
    assert 600 * 0.3 * 2 / 3 * 0.75 < changes < 600 * 0.3 * 2 / 3 * 1.25


def test_any_observer_with_a_space_may_look():
    class Grip:
        space = spaces.Box(0.0, 1.0, (1, 2), np.float32)

        def __call__(self, world):
            return np.stack([world.grip, world.state.speed / 18], axis=1)[:, None, :]

    env = make(observe=Grip())
    observation, _ = env.reset(seed=0, options={"weather": "ice"})
    assert observation.shape == (1, 2) and observation[0, 0] == 0.25
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_env(gymnasium.make("karpathy_course/Driving-v0", tracks=range(2), observe=Grip()).unwrapped)


def test_an_observer_that_cannot_observe_is_named():
    class Wrong:
        space = spaces.Box(0.0, 1.0, (3,), np.float32)

        def __call__(self, world):
            return np.zeros((1, 4), np.float32)

    with pytest.raises(TypeError, match="an object with a `space`"):
        make(observe=3)
    with pytest.raises(ValueError, match=r"shape \(1, 4\), its space needs \(1, 3\)"):
        make(observe=Wrong()).reset()


def test_the_picture_shows_the_car_on_its_road_in_every_weather():
    env = make(render_mode="rgb_array")
    env.reset(seed=0)
    grounds = []
    for weather in GRIP:
        env.set_weather(weather)
        image = env.render()
        assert image.shape == (256, 256, 3) and image.dtype == np.uint8
        assert image[128, 128].tolist() == rgb(palette.GRADIENT)
        orange = (image == rgb(palette.GRADIENT)).all(axis=-1) | (image == rgb(palette.LIT)).all(axis=-1)
        assert 4.2 * 1.8 * 16 * 0.8 < orange.sum() < 4.2 * 1.8 * 16 * 1.2
        colours = np.unique(image.reshape(-1, 3), axis=0)
        grounds.append(tuple(map(tuple, colours)))
    assert len(set(grounds)) == 3
    assert make().render() is None


def test_the_cars_nose_points_where_it_drives():
    env = make(render_mode="rgb_array", dtype="float64")
    env.reset(seed=3, options={"weather": "dry"})
    nose = np.argwhere((env.render() == rgb(palette.LIT)).all(axis=-1)).mean(axis=0) - 127.5
    track, state = env.world.tracks[int(env.world.track[0])], env.world.state
    direction = track.direction[int(state.along[0] / track.length * 512)] + state.heading[0]
    assert np.allclose(nose / np.hypot(*nose), [-np.sin(direction), np.cos(direction)], atol=0.15)


@pytest.mark.parametrize("action", [15, -1, 2.5, float("nan"), None, "left", True, np.array([1, 2])])
def test_an_action_outside_the_space_is_refused(action):
    env = make()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="action: expected a whole number from 0 to 14, got"):
        env.step(action)


def test_a_step_before_the_first_reset_is_refused():
    with pytest.raises(RuntimeError, match=r"Call reset\(\) first"):
        make().step(0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weather": "snow"}, "weather: expected one of 'dry', 'wet', 'ice', got 'snow'"),
        ({"weather_change": 2}, "a probability from 0 to 1, got 2"),
        ({"weather_change": float("nan")}, "a probability from 0 to 1, got nan"),
        ({"max_episode_steps": 0}, "max_episode_steps: expected a whole number from 1 on, got 0"),
        ({"dtype": "int8"}, "'float32' or 'float64', got 'int8'"),
        ({"render_mode": "human"}, "None or 'rgb_array', got 'human'"),
        ({"tracks": []}, "at least one Track or seed, got none"),
    ],
)
def test_an_option_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_tracks_that_are_no_tracks_are_refused():
    with pytest.raises(TypeError, match="expected Tracks or seeds"):
        make(tracks=["Monza"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"track": 3}, "indices from 0 to 2, got 3"),
        ({"track": 0.5}, "expected one index"),
        ({"weather": "fog"}, "weather: expected one of"),
        ({"wether": "ice"}, "'track' and 'weather' are known, got 'wether'"),
    ],
)
def test_a_reset_with_options_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make().reset(options=options)
