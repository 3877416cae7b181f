def he_weights(fan_in, fan_out, rng, slope=0.0):
    limit = (6 / (1 + slope * slope) / fan_in) ** 0.5
    return (2 * rng.random((fan_in, fan_out)) - 1) * limit


def xavier_weights(fan_in, fan_out, rng):
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, size=(fan_in, fan_out)).astype(np.float32)
