"""The replay buffer: what is overwritten, what is drawn, and how n steps become one transition."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.rl import ReplayBuffer


def filled(count, capacity=5, over=(), cut=(), **options):
    """A buffer of one environment with the transitions 0, 1, …: from k to k + 1, action k, reward 10 ** k."""
    buffer = ReplayBuffer(capacity, (1,), dtype=np.float64, **options)
    for k in range(count):
        buffer.add([k], k, 10.0**k, [k + 1], k in over, k in cut)
    return buffer


def drawn(buffer, draws=2000, **options):
    """{first observation: (reward, last observation, terminated, discount)} of many draws."""
    batch = buffer.sample(draws, **{"gamma": 0.5, **options})
    rows = zip(batch.rewards, batch.next_observations[:, 0], batch.terminated, batch.discounts)
    found = {}
    for first, row in zip(batch.observations[:, 0], rows):
        assert found.setdefault(int(first), tuple(map(float, row))) == tuple(map(float, row))
    return found


@pytest.mark.parametrize(("count", "kept"), [(1, {0}), (3, {0, 1, 2}), (5, set(range(5))), (7, set(range(2, 7)))])
def test_the_oldest_transition_is_overwritten_first(count, kept):
    buffer = filled(count)
    assert len(buffer) == len(kept)
    assert set(drawn(buffer)) == kept


def test_a_transition_stays_together():
    batch = filled(7).sample(500, gamma=0.9)
    first = batch.observations[:, 0]
    np.testing.assert_array_equal(batch.actions, first)
    np.testing.assert_array_equal(batch.rewards, 10.0**first)
    np.testing.assert_array_equal(batch.next_observations[:, 0], first + 1)
    np.testing.assert_array_equal(batch.discounts, 0.9)


def test_every_transition_is_equally_likely():
    counts = np.bincount(filled(13, capacity=10).sample(20_000, gamma=0.9).actions, minlength=13)
    assert (counts[:3] == 0).all()
    assert abs(counts[3:] - 2000).max() <= 5 * np.sqrt(2000)


def test_of_what_is_valid_every_transition_is_equally_likely():
    buffer = ReplayBuffer(10, ())
    for k in range(10):
        buffer.add(0.0, k, 0.0, 0.0, False, False, valid=k % 2 == 0)
    counts = np.bincount(buffer.sample(10_000, gamma=0.9).actions, minlength=10)
    assert counts[1::2].sum() == 0
    assert abs(counts[::2] - 2000).max() <= 5 * np.sqrt(2000)


def test_the_seed_decides_what_is_drawn():
    draw = lambda seed: filled(5, seed=seed).sample(50, gamma=0.9).actions.tolist()
    assert draw(3) == draw(3) != draw(4)


def test_what_was_drawn_is_a_copy():
    buffer = filled(3)
    batch = buffer.sample(50, gamma=0.5)
    for array in batch:
        array[:] = 0
    assert drawn(buffer)[2] == (100.0, 3.0, 0.0, 0.5)


def test_a_cut_off_episode_is_not_a_terminated_one():
    found = drawn(filled(4, over={1}, cut={2}))
    assert [found[k][2] for k in range(4)] == [0, 1, 0, 0]


def test_three_steps_add_up_and_stop_at_an_end_a_cut_and_the_newest():
    found = drawn(filled(8, capacity=8, over={3}, cut={5}), n_step=3)
    assert found == {
        0: (1 + 5 + 25, 3, 0, 0.125),
        1: (10 + 50 + 250, 4, 1, 0.125),
        2: (100 + 500, 4, 1, 0.25),
        3: (1000, 4, 1, 0.5),
        4: (1e4 + 5e4, 6, 0, 0.25),
        5: (1e5, 6, 0, 0.5),
        6: (1e6 + 5e6, 8, 0, 0.25),
        7: (1e7, 8, 0, 0.5),
    }


def test_steps_do_not_run_from_the_newest_on_to_the_oldest():
    found = drawn(filled(7), n_step=4)  # five places: 5, 6, 2, 3, 4
    assert found[6] == (1e6, 7, 0, 0.5)
    assert found[4] == (1e4 + 0.5e5 + 0.25e6, 7, 0, 0.125)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_n_steps_are_what_a_loop_over_each_environment_finds(data):
    environments, length = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 7))
    n_step, count = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 16))
    rng, gamma = np.random.default_rng(data.draw(st.integers(0, 999))), 0.9
    buffer = ReplayBuffer(length * environments, (), environments=environments, dtype=np.float64)
    history = []
    for k in range(count):
        over, cut, valid = rng.random((3, environments)) < [[0.2], [0.2], [0.8]]
        names = k * environments + np.arange(environments)
        history.append((names, rng.normal(size=environments), over, cut, valid))
        buffer.add(names, names, history[-1][1], names + 0.5, over, cut, valid)
    expected, kept = {}, history[-length:]
    for start in range(len(kept)):
        for e in range(environments):
            if kept[start][4][e]:
                total, power, k = 0.0, 1.0, start
                while True:
                    total, power = total + power * kept[k][1][e], power * gamma
                    stop = kept[k][2][e] or kept[k][3][e] or k + 1 == len(kept) or k + 1 - start == n_step
                    if stop or not kept[k + 1][4][e]:
                        break
                    k += 1
                expected[int(kept[start][0][e])] = (total, kept[k][0][e] + 0.5, kept[k][2][e], power)
    assert len(buffer) == len(expected)
    if expected:
        batch = buffer.sample(200, gamma=gamma, n_step=n_step)
        for row in zip(batch.observations, *batch[2:]):
            np.testing.assert_allclose(np.array(row[1:], float), np.array(expected[int(row[0])], float), rtol=1e-12)
    else:
        with pytest.raises(ValueError, match="no transition yet"):
            buffer.sample(1, gamma=gamma)


def test_what_is_no_transition_is_never_drawn():
    buffer = ReplayBuffer(8, (), environments=2)
    for k in range(4):
        buffer.add([k, k], [k, k], [1, 1], [k + 1, k + 1], [False, k == 1], [False, False], valid=[True, k != 2])
    assert len(buffer) == 7
    batch = buffer.sample(400, gamma=0.5, n_step=3)
    assert set(zip(batch.actions.tolist(), batch.discounts.tolist())) == {
        (0, 0.125), (1, 0.125), (2, 0.25), (3, 0.5), (0, 0.25), (1, 0.5),
    }  # fmt: skip


def test_the_buffer_loads_no_torch():
    code = "import sys, karpathy_course.rl; print(*[m for m in ('torch', 'gymnasium') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


TRANSITION = {
    "observations": [0.0, 0.0],
    "actions": 1,
    "rewards": 1.0,
    "next_observations": [0.0, 1.0],
    "terminated": False,
    "truncated": False,
}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"observations": [0.0]}, r"observations of shape \(1,\): expected \(1, 2\)"),
        ({"actions": [[1]]}, r"actions of shape \(1, 1\): expected \(1,\)"),
        ({"rewards": [1.0, 2.0]}, r"rewards of shape \(2,\): expected \(1,\)"),
        ({"next_observations": [0.0, np.nan]}, "next_observations has inf or nan"),
        ({"rewards": np.inf}, "rewards has inf or nan"),
    ],
)
def test_a_transition_that_cannot_be_is_refused_and_not_stored(change, says):
    buffer = ReplayBuffer(4, (2,))
    with pytest.raises(ValueError, match=says):
        buffer.add(**{**TRANSITION, **change})
    assert len(buffer) == 0


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: ReplayBuffer(0, ()), "capacity=0: expected a whole number from 1"),
        (lambda: ReplayBuffer(2.5, ()), "capacity=2.5"),
        (lambda: ReplayBuffer(10, (), environments=3), "capacity=10 is no multiple of environments=3"),
        (lambda: ReplayBuffer(10**12, (10,)), r"capacity=1000000000000 needs 9\d\d\d\d.\d GB, this machine has"),
        (lambda: ReplayBuffer(4, ()).sample(1, gamma=0.9), "there is no transition yet"),
        (lambda: filled(2).sample(0, gamma=0.9), "batch_size=0"),
        (lambda: filled(2).sample(1, gamma=1.1), "gamma=1.1: expected a discount"),
        (lambda: filled(2).sample(1, gamma=0.9, n_step=0), "n_step=0"),
    ],
)
def test_a_buffer_that_cannot_be_is_one_clear_error(make, says):
    with pytest.raises(ValueError, match=says):
        make()
