"""Stochastic gradient descent with momentum: the gradient's running sum rolls on where the gradient only flutters."""

from karpathy_course.optim.optimizer import Optimizer
from karpathy_course.optim.rates import as_dtype_of


class SGD(Optimizer):
    """``parameter -= lr * gradient``, torch's formula for every option.

    momentum: how much of the running sum stays; dampening: by how much less than all of the gradient joins it;
    weight_decay: an L2 penalty on weights; nesterov: the gradient counts once more (Sutskever et al. 2013).
    """

    def __init__(self, params, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False):
        options = {"lr": lr, "momentum": momentum, "dampening": dampening}
        super().__init__(params, **options, weight_decay=weight_decay, nesterov=nesterov)

    def check(self, options):
        super().check(options)
        if options["nesterov"] and (not options["momentum"] or options["dampening"]):
            raise ValueError("SGD: nesterov needs a momentum and no dampening")

    def kept(self, options):
        return ("momentum_buffer",) if options["momentum"] else ()

    def update(self, parameter, gradient, state, options, number):
        if options["weight_decay"]:
            gradient = gradient + options["weight_decay"] * parameter
        if options["momentum"]:
            momentum = as_dtype_of(options["momentum"], parameter)
            whole = gradient
            average = state["momentum_buffer"]
            average *= momentum
            if options["dampening"]:  # the first gradient joins whole
                gradient = gradient * as_dtype_of(1 - options["dampening"] * (number > 1), parameter)
            average += gradient
            state["momentum_buffer"] = average
            gradient = whole + momentum * average if options["nesterov"] else average
        parameter -= as_dtype_of(options["lr"], parameter) * gradient
        return parameter
