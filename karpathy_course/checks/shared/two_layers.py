"""The forward pass of 08.4, one operation a line: two layers with a BatchNorm between them, and the cross-entropy.

The task shows these lines, so a test holds them to its text. This file runs beside the learner's code.
"""

import numpy as np

GIVEN = ("x", "W1", "b1", "gain", "bias", "W2", "b2", "y")


def forward(x, W1, b1, gain, bias, W2, b2, y):
    """All values by name, those that were given among them."""
    z = x @ W1 + b1
    mean = z.mean(axis=0)
    diff = z - mean
    diff2 = diff**2
    var = diff2.mean(axis=0)
    shifted = var + 1e-5
    std = shifted**0.5
    inv = 1 / std
    normal = diff * inv
    scaled = normal * gain
    pre = scaled + bias
    h = np.tanh(pre)
    logits = h @ W2 + b2
    largest = logits.max(axis=1, keepdims=True)
    lower = logits - largest
    counts = np.exp(lower)
    total = counts.sum(axis=1, keepdims=True)
    share = 1 / total
    probs = counts * share
    logprobs = np.log(probs)
    picked = logprobs[np.arange(len(y)), y]
    loss = -picked.mean()
    return dict(locals())
