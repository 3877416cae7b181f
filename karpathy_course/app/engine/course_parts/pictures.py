"""Lecture 09 for the learner's engine: what stands in for an answer that is open."""

import numpy as np


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Pictures (n, channels, height, width) convolved with kernels, with the meaning of PyTorch's conv2d."""
    outputs, each, kh, kw = weight.shape
    if x.shape[1] != each * groups or outputs % groups:
        raise ValueError(f"conv2d: x has {x.shape[1]} channels, weight has shape {weight.shape}, groups is {groups}")
    padded, size = in_a_border(x, padding), windows_that_fit(x, (kh, kw), stride, padding, dilation)
    if min(size) < 1:
        raise ValueError(f"conv2d: no {kh} × {kw} window fits into pictures of {x.shape[2]} × {x.shape[3]}")
    out, share = np.zeros((len(x), outputs, *size), dtype=x.dtype), outputs // groups
    for i, j in np.ndindex(kh, kw):
        pixels = padded[under(i, j, size, stride, dilation)]
        for k in range(groups):
            here, there = slice(k * each, (k + 1) * each), slice(k * share, (k + 1) * share)
            out[:, there] += np.einsum("nchw,oc->nohw", pixels[:, here], weight[there, :, i, j], optimize=True)
    return out if bias is None else out + bias[:, None, None]


def conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1):
    """The gradients of conv2d for x, weight and bias."""
    padded, size = in_a_border(x, padding), gradient.shape[2:]
    for_padded, for_weight = np.zeros_like(padded), np.zeros_like(weight)
    outputs, each, kh, kw = weight.shape
    share = outputs // groups
    for i, j in np.ndindex(kh, kw):
        met = under(i, j, size, stride, dilation)
        for k in range(groups):
            here, there = slice(k * each, (k + 1) * each), slice(k * share, (k + 1) * share)
            g = gradient[:, there]
            for_weight[there, :, i, j] = np.tensordot(g, padded[met][:, here], axes=((0, 2, 3), (0, 2, 3)))
            for_padded[met][:, here] += np.einsum("nohw,oc->nchw", g, weight[there, :, i, j], optimize=True)
    return out_of_the_border(for_padded, x, padding), for_weight, gradient.sum(axis=(0, 2, 3))


def max_pool2d(x, kernel, stride=None, padding=0):
    """The largest number of each window of pictures (n, channels, height, width)."""
    padded = in_a_border(x, padding, -np.inf)
    size = windows_that_fit(x, kernel, kernel if stride is None else stride, padding, 1)
    parts = [
        padded[under(i, j, size, kernel if stride is None else stride, 1)] for i, j in np.ndindex(*both_of(kernel))
    ]
    return np.max(parts, axis=0)


def max_pool2d_gradient(x, gradient, kernel, stride=None, padding=0):
    """The gradient of max_pool2d for x: of equal largest numbers the first gets it."""
    stride = kernel if stride is None else stride
    padded, largest = in_a_border(x, padding, -np.inf), max_pool2d(x, kernel, stride, padding)
    for_padded, waiting = np.zeros_like(padded), np.ones(gradient.shape, dtype=bool)
    for i, j in np.ndindex(*both_of(kernel)):
        met = under(i, j, gradient.shape[2:], stride, 1)
        first = waiting & (padded[met] == largest)
        for_padded[met] += gradient * first
        waiting &= ~first
    return out_of_the_border(for_padded, x, padding)


def both_of(number):
    """A whole number stands for both directions."""
    return (number, number) if isinstance(number, int) else tuple(number)


def in_a_border(x, padding, value=0.0):
    """The pictures with `padding` rows and columns of one value around them."""
    (ph, pw) = both_of(padding)
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), constant_values=value)


def out_of_the_border(padded, x, padding):
    """The part of padded pictures that lies where those of x did."""
    (ph, pw), (h, w) = both_of(padding), x.shape[2:]
    return padded[:, :, ph : ph + h, pw : pw + w].copy()


def windows_that_fit(x, kernel, stride, padding, dilation):
    """How many windows there are, (rows, columns)."""
    options = zip(x.shape[2:], *map(both_of, (kernel, stride, padding, dilation)))
    return [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in options]


def under(i, j, size, stride, dilation):
    """The slice of padded pictures that the place (i, j) of the kernel meets in all windows."""
    steps = zip((i, j), size, both_of(stride), both_of(dilation))
    rows, columns = (slice(k * d, k * d + (n - 1) * s + 1, s) for k, n, s, d in steps)
    return np.s_[:, :, rows, columns]
