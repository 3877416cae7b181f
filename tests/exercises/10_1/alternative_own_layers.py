class Block(nn.Module):
    def __init__(self, before, after):
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.zeros(after, before, 3, 3)), nn.Parameter(torch.zeros(after))
        self.gain, self.shift = nn.Parameter(torch.ones(after)), nn.Parameter(torch.zeros(after))
        self.register_buffer("mean", torch.zeros(after))
        self.register_buffer("var", torch.ones(after))

    def forward(self, x):
        z = torch.conv2d(x, self.weight, self.bias, padding=1)
        return torch.batch_norm(z, self.gain, self.shift, self.mean, self.var, self.training, 0.1, 1e-3, False).clamp(min=0)


class DigitsNet(nn.Module):
    def __init__(self, channels, size, classes):
        super().__init__()
        self.blocks = nn.ModuleList(map(Block, channels[:-1], channels[1:]))
        self.weight = nn.Parameter(torch.zeros(size[0] // 2 * (size[1] // 2) * channels[-1], classes))
        self.bias = nn.Parameter(torch.zeros(classes))

    def forward(self, x):
        for block in self.blocks:
            x = block(x)
        n, c, h, w = x.shape
        x = x.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))
        return x.permute(0, 2, 3, 1).flatten(1) @ self.weight + self.bias


def copy_weights(model, arrays):
    wanted = {"dense_weight": model.weight, "dense_bias": model.bias}
    for k, block in enumerate(model.blocks, start=1):
        for name in ("weight", "bias"):
            wanted[f"conv{k}_{name}"] = getattr(block, name)
        for name in ("gain", "shift", "mean", "var"):
            wanted[f"norm{k}_{name}"] = getattr(block, name)
    if wanted.keys() != arrays.keys():
        raise ValueError(f"these do not fit: {sorted(wanted.keys() ^ arrays.keys())}")
    bad = [name for name in wanted if tuple(wanted[name].shape) != arrays[name].shape]
    if bad:
        raise ValueError(f"shapes do not fit: {bad}")
    for name, place in wanted.items():
        place.data[...] = torch.as_tensor(arrays[name].copy()).to(place.dtype)
