def reshape_gradient(x, gradient):
    return np.array(np.reshape(gradient, np.shape(x)))


def permute_gradient(x, gradient, dims):
    positive = [d % x.ndim for d in dims]
    return np.array(np.transpose(gradient, np.argsort(positive)))


def cat_gradient(arrays, gradient, dim=0):
    ends = np.cumsum([a.shape[dim] for a in arrays])
    return tuple(np.array(part) for part in np.split(gradient, ends[:-1], axis=dim))
