def _moved(x, k, step):
    flat = x.flatten()
    flat[k] += step
    return flat.reshape(x.shape)


def gradcheck(forward, backward, inputs):
    if any(x.dtype.name != "float64" for x in inputs):
        raise ValueError("every input has to be float64")
    g = np.random.default_rng(7).standard_normal(np.shape(forward(*inputs)))
    gradients = backward(*inputs, g)
    for n, (x, found) in enumerate(zip(inputs, gradients)):
        steps = 1e-3 * np.where(x == 0, 1.0, np.abs(x)).flatten()
        slopes = []
        for k, h in enumerate(steps):
            total = 0.0
            for weight, times in ((8, 1), (-8, -1), (-1, 2), (1, -2)):
                nudged = [*inputs]
                nudged[n] = _moved(x, k, times * h)
                total = total + weight * forward(*nudged)
            slopes.append(np.sum(total * g) / (12 * h))
        expected = np.array(slopes).reshape(x.shape)
        if np.shape(found) != expected.shape:
            return False
        if expected.size == 0 or not (np.any(found) or np.any(expected)):
            continue
        error = np.max(np.abs(found - expected)) / max(np.max(np.abs(found)), np.max(np.abs(expected)))
        if np.isnan(error) or error >= 1e-7:
            return False
    return True
