"""Decisions by value: figures that are identities or published, and what learners from samples find, over many seeds.

No row has a peer: the figure is what `what` names, and is held to the goal by itself. Exact rows come from value
iteration and from linear systems; the rows of learners say over how many seeds, and give the worst or the mean of them.
"""

import time
from itertools import takewhile

import numpy as np

from benchmarks.run import row
from karpathy_course.rl import (
    action_values,
    cliff,
    double_q_learning,
    drive,
    driving_mdp,
    evaluate_policy,
    lake,
    last,
    maximisation_bias,
    near_optimal,
    q_learning,
    sarsa,
    solve,
    value_iteration,
)
from karpathy_course.rl.road import GAMMA

SEEDS, BIAS_RUNS, BIAS_EPISODES, CLIFF_EPISODES = 20, 1000, 300, 500
DRIVING = {"steps": 400_000, "gamma": GAMMA, "epsilon": 0.6, "exploring_starts": True, "horizon": 50}


def alpha(visits):
    """The learning rate that finds the driving MDP's values: it sums to infinity, and its squares do not."""
    return visits**-0.65


def identities():
    table = []
    for gamma, value, digits in ((1.0, 14 / 17, "14/17 = 0.8235"), (0.99, 0.5420259, "0.5420")):
        found = solve(lake().mdp, gamma, tolerance=1e-13).values[0]
        what = f"slippery lake, γ = {gamma:g}: distance of V*(start) from {digits}"
        table.append(row(what, float(abs(found - value)), goal="≤ 1e-07"))
    world = cliff()
    found = solve(world.mdp, 1.0).values[world.state(3, 0)]
    table.append(row("cliff walk: distance of the best return from −13", float(abs(found + 13)), goal="≤ 0"))
    for name, mdp, gamma in (("lake", lake().mdp, 0.99), ("driving MDP", driving_mdp(), GAMMA)):
        ratios = [sweep.ratio for sweep in value_iteration(mdp, gamma, tolerance=1e-7)][1:]
        what = f"value iteration, {name}, γ = {gamma:g}: largest change of a sweep over the one before, less γ"
        table.append(row(what, max(ratios) - gamma, goal="≤ 1e-06"))
        best = solve(mdp, gamma, tolerance=1e-12)
        residual = abs(action_values(mdp, best.values, gamma).max(axis=1) - best.values)[~mdp.terminal].max()
        table.append(row(f"value iteration, {name}: largest Bellman residual", float(residual), goal="≤ 1e-10"))
        same = abs(evaluate_policy(mdp, best.policy, gamma) - best.values).max()
        table.append(row(f"{name}: distance of the greedy policy's exact value from V*", float(same), goal="≤ 1e-09"))
    return table


def rewards():
    """What each reward's best driver does in 100 steps, exactly."""
    table = []
    for name, reward, crash, slowest, goals in (
        ("progress, crash 0", "progress", 0, 0, (None, None)),
        ("progress, crash −20", "progress", -20, 0, (None, None)),
        ("progress, crash −100", "progress", -100, 0, (None, None)),
        ("progress, crash −200", "progress", -200, 0, ("≤ 0.01", "≥ 3.5")),
        ("progress, crash −1000", "progress", -1000, 0, (None, None)),
        ("survival", "survival", 0, 0, ("≤ 0", "≤ 0")),
        ("survival, brake to speed 1 at most", "survival", 0, 1, ("≤ 0.01", "≤ 1.001")),
        ("progress, crash −200, brake to speed 1 at most", "progress", -200, 1, ("≤ 0.01", "≥ 3.5")),
    ):
        mdp = driving_mdp(reward, crash, slowest)
        found = drive(mdp, solve(mdp, GAMMA).policy)
        table.append(row(f"driving, {name}: probability of a crash in 100 steps", found.crash, goal=goals[0]))
        what = f"driving, {name}: mean speed (dry {found.speed_dry:.2f}, ice {found.speed_ice:.2f})"
        table.append(row(what, found.speed, goal=goals[1]))
    mdp = driving_mdp()
    random = drive(mdp, np.full((mdp.states, mdp.actions), 1 / mdp.actions))
    return [*table, row("driving, at random: probability of a crash in 100 steps", random.crash)]


