def fit_line(xs, ys, rate, steps):
    parameters = [Value(0), Value(0)]
    for _ in range(steps):
        loss = Value(0.0)
        for x, y in zip(xs, ys):
            error = weighted_sum(parameters[:1], [x], parameters[1]) - y
            loss += error * error
        (loss * (1 / len(ys))).backward()
        for p in parameters:
            p.data, p.grad = p.data - rate * p.grad, 0
    return [p.data for p in parameters]
