"""What the functions of `nn` are handed: Tensors, arrays, or a trace's stand-ins."""

from karpathy_course.tensor import Tensor
from karpathy_course.tensor.methods import Operators


def as_operand(x):
    """A Tensor or a trace's stand-in as it is, an array as a Tensor."""
    return x if isinstance(x, Operators) else Tensor(x)
