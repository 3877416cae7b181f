"""Activations and what else has no weights, as modules: for `Sequential`."""

from karpathy_course.nn import functional
from karpathy_course.nn.module import Module


class ReLU(Module):
    """max(x, 0)."""

    def forward(self, input):
        return functional.relu(input)


class LeakyReLU(Module):
    """x, or negative_slope * x where x is negative."""

    def __init__(self, negative_slope=0.01):
        self.negative_slope = negative_slope

    def forward(self, input):
        return functional.leaky_relu(input, self.negative_slope)

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}"


class Tanh(Module):
    """(exp(x) - exp(-x)) / (exp(x) + exp(-x))."""

    def forward(self, input):
        return functional.tanh(input)


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, input):
        return functional.sigmoid(input)


class GELU(Module):
    """``x Φ(x)``, Φ the normal distribution's (Hendrycks and Gimpel 2016)."""

    def __init__(self, approximate="none"):
        self.approximate = approximate

    def forward(self, input):
        return functional.gelu(input, self.approximate)

    def extra_repr(self):
        return f"approximate={self.approximate!r}"


class Softmax(Module):
    """Probabilities along dim."""

    def __init__(self, dim):
        self.dim = dim

    def forward(self, input):
        return functional.softmax(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithms of probabilities along dim."""

    def __init__(self, dim):
        self.dim = dim

    def forward(self, input):
        return functional.log_softmax(input, self.dim)

    def extra_repr(self):
        return f"dim={self.dim}"


class Dropout(Module):
    """In training each number is 0 with probability p and the others are divided by 1 - p; in eval mode nothing.

    Srivastava et al. 2014. Raises ValueError for a p that is no probability.
    """

    def __init__(self, p=0.5):
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout: p={p} is no probability: expected 0 to 1")
        self.p = p

    def forward(self, input):
        return functional.dropout(input, self.p, self.training)

    def extra_repr(self):
        return f"p={self.p}"


class Flatten(Module):
    """The dims from start_dim to end_dim as one; by default all but the batch's."""

    def __init__(self, start_dim=1, end_dim=-1):
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return functional.as_operand(input).flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """What it is given."""

    def forward(self, input):
        return input
