"""The exercises of lecture 03, "The tape and the trace", in the order of the notebook."""

from karpathy_course.checks.lecture03_dual import ForwardMode
from karpathy_course.checks.lecture03_guards import Guards
from karpathy_course.checks.lecture03_interpret import Interpret
from karpathy_course.checks.lecture03_memory import Liveness
from karpathy_course.checks.lecture03_pictures import Pictures
from karpathy_course.checks.lecture03_trace import Trace

__all__ = ["ForwardMode", "Guards", "Interpret", "Liveness", "Pictures", "Trace"]
