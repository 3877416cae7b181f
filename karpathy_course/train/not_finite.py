"""A loss or gradient that is not finite: training stops before it spoils the weights, and says where that began."""

from math import isfinite

import numpy as np

from karpathy_course.ops.array_library import is_array, namespace
from karpathy_course.tensor import Tensor, no_grad
from karpathy_course.tensor.randomness import default_generator, set_state, state_of


class NotFinite(FloatingPointError):
    """Training cannot go on: a loss or a gradient is inf or nan. The model is as it was before the step.

    step: its number. where: the name of the layer or parameter where it began, or "the batch", "the loss".
    """

    def __init__(self, step, where, message):
        super().__init__(message)
        self.step, self.where = step, where


def finite(array):
    """Whether all numbers of an array are finite; whole numbers always are."""
    xp = namespace(array)
    return not xp.isdtype(array.dtype, "real floating") or bool(xp.all(xp.isfinite(array)))


def check_gradients(run, gradients):
    """Raises NotFinite where a gradient is not finite."""
    if _all_finite(gradients.values()):
        return
    for name, gradient in gradients.items():
        if gradient is not None and not finite(gradient):
            raise NotFinite(
                run.number + 1,
                name,
                f"step {run.number + 1}: the gradient of {name} is not finite though the loss is: gradients explode. "
                "The step was not taken. Lower the rate, or give fit clip_norm=1.0",
            )


def _all_finite(arrays):
    """True where the sum of all squares is finite, one call to BLAS an array; False may be a sum too large alone."""
    total = 0.0
    for array in arrays:
        if array is not None:
            if type(array) is not np.ndarray:
                return False
            flat = array.reshape(-1)
            total += float(flat.dot(flat))
    return isfinite(total)


def not_finite(run, batch, loss):
    """The error for a loss that is not finite: it names the first thing, from the batch on, that is not."""
    where, what = _first(run, batch)
    return NotFinite(
        run.number + 1,
        where,
        f"step {run.number + 1}: the loss is {loss}: {what}. The step was not taken. "
        "Look at the data, lower the rate, or give fit clip_norm=1.0",
    )


def _first(run, batch):
    if not all(finite(x.data if isinstance(x, Tensor) else x) for x in batch):
        return "the batch", "the batch itself has numbers that are not finite"
    for name, parameter in run.parameters:
        if not finite(parameter.data):
            return name, f"the parameter {name} is not finite: it became so in step {run.number}"
    *inputs, _ = batch
    met, own = [], [(name, module, vars(module).get("forward")) for name, module in run.model.named_modules()]
    state, held = state_of(default_generator()), [buffer.data for buffer in run.buffers]
    for name, module, _ in own:
        vars(module)["forward"] = _watching(name, module, met)
    try:
        with no_grad():
            run.model(*inputs)
    finally:
        set_state(default_generator(), state)
        for buffer, data in zip(run.buffers, held):
            buffer.data = data
        for _, module, forward in own:
            if forward is None:
                del vars(module)["forward"]
            else:  # a model's own, set on itself
                vars(module)["forward"] = forward
    if not met:
        return "the loss", "every module's output is finite, so it began in the loss function"
    name, module = met[0]  # a module is done before the one that it is part of
    named = f"{name!r} ({type(module).__name__})" if name else type(module).__name__
    return name or type(module).__name__, f"the first module whose output is not finite is {named}"


def _watching(name, module, met):
    forward = module.forward

    def watched(*inputs, **named):
        output = forward(*inputs, **named)
        if not all(map(finite, _arrays(output))):
            met.append((name, module))
        return output

    return watched


def _arrays(output):
    """The arrays of what a module gave: one, or several in a tuple, a list or a dict."""
    if isinstance(output, (tuple, list)):
        return [array for part in output for array in _arrays(part)]
    if isinstance(output, dict):
        return _arrays(list(output.values()))
    output = output.data if isinstance(output, Tensor) else output
    return [output] if is_array(output) else []
