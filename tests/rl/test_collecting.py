"""Three modes of autoreset are three ways to say the same transitions: the replay holds the same ones."""

from enum import Enum
from types import SimpleNamespace

import numpy as np
import pytest

from karpathy_course.rl import ReplayBuffer
from karpathy_course.rl.collecting import MODES, Collector

LENGTHS = (2, 3)  # the episodes of each environment end after so many steps; the second one's are only cut off


class Counting:
    """Two environments that count: observation 100 · episode + steps since its start, the same in every mode."""

    num_envs = 2
    single_observation_space, single_action_space = SimpleNamespace(shape=(1,)), SimpleNamespace(n=2)

    def __init__(self, mode):
        self.metadata, self.mode = {"autoreset_mode": mode}, getattr(mode, "name", mode)

    def reset(self, *, seed=None, options=None):
        if options is None:
            self.episode, self.count, self.ended = np.ones(2, int), np.zeros(2, int), np.zeros(2, bool)
        else:
            self._begin(options["reset_mask"])
        return self._seen(), {}

    def step(self, actions):
        resets = self.ended if self.mode == "NEXT_STEP" else np.zeros(2, bool)
        self.count += ~resets
        self._begin(resets)
        over = (self.count >= LENGTHS) & ~resets
        rewards, infos = np.where(resets, 0.0, self.count), {}
        if self.mode == "SAME_STEP" and over.any():
            infos = {"final_obs": np.array([row if end else None for row, end in zip(self._seen(), over)], object)}
            self._begin(over)
        elif self.mode != "SAME_STEP":
            self.ended = over
        return self._seen(), rewards, over & [True, False], over & [False, True], infos

    def _begin(self, which):
        self.episode[which] += 1
        self.count[which] = 0

    def _seen(self):
        return (100.0 * self.episode + self.count)[:, None]


def collected(mode, steps=12):
    collector = Collector(Counting(mode), seed=0)
    buffer = ReplayBuffer(1000, (1,), environments=2, dtype=np.float64)
    for k in range(steps):
        collector.step(np.full(2, k % 2), buffer)
    batch = buffer.sample(2000, gamma=0.5)
    rows = zip(batch.observations[:, 0], batch.rewards, batch.next_observations[:, 0], batch.terminated)
    return {tuple(map(float, row)) for row in rows}, collector.results()


@pytest.mark.parametrize("mode", [*MODES, Enum("AutoresetMode", MODES).SAME_STEP])
def test_every_transition_stays_within_its_episode(mode):
    rows, results = collected(mode)
    assert {(100, 1, 101, 0), (101, 2, 102, 1), (102, 3, 103, 0)} < rows  # the third is cut off, not over
    assert all(before // 100 == after // 100 and after == before + 1 for before, _, after, _ in rows)
    assert {(before % 100, over) for before, _, _, over in rows} == {(0, 0), (1, 1), (1, 0), (2, 0)}
    assert results["episodes"] == (7 if mode == "NEXT_STEP" else 10)
    assert results["length"] == pytest.approx(17 / 7 if mode == "NEXT_STEP" else 2.4)


def test_a_return_is_the_sum_of_an_episodes_own_rewards():
    _, results = collected("SAME_STEP", steps=6)
    assert results == {"return": (3 * 3 + 2 * 6) / 5, "length": 12 / 5, "episodes": 5}


def test_what_was_reported_is_not_reported_again():
    collector = Collector(Counting("DISABLED"), seed=0)
    collector.step(np.zeros(2, int), ReplayBuffer(10, (1,), environments=2))
    assert collector.results()["episodes"] == 0
    assert np.isnan(collector.results()["return"])


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"metadata": {"autoreset_mode": "LATER"}}, ValueError, "'LATER': expected NEXT_STEP, SAME_STEP or DISABLED"),
        ({"single_action_space": SimpleNamespace(shape=(2,))}, TypeError, "expected Discrete"),
        ({"single_action_space": SimpleNamespace(n=2, start=1)}, TypeError, "numbered from 0"),
    ],
)
def test_environments_that_cannot_be_collected_from_are_one_clear_error(change, kind, says):
    envs = Counting("DISABLED")
    vars(envs).update(change)
    with pytest.raises(kind, match=says):
        Collector(envs, seed=0)
