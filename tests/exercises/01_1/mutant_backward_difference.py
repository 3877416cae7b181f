# mistake: backward-difference
def numerical_grad(f, xs, i, h=1e-5) -> float:
    """The slope of f with respect to xs[i], by a central difference of step h.

    f: a function that takes one list of n floats and returns a float. xs: list of n floats, left as it is.
    i: int, which of them is nudged. h: float, the length of the nudge to each side.
    """
    up, down = list(xs), list(xs)
    down[i] -= h
    return (f(up) - f(down)) / h
