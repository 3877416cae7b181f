"""A small network in NumPy, for judges: what it says, what that costs, and what becomes of it when it is trained.

A network is a list of pairs (W, b), as in 05.7: a layer computes ``h @ W + b``, and relu follows all but the last.
"""

from karpathy_course.checks.lecture05.numpy_when_used import np


def activations(layers, x):
    """The inputs (n, features), what each hidden layer gives, and the scores (n, classes) last."""
    found = [x]
    for k, (w, b) in enumerate(layers):
        z = found[-1] @ w + b
        found.append(np.maximum(z, 0) if k < len(layers) - 1 else z)
    return found


def losses(scores, y):
    """The cross-entropy of each row, (n,). y: (n,) classes."""
    z = scores - scores.max(axis=1, keepdims=True)
    return np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(y)), y]


def gradients(layers, x, y):
    """The gradients of the mean cross-entropy, a pair for each layer."""
    hidden = activations(layers, x)
    p = np.exp(hidden[-1] - hidden[-1].max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    g, found = p / len(y), []
    for (w, _), h in zip(layers[::-1], hidden[-2::-1]):
        found.append((h.T @ g, g.sum(axis=0)))
        g = (g @ w.T) * (h > 0)
    return found[::-1]


def trained(layers, x, y, steps, rate=0.1, momentum=0.9):
    """The layers after so many steps of gradient descent with momentum on all rows at once."""
    layers = [(w.copy(), b.copy()) for w, b in layers]
    rolling = [[np.zeros_like(w), np.zeros_like(b)] for w, b in layers]
    for _ in range(steps):
        for layer, kept, pair in zip(layers, rolling, gradients(layers, x, y)):
            for parameter, average, gradient in zip(layer, kept, pair):
                average *= momentum
                average += gradient
                parameter -= rate * average
    return layers


def clouds(rng, n, features, classes, apart=1.0):
    """(x, y): n points in clouds, one for each class, each feature with mean 0 and variance 1; rng: NumPy's."""
    centres = apart * rng.normal(0, 1, (classes, features))
    y = np.arange(n) % classes
    x = centres[y] + rng.normal(0, 1, (n, features))
    return (x - x.mean(axis=0)) / x.std(axis=0), y
