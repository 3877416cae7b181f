"""How good others are at the digits of lecture 06, and how sure it may be of its own: every figure it quotes.

The first 898 pictures are learnt from and the last 899 are judged by, unshuffled: other people wrote those, which is
harder than a shuffled split. Networks are trained once for each of 24 seeds, which make the weights and the order of
the batches. These rows have no peer: what a row measures, and in which unit, stands in its name.
"""

from collections import Counter
from math import log
from statistics import mean

import numpy as np

from benchmarks.run import row
from karpathy_course import nn, optim
from karpathy_course.data import DataLoader, digits
from karpathy_course.tensor import no_grad
from karpathy_course.train import accuracy, fit

SEEDS = range(24)
TRAIN = 898
BATCH, EPOCHS, RATE = 32, 20, 3e-3


def halves():
    """(pictures, labels) to learn from and (pictures, labels) to judge by, in the order of the file."""
    x, y = digits()
    return (x[:TRAIN], y[:TRAIN]), (x[TRAIN:], y[TRAIN:])


def network(seed, hidden):
    """64-hidden-10 with ReLU, or 64-10 where hidden is 0, with the weights that `nn` begins with."""
    nn.manual_seed(seed)
    if hidden:
        return nn.Sequential(nn.Linear(64, hidden), nn.ReLU(), nn.Linear(hidden, 10))
    return nn.Sequential(nn.Linear(64, 10))


def trained(seed, hidden, pictures, labels):
    """The network after 20 epochs of Adam."""
    model = network(seed, hidden)
    loader = DataLoader((pictures, labels), batch_size=BATCH, shuffle=True)
    optimizer = optim.Adam(model.parameters(), lr=RATE)
    for _ in fit(model, loader, nn.CrossEntropyLoss(), optimizer, epochs=EPOCHS, compiled=True):
        pass
    return model


def score(model, pictures, labels):
    with no_grad():
        return accuracy(model(pictures), labels)


def loss_at_birth(seed, pictures, labels):
    with no_grad():
        return nn.CrossEntropyLoss()(network(seed, 32)(pictures), labels).item()


def other_methods(train, test):
    """{what: test accuracy} of scikit-learn's classifiers and of who always says the same."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.svm import SVC

    methods = {  # SVC's rate is for pixels from 0 to 16, the distances of 3-NN do not mind
        "support vector machine, gamma=0.001": (SVC(gamma=0.001), 16),
        "3 nearest neighbours": (KNeighborsClassifier(3), 1),
        "logistic regression": (LogisticRegression(max_iter=5000), 1),
    }
    found = {
        what: method.fit(train[0] * k, train[1]).score(test[0] * k, test[1]) for what, (method, k) in methods.items()
    }
    commonest = Counter(train[1].tolist()).most_common(1)[0][0]
    return {**found, f"always {commonest}, the commonest digit": float((test[1] == commonest).mean())}


def spread(what, values, goal=None):
    """Three rows: mean, worst and best of the seeds' test accuracies; the goal is the mean's."""
    return [
        row(f"{what}: mean test accuracy of {len(values)} seeds", mean(values), goal=goal),
        row(f"{what}: worst", min(values)),
        row(f"{what}: best", max(values)),
    ]


def rows():
    train, test = halves()
    goals = iter(("≥ 0.968", "≥ 0.963", "≥ 0.93", None))
    table = [row(f"{what}: test accuracy", v, goal=next(goals)) for what, v in other_methods(train, test).items()]
    for what, hidden, goal in (("linear 64-10", 0, "≥ 0.90"), ("MLP 64-32-10", 32, "≥ 0.92")):
        models = [trained(seed, hidden, *train) for seed in SEEDS]
        table += spread(f"{what}, Adam {RATE}, {EPOCHS} epochs", [score(model, *test) for model in models], goal)
        table.append(row(f"{what}: mean accuracy on its own pictures", mean(score(model, *train) for model in models)))
    shuffled = [
        score(trained(seed, 32, train[0], np.random.default_rng(500 + seed).permutation(train[1])), *test)
        for seed in SEEDS
    ]
    table += spread("MLP 64-32-10, shuffled labels", shuffled, "≤ 0.15")
    births = [loss_at_birth(seed, *train) for seed in SEEDS]
    for what, figure in (("least", min(births)), ("mean", mean(births)), ("largest", max(births))):
        table.append(row(f"MLP 64-32-10: loss at birth, {what} (ln 10 = {log(10):.4f})", figure))
    off = max(abs(loss / log(10) - 1) for loss in births)
    table.append(row("MLP 64-32-10: loss at birth, largest distance from ln 10 (share of it)", off, goal="≤ 0.05"))
    return table
