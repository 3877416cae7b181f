"""Rewrites of graphs: plain functions from a graph to a graph. This file only hands names on."""

from karpathy_course.graph.passes.batching import batch
from karpathy_course.graph.passes.checkpointing import checkpoint
from karpathy_course.graph.passes.eliminating_dead import eliminate_dead
from karpathy_course.graph.passes.folding import fold_constants
from karpathy_course.graph.passes.fusing import fuse_elementwise
from karpathy_course.graph.passes.merging_common import merge_common
from karpathy_course.graph.passes.packing import pack
from karpathy_course.graph.passes.rewriting import optimize
from karpathy_course.graph.passes.simplifying import simplify

__all__ = [
    "batch",
    "checkpoint",
    "eliminate_dead",
    "fold_constants",
    "fuse_elementwise",
    "merge_common",
    "optimize",
    "pack",
    "simplify",
]
