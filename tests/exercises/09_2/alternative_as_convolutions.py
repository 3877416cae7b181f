from numpy.lib.stride_tricks import sliding_window_view


def spread(array, sizes, steps):
    """The numbers of an array, steps apart, with zeros between and behind them."""
    out = np.zeros((*array.shape[:2], *sizes), array.dtype)
    out[:, :, :: steps[0], :: steps[1]][:, :, : array.shape[2], : array.shape[3]] = array
    return out


def conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1):
    two = lambda v: (v, v) if np.isscalar(v) else tuple(v)
    s, p, d = two(stride), two(padding), two(dilation)
    n, channels, h, w = x.shape
    outputs, each, kh, kw = weight.shape
    wide = (kh - 1) * d[0] + 1, (kw - 1) * d[1] + 1
    full = h + 2 * p[0], w + 2 * p[1]
    g = spread(gradient, (full[0] - wide[0] + 1, full[1] - wide[1] + 1), s)  # as if the stride had been 1
    around = np.pad(g, ((0, 0), (0, 0), (wide[0] - 1,) * 2, (wide[1] - 1,) * 2))
    kernel = spread(weight, wide, d)[:, :, ::-1, ::-1].reshape(groups, outputs // groups, each, *wide)
    windows = sliding_window_view(around, wide, axis=(2, 3)).reshape(n, groups, outputs // groups, *full, *wide)
    for_padded = np.einsum("ngohwij,gocij->ngchw", windows, kernel).reshape(n, channels, *full)
    padded = np.pad(x, ((0, 0), (0, 0), (p[0],) * 2, (p[1],) * 2))
    over = sliding_window_view(padded, g.shape[2:], axis=(2, 3))[:, :, :: d[0], :: d[1]]
    over = over.reshape(n, groups, each, kh, kw, *g.shape[2:])
    for_weight = np.einsum("ngcijhw,ngohw->gocij", over, g.reshape(n, groups, outputs // groups, *g.shape[2:]))
    for_x = for_padded[:, :, p[0] : full[0] - p[0], p[1] : full[1] - p[1]].copy()
    return for_x, for_weight.reshape(weight.shape).astype(x.dtype), gradient.sum((0, 2, 3))
