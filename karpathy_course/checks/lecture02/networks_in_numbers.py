"""A network in plain numbers: its outputs and gradients, and what the usual mistakes in a call of it would give.

The reference of exercise 02.4, which knows nothing of Values.
"""

import math
from itertools import pairwise


def squash(total, activation):
    """(value, derivative) of activation at total."""
    if activation == "relu":
        return (total, 1.0) if total > 0 else (0.0, 0.0)
    if activation == "tanh":
        return math.tanh(total), 1 - math.tanh(total) ** 2
    return total, 1.0


def network(sizes, parameters, x, activation, last=None, deep=None):
    """(outputs, gradients of their sum for the parameters, and for the inputs); last: the last layer's activation.

    deep: that of layers between the first and the last, where it is another one: (activation,).

    sizes: numbers in, then neurons of each layer. parameters: neuron after neuron, its weights and then its bias.
    """
    position, layers, values = 0, [], list(x)
    for depth, (n_in, n_out) in enumerate(pairwise(sizes)):
        kind = last if depth == len(sizes) - 2 else deep[0] if deep and depth else activation
        neurons = []
        for _ in range(n_out):
            w, b = parameters[position : position + n_in], parameters[position + n_in]
            out, slope = squash(b + sum(wi * xi for wi, xi in zip(w, values)), kind)
            neurons.append((position, w, out, slope))
            position += n_in + 1
        layers.append((values, neurons))
        values = [neuron[2] for neuron in neurons]
    gradients, arriving = [0.0] * len(parameters), [1.0] * len(values)
    for inputs, neurons in reversed(layers):
        passed_on = [0.0] * len(inputs)
        for (start, w, _, slope), g in zip(neurons, arriving):
            for i, xi in enumerate(inputs):
                gradients[start + i] += g * slope * xi
                passed_on[i] += g * slope * w[i]
            gradients[start + len(inputs)] += g * slope
        arriving = passed_on
    return values, gradients, arriving


def misfits(case, last):
    """(id, outputs, message) of the usual mistakes in a call."""
    sizes, parameters, x, activation = case["sizes"], case["parameters"], case["x"], case["activation"]
    if last != activation:
        message = f"the last layer must be linear, but it is activated too ({activation})."
        yield "activated-output", network(sizes, parameters, x, activation, activation)[0], message
    yield "no-activation", network(sizes, parameters, x, None, None)[0], "the activation is missing."
    without, position = list(parameters), 0
    for n_in, n_out in pairwise(sizes):
        for _ in range(n_out):
            position += n_in + 1
            without[position - 1] = 0.0
    yield "bias-not-added", network(sizes, without, x, activation, last)[0], "the bias is not added."
    counts = [(a + 1) * b for a, b in pairwise(sizes)]
    backwards, place = [], len(parameters)
    for n in counts:
        place -= n
        backwards += parameters[place : place + n]
    message = "parameters() begins with the last layer: the first comes first."
    yield "order", network(sizes, backwards, x, activation, last)[0], message
    for other in sorted({"relu", "tanh"} - {activation}):
        top = other if case["property"] != "MLP" else last
        message = f"it is activated with {other}, and {activation!r} was asked for."
        yield "other-activation", network(sizes, parameters, x, other, top)[0], message
    if len(sizes) > 3:
        message = "only the first layer is activated. All but the last are."
        yield "first-layer-only", network(sizes, parameters, x, activation, last, (None,))[0], message
    if case["property"] != "MLP" and activation:
        raw, biases = network(sizes, without, x, None, None)[0], parameters[sizes[0] :: sizes[0] + 1]
        message = "the bias is added after the activation: activation(b + w·x) was asked for."
        yield "bias-outside", [squash(total, activation)[0] + b for total, b in zip(raw, biases)], message
    if activation == "relu" and case["property"] != "MLP":
        message = "below 0 the relu lets something through: it is 0 there."
        sums = network(sizes, parameters, x, None, None)[0]
        for slope in (0.01, 0.1, 0.2):
            yield "leaky", [max(total, slope * total) for total in sums], message
