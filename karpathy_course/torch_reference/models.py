"""The lectures' models in PyTorch. Parameters have the names of the course's own, so that weights go both ways."""

from itertools import pairwise

from torch import nn


class MLP(nn.Sequential):
    """A multi-layer perceptron of lectures 05 and 06: (batch, sizes[0]) to (batch, sizes[-1]), the last layer linear.

    activation: a module class. dropout: the share that each hidden layer drops in training; 0 adds no layer for it.
    """

    def __init__(self, sizes, activation=nn.ReLU, dropout=0.0, **factory):
        layers = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs, **factory), activation()]
            layers += [nn.Dropout(dropout)] * (dropout > 0)
        super().__init__(*layers[: -2 if dropout else -1])
