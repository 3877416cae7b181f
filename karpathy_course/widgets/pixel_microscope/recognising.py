"""What a layer computes, found out from outside: a convolution, a pool, or each number by itself.

A layer of `nn` says so by its class. A learner's own is believed only where its output equals what the course computes
with the weight and the attributes that the layer has: ``weight`` (out, in / groups, height, width), and ``bias``,
``stride``, ``padding``, ``dilation``, ``groups``, ``kernel_size`` where they differ from what torch takes by default.
Attributes that are missing are tried out.
"""

from itertools import product

import numpy as np

from karpathy_course.nn import AdaptiveAvgPool2d, AvgPool2d, Conv2d, MaxPool2d, Parameter, functional
from karpathy_course.nn.windows import pair
from karpathy_course.tensor import Tensor, grad, no_grad

CLOSE = 1e-4  # of the largest output: two ways to add float32 numbers differ by less
NAMED = {"ReLU": functional.relu, "Tanh": functional.tanh, "Sigmoid": functional.sigmoid}


def array(tensor):
    return np.asarray(tensor.data)


def close(found, expected):
    """Whether two arrays are the same but for rounding."""
    if found.shape != expected.shape:
        return False
    with np.errstate(all="ignore"):
        most = np.abs(expected[np.isfinite(expected)]).max(initial=0)
        return bool(np.allclose(found, expected, rtol=CLOSE, atol=CLOSE * most + 1e-30, equal_nan=True))


def evaluated(function, x):
    """function(x) as an array, or None where it refuses x."""
    try:
        with no_grad(), np.errstate(all="ignore"):
            return array(function(Tensor(x)))
    except (ValueError, TypeError, IndexError, ArithmeticError):
        return None


def convolution(module, x, y):
    """(facts, function) of a module that is a convolution of x to y, else None."""
    own = {name: p for name, p in vars(module).items() if isinstance(p, Parameter | Tensor)}
    weight = next((p for name, p in own.items() if len(p.shape) == 4), None)
    if weight is None or x.ndim != 4 or y.ndim != 4 or y.shape[1] != weight.shape[0]:
        return None
    biases = [p for p in own.values() if p.shape in ((y.shape[1],), y.shape[1:])]
    kernel = tuple(weight.shape[2:])
    sure = type(module) is Conv2d
    for how in _windows(module, x.shape[2:], y.shape[2:], kernel, stride=1):
        groups = x.shape[1] // weight.shape[1] if weight.shape[1] else 1
        if sure:
            groups, biases = module.groups, [] if module.bias is None else [module.bias]

        def convolve(input, bias=None, how=how, groups=groups):
            out = functional.conv2d(input, weight, None, how["stride"], how["padding"], how["dilation"], groups)
            return out if bias is None else out + bias.reshape(1, y.shape[1], *(bias.shape[1:] or (1, 1)))

        plain = evaluated(convolve, x)
        if plain is None or plain.shape != y.shape:
            continue
        for bias in (*biases, None):
            if bias is not None:
                found = plain + array(bias).reshape(1, y.shape[1], *(bias.shape[1:] or (1, 1)))
            else:
                found = plain
            if sure or close(found, y):
                facts = {"weight": array(weight), "bias": None if bias is None else array(bias)}
                facts |= {"groups": groups, "kernel": kernel, **how}
                return facts, lambda input, convolve=convolve, bias=bias: convolve(input, bias)
    return None