def driving():
    """Q-learning on the driving MDP: its share of near-optimal states, and how the learned policy drives."""
    mdp = driving_mdp()
    best, shares, crashes, speeds, seconds = solve(mdp, GAMMA), [], [], [], []
    for seed in range(SEEDS):
        begun = time.process_time()
        found = last(q_learning(mdp, alpha=alpha, seed=seed, **DRIVING))
        seconds.append(time.process_time() - begun)
        shares.append(near_optimal(mdp, best, found.policy))
        result = drive(mdp, found.policy)
        crashes.append(result.crash)
        speeds.append(result.speed)
    of = f"Q-learning, 400 000 steps, {SEEDS} seeds"
    return [
        row(f"{of}: least share of near-optimal states (median {np.median(shares):.3f})", min(shares), goal="≥ 0.95"),
        row(f"{of}: largest crash probability in 100 steps (median {np.median(crashes):.4f})", max(crashes)),
        row(f"{of}: least mean speed (median {np.median(speeds):.2f})", min(speeds), goal="≥ 3.5"),
        row(f"{of}: CPU seconds of one, the median", float(np.median(seconds)), goal="≤ 1"),
    ]


def cliff_walk():
    """SARSA and Q-learning while they learn, ε = .1, α = .5, and what their tables do greedily in the end."""
    world, table, online = cliff(), [], {}
    start = world.state(3, 0)
    for rule in (q_learning, sarsa):
        returns, greedy = [], []
        for seed in range(SEEDS):
            steps = rule(world, steps=10**9, gamma=1.0, alpha=0.5, epsilon=0.1, seed=seed)
            steps = list(takewhile(lambda step: step.episode <= CLIFF_EPISODES, steps))
            returns.append([step.result["return"] for step in steps if step.epoch_ends][100:])
            greedy.append(greedy_return(world.mdp, steps[-1].policy, start))
        online[rule] = np.mean(returns, axis=1)
        of = f"cliff walk, {rule.__name__}, {SEEDS} seeds, episodes 101-{CLIFF_EPISODES}"
        table.append(row(f"{of}: mean return while learning", float(online[rule].mean())))
        goal = "≤ 0" if rule is q_learning else None
        what = f"cliff walk, {rule.__name__}: seeds of {SEEDS} whose greedy return is not −13"
        what += f" (median {np.median(greedy):g})"
        table.append(row(what, int(np.sum(np.array(greedy) != -13)), goal=goal))
    what = f"cliff walk: seeds of {SEEDS} in which SARSA falls less while it learns (higher mean return)"
    better = int((online[sarsa] > online[q_learning]).sum())
    return [*table, row(what, better, goal=f"≥ {SEEDS}")]


def greedy_return(mdp, policy, start):
    """A policy's return without a discount from a state; −inf where it never ends."""
    try:
        return float(evaluate_policy(mdp, policy, 1.0)[start])
    except ValueError:
        return -np.inf


def lefts(rule):
    """Whether each run goes left in each episode, (runs, episodes), on the maximisation-bias MDP with ε = α = .1."""
    mdp, left = maximisation_bias(), np.zeros((BIAS_RUNS, BIAS_EPISODES), bool)
    for run in range(BIAS_RUNS):
        steps = rule(mdp, steps=2 * BIAS_EPISODES + 1, gamma=1.0, alpha=0.1, epsilon=0.1, seed=run)
        for step in takewhile(lambda step: step.episode <= BIAS_EPISODES, steps):
            if step.state == 0:
                left[run, step.episode - 1] = step.action == 0
    return left


def bias():
    """Sutton & Barto 2018, figure 6.5: how often left, which is worth −.1, is taken; 5 % would be ε alone."""
    share = {rule: lefts(rule).mean(axis=0) for rule in (q_learning, double_q_learning)}
    one, two = share[q_learning], share[double_q_learning]
    of = f"maximisation bias, {BIAS_RUNS} runs"
    return [
        row(f"{of}: share of left at its largest, Q-learning", float(one.max()), goal="≥ 0.8"),
        row(
            f"{of}: share of left at its largest after episode 10, double Q-learning",
            float(two[10:].max()),
            goal="≤ 0.6",
        ),
        row(f"{of}: mean share of left, episodes 1-100, Q-learning", float(one[:100].mean())),
        row(f"{of}: mean share of left, episodes 1-100, double Q-learning", float(two[:100].mean())),
        row(f"{of}: the first of these less the second", float((one - two)[:100].mean()), goal="≥ 0.2"),
        row(f"{of}: share of left, episodes 281-300, Q-learning", float(one[-20:].mean())),
        row(f"{of}: share of left, episodes 281-300, double Q-learning", float(two[-20:].mean()), goal="≤ 0.1"),
    ]


def rows():
    return identities() + rewards() + driving() + cliff_walk() + bias()
