"""Adam: each number has its own rate, larger where its gradients have been small. Kingma and Ba 2015, algorithm 1.

AdamW differs in where weights decay: beside the rule, so that the decay is not divided by the gradient's size.
"""

from karpathy_course.optim.optimizer import Optimizer
from karpathy_course.optim.rates import as_dtype_of


class Adam(Optimizer):
    """``parameter -= lr * m / (sqrt(v) + eps)``: m and v the running means of the gradient and of its square.

    betas: how much of each stays at a step; both begin at 0, which is made up for. weight_decay: an L2 penalty, or with
    decoupled_weight_decay what `AdamW` does.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, decoupled_weight_decay=False):
        options = {"lr": lr, "betas": tuple(betas), "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, **options, decoupled_weight_decay=decoupled_weight_decay)

    def check(self, options):
        super().check(options)
        if len(options["betas"]) != 2 or any(not 0 <= beta < 1 for beta in options["betas"]):
            raise ValueError(
                f"{type(self).__name__}: betas={options['betas']}: expected two, both at least 0 and below 1"
            )

    def kept(self, options):
        return "exp_avg", "exp_avg_sq"

    def update(self, parameter, gradient, state, options, number):
        (b1, b2), m, v = options["betas"], state["exp_avg"], state["exp_avg_sq"]
        if decay := options["weight_decay"]:
            if options["decoupled_weight_decay"]:
                parameter *= as_dtype_of(1 - options["lr"] * decay, parameter)
            else:
                gradient = gradient + decay * parameter
        m *= as_dtype_of(b1, parameter)
        m += as_dtype_of(1 - b1, parameter) * gradient
        v *= as_dtype_of(b2, parameter)
        v += as_dtype_of(1 - b2, parameter) * gradient * gradient
        state["exp_avg"], state["exp_avg_sq"] = m, v
        # m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), with what is one number for all taken together
        shorter = (1 - b2**number) ** 0.5
        rate, eps = options["lr"] * shorter / (1 - b1**number), options["eps"] * shorter
        parameter -= as_dtype_of(rate, parameter) * m / (v**0.5 + as_dtype_of(eps, parameter))
        return parameter


class AdamW(Adam):
    """Adam that also takes ``lr * weight_decay`` of each parameter away. Loshchilov and Hutter 2019, algorithm 2.

    An L2 penalty in Adam joins the gradient and is divided by its size: where gradients are large, weights decay less.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2):
        super().__init__(params, lr, betas, eps, weight_decay, decoupled_weight_decay=True)
