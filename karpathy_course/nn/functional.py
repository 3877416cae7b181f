"""What layers and losses compute, as functions with torch.nn.functional's names: on Tensors, arrays or in a trace."""

from math import pi, sqrt

from karpathy_course.nn.masks import keep_mask
from karpathy_course.nn.operands import as_operand
from karpathy_course.nn.windows import (  # noqa: F401  torch's functional has them too
    adaptive_avg_pool2d,
    avg_pool2d,
    conv1d,
    conv2d,
    max_pool1d,
    max_pool2d,
)
from karpathy_course.ops.array_library import checked_places, namespace
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor import Tensor, where
from karpathy_course.tensor import cross_entropy as mean_cross_entropy
from karpathy_course.tensor.methods import Operators
from karpathy_course.tensor.tape import where_it_belongs


def linear(input, weight, bias=None):
    """``input @ weight.T + bias``: (…, inputs) to (…, outputs). weight: (outputs, inputs), bias: (outputs,)."""
    if bias is None:
        return as_operand(input) @ weight.mT
    return where_it_belongs("linear", input, weight, bias)


def embedding(input, weight, padding_idx=None):
    """The rows of weight that input, whole numbers (…), names: (…, size). padding_idx: its row gets no gradient."""
    size = weight.shape[0]
    if isinstance(input, Operators) and not isinstance(input, Tensor):
        input = where(input < 0, size, input)  # `take` refuses what lies behind all, and counts -1 from the end
    else:
        array = input.data if isinstance(input, Tensor) else input
        input = checked_places(namespace(array), array, size, "embedding: number", "embeddings", negative=False)
    rows = where_it_belongs("take", weight, input, axis=0)
    if padding_idx is None:
        return rows
    padded = as_operand(input) == padding_idx
    return where(padded.reshape(*padded.shape, 1), rows.detach(), rows)


def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """The last dims, which are normalized_shape, with mean 0 and variance 1; times weight, plus bias, of that shape."""
    input, shape = as_operand(input), tuple(normalized_shape)
    if tuple(input.shape[-len(shape) :]) != shape:
        expected = ", ".join(map(str, ("…", *shape)))
        raise ShapeError(f"layer_norm: expected ({expected}), got {tuple(input.shape)}")
    dims = tuple(range(-len(shape), 0))
    off = input - input.mean(dims, keepdim=True)
    out = off / ((off * off).mean(dims, keepdim=True) + eps).sqrt()
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def dropout(input, p=0.5, training=True):
    """In training each number is 0 with probability p, and the others are divided by 1 - p, so that the mean stays.

    Raises ValueError for a p that is no probability.
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout: p={p} is no probability: expected 0 to 1")
    if not training or p == 0:
        return input
    input = as_operand(input)
    return input * keep_mask(input, p)


def relu(input):
    return as_operand(input).relu()


def tanh(input):
    return as_operand(input).tanh()


def sigmoid(input):
    return as_operand(input).sigmoid()


def softmax(input, dim):
    """Probabilities along dim."""
    return as_operand(input).softmax(dim)


def log_softmax(input, dim):
    """Logarithms of probabilities along dim."""
    return as_operand(input).log_softmax(dim)


def leaky_relu(input, negative_slope=0.01):
    input = as_operand(input)
    return where(input > 0, input, input * negative_slope)


def gelu(input, approximate="none"):
    """``x Φ(x)``, Φ the normal distribution's; approximate="tanh" is Hendrycks and Gimpel's 2016 formula for it."""
    x = as_operand(input)
    if approximate == "tanh":
        return 0.5 * x * (1 + (sqrt(2 / pi) * (x + 0.044715 * x * x * x)).tanh())
    if approximate != "none":
        raise ValueError(f"gelu: approximate {approximate!r}: expected 'none' or 'tanh'")
    return 0.5 * x * (1 + (x * sqrt(0.5)).erf())


def reduced(losses, reduction):
    """The losses' mean, their sum, or themselves ("none")."""
    if reduction == "none":
        return losses
    if losses.numel() == 0:
        raise ValueError(f"loss: a batch of shape {tuple(losses.shape)} is empty: it has no {reduction} loss")
    return losses.mean() if reduction == "mean" else losses.sum()


def cross_entropy(input, target, reduction="mean"):
    """-log softmax(input)[target]. input: (batch, classes, …) or (classes,); target: (batch, …), whole numbers from 0.

    As in torch the classes stand in dim 1. Raises IndexError for a target that is no class, TypeError for one that is
    no whole number, ShapeError where shapes do not fit, ValueError for an empty batch.
    """
    input = as_operand(input)
    if input.ndim > 2:
        expected = (input.shape[0], *input.shape[2:])
        if tuple(target.shape) != expected:
            shapes = f"input {tuple(input.shape)} and target {tuple(target.shape)}"
            raise ShapeError(f"cross_entropy: {shapes}: for input (batch, classes, …) the target is {expected}")
        input = input.permute(0, *range(2, input.ndim), 1)
    if 0 in input.shape:
        raise ValueError(f"cross_entropy: a batch of shape {tuple(input.shape)} is empty: it has no loss")
    if reduction == "mean":
        return mean_cross_entropy(input, target)
    if tuple(target.shape) != tuple(input.shape[:-1]):
        mean_cross_entropy(input, target)  # says what does not fit
    own = input.gather(-1, as_operand(target).reshape(*target.shape, 1)).squeeze(-1)
    return reduced(input.logsumexp(-1) - own, reduction)


def mse_loss(input, target, reduction="mean"):
    """(input - target)²; both of one shape, where torch warns and broadcasts."""
    input = as_operand(input)
    _same_shape("mse_loss", input, target)
    off = input - target
    return reduced(off * off, reduction)


def huber_loss(input, target, reduction="mean", delta=1.0):
    """(input - target)² / 2 up to a distance of delta, beyond it delta · (distance - delta / 2); both of one shape.

    Huber 1964. Raises ValueError for a delta that is not above 0.
    """
    if not delta > 0:
        raise ValueError(f"huber_loss: delta={delta}: expected a distance above 0")
    input = as_operand(input)
    _same_shape("huber_loss", input, target)
    distance = (input - target).abs()
    near = distance.clamp(max=delta)
    return reduced(near * (distance - 0.5 * near), reduction)


def binary_cross_entropy_with_logits(input, target, reduction="mean"):
    """-log of the probability that sigmoid(input) gives the target, 0 to 1; both floating-point and of one shape."""
    input = as_operand(input)
    _same_shape("binary_cross_entropy_with_logits", input, target)
    return reduced(where_it_belongs("softplus", input) - input * target, reduction)


def _same_shape(name, input, target):
    if tuple(input.shape) != tuple(target.shape):
        raise ShapeError(
            f"{name}: input {tuple(input.shape)} and target {tuple(target.shape)}: they must have one shape. "
            "Did you forget to squeeze the input, or to unsqueeze the target?"
        )
