"""Optimisers with PyTorch's names, arguments and results; this file only hands names on.

`lr_scheduler`, which holds schedules, is a module of it, as torch.optim has it.
"""

from karpathy_course.optim import lr_scheduler as lr_scheduler
from karpathy_course.optim.adam import Adam, AdamW
from karpathy_course.optim.optimizer import Optimizer
from karpathy_course.optim.rmsprop import RMSprop
from karpathy_course.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]
