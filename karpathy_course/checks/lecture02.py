"""The exercises of lecture 02, "Backprop on any graph", in the order of the notebook."""

from karpathy_course.checks.lecture02_bugs import BugHunt
from karpathy_course.checks.lecture02_graphs import Accumulate, TopoSort
from karpathy_course.checks.lecture02_line import FitLine
from karpathy_course.checks.lecture02_networks import Network
from karpathy_course.checks.lecture02_passes import Backward
from karpathy_course.checks.lecture02_training import Losses

__all__ = ["Accumulate", "Backward", "BugHunt", "FitLine", "Losses", "Network", "TopoSort"]
