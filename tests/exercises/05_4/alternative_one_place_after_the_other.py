def getitem_gradient(x, gradient, index):
    where = np.arange(x.size).reshape(x.shape)[index]
    flat = [0.0] * x.size
    for place, number in zip(np.array(where).reshape(-1).tolist(), gradient.reshape(-1).tolist()):
        flat[place] = flat[place] + number
    return np.array(flat, dtype=gradient.dtype).reshape(x.shape)
