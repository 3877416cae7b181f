"""Batches of a data set: every sample once an epoch, in an order that a seed decides."""

import numpy as np

from karpathy_course.ops.array_library import is_array, namespace
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.randomness import default_generator


class TensorDataset:
    """Arrays or Tensors of as many rows each: sample k is row k of all. Raises ValueError for other lengths."""

    def __init__(self, *tensors):
        if not tensors:
            raise ValueError("TensorDataset: there are no arrays")
        tensors = (x.data if isinstance(x, Tensor) else x for x in tensors)
        self.tensors = tuple(x if is_array(x) else np.asarray(x) for x in tensors)
        lengths = [x.shape[0] if x.shape else None for x in self.tensors]
        if None in lengths or len(set(lengths)) > 1:
            shapes = ", ".join(str(tuple(x.shape)) for x in self.tensors)
            raise ValueError(f"TensorDataset: arrays of shapes {shapes}: all must have as many rows")

    def __len__(self):
        return self.tensors[0].shape[0]

    def __getitem__(self, index):
        return tuple(x[index] for x in self.tensors)


class DataLoader:
    """Goes through a data set in batches, tuples of arrays; each time it is gone through is an epoch.

    dataset: a TensorDataset, or a tuple of arrays. shuffle: another order each epoch, from generator (a NumPy
    Generator), or from what `manual_seed` sets. drop_last: leave out a last batch that is smaller than batch_size.
    Raises TypeError for another kind of data set, ValueError for an empty one or a batch_size below 1.
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, *, drop_last=False, generator=None):
        if not isinstance(dataset, (TensorDataset, tuple, list)):
            kind = type(dataset).__name__
            raise TypeError(f"DataLoader: the data set is a {kind}: expected a tuple of arrays, (inputs, targets)")
        self.dataset = dataset if isinstance(dataset, TensorDataset) else TensorDataset(*dataset)
        if len(self.dataset) == 0:
            raise ValueError("DataLoader: the data set is empty: it has no batches")
        if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"DataLoader: batch_size={batch_size!r}: expected a whole number from 1")
        self.batch_size, self.shuffle, self.drop_last = batch_size, shuffle, drop_last
        self.generator = generator or default_generator()

    def __len__(self):
        whole, rest = divmod(len(self.dataset), self.batch_size)
        return whole + (rest > 0 and not self.drop_last)

    def __iter__(self):
        """The order is drawn here, once, so that whoever resumes an epoch can have it drawn again."""
        order = self.generator.permutation(len(self.dataset)) if self.shuffle else None
        return (self._batch(order, k * self.batch_size) for k in range(len(self)))

    def _batch(self, order, start):
        places = slice(start, start + self.batch_size)
        if order is None:
            return self.dataset[places]
        return tuple(_rows(x, order[places]) for x in self.dataset.tensors)


def _rows(x, places):
    if type(x) is np.ndarray:
        return x[places]
    xp = namespace(x)
    return xp.take(x, xp.asarray(places, device=x.device), axis=0)
