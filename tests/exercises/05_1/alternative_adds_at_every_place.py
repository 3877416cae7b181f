def unbroadcast(gradient, shape):
    total = np.zeros(shape, dtype=gradient.dtype)
    places = np.broadcast_to(np.arange(total.size).reshape(shape), gradient.shape)
    np.add.at(total.reshape(-1), places, gradient)
    return total
