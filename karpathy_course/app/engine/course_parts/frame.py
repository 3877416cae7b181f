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
from karpathy_course.app.engine.course_parts.deep import (
    BatchNorm,
    batchnorm_gradients,
    he_weights,
    residual_gradient,
    xavier_weights,
)
from karpathy_course.app.engine.course_parts.descending import AdamW, schedule
from karpathy_course.app.engine.course_parts.numbers import topo_sort
from karpathy_course.app.engine.course_parts.pictures import conv2d, conv2d_gradients, max_pool2d, max_pool2d_gradient
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

    def conv2d(self, weight, bias, stride=1, padding=0, dilation=1, groups=1):
        how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        out = conv2d(self.data, weight.data, bias.data, **how)
        return Tensor(out, (self, weight, bias), lambda g: conv2d_gradients(self.data, weight.data, g, **how))

    def max_pool2d(self, kernel, stride=None, padding=0):
        out = max_pool2d(self.data, kernel, stride, padding)
        return Tensor(out, (self,), lambda g: (max_pool2d_gradient(self.data, g, kernel, stride, padding),))


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


class Block:
    """Weights, BatchNorm and relu, with a path around all three."""

    def __init__(self, width, rng):
        self.W, self.norm = Tensor(he_weights(width, width, rng)), BatchNorm(width)
        self.weight, self.bias = Tensor(np.array(self.norm.weight)), Tensor(np.array(self.norm.bias))

    def parameters(self):
        return [self.W, self.weight, self.bias]

    def normalised(self, x):
        self.norm.weight, self.norm.bias = self.weight.data, self.bias.data
        rule = lambda g: batchnorm_gradients(x.data, self.weight.data, g)
        return Tensor(self.norm(x.data), (x, self.weight, self.bias), rule)

    def __call__(self, x):
        """x + relu(BatchNorm(x @ W)): one operation, whose gradient goes through the block and past it."""
        h = Tensor(x.data)
        out = self.normalised(h @ self.W).relu()

        def vjp(_, gradient):
            (out * gradient).sum().backward()  # for the block's own parameters too
            return h.grad

        blocks = [(lambda _: out.data, vjp, None)]
        return Tensor(x.data + out.data, (x,), lambda g: (residual_gradient(x.data, blocks, g),))


class DeepNetwork:
    """Blocks of one width between two linear layers: a network that stays alive however deep it is."""

    def __init__(self, inputs, width, depth, classes, seed=0):
        rng = np.random.default_rng(seed)
        self.first = Tensor(xavier_weights(inputs, width, rng))
        self.blocks = [Block(width, rng) for _ in range(depth)]
        self.last = Tensor(0.01 * xavier_weights(width, classes, rng))  # so that the loss at birth is ln(classes)

    def __call__(self, x):
        h = as_tensor(x) @ self.first
        for block in self.blocks:
            h = block(h)
        return h @ self.last

    def parameters(self):
        return [self.first, *(p for block in self.blocks for p in block.parameters()), self.last]

    def training(self, on):
        """Whether the blocks normalise by the batch, or by what they have kept."""
        for block in self.blocks:
            block.norm.training = on

    def predict(self, x):
        """The class of each row, whatever stands in the others."""
        self.training(False)
        try:
            return self(x).data.argmax(axis=1)
        finally:
            self.training(True)

    def fit(self, x, y, epochs, batch_size, peak=0.01, warmup=10, optimizer=AdamW, seed=0):
        """Mini-batches, an optimiser and a schedule of its rate; returns the loss of each step."""
        order = batches_of(len(x), epochs, batch_size, seed)
        order = [rows for rows in order if len(rows) > 1]  # one sample has no variance
        return descent(self, x, y, order, peak, warmup, optimizer)


class ConvNetwork:
    """Two 3 × 3 convolutions with relu, a max-pool and a linear layer, for pictures of one channel.

    On pictures of 8 × 8 pixels, 160 + 4 640 + 5 130 = 9 930 numbers. x: (n, 1, size, size).
    """

    def __init__(self, size=8, channels=(16, 32), classes=10, seed=0):
        rng, (first, second) = np.random.default_rng(seed), channels
        self.first, self.second = kernels(first, 1, rng), kernels(second, first, rng)
        inputs = second * (size // 2) ** 2
        self.last = Tensor(0.01 * xavier_weights(inputs, classes, rng)), Tensor(np.zeros(classes))

    def __call__(self, x):
        h = as_tensor(x).conv2d(*self.first, padding=1).relu()
        h = h.conv2d(*self.second, padding=1).relu().max_pool2d(2)
        W, b = self.last
        return h.reshape(len(h.data), W.data.shape[0]) @ W + b

    def parameters(self):
        return [*self.first, *self.second, *self.last]

    def predict(self, x):
        """The class of each picture."""
        return self(x).data.argmax(axis=1)

    def fit(self, x, y, epochs, batch_size, peak=0.01, warmup=10, optimizer=AdamW, seed=0):
        """Mini-batches, an optimiser and a schedule of its rate; returns the loss of each step."""
        return descent(self, x, y, batches_of(len(x), epochs, batch_size, seed), peak, warmup, optimizer)


def kernels(outputs, channels, rng):
    """(weight, bias) of a new 3 × 3 convolution that is followed by relu."""
    weight = he_weights(9 * channels, outputs, rng).T.reshape(outputs, channels, 3, 3)
    return Tensor(np.array(weight)), Tensor(np.zeros(outputs))


def batches_of(n, epochs, batch_size, seed):
    """The mini-batches of all epochs, in order."""
    return [rows for epoch in range(epochs) for rows in batches(n, batch_size, seed, epoch)]


def descent(network, x, y, order, peak, warmup, optimizer):
    """A step on each of these batches, at the rate of the schedule; returns the losses."""
    down, losses = optimizer(network.parameters(), lr=peak), []
    for step, rows in enumerate(order):
        loss = cross_entropy(network(x[rows]), y[rows])
        down.zero_grad()
        loss.backward()
        down.lr = schedule(step, len(order), warmup, peak)
        down.step()
        losses.append(float(loss.data))
    return losses
