import math


def he_weights(fan_in, fan_out, rng, slope=0.0):
    squares = [max(z, 0.0) ** 2 + min(slope * min(z, 0), 0) ** 2 + max(slope * min(z, 0), 0) ** 2 for z in (-1, 1)]
    gain = 1 / math.sqrt(sum(squares) / 2)
    return rng.standard_normal((fan_in, fan_out), dtype=np.float32) * np.float32(gain / math.sqrt(fan_in))


def xavier_weights(fan_in, fan_out, rng):
    signs = rng.choice([-1.0, 1.0], (fan_in, fan_out))
    return signs / math.sqrt((fan_in + fan_out) / 2)
