"""The eager tape over the table of operations, with the names of PyTorch; this file only hands names on."""

from karpathy_course.tensor.gradient_check import GradcheckError, gradcheck
from karpathy_course.tensor.tape import Tensor, cat, cross_entropy, grad, no_grad, stack, where

__all__ = ["GradcheckError", "Tensor", "cat", "cross_entropy", "grad", "gradcheck", "no_grad", "stack", "where"]
