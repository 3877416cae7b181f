"""The exercises of lecture 02, "Backprop on any graph", in the order of the notebook."""

from karpathy_course.checks.lecture02_graphs import Accumulate, TopoSort

__all__ = ["Accumulate", "TopoSort"]
