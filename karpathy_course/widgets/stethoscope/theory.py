"""How large activations should be, if the weights are random: the mean square goes from layer to layer by a formula.

A sum of n products of independent numbers has n times their mean square, so that z = W a + b has the mean square
``n E[w²] q + E[b²]``, q that of a; many such sums are normally distributed, and the activation's mean square is that
of φ(z) for a normal z. For relu this halves q: with weights of variance 1/n the RMS of layer l is 2^(-l/2) of the
input's (He et al. 2015; for other φ Poole et al. 2016). It holds for wide layers before any training.
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
    square, found = start * start, []
    function_of = {id(module): function for module, function in zip(places, functions)}
    own_norm = any(isinstance(module, BatchNorm1d) for module in chain)
    for module in chain:
        if isinstance(module, (Linear, Affine)):
            fan_in, fan_out = init.fans(module.weight)
            each = _mean_square(module.weight) if deviation is None else deviation(fan_in, fan_out) ** 2
            offset = _mean_square(module.bias) if deviation is None and module.bias is not None else 0.0
            square = fan_in * each * square + offset
        elif isinstance(module, BatchNorm1d):
            if norm:
                square = _mean_square(module.weight) + _mean_square(module.bias)
        elif id(module) in function_of:
            square = 1.0 if norm and not own_norm else square
            with np.errstate(all="ignore"):
                square = float(_WEIGHTS @ np.square(function_of[id(module)](np.sqrt(square) * _NODES)))
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


def _mean_square(tensor):
    return float(np.mean(np.square(np.asarray(tensor.data, "float64"))))
