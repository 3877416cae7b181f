"""The exercises of lecture 01, "The derivative you can poke", in the order of the notebook."""

from karpathy_course.checks.lecture01_chain import ByHand, TenGradients
from karpathy_course.checks.lecture01_local import LocalDerivatives
from karpathy_course.checks.lecture01_slopes import NumericalGrad
from karpathy_course.checks.lecture01_value import OwnValue

__all__ = ["ByHand", "LocalDerivatives", "NumericalGrad", "OwnValue", "TenGradients"]
