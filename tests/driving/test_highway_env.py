"""One agent's code drives our road and highway-env's motorway: neither needs anything but Gymnasium's own words."""

import gymnasium
import highway_env
import numpy as np
import pytest

import karpathy_course.driving  # noqa: F401  (registers our environment)


class LinearAgent:
    """Q-learning with one row of weights for each action; knows spaces, and nothing of cars."""

    def __init__(self, env, seed=0):
        self.random, self.actions = np.random.default_rng(seed), env.action_space.n
        self.weights = np.zeros((self.actions, int(np.prod(env.observation_space.shape)) + 1))

    def features(self, observation):
        flat = np.append(np.ravel(observation).astype(float), 1.0)
        return flat / (1 + np.linalg.norm(flat))

    def act(self, observation):
        if self.random.random() < 0.2:
            return int(self.random.integers(self.actions))
        return int(np.argmax(self.weights @ self.features(observation)))

    def learn(self, observation, action, reward, following, terminated):
        ahead = 0.0 if terminated else 0.9 * np.max(self.weights @ self.features(following))
        error = reward + ahead - self.weights[action] @ self.features(observation)
        self.weights[action] += 0.1 * error * self.features(observation)


def drive(env, decisions):
    """(decisions taken, episodes ended, the agent) after so many decisions."""
    agent, ended = LinearAgent(env), 0
    observation, _ = env.reset(seed=0)
    for _ in range(decisions):
        action = agent.act(observation)
        assert env.observation_space.contains(observation) and env.action_space.contains(action)
        following, reward, terminated, truncated, _ = env.step(action)
        agent.learn(observation, action, reward, following, terminated)
        observation = following
        if terminated or truncated:
            ended += 1
            observation, _ = env.reset()
    return ended, agent


@pytest.mark.parametrize(
    ("name", "options", "decisions"),
    [
        ("karpathy_course/Driving-v0", {"tracks": range(2), "max_episode_steps": 30}, 200),
        ("highway-fast-v0", {}, 40),
    ],
)
def test_the_same_agent_drives_both_roads(name, options, decisions):
    gymnasium.register_envs(highway_env)
    env = gymnasium.make(name, **options)
    ended, agent = drive(env, decisions)
    env.close()
    assert ended >= 1
    assert np.isfinite(agent.weights).all() and (agent.weights != 0).any(axis=1).sum() >= 2
