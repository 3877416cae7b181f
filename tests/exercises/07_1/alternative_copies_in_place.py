def descend(gradient, start, rate, steps):
    x = start.copy() if start.dtype == np.float32 else start.astype(np.float64)
    points = [x.copy()]
    while len(points) < steps + 1:
        x -= rate * gradient(x)
        points.append(x.copy())
    return np.array(points)


def shrink_factor(hessian, rate):
    values, _ = np.linalg.eigh(np.asarray(hessian, dtype=np.float64))
    return max(abs(1 - rate * float(value)) for value in values)


def best_rate(hessian):
    values = sorted(np.linalg.eigvals(np.asarray(hessian, dtype=np.float64)).real.tolist())
    rate = 2 / (values[0] + values[-1])
    return rate, abs(shrink_factor(hessian, rate))
