"""The layers of lecture 10's networks in NumPy: what the judges compute with, in float64.

An answer is written in PyTorch; a judge that does not use it cannot share its mistakes, and needs no second to load it.
"""

from karpathy_course.checks.lecture05.numpy_when_used import np


def conv2d(x, weight, bias=None, stride=1, padding=0):
    """(n, in, height, width) by (out, in, kernel, kernel): a sum over the kernel's places."""
    kernel = weight.shape[-1]
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    high, wide = ((size - kernel) // stride + 1 for size in x.shape[2:])
    places = [(i, j) for i in range(kernel) for j in range(kernel)]
    parts = [x[:, :, i : i + stride * high : stride, j : j + stride * wide : stride] for i, j in places]
    columns = np.stack(parts, axis=2).reshape(len(x), -1, high * wide)  # (n, in · kernel · kernel, places)
    out = (weight.reshape(len(weight), -1) @ columns).reshape(len(x), -1, high, wide)
    return out if bias is None else out + bias[:, None, None]


def batch_norm(x, gain, shift, mean, var, eps):
    """With running statistics, or with those of the batch where mean is None."""
    if mean is None:
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
    gain, shift, mean, var = (part[:, None, None] for part in (gain, shift, mean, var))
    return gain * (x - mean) / np.sqrt(var + eps) + shift


def max_pool(x, kernel, stride, padding=0):
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), constant_values=-np.inf)
    high, wide = ((size - kernel) // stride + 1 for size in x.shape[2:])
    places = [(i, j) for i in range(kernel) for j in range(kernel)]
    parts = [x[:, :, i : i + stride * high : stride, j : j + stride * wide : stride] for i, j in places]
    return np.maximum.reduce(parts)


def relu(x):
    return np.maximum(x, 0)
