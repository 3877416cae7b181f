"""First weights, as torch.nn.init fills them: in place, from a seeded generator.

A layer of fan_in inputs keeps the size of what goes through it if its weights have variance gain²/fan_in (Kaiming He
et al. 2015) or, both ways, 2 gain²/(fan_in + fan_out) (Glorot and Bengio 2010). A weight is (outputs, inputs, …).
"""

from math import prod, sqrt

from karpathy_course.ops.array_library import namespace
from karpathy_course.tensor.randomness import default_generator


def calculate_gain(nonlinearity, param=None):
    """The factor that makes up for what an activation takes away. param: leaky_relu's negative slope, 0.01 if None."""
    if nonlinearity == "leaky_relu":
        return sqrt(2 / (1 + (0.01 if param is None else param) ** 2))
    gains = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2), "selu": 3 / 4}
    if nonlinearity not in gains:
        raise ValueError(f"calculate_gain: {nonlinearity!r}: expected leaky_relu, {', '.join(gains)}")
    return gains[nonlinearity]


def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Numbers from a to b, all equally likely."""
    return _fill(tensor, (generator or default_generator()).uniform(a, b, tensor.shape))


def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Numbers from the normal distribution."""
    return _fill(tensor, (generator or default_generator()).normal(mean, std, tensor.shape))


def constant_(tensor, val):
    tensor.data[...] = val
    return tensor


def zeros_(tensor):
    return constant_(tensor, 0)


def ones_(tensor):
    return constant_(tensor, 1)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    bound = gain * sqrt(6 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    return normal_(tensor, 0.0, gain * sqrt(2 / sum(fans(tensor))), generator)


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """a: the negative slope of a leaky_relu. mode: fan_in keeps the size forwards, fan_out backwards."""
    bound = sqrt(3) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """As `kaiming_uniform_`, from the normal distribution."""
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def fans(tensor):
    """(fan_in, fan_out) of a weight (outputs, inputs, …). Raises ValueError for fewer than two dims."""
    if len(tensor.shape) < 2:
        raise ValueError(f"init: shape {tensor.shape} has no inputs and outputs: a weight has two dims or more")
    outputs, inputs, *window = tensor.shape
    return inputs * prod(window), outputs * prod(window)


def _kaiming_std(tensor, a, mode, nonlinearity):
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"init: mode {mode!r}: expected 'fan_in' or 'fan_out'")
    return calculate_gain(nonlinearity, a) / sqrt(fans(tensor)[mode == "fan_out"])


def _fill(tensor, numbers):
    data = tensor.data
    data[...] = namespace(data).asarray(numbers, dtype=data.dtype, device=data.device)
    return tensor
