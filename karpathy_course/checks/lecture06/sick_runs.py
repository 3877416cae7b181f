"""Four ways in which a training goes wrong, each really trained: small networks on handwritten digits, in NumPy.

A run takes about 10 ms. What it is told apart by is calibrated by `tests/checks/test_sick_runs.py` over many seeds.
"""

import functools
import math
from itertools import pairwise

from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture06.small_network import Descent, activations, losses

LEAK, OVERFITTING, RATE, NOISE = DISEASES = ("leak", "overfitting", "rate too high", "label noise")
TAGS = ("loss/train", "loss/validation", "accuracy/train", "accuracy/validation")

PER_CLASS = {LEAK: 15, OVERFITTING: 6, RATE: 15, NOISE: 80}
NEURONS = {LEAK: 40, OVERFITTING: 60, RATE: 40, NOISE: 6}
HELD_OUT, BLUR = 100, 0.3  # validation samples; how much noise there is in a pixel, which goes from 0 to 1
BATCHES = 8  # an epoch
TOO_HIGH, RATE_ELSEWHERE = (0.3, 0.8), 0.05  # with momentum 0.9
JUMPY, SMOOTH, TRIES = 0.5, 0.15, 500  # of ln(classes), by which the training loss rises in all


@functools.cache
def pictures():
    from karpathy_course.data import digits

    x, y = digits()
    return x.astype("float64"), y


def sick_run(disease, rng, classes, epochs, holds=lambda curves: True, rates=TOO_HIGH):
    """{tag: a number for each epoch} of a run with this disease; rng: NumPy's.

    classes: how many digits there are, 4 to 10. epochs: 15 to 25. holds: what the curves have to be like besides.
    rates: between which a rate that is too high is drawn. Runs are drawn until the disease shows: with a rate too high the loss jumps, with another one it does not.
    """
    for _ in range(TRIES):
        curves = one_run(disease, rng, classes, epochs, rng.uniform(*rates) if disease == RATE else RATE_ELSEWHERE)
        jumps = rises(curves["loss/train"]) / math.log(classes)
        if (jumps >= JUMPY if disease == RATE else jumps <= SMOOTH) and holds(curves):
            return curves
    raise ValueError(f"in {TRIES} runs none shows {disease} as it was asked for")


def rises(losses):
    """By how much the loss rises in all the epochs in which it does; inf where some loss is not finite."""
    if not all(map(math.isfinite, losses)):
        return math.inf
    return sum(max(0.0, after - before) for before, after in pairwise(losses))


def one_run(disease, rng, classes, epochs, rate):
    """The curves of one network, trained at this learning rate."""
    x, y = pictures()
    kept = np.sort(rng.choice(10, classes, replace=False))
    rows = rng.permutation(np.flatnonzero(np.isin(y, kept)))
    n = PER_CLASS[disease] * classes
    rows = rows[: n + HELD_OUT]
    x, y = x[rows] + rng.normal(0, BLUR, (len(rows), 64)), np.searchsorted(kept, y[rows])
    train, validation = (x[:n], y[:n].copy()), (x[n:], y[n:])
    if disease == LEAK:
        some = rng.choice(n, n // 2, replace=False)
        validation = x[some], y[some]
    if disease == NOISE:
        wrong = rng.random(n) < rng.uniform(0.35, 0.45)
        train[1][wrong] = (y[:n][wrong] + rng.integers(1, classes, wrong.sum())) % classes
    return curves_of(train, validation, classes, NEURONS[disease], rate, epochs, rng)


def curves_of(train, validation, classes, neurons, rate, epochs, rng):
    """The curves of a network with one hidden layer, by gradient descent with momentum, in eight batches an epoch."""
    descent = Descent((64, neurons, classes), rate)
    layers = descent.layers
    for k, (w, _) in enumerate(layers):
        w[:] = (1, 0.1)[k] * rng.normal(0, math.sqrt(2 / w.shape[0]), w.shape)
    curves, (x, y) = {tag: [] for tag in TAGS}, train
    edges = [len(y) * k // BATCHES for k in range(BATCHES + 1)]
    with np.errstate(all="ignore"):
        for _ in range(epochs):
            order = rng.permutation(len(y))
            shuffled, their_labels = x[order], y[order]  # once an epoch: to gather the rows of each batch takes longer
            for rows in map(slice, edges, edges[1:]):
                descent.step(shuffled[rows], their_labels[rows])
            for name, (inputs, labels) in (("train", train), ("validation", validation)):
                scores = activations(layers, inputs)[-1]
                curves[f"loss/{name}"].append(float(losses(scores, labels).mean()))
                curves[f"accuracy/{name}"].append(float((scores.argmax(axis=1) == labels).mean()))
    return curves
