"""Small networks and trainings for the tests of the widgets of lecture 06."""

import numpy as np

from karpathy_course.data import DataLoader
from karpathy_course.nn import CrossEntropyLoss, Linear, ReLU, Sequential, Tanh, manual_seed
from karpathy_course.optim import SGD
from karpathy_course.train import accuracy, fit
from karpathy_course.widgets import TrainingDashboard

CLASSES = 4


def rows(count=40, seed=0, inputs=6, classes=CLASSES):
    draw = np.random.default_rng(seed)
    return draw.normal(size=(count, inputs)).astype("float32"), draw.integers(0, classes, count)


def network(width=8, inputs=6, classes=CLASSES, activation=Tanh):
    return Sequential(Linear(inputs, width), activation(), Linear(width, classes))


def training(epochs=4, rate=0.1, seed=0, schedule=None, groups=False, **options):
    """(the steps of a training that begins always in the same way, its optimiser); 5 steps an epoch."""
    x, y = rows()
    manual_seed(seed)
    model = network(activation=ReLU)
    parameters = list(model.parameters())
    given = [{"params": parameters[:2]}, {"params": parameters[2:], "lr": 2 * rate}] if groups else parameters
    optimizer = SGD(given, lr=rate, momentum=0.5)
    loader = DataLoader((x, y), 8, shuffle=True, generator=np.random.default_rng(seed))
    options = {"metrics": {"accuracy": accuracy}, "validation": [(x[:10], y[:10])], "schedule": schedule, **options}
    return fit(model, loader, CrossEntropyLoss(), optimizer, epochs=epochs, **options), optimizer


def dashboard(**options):
    return TrainingDashboard(*training(**options))
