"""The image networks of lectures 09 and 10, from 1989 to 2016, each as its paper draws it, with its parameters counted.

Every network has a twin of the same name and the same parameter names in `torch_reference`. They know nothing of data
or training. PyTorch has none of these names; torchvision has ResNet-18, whose `state_dict` keys are kept here.
"""

from math import prod

import numpy as np

from karpathy_course.nn import functional, init
from karpathy_course.nn.activations import Flatten, Identity, ReLU, Tanh
from karpathy_course.nn.containers import Sequential
from karpathy_course.nn.convolutional import AdaptiveAvgPool2d, AvgPool2d, Conv2d, MaxPool2d
from karpathy_course.nn.functional import as_operand
from karpathy_course.nn.image_checks import check_images
from karpathy_course.nn.layers import Linear
from karpathy_course.nn.module import Module, Parameter
from karpathy_course.nn.normalisation import BatchNorm2d
from karpathy_course.tensor import cat


class ConvNet(Sequential):
    """Conv → Conv → Pool → FC for the 8 × 8 digits: (batch, 1, 8, 8) to (batch, 10) logits; 9 930 parameters.

    160 + 4 640 in the convolutions, 5 130 in the linear layer, which sees 32 maps of 4 × 4. Raises ShapeError for other
    shapes, TypeError for images of whole numbers.
    """

    def __init__(self, *, dtype="float32"):
        super().__init__(
            Conv2d(1, 16, 3, padding=1, dtype=dtype),
            ReLU(),
            Conv2d(16, 32, 3, padding=1, dtype=dtype),
            ReLU(),
            MaxPool2d(2),
            Flatten(),
            Linear(512, 10, dtype=dtype),
        )

    def forward(self, input):
        check_images("ConvNet", input, 1, 8)
        return super().forward(as_operand(input))


class LeNet5(Sequential):
    """LeNet-5: (batch, 1, 32, 32) to (batch, 10) logits; 61 706 parameters. LeCun et al. 1998, figure 2.

    Three things are simpler than in the paper: C3 sees all six maps of S2 (there a table leaves some out, and the whole
    has about 60 000 parameters), the pools are plain means with nothing to learn, and the last layer is linear.
    MNIST's images of 28 × 28 get two zeros on each side first. Raises as `ConvNet`.
    """

    def __init__(self, *, dtype="float32"):
        super().__init__(
            {
                "c1": Conv2d(1, 6, 5, dtype=dtype),
                "tanh1": Tanh(),
                "s2": AvgPool2d(2),
                "c3": Conv2d(6, 16, 5, dtype=dtype),
                "tanh3": Tanh(),
                "s4": AvgPool2d(2),
                "c5": Conv2d(16, 120, 5, dtype=dtype),
                "tanh5": Tanh(),
                "flatten": Flatten(),
                "f6": Linear(120, 84, dtype=dtype),
                "tanh6": Tanh(),
                "output": Linear(84, 10, dtype=dtype),
            }
        )

    def forward(self, input):
        check_images("LeNet5", input, 1, 32)
        return super().forward(as_operand(input))


