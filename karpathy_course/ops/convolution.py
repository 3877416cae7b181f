"""Convolution: a small window of weights that goes over an image, and the two rows that are its gradients.

``y[n, o, r, s] = Σ w[o, c, i, j] x[n, c, r + i, s + j]`` over c, i and j, for stride 1 and without padding. It is
linear in the image and in the weight, so that each gradient is linear again: `conv2d`, `conv2d_input` and
`conv2d_weight` are one another's gradients, whichever of the three is differentiated.

How it is computed: an image lies in memory in the order (group,) height, batch, width, channels. Then the columns
j of a window side by side are slices joined along the last axis, and each row i of the kernel is one product of
matrices with a contiguous slice of them: the sum over i of ``columns[rows i] @ w[i]``. Where the columns are
narrower than the output, every place of the kernel is a plane of its own, the planes lie one behind the other, and
there is one product alone: fewer numbers are copied than the sum over i would read and write. At stride 1 what an
image hands back is a convolution too, with the kernel flipped; at other strides, and where an image has one channel
(which is quicker so), each row's products are added where its pixels came from. Arrays outside are (batch, channels,
height, width), turned views of that memory.
"""

from math import prod

from karpathy_course.ops import dtypes, shapes
from karpathy_course.ops.table import row


def laid_out(xp, x, groups):
    """(batch, channels, height, width) as (groups, height, batch, width, channels of a group): a view."""
    n, c, h, w = x.shape
    return xp.permute_dims(xp.reshape(x, (n, groups, c // groups, h, w)), (1, 3, 0, 4, 2))


def public(xp, x):
    """The way back from `laid_out`; a view where there is one group."""
    groups, h, n, w, c = x.shape
    return xp.reshape(xp.permute_dims(x, (2, 0, 4, 1, 3)), (n, groups * c, h, w))


def steps(k, count, stride, dilation):
    """The slice of an axis that the k-th place of a window meets while the window goes over it."""
    return slice(k * dilation, k * dilation + stride * (count - 1) + 1, stride)


def _patches(xp, x, weight, out, stride, padding, dilation, groups):
    """[matrices (groups, windows, numbers of a window)]: one for each row of the kernel, or one for all rows."""
    (outputs, channels, kh, kw), (n, _, ho, wo), (ph, pw) = weight, out, padding
    x = laid_out(xp, x, groups)
    if ph or pw:
        _, h, _, w, _ = x.shape
        padded = xp.zeros((groups, h + 2 * ph, n, w + 2 * pw, channels), dtype=x.dtype, device=x.device)
        padded[:, ph : ph + h, :, pw : pw + w, :] = x
        x = padded
    columns = [x[:, :, :, steps(j, wo, stride[1], dilation[1]), :] for j in range(kw)]
    rows = [steps(i, ho, stride[0], dilation[0]) for i in range(kh)]
    if kh > 1 and kw * channels <= outputs // groups:
        planes = [xp.permute_dims(part[:, at, :, :, :], (0, 4, 1, 2, 3)) for at in rows for part in columns]
        return [xp.reshape(xp.concat(planes, axis=1), (groups, kh * kw * channels, ho * n * wo)).mT]
    x = xp.concat(columns, axis=-1) if kw > 1 else columns[0]
    return [xp.reshape(x[:, at, :, :, :], (groups, ho * n * wo, kw * channels)) for at in rows]


def _conv2d(xp, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    _floats("conv2d", x, weight)
    out = shapes.conv2d("conv2d", tuple(x.shape), tuple(weight.shape), stride, padding, dilation, groups)
    parts = _patches(xp, x, weight.shape, out, stride, padding, dilation, groups)
    outputs, channels, kh, kw = weight.shape
    kernel = xp.reshape(weight, (groups, outputs // groups, channels, kh, kw))
    kernel = xp.reshape(xp.permute_dims(kernel, (0, 3, 4, 2, 1)), (groups, len(parts), -1, outputs // groups))
    y = xp.matmul(parts[0], kernel[:, 0, :, :])
    for i in range(1, len(parts)):
        y += xp.matmul(parts[i], kernel[:, i, :, :])
    return public(xp, xp.reshape(y, (groups, out[2], out[0], out[3], outputs // groups)))


def _conv2d_input(xp, g, weight, size, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    _floats("conv2d_input", g, weight)
    shapes.conv2d_input("conv2d_input", tuple(g.shape), tuple(weight.shape), size, stride, padding, dilation, groups)
    (n, outputs, ho, wo), (_, channels, kh, kw), (h, w), (ph, pw) = g.shape, weight.shape, size, padding
    border = dilation[0] * (kh - 1) - ph, dilation[1] * (kw - 1) - pw
    if tuple(stride) == (1, 1) and min(border) >= 0 and channels * groups >= outputs:
        return _conv2d(xp, g, _flipped(xp, weight, groups), padding=border, dilation=dilation, groups=groups)
    g = xp.reshape(laid_out(xp, g, groups), (groups, ho * n * wo, outputs // groups))
    kernel = xp.reshape(weight, (groups, outputs // groups, channels, kh, kw))
    kernel = xp.reshape(xp.permute_dims(kernel, (0, 3, 1, 4, 2)), (groups, kh, outputs // groups, kw * channels))
    columns = xp.zeros((groups, h + 2 * ph, n, wo, kw * channels), dtype=g.dtype, device=g.device)
    for i in range(kh):
        part = xp.reshape(xp.matmul(g, kernel[:, i, :, :]), (groups, ho, n, wo, kw * channels))
        columns[:, steps(i, ho, stride[0], dilation[0]), :, :, :] += part
    x = xp.zeros((groups, h + 2 * ph, n, w + 2 * pw, channels), dtype=g.dtype, device=g.device)
    for j in range(kw):
        x[:, :, :, steps(j, wo, stride[1], dilation[1]), :] += columns[..., j * channels : (j + 1) * channels]
    return public(xp, x[:, ph : ph + h, :, pw : pw + w, :])


def _flipped(xp, weight, groups):
    """The kernel upside down and back to front, and outputs and channels changed over."""
    outputs, channels, kh, kw = weight.shape
    kernel = xp.reshape(xp.flip(weight, axis=(2, 3)), (groups, outputs // groups, channels, kh, kw))
    return xp.reshape(xp.permute_dims(kernel, (0, 2, 1, 3, 4)), (groups * channels, outputs // groups, kh, kw))


def _conv2d_weight(xp, x, g, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    _floats("conv2d_weight", x, g)
    out = tuple(g.shape)
    weight = shapes.conv2d_weight("conv2d_weight", tuple(x.shape), out, kernel, stride, padding, dilation, groups)
    outputs, channels, kh, kw = weight
    parts = _patches(xp, x, weight, out, stride, padding, dilation, groups)
    g = xp.reshape(laid_out(xp, g, groups), (groups, out[2] * out[0] * out[3], outputs // groups))
    d = xp.stack([xp.matmul(part.mT, g) for part in parts], axis=1)
    d = xp.reshape(d, (groups, kh, kw, channels, outputs // groups))
    return xp.reshape(xp.permute_dims(d, (0, 4, 3, 1, 2)), weight)


def _floats(name, *arrays):
    dtypes.real_floats(name, *(str(x.dtype).split(".")[-1] for x in arrays))


def _batched(lifted, a, b, groups=1, **attributes):
    """Weights that all samples share: their images are one longer batch. Otherwise each sample is a group."""
    F, size, images = lifted.F, lifted.size, lifted.name == "conv2d_weight"
    if not images and not lifted.which[1]:
        out = lifted.apply(F.reshape(a, shape=(-1, *a.shape[2:])), b, groups=groups, **attributes)
        return F.reshape(out, shape=(size, *lifted.shape))
    a, b = (v if yes else lifted.spread(v, s) for v, yes, s in zip((a, b), lifted.which, lifted.shapes))
    a = _as_groups(F, a)
    b = _as_groups(F, b) if images else F.reshape(b, shape=(size * b.shape[1], *b.shape[2:]))
    out = lifted.apply(a, b, groups=groups * size, **attributes)
    if images:
        return F.reshape(out, shape=(size, *lifted.shape))
    n, c, h, w = lifted.shape
    return F.permute_dims(F.reshape(out, shape=(n, size, c, h, w)), axes=(1, 0, 2, 3, 4))


def _as_groups(F, images):
    """(samples, batch, channels, height, width) as images of samples times as many channels."""
    samples, n, c, h, w = images.shape
    return F.reshape(F.permute_dims(images, axes=(1, 0, 2, 3, 4)), shape=(n, samples * c, h, w))


def _size(x):
    return tuple(x.shape[2:])


# Each of the three is linear in both inputs; `how` is stride, padding, dilation and groups.
CONVOLUTION = {"kind": "linear", "dtype": dtypes.real_floats, "batch": _batched}

row(
    "conv2d",  # x: (batch, channels, height, width); weight: (outputs, channels / groups, height, width)
    forward=_conv2d,
    gradients=(
        lambda F, g, y, x, weight, **how: F.conv2d_input(g, weight, size=_size(x), **how),
        lambda F, g, y, x, weight, **how: F.conv2d_weight(x, g, kernel=_size(weight), **how),
    ),
    numpy="conv2d({0}, {1}{also})",
    shape=shapes.conv2d,
    cost=lambda out, x, weight, **how: prod(out) * (2 * prod(weight[1:]) - 1),
    **CONVOLUTION,
)
row(
    "conv2d_input",  # the images' gradient: what each output's g hands back to the pixels that it was made of
    forward=_conv2d_input,
    gradients=(
        lambda F, u, y, g, weight, size, **how: F.conv2d(u, weight, **how),
        lambda F, u, y, g, weight, size, **how: F.conv2d_weight(u, g, kernel=_size(weight), **how),
    ),
    numpy="conv2d_input({0}, {1}{also})",
    shape=shapes.conv2d_input,
    cost=lambda out, g, weight, **how: 2 * prod(g) * prod(weight[1:]),
    **CONVOLUTION,
)
row(
    "conv2d_weight",  # the weight's gradient: each of its numbers met one pixel for every output
    forward=_conv2d_weight,
    gradients=(
        lambda F, u, y, x, g, kernel, **how: F.conv2d_input(g, u, size=_size(x), **how),
        lambda F, u, y, x, g, kernel, **how: F.conv2d(x, u, **how),
    ),
    numpy="conv2d_weight({0}, {1}{also})",
    shape=shapes.conv2d_weight,
    cost=lambda out, x, g, **how: prod(out) * (2 * prod(g) // g[1] - 1),
    **CONVOLUTION,
)
