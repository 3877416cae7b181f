def gradcheck(forward, backward, inputs):
    for x in inputs:
        if x.dtype != float:
            raise ValueError(f"float64 wanted, {x.dtype} given")
    inputs = [x.copy() for x in inputs]
    y = np.array(forward(*inputs))
    columns = []
    for x in inputs:
        jacobian = np.zeros((x.size, y.size))
        for row, place in enumerate(np.ndindex(*x.shape)):
            old = x[place]
            h = 2e-6 * abs(old) if old != 0 else 2e-6
            x[place] = old + h
            above, xa = np.array(forward(*inputs)), x[place]
            x[place] = old - h
            below, xb = np.array(forward(*inputs)), x[place]
            x[place] = old
            jacobian[row] = ((above - below) / (xa - xb)).reshape(-1)
        columns.append(jacobian)
    for seed in (1, 2):
        weights = np.random.default_rng(seed).standard_normal(y.shape)
        weights = np.asarray(weights)
        for x, jacobian, gradient in zip(inputs, columns, backward(*inputs, weights)):
            expected = (jacobian @ weights.reshape(-1)).reshape(x.shape)
            gradient = np.asarray(gradient)
            if gradient.shape != expected.shape:
                return False
            size = max([0.0, *abs(expected).reshape(-1), *abs(gradient).reshape(-1)])
            if size and not np.all(abs(expected - gradient) / size < 1e-7):
                return False
    return True
