"""A small training that has everything which changes from step to step: dropout, running statistics, an optimiser."""

import numpy as np

from karpathy_course import nn
from karpathy_course.data import DataLoader
from karpathy_course.optim import Adam
from karpathy_course.train import accuracy, fit


def parts(dtype="float32", rows=100, batch=20, optimizer=Adam, seed=0, drop_last=False, **options):
    """(model, loader, loss, optimiser) from a seed."""
    nn.manual_seed(seed)
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(rows, 6)).astype(dtype), rng.integers(0, 3, rows)
    model = nn.Sequential(
        nn.Linear(6, 8, dtype=dtype),
        nn.BatchNorm1d(8, dtype=dtype),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(8, 3, dtype=dtype),
    )
    loader = DataLoader((x, y), batch, shuffle=True, drop_last=drop_last)
    return model, loader, nn.CrossEntropyLoss(), optimizer(model.parameters(), **{"lr": 0.01, **options})


def training(epochs=2, compiled=False, resume=None, **options):
    words = {k: options.pop(k) for k in ("schedule", "clip_norm", "validation") if k in options}
    model, loader, loss, optimizer = parts(**options)
    steps = fit(
        model,
        loader,
        loss,
        optimizer,
        epochs=epochs,
        metrics={"accuracy": accuracy},
        compiled=compiled,
        resume=resume,
        **words,
    )
    return model, optimizer, steps


def state(model):
    return {name: np.array(x) for name, x in model.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)
