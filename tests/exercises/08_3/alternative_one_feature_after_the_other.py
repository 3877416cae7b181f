import math
import statistics


class BatchNorm:
    def __init__(self, features, eps=1e-5, momentum=0.1):
        self.eps, self.momentum, self.training = eps, momentum, True
        self.weight = np.full(features, 1.0)
        self.bias = np.full(features, 0.0)
        self.running_mean = np.full(features, 0.0)
        self.running_var = np.full(features, 1.0)

    def __call__(self, x):
        if self.training and x[:, 0].size < 2:
            raise ValueError("too few values")
        out = np.empty_like(x)
        for k in range(x.shape[1]):
            mean, var = float(self.running_mean[k]), float(self.running_var[k])
            if self.training:
                values = [float(value) for value in x[:, k].ravel()]
                keep = 1 - self.momentum
                self.running_mean[k] = keep * mean + self.momentum * statistics.fmean(values)
                self.running_var[k] = keep * var + self.momentum * statistics.variance(values)
                mean, var = statistics.fmean(values), statistics.pvariance(values)
            scale = float(self.weight[k]) / math.sqrt(var + self.eps)
            out[:, k] = (x[:, k].astype(float) - mean) * scale + float(self.bias[k])
        return out
