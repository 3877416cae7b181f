# mistake: nudged
def manual_backprop(a, b, c, f):
    h = 1e-5
    L = lambda a, b, c, f, e=0, d=0: (a * b + e + c + d) * f
    grads = {"L": L(a, b, c, f)}
    start = {"a": a, "b": b, "c": c, "f": f, "e": 0, "d": 0}
    for name in start:
        up = L(**{**start, name: start[name] + h})
        down = L(**{**start, name: start[name] - h})
        grads[name] = (up - down) / (2 * h)
    return grads
