"""The same models and loop as a PyTorch user writes them, and the way there and back; this file only hands names on."""

from karpathy_course.torch_reference.converting import from_torch, to_torch
from karpathy_course.torch_reference.event_files import tensorboard
from karpathy_course.torch_reference.models import MLP, Residual
from karpathy_course.torch_reference.networks import ConvNet, LeCun1989, LeNet5, ResNet18, SmallResNet
from karpathy_course.torch_reference.tensorboard_page import show_tensorboard
from karpathy_course.torch_reference.training import every, fit, stop_if_not_finite

__all__ = [
    "MLP",
    "ConvNet",
    "LeCun1989",
    "LeNet5",
    "ResNet18",
    "Residual",
    "SmallResNet",
    "every",
    "fit",
    "from_torch",
    "show_tensorboard",
    "stop_if_not_finite",
    "tensorboard",
    "to_torch",
]
