"""DQN: its target by hand, five probes, the two networks, every reader of fit, and one clear error a mistake."""

from types import SimpleNamespace

import numpy as np
import optuna
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from karpathy_course import nn, optim
from karpathy_course.rl import Batch, Probe, dqn, falling, last, q_values, td_targets
from karpathy_course.rl.probes import WHAT
from karpathy_course.tensor import Tensor
from karpathy_course.torch_reference import tensorboard
from karpathy_course.train import NotFinite, early_stopping, progress, pruning

SMALL = {"epochs": 1, "steps_per_epoch": 20, "warmup": 32, "batch_size": 16, "capacity": 512}


def network(actions, seed=0, inputs=1):
    nn.manual_seed(seed)
    return nn.Sequential(nn.Linear(inputs, 16), nn.ReLU(), nn.Linear(16, actions))


def learn(probe, model=None, seed=0, lr=1e-2, **options):
    """The steps of a short training on a probe."""
    model = network(probe.single_action_space.n, seed) if model is None else model
    return dqn(model, probe, optim.Adam(model.parameters(), lr=lr), **{**SMALL, "seed": seed, **options})


BATCH = Batch(
    observations=np.zeros((3, 1)),
    actions=np.zeros(3, int),
    rewards=np.array([1.0, 2.0, 3.0]),
    next_observations=np.zeros((3, 1)),
    terminated=np.array([False, True, False]),
    discounts=np.array([0.5, 0.5, 0.25]),
)
TARGET, ONLINE = np.array([[4.0, 8.0], [4.0, 8.0], [4.0, 8.0]]), np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def test_the_target_is_the_rewards_and_the_best_next_value_unless_it_is_over():
    assert td_targets(BATCH, TARGET).tolist() == [1 + 0.5 * 8, 2, 3 + 0.25 * 8]


def test_with_two_networks_one_chooses_and_the_other_judges():
    assert td_targets(BATCH, TARGET, ONLINE).tolist() == [1 + 0.5 * 4, 2, 3 + 0.25 * 8]


@pytest.mark.parametrize("number", WHAT)
@pytest.mark.parametrize("options", [{}, {"compiled": True, "n_step": 3, "double": False}], ids=["plain", "compiled"])
def test_each_probe_is_learnt(number, options):
    probe = Probe(number)
    step = last(learn(probe, epochs=2, steps_per_epoch=200, gamma=0.8, target_rate=0.1, **options))
    observations, known = probe.known(0.8)
    for model in (step.run.model.online, step.run.model.target):
        np.testing.assert_allclose(q_values(model, np.asarray(observations, np.float32)), known, atol=0.02)


def test_a_probe_says_that_the_ends_of_episodes_are_not_seen():
    """A world that never says that it ends makes a value of 1 / (1 − γ) out of a reward of 1."""

    class Endless(Probe):
        metadata = {"autoreset_mode": "SAME_STEP"}

        def step(self, actions):
            found, rewards, over, cut, infos = super().step(actions)
            self._ended[:] = False
            return found, rewards, over & False, cut, infos

    step = last(learn(Endless(1), epochs=4, steps_per_epoch=200, gamma=0.8, target_rate=0.1))
    assert q_values(step.run.model.target, np.zeros((1, 1), np.float32)) == pytest.approx(5, abs=0.1)


def test_eager_and_compiled_updates_are_the_same():
    eager, compiled = (last(learn(Probe(5), compiled=flag)).run.model.state_dict() for flag in (False, True))
    for name in eager:
        np.testing.assert_allclose(eager[name], compiled[name], rtol=1e-4, atol=1e-6)


def test_the_same_seed_gives_the_same_steps():
    losses = lambda seed: [step.loss for step in learn(Probe(5), network(2), seed)]
    assert losses(3) == losses(3) != losses(4)


def test_the_target_network_moves_by_its_share_and_has_no_gradient():
    steps = learn(Probe(5), target_rate=0.25)
    model = network(2)
    before = [p.data.copy() for p in model.parameters()]
    step = next(steps)
    target = [p.data for p in step.run.model.target.parameters()]
    online = [p.data for p in step.run.model.online.parameters()]
    for first, now, own in zip(before, online, target):
        np.testing.assert_allclose(own, first + 0.25 * (now - first), rtol=1e-6)
    assert any((now != first).any() for first, now in zip(before, online))
    assert all(p.grad is None and not p.requires_grad for p in step.run.model.target.parameters())


