"""Networks for the tests of the pixel microscope: drawn ones, a learner's own layers, and models that are no chain."""

import numpy as np

from karpathy_course.nn import (
    GELU,
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Flatten,
    Linear,
    MaxPool2d,
    Module,
    Parameter,
    ReLU,
    Sequential,
    Tanh,
    functional,
    manual_seed,
)
from karpathy_course.tensor import Tensor, cat


def image(channels=1, height=8, width=8, seed=0, dtype="float32"):
    return np.random.default_rng(seed).normal(size=(channels, height, width)).astype(dtype)


def digits_network(seed=0):
    manual_seed(seed)
    return Sequential(
        Conv2d(1, 16, 3, padding=1),
        ReLU(),
        Conv2d(16, 32, 3, padding=1),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(512, 10),
    )


def random_network(seed):
    """(a Sequential, an image): windows, strides, paddings, dilations, groups, pools of all kinds, a BatchNorm."""
    draw = np.random.default_rng(seed)
    manual_seed(seed)
    pick = lambda *values: values[draw.integers(len(values))]
    channels, groups = int(draw.integers(1, 4)), int(draw.integers(1, 3))
    first, second = 2 * int(draw.integers(1, 4)), 2 * int(draw.integers(1, 4))
    norm = BatchNorm2d(first)
    for part, low, high in ((norm.weight, 0.5, 2), (norm.bias, -1, 1), (norm.running_mean, -1, 1)):
        part.data[...] = draw.uniform(low, high, first)
    norm.running_var.data[...] = draw.uniform(0.5, 2, first)
    pools = MaxPool2d(pick(2, (2, 3)), pick(1, 2), pick(0, 1)), AvgPool2d(2, 1, 1, count_include_pad=pick(True, False))
    model = Sequential(
        Conv2d(
            channels, first, pick(3, (3, 2)), pick(1, (1, 2)), pick(1, (0, 1)), pick(1, (2, 1)), bias=pick(True, False)
        ),
        norm,
        pick(ReLU, Tanh, GELU)(),
        pick(*pools),
        Conv2d(first, second, 2, groups=groups, padding=pick(0, 1)),
        pick(Tanh, ReLU)(),
        pick(MaxPool2d(2, 1), AdaptiveAvgPool2d((2, 3))),
        Flatten(),
    )
    x = image(channels, int(draw.integers(8, 11)), int(draw.integers(8, 11)), seed)
    features = model.eval()(Tensor(x[None])).shape[1]
    model.append(Linear(features, 5))
    return model, x


class Own(Module):
    """A learner's convolution in loops, over arrays: no gradient comes back through it. flip: it flips its kernel."""

    def __init__(self, flip=False, stride=2):
        draw = np.random.default_rng(0)
        self.weight = Parameter(draw.normal(size=(3, 2, 3, 2)).astype("float32"))
        self.bias = Parameter(draw.normal(size=3).astype("float32"))
        self.flip, self.step = flip, stride

    def forward(self, input):
        x, w, s = input.data, self.weight.data, self.step
        w = w[..., ::-1, ::-1] if self.flip else w
        rows, columns = (x.shape[2] - 3) // s + 1, (x.shape[3] - 2) // s + 1
        out = np.empty((len(x), 3, rows, columns), "float32")
        for i in range(rows):
            for j in range(columns):
                patch = x[:, None, :, i * s : i * s + 3, j * s : j * s + 2]
                out[:, :, i, j] = (patch * w).sum((2, 3, 4)) + self.bias.data
        return Tensor(out)


class BiasAtEachPlace(Module):
    """A learner's convolution with a bias for each pixel of its maps, and attributes that say how it goes."""

    def __init__(self):
        draw = np.random.default_rng(0)
        self.weight = Parameter(draw.normal(size=(3, 1, 3, 3)).astype("float32"))
        self.bias = Parameter(draw.normal(size=(3, 4, 4)).astype("float32"))
        self.stride, self.padding = 2, (1, 1)

    def forward(self, input):
        return functional.conv2d(input, self.weight, None, self.stride, self.padding) + self.bias


class OwnPool(Module):
    """A learner's max-pool of 2 × 2, without any attribute."""

    def forward(self, input):
        n, c, h, w = input.shape
        return input.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))


class OwnForward(Module):
    """What the layers do not do stands in forward; the first convolution has a bias at each place."""

    def __init__(self):
        manual_seed(3)
        self.first, self.second = Conv2d(1, 4, 3, padding=1, bias=False), Conv2d(4, 6, 3, padding=1)
        self.pool, self.scores = AvgPool2d(2), Linear(24, 4)
        self.place = Parameter(np.random.default_rng(0).normal(size=(4, 8, 8)).astype("float32"))

    def forward(self, input):
        x = self.pool((self.first(input + 1) + self.place).tanh())
        x = functional.max_pool2d(self.second(x).relu(), 2)
        return self.scores(x.flatten(1)).tanh()


class Block(Module):
    """A residual block: a second path goes around its layers."""

    def __init__(self, channels):
        self.inner = Conv2d(channels, channels, 3, padding=1)

    def forward(self, input):
        return (input + self.inner(input).tanh()).relu()


def residual_network():
    manual_seed(1)
    return Sequential(Conv2d(1, 4, 3), ReLU(), Block(4), Block(4), AdaptiveAvgPool2d(1), Flatten(), Linear(4, 3))


class TwoPaths(Module):
    """The maps of a convolution beside the image itself."""

    def __init__(self):
        self.conv, self.last = Conv2d(1, 2, 3, padding=1), Conv2d(3, 2, 8)

    def forward(self, input):
        return self.last(cat([input, self.conv(input)], 1)).flatten(1)
