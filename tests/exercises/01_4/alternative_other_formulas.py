import math


def d_tanh(x):
    return 1 / math.cosh(x) ** 2


def d_exp(x):
    return math.e**x


def d_pow(x, n):
    return n * math.pow(x, n - 1)


def d_relu(x):
    return int(x > 0)


def d_log(x):
    return x**-1


def d_sigmoid(x):
    e = math.exp(-x)
    return e / (1 + e) ** 2
