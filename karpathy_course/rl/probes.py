"""Five worlds so small that a learner which fails in one says which of its parts is broken. After Jones 2021.

Each asks for one thing more than the one before it: to learn a constant, to look at the observation, to discount, to
prefer an action, and to prefer it by the observation.
"""

from typing import NamedTuple

import numpy as np

from karpathy_course.rl.argument_checks import whole_from
from karpathy_course.rl.walking import Discrete

WHAT = {
    1: "a constant is learnt: the loss, the optimiser",
    2: "the value follows the observation: the network's backward",
    3: "the next step counts, discounted: the target, the ends of episodes",
    4: "the better action is preferred: the choice of Q(s, a), the greedy policy",
    5: "the better action is preferred where it is better: all of it together",
}


class Box(NamedTuple):
    """The shape of an observation, under Gymnasium's name for it."""

    shape: tuple


class Probe:
    """Probe 1 to 5 as a vector environment with Gymnasium's words; a step after an end resets (NEXT_STEP).

    Observations are (environments, 1). Episodes are one step long, in probe 3 two. Rewards: 1 in probe 1; the
    observation, ±1, in 2; 1 at the end, from 0 by way of 1, in 3; 1 for action 1 and −1 for action 0 in 4; 1 for the
    action that fits the observation (1 to +1, 0 to −1) and −1 for the other in 5.
    """

    metadata = {"autoreset_mode": "NEXT_STEP"}

    def __init__(self, number, environments=8):
        if number not in WHAT:
            raise ValueError(f"Probe: number={number!r}: expected {min(WHAT)} to {max(WHAT)}")
        whole_from("Probe", "environments", environments, 1)
        self.number, self.num_envs = number, environments
        self.single_observation_space, self.single_action_space = Box((1,)), Discrete(2 if number > 3 else 1)
        self._observations = None

    def reset(self, *, seed=None, options=None):
        if seed is not None or self._observations is None:
            self._random = np.random.default_rng(seed)
        self._ended = np.zeros(self.num_envs, bool)
        self._observations = self._first()
        return self._observations.copy(), {}

    def step(self, actions):
        if self._observations is None:
            raise RuntimeError("Probe.step: no episode runs: call reset() first")
        actions = np.asarray(actions)
        if actions.shape != (self.num_envs,) or not np.isin(actions, range(self.single_action_space.n)).all():
            raise ValueError(
                f"Probe.step: actions {actions}: expected {self.num_envs} from 0, below {self.single_action_space.n}"
            )
        seen, first = self._observations[:, 0], self._first()
        rewards = {
            1: np.ones(self.num_envs),
            2: seen,
            3: seen,
            4: 2.0 * actions - 1,
            5: (2 * actions - 1) * seen,
        }[self.number]
        over = seen == 1 if self.number == 3 else np.ones(self.num_envs, bool)
        rewards, over, resets = np.where(self._ended, 0.0, rewards), over & ~self._ended, self._ended
        ahead = np.ones_like(first) if self.number == 3 else self._observations
        self._observations = np.where(resets[:, None], first, ahead)
        self._ended = over
        return self._observations.copy(), rewards, over, np.zeros(self.num_envs, bool), {}

    def known(self, gamma):
        """(observations (n, 1), Q* (n, actions)) that a learner should come to."""
        return {
            1: ([[0.0]], [[1.0]]),
            2: ([[-1.0], [1.0]], [[-1.0], [1.0]]),
            3: ([[0.0], [1.0]], [[gamma], [1.0]]),
            4: ([[0.0]], [[-1.0, 1.0]]),
            5: ([[-1.0], [1.0]], [[1.0, -1.0], [-1.0, 1.0]]),
        }[self.number]

    def _first(self):
        if self.number in (2, 5):
            return self._random.choice([-1.0, 1.0], (self.num_envs, 1))
        return np.zeros((self.num_envs, 1))
