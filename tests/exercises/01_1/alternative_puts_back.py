def numerical_grad(f, xs, i, h=1e-4):
    kept = xs[i]
    xs[i] = kept + h
    above = f(xs)
    xs[i] = kept - h
    below = f(xs)
    xs[i] = kept
    return (above - below) / 2 / h
