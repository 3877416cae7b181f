"""Are gradients right? Each one beside what nudging its input up and down does to the output."""

import random
from math import prod

from karpathy_course.ops.array_library import namespace


class GradcheckError(AssertionError):
    """A gradient that differs from what nudging shows; the message says which, and both numbers."""


def gradcheck(fn, inputs, *, eps=1e-6, atol=1e-5, rtol=1e-3):
    """True when the gradients of fn at the inputs agree with central differences, as torch.autograd.gradcheck.

    fn: a function of Tensors that returns one Tensor of any shape; its elements are weighed by fixed random
    numbers and summed, so that one backward covers them all. inputs: a Tensor or several, float64. eps: the
    nudge. A gradient may be off by atol + rtol * |difference quotient|.
    Raises GradcheckError where it is off by more, TypeError for inputs that are not float64.
    """
    inputs = inputs if isinstance(inputs, (tuple, list)) else (inputs,)
    for k, x in enumerate(inputs):
        if x.requires_grad and "float64" not in str(x.dtype):
            raise TypeError(f"gradcheck: input {k} is {x.dtype}: differences this small need float64")
    rng = random.Random(0)
    weights = None

    def weighed(*tensors):
        nonlocal weights
        out = fn(*tensors)
        if weights is None:
            xp = namespace(out.data)
            numbers = [rng.uniform(0.5, 1.5) for _ in range(prod(out.shape))]
            weights = xp.reshape(xp.asarray(numbers, dtype=out.dtype, device=out.device), out.shape)
        return (out * weights).sum()

    tensors = [type(x)(namespace(x.data).asarray(x.data, copy=True), x.requires_grad) for x in inputs]
    weighed(*tensors).backward()
    for number, x in enumerate(tensors):
        if not x.requires_grad:
            continue
        xp = namespace(x.data)
        got = x.grad if x.grad is not None else xp.zeros(x.shape)
        if tuple(got.shape) != x.shape:
            raise GradcheckError(f"gradcheck: input {number} has shape {x.shape}, its gradient {tuple(got.shape)}")
        for place in _places(x.shape):
            middle = float(x.data[place])
            ends = []
            for nudged in (middle + eps, middle - eps):
                x.data[place] = nudged
                ends.append(weighed(*tensors).item())
            x.data[place] = middle
            expected = (ends[0] - ends[1]) / (2 * eps)
            if not abs(float(got[place]) - expected) <= atol + rtol * abs(expected):
                raise GradcheckError(
                    f"gradcheck: input {number} at {place}: the gradient says {float(got[place]):.6g}, "
                    f"nudging by ±{eps:g} says {expected:.6g}"
                )
    return True


def _places(shape):
    """Every index of an array of this shape, last axis first."""
    if not shape:
        yield ()
        return
    for before in _places(shape[:-1]):
        yield from ((*before, k) for k in range(shape[-1]))
