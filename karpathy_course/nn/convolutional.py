"""Layers with windows: convolutions that learn, pools that do not; with PyTorch's arguments, first weights, names."""

from math import prod, sqrt

import numpy as np

from karpathy_course.nn import functional, init
from karpathy_course.nn.module import Module, Parameter
from karpathy_course.nn.windows import pair


class Conv2d(Module):
    """`functional.conv2d` with a weight of its own: (batch, in_channels, …) to (batch, out_channels, …).

    weight: (out_channels, in_channels / groups, kernel height, kernel width). Weights and bias begin uniform within
    ±1/sqrt(numbers in a window), as in torch. Raises ValueError for channels that do not divide into groups, and for a
    padding_mode other than zeros.
    """

    AXES = 2

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        padding_mode="zeros",
        *,
        dtype="float32",
    ):
        name = type(self).__name__
        if groups < 1 or in_channels % groups or out_channels % groups:
            both = f"in_channels={in_channels} and out_channels={out_channels}"
            raise ValueError(f"{name}: {both} do not divide into groups={groups}: groups must divide both")
        if padding_mode != "zeros":
            raise ValueError(f"{name}: padding_mode={padding_mode!r} is not offered here: expected 'zeros'")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size, self.stride = self._sizes(kernel_size, "kernel_size"), self._sizes(stride, "stride")
        self.padding = padding if isinstance(padding, str) else self._sizes(padding, "padding")
        self.dilation, self.padding_mode = self._sizes(dilation, "dilation"), padding_mode
        self.weight = Parameter(np.empty((out_channels, in_channels // groups, *self.kernel_size), dtype))
        self.bias = Parameter(np.empty(out_channels, dtype)) if bias else None
        self.reset_parameters()

    def _sizes(self, value, what):
        if self.AXES == 1:
            value = value[0] if isinstance(value, (tuple, list)) and len(value) == 1 else value
            return pair(value, type(self).__name__, what)[1:]
        return pair(value, type(self).__name__, what)

    def reset_parameters(self):
        init.kaiming_uniform_(self.weight, a=sqrt(5))  # sqrt(5) gives 1/sqrt(numbers in a window)
        if self.bias is not None:
            bound = 1 / sqrt(prod(self.weight.shape[1:])) if prod(self.weight.shape[1:]) else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        convolve = functional.conv2d if self.AXES == 2 else functional.conv1d
        return convolve(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.AXES:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.AXES:
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        return text if self.bias is not None else f"{text}, bias=False"


class Conv1d(Conv2d):
    """`functional.conv1d` with a weight of its own, (out_channels, in_channels / groups, kernel); else as Conv2d."""

    AXES = 1


class MaxPool2d(Module):
    """The largest number of each window of kernel_size; stride: as kernel_size if None."""

    POOL = "max_pool2d"

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input):
        pool = getattr(functional, self.POOL)
        return pool(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self):
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(MaxPool2d):
    """As MaxPool2d, along the last axis alone."""

    POOL = "max_pool1d"


class AvgPool2d(Module):
    """The mean of each window of kernel_size; options as in `functional.avg_pool2d`."""

    def __init__(
        self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
    ):
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input):
        return functional.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """Means of as many windows as output_size says, whatever the size of the image; None keeps an axis as it is."""

    def __init__(self, output_size):
        self.output_size = output_size

    def forward(self, input):
        return functional.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self):
        return f"output_size={self.output_size}"
