def walk(x, kernel, stride, padding):
    """Each window: its place in the result, and its rows and columns in the picture, without the border."""
    (kh, kw), (ph, pw) = ((v, v) if isinstance(v, int) else v for v in (kernel, padding))
    sh, sw = (kh, kw) if stride is None else (stride, stride) if isinstance(stride, int) else stride
    h, w = x.shape[-2:]
    for r, top in enumerate(range(-ph, h + ph - kh + 1, sh)):
        for q, left in enumerate(range(-pw, w + pw - kw + 1, sw)):
            yield r, q, slice(max(0, top), top + kh), slice(max(0, left), left + kw)


def max_pool2d(x, kernel, stride=None, padding=0):
    found = {(r, q): x[:, :, rows, columns].max(axis=(2, 3)) for r, q, rows, columns in walk(x, kernel, stride, padding)}
    height, width = max(found)
    out = np.zeros((*x.shape[:2], height + 1, width + 1), x.dtype)
    for (r, q), largest in found.items():
        out[:, :, r, q] = largest
    return out


def max_pool2d_gradient(x, gradient, kernel, stride=None, padding=0):
    out = np.zeros(x.shape, x.dtype)
    for r, q, rows, columns in walk(x, kernel, stride, padding):
        for n in range(x.shape[0]):
            for c in range(x.shape[1]):
                window = x[n, c, rows, columns]
                place = np.unravel_index(np.argmax(window), window.shape)
                out[n, c, rows.start + place[0], columns.start + place[1]] += gradient[n, c, r, q]
    return out
