def manual_backprop(a, b, c, f):
    e = a * b
    d = c + e
    L = f * d
    grad = {"L": L}
    upstream = 1.0
    grad["d"] = upstream * f
    grad["f"] = upstream * d
    for term in ("e", "c"):
        grad[term] = grad["d"] * 1.0
    for factor, other in (("a", b), ("b", a)):
        grad[factor] = other * grad["e"]
    return grad
