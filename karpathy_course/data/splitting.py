"""Data that a model learns from, and data that it is only judged by."""

from math import ceil

import numpy as np

from karpathy_course.data.loading import TensorDataset
from karpathy_course.tensor.randomness import default_generator


def train_test_split(*arrays, test_size=0.25, shuffle=True, generator=None):
    """(train, test) of each array, one after the other, as scikit-learn's: ``x, x_test, y, y_test = …(x, y)``.

    test_size: the share of the rows, rounded up, or their number. shuffle: which rows are drawn by generator; without
    it the test rows are the last. Raises ValueError where either part would be empty.
    """
    data = TensorDataset(*arrays)
    n = len(data)
    held = test_size if isinstance(test_size, int) else ceil(test_size * n)
    if not 0 < held < n:
        raise ValueError(f"train_test_split: test_size={test_size} of {n} rows leaves a part empty")
    order = (generator or default_generator()).permutation(n) if shuffle else np.arange(n)
    train, test = order[: n - held], order[n - held :]
    return [part for x in data.tensors for part in (x[train], x[test])]
