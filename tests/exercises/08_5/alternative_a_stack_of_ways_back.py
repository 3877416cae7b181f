def residual_gradient(x, blocks, gradient):
    ways, h = [], np.array(x)
    for block in blocks:
        f, vjp, skip = block
        matrix = np.eye(h.shape[1], dtype=h.dtype) if skip is None else skip
        ways.append(lambda g, h=h, vjp=vjp, matrix=matrix: np.add(g @ matrix.T, vjp(h, g)))
        h = np.add(np.matmul(h, matrix), f(h))
    g = np.array(gradient)
    while ways:
        g = ways.pop()(g)
    return np.array(g, dtype=x.dtype)
