# mistake: shared
class Neuron:
    """activation(b + w · x); activation: "relu", "tanh" or None. Attributes: w (list of n_inputs Values), b (Value)."""

    def __init__(self, n_inputs, activation, rng):
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.activation = activation

    def __call__(self, x):
        total = weighted_sum(self.w, x, self.b)
        if self.activation == "relu":
            return total.relu()
        if self.activation == "tanh":
            return total.tanh()
        return total

    def parameters(self):
        return [*self.w, self.b]



class Layer:
    """n_outputs neurons that see the same n_inputs numbers; a call returns a list. Attribute: neurons (list)."""

    def __init__(self, n_inputs, n_outputs, activation, rng):
        self.neurons = [Neuron(n_inputs, activation, rng) for _ in range(n_outputs)]
        for neuron in self.neurons:
            neuron.b = self.neurons[0].b

    def __call__(self, x):
        return [neuron(x) for neuron in self.neurons]

    def parameters(self):
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]



class MLP:
    """Layers of the given sizes, the last one linear; a call returns one Value or a list. Attribute: layers (list)."""

    def __init__(self, n_inputs, sizes, activation, rng):
        self.layers = []
        for size in sizes:
            self.layers.append(Layer(n_inputs, size, activation, rng))
            n_inputs = size
        for neuron in self.layers[-1].neurons:
            neuron.activation = None

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x[0] if len(x) == 1 else x

    def parameters(self):
        return [parameter for layer in self.layers for parameter in layer.parameters()]

