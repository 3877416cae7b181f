"""Pooling: of every window of an image one number, its largest or its mean.

A window goes over the last two axes, so that any number of axes may stand before them. `steps` says which pixels the
k-th place of all windows meets: one strided slice, and a pool is a `maximum` or a sum of such slices.

Of equal largest numbers the first has been chosen, row by row, as in PyTorch: it alone gets the gradient. Where a
window holds NaN its result is NaN, and its gradient goes to the window's last place.
"""

from math import prod

from karpathy_course.ops import batches, dtypes, shapes
from karpathy_course.ops.convolution import steps
from karpathy_course.ops.table import row


def _windows(x, out, kernel, stride, dilation=(1, 1)):
    """[the strided slice that the k-th place of every window meets], row by row."""
    (kh, kw), (ho, wo) = kernel, out
    return [
        x[..., steps(i, ho, stride[0], dilation[0]), steps(j, wo, stride[1], dilation[1])]
        for i in range(kh)
        for j in range(kw)
    ]


def _full(xp, like, shape, value):
    """An array of one value; images (batch, channels, height, width) in the memory order of `convolution`."""
    if len(shape) != 4:
        return xp.full(shape, value, dtype=like.dtype, device=like.device)
    n, c, h, w = shape
    return xp.permute_dims(xp.full((h, n, w, c), value, dtype=like.dtype, device=like.device), (1, 3, 0, 2))


def _bordered(xp, x, padding, value):
    (ph, pw), (h, w) = padding, x.shape[-2:]
    if not (ph or pw):
        return x
    out = _full(xp, x, (*x.shape[:-2], h + 2 * ph, w + 2 * pw), value)
    out[..., ph : ph + h, pw : pw + w] = x
    return out


def _inside(x, size, padding):
    (h, w), (ph, pw) = size, padding
    return x[..., ph : ph + h, pw : pw + w]


def _floats(name, x):
    dtypes.real_floats(name, str(x.dtype).split(".")[-1])


# The largest of each window.
def _framed(name, xp, x, kernel, stride, padding, dilation):
    """(x with a border that is never the largest, height and width of its pool)."""
    _floats(name, x)
    out = shapes.pooled(name, tuple(x.shape), kernel, stride, padding, dilation)[-2:]
    return _bordered(xp, x, padding, -float("inf")), out


def _max_pool2d(xp, x, kernel, stride, padding=(0, 0), dilation=(1, 1)):
    """Down the columns of each window first, then along its one row that is left: fewer comparisons, longer slices."""
    x, (ho, wo) = _framed("max_pool2d", xp, x, kernel, stride, padding, dilation)
    down = _largest(xp, [x[..., steps(i, ho, stride[0], dilation[0]), :] for i in range(kernel[0])])
    return _largest(xp, [down[..., steps(j, wo, stride[1], dilation[1])] for j in range(kernel[1])])


def _largest(xp, parts):
    largest = xp.maximum(parts[0], parts[-1])  # a new array even where there is one part
    for part in parts[1:-1]:
        largest = xp.maximum(largest, part)
    return largest


def _counter(kernel):
    """The smallest whole numbers that count a window's places: the fewer bytes, the sooner they are read."""
    return "int8" if prod(kernel) <= 128 else "int16"


def _places(xp, x, largest, kernel, stride, dtype, padding=(0, 0), dilation=(1, 1)):
    """How many places of each window stand before the first that is the largest."""
    shapes.picked("max_pool2d_places", tuple(x.shape), tuple(largest.shape), kernel, stride, padding, dilation)
    x, out = _framed("max_pool2d_places", xp, x, kernel, stride, padding, dilation)
    parts = _windows(x, out, kernel, stride, dilation)
    whole = getattr(xp, dtype)
    places, before = xp.zeros_like(largest, dtype=whole), None
    for part in parts[:-1]:
        less = part != largest
        before = less if before is None else before & less
        places += xp.astype(before, whole)
    return places


def _chosen(xp, places, k, dtype):
    return xp.astype(places == k, dtype)


