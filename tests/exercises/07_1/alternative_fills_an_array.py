def descend(gradient, start, rate, steps):
    dtype = start.dtype if start.dtype.kind == "f" else float
    path = np.empty((steps + 1, *start.shape), dtype)
    path[0] = start
    for k in range(steps):
        path[k + 1] = path[k] - rate * gradient(path[k])
    return path


def shrink_factor(hessian, rate):
    return np.linalg.norm(np.eye(len(hessian)) - rate * hessian.astype(float), 2).item()


def best_rate(hessian):
    largest = float(np.linalg.norm(hessian.astype(float), 2))
    smallest = 1 / float(np.linalg.norm(np.linalg.inv(hessian.astype(float)), 2))
    kappa = largest / smallest
    return [2 / (smallest + largest), (kappa - 1) / (kappa + 1)]