@pytest.mark.parametrize("options", [{}, {"compiled": True}], ids=["eager", "compiled"])
@pytest.mark.parametrize(
    ("change", "expected"), [({"target_period": 5}, [4, 9, 14, 19]), ({"target_rate": 1}, list(range(20)))]
)
def test_the_target_network_is_a_copy_every_so_many_updates(change, expected, options):
    same = []
    for step in learn(Probe(5), **change, **options):
        pairs = zip(step.run.model.online.parameters(), step.run.model.target.parameters())
        same.append(all((a.data == b.data).all() for a, b in pairs))
    assert np.flatnonzero(same).tolist() == expected


def test_it_acts_by_the_target_network():
    model, observations = network(2), np.linspace(-3, 3, 200, dtype=np.float32)[:, None]
    first = q_values(model, observations).argmax(axis=1)
    policies = []
    last(learn(Probe(5), model, lr=0.1, target_rate=1e-6, evaluation=lambda p: policies.append(p(observations)) or {}))
    np.testing.assert_array_equal(policies[0], first)
    assert (q_values(model, observations).argmax(axis=1) != first).any()


def test_only_the_update_of_the_online_network_is_training():
    """Dropout and running statistics see what is learnt from, and nothing that is only asked for."""
    nn.manual_seed(0)
    model = nn.Sequential(nn.Linear(1, 8), nn.BatchNorm1d(8), nn.Dropout(0.5), nn.Linear(8, 2))
    for count, step in enumerate(learn(Probe(5), model), 1):
        assert step.run.model.online[1].num_batches_tracked.data == count
        assert step.run.model.online.training and not step.run.model.target.training
        np.testing.assert_array_equal(step.run.model.target[1].running_mean.data, model[1].running_mean.data)


def test_n_steps_reach_the_end_without_a_network():
    """In probe 3 two steps from 0 are the reward of 1, discounted once, whatever the networks say."""
    for n_step, low, high in ((1, 0.0, 0.0), (2, 0.3, 0.6)):  # the newest transition has one step in any case
        steps = learn(Probe(3), gamma=0.75, n_step=n_step)
        assert low <= np.mean([step.batch[-1] == 0.75 for step in steps]) <= high


def test_the_error_of_a_step_is_its_targets_less_its_values():
    step = next(learn(Probe(1), gamma=0.8))
    observations, mask, targets = step.batch
    assert observations.shape == (16, 1)
    np.testing.assert_array_equal(mask, 1)
    np.testing.assert_array_equal(targets, 1)  # every episode of probe 1 is over after a reward of 1
    error = abs(targets - step.output.data)
    assert step.loss == pytest.approx(np.where(error < 1, error**2 / 2, error - 0.5).mean(), rel=1e-5)


def test_epsilon_falls_in_a_line_and_stays():
    epsilon = falling(1.0, 0.1, 10)
    assert [round(epsilon(k), 9) for k in (0, 5, 10, 99)] == [1.0, 0.55, 0.1, 0.1]


def test_epsilon_is_the_share_of_actions_that_are_random():
    """The networks prefer action 1 of probe 4 at once; with ε = .5 a quarter of all actions is still 0."""
    model = network(2)
    model[2].bias.data[:] = [-100, 100]
    step = last(learn(Probe(4, 100), model, lr=1e-9, epsilon=0.5, warmup=0, steps_per_epoch=100, capacity=20_000))
    assert step.validation["return"] == pytest.approx(0.5, abs=5 * np.sqrt(0.75 / step.validation["episodes"]))


def test_an_epochs_results_are_its_episodes_and_the_evaluation():
    seen = []

    def evaluation(policy):
        seen.append(policy(np.zeros((3, 1))))
        return {"crashes": 0.25}

    steps = list(learn(Probe(3), epochs=2, evaluation=evaluation))
    ends = [step for step in steps if step.epoch_ends]
    assert [step.number for step in ends] == [20, 40]
    assert [set(step.validation) for step in ends] == [{"return", "length", "episodes", "crashes"}] * 2
    assert (ends[1].validation["return"], ends[1].validation["length"]) == (1.0, 2.0)
    assert [actions.tolist() for actions in seen] == [[0, 0, 0]] * 2


def test_the_bar_early_stopping_and_the_checkpoint_of_the_best_read_these_steps(capsys):
    scores = iter([1.0, 3.0, 2.0, 2.0, 2.0, 2.0])
    steps = learn(Probe(5), epochs=6, evaluation=lambda policy: {"score": next(scores)})
    kept = {}
    for step in early_stopping(progress(steps), patience=2, monitor="score", larger_is_better=True):
        if step.number == 40:
            kept = {name: array.copy() for name, array in step.run.model.state_dict().items()}
    assert step.number == 80
    for name, array in step.run.model.state_dict().items():
        np.testing.assert_array_equal(array, kept[name])


