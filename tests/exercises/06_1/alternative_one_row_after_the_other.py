import math


def _of_row(row):
    top = max(row, default=-math.inf)
    if math.isinf(top):
        return top
    return top + math.log(math.fsum(math.exp(v - top) for v in row))


def logsumexp(x, dim, keepdim=False):
    dtype = np.float32 if x.dtype == np.float32 else np.float64
    moved = np.moveaxis(x, dim, -1)
    out = np.empty(moved.shape[:-1], dtype)
    for place in np.ndindex(out.shape):
        out[place] = _of_row([float(v) for v in moved[place]])
    return np.expand_dims(out, dim) if keepdim else out
