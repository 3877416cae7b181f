"""Schedules of the rate, with the names and numbers of torch.optim.lr_scheduler; this file only hands names on."""

from karpathy_course.optim.lr_scheduler.factors import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiStepLR,
    StepLR,
)
from karpathy_course.optim.lr_scheduler.one_cycle import OneCycleLR
from karpathy_course.optim.lr_scheduler.scheduler import LRScheduler
from karpathy_course.optim.lr_scheduler.sequential import SequentialLR

__all__ = [
    "ConstantLR",
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "SequentialLR",
    "StepLR",
]
