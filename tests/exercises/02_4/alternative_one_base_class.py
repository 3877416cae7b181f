class Module:
    parts = ()

    def parameters(self):
        found = []
        for part in self.parts:
            found.extend([part] if isinstance(part, Value) else part.parameters())
        return found


class Neuron(Module):
    def __init__(self, n_inputs, activation, rng):
        self.w = [Value(rng.uniform(-1, 1)) for _ in range(n_inputs)]
        self.b = Value(0.0)
        self.parts = (*self.w, self.b)
        self.activation = activation

    def __call__(self, x):
        out = weighted_sum(self.w, x, self.b)
        return getattr(out, self.activation)() if self.activation else out


class Layer(Module):
    def __init__(self, n_inputs, n_outputs, activation, rng):
        self.parts = self.neurons = [Neuron(n_inputs, activation, rng) for _ in range(n_outputs)]

    def __call__(self, x):
        return list(map(lambda neuron: neuron(x), self.neurons))


class MLP(Module):
    def __init__(self, n_inputs, sizes, activation, rng):
        self.layers = []
        for i, size in enumerate(sizes):
            kind = activation if i + 1 < len(sizes) else None
            self.layers.append(Layer(n_inputs if i == 0 else sizes[i - 1], size, kind, rng))
        self.parts = self.layers

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x)
        return x if len(x) > 1 else x[0]
