"""The graphs that every pass is tried on: what they compute, example inputs, and which input a batch lifts.

The functions are written in plain operators and methods, so they run on traced values and on Tensors alike.
"""

from collections import namedtuple

import numpy as np

from karpathy_course.nn.functional import linear
from karpathy_course.tensor.tape import where_it_belongs

Entry = namedtuple("Entry", "fn examples lifted", defaults=((),))


def polynomial(x):
    return 3 * x**3 - 2 * x**2 + x * 1 - 5 + (x - 0.0) * (2 * 3.0)


def neuron(w, x, b):
    return (sum((wi * xi for wi, xi in zip(w, x)), b)).tanh()


def layers(theta, x, sizes, activation):
    """A network of single numbers: theta's numbers neuron by neuron, weights first, then the bias."""
    k = 0
    for depth, n in enumerate(sizes):
        row = []
        for _ in range(n):
            total = sum((theta[k + i] * v for i, v in enumerate(x)), theta[k + len(x)])
            k += len(x) + 1
            row.append(total if depth == len(sizes) - 1 else activation(total))
        x = row
    return x


def moons_step(theta, x, y):
    """The hinge loss of one point and its share of L2, as in lecture 02."""
    (score,) = layers(theta, [x[0], x[1]], (4, 4, 1), lambda total: total.relu())
    return (1 - y * score).relu() + 1e-4 * sum(t * t for t in theta)


def tanh_net(theta, x):
    (score,) = layers(theta, list(x), (5, 3, 1), lambda total: total.tanh())
    return score.sigmoid()


def softmax(z):
    exps = [v.exp() for v in z]
    total = sum(exps[1:], exps[0])
    return -(exps[0] / total).log() + 0.1 * (exps[1] / total)


def norm(x):
    mean = sum(x[1:], x[0]) / len(x)
    off = [v - mean for v in x]
    scale = (sum(v * v for v in off) / len(x) + 1e-5) ** 0.5
    return sum((v / scale) * (k + 1.0) for k, v in enumerate(off))


def diamonds(x):
    for _ in range(6):
        left, right = x * 0.5, x.tanh()
        x = left + right
    return x


def dead_code(x, y):
    unused = (x * y).exp()
    _ = unused + x
    return x * y + (y - y * 0.5)


def shared_constants(x):
    return (x * (2.0 * 3.0) + 2.0 * 3.0) * (1.0 / 4.0) + (x + -0.0) * 1.0 + x / 1 - -x


def branches(x, y):
    z = x * y if x > y else x - y
    while z < 10:
        z = z * 2 + 1
    return z


def reductions(a, b):
    centred = a - a.mean(0)
    return ((centred @ b).tanh().sum(1) * a.amax(1)).mean() + centred.logsumexp(1).sum() * 0.1


def special(x, y):
    return (x * -0.0 + y * 1.0) / (x - x + 1.0) + (y - 0.0) * 0.5 + (x + 0.0) * (y / 1) - (0.0 - x).maximum(-0.0)


def residual(theta, x):
    for k in range(3):
        mixed = [sum((theta[k][i][j] * v for j, v in enumerate(x)), theta[k][i][3]) for i in range(3)]
        x = [v + m.relu() for v, m in zip(x, mixed)]
    return x[0] * x[1] - x[2]


def balanced_sums(x, w):
    terms = [xi * wi for xi, wi in zip(x, w)]
    while len(terms) > 1:
        terms = [a + b for a, b in zip(terms[::2], terms[1::2])]
    return terms[0].tanh()


def recurrent(u, w, b, xs):
    h = [b[0] * 0.0, b[1] * 0.0, b[2] * 0.0]
    for x in xs:
        h = [sum((w[i][j] * h[j] for j in range(3)), u[i] * x + b[i]).tanh() for i in range(3)]
    return h[0] + h[1] * h[2]


def sparse(theta, x):
    """Neurons that each see their own few inputs, drawn once from a seed."""
    rng = np.random.default_rng(7)
    for depth in range(3):
        x = [
            sum((theta[(5 * k + i + 7 * depth) % 40] * x[i] for i in rng.permutation(6)[:3]), theta[k]).relu()
            for k in range(6)
        ]
    return sum(x)


def tensor_net(x, target, w1, b1, w2, b2):
    hidden = (x @ w1 + b1).relu()
    return (hidden @ w2 + b2).cross_entropy(target)


def layered_net(x, target, w1, b1, w2, b2):
    """The same of whole layers, and the other loss; x may be one row or many."""
    score = linear(linear(x, w1, b1).tanh(), w2, b2)
    return (where_it_belongs("softplus", score) - score * target).mean() + linear(x, w1, b1).amax()


def attention(q, k, v):
    weights = (q @ k.mT / 2.0).softmax(-1)
    return ((weights @ v) ** 2).sum()


def numbers(*shape, seed=0, low=-1.5, high=1.5):
    return np.random.default_rng(seed).uniform(low, high, shape)


def listed(*shape, seed=0):
    return numbers(*shape, seed=seed).tolist()


CORPUS = {
    "polynomial": Entry(polynomial, (1.5,), ("x",)),
    "neuron": Entry(neuron, (listed(3), listed(3, seed=1), 0.25), ("x",)),
    "moons step": Entry(moons_step, (numbers(37), numbers(2, seed=1), 1.0), ("x", "y")),
    "moons step of numbers": Entry(moons_step, (listed(37), listed(2, seed=1), 1.0), ("x", "y")),
    "tanh": Entry(tanh_net, (listed(42), listed(3, seed=1)), ("x",)),
    "softmax": Entry(softmax, (listed(5),), ("z",)),
    "norm": Entry(norm, (listed(4),), ("x",)),
    "diamonds": Entry(diamonds, (0.7,), ("x",)),
    "dead code": Entry(dead_code, (1.5, -0.5), ("x",)),
    "shared constants": Entry(shared_constants, (0.75,), ("x",)),
    "branches": Entry(branches, (2.5, 1.25)),
    "reductions": Entry(reductions, (numbers(4, 3), numbers(3, 2, seed=1))),
    "special": Entry(special, (0.5, -1.5), ("x", "y")),
    "residual": Entry(residual, (listed(3, 3, 4), listed(3, seed=1)), ("x",)),
    "balanced sums": Entry(balanced_sums, (listed(16), listed(16, seed=1)), ("x",)),
    "recurrent": Entry(recurrent, (listed(3), listed(3, 3, seed=1), listed(3, seed=2), listed(4, seed=3)), ("xs",)),
    "sparse": Entry(sparse, (listed(40), listed(6, seed=1)), ("x",)),
    "tensor net": Entry(
        tensor_net, (numbers(5, 4), np.array([0, 2, 1, 1, 0]), numbers(4, 6), numbers(6), numbers(6, 3), numbers(3))
    ),
    "layered net": Entry(
        layered_net,
        (numbers(3, 4), numbers(3, 2, low=0), numbers(6, 4), numbers(6), numbers(2, 6), numbers(2)),
        ("x", "target"),
    ),
    "layered net of one row": Entry(
        layered_net,
        (numbers(4), numbers(2, low=0), numbers(6, 4), numbers(6), numbers(2, 6), numbers(2)),
        ("x", "target"),
    ),
    "attention": Entry(attention, (numbers(4, 3), numbers(4, 3, seed=1), numbers(4, 3, seed=2)), ("q",)),
}
