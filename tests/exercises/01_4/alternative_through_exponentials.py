from math import exp, tanh

d_exp = lambda x: exp(x)
d_tanh = lambda x: (1 - tanh(x)) * (1 + tanh(x))
d_log = lambda z: 1.0 / z


def d_pow(base, power):
    return power * base ** (power - 1)


def d_relu(z):
    if z <= 0:
        return 0
    return 1


def d_sigmoid(z):
    def sigma(v):
        return 0.5 * (1 + tanh(v / 2))

    return sigma(z) * sigma(-z)