def test_optuna_prunes_by_the_return():
    study = optuna.create_study(direction="maximize", pruner=optuna.pruners.ThresholdPruner(lower=1.5))
    with pytest.raises(optuna.TrialPruned, match="stopped after epoch 1"):
        list(pruning(learn(Probe(1), epochs=3), study.ask(), monitor="return"))


def test_tensorboard_has_the_loss_and_the_returns(tmp_path):
    steps = list(tensorboard(learn(Probe(1), epochs=2), tmp_path / "run", every=1, hparams={"lr": 0.01}))
    curves = EventAccumulator(str(tmp_path / "run")).Reload()
    assert [event.value for event in curves.Scalars("loss/train")] == pytest.approx([step.loss for step in steps])
    assert [(event.step, event.value) for event in curves.Scalars("return/validation")] == [(20, 1.0), (40, 1.0)]


def test_schedules_and_clipping_of_fit_serve_here_too():
    steps = list(learn(Probe(5), schedule=lambda number: 0.01 / number, clip_norm=0.1))
    assert [step.rate for step in steps] == [0.01 / number for number in range(1, 21)]


class Lying(Probe):
    """A probe whose observations are not what they should be."""

    def step(self, actions):
        found, *rest = super().step(actions)
        return found * np.nan, *rest


class Nonsense(nn.Module):
    """Gives inf for everything, by way of its parameter."""

    def __init__(self):
        self.weight = nn.Parameter(np.ones((1, 2), np.float32))

    def forward(self, x):
        return (Tensor(np.full((len(x), 1), 1e30, np.float32)) @ self.weight) * 1e30


@pytest.mark.filterwarnings("ignore:(overflow|invalid value) encountered:RuntimeWarning")
@pytest.mark.parametrize(
    ("change", "kind", "says"),
    [
        ({"model": network(3)}, ValueError, r"gave shape \(8, 3\) for 8 observations: expected \(8, 2\)"),
        ({"probe": Lying(5)}, ValueError, "next_observations has inf or nan"),
        ({"model": Nonsense()}, NotFinite, "step 1: the loss is"),
        ({"probe": SimpleNamespace(num_envs=1)}, TypeError, "a SimpleNamespace, has no single_observation_space"),
        ({"gamma": 1.2}, ValueError, "dqn: gamma=1.2"),
        ({"n_step": 0}, ValueError, "dqn: n_step=0"),
        ({"batch_size": 0}, ValueError, "dqn: batch_size=0"),
        ({"warmup": -1}, ValueError, "dqn: warmup=-1"),
        ({"capacity": 16}, ValueError, "dqn: capacity=16 is below warmup=32"),
        ({"capacity": 4, "warmup": 0}, ValueError, "dqn: capacity=4 is below the 8 environments"),
        ({"steps_per_epoch": 0}, ValueError, "dqn: steps_per_epoch=0"),
        ({"target_rate": 0}, ValueError, "dqn: target_rate=0: expected a share above 0"),
        ({"target_period": 0}, ValueError, "dqn: target_period=0"),
        ({"epsilon": 1.5}, ValueError, "dqn: epsilon of step 1 is 1.5"),
        ({"epsilon": lambda number: -number}, ValueError, "dqn: epsilon of step 1 is -1"),
        ({"epochs": -1}, ValueError, "epochs=-1: expected a whole number from 0"),
    ],
)
def test_what_cannot_be_trained_is_one_clear_error(change, kind, says):
    options = {key: value for key, value in change.items() if key not in ("probe", "model")}
    probe, model = change.get("probe", Probe(5)), change.get("model", network(2))
    with pytest.raises(kind, match=says):
        list(learn(probe, model, **options))


@pytest.mark.parametrize(
    ("make", "kind", "says"),
    [
        (lambda: Probe(6), ValueError, "number=6: expected 1 to 5"),
        (lambda: Probe(1, 0), ValueError, "environments=0"),
        (lambda: Probe(1).step([0] * 8), RuntimeError, "call reset"),
        (lambda: [p := Probe(4), p.reset(), p.step([2] * 8)], ValueError, "expected 8 from 0, below 2"),
        (lambda: [p := Probe(4), p.reset(), p.step([1])], ValueError, "expected 8 from 0, below 2"),
    ],
)
def test_a_probe_refuses_what_it_cannot_do(make, kind, says):
    with pytest.raises(kind, match=says):
        make()
