"""The loss of a model that has learnt nothing yet, for many scales of its first weights.

For each seed the model is made anew; then its weights are multiplied by each scale and the whole batch goes through it
once, in training mode, as in the first step of a training. Biases, and the factors of a BatchNorm, stay as they are.
"""

from contextlib import contextmanager

import numpy as np

from karpathy_course.nn import Module, functional
from karpathy_course.tensor import no_grad
from karpathy_course.tensor.randomness import default_generator, manual_seed, set_state, state_of

STEPS_IN_A_DECADE = 20
SCALES = [10 ** (k / STEPS_IN_A_DECADE) for k in range(-2 * STEPS_IN_A_DECADE, 2 * STEPS_IN_A_DECADE + 1)]
AS_MADE = SCALES.index(1.0)
BINS = 20  # of the probabilities, from 0 to 1
SURE = 0.9


def born(make_model, seed):
    """The model as the seed makes it, in training mode. Raises TypeError where no Module with weights is made."""
    manual_seed(seed)
    model = make_model()
    if not isinstance(model, Module):
        raise TypeError(f"LossAtBirth: make_model() returned {type(model).__name__}, expected a Module of nn")
    if not weights_of(model):
        raise TypeError("LossAtBirth: the model has no weights: no parameter has two dims or more")
    return model.train()


def weights_of(model):
    """(name, parameter) of all parameters with two dims or more, in the order of the layers."""
    return [(name, p) for name, p in model.named_parameters() if len(p.shape) >= 2]


def about(make_model, x, y, seed):
    """(names of the weights, number of classes) of the model. Raises ValueError where scores or labels do not fit."""
    with generator_kept(), no_grad(), np.errstate(all="ignore"):
        model = born(make_model, seed)
        scores = model(x)
        _check(scores, y)
        return [name for name, _ in weights_of(model)], int(scores.shape[1])


def measured(make_model, x, y, seed):
    """{"all": …, "last": …}: what every scale gives, of all weights, or of the last layer's only; see `_at_scales`."""
    with generator_kept():
        model = born(make_model, seed)
        weights = [p for _, p in weights_of(model)]
        return {"all": _at_scales(model, weights, x, y, seed), "last": _at_scales(model, weights[-1:], x, y, seed)}


def _at_scales(model, weights, x, y, seed):
    """losses: one for each scale. right, wrong: how many favourites of each probability, by bins. sure: how many wrong
    favourites have a probability of 0.9 or more. lost: rows whose probabilities are not finite. mean: of favourites.
    """
    first = [p.data for p in weights]
    found = {"losses": [], "right": [], "wrong": [], "sure": [], "lost": [], "mean": []}
    try:
        for scale in SCALES:
            with np.errstate(over="ignore"):
                for p, data in zip(weights, first):
                    p.data = data * scale
            for name, value in _reading(model, x, y, seed).items():
                found[name].append(value)
    finally:
        for p, data in zip(weights, first):
            p.data = data
    return found


def _reading(model, x, y, seed):
    manual_seed(seed)  # what dropout drops is the same at every scale
    with no_grad(), np.errstate(all="ignore"):
        scores = model(x)
        loss = functional.cross_entropy(scores, y).item()
        scores = np.asarray(scores.data, "float64")
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities = powers / powers.sum(axis=1, keepdims=True)
    there = np.isfinite(probabilities).all(axis=1)
    probabilities, labels = probabilities[there], y[there]
    favourite = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bins = np.minimum(np.floor(favourite * BINS + 1e-9), BINS - 1).astype(int)
    return {
        "losses": loss,
        "right": np.bincount(bins[right], minlength=BINS).tolist(),
        "wrong": np.bincount(bins[~right], minlength=BINS).tolist(),
        "sure": int((favourite[~right] >= SURE).sum()),
        "lost": int((~there).sum()),
        "mean": float(favourite.mean()) if len(favourite) else None,
    }


def _check(scores, y):
    shape = tuple(scores.shape)
    if len(shape) != 2 or shape[0] != len(y) or shape[1] < 2:
        raise ValueError(f"LossAtBirth: the model returned shape {shape}, expected ({len(y)}, classes), classes ≥ 2")
    if y.min() < 0 or y.max() >= shape[1]:
        raise ValueError(f"LossAtBirth: labels from {y.min()} to {y.max()}, but the model has {shape[1]} classes")


@contextmanager
def generator_kept():
    """Inside, seeds may be set; afterwards the default generator goes on as if nothing had been drawn."""
    state = state_of(default_generator())
    try:
        yield
    finally:
        set_state(default_generator(), state)
