"""Data from a seed, and batches of it: the same numbers on every machine, no download unless asked. Hands names on.

What needs NumPy is fetched when it is asked for, so that lectures 01 and 02 load none.
"""

from importlib import import_module

from karpathy_course.data.two_moons import moons

__all__ = [
    "DataLoader",
    "TensorDataset",
    "digits",
    "download_mnist",
    "idx_images",
    "idx_labels",
    "mnist",
    "moons",
    "train_test_split",
]
_WHERE = {
    "DataLoader": "loading",
    "TensorDataset": "loading",
    "digits": "handwritten_digits",
    "download_mnist": "mnist_download",
    "idx_images": "idx_files",
    "idx_labels": "idx_files",
    "mnist": "mnist_files",
    "train_test_split": "splitting",
}


def __getattr__(name):
    if name in _WHERE:
        return getattr(import_module(f"karpathy_course.data.{_WHERE[name]}"), name)
    raise AttributeError(f"module 'karpathy_course.data' has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *__all__])
