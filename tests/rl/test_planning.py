"""Exact planning: values that are published or follow from an identity, and one clear error for each mistake."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.rl import (
    MDP,
    GridWorld,
    action_values,
    cliff,
    corridor,
    evaluate_policy,
    greedy_policy,
    icy_road,
    lake,
    maximisation_bias,
    solve,
    state_shares,
    value_iteration,
)
from karpathy_course.train import progress


def random_mdp(seed, states=6, actions=3):
    rng = np.random.default_rng(seed)
    p = rng.dirichlet(np.full(states, 0.4), (states, actions))
    return MDP(p, rng.normal(size=(states, actions, states)), np.arange(states) == states - 1)


@pytest.mark.parametrize(("gamma", "published"), [(1.0, 0.8235), (0.99, 0.5420)])
def test_the_slippery_lake_has_its_published_value(gamma, published):
    assert solve(lake().mdp, gamma, tolerance=1e-12).values[0] == pytest.approx(published, abs=5e-5)


def test_without_a_discount_the_lake_is_worth_fourteen_seventeenths():
    assert solve(lake().mdp, 1.0, tolerance=1e-14).values[0] == pytest.approx(14 / 17, abs=1e-10)


def test_the_best_way_along_the_cliff_returns_minus_thirteen():
    world = cliff()
    best = solve(world.mdp, 1.0)
    assert best.values[world.state(3, 0)] == -13
    assert world.show(best.policy).splitlines()[2:] == ["→→→→→→→→→→→↓", "↑CCCCCCCCCCG"]


def test_the_corridor_is_worth_a_power_of_the_discount():
    np.testing.assert_allclose(solve(corridor(5), 0.9).values[:5], 0.9 ** np.arange(4, -1, -1))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), gamma=st.floats(0.0, 0.97))
def test_each_sweep_contracts_by_the_discount_at_least(seed, gamma):
    ratios = [sweep.ratio for sweep in value_iteration(random_mdp(seed), gamma, tolerance=1e-6)]
    assert all(ratio <= gamma + 1e-6 for ratio in ratios[1:])


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), gamma=st.floats(0.0, 0.97))
def test_the_optimum_satisfies_the_bellman_equation_and_no_policy_is_better(seed, gamma):
    mdp = random_mdp(seed)
    best = solve(mdp, gamma, tolerance=1e-12)
    np.testing.assert_allclose(best.values[:-1], action_values(mdp, best.values, gamma).max(axis=1)[:-1], atol=1e-10)
    np.testing.assert_allclose(evaluate_policy(mdp, best.policy, gamma), best.values, atol=1e-9)
    other = np.random.default_rng(seed + 1).dirichlet(np.ones(mdp.actions), mdp.states)
    assert (evaluate_policy(mdp, other, gamma) <= best.values + 1e-9).all()


def test_a_policys_value_is_the_discounted_sum_of_its_rewards():
    mdp, gamma = random_mdp(3), 0.8
    policy = np.arange(mdp.states) % mdp.actions
    gains = mdp.expected_rewards[np.arange(mdp.states), policy]
    shares = state_shares(mdp, policy, 200, start=2)
    assert evaluate_policy(mdp, policy, gamma)[2] == pytest.approx((gamma ** np.arange(201) * (shares @ gains)).sum())


def test_without_a_discount_a_state_that_never_ends_has_no_value():
    """Of a corridor that begins at its right end only the states from which the policy goes left for ever are nan."""
    left = corridor(3)
    mdp = MDP(left.probabilities, left.rewards, left.terminal, [0, 0, 1, 0])
    np.testing.assert_array_equal(evaluate_policy(mdp, [0, 0, 1, 0], 1.0), [np.nan, np.nan, 1, 0])


def test_the_probability_of_being_somewhere_stays_one():
    mdp = lake().mdp
    shares = state_shares(mdp, solve(mdp, 1.0).policy, 50)
    assert shares.shape == (51, 16)
    np.testing.assert_allclose(shares.sum(axis=1), 1)


def test_the_bar_reads_the_sweeps(capsys):
    sweeps = list(progress(value_iteration(lake().mdp, 0.9, tolerance=1e-3)))
    assert sweeps[-1].number == len(sweeps)
    assert sweeps[-1].change <= 1e-3 < sweeps[-2].change


def test_a_terminal_state_is_worth_nothing_whatever_its_row_says():
    p = np.zeros((2, 1, 2))
    p[0, 0, 1] = 1
    mdp = MDP(p, np.full((2, 1), 5.0), [False, True])
    assert solve(mdp, 1.0).values.tolist() == [5.0, 0.0]


def test_an_action_that_is_not_allowed_is_never_best():
    best = solve(maximisation_bias(), 1.0)
    assert best.values.tolist() == [0.0, -0.1, 0.0]
    assert best.policy[0] == 1
    assert np.isneginf(best.q[0, 2:]).all()


def test_ice_makes_the_long_way_the_better_one():
    """On the map as it is the car drives around the ice; with grip on the same cells it drives straight."""
    slippery = icy_road()
    dry = GridWorld(slippery.rows, rewards=slippery.rewards, step_reward=slippery.step_reward, slip={})
    around, straight = solve(slippery.mdp, 1.0), solve(dry.mdp, 1.0)
    start = slippery.state(2, 0)
    assert slippery.show(around.policy).splitlines()[2][0] in "↑↓"
    assert dry.show(straight.policy).splitlines()[2] == "→→→→→→G"
    assert around.values[start] < straight.values[start] == 15


def test_a_cell_can_be_edited_and_the_first_world_stays():
    first = cliff()
    bridged = first.with_cell(3, 1, ".").with_cell(3, 2, ".")
    assert first.rows[3] == "SCCCCCCCCCCG"
    assert bridged.rows[3] == "S..CCCCCCCCG"
    paid = first.with_reward(0, 0, 100.0)
    assert solve(paid.mdp, 0.9).values[paid.state(1, 0)] > 100
    assert solve(first.mdp, 0.9).values[first.state(1, 0)] < 0


def test_a_wall_keeps_the_car_where_it_is():
    world = GridWorld("S#G ...")
    right = world.mdp.probabilities[world.state(0, 0), 2]
    assert right[world.state(0, 0)] == 1


STEP = np.full((2, 1, 2), 0.5)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: MDP(STEP * 0.9, np.zeros((2, 1)), [False, True]), r"add up to 0.9, expected 1"),
        (lambda: MDP(STEP * [3, -1], np.zeros((2, 1)), [False, True]), r"is -0.5: expected ≥ 0"),
        (lambda: MDP(STEP * np.nan, np.zeros((2, 1)), [False, True]), r"is nan: expected ≥ 0"),
        (lambda: MDP(STEP[0], np.zeros((2, 1)), [False, True]), r"expected \(states, actions, states\)"),
        (lambda: MDP(STEP, np.zeros((3, 1)), [False, True]), r"rewards of shape \(3, 1\)"),
        (lambda: MDP(STEP, np.full((2, 1), np.inf), [False, True]), r"is inf"),
        (lambda: MDP(STEP, np.zeros((2, 1)), [True, True]), r"every state is terminal"),
        (lambda: MDP(STEP, np.zeros((2, 1)), [False]), r"terminal of shape \(1,\): expected \(2,\)"),
        (lambda: MDP(STEP, np.zeros((2, 1)), [False, True], [0.5, 0.2]), r"start add up to 0.7"),
        (
            lambda: MDP(STEP, np.zeros((2, 1)), [False, True], None, np.zeros((2, 1))),
            r"no action is allowed in state 0",
        ),
        (lambda: MDP(STEP, np.zeros((2, 1)), [False, True], action_names=("a", "b")), r"2 action_names for 1 actions"),
        (
            lambda: MDP(STEP, np.zeros((2, 1)), [False, True], deviations=-np.ones((2, 1))),
            r"standard deviations from 0",
        ),
        (lambda: GridWorld("SFX G.."), r"unknown letter 'X' in row 0, column 2"),
        (lambda: GridWorld("SF G"), r"row 1 has 1 cells, row 0 has 2"),
        (lambda: GridWorld("..G"), r"no start: put an S"),
        (lambda: GridWorld(""), r"the map is empty"),
        (lambda: GridWorld("S.G", rewards={(0, 9): 1}), r"a reward for \(0, 9\)"),
        (lambda: GridWorld("S.G", slip={".": 2}), r"expected a letter and a probability"),
        (lambda: lake().with_cell(4, 0, "F"), r"no cell \(4, 0\) on a map of 4 × 4"),
        (lambda: solve(lake().mdp, 1.01), r"gamma=1.01: expected a discount from 0 to 1"),
        (lambda: solve(lake().mdp, 0.9, tolerance=0), r"tolerance=0: expected a number above 0"),
        (lambda: solve(corridor(), 0.9, max_sweeps=0), r"max_sweeps=0: expected a whole number from 1"),
        (lambda: solve(cliff().with_reward(0, 0, 1.0).mdp, 1.0, max_sweeps=200), r"a reward that can be collected"),
        (lambda: evaluate_policy(corridor(), [0, 0, 0, 0], 1.0), r"from state 0 this policy may never end"),
        (lambda: evaluate_policy(corridor(), [0, 0, 2, 0], 0.9), r"action 2 in state 2: expected 0 to 1"),
        (lambda: evaluate_policy(corridor(), [0.0, 0, 0, 0], 0.9), r"expected whole numbers"),
        (lambda: evaluate_policy(corridor(), [0, 0], 0.9), r"policy of shape \(2,\): expected \(4,\)"),
        (lambda: evaluate_policy(corridor(), np.full((4, 2), 0.4), 0.9), r"do not add up to 1"),
        (lambda: evaluate_policy(maximisation_bias(), [5, 0, 0], 0.9), r"'arm 5' in state 0, where it is not allowed"),
        (lambda: lake().mdp.find(speed=1), r"no feature 'speed'; there are: row, column"),
        (lambda: lake().mdp.find(row=1), r"states have .* expected exactly one"),
    ],
)
def test_what_cannot_be_is_one_clear_error(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_the_arrays_of_an_mdp_cannot_be_changed_by_accident():
    mdp = corridor()
    with pytest.raises(ValueError, match="read-only"):
        mdp.rewards[0] = 1


def test_greedy_takes_the_first_of_equal_actions():
    assert greedy_policy(np.array([[1.0, 1.0], [0.0, 2.0]])).tolist() == [0, 1]
