"""The lectures' models in PyTorch. Parameters have the names of the course's own, so that weights go both ways."""

from itertools import pairwise

from torch import nn


class Residual(nn.Module):
    """``shortcut(x) + body(x)``, the shortcut x itself where it is None: the twin of `karpathy_course.nn.Residual`."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, input):
        return (input if self.shortcut is None else self.shortcut(input)) + self.body(input)


class MLP(nn.Sequential):
    """A multi-layer perceptron of lectures 05 to 08: (batch, sizes[0]) to (batch, sizes[-1]), the last layer linear.

    activation: a module class. dropout: the share that each hidden layer drops in training; 0 adds no layer for it.
    norm: a module class that is made with a hidden layer's size and stands before its activation, `nn.BatchNorm1d` or
    `nn.LayerNorm`. residual: hidden layers that keep the size are `Residual`, each with its norm and activation.
    """

    def __init__(self, sizes, activation=nn.ReLU, dropout=0.0, norm=None, residual=False, **factory):
        *hidden, last = pairwise(sizes)
        layers = []
        for inputs, outputs in hidden:
            block = [nn.Linear(inputs, outputs, **factory)]
            block += [norm(outputs, **factory)] if norm is not None else []
            block += [activation()]
            block += [nn.Dropout(dropout)] if dropout else []
            layers += [Residual(nn.Sequential(*block))] if residual and inputs == outputs else block
        super().__init__(*layers, nn.Linear(*last, **factory))
