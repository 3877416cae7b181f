from numpy.lib.stride_tricks import sliding_window_view


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    pairs = [(v, v) if isinstance(v, int) else tuple(v) for v in (stride, padding, dilation)]
    (sh, sw), (ph, pw), (dh, dw) = pairs
    outputs, each, kh, kw = weight.shape
    if x.shape[1] != groups * each or outputs % groups:
        raise ValueError(f"channels {x.shape[1]}, weight {weight.shape}, groups {groups}")
    padded = np.pad(x, [(0, 0), (0, 0), (ph, ph), (pw, pw)])
    window = ((kh - 1) * dh + 1, (kw - 1) * dw + 1)
    if any(size < wide for size, wide in zip(padded.shape[2:], window)):
        raise ValueError(f"window {window}, padded picture {padded.shape[2:]}")
    windows = sliding_window_view(padded, window, axis=(2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]
    n, c, rows, columns = windows.shape[:4]
    windows = windows.reshape(n, groups, each, rows, columns, kh, kw)
    kernels = weight.reshape(groups, outputs // groups, each, kh, kw)
    out = np.einsum("ngcrqij,gocij->ngorq", windows, kernels).reshape(n, outputs, rows, columns)
    return out if bias is None else out + bias.reshape(1, -1, 1, 1)
