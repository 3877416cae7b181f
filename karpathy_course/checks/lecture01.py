"""The exercises of lecture 01, one class each; this file only hands the names on."""

from karpathy_course.checks.lecture01_rules import LocalDerivatives, ManualBackprop, PredictTen
from karpathy_course.checks.lecture01_values import NumericalGradient, RememberingValue

__all__ = ["LocalDerivatives", "ManualBackprop", "NumericalGradient", "PredictTen", "RememberingValue"]
