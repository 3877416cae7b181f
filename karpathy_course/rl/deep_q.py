"""DQN: Q-learning with a network in the place of the table, as a stream of fit's own Steps.

The learner is a source of batches that acts before each of them; `train.fit` does the rest, so that every reader,
schedule and compiled step of it serves here too.
"""

import copy

import numpy as np

from karpathy_course import nn
from karpathy_course.ops.array_library import namespace
from karpathy_course.rl.argument_checks import check_discount, whole_from
from karpathy_course.rl.collecting import Collector
from karpathy_course.rl.replay import ReplayBuffer
from karpathy_course.tensor import no_grad
from karpathy_course.train import fit


def dqn(
    model,
    envs,
    optimizer,
    *,
    epochs,
    steps_per_epoch=500,
    gamma=0.98,
    n_step=1,
    double=True,
    epsilon=None,
    capacity=200_000,
    batch_size=256,
    warmup=5_000,
    target_rate=0.005,
    target_period=None,
    loss_fn=None,
    evaluation=None,
    seed=0,
    schedule=None,
    clip_norm=None,
    metrics=None,
    compiled=False,
):
    """Train model, (batch, …observation) to (batch, actions), to act in envs; yield fit's `Step` after each update.

    envs: a vector environment; all of them take one step for each update. optimizer: of the model's parameters.
    gamma: the discount. n_step: rewards added up before the target network is asked. double: the online network says
    the best next action and the target network its worth (van Hasselt et al. 2016). epsilon: the share of random
    actions, a number or a function of the step's number from 1; when None it falls in a line from 1 to .05 over the
    first quarter. capacity, batch_size: of the replay, in transitions. warmup: random transitions before the first
    update. After each update the target network moves by target_rate towards the online one (1: there is no target
    network), or, with a target_period, becomes its copy every so many updates. It acts by the target network.
    loss_fn(Q(s, a), targets): Huber's when None. evaluation: a function of a policy, observations to actions, that
    gives {name: number} at an epoch's end. schedule, clip_norm, metrics, compiled: fit's own. The replay is in no
    checkpoint, so a training cannot be resumed; save the weights.

    Step: batch is (observations, mask of the actions, targets), output Q(s, a) before the update, so the TD errors are
    their difference; ``validation`` holds the mean return and length of the epoch's episodes, and evaluation's numbers;
    ``run.model`` has both networks, online and target. Mnih et al. 2015. The same seed gives the same steps.
    Raises TypeError and ValueError for arguments that cannot be, a model of another size, observations that are nan;
    NotFinite as fit does.
    """
    whole_from("dqn", "steps_per_epoch", steps_per_epoch, 1)
    whole_from("dqn", "n_step", n_step, 1)
    whole_from("dqn", "batch_size", batch_size, 1)
    whole_from("dqn", "warmup", warmup, 0)
    check_discount("dqn", gamma)
    if target_period is not None:
        whole_from("dqn", "target_period", target_period, 1)
    if not 0 < target_rate <= 1:
        raise ValueError(f"dqn: target_rate={target_rate}: expected a share above 0, at most 1")
    collector = Collector(envs, seed)
    networks = Networks(model)
    learner = Learner(networks, collector, steps_per_epoch, gamma, n_step, double, capacity, batch_size, warmup, seed)
    learner.epsilon = falling(1.0, 0.05, epochs * steps_per_epoch // 4) if epsilon is None else epsilon
    loss_fn = nn.HuberLoss() if loss_fn is None else loss_fn
    options = {"schedule": schedule, "clip_norm": clip_norm, "metrics": metrics, "compiled": compiled}
    steps = fit(networks, learner, loss_fn, optimizer, epochs=epochs, **options)
    return _following(steps, learner, target_rate, target_period, evaluation)


def _following(steps, learner, target_rate, target_period, evaluation):
    networks = learner.networks
    for step in steps:
        learner.number = step.number
        if target_period is None:
            networks.follow(target_rate)
        elif step.number % target_period == 0:
            networks.follow(1.0)
        if step.epoch_ends:
            measured = {} if evaluation is None else evaluation(learner.greedy)
            step.validation = {**learner.collector.results(), **measured}
        yield step


class Networks(nn.Module):
    """The online network, which learns, and the target network, which follows; together Q(s, a) of chosen actions."""

    def __init__(self, online):
        self.online, self.target = online, copy.deepcopy(online)
        self.target.requires_grad_(False)

    def forward(self, observations, mask):
        """(batch,): the online network's Q of each row's action; mask: (batch, actions), 1 there and 0 elsewhere."""
        return (self.online(observations) * mask).sum(-1)

    def follow(self, rate):
        """Move the target network by this share of the way to the online one; its buffers are copied."""
        for followed, own in zip(self.online.parameters(), self.target.parameters()):
            own.data = _copy(followed.data) if rate == 1 else own.data + rate * (followed.data - own.data)
        for followed, own in zip(self.online.buffers(), self.target.buffers()):
            own.data = _copy(followed.data)


def _copy(array):
    return namespace(array).asarray(array, copy=True)


def q_values(model, observations, actions=None):
    """(batch, actions): what a network says when it is asked and not trained: without a tape, dropout or batch
    statistics; its mode is afterwards what it was. ValueError where it gives another number of actions."""
    training = model.training
    if training:
        model.eval()
    try:
        with no_grad():
            found = model(observations).data
    finally:
        if training:
            model.train()
    if actions is not None and found.shape != (len(observations), actions):
        raise ValueError(
            f"dqn: the model gave shape {tuple(found.shape)} for {len(observations)} observations: expected "
            f"{(len(observations), actions)}, a Q for each of the {actions} actions"
        )
    return found


def td_targets(batch, next_target, next_online=None):
    """(batch,): r + γ^m Q_target(s', a'), without the second term where the episode is over.

    batch: a replay's `Batch`. next_target, next_online: (batch, actions), the networks' Q of its next observations.
    a' is best for the online network (double DQN), for the target network itself when None.
    """
    best = (next_target if next_online is None else next_online).argmax(axis=1)
    worth = np.take_along_axis(next_target, best[:, None], axis=1)[:, 0]
    return batch.rewards + batch.discounts * np.where(batch.terminated, 0, worth)


def falling(first, last, steps):
    """A number that falls in a line from first to last over so many steps, as a function of the step's number."""
    return lambda number: first + (last - first) * min(1.0, number / max(1, steps))


class Learner:
    """A loader for `fit` that never shows the same batch twice: it acts once, then draws from the replay."""

    def __init__(self, networks, collector, length, gamma, n_step, double, capacity, batch_size, warmup, seed):
        self.networks, self.collector, self.length, self.number = networks, collector, length, 0
        self.gamma, self.n_step, self.double, self.batch_size = gamma, n_step, double, batch_size
        self.epsilon = 1.0
        acting, drawing = np.random.SeedSequence(seed).spawn(2)
        self._random = np.random.default_rng(acting)
        self._dtype = next(iter(networks.online.parameters())).data.dtype
        shape = tuple(collector.envs.single_observation_space.shape)
        if capacity < max(1, warmup):
            raise ValueError(f"dqn: capacity={capacity} is below warmup={warmup}: expected room for all of it")
        if capacity < collector.environments:
            raise ValueError(f"dqn: capacity={capacity} is below the {collector.environments} environments")
        capacity -= capacity % collector.environments
        self.replay = ReplayBuffer(
            capacity, shape, environments=collector.environments, dtype=self._dtype, seed=drawing
        )
        self.values(networks.online, collector.observations)  # a model of another size is found before anything else
        while len(self.replay) < max(1, warmup):
            collector.step(self._random.integers(0, collector.actions, collector.environments), self.replay)
            if self.replay.full:
                break
        collector.results()

    def __len__(self):
        return self.length

    def __iter__(self):
        self.networks.target.eval()  # fit has set all of Networks to train
        for _ in range(self.length):
            self.act()
            yield self.batch()

    def values(self, network, observations):
        return q_values(network, np.asarray(observations, dtype=self._dtype), self.collector.actions)

    def greedy(self, observations):
        """The policy so far: observations (batch, …) to actions (batch,), by the target network."""
        return self.values(self.networks.target, observations).argmax(axis=1)

    def act(self):
        share = self.epsilon(self.number + 1) if callable(self.epsilon) else self.epsilon
        if not 0 <= share <= 1:
            raise ValueError(f"dqn: epsilon of step {self.number + 1} is {share}: expected a number from 0 to 1")
        actions, count = self.greedy(self.collector.observations), self.collector.environments
        explores = self._random.random(count) < share
        actions = np.where(explores, self._random.integers(0, self.collector.actions, count), actions)
        self.collector.step(actions, self.replay)

    def batch(self):
        """(observations, mask of the actions taken, TD targets) of a draw from the replay."""
        drawn = self.replay.sample(self.batch_size, gamma=self.gamma, n_step=self.n_step)
        online = self.values(self.networks.online, drawn.next_observations) if self.double else None
        targets = td_targets(drawn, self.values(self.networks.target, drawn.next_observations), online)
        mask = np.eye(self.collector.actions, dtype=self._dtype)[drawn.actions]
        return drawn.observations, mask, targets.astype(self._dtype, copy=False)
