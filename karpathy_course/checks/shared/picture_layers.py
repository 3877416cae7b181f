"""Layers that act on pictures, made from plain data: for exercise 09.6, whose check runs them on both sides.

Every number is computed by the same steps wherever it stands in the picture, so that what has to be equal is equal
to the last bit, unless a layer sums over the whole picture.
"""

import numpy as np

from karpathy_course.checks.shared.plain_arrays import array_of


def layer_of(parts):
    """The function that a list of described parts makes of pictures (n, channels, height, width)."""

    def layer(x):
        for part in parts:
            x = PARTS[part["kind"]](x, part)
        return x

    return layer


def conv(x, part):
    """A 09.1 convolution, in float64; "border": "constant" (zeros) or "wrap"."""
    weight, (sh, sw), p = array_of(part["weight"]), part["stride"], part["padding"]
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)), mode=part["border"])
    kh, kw = weight.shape[2:]
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    out = np.zeros((len(x), len(weight), rows, columns))
    for o, c, i, j in np.ndindex(*weight.shape):
        out[:, o] += weight[o, c, i, j] * x[:, c, i : i + (rows - 1) * sh + 1 : sh, j : j + (columns - 1) * sw + 1 : sw]
    return out


def pool(x, part):
    (kh, kw), (sh, sw) = part["kernel"], part["stride"]
    rows, columns = (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1
    out = np.full((*x.shape[:2], rows, columns), -np.inf)
    for i, j in np.ndindex(kh, kw):
        out = np.maximum(out, x[:, :, i : i + (rows - 1) * sh + 1 : sh, j : j + (columns - 1) * sw + 1 : sw])
    return out


def weigh(x, part):
    """Each place of the picture has a factor of its own, and each output channel another; "share": how much of it."""
    return x * (1 + part["share"] * array_of(part["factors"]))


def centre(x, part):
    """The picture without its mean: a sum over all pixels, which is rounded."""
    return x - x.mean(axis=(2, 3), keepdims=True)


def root(x, part):
    with np.errstate(invalid="ignore"):
        return np.sqrt(x)


def relu(x, part):
    return x * (x > 0)


PARTS = {"conv": conv, "pool": pool, "weigh": weigh, "centre": centre, "root": root, "relu": relu}
