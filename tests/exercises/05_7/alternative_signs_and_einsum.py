def _forward(weights, x):
    kept = [x]
    for W, b in weights:
        kept.append(np.einsum("ni,ij->nj", np.tanh(kept[-1]) if len(kept) > 1 else x, W) + b)
    return kept


def loss_and_gradients(weights, x, y):
    sums = _forward(weights, x)
    sign = 1.0 - 2.0 * y
    v = sums[-1].ravel() * sign
    loss = np.logaddexp(0.0, v).sum() / y.size
    g = (sign * np.exp(v - np.logaddexp(0.0, v)) / y.size)[:, np.newaxis]
    out = []
    for k in reversed(range(len(weights))):
        h = np.tanh(sums[k]) if k else x
        out.append((np.einsum("ni,nj->ij", h, g), np.einsum("nj->j", g)))
        if k:
            g = np.einsum("nj,ij->ni", g, weights[k][0]) / np.cosh(np.clip(sums[k], -350, 350)) ** 2
    out.reverse()
    return loss, out
