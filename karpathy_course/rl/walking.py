"""An MDP as a place to act in: Gymnasium's words, reset and step, over the arrays of a finite MDP."""

from bisect import bisect_right
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np


class Discrete(NamedTuple):
    """How many states or actions there are, under Gymnasium's name for it."""

    n: int


class Walk:
    """Acts in an MDP. ``reset`` gives (state, info), ``step`` (state, reward, terminated, truncated, info).

    exploring_starts: each episode begins in a state drawn uniformly from all that are not terminal, instead of the
    MDP's start (Sutton & Barto 2018, section 5.3). seed: of the walk's own random numbers. It never truncates.
    """

    def __init__(self, mdp, *, exploring_starts=False, seed=0):
        self.mdp = mdp
        self.observation_space, self.action_space = Discrete(mdp.states), Discrete(mdp.actions)
        self._actions = mdp.actions
        starts = ~mdp.terminal / (~mdp.terminal).sum() if exploring_starts else mdp.start
        self._starts = np.cumsum(starts).tolist(), list(range(mdp.states))
        self._table = [[_row(mdp, s, a) for a in range(mdp.actions)] for s in range(mdp.states)]
        self._state = None
        self._seed(seed)

    def reset(self, *, seed=None, options=None):
        """Begin an episode: (state, {})."""
        if seed is not None:
            self._seed(seed)
        cumulative, states = self._starts
        self._state = states[min(bisect_right(cumulative, self._uniform()), len(states) - 1)]
        return self._state, {}

    def step(self, action):
        """Act: (state, reward, terminated, False, {}). Raises ValueError for an action that is not there, RuntimeError
        where an episode is over or none has begun."""
        if self._state is None:
            raise RuntimeError("Walk.step: no episode runs: call reset() first")
        row = self._table[self._state][action] if 0 <= action < self._actions else None
        if row is None:
            allowed = np.flatnonzero(self.mdp.allowed[self._state]).tolist()
            raise ValueError(f"Walk.step: action {action} in state {self._state}: expected one of {allowed}")
        cumulative, outcomes, deviation = row
        state, reward, terminated = outcomes[bisect_right(cumulative, self._uniform())]
        if deviation:
            reward += deviation * self._normal()
        self._state = None if terminated else state
        return state, reward, terminated, False, {}

    def _seed(self, seed):
        uniform, normal = np.random.SeedSequence(seed).spawn(2)
        self._uniform = blocks(np.random.default_rng(uniform).random).__next__
        self._normal = blocks(np.random.default_rng(normal).standard_normal).__next__


def blocks(draw, length=512):
    """Numbers one by one from a function that draws many: a call of NumPy for each would cost ten times as much."""
    return chain.from_iterable(iter(lambda: draw(length).tolist(), None))


def _row(mdp, state, action):
    """(cumulative probabilities without the last, [(state, reward, terminated)], σ) of an action, None if not allowed.

    The last is left out so that rounding can never point beyond the outcomes.
    """
    if mdp.terminal[state] or not mdp.allowed[state, action]:
        return None
    p = mdp.probabilities[state, action]
    after = np.flatnonzero(p)
    outcomes = zip(after.tolist(), mdp.rewards[state, action, after].tolist(), mdp.terminal[after].tolist())
    return list(accumulate(p[after].tolist()))[:-1], list(outcomes), float(mdp.deviations[state, action])
