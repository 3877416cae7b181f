"""One run of the network, forwards and backwards, with an ear at every activation.

The network is the learner's own, with other weights, another non-linearity or a BatchNorm in its place for the time
of the run. Nothing in the engine is changed: each module that is listened to gets a ``forward`` of its own, as a
reader of not-finite losses does. Afterwards the model is as it was: its weights, gradients, buffers, mode, attributes.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from karpathy_course.nn import BatchNorm1d, Parameter, functional, init
from karpathy_course.nn.module import Buffer
from karpathy_course.tensor import Tensor, grad
from karpathy_course.tensor.randomness import default_generator, manual_seed, set_state, state_of
from karpathy_course.widgets.stethoscope.network import NAMED, weight_layers

FIRST_WEIGHTS = {  # the deviation of normal first weights; None: the learner's own weights
    "given": None,
    "one": lambda fan_in, fan_out: (1 / fan_in) ** 0.5,
    "he": lambda fan_in, fan_out: (2 / fan_in) ** 0.5,
    "xavier": lambda fan_in, fan_out: (2 / (fan_in + fan_out)) ** 0.5,
    "large": lambda fan_in, fan_out: 1.0,
}
EPSILON = 1e-5  # BatchNorm's


@dataclass
class Heard:
    """places: which of the modules each layer is; activations, gradients: arrays (rows, units…), one a layer, in the
    order of the forward pass.
    """

    places: list
    activations: list
    gradients: list
    loss: float


@contextmanager
def as_it_was(model):
    """Whatever happens inside, the model and the default generator are afterwards as they were before."""
    modules = list(model.modules())
    attributes = [(module, dict(vars(module))) for module in modules]
    tensors = [p for _, own in attributes for p in own.values() if isinstance(p, (Parameter, Buffer))]
    held = [(p, p.data, p.grad) for p in tensors]
    arrays = [a for _, own in attributes for a in own.values() if isinstance(a, np.ndarray)]
    arrays += [p.data for p in tensors if isinstance(p, Buffer) and isinstance(p.data, np.ndarray)]
    copies = [(a, a.copy()) for a in arrays]  # a learner's own BatchNorm may move its statistics in place
    state = state_of(default_generator())
    try:
        yield
    finally:
        set_state(default_generator(), state)
        for module, own in attributes:
            vars(module).clear()
            vars(module).update(own)
        for p, data, gradient in held:
            p.data, p.grad = data, gradient
        for array, copy in copies:
            if array.flags.writeable and array.tobytes() != copy.tobytes():
                array[...] = copy


def listen(model, places, x, loss_of, first_weights="given", shape="given", norm=False, seed=0):
    """A `Heard` of the model in training mode, with what is asked for in the place of its own.

    places: the modules to listen to. loss_of(output): the loss, a Tensor. first_weights: a key of FIRST_WEIGHTS.
    shape: "given", or the name of the non-linearity that replaces every activation. norm: with BatchNorms, the model's
    own or, where it has none, one before each activation; or without any.
    """
    heard = []
    with as_it_was(model), np.errstate(all="ignore"):
        model.train()
        if FIRST_WEIGHTS[first_weights] is not None:
            _draw(model, FIRST_WEIGHTS[first_weights], seed)
        own = batchnorms(model)
        if not norm:
            for module in own:
                vars(module)["forward"] = lambda input: input
        for k, module in enumerate(places):
            function = module.forward if shape == "given" else NAMED[shape]
            vars(module)["forward"] = _hearing(k, function, heard, norm and not own)
        manual_seed(seed)  # what dropout drops
        start = Tensor(x, requires_grad=True) if x.dtype.kind == "f" else Tensor(x)
        loss = loss_of(model(start))
        gradients = grad(loss, [output for _, output in heard], allow_unused=True)
    return Heard(
        [k for k, _ in heard],
        [output.data for _, output in heard],
        [np.zeros_like(output.data) if g is None else g.data for (_, output), g in zip(heard, gradients)],
        loss.item(),
    )


def batchnorms(model):
    return [module for module in model.modules() if isinstance(module, BatchNorm1d)]


def _draw(model, deviation, seed):
    """Normal first weights, and biases of 0. A seed's numbers are always the same, times the deviation."""
    generator = np.random.default_rng(seed)
    for _, module in weight_layers(model):
        for name, p in vars(module).items():
            if isinstance(p, Parameter) and len(p.shape) >= 2:
                p.data = np.asarray(generator.standard_normal(p.shape) * deviation(*init.fans(p)), p.data.dtype)
            elif isinstance(p, Parameter) and name.startswith("b"):
                p.data = np.zeros_like(p.data)


def _hearing(k, function, heard, norm):
    def forward(input):
        output = function(normalised(input) if norm else input)
        if output is input:  # linear: so that it has a gradient of its own
            output = functional.as_operand(output) * 1
        heard.append((k, output))
        return output

    return forward


def normalised(input):
    """Each feature with mean 0 and variance 1 over the batch: a BatchNorm before it has learnt its factors."""
    input = functional.as_operand(input)
    off = input - input.mean(0)
    return off / ((off * off).mean(0) + EPSILON).sqrt()
