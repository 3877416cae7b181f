"""Learning by a table: each rule by hand, then what it finds in known worlds, then its errors."""

from copy import deepcopy
from itertools import islice, pairwise
from types import SimpleNamespace

import numpy as np
import optuna
import pytest

from karpathy_course.rl import (
    Walk,
    cliff,
    corridor,
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
)
from karpathy_course.rl.road import GAMMA
from karpathy_course.train import early_stopping, progress, pruning

RULES = [q_learning, sarsa, double_q_learning]


class Script:
    """An environment that says what it was told to, whatever the action: (state, reward, terminated, truncated)."""

    def __init__(self, first, *steps, states=4, actions=2):
        self.observation_space, self.action_space = SimpleNamespace(n=states), SimpleNamespace(n=actions)
        self.first, self.steps, self.seeds = first, list(steps), []

    def reset(self, *, seed=None, options=None):
        self.seeds.append(seed)
        return np.int64(self.first), {}

    def step(self, action):
        return (*self.steps.pop(0), {})


def test_q_learning_moves_to_the_reward_and_the_best_next_value():
    steps = list(q_learning(corridor(3), steps=200, gamma=0.5, alpha=0.5, epsilon=1.0, seed=1))
    q = np.zeros((4, 2))
    for step in steps:
        target = step.reward + (0 if step.terminated else 0.5 * q[step.next_state].max())
        assert step.error == target - q[step.state, step.action]
        q[step.state, step.action] += 0.5 * step.error
    assert q[0].max() > 0
    np.testing.assert_array_equal(steps[-1].q, q)


def test_sarsa_moves_to_the_value_of_the_action_that_it_takes_next():
    steps = list(sarsa(corridor(3), steps=200, gamma=0.5, alpha=0.5, epsilon=0.7, seed=1))
    q, differs = np.zeros((4, 2)), 0
    for step, then in pairwise(steps):
        target = step.reward + (0 if step.terminated else 0.5 * q[step.next_state, then.action])
        differs += not step.terminated and q[step.next_state, then.action] < q[step.next_state].max()
        assert step.error == target - q[step.state, step.action]
        q[step.state, step.action] += 0.5 * step.error
    assert differs > 10
    assert q[0].max() > 0


def test_double_q_learning_lets_the_other_table_judge_the_favourite():
    tables, changed = np.zeros((2, 4, 2)), [0, 0]
    for step in double_q_learning(corridor(3), steps=300, gamma=0.5, alpha=0.5, epsilon=1.0, seed=1):
        now = np.array(step.run.tables)
        (k,) = np.flatnonzero((now != tables).any(axis=(1, 2))) if step.error else (0,)
        best = tables[k, step.next_state].argmax()
        target = step.reward + (0 if step.terminated else 0.5 * tables[1 - k, step.next_state, best])
        if step.error:
            changed[k] += 1
            assert now[k, step.state, step.action] == pytest.approx(
                tables[k, step.state, step.action] + 0.5 * (target - tables[k, step.state, step.action])
            )
        tables = now
    assert min(changed) > 20
    np.testing.assert_array_equal(step.q, tables.mean(axis=0))


@pytest.mark.parametrize("rule", RULES)
def test_an_episode_that_is_cut_off_still_counts_what_comes_after(rule):
    worth = {}
    for name, over in (("terminated", (True, False)), ("truncated", (False, True))):
        steps = rule(Script(0, (1, 2.0, *over), (1, 2.0, *over)), steps=1, gamma=0.5, alpha=1.0, initial=4.0)
        worth[name] = 4.0 + last(steps).error
    assert worth == {"terminated": 2.0, "truncated": 4.0}


@pytest.mark.parametrize("rule", RULES)
def test_the_horizon_truncates_and_begins_again(rule):
    steps = list(rule(corridor(50), steps=25, gamma=0.9, horizon=10))
    assert [step.number for step in steps if step.epoch_ends] == [10, 20]
    assert all(step.truncated and not step.terminated for step in steps if step.epoch_ends)
    assert steps[9].result == {"return": 0.0, "length": 10}
    assert (steps[10].episode, steps[10].state) == (2, 0)


@pytest.mark.parametrize("rule", RULES)
def test_the_same_seed_gives_the_same_steps(rule):
    run = lambda seed: [step[:11] for step in rule(lake(), steps=300, gamma=0.9, seed=seed)]
    assert run(7) == run(7) != run(8)


@pytest.mark.parametrize("rule", RULES)
def test_a_learner_can_be_stopped_at_any_step(rule):
    whole = list(rule(lake(), steps=100, gamma=0.9, seed=3))
    assert [step[:11] for step in islice(rule(lake(), steps=100, gamma=0.9, seed=3), 40)] == [
        s[:11] for s in whole[:40]
    ]


