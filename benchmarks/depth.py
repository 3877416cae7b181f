"""Fifty layers before training, and twenty that are trained: which first weights, norms and paths keep a network alive.

Sizes: 50 layers of 512 units without biases, 64 rows of standard normal numbers. Forwards the size (RMS) of what the
last layer gives, backwards that of the input's gradient where the output's has size 1. Training: digits through 20
hidden layers of 64, plain SGD with momentum, the halves of `bench digits` with mean 0 and size 1 (`bench deep_digits`
does the same with Adam). Update against data: log10 of the deviation of a layer's update over that of its weights, at
step 100, the median of the layers; -45 stands for no update at all. 24 seeds each. These rows have no peer: the figure
is the seeds' median, the least and the most stand beside it.
"""

from math import sqrt
from statistics import median

import numpy as np

from benchmarks.digits import halves, score
from benchmarks.run import row
from karpathy_course import nn, optim
from karpathy_course.data import DataLoader
from karpathy_course.tensor import Tensor
from karpathy_course.train import fit

SEEDS = range(24)
WIDTH, DEPTH, ROWS = 512, 50, 64
HIDDEN, LAYERS, BATCH, EPOCHS, RATE, MEASURED = 64, 20, 32, 12, 5e-3, 100
# what: (deviation of the weights times √fan_in, activation, norm, residual); Xavier's is 1 where layers are equal
KINDS = {
    "ReLU, √(2/fan_in), He": (sqrt(2), nn.ReLU, None, False),
    "ReLU, √(1/fan_in), Xavier": (1, nn.ReLU, None, False),
    "ReLU, √(1/(3 fan_in)), as PyTorch begins": (sqrt(1 / 3), nn.ReLU, None, False),
    "tanh, √(1/fan_in), Xavier": (1, nn.Tanh, None, False),
    "tanh, 5/3 √(1/fan_in)": (5 / 3, nn.Tanh, None, False),
    "tanh, √(2/fan_in), He": (sqrt(2), nn.Tanh, None, False),
    "ReLU, √(1/fan_in), BatchNorm": (1, nn.ReLU, nn.BatchNorm1d, False),
    "ReLU, √(1/fan_in), LayerNorm": (1, nn.ReLU, nn.LayerNorm, False),
    "ReLU, √(1/fan_in), residual": (1, nn.ReLU, None, True),
    "ReLU, 0.1 √(1/fan_in), residual": (0.1, nn.ReLU, None, True),
    "ReLU, √(1/fan_in), residual, BatchNorm": (1, nn.ReLU, nn.BatchNorm1d, True),
}
# forwards in theory: each ReLU layer halves the mean square, and the weights multiply it by their factor squared
SIZES = {
    "ReLU, √(2/fan_in), He": 1.0,
    "ReLU, √(1/fan_in), Xavier": 2**-25,
    "ReLU, √(1/(3 fan_in)), as PyTorch begins": 6**-25,
}
# the least of the seeds, where a network is to be alive, and the most, where it is dead
GOALS = {"ReLU, √(2/fan_in), He": "≥ 0.6", "ReLU, √(1/(3 fan_in)), as PyTorch begins": "≤ 0.15"}


def layers(kind, width, depth, bias):
    """That many layers of that width: a Sequential of each, or a Residual of it."""
    factor, activation, norm, residual = KINDS[kind]
    parts = []
    for _ in range(depth):
        linear = nn.Linear(width, width, bias=bias)
        nn.init.normal_(linear.weight, std=factor / sqrt(width))
        if bias:
            nn.init.zeros_(linear.bias)
        layer = nn.Sequential(linear, *([norm(width)] if norm else []), activation())
        parts.append(nn.Residual(layer) if residual else layer)
    return parts


def size(array):
    return float(np.sqrt(np.mean(np.square(array, dtype="float64"))))


def sizes(kind, seed):
    """(size of the last layer's output, size of the input's gradient)."""
    nn.manual_seed(seed)
    model, rng = nn.Sequential(*layers(kind, WIDTH, DEPTH, bias=False)), np.random.default_rng(1000 + seed)
    x = Tensor(rng.standard_normal((ROWS, WIDTH), dtype="float32"), requires_grad=True)
    out = model(x)
    out.backward(rng.standard_normal(out.shape, dtype="float32"))
    return size(out.data), size(x.grad)


def trained(kind, seed, pictures, labels):
    """(the network, log10 of update against data, the median of its layers)."""
    nn.manual_seed(seed)
    model = nn.Sequential(*layers(kind, HIDDEN, LAYERS, bias=True), nn.Linear(HIDDEN, 10))
    weights = [p for name, p in model.named_parameters() if len(p.shape) == 2][:-1]
    loader = DataLoader((pictures, labels), BATCH, shuffle=True, drop_last=True)
    optimizer = optim.SGD(model.parameters(), lr=RATE, momentum=0.9)
    for step in fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=EPOCHS, compiled=True):
        if step.number == MEASURED - 1:
            before = [np.array(p.data) for p in weights]
        if step.number == MEASURED:
            ratios = [(p.data - old).std() / old.std() for p, old in zip(weights, before)]
    return model.eval(), float(np.log10(median(ratios) or 1e-45))  # the smallest float32 for an update of 0


def spread(what, values, goal=None):
    """The row of the seeds' figures: their median, and in words the least and the most."""
    return row(f"{what} ({min(values):.3g} to {max(values):.3g})", median(values), goal=goal)


def size_rows():
    table = []
    for kind in KINDS:
        forwards, backwards = zip(*(sizes(kind, seed) for seed in SEEDS))
        expected = f", in theory {SIZES[kind]:.3g}" if kind in SIZES else ""
        table.append(spread(f"{DEPTH} × {WIDTH}, {kind}: size at the end{expected}", forwards))
        table.append(spread(f"{DEPTH} × {WIDTH}, {kind}: size of the input's gradient", backwards))
        if kind in SIZES:
            off = max(max(x / SIZES[kind], SIZES[kind] / x) for x in forwards)
            table.append(row(f"{DEPTH} × {WIDTH}, {kind}: largest factor from theory", off, goal="≤ 3"))
    return table


def training_rows():
    (pictures, labels), (test_pictures, test_labels) = halves()
    mean, deviation = pictures.mean(), pictures.std()  # of what is learnt from
    x, test = (pictures - mean) / deviation, ((test_pictures - mean) / deviation, test_labels)
    table = []
    for kind in KINDS:
        if kind == "ReLU, √(1/fan_in), residual":  # its numbers overflow in the first steps
            continue
        models, ratios = zip(*(trained(kind, seed, x, labels) for seed in SEEDS))
        accuracies = [score(model, *test) for model in models]
        what = f"digits, {LAYERS} × {HIDDEN}, {kind}"
        table.append(spread(f"{what}: test accuracy", accuracies, GOALS.get(kind)))
        table.append(spread(f"{what}: log10 of update against data", ratios))
    return table


def rows():
    return size_rows() + training_rows()
