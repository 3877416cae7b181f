"""Layers, losses and first weights, with PyTorch's names, arguments and `state_dict` keys.

This file only hands names on. `functional` and `init` are modules of it, as torch.nn has them; `networks` is one of
whole models.
"""

from karpathy_course.nn import networks  # noqa: F401  a module, as functional and init are
from karpathy_course.nn.activations import (
    GELU,
    Dropout,
    Flatten,
    Identity,
    LeakyReLU,
    LogSoftmax,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from karpathy_course.nn.containers import ModuleList, Residual, Sequential
from karpathy_course.nn.convolutional import AdaptiveAvgPool2d, AvgPool2d, Conv1d, Conv2d, MaxPool1d, MaxPool2d
from karpathy_course.nn.layers import Embedding, Linear
from karpathy_course.nn.losses import BCEWithLogitsLoss, CrossEntropyLoss, HuberLoss, MSELoss
from karpathy_course.nn.module import Buffer, Module, Parameter
from karpathy_course.nn.normalisation import BatchNorm1d, BatchNorm2d, LayerNorm
from karpathy_course.tensor.randomness import manual_seed

__all__ = [
    "GELU",
    "AdaptiveAvgPool2d",
    "AvgPool2d",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "BatchNorm2d",
    "Buffer",
    "Conv1d",
    "Conv2d",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "HuberLoss",
    "Identity",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "MaxPool1d",
    "MaxPool2d",
    "Module",
    "ModuleList",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "manual_seed",
]
