def heavy_ball(gradient, start, rates, momentum):
    dtype = start.dtype if start.dtype.kind == "f" else np.dtype(float)
    path = np.zeros((len(rates) + 1, *start.shape), dtype)
    path[0] = start
    velocity = np.zeros(start.shape, dtype)
    for k, rate in enumerate(rates):
        velocity *= momentum
        velocity += gradient(path[k].copy())
        path[k + 1] = path[k] - rate * velocity
    return path


def best_momentum(hessian):
    h = np.asarray(hessian, dtype=np.float64)
    large = np.linalg.norm(h, 2)
    small = 1 / np.linalg.norm(np.linalg.inv(h), 2)
    rate = 4 / (large + small + 2 * np.sqrt(large * small))
    return [rate.item(), ((1 - np.sqrt(rate * small)) ** 2).item()]