def test_an_environment_gives_the_same_steps_as_its_mdp():
    mdp = lake().mdp
    first, second = q_learning(mdp, steps=500, gamma=0.9, seed=5), q_learning(Walk(mdp), steps=500, gamma=0.9, seed=5)
    assert [step[:11] for step in first] == [step[:11] for step in second]


def test_only_the_first_reset_is_given_the_seed():
    env = Script(0, *[(1, 0.0, True, False)] * 3)
    list(q_learning(env, steps=3, gamma=0.9, seed=11))
    assert env.seeds == [11, None, None, None]


def test_a_walk_goes_where_the_probabilities_say():
    mdp, walk = lake().mdp, Walk(lake().mdp, seed=2)
    counts = np.zeros(16)
    for _ in range(6000):
        assert walk.reset() == (0, {})
        counts[walk.step(2)[0]] += 1
    expected = 6000 * mdp.probabilities[0, 2]
    assert (abs(counts - expected) <= 5 * np.sqrt(expected)).all()


def test_exploring_starts_begin_everywhere_that_is_not_terminal():
    walk = Walk(lake().mdp, exploring_starts=True, seed=2)
    counts = np.bincount([walk.reset()[0] for _ in range(5500)], minlength=16)
    terminal = lake().mdp.terminal
    assert (counts[terminal] == 0).all()
    assert abs(counts[~terminal] - 500).max() < 5 * np.sqrt(500)


def test_epsilon_is_the_share_of_random_choices():
    """With Q = 0 but for one action, a choice differs from the best one in ε · ½ of all steps."""
    steps = q_learning(corridor(3), steps=20_000, gamma=0.9, epsilon=0.4, seed=0)
    left = [step.action == 0 for step in islice(steps, 10_000, None)]
    assert np.mean(left) == pytest.approx(0.2, abs=5 * np.sqrt(0.16 / len(left)))


def test_equal_values_are_chosen_at_random():
    first = [next(q_learning(corridor(), steps=1, gamma=0.9, epsilon=0.0, seed=seed)).action for seed in range(20)]
    assert set(first) == {0, 1}


def test_schedules_are_functions_of_visits_and_of_the_steps_number():
    steps = list(q_learning(corridor(2), steps=50, gamma=0.9, alpha=lambda n: 1 / n, epsilon=lambda n: 1 / n))
    assert [step.epsilon for step in steps] == [1 / n for n in range(1, 51)]
    seen = {}
    for step in steps:
        seen[step.state, step.action] = seen.get((step.state, step.action), 0) + 1
        assert step.rate == 1 / seen[step.state, step.action]


def test_q_learning_finds_the_best_way_along_the_cliff():
    world = cliff()
    start = world.state(3, 0)
    found = last(q_learning(world, steps=30_000, gamma=1.0, alpha=0.5, epsilon=0.1, seed=0))
    assert evaluate_policy(world.mdp, found.policy, 1.0)[start] == -13


def test_sarsa_falls_over_the_cliff_less_often_while_it_learns():
    world, returns = cliff(), {}
    for rule in (sarsa, q_learning):
        for seed in range(3):
            steps = rule(world, steps=12_000, gamma=1.0, alpha=0.5, epsilon=0.1, seed=seed)
            returns.setdefault(rule, []).extend(step.result["return"] for step in steps if step.epoch_ends)
    # the first episodes of both are mostly search
    assert np.mean(returns[sarsa][100:]) > np.mean(returns[q_learning][100:]) + 10


def lefts(rule, runs, episodes=100):
    """The share of left in each episode, over so many runs on the MDP that misleads by a maximum."""
    mdp, share = maximisation_bias(), np.zeros(episodes)
    for seed in range(runs):
        for step in rule(mdp, steps=3 * episodes, gamma=1.0, alpha=0.1, epsilon=0.1, seed=seed):
            if step.state == 0:
                if step.episode > episodes:
                    break
                share[step.episode - 1] += step.action == 0
    return share / runs


def test_the_maximum_of_noisy_estimates_misleads_q_learning_and_not_the_two_tables():
    one, two = lefts(q_learning, 60), lefts(double_q_learning, 60)
    assert one[20:40].mean() > two[20:40].mean() + 0.2
    assert two[-20:].mean() < 0.4


def test_an_action_that_is_not_allowed_is_never_taken():
    steps = list(q_learning(maximisation_bias(), steps=2000, gamma=1.0, epsilon=1.0))
    assert {step.action for step in steps if step.state == 0} == {0, 1}
    assert {step.action for step in steps if step.state == 1} == set(range(10))


def test_q_learning_learns_to_drive_nearly_as_well_as_can_be():
    mdp = driving_mdp()
    best = solve(mdp, GAMMA)
    found = last(
        q_learning(
            mdp, steps=400_000, gamma=GAMMA, alpha=lambda n: n**-0.65, epsilon=0.6, exploring_starts=True, horizon=50
        )
    )
    assert near_optimal(mdp, best, found.policy) >= 0.95
    assert drive(mdp, found.policy).speed >= 3.5


