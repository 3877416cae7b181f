def logsumexp(x, dim, keepdim=False):
    total = np.logaddexp.reduce(x, axis=dim, keepdims=True)
    return total if keepdim else np.squeeze(total, axis=dim)
