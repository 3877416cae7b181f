"""Convolution and pooling as functions with torch.nn.functional's names and arguments.

Images are (batch, channels, height, width), or one image (channels, height, width); lines are (batch, channels,
length), computed as images of height 1. A kernel, stride, padding or dilation is a whole number or a pair.
"""

import numpy as np

from karpathy_course.nn.operands import as_operand
from karpathy_course.ops import evaluate
from karpathy_course.ops.array_library import is_torch_array, namespace
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.ops.shapes import conv2d as shape_of_conv2d
from karpathy_course.tensor import Tensor
from karpathy_course.tensor.tape import where_it_belongs


def pair(value, name, what):
    """(height, width) of a number or a pair. Raises ValueError for anything else."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(values) != 2 or any(isinstance(v, bool) or not hasattr(v, "__index__") for v in values):
        raise ValueError(f"{name}: {what}={value!r}: expected a whole number, or a pair (height, width)")
    return tuple(int(v) for v in values)


def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """A window of weights over images: (batch, in, height, width) to (batch, out, fewer rows, fewer columns).

    weight: (out, in / groups, kernel height, kernel width); bias: (out,). padding: zeros around the image, "valid" for
    none, "same" to keep its size (odd kernels, stride 1). Raises ShapeError where the kernel is larger than the padded
    image, channels do not fit or do not divide into groups; TypeError for images that are not floats.
    """
    input, weight = as_operand(input), as_operand(weight)
    stride, dilation = pair(stride, "conv2d", "stride"), pair(dilation, "conv2d", "dilation")
    padding = _padding("conv2d", padding, weight.shape[2:], stride, dilation)
    return _convolved("conv2d", input, weight, bias, stride, padding, dilation, groups)


def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """As `conv2d` for lines: (batch, in, length) to (batch, out, fewer places). weight: (out, in / groups, kernel)."""
    input, weight = as_operand(input), as_operand(weight)
    if input.ndim not in (2, 3) or weight.ndim != 3:
        what = f"conv1d: lines {tuple(input.shape)} and weight {tuple(weight.shape)}"
        raise input._refused(ShapeError(f"{what}: expected (batch, channels, length) and (out, channels, kernel)"))
    stride, dilation = (1, _single(stride, "conv1d")), (1, _single(dilation, "conv1d"))
    padding = padding if isinstance(padding, str) else (0, _single(padding, "conv1d"))
    padding = _padding("conv1d", padding, (1, weight.shape[2]), stride, dilation)
    input, weight = input.unsqueeze(-2), weight.unsqueeze(-2)
    return _convolved("conv1d", input, weight, bias, stride, padding, dilation, groups).squeeze(-2)


def _convolved(name, input, weight, bias, stride, padding, dilation, groups):
    _same_floats(name, input, weight)
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    one = input.ndim == 3
    if one and weight.ndim == 4 and input.shape[0] != weight.shape[1] * groups:
        text = (
            f"{name}: images {tuple(input.shape)} and weight {tuple(weight.shape)}: three axes are one image (channels"
        )
        cure = "for a batch of images with one channel: unsqueeze(1)"
        raise input._refused(ShapeError(f"{text}, height, width), with {weight.shape[1] * groups} channels; {cure}"))
    if one:
        input = input.unsqueeze(0)
    if name != "conv2d":
        try:
            shape_of_conv2d(name, tuple(input.shape), tuple(weight.shape), **how)
        except ShapeError as error:
            raise input._refused(error) from None
    out = where_it_belongs("conv2d", input, weight, **how)
    if bias is not None:
        out = out + as_operand(bias).reshape(1, -1, 1, 1)  # four axes: its gradient is one sum
    return out.reshape(*out.shape[1:]) if one else out


def _same_floats(name, input, weight):
    found = [str(x.dtype).split(".")[-1] for x in (input, weight)]
    if found[0] == found[1] and found[0].startswith("float"):
        return
    both = f"{name}: images {tuple(input.shape)} of {found[0]}, weight {tuple(weight.shape)} of {found[1]}"
    cure = f'convert the images first, for example with .to("{found[1]}")'
    if not found[0].startswith("float"):
        cure = f"{cure} / 255 where they are pixels from 0 to 255"
    raise input._refused(TypeError(f"{both}: {cure}"))


def _padding(name, padding, kernel, stride, dilation):
    if not isinstance(padding, str):
        return pair(padding, name, "padding")
    if padding == "valid":
        return 0, 0
    if padding != "same":
        raise ValueError(f"{name}: padding={padding!r}: expected a whole number, a pair, 'valid' or 'same'")
    around = [d * (k - 1) for d, k in zip(dilation, kernel)]
    if stride != (1, 1) or any(n % 2 for n in around):
        raise ValueError(
            f"{name}: padding='same' with kernel {tuple(kernel)}, stride {stride}, dilation {dilation}: it needs "
            "stride 1 and as many zeros on both sides, so an odd kernel: give the padding as numbers"
        )
    return tuple(n // 2 for n in around)


def _single(value, name):
    value = value[0] if isinstance(value, (tuple, list)) and len(value) == 1 else value
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise ValueError(f"{name}: {value!r}: expected a whole number, for a line has one axis")
    return int(value)


def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """The largest number of each window. stride: as kernel_size if None.

    Of equal largest numbers the first, row by row, gets the gradient, as in torch. Windows that stick out
    (ceil_mode) and places (return_indices) are not offered: ValueError.
    """
    _not_offered("max_pool2d", ceil_mode=ceil_mode, return_indices=return_indices)
    input, how = as_operand(input), _window("max_pool2d", kernel_size, stride, padding)
    return where_it_belongs("max_pool2d", input, **how, dilation=pair(dilation, "max_pool2d", "dilation"))


def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """As `max_pool2d` along the last axis alone."""
    _not_offered("max_pool1d", ceil_mode=ceil_mode, return_indices=return_indices)
    input, kernel = as_operand(input), _single(kernel_size, "max_pool1d")
    stride = kernel if stride is None else _single(stride, "max_pool1d")
    how = {"kernel": (1, kernel), "stride": (1, stride), "padding": (0, _single(padding, "max_pool1d"))}
    out = where_it_belongs("max_pool2d", input.unsqueeze(-2), **how, dilation=(1, _single(dilation, "max_pool1d")))
    return out.squeeze(-2)


def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """The mean of each window. stride: as kernel_size if None.

    Zeros of the padding count as numbers of the window unless count_include_pad is False; divisor_override: divides by
    this number instead.
    """
    _not_offered("avg_pool2d", ceil_mode=ceil_mode)
    input, how = as_operand(input), _window("avg_pool2d", kernel_size, stride, padding)
    if divisor_override == 0:
        raise ValueError("avg_pool2d: divisor_override=0: nothing can be divided by it")
    if divisor_override is not None or count_include_pad or how["padding"] == (0, 0):
        return where_it_belongs("avg_pool2d", input, **how, divisor=divisor_override)
    counted = evaluate("avg_pool2d", np.ones(input.shape[-2:]), **how, divisor=1)  # real pixels of each window
    return where_it_belongs("avg_pool2d", input, **how, divisor=1) * _like(input, 1 / counted)


def adaptive_avg_pool2d(input, output_size):
    """The means of windows that share the image out among output_size places; None in it keeps that axis as it is."""
    input = as_operand(input)
    sizes = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    kept = [n if size is None else size for size, n in zip(sizes, input.shape[-2:])]
    size = pair(kept if len(sizes) == 2 else sizes, "adaptive_avg_pool2d", "output_size")
    return where_it_belongs("adaptive_avg_pool2d", input, size=size)


def _window(name, kernel_size, stride, padding):
    kernel = pair(kernel_size, name, "kernel_size")
    stride = kernel if stride is None else pair(stride, name, "stride")
    return {"kernel": kernel, "stride": stride, "padding": pair(padding, name, "padding")}


def _not_offered(name, **options):
    for option, value in options.items():
        if value:
            raise ValueError(f"{name}: {option}={value} is not offered here: choose a padding that fits, or use torch")


def _like(input, numbers):
    """NumPy's numbers as an array of the input's dtype, library and device."""
    if not isinstance(input, Tensor):
        return numbers.astype(input.dtype)
    dtype = input.dtype if is_torch_array(input.data) else str(input.dtype).split(".")[-1]
    xp = namespace(input.data)
    return xp.asarray(numbers, dtype=dtype if is_torch_array(input.data) else getattr(xp, dtype), device=input.device)
