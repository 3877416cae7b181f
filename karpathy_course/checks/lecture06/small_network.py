"""A small network in NumPy, for judges: what it says, what that costs, and what becomes of it when it is trained.

A network is a list of pairs (W, b), as in 05.7: a layer computes ``h @ W + b``, and relu follows all but the last.
"""

from itertools import pairwise

from karpathy_course.checks.lecture05.numpy_when_used import np


def activations(layers, x):
    """The inputs (n, features), what each hidden layer gives, and the scores (n, classes) last."""
    found = [x]
    for k, (w, b) in enumerate(layers):
        z = found[-1] @ w + b
        found.append(np.maximum(z, 0) if k < len(layers) - 1 else z)
    return found


def losses(scores, y):
    """The cross-entropy of each row, (n,). y: (n,) classes. Of scores (networks, n, classes), (networks, n)."""
    z = scores - scores.max(axis=-1, keepdims=True)
    return np.log(np.exp(z).sum(axis=-1)) - z[..., np.arange(len(y)), y]


def in_one_array(sizes, networks=()):
    """``(array, layers)``: all numbers of a network in one array of zeros, and its layers, which are parts of that.

    networks: ``(3,)`` for three of one shape, side by side. A step of training then is three operations, and not three
    for each W and each b: small ones cost as much as large ones.
    """
    whole = np.zeros((*networks, sum(a * b + b for a, b in pairwise(sizes))))
    layers, start = [], 0
    for a, b in pairwise(sizes):
        w, end = whole[..., start : start + a * b], start + a * b + b
        layers.append((w.reshape(*networks, a, b), whole[..., start + a * b : end].reshape(*networks, 1, b)))
        start = end
    return whole, layers


def gradients(layers, x, y, found):
    """Put the gradients of the mean cross-entropy into found, which are layers too."""
    hidden = activations(layers, x)
    g = np.exp(hidden[-1] - np.maximum.reduce(hidden[-1], axis=-1, keepdims=True))  # `max` takes twice as long
    g /= np.add.reduce(g, axis=-1, keepdims=True)
    g[..., np.arange(len(y)), y] -= 1
    g /= len(y)
    for k in reversed(range(len(layers))):
        np.matmul(hidden[k].swapaxes(-1, -2), g, out=found[k][0])
        np.add.reduce(g, axis=-2, keepdims=True, out=found[k][1])
        if k:  # nobody asks for the gradient of the inputs
            g = g @ layers[k][0].swapaxes(-1, -2)
            g *= hidden[k] > 0


class Descent:
    """Gradient descent with momentum, of one network or of several of one shape, whose layers lie in one array."""

    def __init__(self, sizes, rate, momentum=0.9, networks=()):
        self.whole, self.layers = in_one_array(sizes, networks)
        self.gradient, self.found = in_one_array(sizes, networks)
        self.rolling, self.rate, self.momentum = np.zeros_like(self.whole), rate, momentum

    def step(self, x, y):
        gradients(self.layers, x, y, self.found)
        self.rolling *= self.momentum
        self.rolling += self.gradient
        self.whole -= self.rate * self.rolling


def trained(networks, x, y, steps, rate=0.1):
    """The scores (networks, n, classes) of networks of one shape after so many steps, each on all of its own rows.

    networks: a list of lists of pairs (W, b). x: (networks, n, features). y: (n,), the same for all.
    """
    sizes = [len(networks[0][0][0]), *(len(b) for _, b in networks[0])]
    descent = Descent(sizes, rate, networks=(len(networks),))
    for k, network in enumerate(networks):
        for (w, b), (own_w, own_b) in zip(network, descent.layers):
            own_w[k], own_b[k] = w, b
    for _ in range(steps):
        descent.step(x, y)
    return activations(descent.layers, x)[-1]


def clouds(rng, n, features, classes, apart=1.0):
    """(x, y): n points in clouds, one for each class, each feature with mean 0 and variance 1; rng: NumPy's."""
    centres = apart * rng.normal(0, 1, (classes, features))
    y = np.arange(n) % classes
    x = centres[y] + rng.normal(0, 1, (n, features))
    return (x - x.mean(axis=0)) / x.std(axis=0), y
