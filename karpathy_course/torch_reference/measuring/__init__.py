"""How fast one convolution is, and how fast a machine could be at all; this file only hands names on."""

from karpathy_course.torch_reference.measuring.counting import CONVOLUTIONS, PASSES, Convolution
from karpathy_course.torch_reference.measuring.timing import (
    CPU_CLOCK,
    LARGE,
    Differs,
    check,
    machine_name,
    measure,
    measured_peak,
    seconds,
)

__all__ = [
    "CONVOLUTIONS",
    "CPU_CLOCK",
    "LARGE",
    "PASSES",
    "Convolution",
    "Differs",
    "check",
    "machine_name",
    "measure",
    "measured_peak",
    "seconds",
]
