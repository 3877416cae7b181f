"""What holds the parts of the learner's engine together: a Tensor whose every gradient is a part's, and its training.

The course's, in every engine; the parts are called by their names, whoever wrote them.
"""

import numpy as np

from karpathy_course.app.engine.course_parts.arrays import (
    amax_gradient,
    cat_gradient,
    getitem_gradient,
    matmul_gradients,
    mean_gradient,
    permute_gradient,
    reshape_gradient,
    sum_gradient,
    unbroadcast,
)
from karpathy_course.app.engine.course_parts.numbers import topo_sort
from karpathy_course.app.engine.course_parts.training import batches, cross_entropy_gradient, initial_layers, logsumexp


class Tensor:
    """An array that remembers how it was made.

    parents: the Tensors it was made from. rule: from the gradient of this to those of the parents, one for each.
    """

    def __init__(self, data, parents=(), rule=None):
        self.data, self.grad = np.asarray(data), None
        self.parents, self.rule = parents, rule

    def backward(self):
        """Add the gradients of this number to the grad of every leaf below: parents after all that is made of them."""
        order = topo_sort(self)
        for node in order:
            if node.parents or node.grad is None:
                node.grad = np.zeros_like(node.data)
        self.grad = self.grad + np.ones_like(self.data)
        for node in order:
            if node.parents:
                for parent, gradient in zip(node.parents, node.rule(node.grad)):
                    parent.grad = parent.grad + gradient

    def __add__(self, other):
        a, b = self, as_tensor(other)
        rule = lambda g: (unbroadcast(g, a.data.shape), unbroadcast(g, b.data.shape))
        return Tensor(a.data + b.data, (a, b), rule)

    def __mul__(self, other):
        a, b = self, as_tensor(other)
        rule = lambda g: (unbroadcast(g * b.data, a.data.shape), unbroadcast(g * a.data, b.data.shape))
        return Tensor(a.data * b.data, (a, b), rule)

    def __matmul__(self, other):
        return Tensor(self.data @ other.data, (self, other), lambda g: matmul_gradients(self.data, other.data, g))

    def __getitem__(self, index):
        return Tensor(self.data[index], (self,), lambda g: (getitem_gradient(self.data, g, index),))

    __radd__, __rmul__ = __add__, __mul__
    __neg__ = lambda self: self * -1.0
    __sub__ = lambda self, other: self + -as_tensor(other)

    def relu(self):
        return Tensor(np.maximum(self.data, 0), (self,), lambda g: (g * (self.data > 0),))

    def tanh(self):
        out = np.tanh(self.data)
        return Tensor(out, (self,), lambda g: (g * (1 - out * out),))

    def sum(self, dim=None, keepdim=False):
        out = self.data.sum(axis=dim, keepdims=keepdim)
        return Tensor(out, (self,), lambda g: (sum_gradient(self.data, g, dim, keepdim),))

    def mean(self, dim=None, keepdim=False):
        out = self.data.mean(axis=dim, keepdims=keepdim)
        return Tensor(out, (self,), lambda g: (mean_gradient(self.data, g, dim, keepdim),))

    def amax(self, dim=None, keepdim=False):
        out = self.data.max(axis=dim, keepdims=keepdim)
        return Tensor(out, (self,), lambda g: (amax_gradient(self.data, g, dim, keepdim),))

    def reshape(self, *shape):
        return Tensor(self.data.reshape(shape), (self,), lambda g: (reshape_gradient(self.data, g),))

    def permute(self, *dims):
        return Tensor(self.data.transpose(dims), (self,), lambda g: (permute_gradient(self.data, g, dims),))


def as_tensor(thing):
    return thing if isinstance(thing, Tensor) else Tensor(thing)


def cat(tensors, dim=0):
    """The Tensors joined along an axis."""
    arrays = [tensor.data for tensor in tensors]
    return Tensor(np.concatenate(arrays, axis=dim), tuple(tensors), lambda g: cat_gradient(arrays, g, dim))


def cross_entropy(logits, targets):
    """The mean cross-entropy, a Tensor. logits: (N, C). targets: (N,) whole numbers."""
    scores = logits.data
    loss = (logsumexp(scores, 1) - scores[np.arange(len(targets)), targets]).mean()
    return Tensor(loss, (logits,), lambda g: (g * cross_entropy_gradient(scores, targets),))


class Network:
    """Relu layers of the given sizes, the last one linear: sizes[0] inputs, sizes[-1] classes."""

    def __init__(self, sizes, seed=0):
        self.layers = [(Tensor(W), Tensor(b)) for W, b in initial_layers(sizes, np.random.default_rng(seed))]

    def __call__(self, x):
        x = as_tensor(x)
        for W, b in self.layers[:-1]:
            x = (x @ W + b).relu()
        W, b = self.layers[-1]
        return x @ W + b

    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer]

    def fit(self, x, y, epochs, batch_size, rate, seed=0):
        """Gradient descent on mini-batches, in place; returns the loss of each step."""
        losses = []
        for epoch in range(epochs):
            for rows in batches(len(x), batch_size, seed, epoch):
                loss = cross_entropy(self(x[rows]), y[rows])
                for parameter in self.parameters():
                    parameter.grad = None
                loss.backward()
                for parameter in self.parameters():
                    parameter.data = parameter.data - rate * parameter.grad
                losses.append(float(loss.data))
        return losses
