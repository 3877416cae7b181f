"""Decisions by value: worlds that can be solved exactly, and learners from samples; this file only hands names on."""

from karpathy_course.rl.deep_q import dqn, falling, q_values, td_targets
from karpathy_course.rl.finite_mdp import MDP
from karpathy_course.rl.grid_world import GridWorld, cliff, icy_road, lake
from karpathy_course.rl.learning import double_q_learning, q_learning, sarsa
from karpathy_course.rl.planning import (
    Solution,
    Sweep,
    action_values,
    evaluate_policy,
    greedy_policy,
    near_optimal,
    solve,
    state_shares,
    value_iteration,
)
from karpathy_course.rl.probes import Probe
from karpathy_course.rl.replay import Batch, ReplayBuffer
from karpathy_course.rl.road import Drive, drive, driving_mdp
from karpathy_course.rl.small_mdps import corridor, maximisation_bias
from karpathy_course.rl.streams import last
from karpathy_course.rl.tabular import TabularStep
from karpathy_course.rl.walking import Walk

__all__ = [
    "MDP",
    "Batch",
    "Drive",
    "GridWorld",
    "Probe",
    "ReplayBuffer",
    "Solution",
    "Sweep",
    "TabularStep",
    "Walk",
    "action_values",
    "cliff",
    "corridor",
    "double_q_learning",
    "dqn",
    "drive",
    "driving_mdp",
    "evaluate_policy",
    "falling",
    "greedy_policy",
    "icy_road",
    "lake",
    "last",
    "maximisation_bias",
    "near_optimal",
    "q_learning",
    "q_values",
    "sarsa",
    "solve",
    "state_shares",
    "td_targets",
    "value_iteration",
]