def _max_back(xp, g, places, size, kernel, stride, padding=(0, 0), dilation=(1, 1)):
    _floats("max_pool2d_input", g)
    how = {"size": size, "kernel": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    shapes.unpooled("max_pool2d_input", tuple(g.shape), tuple(places.shape), **how)
    (h, w), (ph, pw) = size, padding
    out = _full(xp, g, (*g.shape[:-2], h + 2 * ph, w + 2 * pw), 0)
    apart = all(k <= s for k, s in zip(kernel, stride)) and tuple(dilation) == (1, 1)  # no pixel is in two windows
    for k, part in enumerate(_windows(out, g.shape[-2:], kernel, stride, dilation)):
        if apart:
            part[...] = g * _chosen(xp, places, k, g.dtype)
        else:
            part += g * _chosen(xp, places, k, g.dtype)
    return _inside(out, size, padding)


def _pick(xp, x, places, kernel, stride, padding=(0, 0), dilation=(1, 1)):
    _floats("max_pool2d_pick", x)
    shapes.picked("max_pool2d_pick", tuple(x.shape), tuple(places.shape), kernel, stride, padding, dilation)
    parts = _windows(_bordered(xp, x, padding, 0), places.shape[-2:], kernel, stride, dilation)
    out = parts[0] * _chosen(xp, places, 0, x.dtype)
    for k in range(1, len(parts)):
        out = out + parts[k] * _chosen(xp, places, k, x.dtype)
    return out


def _each_lifted(lifted, *values, **attributes):
    """All work on the last two axes: one more axis in front of all inputs changes nothing."""
    values = [v if yes else lifted.spread(v, s) for v, yes, s in zip(values, lifted.which, lifted.shapes)]
    return lifted.apply(*values, **attributes)


def _size(x):
    return tuple(x.shape[-2:])


def _comparisons(out, *inputs, kernel, **how):
    return prod(out) * (prod(kernel) - 1)


row(
    "max_pool2d",  # x: (…, height, width); `how` is kernel, stride, padding, dilation, each a pair
    forward=_max_pool2d,
    gradients=(
        lambda F, g, y, x, kernel, **how: F.max_pool2d_input(
            g,
            F.max_pool2d_places(x, y, dtype=_counter(kernel), kernel=kernel, **how),
            size=_size(x),
            kernel=kernel,
            **how,
        ),
    ),
    numpy="max_pool2d({0}{also})",
    kind="other",
    shape=shapes.pooled,
    dtype=dtypes.real_floats,
    batch=batches.from_behind,
    cost=_comparisons,
)
row(
    "max_pool2d_places",  # of x and its pool: which place of each window was chosen: 0, 1, …, row by row
    forward=_places,
    gradients=(None, None),
    numpy="max_pool2d_places({0}, {1}{also})",
    kind="other",
    shape=shapes.picked,
    dtype=dtypes.window_place,
    batch=_each_lifted,
    cost=_comparisons,
)
row(
    "max_pool2d_input",  # g of each window at the place that was chosen, 0 elsewhere
    forward=_max_back,
    gradients=(lambda F, u, y, g, places, size, **how: F.max_pool2d_pick(u, places, **how), None),
    numpy="max_pool2d_input({0}, {1}{also})",
    kind="linear",
    shape=shapes.unpooled,
    dtype=dtypes.pooled_floats,
    alike=slice(1),
    batch=_each_lifted,
    cost=lambda out, g, places, **how: prod(g),
)
row(
    "max_pool2d_pick",  # of each window the number at the place that was chosen
    forward=_pick,
    gradients=(lambda F, g, y, x, places, **how: F.max_pool2d_input(g, places, size=_size(x), **how), None),
    numpy="max_pool2d_pick({0}, {1}{also})",
    kind="linear",
    shape=shapes.picked,
    dtype=dtypes.pooled_floats,
    alike=slice(1),
    batch=_each_lifted,
    cost=lambda out, x, places, **how: 0,
)


# The mean of each window.
def _avg_pool2d(xp, x, kernel, stride, padding=(0, 0), divisor=None):
    _floats("avg_pool2d", x)
    out = shapes.pooled("avg_pool2d", tuple(x.shape), kernel, stride, padding)[-2:]
    parts = _windows(_bordered(xp, x, padding, 0), out, kernel, stride)
    share = 1 / (prod(kernel) if divisor is None else divisor)
    total = parts[0] * share if len(parts) == 1 else parts[0] + parts[1]
    for part in parts[2:]:
        total += part
    return total if len(parts) == 1 else total * share


def _avg_back(xp, g, size, kernel, stride, padding=(0, 0), divisor=None):
    _floats("avg_pool2d_input", g)
    shapes.unpooled("avg_pool2d_input", tuple(g.shape), size=size, kernel=kernel, stride=stride, padding=padding)
    (h, w), (ph, pw) = size, padding
    g = g * (1 / (prod(kernel) if divisor is None else divisor))
    out = _full(xp, g, (*g.shape[:-2], h + 2 * ph, w + 2 * pw), 0)
    for part in _windows(out, g.shape[-2:], kernel, stride):
        part += g
    return _inside(out, size, padding)


row(
    "avg_pool2d",  # divisor: by which the sum of a window is divided; None is how many places it has
    forward=_avg_pool2d,
    gradients=(lambda F, g, y, x, **how: F.avg_pool2d_input(g, size=_size(x), **how),),
    numpy="avg_pool2d({0}{also})",
    kind="linear",
    shape=shapes.pooled,
    dtype=dtypes.real_floats,
    batch=batches.from_behind,
    cost=lambda out, x, kernel, **how: prod(out) * prod(kernel),
)
row(
    "avg_pool2d_input",
    forward=_avg_back,
    gradients=(lambda F, u, y, g, size, **how: F.avg_pool2d(u, **how),),
    numpy="avg_pool2d_input({0}{also})",
    kind="linear",
    shape=shapes.unpooled,
    dtype=dtypes.real_floats,
    batch=batches.from_behind,
    cost=lambda out, g, kernel, **how: prod(g) * (prod(kernel) + 1),
)


# The mean of windows that share an image out among as many places as are asked for.
def _shares(size, places):
    """(start, stop) of each place's share: neighbours overlap where size is no multiple of places, as in torch."""
    return [(k * size // places, -((k + 1) * size // -places)) for k in range(places)]


def _adaptive(xp, x, size):
    _floats("adaptive_avg_pool2d", x)
    shapes.adaptive_pooled("adaptive_avg_pool2d", tuple(x.shape), size)
    rows = [xp.sum(x[..., a:b, :], axis=-2, keepdims=True) / (b - a) for a, b in _shares(x.shape[-2], size[0])]
    x = xp.concat(rows, axis=-2)
    columns = [xp.sum(x[..., a:b], axis=-1, keepdims=True) / (b - a) for a, b in _shares(x.shape[-1], size[1])]
    return xp.concat(columns, axis=-1)


def _adaptive_back(xp, g, size):
    _floats("adaptive_avg_pool2d_input", g)
    (h, w), (ho, wo) = size, g.shape[-2:]
    wide = _full(xp, g, (*g.shape[:-1], w), 0)
    for k, (a, b) in enumerate(_shares(w, wo)):
        wide[..., a:b] += g[..., k : k + 1] / (b - a)
    out = _full(xp, g, (*g.shape[:-2], h, w), 0)
    for k, (a, b) in enumerate(_shares(h, ho)):
        out[..., a:b, :] += wide[..., k : k + 1, :] / (b - a)
    return out


row(
    "adaptive_avg_pool2d",  # size: (height, width) of the result
    forward=_adaptive,
    gradients=(lambda F, g, y, x, size: F.adaptive_avg_pool2d_input(g, size=_size(x)),),
    numpy="adaptive_avg_pool2d({0}{also})",
    kind="linear",
    shape=shapes.adaptive_pooled,
    dtype=dtypes.real_floats,
    batch=batches.from_behind,
    cost=lambda out, x, size: prod(x) + prod(out),
)
row(
    "adaptive_avg_pool2d_input",
    forward=_adaptive_back,
    gradients=(lambda F, u, y, g, size: F.adaptive_avg_pool2d(u, size=_size(g)),),
    numpy="adaptive_avg_pool2d_input({0}{also})",
    kind="linear",
    shape=shapes.adaptive_unpooled,
    dtype=dtypes.real_floats,
    batch=batches.from_behind,
    cost=lambda out, g, size: prod(out) + prod(g),
)
