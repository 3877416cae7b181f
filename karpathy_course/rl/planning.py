"""Exact answers for a finite MDP that is known: the best values, the value of any policy, where a policy leads.

Nothing here is sampled. What learns from samples (`learning.py`) is measured against these answers.
"""

from typing import NamedTuple

import numpy as np

from karpathy_course.rl.argument_checks import check_discount, whole_from
from karpathy_course.rl.streams import last


class Sweep(NamedTuple):
    """One sweep of value iteration: the values after it, and the largest change that it made to any of them.

    ratio: this change over the one before, at most γ; nan in the first sweep. `train.progress` reads it as a step.
    """

    number: int
    values: np.ndarray
    change: float
    ratio: float

    total = None

    @property
    def epoch(self):
        return self.number

    @property
    def loss(self):
        return self.change


class Solution(NamedTuple):
    """values: (states,), V*. q: (states, actions), Q*; −inf where an action is not allowed. policy: (states,), the
    first of the best actions. sweeps: how many it took."""

    values: np.ndarray
    q: np.ndarray
    policy: np.ndarray
    sweeps: int


def action_values(mdp, values, gamma):
    """Q(s, a) = E[r + γ V(s')], (states, actions); −inf where an action is not allowed."""
    q = mdp.expected_rewards + gamma * (mdp.probabilities @ values)
    return np.where(mdp.allowed, q, -np.inf)


def greedy_policy(q):
    """The first of the best actions of each state, (states,), from q, (states, actions)."""
    return np.argmax(q, axis=1)


def value_iteration(mdp, gamma, *, tolerance=1e-10, max_sweeps=100_000):
    """Yield a `Sweep` after each V ← max_a E[r + γ V], from V = 0, until no value changes by more than tolerance.

    Every sweep is a contraction: the change shrinks by γ at least (Bellman 1957; Sutton & Barto 2018, section 4.4).
    Raises ValueError for a γ outside 0..1, and where it does not settle within max_sweeps: then γ = 1, and some policy
    collects rewards for ever.
    """
    check_discount("value_iteration", gamma)
    whole_from("value_iteration", "max_sweeps", max_sweeps, 1)
    if not tolerance > 0:
        raise ValueError(f"value_iteration: tolerance={tolerance}: expected a number above 0")
    return _sweeps(mdp, gamma, tolerance, max_sweeps)


def _sweeps(mdp, gamma, tolerance, max_sweeps):
    states, actions = mdp.states, mdp.actions
    flat = mdp.probabilities.reshape(states * actions, states)
    rewards = np.where(mdp.allowed | mdp.terminal[:, None], mdp.expected_rewards, -np.inf)
    values, last = np.zeros(states), np.nan
    for number in range(1, max_sweeps + 1):
        better = (rewards + gamma * (flat @ values).reshape(states, actions)).max(axis=1)
        change = float(abs(better - values).max())
        values = better
        yield Sweep(number, values, change, change / last if last else np.nan)
        if change <= tolerance:
            return
        last = change
    raise ValueError(
        f"value_iteration: after {max_sweeps} sweeps the values still change by {change:.3g}: with gamma={gamma:g}, "
        "is there a reward that can be collected for ever?"
    )


def solve(mdp, gamma, *, tolerance=1e-10, max_sweeps=100_000):
    """The `Solution` at which `value_iteration` ends; its arguments, its errors."""
    sweep = last(value_iteration(mdp, gamma, tolerance=tolerance, max_sweeps=max_sweeps))
    q = action_values(mdp, sweep.values, gamma)
    return Solution(sweep.values, q, greedy_policy(q), sweep.number)


