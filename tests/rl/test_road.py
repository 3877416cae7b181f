"""The driving MDP: its probabilities, and what each reward's best driver does, proved without sampling."""

import numpy as np
import pytest

from karpathy_course.rl import corridor, drive, driving_mdp, solve
from karpathy_course.rl.road import GAMMA, outcomes


def best(*arguments, **options):
    mdp = driving_mdp(*arguments, **options)
    return drive(mdp, solve(mdp, GAMMA).policy)


def test_every_action_leads_somewhere_with_probability_one():
    mdp = driving_mdp()
    assert (mdp.states, mdp.actions) == (211, 5)
    np.testing.assert_allclose(mdp.probabilities.sum(axis=2), 1, atol=1e-12)


@pytest.mark.parametrize(
    ("state", "action", "expected"),
    [
        ((2, 0, 0, 0), "coast", 0.01 / 2 * 2 / 8 * 0.97),  # a gust to the right, half a lane a step, it stays dry
        ((2, 0, 0, 1), "accelerate", 0.6 * 0.12 / 2 * 3 / 8 * 0.2),
    ],
)
def test_a_probability_is_the_product_of_its_parts(state, action, expected):
    speed = state[0] + (action == "accelerate")
    found = sum(p for p, _, after in outcomes(state, action) if after == (speed, 1, 1, 0))
    assert found == pytest.approx(expected, rel=1e-12)


def test_the_best_driver_is_fast_and_safe():
    result = best()
    assert result.crash <= 0.01
    assert result.speed >= 3.5
    figures = [round(100 * result.crash, 2), round(result.speed_dry, 2), round(result.speed_ice, 2)]
    assert figures == [0.67, 3.93, 3.18]


@pytest.mark.parametrize(("crash", "share"), [(0, 0.038), (-20, 0.027), (-100, 0.022)])
def test_a_cheap_crash_is_bought(crash, share):
    assert best(crash=crash).crash == pytest.approx(share, abs=5e-4)


def test_a_reward_for_surviving_parks_the_car():
    result = best("survival", 0.0)
    assert (result.crash, result.speed) == (0, 0)


def test_with_a_brake_that_never_stops_the_survivor_crawls_and_the_repaired_reward_drives():
    crawls, drives = best("survival", 0.0, slowest=1), best("progress", -200.0, slowest=1)
    assert crawls.speed == pytest.approx(1.0, abs=1e-9)
    assert crawls.crash < 1e-5
    assert drives.speed >= 3.5
    assert drives.crash <= 0.01


def test_a_random_driver_crashes_most_of_the_time():
    mdp = driving_mdp()
    assert drive(mdp, np.full((211, 5), 0.2)).crash == pytest.approx(0.83, abs=0.005)


def test_the_exact_crash_share_is_that_of_sampled_drives():
    mdp = driving_mdp()
    rng, policy = np.random.default_rng(0), np.full(211, 4)
    state = np.full(20_000, mdp.find(speed=4, lane=0, heading=0, ice=1))
    cumulative = mdp.probabilities[np.arange(211), policy].cumsum(axis=1)
    for _ in range(10):
        state = np.minimum((cumulative[state] < rng.random((20_000, 1))).sum(axis=1), 210)
    exact = drive(mdp, policy, 10, start=mdp.find(speed=4, lane=0, heading=0, ice=1)).crash
    assert exact > 0.05
    assert mdp.terminal[state].mean() == pytest.approx(exact, abs=5 * np.sqrt(exact / 20_000))


def test_the_start_is_at_speed_one_in_the_middle_on_dry_road():
    mdp = driving_mdp()
    assert mdp.start[mdp.find(speed=1, lane=0, heading=0, ice=0)] == 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: driving_mdp("speed"), "reward='speed': expected 'progress' or 'survival'"),
        (lambda: driving_mdp(slowest=-1), "slowest=-1: expected a whole number from 0"),
        (lambda: driving_mdp(slowest=5), "slowest=5: expected at most the highest speed, 4"),
        (lambda: drive(corridor(), [1, 1, 1, 1]), "no features 'speed' and 'ice'"),
        (lambda: drive(driving_mdp(), [0] * 211, steps=-1), "steps=-1: expected a whole number from 0"),
    ],
)
def test_what_cannot_be_driven_is_one_clear_error(make, says):
    with pytest.raises(ValueError, match=says):
        make()
