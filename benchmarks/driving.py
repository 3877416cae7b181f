"""The driving environment: whole decisions a second beside highway-env's, and how safely the scripted driver drives.

A whole decision is action in, dynamics, reward, ends, new starts, and observation out. One thread; CPU time; the two
environments take turns in this process, medians. Ours drives 65 536 cars at once (VectorDrivingEnv, float32) by the
scripted driver's actions, which are computed outside the measured time; highway-fast-v0 is driven at random, one
environment as it comes, its resets included. The scripted driver: 200 tracks that nothing was tuned on, three weathers,
120 s each, at the share of the grip that it may use in a bend (0.65 is its own); a run that crashes counts once and its
later seconds no more.
"""

import statistics
import time
from importlib.metadata import version

import numpy as np

from benchmarks.run import row

CARS, TURNS, STEPS, PEER_DECISIONS = 65_536, 9, 20, 12
UNSEEN = range(10_000, 10_200)


def rows():
    from karpathy_course.driving import GRIP

    ours, torch_on_cpu, peers = speeds()
    peer = f"highway-fast-v0 of highway-env {version('highway-env')}"
    found = [
        row(f"a whole decision, {CARS} cars at once, NumPy", ours, peer, peers, "≥ 100000"),
        row("the same, million a second", 1 / ours / 1e6),
        row("the same on PyTorch, CPU, million a second", 1 / torch_on_cpu / 1e6),
    ]
    for caution in (0.65, 0.8, 0.9):
        for weather, (crashes, speed, reward) in scripted(caution).items():
            words = f"scripted at {caution}, {weather} (μ {GRIP[weather]})"
            found.append(row(f"{words}: crashes in {len(UNSEEN)} runs", crashes, goal=_goal(caution)))
            found.append(row(f"{words}: mean speed, m/s", speed))
            found.append(row(f"{words}: mean return", reward))
    return found


def _goal(caution):
    return "≤ 0" if caution == 0.65 else None


def speeds():
    """Median CPU seconds of a whole decision of one car: (ours on NumPy, ours on PyTorch, highway-fast-v0's)."""
    import gymnasium
    import highway_env
    import torch

    from karpathy_course.driving import ScriptedDriver, VectorDrivingEnv

    torch.set_num_threads(1)
    gymnasium.register_envs(highway_env)
    driver, many = ScriptedDriver(), {}
    for arrays in ("numpy", "torch"):
        env = VectorDrivingEnv(CARS, arrays=arrays)
        many[arrays] = env, env.reset(seed=0)[0]
    peer = gymnasium.make("highway-fast-v0")
    peer.reset(seed=0)
    peer.action_space.seed(0)
    seconds = {"numpy": [], "torch": [], "peer": []}
    for turn in range(TURNS + 1):  # the first turn warms up
        for arrays, (env, observations) in many.items():
            taken = 0.0
            for _ in range(STEPS):
                actions = driver(observations)
                start = time.process_time()
                observations, *_ = env.step(actions)
                taken += time.process_time() - start
            many[arrays] = env, observations
            if turn:
                seconds[arrays].append(taken / STEPS / CARS)
        start = time.process_time()
        for _ in range(PEER_DECISIONS):
            _, _, terminated, truncated, _ = peer.step(peer.action_space.sample())
            if terminated or truncated:
                peer.reset()
        if turn:
            seconds["peer"].append((time.process_time() - start) / PEER_DECISIONS)
    peer.close()
    return tuple(statistics.median(seconds[name]) for name in ("numpy", "torch", "peer"))


def scripted(caution):
    """{weather: (crashes, mean speed in m/s while driving, mean return)} over the unseen tracks, 120 s each."""
    from karpathy_course.driving import GRIP, ScriptedDriver, VectorDrivingEnv

    driver, found = ScriptedDriver(caution), {}
    for weather in GRIP:
        env = VectorDrivingEnv(len(UNSEEN), UNSEEN, weather, max_episode_steps=601, autoreset_mode="SameStep")
        observations, _ = env.reset(seed=0, options={"track": np.arange(len(UNSEEN))})
        driving, metres, decisions, total = np.ones(len(UNSEEN), bool), 0.0, 0, np.zeros(len(UNSEEN))
        for _ in range(600):
            metres += 0.2 * float(env.world.state.speed[driving].sum())
            decisions += int(driving.sum())
            observations, rewards, terminations, *_ = env.step(driver(observations))
            total += np.where(driving, rewards, 0.0)
            driving &= ~terminations
        found[weather] = int((~driving).sum()), metres / (0.2 * decisions), float(total.mean())
    return found
