def manual_backprop(a, b, c, f):
    forward = lambda a, b, c, f: (a * b + c) * f
    base, grads = [a, b, c, f], {"L": forward(a, b, c, f)}
    for i, name in enumerate("abcf"):
        up, down = base.copy(), base.copy()
        up[i] += 1.0
        down[i] -= 1.0
        grads[name] = (forward(*up) - forward(*down)) / 2.0
    return grads
