"""How sure lecture 02 may be of its two moons: every figure it quotes "over 24 seeds", measured again.

The seed makes the data, the weights and the shuffling; accuracy is also taken on 500 fresh points. These rows
have no peer: what a row measures, and in which unit, stands in its name.
"""

import math
import random
from statistics import median

from benchmarks.run import row
from karpathy_course.data import moons
from karpathy_course.neuron import MLP
from karpathy_course.scalar import Value

SEEDS = range(24)


def hinge(score, label):
    return (1 - (2 * label - 1) * score).relu()


def cross_entropy(score, label):
    """softplus(score) - label * score, with softplus as one node."""
    s = score.data
    e = math.exp(-abs(s))
    slope = (1 if s >= 0 else e) / (1 + e)
    return Value(max(s, 0.0) + math.log1p(e), (score,), (slope,), "softplus") - label * score


def train(model, points, labels, loss, steps=100):
    """The loop of lecture 02, word for word but for its history. Returns the last step's loss."""
    for k in range(steps):
        misfit = sum(loss(model(point), label) for point, label in zip(points, labels)) / len(points)
        total = misfit + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1 - 0.9 * k / steps) * p.grad
    return total.data


def accuracy(model, points, labels):
    return sum((model(point).data > 0) == (label == 1) for point, label in zip(points, labels)) / len(points)


def outcomes(sizes, loss, shuffle=False):
    """Last loss, accuracy on the training points and on fresh ones: three lists over the seeds."""
    found = []
    for seed in SEEDS:
        points, labels = moons(100, noise=0.1, seed=seed)
        if shuffle:
            labels = random.Random(500 + seed).sample(labels, len(labels))
        model = MLP(2, sizes, rng=random.Random(seed))
        last = train(model, points, labels, loss)
        fresh = accuracy(model, *moons(500, noise=0.1, seed=1000 + seed))
        found.append((last, accuracy(model, points, labels), fresh))
    return [list(column) for column in zip(*found)]


def rows():
    table = []
    for name, sizes, loss, least in (
        ("network, hinge", [16, 16, 1], hinge, "≥ 0.98"),
        ("network, cross-entropy", [16, 16, 1], cross_entropy, "≥ 0.95"),
        ("straight line, hinge", [1], hinge, None),
    ):
        losses, own, fresh = outcomes(sizes, loss)
        table += [
            row(f"{name}: largest last loss of {len(losses)} seeds", max(losses)),
            row(f"{name}: share of seeds with every point right", own.count(1.0) / len(own)),
            row(f"{name}: least accuracy on its own points", min(own), goal=least),
            row(f"{name}: least accuracy on fresh points", min(fresh), goal=least),
            row(f"{name}: best accuracy on fresh points", max(fresh), goal="≤ 0.93" if least is None else None),
        ]
    losses, own, fresh = outcomes([16, 16, 1], hinge, shuffle=True)
    table.append(row("network, shuffled labels: least last loss", min(losses), goal="≥ 0.4"))
    for what, figure in (("least", min(fresh)), ("median", median(fresh)), ("best", max(fresh))):
        table.append(row(f"network, shuffled labels: {what} accuracy on fresh points", figure))
    return table
