# mistake: relu-sign
def d_tanh(x) -> float:
    """The slope of tanh at x (float)."""
    return 1 - math.tanh(x) ** 2


def d_exp(x) -> float:
    """The slope of exp at x (float)."""
    return math.exp(x)


def d_pow(x, n) -> float:
    """The slope of x ** n with respect to x. x: float. n: int or float, fixed."""
    return n * x ** (n - 1)


def d_relu(x) -> float:
    """The slope of max(x, 0) at x (float): 1.0 or 0.0, and 0.0 at the corner x = 0."""
    return math.copysign(1.0, x) if x else 0.0


def d_log(x) -> float:
    """The slope of the natural logarithm at x (float, above 0)."""
    return 1 / x


def d_sigmoid(x) -> float:
    """The slope of 1 / (1 + exp(-x)) at x (float)."""
    s = 1 / (1 + math.exp(-x))
    return s * (1 - s)
