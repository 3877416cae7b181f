"""Graphs of operations: traced from Python, differentiated, optimised, compiled to NumPy; each a plain function."""

from karpathy_course.graph.codegen import compile
from karpathy_course.graph.core import Graph
from karpathy_course.graph.cost import arithmetic
from karpathy_course.graph.derivatives import grad, jvp
from karpathy_course.graph.errors import DoesNotFit, GraphError, GuardFailed
from karpathy_course.graph.export import to_mermaid, to_svg, to_text
from karpathy_course.graph.memory import live_bytes, peak_memory
from karpathy_course.graph.passes.batching import batch
from karpathy_course.graph.passes.checkpointing import checkpoint
from karpathy_course.graph.passes.eliminating_dead import eliminate_dead
from karpathy_course.graph.passes.folding import fold_constants
from karpathy_course.graph.passes.fusing import fuse_elementwise
from karpathy_course.graph.passes.merging_common import merge_common
from karpathy_course.graph.passes.packing import pack
from karpathy_course.graph.passes.rewriting import optimize
from karpathy_course.graph.passes.simplifying import simplify
from karpathy_course.graph.retracing import TooManyTraces, jit
from karpathy_course.graph.tracing import TraceError, trace

__all__ = [
    "DoesNotFit",
    "Graph",
    "GraphError",
    "GuardFailed",
    "TooManyTraces",
    "TraceError",
    "arithmetic",
    "batch",
    "checkpoint",
    "compile",
    "eliminate_dead",
    "fold_constants",
    "fuse_elementwise",
    "grad",
    "jit",
    "jvp",
    "live_bytes",
    "merge_common",
    "optimize",
    "pack",
    "peak_memory",
    "simplify",
    "to_mermaid",
    "to_svg",
    "to_text",
    "trace",
]
