# mistake: forgets-chain
def manual_backprop(a, b, c, f) -> dict:
    """{"L": value, "a": dL/da, "b": dL/db, "c": dL/dc, "f": dL/df} for L = (a * b + c) * f; all floats."""
    e = a * b
    d = e + c
    grad_d = f
    grad_e = grad_d
    return {"L": d * f, "a": b, "b": a, "c": grad_d, "f": d}
