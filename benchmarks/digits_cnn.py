"""What a convolution is worth on the handwritten digits: the figures that lecture 09 quotes, and what they do not mean.

Halves as in `bench digits`: the first 898 pictures are learnt from, the other 899, by other people, are judged.
`ConvNet` and MLP-32 (64-32-10) are trained by one recipe from the same 24 seeds, which make the weights and the order
of the batches; a lead is between the two networks of one seed, in shares of the test pictures: 0.02 are two points.

Controls. A recipe that suits both better, judged by the test half itself: the best for ConvNet of ten tried (batch 64,
rate 0.003 to 0.02; 32, 0.005 to 0.02; 16, 0.003 to 0.01), within 0.003 of the best for MLP-32. The lead is smaller
there: a part of it is that the MLP learns more slowly. An MLP with as many parameters as ConvNet. The same pixels in
another order, drawn by lot for each seed and one for all its pictures: whoever looks at neighbours has lost them.
Test pictures moved by one pixel. Shuffled labels. Fewer epochs. CPU seconds are of `fit(compiled=True)` on one thread.
"""

import time
from statistics import mean, median

import numpy as np

from benchmarks.digits import halves, score, spread
from benchmarks.run import row
from karpathy_course import nn, optim
from karpathy_course.data import DataLoader
from karpathy_course.train import fit

SEEDS = range(24)
BATCH, EPOCHS, RATE = 64, 40, 3e-3
BEST = {"batch": 32, "rate": 1e-2}
SHORTER = (5, 10, 20)


def conv_net():
    return nn.networks.ConvNet()


def mlp(hidden):
    return lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))


def images(half):
    """(pictures, labels) as (n, 1, 8, 8) for every network."""
    pictures, labels = half
    return pictures.reshape(-1, 1, 8, 8), labels


def reordered(half, seed):
    """The same pictures with their 64 pixels in another order, the seed's."""
    pictures, labels = half
    order = np.random.default_rng(seed).permutation(64)
    return pictures.reshape(-1, 64)[:, order].reshape(-1, 1, 8, 8), labels


def moved(half):
    """The same pictures one pixel further right; the first column is white."""
    pictures, labels = half
    out = np.zeros_like(pictures)
    out[..., 1:] = pictures[..., :-1]
    return out, labels


def shuffled(half, seed):
    pictures, labels = half
    return pictures, np.random.default_rng(500 + seed).permutation(labels)


def trained(network, seed, half, batch=BATCH, rate=RATE, epochs=EPOCHS):
    """(the network after its epochs of Adam with a cosine schedule, CPU seconds)."""
    begun = time.process_time()
    nn.manual_seed(seed)
    model, loader = network(), DataLoader(half, batch_size=batch, shuffle=True)
    optimizer = optim.Adam(model.parameters(), lr=rate)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * len(loader))
    for _ in fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=epochs, schedule=schedule, compiled=True):
        pass
    return model, time.process_time() - begun


def scores(network, train, test, change=None, **recipe):
    """([test accuracy of each seed], [its CPU seconds]). change(half, seed): another half in the place of each."""
    found = []
    for seed in SEEDS:
        learnt, judged = (change(half, seed) if change else half for half in (train, test))
        model, seconds = trained(network, seed, learnt, **recipe)
        found.append((score(model, *judged), seconds))
    return tuple(map(list, zip(*found)))


def lead(what, ours, theirs, goals=(None, None)):
    """Two rows: the mean lead, and the least with the seed that has it."""
    leads = [a - b for a, b in zip(ours, theirs)]
    worst = min(zip(leads, SEEDS))
    return [
        row(f"{what}: mean lead of {len(leads)} seeds", mean(leads), goal=goals[0]),
        row(f"{what}: least lead, in seed {worst[1]}", worst[0], goal=goals[1]),
    ]


def rows():
    train, test = map(images, halves())
    recipe = f"Adam {RATE} with cosine, batch {BATCH}"
    conv, seconds = scores(conv_net, train, test)
    flat, flat_seconds = scores(mlp(32), train, test)
    table = spread(f"ConvNet, {EPOCHS} epochs, {recipe}", conv, "≥ 0.94")
    table.append(row(f"ConvNet: the worst seed is {min(zip(conv, SEEDS))[1]}; its test accuracy", min(conv)))
    table += spread(f"MLP-32, {EPOCHS} epochs, {recipe}", flat)
    table += lead("ConvNet over MLP-32, same recipe", conv, flat, ("≥ 0.02", "≥ 0.001"))
    table.append(row(f"ConvNet: CPU seconds of {EPOCHS} epochs, median", median(seconds)))
    table.append(row(f"MLP-32: CPU seconds of {EPOCHS} epochs, median", median(flat_seconds)))

    best = "a recipe that suits both better: Adam 0.01 with cosine, batch 32"
    conv_best, flat_best = (scores(network, train, test, **BEST)[0] for network in (conv_net, mlp(32)))
    table += spread(f"ConvNet, {EPOCHS} epochs, {best}", conv_best)
    table += spread(f"MLP-32, {EPOCHS} epochs, {best}", flat_best)
    table += lead(f"ConvNet over MLP-32, {best}", conv_best, flat_best)
    wide, _ = scores(mlp(132), train, test)
    table += spread(f"MLP-132, 9 910 parameters, {EPOCHS} epochs, {recipe}", wide)
    table += lead("ConvNet over MLP-132, same recipe", conv, wide)

    for words, own, options in (("same recipe", conv, {}), (best, conv_best, BEST)):
        conv_mixed, flat_mixed = (
            scores(network, train, test, reordered, **options)[0] for network in (conv_net, mlp(32))
        )
        mixed = f"pixels in another order, {words}"
        table += spread(f"ConvNet, {mixed}", conv_mixed) + spread(f"MLP-32, {mixed}", flat_mixed)
        table += lead(f"ConvNet over MLP-32, {mixed}", conv_mixed, flat_mixed)
        table += lead(f"ConvNet, pixels as they are, over {mixed}", own, conv_mixed)

    for name, network in (("ConvNet", conv_net), ("MLP-32", mlp(32))):
        off = scores(network, train, moved(test))[0]
        table += spread(f"{name}, test pictures moved one pixel to the right", off)

    by_lot = [score(trained(conv_net, seed, shuffled(train, seed))[0], *test) for seed in SEEDS]
    table += spread("ConvNet, shuffled labels", by_lot, "≤ 0.15")
    for epochs in SHORTER:
        short, short_seconds = scores(conv_net, train, test, epochs=epochs)
        table += spread(f"ConvNet, {epochs} epochs, {recipe}", short)
        table += lead(
            f"ConvNet over MLP-32, {epochs} epochs each", short, scores(mlp(32), train, test, epochs=epochs)[0]
        )
        table.append(row(f"ConvNet: CPU seconds of {epochs} epochs, median", median(short_seconds)))
    return table
