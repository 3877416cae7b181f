"""Gymnasium's own worlds: ours are the same numbers, and our learners learn in theirs."""

import gymnasium
import numpy as np
import pytest

from karpathy_course import nn, optim
from karpathy_course.rl import cliff, dqn, evaluate_policy, lake, last, q_learning, solve

OURS = {"left": 0, "down": 1, "right": 2, "up": 3}
WORLDS = {
    "FrozenLake-v1": (lake, ["left", "down", "right", "up"]),
    "CliffWalking-v1": (cliff, ["up", "right", "down", "left"]),
}


@pytest.mark.parametrize("name", WORLDS)
def test_a_grid_world_is_gymnasiums(name):
    make, order = WORLDS[name]
    mdp, table = make().mdp, gymnasium.make(name).unwrapped.P
    for state in np.flatnonzero(~mdp.terminal):
        for action, word in enumerate(order):
            moves, gain = np.zeros(mdp.states), 0.0
            for probability, after, reward, over in table[state][action]:
                moves[after] += probability
                gain += probability * reward
                assert over == mdp.terminal[after]
            np.testing.assert_allclose(mdp.probabilities[state, OURS[word]], moves, atol=1e-12)
            assert mdp.expected_rewards[state, OURS[word]] == pytest.approx(gain)


def test_q_learning_crosses_gymnasiums_lake():
    found = last(q_learning(gymnasium.make("FrozenLake-v1"), steps=20_000, gamma=0.99, epsilon=0.5, seed=0))
    mdp = lake().mdp
    value = evaluate_policy(mdp, found.policy, 0.99)[0]
    assert value >= 0.9 * solve(mdp, 0.99).values[0]


@pytest.mark.parametrize("mode", ["NEXT_STEP", "SAME_STEP"])
def test_dqn_learns_to_balance_gymnasiums_pole(mode):
    """A random pole falls after 22 steps; the mean of an epoch is over all actions, the random ones included."""
    modes = gymnasium.vector.AutoresetMode
    envs = gymnasium.vector.SyncVectorEnv([lambda: gymnasium.make("CartPole-v1")] * 16, autoreset_mode=modes[mode])
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 2))
    steps = dqn(
        model,
        envs,
        optim.Adam(model.parameters(), lr=2e-3),
        epochs=3,
        gamma=0.99,
        n_step=5,
        warmup=1000,
        capacity=20_000,
        batch_size=128,
        target_rate=0.02,
        compiled=True,
    )
    returns = [step.validation["return"] for step in steps if step.epoch_ends]
    assert returns[2] > 2 * 22
