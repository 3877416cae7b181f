"""Optimisers with PyTorch's names, arguments and results; this file only hands names on."""

from karpathy_course.optim.adam import Adam
from karpathy_course.optim.optimizer import Optimizer
from karpathy_course.optim.sgd import SGD

__all__ = ["SGD", "Adam", "Optimizer"]
