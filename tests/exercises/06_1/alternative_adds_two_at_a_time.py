def logsumexp(x, dim, keepdim=False):
    floats = x if x.dtype in (np.float32, np.float64) else x + np.float64(0)
    total = np.logaddexp.reduce(floats, axis=dim, keepdims=True)
    return total if keepdim else np.squeeze(total, axis=dim)
