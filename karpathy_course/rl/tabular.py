"""What all learners by table share: the table, ε-greedy choice, learning rates, episodes, and the record of a step.

The rules themselves, by which a table is changed, are in `learning.py`.
"""

from math import isfinite
from typing import NamedTuple

import numpy as np

from karpathy_course.rl.argument_checks import check_discount, whole_from
from karpathy_course.rl.finite_mdp import MDP
from karpathy_course.rl.grid_world import GridWorld
from karpathy_course.rl.walking import Walk, blocks


class TabularStep(NamedTuple):
    """One step in the world and what it taught; the readers of `train` take it as they take fit's Steps.

    number: from 1, of total. episode: from 1. error: the TD error, target − Q(state, action) before the change.
    rate: the learning rate of this change. epsilon: the share of random choices when the action was chosen.
    result: {"return": the sum of the rewards, "length": in steps} of the episode that ends here, else None.
    run: the `TabularRun`, whose ``q`` is the table as it now is.
    """

    number: int
    total: int
    episode: int
    state: int
    action: int
    reward: float
    next_state: int
    terminated: bool
    truncated: bool
    error: float
    rate: float
    epsilon: float
    result: dict | None
    run: "TabularRun"

    @property
    def epoch(self):
        return self.episode

    @property
    def epoch_ends(self):
        return self.result is not None

    @property
    def validation(self):
        return self.result

    @property
    def loss(self):
        """The squared TD error."""
        return self.error * self.error

    @property
    def q(self):
        """The table after this step if it is read before the next, (states, actions): a copy."""
        return self.run.q

    @property
    def policy(self):
        """The first of the actions that the table likes best, (states,)."""
        return np.argmax(self.run.q, axis=1)


class TabularRun:
    """The state of a learning run: its tables as lists of lists, which Python reads ten times as fast as arrays."""

    def __init__(self, what, world, steps, gamma, alpha, epsilon, seed, exploring_starts, horizon, initial, tables=1):
        whole_from(what, "steps", steps, 1)
        check_discount(what, gamma)
        if horizon is not None:
            whole_from(what, "horizon", horizon, 1)
        if not isfinite(initial):
            raise ValueError(f"{what}: initial={initial}: expected a finite number")
        self.what, self.total, self.gamma, self.horizon = what, steps, gamma, horizon
        self.env = as_environment(what, world, exploring_starts, seed)
        self.states, actions = sizes(what, self.env)
        states = self.states
        mdp = getattr(self.env, "mdp", None)
        allowed = mdp.allowed if isinstance(mdp, MDP) else np.ones((states, actions), bool)
        terminal = mdp.terminal if isinstance(mdp, MDP) else np.zeros(states, bool)
        first = np.where(terminal[:, None], 0.0, np.where(allowed, float(initial), -np.inf))
        self.tables = [first.tolist() for _ in range(tables)]
        self.choices = [np.flatnonzero(row).tolist() for row in allowed]
        self.visits = np.zeros((states, actions), int).tolist()
        self.alpha, self.epsilon = (_schedule(what, *pair) for pair in (("alpha", alpha), ("epsilon", epsilon)))
        self.uniform = blocks(np.random.default_rng(seed).random).__next__
        self._first_seed, self.number, self.episode = seed, 0, 0
        self.share, self._rates = None, []
        if not callable(epsilon):
            self.share, self.epsilon = epsilon, None

    @property
    def q(self):
        """The table, the mean of them where there are two: a new array, (states, actions)."""
        return np.mean(self.tables, axis=0)

    @property
    def model(self):
        """What `early_stopping` keeps and puts back: this run, by its tables."""
        return self

    def state_dict(self):
        return {f"q{k}": np.array(table) for k, table in enumerate(self.tables)}

    def load_state_dict(self, state):
        for k, table in enumerate(self.tables):
            table[:] = state[f"q{k}"].tolist()

    def begin(self):
        """The first state of a new episode."""
        seed, self._first_seed = self._first_seed, None
        state = self.env.reset(seed=seed)[0]
        self.episode += 1
        self.length, self.gathered = 0, 0.0
        if not 0 <= state < self.states:
            self._outside(state)
        return state

    def choose(self, state, row):
        """ε-greedy: at random with probability ε, else the best of the row, at random among equals."""
        uniform = self.uniform
        if self.epsilon is not None:
            self.share = self.epsilon(self.number + 1)
        choices = self.choices[state]
        if uniform() >= self.share:
            best = max(row)
            if row.count(best) == 1:
                return row.index(best)
            choices = [action for action in choices if row[action] == best]
        return choices[int(uniform() * len(choices))]

    def act(self, action):
        """(next state, reward, terminated, truncated); the horizon truncates too."""
        state, reward, terminated, truncated, _ = self.env.step(action)
        if not isfinite(reward):
            raise ValueError(f"{self.what}: step {self.number + 1} gave the reward {reward}")
        self.number += 1
        self.length += 1
        self.gathered += reward
        if not 0 <= state < self.states:
            self._outside(state)
        if self.length == self.horizon and not terminated:
            truncated = True
        return state, reward, terminated, truncated

    def rate(self, state, action):
        """The learning rate of this visit of (state, action), and count it."""
        visits = self.visits[state]
        visits[action] = count = visits[action] + 1
        if count > len(self._rates):  # the most visits grow by one at a time, so each rate is worked out once
            self._rates.append(self.alpha(count))
        return self._rates[count - 1]

    def record(self, state, action, reward, following, terminated, truncated, error, rate, share):
        result = {"return": self.gathered, "length": self.length} if terminated or truncated else None
        # As TabularStep(…), without its call in Python, which would cost a tenth of a run.
        return tuple.__new__(
            TabularStep,
            (
                self.number, self.total, self.episode, state, action, reward, following,
                terminated, truncated, error, rate, share, result, self,
            ),
        )  # fmt: skip

    def _outside(self, state):
        raise ValueError(f"{self.what}: the environment is in state {state}: expected 0 to {self.states - 1}")


def as_environment(what, world, exploring_starts, seed):
    """A Walk of an MDP or a GridWorld; an environment as it is."""
    if isinstance(world, GridWorld):
        world = world.mdp
    if isinstance(world, MDP):
        return Walk(world, exploring_starts=exploring_starts, seed=seed)
    if exploring_starts:
        raise ValueError(f"{what}: exploring_starts needs an MDP: a {type(world).__name__} chooses its starts itself")
    if not (callable(getattr(world, "reset", None)) and callable(getattr(world, "step", None))):
        raise TypeError(
            f"{what}: the world is a {type(world).__name__}: expected an MDP, a GridWorld, or an environment with "
            "Gymnasium's reset() and step()"
        )
    return world


def sizes(what, env):
    """(states, actions) of an environment whose spaces are Discrete."""
    found = []
    for name in ("observation_space", "action_space"):
        space = getattr(env, name, None)
        if not hasattr(space, "n") or getattr(space, "start", 0) != 0:
            raise TypeError(f"{what}: the {name} is {space}: a table needs Discrete(n), numbered from 0")
        found.append(int(space.n))
    return found


def _schedule(what, name, given):
    """A function of a count from a number or a function, that raises ValueError outside 0..1."""
    if not callable(given):
        if not 0 <= given <= 1:
            raise ValueError(f"{what}: {name}={given}: expected a number from 0 to 1, or a function that gives one")
        return lambda count: given

    def scheduled(count):
        value = given(count)
        if 0 <= value <= 1:
            return value
        raise ValueError(f"{what}: {name}({count}) gave {value}: expected a number from 0 to 1")

    return scheduled
