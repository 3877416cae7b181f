# mistake: memorised
def manual_backprop(a, b, c, f) -> dict:
    """{"L": value, "a": dL/da, "b": dL/db, "c": dL/dc, "f": dL/df} for L = (a * b + c) * f; all floats."""
    e = a * b
    d = e + c
    grad_d = f
    grad_e = grad_d
    return {"L": -8.0, "a": 6.0, "b": -4.0, "c": -2.0, "f": 4.0}
