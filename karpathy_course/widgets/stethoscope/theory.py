"""How large activations should be, if the weights are random: the mean square goes from layer to layer by a formula.

A sum of n products of independent numbers has n times their mean square, so that W a has the mean square ``n E[w²] q``,
q that of a. Such sums are normally distributed if n is large, and the activation's mean square is that of φ(z + b) for
a normal z, on average over the biases b. For relu without biases it is half of that of z: with weights of variance 1/n
the RMS of layer l is 2^(-l/2) of the input's (He et al. 2015; for other φ Poole et al. 2016). It holds for wide layers
before any training.
"""

import numpy as np

from karpathy_course.nn import BatchNorm1d, Identity, Linear, Sequential, init
from karpathy_course.widgets.stethoscope.network import Affine, Chain

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(80)  # an even number: no node at relu's kink
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


def expected_rms(model, places, start, functions, deviation, norm):
    """[RMS expected of each layer], or None where the model is no plain chain of Linear, BatchNorm and activation.

    places: the activation modules. start: RMS of the input. functions: of each place, arrays to arrays. deviation:
    (fan_in, fan_out) to the weights' deviation, None for the model's own weights. norm: as in `listen`.
    """
    chain = _chain(model)
    if chain is None:
        return None
    square, mean, found = start * start, 0.0, []  # of a normal number: its mean square around mean, for each unit
    function_of = {id(module): function for module, function in zip(places, functions)}
    own_norm = any(isinstance(module, BatchNorm1d) for module in chain)
    for module in chain:
        if isinstance(module, (Linear, Affine)):
            fan_in, fan_out = init.fans(module.weight)
            each = np.mean(np.square(_numbers(module.weight))) if deviation is None else deviation(fan_in, fan_out) ** 2
            square = fan_in * each * (square + np.mean(np.square(mean)))
            mean = _numbers(module.bias) if deviation is None and module.bias is not None else 0.0
        elif isinstance(module, BatchNorm1d):
            if norm:
                square = 1.0 if module.weight is None else np.square(_numbers(module.weight))
                mean = 0.0 if module.bias is None else _numbers(module.bias)
        elif id(module) in function_of:
            square, mean = (1.0, 0.0) if norm and not own_norm else (square, mean)
            with np.errstate(all="ignore"):
                z = np.reshape(mean, (-1, 1)) + np.reshape(np.sqrt(square), (-1, 1)) * _NODES
                square = float(np.mean(np.square(function_of[id(module)](z)) @ _WEIGHTS))
            mean = 0.0
            found.append(float(np.sqrt(square)))
        elif not isinstance(module, Identity):
            return None
    return found


def _chain(model):
    """The modules that the model's numbers go through, one after the other; None where it has a forward of its own."""
    if isinstance(model, (Sequential, Chain)):
        parts = [_chain(module) for module in model.children()]
        return None if None in parts else [module for part in parts for module in part]
    return None if list(model.children()) else [model]


def _numbers(tensor):
    return np.asarray(tensor.data, "float64")
