def matmul_gradients(a, b, gradient):
    A = a[np.newaxis] if a.ndim == 1 else a
    B = b[:, np.newaxis] if b.ndim == 1 else b
    batch = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
    G = gradient.reshape(*batch, A.shape[-2], B.shape[-1])
    da, db = np.zeros(A.shape, gradient.dtype), np.zeros(B.shape, gradient.dtype)
    for index in np.ndindex(*batch):
        of_a = tuple(0 if n == 1 else i for i, n in zip(index[len(batch) - A.ndim + 2 :], A.shape[:-2]))
        of_b = tuple(0 if n == 1 else i for i, n in zip(index[len(batch) - B.ndim + 2 :], B.shape[:-2]))
        da[of_a] += G[index] @ B[of_b].T
        db[of_b] += A[of_a].T @ G[index]
    return da.reshape(a.shape), db.reshape(b.shape)
