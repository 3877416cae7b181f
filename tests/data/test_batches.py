"""Batches, splits and the digits: every row once an epoch, the same order for the same seed."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from karpathy_course.data import DataLoader, TensorDataset, digits, handwritten_digits, train_test_split
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.randomness import manual_seed


def rows(loader):
    return [int(k) for (x,) in loader for k in x]


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 40), size=st.integers(1, 45), shuffle=st.booleans(), drop=st.booleans(), seed=st.integers(0, 9))
def test_every_row_comes_once_an_epoch_in_batches_of_the_size(n, size, shuffle, drop, seed):
    loader = DataLoader((np.arange(n),), size, shuffle, drop_last=drop, generator=np.random.default_rng(seed))
    for _ in range(2):
        sizes = [len(x) for (x,) in loader]
        found = rows(loader)
        assert len(sizes) == len(loader) and all(k == size for k in sizes[:-1])
        assert len(set(found)) == len(found) and set(found) <= set(range(n))
        if drop:
            assert len(found) == n - n % size and all(k == size for k in sizes)
        else:
            assert sorted(found) == list(range(n))
        assert shuffle or found == list(range(len(found)))


def test_each_epoch_has_another_order_and_a_seed_gives_them_again():
    def orders():
        loader = DataLoader((np.arange(50),), 8, shuffle=True, generator=np.random.default_rng(4))
        return rows(loader), rows(loader)

    first, second = orders()
    assert first != second and orders() == (first, second)
    manual_seed(3)
    default = rows(DataLoader((np.arange(50),), 8, shuffle=True))
    manual_seed(3)
    assert rows(DataLoader((np.arange(50),), 8, shuffle=True)) == default


@pytest.mark.parametrize("make", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_rows_of_all_arrays_stay_together(make):
    x = np.arange(20.0)
    for a, b in DataLoader((make(x), make(x * 2)), 6, shuffle=True):
        assert type(a) is type(make(x)) and (a * 2 == b).all()


def test_a_data_set_is_indexed_as_its_arrays():
    data = TensorDataset(np.arange(5), np.arange(10).reshape(5, 2))
    assert TensorDataset(Tensor(np.arange(3)))[1:][0].dtype == np.arange(3).dtype
    assert len(data) == 5 and data[3][1].tolist() == [6, 7] and data[[0, 4]][0].tolist() == [0, 4]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: DataLoader((np.ones((0, 2)),)), "the data set is empty"),
        (lambda: DataLoader((np.ones(3),), 0), "batch_size=0"),
        (lambda: DataLoader((np.ones(3),), 2.0), "batch_size=2.0"),
        (lambda: TensorDataset(), "no arrays"),
        (lambda: TensorDataset(np.ones(3), np.ones((4, 2))), r"shapes \(3,\), \(4, 2\)"),
        (lambda: TensorDataset(np.ones(())), "as many rows"),
        (lambda: train_test_split(np.ones(3), test_size=3), "leaves a part empty"),
        (lambda: train_test_split(np.ones(3), test_size=0.0), "leaves a part empty"),
    ],
)
def test_data_that_cannot_be_are_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


@pytest.mark.parametrize("data", [np.ones((5, 2)), Tensor(np.ones(3)), {"x": np.ones(3)}])
def test_one_array_alone_is_no_data_set(data):
    with pytest.raises(TypeError, match=rf"the data set is a {type(data).__name__}: expected a tuple of arrays"):
        DataLoader(data)


def test_a_split_keeps_rows_together_and_every_row_once():
    x, x_test, y, y_test = train_test_split(np.arange(10), np.arange(10) * 2, test_size=0.25)
    assert len(x_test) == 3 and (x * 2 == y).all() and (x_test * 2 == y_test).all()
    assert sorted([*x, *x_test]) == list(range(10))


def test_the_digits_are_those_that_scikit_learn_loads_wherever_it_keeps_them(monkeypatch):
    from sklearn.datasets import load_digits

    reference = load_digits()
    from_the_file = digits()
    assert handwritten_digits.table() is not None
    monkeypatch.setattr(handwritten_digits, "table", lambda: None)
    for x, y in (from_the_file, digits()):
        assert np.array_equal(x, (reference.data / 16).astype("float32")) and np.array_equal(y, reference.target)


def test_the_digits_are_read_without_importing_scikit_learn():
    code = "import sys; from karpathy_course.data import digits; digits(); print('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


def test_half_of_the_digits_unshuffled_is_split_as_scikit_learn_does():
    from sklearn.model_selection import train_test_split as reference

    x, y = digits()
    assert (x.shape, x.dtype, y.dtype) == ((1797, 64), np.float32, np.int64) and (x.min(), x.max()) == (0, 1)
    found, expected = (f(x, y, test_size=0.5, shuffle=False) for f in (train_test_split, reference))
    assert len(found[0]) == 898 and all(np.array_equal(a, b) for a, b in zip(found, expected))
