class BatchNorm:
    def __init__(self, features, eps=1e-5, momentum=0.1):
        self.weight, self.bias = np.ones((features,)), np.zeros((features,))
        self.running_mean = 0.0 * self.weight
        self.running_var = self.weight.copy()
        self.training, self.settings = True, (eps, momentum)

    def __call__(self, x):
        eps, momentum = self.settings
        rows = np.moveaxis(x, 1, -1).astype(float)
        flat = rows.reshape(-1, len(self.weight)) if x.size else rows[:0].reshape(0, len(self.weight))
        mean, var = self.running_mean, self.running_var
        if self.training:
            if len(flat) <= 1:
                raise ValueError("no variance of one value")
            mean = flat.sum(axis=0) / len(flat)
            squares = ((flat - mean) ** 2).sum(axis=0)
            var = squares / len(flat)
            self.running_mean += momentum * (mean - self.running_mean)
            self.running_var += momentum * (squares / (len(flat) - 1) - self.running_var)
        out = self.weight * (rows - mean) / (var + eps) ** 0.5 + self.bias
        return np.moveaxis(out, -1, 1).astype(x.dtype)
