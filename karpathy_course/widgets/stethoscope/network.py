"""The network to listen to, whatever the learner wrote: a Module, or a list of weights and an activation function.

A list becomes a Module of the same arrays, so that all that follows knows only Modules. Which of a Module's parts are
activations is found by trying them, so that a learner's own ``class MyTanh(Module)`` is one too.
"""

from itertools import pairwise

import numpy as np

from karpathy_course.nn import Dropout, Embedding, LayerNorm, Module, Parameter, functional
from karpathy_course.nn.module import Buffer
from karpathy_course.tensor import Tensor, no_grad, where

NAMED = {"relu": functional.relu, "tanh": functional.tanh, "gelu": functional.gelu, "linear": lambda z: z}
TRIED = np.array([[-2.5, -1.0, -0.3, 0.0, 0.2, 0.7, 1.0, 1.9, 3.1]], "float32")
_STEP = 6e-6  # in float64: the error of the slope is then about 1e-10


class Affine(Module):
    """``h @ W + b`` of the learner's own arrays, kept as they are; the weight is kept as `nn.Linear` keeps it."""

    def __init__(self, weight, bias):
        self.weight = Parameter(weight.T)
        self.bias = None if bias is None else Parameter(bias)

    def forward(self, input):
        return functional.linear(input, self.weight, self.bias)


class Activation(Module):
    """An elementwise function of the learner's, written for Tensors or for NumPy's arrays."""

    def __init__(self, function):
        self.function = function
        self.takes_tensors = _takes_tensors(function)

    def forward(self, input):
        return self.function(input) if self.takes_tensors else of_arrays(self.function, input)


class Chain(Module):
    """Weights, each followed by the activation, in the order in which they were given."""

    def __init__(self, parts):
        self.parts = parts
        for name, part in parts:
            setattr(self, name, part)

    def forward(self, input):
        for _, part in self.parts:
            input = part(input)
        return input


def as_module(network, activation, with_scores):
    """The network as a Module. with_scores: the last weight of a list gives the scores, with no activation after it.

    Raises TypeError for what is no network, ValueError for weights that do not fit one another.
    """
    if isinstance(network, Module):
        if activation is not None:
            raise TypeError("Stethoscope: activation=… belongs to a list of weights; a Module has its own")
        return network
    if not isinstance(network, (list, tuple)) or not network:
        raise TypeError(
            f"Stethoscope: expected a Module of nn or a list of weights, got {type(network).__name__}: "
            "write Stethoscope(model, x, y), or Stethoscope(weights, x, activation=np.tanh)"
        )
    if activation is None:
        raise TypeError('Stethoscope: a list of weights needs its activation, as activation="relu" or a function')
    if isinstance(activation, str) and activation not in NAMED:
        raise ValueError(f"Stethoscope: activation {activation!r}: expected a function, or {', '.join(NAMED)}")
    function = NAMED[activation] if isinstance(activation, str) else activation
    pairs = [_pair(k, layer) for k, layer in enumerate(network)]
    for k, ((before, _), (weight, _)) in enumerate(pairwise(pairs)):
        if before.shape[1] != weight.shape[0]:
            raise ValueError(
                f"Stethoscope: weight {k} has shape {before.shape} and weight {k + 1} {weight.shape}: expected "
                "(inputs, outputs) each, for h @ W. Did you forget to transpose them?"
            )
    parts = []
    for k, (weight, bias) in enumerate(pairs):
        parts.append((f"weight{k}", Affine(weight, bias)))
        if not with_scores or k < len(pairs) - 1:
            parts.append((f"activation{k}", Activation(function)))
    return Chain(parts)


def _pair(k, layer):
    """(weight, bias or None) of a list's entry, which is an array or a pair of arrays."""
    weight, bias = layer if isinstance(layer, (list, tuple)) and len(layer) == 2 else (layer, None)
    weight, bias = (a.data if isinstance(a, Tensor) else a for a in (weight, bias))
    weight = np.asarray(weight)
    if weight.ndim != 2 or weight.dtype.kind != "f":
        raise ValueError(
            f"Stethoscope: weight {k} has shape {weight.shape} and dtype {weight.dtype}: expected (inputs, outputs) of "
            "floats, or a pair (W, b)"
        )
    if bias is not None and np.shape(bias) != weight.shape[1:]:
        raise ValueError(f"Stethoscope: bias {k} has shape {np.shape(bias)}, expected {weight.shape[1:]}")
    return weight, None if bias is None else np.asarray(bias, weight.dtype)


def _takes_tensors(function):
    try:
        with no_grad():
            found = function(Tensor(TRIED))
    except Exception:  # whatever NumPy says of a Tensor
        return False
    return isinstance(found, Tensor) and found.shape == TRIED.shape


def of_arrays(function, input):
    """A function of NumPy's arrays on a Tensor: its own numbers, and slopes from differences of them.

    The differences are taken away from 0, so that relu's kink does no harm; at 0 itself from below, where relu has
    slope 0, as in the course's table.
    """
    z = input.data
    value = np.asarray(function(z))
    if value.shape != z.shape:
        raise ValueError(f"Stethoscope: the activation made shape {value.shape} of {z.shape}: expected the same shape")
    there = np.isfinite(z)
    middle = np.where(there, z, 0).astype("float64")
    step = np.where(middle > 0, _STEP, -_STEP) * np.maximum(1, np.abs(middle))
    near, far = np.asarray(function(middle + step)), np.asarray(function(middle + 2 * step))
    slope = (4 * near - 3 * np.asarray(function(middle)) - far) / (2 * step)
    slope = np.where(there & np.isfinite(slope), slope, 0).astype(z.dtype)
    moved = where(there, input, 0.0)
    return Tensor(value.astype(z.dtype)) + (moved - moved.detach()) * Tensor(slope)  # adds 0, and has the slope


def weight_layers(model):
    """(name, module) of all modules with a matrix of their own that multiplies: the initialisation can be switched."""
    return [
        (name, module)
        for name, module in model.named_modules()
        if not isinstance(module, (Embedding, LayerNorm))
        and any(isinstance(p, Parameter) and len(p.shape) >= 2 for p in vars(module).values())
    ]


def activations(model):
    """(name, module) of all modules that work on each number by itself and are not the identity."""
    return [(name, module) for name, module in model.named_modules() if _is_activation(module)]


def _is_activation(module):
    if isinstance(module, (Dropout, Embedding)) or list(module.children()):
        return False
    if isinstance(module, Activation):
        return True
    if any(isinstance(part, (Parameter, Buffer)) for part in vars(module).values()):
        return False
    try:
        with no_grad():
            row, column = module.forward(Tensor(TRIED)).data, module.forward(Tensor(TRIED.T)).data
    except Exception:  # it needs another shape: it does not work on each number by itself
        return False
    return row.shape == TRIED.shape and np.array_equal(row, column.T) and not np.array_equal(row, TRIED)
