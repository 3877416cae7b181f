from numpy.lib.stride_tricks import sliding_window_view


def _windows(x, kernel, stride, padding):
    two = lambda v: (v, v) if isinstance(v, int) else tuple(v)
    kernel, padding = two(kernel), two(padding)
    stride = kernel if stride is None else two(stride)
    padded = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2), constant_values=-np.inf)
    found = sliding_window_view(padded, kernel, axis=(2, 3))[:, :, :: stride[0], :: stride[1]]
    return padded, found.reshape(*found.shape[:4], kernel[0] * kernel[1]), kernel, stride, padding


def max_pool2d(x, kernel, stride=None, padding=0):
    return _windows(x, kernel, stride, padding)[1].max(axis=-1)


def max_pool2d_gradient(x, gradient, kernel, stride=None, padding=0):
    padded, windows, kernel, stride, padding = _windows(x, kernel, stride, padding)
    best = windows.argmax(axis=-1)
    n, c, r, q = np.indices(best.shape)
    out = np.zeros_like(padded)
    np.add.at(out, (n, c, r * stride[0] + best // kernel[1], q * stride[1] + best % kernel[1]), gradient)
    h, w = x.shape[2:]
    return out[:, :, padding[0] : padding[0] + h, padding[1] : padding[1] + w].copy()
