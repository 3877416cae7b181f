def manual_backprop(a, b, c, f):
    return {"L": (a * b + c) * f, "a": b * f, "b": a * f, "c": f, "f": a * b + c}
