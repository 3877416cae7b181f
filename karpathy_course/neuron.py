"""A neuron, a layer and a multi-layer perceptron of `Value`s, as lecture 02 builds them.

Nothing here knows how a gradient is found: the networks only compute, and `Value` remembers.
"""

import random

from karpathy_course.scalar import Value, weighted_sum

ACTIVATIONS = ("relu", "tanh", "sigmoid", None)


class Module:
    """What has parameters: the Values that training may change."""

    def parameters(self):
        return []

    def zero_grad(self):
        for parameter in self.parameters():
            parameter.grad = 0.0


class Neuron(Module):
    """``activation(w · x + b)`` of n_inputs numbers; weights uniform in [-1, 1) from rng, bias 0.

    activation: "relu", "tanh", "sigmoid", or None for a linear neuron. rng: a random.Random.
    Raises ValueError when the activation is unknown, or a call has not n_inputs numbers.
    """

    def __init__(self, n_inputs, activation="relu", rng=random):
        if activation not in ACTIVATIONS:
            raise ValueError(f"Neuron: activation {activation!r}: expected one of {ACTIVATIONS}")
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.activation = activation

    def __call__(self, x):
        total = weighted_sum(self.w, x, self.b)
        return getattr(total, self.activation)() if self.activation else total

    def parameters(self):
        return [*self.w, self.b]

    def __repr__(self):
        return f"Neuron({len(self.w)}, {self.activation})"


class Layer(Module):
    """n_outputs neurons side by side that see the same n_inputs numbers; a call returns a list."""

    def __init__(self, n_inputs, n_outputs, activation="relu", rng=random):
        self.neurons = [Neuron(n_inputs, activation, rng) for _ in range(n_outputs)]

    def __call__(self, x):
        return [neuron(x) for neuron in self.neurons]

    def parameters(self):
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self):
        return f"Layer({', '.join(map(repr, self.neurons))})"


class MLP(Module):
    """A multi-layer perceptron: layers of the given sizes, the last one linear.

    ``MLP(2, [16, 16, 1])`` takes 2 numbers; the call returns one Value where the last layer has one
    neuron, a list of Values otherwise. The same seed in rng gives the same network.
    """

    def __init__(self, n_inputs, sizes, activation="relu", rng=random):
        widths = [n_inputs, *sizes]
        last = len(sizes) - 1
        self.layers = [
            Layer(widths[i], widths[i + 1], None if i == last else activation, rng) for i in range(len(sizes))
        ]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self):
        return f"MLP({', '.join(map(repr, self.layers))})"
