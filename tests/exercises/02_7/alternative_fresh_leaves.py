def fit_line(xs, ys, rate, steps):
    line = (0.0, 0.0)
    for _ in range(steps):
        w, b = map(Value, line)
        for x, y in zip(xs, ys):
            ((y - (b + x * w)) ** 2 / len(xs)).backward()
        line = (w.data - rate * w.grad, b.data - rate * b.grad)
    return line
