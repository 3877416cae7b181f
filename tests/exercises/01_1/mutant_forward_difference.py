# mistake: forward-difference
def numerical_grad(f, xs, i, h=1e-4) -> float:
    """The central difference of f in its i-th number.

    f: takes a list of floats and returns a float. xs: a list of floats. i: an index into xs. h: a small float.
    """
    up, down = list(xs), list(xs)
    up[i] += h
    down[i] -= h
    return (f(up) - f(xs)) / h
