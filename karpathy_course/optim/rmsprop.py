"""RMSprop: each step is divided by the size that the gradient has had lately. Tieleman and Hinton 2012, lecture 6e."""

from karpathy_course.optim.optimizer import Optimizer
from karpathy_course.optim.rates import as_dtype_of


class RMSprop(Optimizer):
    """``parameter -= lr * gradient / (sqrt(v) + eps)``: v the running mean of the gradient's square.

    alpha: how much of v stays at a step; v begins at 0, which is not made up for. momentum: how much of the running
    sum of such steps stays. centered: v less the square of the gradient's running mean, which is its variance (Graves
    2013). weight_decay: an L2 penalty on weights.
    """

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False):
        options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, **options, momentum=momentum, centered=centered)

    def check(self, options):
        super().check(options)
        if options["alpha"] > 1:
            raise ValueError(f"RMSprop: alpha={options['alpha']}: expected at most 1: it is the share that stays")

    def kept(self, options):
        momentum = ("momentum_buffer",) if options["momentum"] else ()
        return ("square_avg", *momentum, *(("grad_avg",) if options["centered"] else ()))

    def update(self, parameter, gradient, state, options, number):
        alpha, v = options["alpha"], state["square_avg"]
        if options["weight_decay"]:
            gradient = gradient + options["weight_decay"] * parameter
        v *= alpha
        v += (1 - alpha) * gradient * gradient
        state["square_avg"] = v
        if options["centered"]:
            mean = state["grad_avg"]
            mean *= alpha
            mean += (1 - alpha) * gradient
            state["grad_avg"] = mean
            v = v - mean * mean
        step = gradient / (v**0.5 + options["eps"])
        if options["momentum"]:
            total = state["momentum_buffer"]
            total *= as_dtype_of(options["momentum"], parameter)
            total += step
            state["momentum_buffer"] = step = total
        parameter -= as_dtype_of(options["lr"], parameter) * step
        return parameter
