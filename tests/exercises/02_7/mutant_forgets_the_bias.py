# mistake: frozen-bias
def fit_line(xs, ys, rate, steps) -> list:
    """[w, b] after gradient descent on the mean of (w x + b - y)², from w = b = 0.

    xs, ys: lists of n floats. rate: the length of a step, per unit of gradient. steps: how many.
    """
    w, b = Value(0.0), Value(0.0)
    for _ in range(steps):
        loss = sum((w * x + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
        w.grad = b.grad = 0.0
        loss.backward()
        w.data -= rate * w.grad
    return [w.data, b.data]
