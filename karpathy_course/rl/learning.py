"""Three rules that learn a table from steps in a world: Q-learning, SARSA and double Q-learning.

Each is a loop that is read from top to bottom and yields a `TabularStep` after every step. They differ in what they
believe that the next state is worth. A truncated episode is cut off, not over, so its last state has its worth too.

world: an MDP, a GridWorld, or an environment with Gymnasium's words whose spaces are Discrete. steps: in the world,
over all episodes. gamma: the discount. alpha: the learning rate, a number or a function of the visits of (state,
action), from 1. epsilon: the share of random choices, a number or a function of the step's number. exploring_starts:
as in `Walk`. horizon: truncate an episode after so many steps. initial: the table's first values. The same seed gives
the same steps. Raises ValueError and TypeError for arguments that cannot be, and for an environment that gives
nonsense.
"""

from karpathy_course.rl.tabular import TabularRun


def q_learning(
    world, *, steps, gamma, alpha=0.1, epsilon=0.1, seed=0, exploring_starts=False, horizon=None, initial=0.0
):
    """Learn by Q(s, a) ← Q(s, a) + α [r + γ max Q(s', ·) − Q(s, a)], and yield a `TabularStep` after every step.

    Off-policy: it learns what the greedy choice is worth, whatever ε makes it do. Watkins 1989; Sutton & Barto 2018,
    equation 6.8. The arguments are explained at the top of this file.
    """
    run = TabularRun("q_learning", world, steps, gamma, alpha, epsilon, seed, exploring_starts, horizon, initial)
    return _q_learning(run)


def _q_learning(run):
    (q,) = run.tables
    state = run.begin()
    while run.number < run.total:
        action = run.choose(state, q[state])
        following, reward, terminated, truncated = run.act(action)
        target = reward if terminated else reward + run.gamma * max(q[following])
        error = target - q[state][action]
        rate = run.rate(state, action)
        q[state][action] += rate * error
        yield run.record(state, action, reward, following, terminated, truncated, error, rate, run.share)
        state = run.begin() if terminated or truncated else following


def sarsa(world, *, steps, gamma, alpha=0.1, epsilon=0.1, seed=0, exploring_starts=False, horizon=None, initial=0.0):
    """Learn by Q(s, a) ← Q(s, a) + α [r + γ Q(s', a') − Q(s, a)], where a' is the action that will be taken in s'.

    On-policy: it learns what its own choices are worth, the random ones included. Rummery & Niranjan 1994; Sutton &
    Barto 2018, equation 6.7. The arguments are explained at the top of this file.
    """
    run = TabularRun("sarsa", world, steps, gamma, alpha, epsilon, seed, exploring_starts, horizon, initial)
    return _sarsa(run)


def _sarsa(run):
    (q,) = run.tables
    state = run.begin()
    action = run.choose(state, q[state])
    while run.number < run.total:
        share = run.share
        following, reward, terminated, truncated = run.act(action)
        target, then = reward, None
        if not terminated:
            then = run.choose(following, q[following])
            target = reward + run.gamma * q[following][then]
        error = target - q[state][action]
        rate = run.rate(state, action)
        q[state][action] += rate * error
        yield run.record(state, action, reward, following, terminated, truncated, error, rate, share)
        state, action = following, then
        if terminated or truncated:
            state = run.begin()
            action = run.choose(state, q[state])


def double_q_learning(
    world, *, steps, gamma, alpha=0.1, epsilon=0.1, seed=0, exploring_starts=False, horizon=None, initial=0.0
):
    """Q-learning with two tables: a coin picks the one to change, which says the best action; the other says its worth.

    So no table judges its own favourite, and the largest of noisy estimates no longer counts as the largest value. It
    acts by the sum of both; the record's q is their mean. van Hasselt 2010; Sutton & Barto 2018, equation 6.10. The
    arguments are explained at the top of this file.
    """
    run = TabularRun(
        "double_q_learning", world, steps, gamma, alpha, epsilon, seed, exploring_starts, horizon, initial, tables=2
    )
    return _double_q_learning(run)


def _double_q_learning(run):
    state = run.begin()
    while run.number < run.total:
        first, second = run.tables
        action = run.choose(state, [a + b for a, b in zip(first[state], second[state])])
        following, reward, terminated, truncated = run.act(action)
        changed, judge = (first, second) if run.uniform() < 0.5 else (second, first)
        target = reward
        if not terminated:
            row = changed[following]
            target = reward + run.gamma * judge[following][row.index(max(row))]
        error = target - changed[state][action]
        rate = run.rate(state, action)
        changed[state][action] += rate * error
        yield run.record(state, action, reward, following, terminated, truncated, error, rate, run.share)
        state = run.begin() if terminated or truncated else following
