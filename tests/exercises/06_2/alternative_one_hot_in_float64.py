def _log_softmax(z):
    top = np.amax(z, -1, keepdims=True)
    return z - top - np.log(np.sum(np.exp(z - top), -1, keepdims=True))


def cross_entropy_gradient(logits, targets):
    classes = np.arange(logits.shape[1])
    known = (targets != -1)[:, None]
    y = (classes[None, :] == targets[:, None]).astype(np.float64)
    p = np.exp(_log_softmax(logits.astype(np.float64)))
    n = known.sum()
    g = np.where(known, p - y, 0.0)
    return (g / n if n else g).astype(logits.dtype)
