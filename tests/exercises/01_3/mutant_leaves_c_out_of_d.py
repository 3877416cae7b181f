# mistake: skips-c
def manual_backprop(a, b, c, f) -> dict:
    """L = (a * b + c) * f and its gradients: a dict of floats with the keys L, f, d, c, e, a, b.

    a, b, c, f: floats. "L" holds the value of L; every other key holds dL/d(that node), where e = a * b, d = e + c.
    """
    e = a * b
    d = e + c
    df, dd = d, f
    de, dc = dd, dd
    da, db = de * b, de * a
    return {"L": d * f, "f": e, "d": dd, "c": dc, "e": de, "a": da, "b": db}
