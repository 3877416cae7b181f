"""Adam: each number has its own rate, larger where its gradients have been small. Kingma and Ba 2015, algorithm 1."""

from karpathy_course.ops.array_library import namespace
from karpathy_course.optim.optimizer import Optimizer
from karpathy_course.optim.rates import as_dtype_of


class Adam(Optimizer):
    """``parameter -= lr * m / (sqrt(v) + eps)``: m and v the running means of the gradient and of its square.

    betas: how much of each stays at a step; both begin at 0, which is made up for. weight_decay: an L2 penalty, as
    in torch's Adam (AdamW decays beside the rule).
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0):
        super().__init__(params, lr=lr, betas=tuple(betas), eps=eps, weight_decay=weight_decay)

    def check(self, options):
        super().check(options)
        if any(not 0 <= beta < 1 for beta in options["betas"]):
            raise ValueError(f"Adam: betas={options['betas']}: expected both at least 0 and below 1")

    def begin(self, parameter, options):
        zeros_like = namespace(parameter).zeros_like
        return {"exp_avg": zeros_like(parameter), "exp_avg_sq": zeros_like(parameter)}

    def update(self, parameter, gradient, state, options, number):
        (b1, b2), m, v = options["betas"], state["exp_avg"], state["exp_avg_sq"]
        if options["weight_decay"]:
            gradient = gradient + options["weight_decay"] * parameter
        m *= b1
        m += (1 - b1) * gradient
        v *= b2
        v += (1 - b2) * gradient * gradient
        state["exp_avg"], state["exp_avg_sq"] = m, v
        # m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + eps), with what is one number for all taken together
        shorter = (1 - b2**number) ** 0.5
        rate, eps = options["lr"] * shorter / (1 - b1**number), options["eps"] * shorter
        parameter -= as_dtype_of(rate, parameter) * m / (v**0.5 + as_dtype_of(eps, parameter))
        return parameter
