def shrunk(total, shape):
    while total.ndim > len(shape):
        total = total.sum(axis=0)
    for axis, (have, want) in enumerate(zip(total.shape, shape)):
        if have != want:
            total = total.sum(axis=axis, keepdims=True)
    return total


def matmul_gradients(a, b, gradient):
    if a.ndim == 1:
        da, db = matmul_gradients(a[None, :], b, np.expand_dims(gradient, gradient.ndim - (b.ndim > 1)))
        return da[0].copy(), db
    if b.ndim == 1:
        da, db = matmul_gradients(a, b[:, None], gradient[..., None])
        return da, db[:, 0].copy()
    da = np.einsum("...ij,...kj->...ik", gradient, b)
    db = np.einsum("...ik,...ij->...kj", a, gradient)
    return [shrunk(da, a.shape), shrunk(db, b.shape)]
