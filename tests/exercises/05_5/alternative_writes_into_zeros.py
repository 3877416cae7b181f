def reshape_gradient(x, gradient):
    out = np.zeros_like(x)
    out.flat = gradient
    return out


def permute_gradient(x, gradient, dims):
    out = np.zeros_like(x)
    out.transpose(dims)[...] = gradient
    return out


def cat_gradient(arrays, gradient, dim=0):
    out, start = [], 0
    for array in arrays:
        index = [slice(None)] * gradient.ndim
        index[dim] = slice(start, start + array.shape[dim])
        part = np.empty_like(array)
        part[...] = gradient[tuple(index)]
        out.append(part)
        start += array.shape[dim]
    return out
