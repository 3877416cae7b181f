"""The training loop as a stream of Steps, and what reads that stream; this file only hands names on."""

from karpathy_course.train.checkpoint_files import CheckpointError, checkpoints, save_checkpoint
from karpathy_course.train.fitting import fit
from karpathy_course.train.metrics import accuracy, evaluate
from karpathy_course.train.not_finite import NotFinite
from karpathy_course.train.readers import early_stopping, progress, pruning

__all__ = [
    "CheckpointError",
    "NotFinite",
    "accuracy",
    "checkpoints",
    "early_stopping",
    "evaluate",
    "fit",
    "progress",
    "pruning",
    "save_checkpoint",
]
