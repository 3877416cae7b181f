"""The driving MDP: a car on a road with ice as 210 states, small enough that its best driver is known exactly.

The continuous road is another room's; this one exists so that rewards can be judged by proof and not by trying.
"""

from itertools import product
from typing import NamedTuple

import numpy as np

from karpathy_course.rl.argument_checks import whole_from
from karpathy_course.rl.finite_mdp import MDP
from karpathy_course.rl.planning import state_shares

ACTIONS = ("accelerate", "brake", "steer left", "steer right", "coast")
SPEEDS, LANES, HEADINGS = range(5), range(-3, 4), range(-1, 2)
GAMMA = 0.97  # the discount with which the lecture and the benchmarks solve it
ACCELERATES = (1.0, 0.6)  # the probability that the pedal works, dry and on ice
BRAKES = (1.0, 0.7)
GUST = (0.005, 0.04)  # times the speed: the probability that the heading is turned, one half to either side
FLIPS = (0.03, 0.20)  # the probability that dry turns to ice, and ice to dry
REWARDS = ("progress", "survival")


def driving_mdp(reward="progress", crash=-200.0, slowest=0):
    """The driving MDP: speed 0-4 × lane −3..3 × heading −1..1 × dry or ice, and one terminal state for a crash.

    reward: "progress", a quarter of the new speed for each step, or "survival", 1 for each step. crash: the reward of
    the step that leaves the road (|lane| > 3). slowest: the speed below which the brake does not bring the car.
    A step: the pedal or the wheel works or does not, a gust may turn the heading, the car moves one lane by its heading
    with probability v′/8 (v′ is the new speed), the grip may change. It starts at speed 1, in the middle, on dry road.
    features: speed, lane, heading, ice (0 or 1); −1 and 0 in the crash. Raises ValueError for another reward.
    """
    if reward not in REWARDS:
        raise ValueError(f"driving_mdp: reward={reward!r}: expected {' or '.join(map(repr, REWARDS))}")
    whole_from("driving_mdp", "slowest", slowest, 0)
    if slowest > SPEEDS[-1]:
        raise ValueError(f"driving_mdp: slowest={slowest}: expected at most the highest speed, {SPEEDS[-1]}")
    states = list(product(SPEEDS, LANES, HEADINGS, (0, 1)))
    number = {state: index for index, state in enumerate(states)}
    crashed = len(states)
    p = np.zeros((crashed + 1, len(ACTIONS), crashed + 1))
    gain = np.zeros_like(p)
    for state, (a, action) in product(states, enumerate(ACTIONS)):
        s = number[state]
        for probability, speed, after in outcomes(state, action, slowest):
            s2 = number.get(after, crashed)
            p[s, a, s2] += probability
            gained = speed / 4 if reward == "progress" else 1.0
            gain[s, a, s2] += probability * (crash if s2 == crashed else gained)
    rewards = np.divide(gain, p, out=np.zeros_like(p), where=p > 0)
    columns = np.array([*states, (-1, 0, 0, 0)]).T
    start = np.eye(crashed + 1)[number[1, 0, 0, 0]]
    features = dict(zip(("speed", "lane", "heading", "ice"), columns))
    return MDP(p, rewards, np.arange(crashed + 1) == crashed, start, action_names=ACTIONS, features=features)


def outcomes(state, action, slowest=0):
    """Every (probability, new speed, next state) of an action; a lane beyond ±3 is a crash."""
    speed, lane, heading, ice = state
    turn = {"steer left": -1, "steer right": 1}.get(action, 0)
    if action == "accelerate":
        works, faster = ACCELERATES[ice], min(speed + 1, SPEEDS[-1])
    elif action == "brake":
        works, faster = BRAKES[ice], speed - 1 if speed > slowest else speed
    else:
        works, faster = 1.0 if not ice else 0.95 - 0.15 * speed, speed
    for p_works, v, wheel in ((works, faster, turn), (1 - works, speed, 0)):
        gust = GUST[ice] * v
        for p_gust, blown in ((1 - gust, 0), (gust / 2, -1), (gust / 2, 1)):
            pointing = max(-1, min(1, heading + wheel + blown))
            for p_moves, moved in ((v / 8, pointing), (1 - v / 8, 0)):
                for p_grip, grip in ((1 - FLIPS[ice], ice), (FLIPS[ice], 1 - ice)):
                    probability = p_works * p_gust * p_moves * p_grip
                    if probability > 0:
                        yield probability, v, (v, lane + moved, pointing, grip)


class Drive(NamedTuple):
    """What a policy does on the driving MDP, exactly. crash: the probability of one. speed: the mean, of the steps
    before a crash; speed_dry and speed_ice: of those on dry road and on ice (nan where there are none)."""

    crash: float
    speed: float
    speed_dry: float
    speed_ice: float


def drive(mdp, policy, steps=100, start=None):
    """The `Drive` of a policy over so many steps from a state (the MDP's start when None), without sampling."""
    if "speed" not in mdp.features or "ice" not in mdp.features:
        raise ValueError("drive: this MDP has no features 'speed' and 'ice': give it a driving_mdp()")
    shares = state_shares(mdp, policy, steps, start)
    speed, ice, runs = mdp.features["speed"], mdp.features["ice"], ~mdp.terminal
    mean = lambda of: (
        float((shares[1:, of] @ speed[of]).sum() / shares[1:, of].sum()) if shares[1:, of].any() else np.nan
    )
    return Drive(float(shares[-1, mdp.terminal].sum()), mean(runs), mean(runs & (ice == 0)), mean(runs & (ice == 1)))
