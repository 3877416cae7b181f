"""Layers that learn: Linear, Embedding; with PyTorch's arguments, first weights and names."""

from math import sqrt

import numpy as np

from karpathy_course.nn import functional, init
from karpathy_course.nn.module import Module, Parameter


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
