# mistake: half-step
def numerical_grad(f, xs, i, h=1e-5):
    left = xs[:i] + [xs[i] - h / 2] + xs[i + 1:]
    right = xs[:i] + [xs[i] + h / 2] + xs[i + 1:]
    return (f(right) - f(left)) / h
