"""Small trainings in PyTorch, which the tests of `fit` stop, resume, divide and compare."""

import numpy as np
import torch
from torch import nn

from karpathy_course.torch_reference import fit

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(60, 2, 6, 5)).astype("float32")
LABELS = RNG.integers(0, 3, 60)
X, Y = RNG.normal(size=(60, 6)).astype("float32"), RNG.integers(0, 3, 60)


def mlp(dropout=0.0, dtype=torch.float32):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 3)).to(dtype)


def convnet():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(2, 4, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 3))


def batches(count=5, x=X, y=Y):
    """The data in so many batches, always in the same order."""
    return list(zip(np.array_split(x, count), np.array_split(y, count), strict=True))


def losses(model, loader, rate=0.1, optimizer=torch.optim.SGD, **words):
    return [
        step.loss for step in fit(model, loader, nn.CrossEntropyLoss(), optimizer(model.parameters(), rate), **words)
    ]


def weights(model):
    return {name: value.detach().clone() for name, value in model.state_dict().items()}


def equal(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def furthest(one, other):
    """The largest difference between two models' numbers."""
    return max((one[name] - other[name]).abs().max().item() for name in one)