class LeCun1989(Module):
    """The network for zip codes: (batch, 1, 16, 16), background -1, to (batch, 10) from -1 to 1; 9 760 parameters.

    H1: 12 maps of 8 × 8 by kernels 5 × 5, stride 2, with a bias at each place (1 068). H2: 12 maps of 4 × 4, each from
    8 of the 12 (2 592); which 8, the paper does not say: here the first, the last, or the outer ones. H3: 30 units
    (5 790); output: 10 (310). What lies outside of an image is -1. LeCun et al. 1989; the paper scales its tanh, here
    it is plain. Raises as `ConvNet`.
    """

    def __init__(self, *, dtype="float32"):
        self.h1_bias = Parameter(np.empty((12, 8, 8), dtype))
        self.h2_bias = Parameter(np.empty((12, 4, 4), dtype))
        self.h1 = Conv2d(1, 12, 5, stride=2, bias=False, dtype=dtype)
        self.h2 = Conv2d(24, 12, 5, stride=2, groups=3, bias=False, dtype=dtype)
        self.h3 = Linear(192, 30, dtype=dtype)
        self.output = Linear(30, 10, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Weights uniform within ±2.4 / inputs of a unit, as in the paper; biases 0."""
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                init.zeros_(parameter)
            else:
                bound = 2.4 / prod(parameter.shape[1:])
                init.uniform_(parameter, -bound, bound)

    def forward(self, input):
        check_images("LeCun1989", input, 1, 16)
        x = (_on_background(self.h1, as_operand(input)) + self.h1_bias).tanh()
        x = cat([x[:, :8], x[:, 4:], x[:, :4], x[:, 8:]], 1)  # 8 maps for each third of H2
        x = (_on_background(self.h2, x) + self.h2_bias).tanh()
        x = self.h3(x.flatten(1)).tanh()
        return self.output(x).tanh()


def _on_background(convolution, x):
    """The convolution with two rows of -1 around x: with 0 around x + 1, less what the added 1 brings into each sum."""
    weight = convolution.weight
    out = functional.conv2d(x + 1, weight, None, convolution.stride, 2, 1, convolution.groups)
    return out - weight.sum((1, 2, 3)).reshape(-1, 1, 1)


class BasicBlock(Module):
    """``relu(downsample(x) + bn2(conv2(relu(bn1(conv1(x))))))``. He et al. 2016, figure 5, left.

    stride: of the first convolution. Where it or the channels change the shape, the path around has a
    1 × 1 convolution.
    """

    def __init__(self, in_channels, out_channels, stride=1, *, dtype="float32"):
        self.conv1 = Conv2d(in_channels, out_channels, 3, stride, 1, bias=False, dtype=dtype)
        self.bn1 = BatchNorm2d(out_channels, dtype=dtype)
        self.relu = ReLU()
        self.conv2 = Conv2d(out_channels, out_channels, 3, 1, 1, bias=False, dtype=dtype)
        self.bn2 = BatchNorm2d(out_channels, dtype=dtype)
        self.downsample = Identity()
        if stride != 1 or in_channels != out_channels:
            around = Conv2d(in_channels, out_channels, 1, stride, bias=False, dtype=dtype)
            self.downsample = Sequential(around, BatchNorm2d(out_channels, dtype=dtype))

    def forward(self, input):
        out = self.relu(self.bn1(self.conv1(input)))
        return self.relu(self.downsample(input) + self.bn2(self.conv2(out)))


class ResNet18(Module):
    """ResNet-18: (batch, 3, height, width), 224 × 224 in the paper, to (batch, 1000) logits; 11 689 512 parameters.

    He et al. 2016, table 1, with the `state_dict` keys of torchvision's resnet18, whose weights it loads. Raises
    ShapeError for other channels, TypeError for images of whole numbers.
    """

    def __init__(self, *, dtype="float32"):
        self.conv1 = Conv2d(3, 64, 7, 2, 3, bias=False, dtype=dtype)
        self.bn1 = BatchNorm2d(64, dtype=dtype)
        self.relu = ReLU()
        self.maxpool = MaxPool2d(3, 2, 1)
        self.layer1 = Sequential(BasicBlock(64, 64, dtype=dtype), BasicBlock(64, 64, dtype=dtype))
        self.layer2 = Sequential(BasicBlock(64, 128, 2, dtype=dtype), BasicBlock(128, 128, dtype=dtype))
        self.layer3 = Sequential(BasicBlock(128, 256, 2, dtype=dtype), BasicBlock(256, 256, dtype=dtype))
        self.layer4 = Sequential(BasicBlock(256, 512, 2, dtype=dtype), BasicBlock(512, 512, dtype=dtype))
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(512, 1000, dtype=dtype)
        _as_he_begins(self)

    def forward(self, input):
        check_images("ResNet18", input, 3)
        x = self.maxpool(self.relu(self.bn1(self.conv1(input))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class SmallResNet(Module):
    """A residual network that trains on the digits in seconds: (batch, 1, height, width) to (batch, 10) logits.

    One convolution 3 × 3 and three blocks of 16, 32 and 64 channels; 77 754 parameters. Raises as `ResNet18`.
    """

    def __init__(self, *, dtype="float32"):
        self.conv1 = Conv2d(1, 16, 3, 1, 1, bias=False, dtype=dtype)
        self.bn1 = BatchNorm2d(16, dtype=dtype)
        self.relu = ReLU()
        self.layer1 = BasicBlock(16, 16, dtype=dtype)
        self.layer2 = BasicBlock(16, 32, 2, dtype=dtype)
        self.layer3 = BasicBlock(32, 64, 2, dtype=dtype)
        self.avgpool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(64, 10, dtype=dtype)
        _as_he_begins(self)

    def forward(self, input):
        check_images("SmallResNet", input, 1)
        x = self.relu(self.bn1(self.conv1(input)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.fc(self.avgpool(x).flatten(1))


def _as_he_begins(model):
    """Convolutions with normal first weights of variance 2 / fan_out, as torchvision's; other layers as they begin."""
    for module in model.modules():
        if isinstance(module, Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