def pool(module, x, y):
    """(kind, facts, function) of a pool of x to y, "max" or "mean", else None. module: None for a model's own code."""
    if x.ndim != 4 or y.ndim != 4 or x.shape[:2] != y.shape[:2]:
        return None
    if type(module) is AdaptiveAvgPool2d:
        return "adaptive", {}, module.forward
    size, out = x.shape[2:], y.shape[2:]
    kernel = getattr(module, "kernel_size", None)
    if kernel is None and all(n % m == 0 for n, m in zip(size, out)):
        kernel = tuple(n // m for n, m in zip(size, out)) if size != out else None
    if kernel is not None and (kernel := _pair(kernel)):
        for how in _windows(module, size, out, kernel, stride=kernel):
            facts = {"kernel": kernel, **how}
            biggest = lambda input, how=how: functional.max_pool2d(
                input, kernel, how["stride"], how["padding"], how["dilation"]
            )
            if type(module) is MaxPool2d or _equal(evaluated(biggest, x), y):
                return "max", facts, biggest
            real = getattr(module, "count_include_pad", True) is False
            divisor = getattr(module, "divisor_override", None)
            mean = lambda input, how=how, real=real, divisor=divisor: functional.avg_pool2d(
                input, kernel, how["stride"], how["padding"], False, not real, divisor
            )
            found = evaluated(mean, x)
            if type(module) is AvgPool2d or (found is not None and close(found, y)):
                divisor = divisor or (0 if real else kernel[0] * kernel[1])
                return "mean", {**facts, "divisor": divisor}, mean
    shared = lambda input: functional.adaptive_avg_pool2d(input, out)
    found = evaluated(shared, x)
    return ("adaptive", {}, shared) if found is not None and close(found, y) and size != out else None


def _windows(module, size, out, kernel, stride):
    """Strides, paddings and dilations that the module has, or may have, with which size becomes out."""
    stride, padding = _pair(getattr(module, "stride", stride)), getattr(module, "padding", None)
    dilation = _pair(getattr(module, "dilation", None))
    given = hasattr(module, "stride") or stride == kernel
    dilations = [dilation] if dilation else [(1, 1), (2, 2), (3, 3)]
    strides = [stride] if given else [(s, s) for s in range(1, 5)]
    for dilation, stride in product(dilations, strides):
        around = tuple(d * (k - 1) for d, k in zip(dilation, kernel))
        if padding in ("same", "valid"):
            paddings = [tuple(n // 2 for n in around) if padding == "same" else (0, 0)]
        else:
            paddings = [_pair(padding)] if _pair(padding) else [(p, p) for p in range(max(around) + 1)]
        for p in paddings:
            made = tuple((n + 2 * q - a - 1) // s + 1 for n, q, a, s in zip(size, p, around, stride))
            if made == tuple(out):
                yield {"stride": stride, "padding": p, "dilation": dilation}


def _pair(value):
    try:
        return pair(value, "", "")
    except ValueError:
        return None


def _equal(found, y):
    return found is not None and np.array_equal(found, y, equal_nan=True)


def each(run, x, y):
    """(facts, function) where run makes every number of y from the number at its place in x alone, else None.

    Found out by changing the others: the numbers at some places must stay when those at all other places change.
    facts: "slope", the derivative at each place, and "named", the function's name where it is a known one. A layer
    that hands no gradient back, because it computes outside of Tensors, is believed where it equals a known function.
    """
    if x.shape != y.shape:
        return None
    draw = np.random.default_rng(0)
    for _ in range(2):
        kept = draw.random(x.shape) < 0.5
        for mask in (kept, ~kept):
            moved = np.where(mask, x, x + draw.normal(size=x.shape) * (np.std(x) + 0.1)).astype(x.dtype)
            found = evaluated(run, moved)
            if found is None or found.shape != y.shape or not np.allclose(found[mask], y[mask], 1e-5, 1e-7, True):
                return None
    known = next((name for name, f in NAMED.items() if _equal(evaluated(f, x), y) and _is(f, run, x)), None)
    slope = derivative(run, x)
    if slope is None and known:
        run = NAMED[known]
        slope = derivative(run, x)
    return None if slope is None else ({"slope": slope, "named": known}, run)


def _is(function, run, x):
    """Whether run is a known function at other numbers of both signs too."""
    other = np.random.default_rng(1).normal(size=x.shape).astype(x.dtype) * 2
    found = evaluated(run, other)
    return found is not None and close(found, evaluated(function, other))


def derivative(run, x):
    """The sum of all outputs, differentiated by each input; None if no gradient comes back."""
    start = Tensor(x, requires_grad=True)
    with np.errstate(all="ignore"):
        out = run(start)
        if not out.requires_grad:
            return None
        found = grad(out.sum(), [start], allow_unused=True)[0]
    return None if found is None else array(found)