def evaluate_policy(mdp, policy, gamma):
    """The values (states,) of a policy, from the linear system V = r + γ P V; exact up to rounding.

    policy: (states,) actions, or (states, actions) probabilities. Sutton & Barto 2018, equation 4.4. With γ = 1 a state
    from which the policy may go on for ever has the value nan. Raises ValueError where an episode begins in such a
    state, for a policy of another shape and for an action that is not there.
    """
    check_discount("evaluate_policy", gamma)
    weights = action_shares(mdp, policy)
    moves = np.einsum("sa,sat->st", weights, mdp.probabilities)
    rewards = (weights * mdp.expected_rewards).sum(axis=1)
    endless = np.zeros(mdp.states, bool)
    if gamma == 1:
        endless = _reaches(moves, ~_reaches(moves, mdp.terminal))
        begins = np.flatnonzero(endless & (mdp.start > 0))
        if len(begins):
            raise ValueError(
                f"evaluate_policy: from state {begins[0]} this policy may never end: give it a gamma below 1"
            )
    values = np.where(endless, np.nan, 0.0)
    runs = ~mdp.terminal & ~endless
    values[runs] = np.linalg.solve(np.eye(runs.sum()) - gamma * moves[np.ix_(runs, runs)], rewards[runs])
    return values


def near_optimal(mdp, solution, policy, within=0.01):
    """The share of the states, terminal ones left out, in which a policy's action is nearly as good as the best.

    Near is V*(s) − Q*(s, policy(s)) ≤ ``within`` of the range of V* over these states: what one such choice costs if
    everything after it is done best. The same action as the best one would be too much to ask, since many are equal.
    """
    runs, policy = ~mdp.terminal, action_shares(mdp, policy)
    values = solution.values[runs]
    chosen = (np.where(policy > 0, policy * solution.q, 0).sum(axis=1))[runs]
    return float((values - chosen <= within * (values.max() - values.min())).mean())


def _reaches(moves, goal):
    """Which states may come to a goal, (states,), themselves included."""
    while True:
        more = goal | (moves @ goal > 0)
        if (more == goal).all():
            return goal
        goal = more


def state_shares(mdp, policy, steps, start=None):
    """The probability of each state after 0, 1, …, steps of a policy, (steps + 1, states); exact.

    policy: as in `evaluate_policy`. start: a state's number, or (states,) probabilities; the MDP's own when None.
    """
    whole_from("state_shares", "steps", steps, 0)
    moves = np.einsum("sa,sat->st", action_shares(mdp, policy), mdp.probabilities)
    shares = np.empty((steps + 1, mdp.states))
    shares[0] = mdp.start if start is None else np.eye(mdp.states)[start] if np.ndim(start) == 0 else start
    for step in range(steps):
        shares[step + 1] = shares[step] @ moves
    return shares


def action_shares(mdp, policy):
    """A policy as probabilities (states, actions); ValueError for one that this MDP cannot follow."""
    policy, shape = np.asarray(policy), (mdp.states, mdp.actions)
    if policy.shape == shape[:1]:
        if policy.dtype.kind not in "iu":
            raise ValueError(f"policy: one number of dtype {policy.dtype} a state: expected whole numbers, the actions")
        outside = np.flatnonzero((policy < 0) | (policy >= mdp.actions))
        if len(outside):
            s = int(outside[0])
            raise ValueError(f"policy: action {policy[s]} in state {s}: expected 0 to {mdp.actions - 1}")
        policy = np.eye(mdp.actions)[policy]
    elif policy.shape != shape:
        raise ValueError(f"policy of shape {policy.shape}: expected {shape[:1]}, actions, or {shape}, probabilities")
    runs = ~mdp.terminal
    if not (policy[runs] >= 0).all() or not np.allclose(policy[runs].sum(axis=1), 1):
        raise ValueError("policy: its probabilities do not add up to 1 in every state, or one is below 0")
    if (policy[runs] * ~mdp.allowed[runs] > 0).any():
        s, a = np.argwhere((policy * ~mdp.allowed > 0) & runs[:, None])[0]
        raise ValueError(f"policy: {mdp.action_names[a]!r} in state {s}, where it is not allowed")
    return np.asarray(policy, dtype=float)
