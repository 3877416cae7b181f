class Neuron:
    def __init__(self, n_inputs, activation=None, rng=None):
        self.w = []
        for _ in range(n_inputs):
            self.w.append(Value(2 * rng.random() - 1))
        self.b = Value(0)
        self.squash = {"relu": lambda v: v.relu(), "tanh": lambda v: v.tanh(), None: lambda v: v}[activation]

    def __call__(self, x):
        return self.squash(sum((w * xi for w, xi in zip(self.w, x)), self.b))

    def parameters(self):
        return self.w + [self.b]


class Layer:
    def __init__(self, n_inputs, n_outputs, activation=None, rng=None):
        self.neurons = tuple(Neuron(n_inputs, activation, rng) for _ in range(n_outputs))

    def __call__(self, x):
        return [n(x) for n in self.neurons]

    def parameters(self):
        return sum((n.parameters() for n in self.neurons), [])


class MLP:
    def __init__(self, n_inputs, sizes, activation, rng):
        ends = [n_inputs] + list(sizes)
        kinds = [activation] * (len(sizes) - 1) + [None]
        self.layers = [Layer(ends[i], ends[i + 1], kinds[i], rng) for i in range(len(kinds))]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        if len(x) == 1:
            return x[0]
        return x

    def parameters(self):
        return sum((layer.parameters() for layer in self.layers), [])
