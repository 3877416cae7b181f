# mistake: not-from-rng
import random


class Neuron:
    """activation(b + w · x). Attributes: w (list of n_inputs Values), b (Value)."""

    def __init__(self, n_inputs, activation, rng) -> None:
        """n_inputs: int. activation: "relu", "tanh" or None. rng: a random.Random."""
        self.w = [Value(random.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.activation = activation

    def __call__(self, x):
        """One Value. x: list of n_inputs numbers or Values."""
        total = weighted_sum(self.w, x, self.b)
        if self.activation == "relu":
            return total.relu()
        if self.activation == "tanh":
            return total.tanh()
        return total

    def parameters(self) -> list:
        """n_inputs + 1 Values: the weights, then the bias."""
        return [*self.w, self.b]


class Layer:
    """n_outputs neurons that see the same n_inputs numbers. Attribute: neurons (list of Neuron)."""

    def __init__(self, n_inputs, n_outputs, activation, rng) -> None:
        self.neurons = [Neuron(n_inputs, activation, rng) for _ in range(n_outputs)]

    def __call__(self, x) -> list:
        """n_outputs Values. x: list of n_inputs numbers or Values."""
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list:
        """(n_inputs + 1) · n_outputs Values, neuron after neuron."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


class MLP:
    """Layers of the given sizes, the last one linear. Attribute: layers (list of Layer)."""

    def __init__(self, n_inputs, sizes, activation, rng) -> None:
        """sizes: list of ints, the number of neurons of each layer."""
        self.layers = []
        for size in sizes:
            self.layers.append(Layer(n_inputs, size, activation, rng))
            n_inputs = size
        for neuron in self.layers[-1].neurons:
            neuron.activation = None

    def __call__(self, x):
        """One Value where the last layer has one neuron, otherwise a list of sizes[-1] Values."""
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def parameters(self) -> list:
        """The Values of the first layer, then of the second, and so on."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]
