def unbroadcast(gradient, shape):
    gradient = gradient.copy()
    while gradient.ndim > len(shape):
        gradient = gradient.sum(axis=0)
    for axis, size in enumerate(shape):
        if gradient.shape[axis] != size:
            gradient = gradient.sum(axis=axis, keepdims=True)
    return gradient
