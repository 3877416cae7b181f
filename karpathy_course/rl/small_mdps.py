"""Two MDPs of a few states that a learner can solve by hand: a chain, and the one that misleads Q-learning."""

import numpy as np

from karpathy_course.rl.finite_mdp import MDP


def maximisation_bias(arms=10, mean=-0.1, deviation=1.0):
    """Sutton & Barto 2018, example 6.7: right ends at 0; left leads, at 0, to B, where each arm ends at N(mean, σ).

    States: 0 is A, the start, with the actions left (0) and right (1); 1 is B with its arms; 2 is the end. Left is
    worth ``mean``, so right is best while that is below 0; the largest of several noisy estimates says otherwise.
    """
    if arms < 2:
        raise ValueError(f"maximisation_bias: arms={arms}: expected at least 2, A's left and right")
    p, rewards, noise = np.zeros((3, arms, 3)), np.zeros((3, arms)), np.zeros((3, arms))
    p[0, 0, 1] = p[0, 1, 2] = 1
    p[1, :, 2], rewards[1], noise[1] = 1, mean, deviation
    allowed = np.ones((3, arms), bool)
    allowed[0, 2:] = False
    names = ("left", "right", *(f"arm {k}" for k in range(2, arms)))
    return MDP(p, rewards, [False, False, True], [1, 0, 0], allowed, noise, names)


def corridor(length=3):
    """So many states in a row, left and right; 1 for the step beyond the right end, which is terminal. Starts left.

    With γ, V* of the state that is k steps from the end is γ to the power k − 1.
    """
    if length < 1:
        raise ValueError(f"corridor: length={length}: expected at least 1")
    p, rewards = np.zeros((length + 1, 2, length + 1)), np.zeros((length + 1, 2))
    for state in range(length):
        p[state, 0, max(0, state - 1)] = p[state, 1, state + 1] = 1
    rewards[length - 1, 1] = 1
    terminal = np.arange(length + 1) == length
    return MDP(p, rewards, terminal, np.arange(length + 1) == 0, action_names=("left", "right"))
