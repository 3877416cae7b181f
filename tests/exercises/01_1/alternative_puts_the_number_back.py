def numerical_grad(f, xs, i, step=1e-6):
    kept = xs[i]
    try:
        xs[i] = kept + step
        right = f(xs)
        xs[i] = kept - step
        return 0.5 * (right - f(xs)) / step
    finally:
        xs[i] = kept
