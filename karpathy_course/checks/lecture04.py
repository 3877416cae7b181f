"""The exercises of lecture 04, "Optimise and compile", in the order of the notebook."""

from karpathy_course.checks.lecture04_checkpoint import Checkpoint
from karpathy_course.checks.lecture04_dead import EliminateDead
from karpathy_course.checks.lecture04_fold import FoldConstants
from karpathy_course.checks.lecture04_merge import MergeCommon
from karpathy_course.checks.lecture04_simplify import Simplify
from karpathy_course.checks.lecture04_source import FuseToSource

__all__ = ["Checkpoint", "EliminateDead", "FoldConstants", "FuseToSource", "MergeCommon", "Simplify"]
