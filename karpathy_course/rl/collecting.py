"""Acting in many environments at once, in Gymnasium's words, and keeping every transition as it really was.

Where an episode ends, three kinds of vector environments say three different things; the buffer is told one.
"""

import numpy as np

MODES = ("NEXT_STEP", "SAME_STEP", "DISABLED")


class Collector:
    """Steps a vector environment and stores the transitions in a `ReplayBuffer`.

    envs: with Gymnasium's ``num_envs``, ``single_observation_space.shape``, ``single_action_space.n``, ``reset``,
    ``step`` and, for another mode than NEXT_STEP, ``metadata["autoreset_mode"]``. In NEXT_STEP the step after an end
    is a reset and no transition; in SAME_STEP the true last observation is in ``infos["final_obs"]``; in DISABLED the
    ended ones are reset here.
    """

    def __init__(self, envs, seed):
        for name in ("num_envs", "single_observation_space", "single_action_space"):
            if not hasattr(envs, name):
                raise TypeError(
                    f"dqn: envs, a {type(envs).__name__}, has no {name}: expected a vector environment, as "
                    "gymnasium.make_vec makes one"
                )
        if not hasattr(envs.single_action_space, "n") or getattr(envs.single_action_space, "start", 0) != 0:
            raise TypeError(f"dqn: the actions are {envs.single_action_space}: expected Discrete(n), numbered from 0")
        mode = (getattr(envs, "metadata", None) or {}).get("autoreset_mode", "NEXT_STEP")
        self.mode = getattr(mode, "name", mode)
        if self.mode not in MODES:
            raise ValueError(f"dqn: autoreset_mode {mode!r}: expected {', '.join(MODES[:2])} or {MODES[2]}")
        self.envs, self.environments, self.actions = envs, envs.num_envs, int(envs.single_action_space.n)
        self.observations = np.asarray(envs.reset(seed=seed)[0])
        self._ended = np.zeros(self.environments, bool)  # by the last step, so that NEXT_STEP resets in this one
        self._returns, self._lengths = np.zeros(self.environments), np.zeros(self.environments, int)
        self._episodes = []

    def step(self, actions, buffer):
        """Take these actions, (environments,), and store what they led to."""
        found, rewards, terminated, truncated, infos = self.envs.step(actions)
        found, rewards = np.asarray(found), np.asarray(rewards, dtype=float)
        terminated, truncated = np.asarray(terminated, dtype=bool), np.asarray(truncated, dtype=bool)
        valid = ~self._ended if self.mode == "NEXT_STEP" else np.ones(self.environments, bool)
        ended = (terminated | truncated) & valid
        led_to = found
        if self.mode == "SAME_STEP" and ended.any():
            led_to = found.copy()
            for k in np.flatnonzero(ended):
                led_to[k] = infos["final_obs"][k]
        buffer.add(self.observations, actions, rewards, led_to, terminated, truncated, valid)
        self._returns += np.where(valid, rewards, 0)
        self._lengths += valid
        for k in np.flatnonzero(ended):
            self._episodes.append((float(self._returns[k]), int(self._lengths[k])))
        self._returns[ended], self._lengths[ended] = 0, 0
        if self.mode == "DISABLED" and ended.any():
            found = np.asarray(self.envs.reset(options={"reset_mask": ended})[0])
        self.observations, self._ended = found, ended

    def results(self):
        """Of the episodes that ended since it was last asked: {"return", "length": means, "episodes": how many}."""
        ended, self._episodes = self._episodes, []
        returns, lengths = np.mean(ended, axis=0).tolist() if ended else (np.nan, np.nan)
        return {"return": returns, "length": lengths, "episodes": len(ended)}
