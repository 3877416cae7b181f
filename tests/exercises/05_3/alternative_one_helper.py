def _back(x, gradient, dim, keepdim, weights):
    if not keepdim:
        axes = tuple(range(x.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
        for axis in sorted(axis % x.ndim for axis in axes):
            gradient = np.expand_dims(gradient, axis)
    return np.multiply(gradient, weights, dtype=gradient.dtype)


def sum_gradient(x, gradient, dim=None, keepdim=False):
    return _back(x, gradient, dim, keepdim, np.ones(x.shape, x.dtype))


def mean_gradient(x, gradient, dim=None, keepdim=False):
    n = np.ones(x.shape, x.dtype).sum(axis=dim, keepdims=True)
    return _back(x, gradient, dim, keepdim, np.ones(x.shape, x.dtype) / n)


def amax_gradient(x, gradient, dim=None, keepdim=False):
    ties = (x >= x.max(axis=dim, keepdims=True)).astype(x.dtype)
    return _back(x, gradient, dim, keepdim, ties / ties.sum(axis=dim, keepdims=True))
