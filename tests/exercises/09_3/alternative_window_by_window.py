def all_windows(size, kernel, stride, padding, dilation):
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = (
        (v, v) if isinstance(v, int) else v for v in (kernel, stride, padding, dilation)
    )
    for top in range(0, size[0] + 2 * ph - dh * (kh - 1), sh):
        for left in range(0, size[1] + 2 * pw - dw * (kw - 1), sw):
            yield slice(top, top + dh * kh, dh), slice(left, left + dw * kw, dw)


def im2col(x, kernel, stride=1, padding=0, dilation=1):
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    (dh, dw) = (dilation, dilation) if isinstance(dilation, int) else dilation
    padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    found = []
    for rows, columns in all_windows(x.shape[2:], kernel, stride, padding, dilation):
        window = padded[:, :, rows, columns]
        found.append(window.reshape(len(x), int(np.prod(window.shape[1:]))))
    return np.stack(found, axis=-1)


def col2im(columns, size, kernel, stride=1, padding=0, dilation=1):
    kernel = (kernel, kernel) if isinstance(kernel, int) else tuple(kernel)
    ph, pw = (padding, padding) if isinstance(padding, int) else padding
    channels = columns.shape[1] // (kernel[0] * kernel[1])
    out = np.zeros((len(columns), channels, size[0] + 2 * ph, size[1] + 2 * pw), dtype=columns.dtype)
    for q, (rows, across) in enumerate(all_windows(size, kernel, stride, padding, dilation)):
        out[:, :, rows, across] += columns[:, :, q].reshape(len(columns), channels, *kernel)
    return out[:, :, ph : out.shape[2] - ph, pw : out.shape[3] - pw].copy()
