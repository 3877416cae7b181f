def heavy_ball(gradient, start, rates, momentum):
    points = [start.copy() if start.dtype == np.float32 else start.astype(float)]
    velocity = 0.0
    for k, rate in enumerate(rates):
        slope = gradient(points[k])
        if k and rates[k - 1]:
            velocity = (points[k - 1] - points[k]) / rates[k - 1]  # what the last step says about it
        velocity = momentum * velocity + slope
        points.append((points[k] - rate * velocity).astype(points[0].dtype))
    return np.array(points)


def best_momentum(hessian):
    values = np.linalg.eigvalsh(hessian.astype(float))
    kappa = values.max() / values.min()
    root = kappa**0.5
    return 4 / float(values.min()) / float(root + 1) ** 2, float((1 - 2 / (root + 1)) ** 2)
