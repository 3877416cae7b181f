"""Lecture 07 for the learner's engine: what stands in for an answer that is open."""

import math

import numpy as np


class Adam:
    """Adam (Kingma and Ba 2015). params: objects with data, changed in place, and grad, an array or None."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8):
        self.params, self.lr, self.betas, self.eps = list(params), lr, betas, eps
        self.states = [(0, np.zeros_like(p.data), np.zeros_like(p.data)) for p in self.params]

    def step(self):
        b1, b2 = self.betas
        for k, p in enumerate(self.params):
            if p.grad is not None:
                t, m, v = self.states[k]
                t, m, v = t + 1, b1 * m + (1 - b1) * p.grad, b2 * v + (1 - b2) * p.grad**2
                self.states[k] = t, m, v
                p.data -= self.lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + self.eps)

    def zero_grad(self):
        for p in self.params:
            p.grad = None


class AdamW:
    """AdamW (Loshchilov and Hutter 2019): Adam, with a decay of the parameters that its means know nothing of."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params, self.lr, self.betas = list(params), lr, betas
        self.eps, self.weight_decay = eps, weight_decay
        self.states = [(0, np.zeros_like(p.data), np.zeros_like(p.data)) for p in self.params]

    def step(self):
        b1, b2 = self.betas
        for k, p in enumerate(self.params):
            if p.grad is not None:
                p.data *= 1 - self.lr * self.weight_decay
                t, m, v = self.states[k]
                t, m, v = t + 1, b1 * m + (1 - b1) * p.grad, b2 * v + (1 - b2) * p.grad**2
                self.states[k] = t, m, v
                p.data -= self.lr * (m / (1 - b1**t)) / (np.sqrt(v / (1 - b2**t)) + self.eps)

    def zero_grad(self):
        for p in self.params:
            p.grad = None


def schedule(step, steps, warmup, peak, last=0.0, cycles=1):
    """The rate of a step, from 0: a warm-up to peak, then cosines from peak to last, then last."""
    if step >= steps:
        return float(last)
    if step < warmup:
        return peak * (step + 1) / (warmup + 1)
    length = (steps - warmup) // cycles
    share = (step - warmup) % length / length
    return last + (peak - last) * (1 + math.cos(math.pi * share)) / 2
