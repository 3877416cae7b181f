def rows_and_columns(size, kernel, stride, padding, dilation):
    """For each number of the columns the pixel it comes from, counted in the padded picture: (kh * kw, windows) twice."""
    found = []
    for axis, length in enumerate(size):
        k, s, p, d = (v if isinstance(v, int) else v[axis] for v in (kernel, stride, padding, dilation))
        first = np.arange(0, length + 2 * p - d * (k - 1), s)
        found.append(first[None, :] + d * np.arange(k)[:, None])
    down, across = found
    down = np.repeat(np.repeat(down, across.shape[0], 0), across.shape[1], 1)
    across = np.tile(across, (found[0].shape[0], found[0].shape[1]))
    return down, across


def im2col(x, kernel, stride=1, padding=0, dilation=1):
    down, across = rows_and_columns(x.shape[2:], kernel, stride, padding, dilation)
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    found = padded[:, :, down, across]
    return found.reshape(len(x), x.shape[1] * len(down), down.shape[1])


def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
    down, across = rows_and_columns(size, kernel, stride, padding, dilation)
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    n, channels = len(columns), columns.shape[1] // len(down)
    padded = np.zeros((n, channels, size[0] + 2 * ph, size[1] + 2 * pw), columns.dtype)
    np.add.at(padded, np.s_[:, :, down, across], columns.reshape(n, channels, *down.shape))
    return np.ascontiguousarray(padded[:, :, ph : ph + size[0], pw : pw + size[1]]) * 1
