"""The lectures' networks in PyTorch: perceptrons, and twins of `karpathy_course.nn.networks`, weight for weight.

Parameters have the names of the course's own (ResNet-18: torchvision's), so that weights go both ways. ``**factory``
is PyTorch's device and dtype; on ``device="meta"`` a network has its shapes and no numbers.
"""

from itertools import pairwise
from math import prod

import torch
from torch import nn
from torch.nn import functional as F

from karpathy_course.nn.image_checks import check_images


class Residual(nn.Module):
    """``shortcut(x) + body(x)``, the shortcut x itself where it is None: the twin of `karpathy_course.nn.Residual`."""

    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body, self.shortcut = body, shortcut

    def forward(self, input):
        return (input if self.shortcut is None else self.shortcut(input)) + self.body(input)


class MLP(nn.Sequential):
    """A multi-layer perceptron of lectures 05 to 08: (batch, sizes[0]) to (batch, sizes[-1]), the last layer linear.

    activation: a module class. dropout: the share that each hidden layer drops in training; 0 adds no layer for it.
    norm: a module class that is made with a hidden layer's size and stands before its activation, `nn.BatchNorm1d` or
    `nn.LayerNorm`. residual: hidden layers that keep the size are `Residual`, each with its norm and activation.
    """

    def __init__(self, sizes, activation=nn.ReLU, dropout=0.0, norm=None, residual=False, **factory):
        *hidden, last = pairwise(sizes)
        layers = []
        for inputs, outputs in hidden:
            block = [nn.Linear(inputs, outputs, **factory)]
            block += [norm(outputs, **factory)] if norm is not None else []
            block += [activation()]
            block += [nn.Dropout(dropout)] if dropout else []
            layers += [Residual(nn.Sequential(*block))] if residual and inputs == outputs else block
        super().__init__(*layers, nn.Linear(*last, **factory))


def _check(name, images, channels, size=None):
    if not torch.jit.is_tracing():  # TensorBoard's graph is traced, and sizes are no numbers there
        check_images(name, images, channels, size)


class ConvNet(nn.Sequential):
    """Conv → Conv → Pool → FC for the 8 × 8 digits: (batch, 1, 8, 8) to (batch, 10) logits; 9 930 parameters."""

    def __init__(self, **factory):
        super().__init__(
            nn.Conv2d(1, 16, 3, padding=1, **factory),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, padding=1, **factory),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(512, 10, **factory),
        )

    def forward(self, input):
        _check("ConvNet", input, 1, 8)
        return super().forward(input)


class LeNet5(nn.Sequential):
    """LeNet-5: (batch, 1, 32, 32) to (batch, 10) logits; 61 706 parameters. LeCun et al. 1998, C3 fully connected."""

    def __init__(self, **factory):
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, 5, **factory)
        self.tanh1 = nn.Tanh()
        self.s2 = nn.AvgPool2d(2)
        self.c3 = nn.Conv2d(6, 16, 5, **factory)
        self.tanh3 = nn.Tanh()
        self.s4 = nn.AvgPool2d(2)
        self.c5 = nn.Conv2d(16, 120, 5, **factory)
        self.tanh5 = nn.Tanh()
        self.flatten = nn.Flatten()
        self.f6 = nn.Linear(120, 84, **factory)
        self.tanh6 = nn.Tanh()
        self.output = nn.Linear(84, 10, **factory)

    def forward(self, input):
        _check("LeNet5", input, 1, 32)
        return super().forward(input)


class LeCun1989(nn.Module):
    """The network for zip codes: (batch, 1, 16, 16), background -1, to (batch, 10) from -1 to 1; 9 760 parameters."""

    def __init__(self, **factory):
        super().__init__()
        self.h1_bias = nn.Parameter(torch.empty(12, 8, 8, **factory))
        self.h2_bias = nn.Parameter(torch.empty(12, 4, 4, **factory))
        self.h1 = nn.Conv2d(1, 12, 5, stride=2, bias=False, **factory)
        self.h2 = nn.Conv2d(24, 12, 5, stride=2, groups=3, bias=False, **factory)
        self.h3 = nn.Linear(192, 30, **factory)
        self.output = nn.Linear(30, 10, **factory)
        self.reset_parameters()

    def reset_parameters(self):
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                nn.init.zeros_(parameter)
            else:
                bound = 2.4 / prod(parameter.shape[1:])
                nn.init.uniform_(parameter, -bound, bound)

    def forward(self, input):
        _check("LeCun1989", input, 1, 16)
        around = lambda x: F.pad(x, (2, 2, 2, 2), value=-1.0)
        x = torch.tanh(self.h1(around(input)) + self.h1_bias)
        x = torch.cat([x[:, :8], x[:, 4:], x[:, :4], x[:, 8:]], 1)  # 8 maps for each third of H2
        x = torch.tanh(self.h2(around(x)) + self.h2_bias)
        x = torch.tanh(self.h3(x.flatten(1)))
        return torch.tanh(self.output(x))


class BasicBlock(nn.Module):
    """Two convolutions and a path around them. He et al. 2016, figure 5, left."""

    def __init__(self, in_channels, out_channels, stride=1, **factory):
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1, bias=False, **factory)
        self.bn1 = nn.BatchNorm2d(out_channels, **factory)
        self.relu = nn.ReLU()
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, 1, 1, bias=False, **factory)
        self.bn2 = nn.BatchNorm2d(out_channels, **factory)
        self.downsample = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            around = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False, **factory)
            self.downsample = nn.Sequential(around, nn.BatchNorm2d(out_channels, **factory))

    def forward(self, input):
        out = self.relu(self.bn1(self.conv1(input)))
        return self.relu(self.downsample(input) + self.bn2(self.conv2(out)))


class ResNet18(nn.Module):
    """ResNet-18: (batch, 3, height, width) to (batch, 1000) logits; 11 689 512 parameters, torchvision's keys."""

    def __init__(self, **factory):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False, **factory)
        self.bn1 = nn.BatchNorm2d(64, **factory)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = nn.Sequential(BasicBlock(64, 64, **factory), BasicBlock(64, 64, **factory))
        self.layer2 = nn.Sequential(BasicBlock(64, 128, 2, **factory), BasicBlock(128, 128, **factory))
        self.layer3 = nn.Sequential(BasicBlock(128, 256, 2, **factory), BasicBlock(256, 256, **factory))
        self.layer4 = nn.Sequential(BasicBlock(256, 512, 2, **factory), BasicBlock(512, 512, **factory))
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512, 1000, **factory)
        _as_he_begins(self)

    def forward(self, input):
        _check("ResNet18", input, 3)
        x = self.maxpool(self.relu(self.bn1(self.conv1(input))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class SmallResNet(nn.Module):
    """A residual network that trains on the digits in seconds: (batch, 1, height, width) to (batch, 10) logits."""

    def __init__(self, **factory):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, 1, 1, bias=False, **factory)
        self.bn1 = nn.BatchNorm2d(16, **factory)
        self.relu = nn.ReLU()
        self.layer1 = BasicBlock(16, 16, **factory)
        self.layer2 = BasicBlock(16, 32, 2, **factory)
        self.layer3 = BasicBlock(32, 64, 2, **factory)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(64, 10, **factory)
        _as_he_begins(self)

    def forward(self, input):
        _check("SmallResNet", input, 1)
        x = self.relu(self.bn1(self.conv1(input)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.avgpool(x).flatten(1))


def _as_he_begins(model):
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
