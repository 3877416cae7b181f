def _pair(value):
    return (int(value), int(value)) if np.ndim(value) == 0 else (value[0], value[1])


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    stride, padding, dilation = map(_pair, (stride, padding, dilation))
    outputs, each, *kernel = weight.shape
    assert_fits(x, weight, groups)
    padded = np.zeros((*x.shape[:2], x.shape[2] + 2 * padding[0], x.shape[3] + 2 * padding[1]), x.dtype)
    padded[:, :, padding[0] : padding[0] + x.shape[2], padding[1] : padding[1] + x.shape[3]] = x
    starts = [
        range(0, size - d * (k - 1), s) for size, d, k, s in zip(padded.shape[2:], dilation, kernel, stride)
    ]
    if not (len(starts[0]) and len(starts[1])):
        raise ValueError("the kernel is larger than the padded picture")
    rows = np.array(starts[0])[:, None] + dilation[0] * np.arange(kernel[0])
    columns = np.array(starts[1])[:, None] + dilation[1] * np.arange(kernel[1])
    patches = padded[:, :, rows[:, None, :, None], columns[None, :, None, :]]  # n, c, rows, columns, kh, kw
    parts = []
    for patch, w in zip(np.split(patches, groups, axis=1), np.split(weight, groups)):
        flat = patch.transpose(0, 2, 3, 1, 4, 5).reshape(-1, w[0].size)
        part = (flat @ w.reshape(len(w), -1).T).reshape(len(x), len(starts[0]), len(starts[1]), len(w))
        parts.append(part.transpose(0, 3, 1, 2))
    out = np.concatenate(parts, axis=1)
    if bias is not None:
        out = out + bias[None, :, None, None]
    return out


def assert_fits(x, weight, groups):
    if x.shape[1] / groups != weight.shape[1] or len(weight) % groups != 0:
        raise ValueError("channels and groups")
