# mistake: itself
def d_tanh(x) -> float:
    """How fast tanh changes at the float x."""
    return 1 - math.tanh(x) ** 2


def d_exp(x) -> float:
    """How fast exp changes at the float x."""
    return math.exp(x)


def d_pow(x, n) -> float:
    """How fast x to the power n changes at the float x that is not 0; n is an int."""
    return n * x ** (n - 1)


def d_relu(x) -> float:
    """How fast relu changes at the float x; 0 at the corner."""
    return max(x, 0.0)
