"""Fifty layers before training, and twenty layers trained on the digits: the figures that lecture 08 quotes.

The fifty layers are tables of weights, 256 wide, without biases; measured is the exponent of 2 in the size (RMS) that
200 digits then have. Each network of twenty layers is trained once for each of 24 seeds, which make the weights and the
order of the batches; the halves are those of `benchmarks.digits`. They differ in one thing only: first weights, a
BatchNorm in each layer, a path around each layer, or a last batch of two. These rows have no peer: what a row measures
stands in its name.
"""

import numpy as np

from benchmarks.digits import halves, score, spread
from benchmarks.run import row
from karpathy_course import nn, optim
from karpathy_course.data import DataLoader
from karpathy_course.train import fit

SEEDS = range(24)
DEPTH, WIDE = 50, 256
LAYERS, WIDTH = 20, 64
BATCH, EPOCHS, RATE = 32, 12, 2e-3
GOALS = {"as PyTorch makes them": "≤ 0.12", "He's first weights": "≥ 0.84", "BatchNorm": "≥ 0.80", "residual": "≥ 0.90"}


def exponent(x, scale, seed):
    """log2 of the size of x after 50 ReLU layers with normal first weights of deviation scale / sqrt(fan_in)."""
    rng = np.random.default_rng(seed)
    for _ in range(DEPTH):
        weights = rng.normal(size=(x.shape[1], WIDE)) * scale / np.sqrt(x.shape[1])
        x = np.maximum(x @ weights, 0)
    return float(np.log2(np.mean(x * x)) / 2)


def deep(kind, seed):
    """20 layers of 64 ReLU neurons, and ten scores. kind: a key of GOALS."""
    nn.manual_seed(seed)
    parts = []
    for k in range(LAYERS):
        linear = nn.Linear(WIDTH, WIDTH)
        if kind == "He's first weights":
            nn.init.kaiming_normal_(linear.weight, nonlinearity="relu")
            nn.init.zeros_(linear.bias)
        if kind == "residual" and k:
            parts.append(nn.Residual(nn.Sequential(nn.ReLU(), linear)))
        elif kind == "BatchNorm":
            parts += [linear, nn.BatchNorm1d(WIDTH), nn.ReLU()]
        else:
            parts += [linear, nn.ReLU()]
    return nn.Sequential(*parts, nn.Linear(WIDTH, 10)).double()


def trained(kind, seed, pictures, labels, drop_last=True):
    model = deep(kind, seed)
    loader = DataLoader((pictures, labels), batch_size=BATCH, shuffle=True, drop_last=drop_last)
    optimizer = optim.Adam(model.parameters(), lr=RATE)
    for _ in fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=EPOCHS, compiled=True):
        pass
    return model.eval()


def rows():
    (pictures, labels), (test_pictures, test_labels) = halves()
    mean, size = pictures.astype("float64").mean(), pictures.astype("float64").std()  # of what is learnt from
    x, test = (pictures - mean) / size, ((test_pictures - mean) / size, test_labels)
    table = []
    for name, scale, theory in (("1", 1.0, -25), ("√2 (He)", np.sqrt(2), 0)):
        exponents = [exponent(x[:200], scale, seed) for seed in SEEDS]
        what = f"{DEPTH} layers, weights × {name} / √fan_in: exponent of 2 in the size"
        table.append(row(f"{what}, in theory", theory))
        for word, figure in (("least", min), ("mean", np.mean), ("largest", max)):
            table.append(row(f"{what}, {word} of {len(exponents)} seeds", float(figure(exponents))))
    for kind, goal in GOALS.items():
        scores = [score(trained(kind, seed, x, labels), *test) for seed in SEEDS]
        table += spread(f"{LAYERS} layers, {kind}", scores, goal)
    two = [score(trained("BatchNorm", seed, x, labels, drop_last=False), *test) for seed in SEEDS]
    table += spread(f"{LAYERS} layers, BatchNorm, a last batch of two", two)
    shuffled = []
    for seed in SEEDS:
        drawn = np.random.default_rng(500 + seed).permutation(labels)
        shuffled.append(score(trained("residual", seed, x, drawn), *test))
    table += spread(f"{LAYERS} layers, residual, shuffled labels", shuffled, "≤ 0.15")
    table.append(row("always 3, the commonest digit of the first half", float((test_labels == 3).mean())))
    return table
