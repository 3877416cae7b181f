"""A ring of transitions, from which a network learns in random order; NumPy alone, whoever learns from it.

Lin 1992 named it; Mnih et al. 2015 made it the half of DQN that is not the network.
"""

import math
import os
from typing import NamedTuple

import numpy as np

from karpathy_course.rl.argument_checks import check_discount, whole_from


class Batch(NamedTuple):
    """Transitions of m ≤ n steps each. The TD target of one is
    ``rewards + discounts · (not terminated) · max Q(next_observations, ·)``.

    observations, next_observations: (batch, …observation); the second is m steps later. actions: (batch, …action).
    rewards: (batch,), r₁ + γ r₂ + … + γ^(m−1) r_m. terminated: (batch,), whether the episode was over after them; one
    that was only cut off is not. discounts: (batch,), γ^m.
    """

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    next_observations: np.ndarray
    terminated: np.ndarray
    discounts: np.ndarray


class ReplayBuffer:
    """The last ``capacity`` transitions of some environments; a new one overwrites the oldest.

    capacity: in transitions, a multiple of environments. observation_shape, action_shape: of one, without the
    environments' axis. environments: how many step together; row k of all arguments of `add` is always the k-th.
    dtype: of observations and rewards. seed: of `sample`.
    Raises ValueError for numbers that cannot be, and for a buffer that is larger than this machine's memory.
    """

    def __init__(
        self,
        capacity,
        observation_shape,
        *,
        environments=1,
        action_shape=(),
        action_dtype=np.int64,
        dtype=np.float32,
        seed=0,
    ):
        whole_from("ReplayBuffer", "environments", environments, 1)
        whole_from("ReplayBuffer", "capacity", capacity, 1)
        if capacity % environments:
            raise ValueError(f"ReplayBuffer: capacity={capacity} is no multiple of environments={environments}")
        self.capacity, self.environments = capacity, environments
        self.observation_shape, self.action_shape = tuple(observation_shape), tuple(action_shape)
        self._length = capacity // environments
        ring = (self._length, environments)
        shapes = {
            "observations": ((*ring, *self.observation_shape), np.dtype(dtype)),
            "next_observations": ((*ring, *self.observation_shape), np.dtype(dtype)),
            "actions": ((*ring, *self.action_shape), np.dtype(action_dtype)),
            "rewards": (ring, np.dtype(dtype)),
            "terminated": (ring, np.dtype(bool)),
            "truncated": (ring, np.dtype(bool)),
            "valid": (ring, np.dtype(bool)),
        }
        _check_memory(capacity, sum(math.prod(shape) * kind.itemsize for shape, kind in shapes.values()))
        self._arrays = {name: np.zeros(shape, kind) for name, (shape, kind) in shapes.items()}
        self._filled = self._next = 0
        self._generator = np.random.default_rng(seed)

    def __len__(self):
        """How many transitions `sample` can give."""
        return int(self._arrays["valid"].sum())

    @property
    def full(self):
        """Whether the next transition overwrites one."""
        return self._filled == self._length

    def add(self, observations, actions, rewards, next_observations, terminated, truncated, valid=None):
        """Store one transition of each environment; with one environment its axis may be left out.

        next_observations: what the step led to, also where the episode ended there, and not the first observation of
        the episode after it. valid: (environments,), False for what is no transition, as the reset of Gymnasium's
        autoreset mode NEXT_STEP is one step after an end; it is never sampled. Raises ValueError for other shapes, and
        for observations and rewards with inf or nan.
        """
        new = {
            "observations": (observations, self.observation_shape),
            "next_observations": (next_observations, self.observation_shape),
            "actions": (actions, self.action_shape),
            "rewards": (rewards, ()),
            "terminated": (terminated, ()),
            "truncated": (truncated, ()),
            "valid": (np.ones(self.environments, bool) if valid is None else valid, ()),
        }
        rows = {name: self._row(name, given, shape) for name, (given, shape) in new.items()}
        for name in ("observations", "next_observations", "rewards"):
            finite = np.isfinite(rows[name][rows["valid"].astype(bool)])
            if not finite.all():
                raise ValueError(f"ReplayBuffer.add: {name} has inf or nan: one such number spoils every weight")
        for name, row in rows.items():
            self._arrays[name][self._next] = row
        self._next = (self._next + 1) % self._length
        self._filled = min(self._filled + 1, self._length)

    def sample(self, batch_size, *, gamma, n_step=1):
        """A `Batch` of transitions, each equally likely, whichever were drawn before.

        gamma: the discount. n_step: how many rewards to add up before a network is asked (Sutton 1988); fewer where
        the episode ends or is cut off, or the newest transition is reached. Raises ValueError for an empty buffer.
        """
        whole_from("ReplayBuffer.sample", "batch_size", batch_size, 1)
        whole_from("ReplayBuffer.sample", "n_step", n_step, 1)
        check_discount("ReplayBuffer.sample", gamma)
        now, env = self._drawn(batch_size)
        of = self._arrays
        oldest = self._next if self.full else 0
        left = self._filled - 1 - (now - oldest) % self._length  # transitions that are newer than this one
        rewards, discounts, final = of["rewards"][now, env].copy(), np.full(batch_size, gamma, of["rewards"].dtype), now
        goes_on = ~(of["terminated"] | of["truncated"])[now, env] if n_step > 1 else None
        for ahead in range(1, n_step):
            then = (now + ahead) % self._length
            goes_on = goes_on & (left >= ahead) & of["valid"][then, env]
            rewards += np.where(goes_on, discounts * of["rewards"][then, env], 0)
            discounts = np.where(goes_on, discounts * discounts.dtype.type(gamma), discounts)
            final = np.where(goes_on, then, final)
            goes_on = goes_on & ~(of["terminated"][then, env] | of["truncated"][then, env])
        return Batch(
            of["observations"][now, env],
            of["actions"][now, env],
            rewards,
            of["next_observations"][final, env],
            of["terminated"][final, env],
            discounts,
        )

    def _drawn(self, batch_size):
        """(place in the ring, environment) of so many valid transitions; those that are not are drawn again."""
        valid = self._arrays["valid"].reshape(-1)
        filled = self._filled * self.environments
        if not valid[:filled].any():
            raise ValueError("ReplayBuffer.sample: there is no transition yet: add some first")
        drawn = self._generator.integers(0, filled, batch_size)
        while not (good := valid[drawn]).all():
            drawn[~good] = self._generator.integers(0, filled, int((~good).sum()))
        return drawn // self.environments, drawn % self.environments

    def _row(self, name, given, shape):
        array, expected = np.asarray(given), (self.environments, *shape)
        if array.shape == shape and self.environments == 1:
            array = array[None]
        if array.shape != expected:
            raise ValueError(f"ReplayBuffer.add: {name} of shape {array.shape}: expected {expected}")
        return array

    def __repr__(self):
        return f"ReplayBuffer({len(self)} of {self.capacity} transitions, observations {self.observation_shape})"


def _check_memory(capacity, needed):
    try:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # Windows, where NumPy itself fails on what is too large
        return
    if needed > memory:
        raise ValueError(
            f"ReplayBuffer: capacity={capacity} needs {needed / 1e9:.1f} GB, this machine has {memory / 1e9:.1f} GB: "
            "keep fewer transitions, or smaller observations"
        )