def test_the_best_policy_is_near_optimal_everywhere_and_the_worst_is_not():
    mdp = driving_mdp()
    best = solve(mdp, GAMMA)
    assert near_optimal(mdp, best, best.policy) == 1
    assert near_optimal(mdp, best, best.q.argmin(axis=1)) < 0.5


def test_the_bar_and_early_stopping_read_these_steps(capsys):
    # no return is better than the first that reaches the end: its table is put back three episodes later
    steps = list(
        early_stopping(
            progress(q_learning(corridor(3), steps=2000, gamma=0.9, epsilon=1.0, horizon=20)),
            patience=3,
            monitor="return",
            larger_is_better=True,
        )
    )
    assert steps[-1].number < 2000
    assert steps[-1].episode - 3 == next(step.episode for step in steps if step.epoch_ends and step.result["return"])
    kept = steps[-1].q
    again = q_learning(corridor(3), steps=2000, gamma=0.9, epsilon=1.0, horizon=20)
    stopped = next(step for step in again if step.epoch_ends and step.result["return"])
    np.testing.assert_array_equal(kept, stopped.q)


def test_optuna_prunes_a_run_by_its_returns():
    study = optuna.create_study(
        direction="maximize", pruner=optuna.pruners.ThresholdPruner(lower=0.5, n_warmup_steps=5)
    )
    trial = study.ask()
    with pytest.raises(optuna.TrialPruned, match="stopped after epoch 5"):
        list(pruning(q_learning(corridor(50), steps=1000, gamma=0.9, horizon=10), trial, monitor="return"))


@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"gamma": 1.5}, ValueError, "gamma=1.5: expected a discount from 0 to 1"),
        ({"gamma": float("nan")}, ValueError, "gamma=nan"),
        ({"steps": 0}, ValueError, "steps=0: expected a whole number from 1"),
        ({"steps": 1.5}, ValueError, "steps=1.5"),
        ({"alpha": -0.1}, ValueError, "alpha=-0.1: expected a number from 0 to 1"),
        ({"alpha": lambda n: 2.0}, ValueError, r"alpha\(1\) gave 2.0: expected a number from 0 to 1"),
        ({"epsilon": 1.1}, ValueError, "epsilon=1.1"),
        ({"epsilon": lambda n: -n}, ValueError, r"epsilon\(1\) gave -1"),
        ({"horizon": 0}, ValueError, "horizon=0"),
        ({"initial": float("inf")}, ValueError, "initial=inf"),
        ({"world": "cliff"}, TypeError, "the world is a str: expected an MDP, a GridWorld, or an environment"),
        ({"world": Script(9)}, ValueError, "the environment is in state 9: expected 0 to 3"),
        ({"world": Script(0, (4, 0.0, False, False))}, ValueError, "in state 4: expected 0 to 3"),
        ({"world": Script(0, (1, np.nan, False, False))}, ValueError, "step 1 gave the reward nan"),
        ({"world": Script(0), "exploring_starts": True}, ValueError, "a Script chooses its starts itself"),
        ({"world": SimpleNamespace(reset=print, step=print)}, TypeError, r"observation_space is None: a table needs"),
    ],
)
@pytest.mark.parametrize("rule", RULES)
def test_arguments_that_cannot_be_are_one_clear_error(rule, change, kind, says):
    world = deepcopy(change.get("world", corridor()))
    options = {"steps": 10, "gamma": 0.9, **{k: v for k, v in change.items() if k != "world"}}
    with pytest.raises(kind, match=says) as caught:
        list(rule(world, **options))
    assert str(caught.value).startswith(rule.__name__)


def test_wrong_arguments_are_refused_before_the_first_step():
    with pytest.raises(ValueError, match="gamma=2"):
        q_learning(corridor(), steps=1, gamma=2)


@pytest.mark.parametrize("action", [-1, 2, 9])
def test_a_walk_refuses_an_action_that_is_not_there(action):
    walk = Walk(maximisation_bias())
    walk.reset()
    with pytest.raises(ValueError, match=rf"action {action} in state 0: expected one of \[0, 1\]"):
        walk.step(action)


def test_a_walk_needs_a_reset_before_the_first_step_and_after_the_last():
    walk = Walk(corridor(1))
    with pytest.raises(RuntimeError, match="call reset"):
        walk.step(1)
    walk.reset()
    assert walk.step(1) == (1, 1.0, True, False, {})
    with pytest.raises(RuntimeError, match="call reset"):
        walk.step(1)


def test_an_empty_stream_has_no_last_record():
    with pytest.raises(ValueError, match="ended before its first record"):
        last(iter(()))
