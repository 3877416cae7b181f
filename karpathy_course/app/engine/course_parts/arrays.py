"""Lecture 05 for the learner's engine: what stands in for an answer that is open."""

import numpy as np


def unbroadcast(gradient, shape):
    """The gradient of an array of this shape, from that of what broadcasting made of it."""
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    return gradient.sum(axis=tuple(k for k, size in enumerate(shape) if size == 1), keepdims=True)


def matmul_gradients(a, b, gradient):
    """The gradients of a @ b, for a and for b."""
    rows, columns = np.atleast_2d(a), b if b.ndim > 1 else b[:, None]
    full = gradient[..., None] if b.ndim == 1 else gradient
    full = full[..., None, :] if a.ndim == 1 else full
    for_a, for_b = full @ columns.mT, rows.mT @ full
    return unbroadcast(for_a, rows.shape).reshape(a.shape), unbroadcast(for_b, columns.shape).reshape(b.shape)


def sum_gradient(x, gradient, dim=None, keepdim=False):
    """The gradient of x.sum(dim) for x."""
    if not keepdim:
        gradient = np.expand_dims(gradient, tuple(range(x.ndim)) if dim is None else dim)
    return np.broadcast_to(gradient, x.shape).copy()


def mean_gradient(x, gradient, dim=None, keepdim=False):
    """The gradient of x.mean(dim) for x."""
    return sum_gradient(x, gradient, dim, keepdim) / (x.size // max(1, gradient.size))


def amax_gradient(x, gradient, dim=None, keepdim=False):
    """The gradient of the largest element of x along dim; equal ones share it equally."""
    mask = (x == x.max(axis=dim, keepdims=True)).astype(gradient.dtype)
    return sum_gradient(x, gradient, dim, keepdim) * mask / mask.sum(axis=dim, keepdims=True)


def getitem_gradient(x, gradient, index):
    """The gradient of x[index] for x."""
    out = np.zeros_like(x)
    np.add.at(out, index, gradient)
    return out


def reshape_gradient(x, gradient):
    """The gradient of x.reshape(…) for x."""
    return gradient.reshape(x.shape).copy()


def permute_gradient(x, gradient, dims):
    """The gradient of x.transpose(dims) for x."""
    return gradient.transpose(np.argsort([axis % x.ndim for axis in dims])).copy()


def cat_gradient(arrays, gradient, dim=0):
    """The gradients of np.concatenate(arrays, axis=dim), one for each array."""
    ends = np.cumsum([array.shape[dim] for array in arrays])
    return [part.copy() for part in np.split(gradient, ends[:-1], axis=dim)]


def gradcheck(forward, backward, inputs):
    """Whether backward returns the gradients of forward at these float64 inputs, by central differences."""
    if wrong := [x.dtype for x in inputs if x.dtype != np.float64]:
        raise ValueError(f"gradcheck: an input is {wrong[0]}: expected float64. Convert it: x.astype(np.float64)")
    inputs = [x.copy() for x in inputs]
    weights = np.random.default_rng(0).standard_normal(np.shape(forward(*inputs)))
    for x, gradient in zip(inputs, backward(*inputs, weights)):
        if np.shape(gradient) != x.shape or not np.isfinite(gradient).all():
            return False
        numeric = np.zeros_like(x)
        for place in np.ndindex(x.shape):
            middle = x[place]
            h = 1e-5 * (abs(middle) or 1.0)
            results = []
            for x[place] in (middle + h, middle - h):
                results.append(np.array(forward(*inputs)))
            x[place] = middle
            numeric[place] = ((results[0] - results[1]) * weights).sum() / (2 * h)
        scale = max(np.abs(numeric).max(initial=0), np.abs(gradient).max(initial=0))
        if not np.abs(numeric - gradient).max(initial=0) <= 1e-7 * scale:
            return False
    return True


def loss_and_gradients(weights, x, y):
    """(the mean binary cross-entropy of a network with tanh layers, its gradients)."""
    inputs = [x]
    for W, b in weights[:-1]:
        inputs.append(np.tanh(inputs[-1] @ W + b))
    W, b = weights[-1]
    scores = (inputs[-1] @ W + b)[:, 0]
    gradient = ((np.exp(-np.logaddexp(0, -scores)) - y) / len(x))[:, None]
    gradients = []
    for (W, _), h in zip(weights[::-1], inputs[::-1]):
        gradients.append((h.T @ gradient, gradient.sum(axis=0)))
        gradient = gradient @ W.T * (1 - h * h)
    return (np.logaddexp(0, scores) - y * scores).mean(), gradients[::-1]
