"""Layers that learn: Linear, Embedding, BatchNorm1d; with PyTorch's arguments, first weights and names."""

from math import sqrt

import numpy as np

from karpathy_course.nn import functional, init
from karpathy_course.nn.module import Buffer, Module, Parameter
from karpathy_course.ops.shapes import ShapeError


class Linear(Module):
    """``x @ weight.T + bias``: (…, in_features) to (…, out_features). weight: (out_features, in_features).

    Weights and bias begin uniform within ±1/sqrt(in_features), as in torch.
    """

    def __init__(self, in_features, out_features, bias=True, *, dtype="float32"):
        self.in_features, self.out_features = in_features, out_features
        self.weight = Parameter(np.empty((out_features, in_features), dtype))
        self.bias = Parameter(np.empty(out_features, dtype)) if bias else None
        self.reset_parameters()

    def reset_parameters(self):
        init.kaiming_uniform_(self.weight, a=sqrt(5))  # sqrt(5) gives 1/sqrt(in_features)
        if self.bias is not None:
            bound = 1 / sqrt(self.in_features) if self.in_features else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return functional.linear(input, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class Embedding(Module):
    """A vector for each of num_embeddings things: whole numbers (…) to vectors (…, embedding_dim).

    Vectors begin normal with deviation 1, as in torch; that of padding_idx is 0 and gets no gradient. Raises IndexError
    for a number that is not from 0 to num_embeddings - 1.
    """

    def __init__(self, num_embeddings, embedding_dim, padding_idx=None, *, dtype="float32"):
        if padding_idx is not None and not -num_embeddings <= padding_idx < num_embeddings:
            raise ValueError(f"Embedding: padding_idx {padding_idx} is none of the {num_embeddings} embeddings")
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx = padding_idx if padding_idx is None else padding_idx % num_embeddings
        self.weight = Parameter(np.empty((num_embeddings, embedding_dim), dtype))
        self.reset_parameters()

    def reset_parameters(self):
        init.normal_(self.weight)
        if self.padding_idx is not None:
            self.weight.data[self.padding_idx, ...] = 0

    def forward(self, input):
        return functional.embedding(input, self.weight, self.padding_idx)

    def extra_repr(self):
        padding = f", padding_idx={self.padding_idx}" if self.padding_idx is not None else ""
        return f"{self.num_embeddings}, {self.embedding_dim}{padding}"


class BatchNorm1d(Module):
    """Each feature with mean 0 and variance 1 over the batch, then scaled and moved: (batch, num_features).

    In training by the batch's own mean and variance, which also move the running ones by ``momentum``; in eval mode by
    the running ones. Ioffe and Szegedy 2015, algorithm 1. Raises ValueError for a training batch of one row.
    """

    def __init__(self, num_features, eps=1e-5, momentum=0.1, *, dtype="float32"):
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.ones(num_features, dtype))
        self.bias = Parameter(np.zeros(num_features, dtype))
        self.running_mean = Buffer(np.zeros(num_features, dtype))
        self.running_var = Buffer(np.ones(num_features, dtype))
        self.num_batches_tracked = Buffer(np.zeros((), "int64"))

    def forward(self, input):
        if len(input.shape) != 2 or input.shape[1] != self.num_features:
            raise ShapeError(f"BatchNorm1d: expected (batch, {self.num_features}), got {tuple(input.shape)}")
        input = functional.as_operand(input)
        if not self.training:
            return self._normalised(input, self.running_mean, self.running_var)
        if input.shape[0] < 2:
            raise ValueError("BatchNorm1d: one row has no variance: train with batches of two or more (drop_last=True)")
        mean, var = input.mean(0), input.var(0, correction=0)
        n = input.shape[0]
        self._track(mean.detach(), var.detach() * (n / (n - 1)))
        return self._normalised(input, mean, var)

    def _normalised(self, input, mean, var):
        return (input - mean) / (var + self.eps).sqrt() * self.weight + self.bias

    def _track(self, mean, var):
        keep = 1 - self.momentum
        self.set_buffer("running_mean", self.running_mean * keep + mean * self.momentum)
        self.set_buffer("running_var", self.running_var * keep + var * self.momentum)
        self.set_buffer("num_batches_tracked", self.num_batches_tracked + 1)

    def extra_repr(self):
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"
