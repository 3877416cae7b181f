def _shape(x, dim):
    if dim is None:
        dim = range(x.ndim)
    dims = [d % x.ndim for d in ([dim] if isinstance(dim, int) else dim)]
    return [1 if k in dims else n for k, n in enumerate(x.shape)]


def sum_gradient(x, gradient, dim=None, keepdim=False):
    out = np.zeros_like(x)
    out += gradient.reshape(_shape(x, dim))
    return out


def mean_gradient(x, gradient, dim=None, keepdim=False):
    count = 1
    for have, left in zip(x.shape, _shape(x, dim)):
        count *= 1 if left == have else have
    return sum_gradient(x, gradient, dim, keepdim) / count


def amax_gradient(x, gradient, dim=None, keepdim=False):
    axes = None if dim is None else dim
    top = np.max(x, axis=axes, keepdims=True)
    where = np.where(x == top, 1, 0).astype(x.dtype)
    return where / np.sum(where, axis=axes, keepdims=True) * np.reshape(gradient, top.shape)
