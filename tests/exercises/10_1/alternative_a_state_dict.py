class DigitsNet(nn.Module):
    def __init__(self, channels, size, classes):
        super().__init__()
        layers = []
        for k in range(1, len(channels)):
            layers += [nn.Conv2d(channels[k - 1], channels[k], 3, padding="same"), nn.BatchNorm2d(channels[k], 1e-3), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.MaxPool2d(2))
        self.last = nn.LazyLinear(classes)
        with torch.no_grad():
            self.eval()(torch.zeros(1, channels[0], *size))
        self.train()
        self.places = {"dense_weight": "last.weight", "dense_bias": "last.bias"}
        parts = {"conv": [(0, "weight", "weight"), (0, "bias", "bias")],
                 "norm": [(1, "gain", "weight"), (1, "shift", "bias"), (1, "mean", "running_mean"), (1, "var", "running_var")]}
        for k in range(1, len(channels)):
            for kind, names in parts.items():
                for offset, theirs, ours in names:
                    self.places[f"{kind}{k}_{theirs}"] = f"layers.{3 * (k - 1) + offset}.{ours}"

    def forward(self, x):
        h = self.layers(x)
        return self.last(h.permute(0, 2, 3, 1).reshape(len(x), -1))  # in the order of the NumPy network


def copy_weights(model, arrays):
    state = model.state_dict()
    for name in set(model.places) ^ set(arrays):
        raise ValueError("not the arrays of this network: " + name)
    new = {}
    for name, array in arrays.items():
        array = array.T if name == "dense_weight" else array
        if list(array.shape) != list(state[model.places[name]].shape):
            raise ValueError("wrong shape: " + name)
        new[model.places[name]] = torch.tensor(np.ascontiguousarray(array))
    model.load_state_dict(new, strict=False)
