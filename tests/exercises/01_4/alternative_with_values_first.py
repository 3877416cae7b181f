def d_tanh(x):
    t = math.tanh(x)
    return (1 - t) * (1 + t)


d_exp = math.exp


def d_pow(x, n):
    return 0.0 if n == 0 else n * math.pow(x, n - 1)


def d_relu(x):
    if x <= 0:
        return 0
    return 1
