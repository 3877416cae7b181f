"""Lecture 08 for the learner's engine: what stands in for an answer that is open."""

import numpy as np


def he_weights(fan_in, fan_out, rng, slope=0.0):
    """First weights, (fan_in, fan_out), of a layer that is followed by relu, or a leaky one with this slope."""
    return rng.normal(0, np.sqrt(2 / ((1 + slope**2) * fan_in)), (fan_in, fan_out))


def xavier_weights(fan_in, fan_out, rng):
    """First weights, (fan_in, fan_out), of a layer whose activation is close to the identity near 0."""
    return rng.normal(0, np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))


class BatchNorm:
    """Normalises each feature, axis 1: by the batch's mean and variance in training, by running ones afterwards."""

    def __init__(self, features, eps=1e-5, momentum=0.1):
        self.features, self.eps, self.momentum = features, eps, momentum
        self.weight, self.bias = np.ones(features), np.zeros(features)
        self.running_mean, self.running_var = np.zeros(features), np.ones(features)
        self.training = True

    def __call__(self, x):
        mean, var = self.running_mean, self.running_var
        if self.training:
            axes, n = (0, *range(2, x.ndim)), x.size // self.features
            if n < 2:
                raise ValueError(f"BatchNorm: {n} values for each feature in train mode; 2 or more were expected")
            mean, var = x.mean(axis=axes, dtype=np.float64), x.var(axis=axes, dtype=np.float64)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (var * n / (n - 1) - self.running_var)
        shape = (1, self.features, *(1,) * (x.ndim - 2))
        mean, var, weight, bias = (each.reshape(shape) for each in (mean, var, self.weight, self.bias))
        return (weight * (x - mean) / np.sqrt(var + self.eps) + bias).astype(x.dtype)


def batchnorm_gradients(x, weight, gradient, eps=1e-5):
    """The gradients of BatchNorm in train mode for x (n, features), weight and bias."""
    inv = 1 / np.sqrt(x.var(axis=0) + eps)
    normal = (x - x.mean(axis=0)) * inv
    d = gradient * weight
    for_x = (d - d.mean(axis=0) - normal * (d * normal).mean(axis=0)) * inv
    return for_x, (gradient * normal).sum(axis=0), gradient.sum(axis=0)


def backprop_by_hand(values):
    """The gradients of exercise 08.4's loss for all values of its forward pass, {name: array}."""
    v, g, rows = values, {}, np.arange(len(values["y"]))
    g["picked"] = np.full(len(rows), -1 / len(rows))
    g["logprobs"] = np.zeros_like(v["logprobs"])
    g["logprobs"][rows, v["y"]] = g["picked"]
    g["probs"] = g["logprobs"] / v["probs"]
    g["share"] = (g["probs"] * v["counts"]).sum(axis=1, keepdims=True)
    g["total"] = -g["share"] / v["total"] ** 2
    g["counts"] = g["probs"] * v["share"] + g["total"]
    g["lower"] = g["counts"] * v["counts"]
    g["largest"] = -g["lower"].sum(axis=1, keepdims=True)
    g["logits"] = g["lower"].copy()
    g["logits"][rows, v["logits"].argmax(axis=1)] += g["largest"][:, 0]
    g["W2"], g["b2"], g["h"] = v["h"].T @ g["logits"], g["logits"].sum(axis=0), g["logits"] @ v["W2"].T
    g["pre"] = g["scaled"] = g["h"] * (1 - v["h"] ** 2)
    g["bias"], g["gain"] = g["pre"].sum(axis=0), (g["pre"] * v["normal"]).sum(axis=0)
    g["normal"] = g["scaled"] * v["gain"]
    g["inv"] = (g["normal"] * v["diff"]).sum(axis=0)
    g["std"] = -g["inv"] / v["std"] ** 2
    g["shifted"] = g["var"] = g["std"] / 2 / v["std"]
    g["diff2"] = np.ones_like(v["diff2"]) * g["var"] / len(rows)
    g["diff"] = g["normal"] * v["inv"] + g["diff2"] * 2 * v["diff"]
    g["mean"] = -g["diff"].sum(axis=0)
    g["z"] = g["diff"] + g["mean"] / len(rows)
    g["W1"], g["b1"], g["x"] = v["x"].T @ g["z"], g["z"].sum(axis=0), g["z"] @ v["W1"].T
    return g


def residual_gradient(x, blocks, gradient):
    """The gradient for x of blocks with a path around each: h + f(h), or h @ skip + f(h) where skip is no None.

    blocks: (f, vjp, skip) of each, the first first. vjp(h, gradient): from the gradient of f(h) to that of h.
    """
    before = []
    for f, _, skip in blocks:
        before.append(x)
        x = (x if skip is None else x @ skip) + f(x)
    for (_, vjp, skip), h in zip(blocks[::-1], before[::-1]):
        gradient = (gradient if skip is None else gradient @ skip.T) + vjp(h, gradient)
    return gradient.astype(x.dtype)
