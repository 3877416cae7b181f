"""The shape that each row of the table makes of its inputs' shapes: the rules that the rows name.

Where shapes do not fit, the error says so in the course's words: which shapes met, in which operation, and what
may cure it. Graphs ask for the shape of a node before there is any array; the eager tape asks only after a
library has refused an operation.
"""

from math import prod


class ShapeError(ValueError):
    """Shapes that an operation cannot take; the message names it, both shapes and a likely cure."""


class AxisError(ShapeError, IndexError):
    """An axis that an array does not have."""


def same(name, x, *others, **attributes):
    return x


def broadcast(name, *shapes, **attributes):
    out = ()
    for shape in shapes:
        if shape == out or not shape:
            continue
        longer, shorter = (out, shape) if len(out) >= len(shape) else (shape, out)
        joined = list(longer)
        for axis in range(-len(shorter), 0):
            a, b = longer[axis], shorter[axis]
            if a != b and a != 1 and b != 1:
                both = " and ".join(map(str, shapes))
                sizes = f"sizes {out[axis]} and {shape[axis]} of axis {axis} differ, and neither is 1"
                raise ShapeError(f"{name}: {both}: {sizes}. {_cure(out, shape)}")
            joined[axis] = b if a == 1 else a
        out = tuple(joined)
    return out


def _cure(a, b):
    if a == b[::-1]:
        return "Did you forget to transpose one of them?"
    if prod(a) == prod(b):
        return f"They hold equally many numbers: did you mean reshape{a}?"
    longer, shorter = (a, b) if len(a) >= len(b) else (b, a)
    if len(shorter) < len(longer) and longer[: len(shorter)] == shorter:
        ones = (1,) * (len(longer) - len(shorter))
        return f"Shapes are matched from the right: did you mean reshape{(*shorter, *ones)}?"
    return "Shapes are matched from the right, and only an axis of size 1 is stretched."


def matmul(name, a, b):
    if len(a) < 2 or len(b) < 2:
        raise ShapeError(f"matmul: {a} @ {b}: both need at least two axes. Did you forget to reshape a vector?")
    if a[-1] != b[-2]:
        cure = "Did you forget to transpose the weight?" if a[-1] == b[-1] else "(…, n, k) @ (…, k, m) is what fits."
        if a[-2] == b[-2] and a[-1] != b[-1]:
            cure = "Did you forget to transpose the first one?"
        raise ShapeError(f"matmul: {a} @ {b}: inner sizes {a[-1]} and {b[-2]} differ. {cure}")
    try:
        return (*broadcast("matmul", a[:-2], b[:-2]), a[-2], b[-1])
    except ShapeError as error:
        raise ShapeError(f"matmul: {a} @ {b}: their batch axes do not fit: {error}") from None


def linear(name, x, weight, bias):
    if not x or len(weight) != 2 or x[-1] != weight[1] or broadcast(name, weight[:1], bias) != weight[:1]:
        raise ShapeError(
            f"linear: x {x}, weight {weight} and bias {bias}: x is (…, inputs), weight (outputs, inputs), bias "
            "(outputs,). Did you forget to flatten x, or to give the layer the number of its inputs?"
        )
    return (*x[:-1], weight[0])


def the_axis(name, shape, axis):
    if not isinstance(axis, int) or not -len(shape) <= axis < len(shape):
        there = f"its axes are {', '.join(map(str, range(len(shape))))}, or negative" if shape else "it has no axis"
        raise AxisError(f"{name}: axis {axis} of an array of shape {shape}: {there}")
    return axis % len(shape)


def along(name, x, axis):
    the_axis(name, x, axis)
    return x


def reduced(name, x, axis=None, keepdims=False):
    axes = range(len(x)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = [the_axis(name, x, a) for a in axes]
    if len(set(axes)) < len(axes):
        raise ShapeError(f"{name}: axes {axis} of an array of shape {x}: an axis stands twice")
    return tuple(1 if k in axes else n for k, n in enumerate(x) if keepdims or k not in axes)


def reshape(name, x, shape):
    known = prod(n for n in shape if n != -1)
    if shape.count(-1) > 1:
        raise ShapeError(f"reshape: {x} to {shape}: at most one size may be left open with -1")
    if (-1 in shape and (known == 0 or prod(x) % known)) or (-1 not in shape and known != prod(x)):
        cure = "Did you mean to leave one size open with -1?" if -1 not in shape else "Count the numbers on both sides."
        raise ShapeError(f"reshape: {x} to {shape}: {prod(x)} numbers cannot fill {known}. {cure}")
    return tuple(prod(x) // known if n == -1 else n for n in shape)


def permute_dims(name, x, axes):
    if sorted(axes) != list(range(len(x))):
        raise ShapeError(f"permute: axes {axes} of an array of shape {x}: each of its {len(x)} axes must stand once")
    return tuple(x[a] for a in axes)


def transposed(name, x):
    if len(x) < 2:
        raise ShapeError(f"transpose: an array of shape {x} has no two axes to swap. Did you mean unsqueeze first?")
    return (*x[:-2], x[-1], x[-2])


def broadcast_to(name, x, shape):
    if min(shape, default=0) < 0 or len(x) > len(shape) or any(a not in (1, b) for a, b in zip(x[::-1], shape[::-1])):
        raise ShapeError(f"broadcast_to: {x} to {shape}: only an axis of size 1 is stretched, matched from the right")
    return tuple(shape)


def concat(name, *shapes, axis):
    first = shapes[0]
    at = the_axis(name, first, axis)
    for other in shapes[1:]:
        if len(other) != len(first) or any(m != n for k, (m, n) in enumerate(zip(first, other)) if k != at):
            raise ShapeError(
                f"concat: {first} and {other} along axis {axis}: all other sizes must agree. "
                "Did you mean another axis, or stack?"
            )
    return (*first[:at], sum(shape[at] for shape in shapes), *first[at + 1 :])


def stack(name, *shapes, axis):
    first = shapes[0]
    for other in shapes[1:]:
        if other != first:
            raise ShapeError(f"stack: {first} and {other}: all must have the same shape. Did you mean cat?")
    at = the_axis(name, (*first, 1), axis)
    return (*first[:at], len(shapes), *first[at:])


def getitem(name, x, index):
    parts = list(index) if isinstance(index, tuple) else [index]
    taken = sum(part is not None and part is not Ellipsis for part in parts)
    if taken > len(x):
        raise ShapeError(f"getitem: {taken} indices for an array of shape {x}, which has {len(x)} axes")
    at = next((k for k, part in enumerate(parts) if part is Ellipsis), len(parts))
    parts[at : at + 1] = [slice(None)] * (len(x) - taken)
    out, axis = [], 0
    for part in parts:
        if part is None:
            out.append(1)
            continue
        if isinstance(part, slice):
            out.append(len(range(x[axis])[part]))
        elif not -x[axis] <= part < x[axis]:
            raise ShapeError(f"getitem: index {part} on axis {axis} of shape {x}, where places are 0 to {x[axis] - 1}")
        axis += 1
    return tuple(out)


def take(name, x, indices, axis):
    at = the_axis(name, x, axis)
    return (*x[:at], *indices, *x[at + 1 :])


def scatter_add(name, x, indices, axis, size):
    return (*x[:axis], size, *x[axis + len(indices) :])


def cross_entropy(name, logits, target):
    if not logits or logits[:-1] != target:
        raise ShapeError(
            f"cross_entropy: logits {logits} and target {target}: for logits (…, classes) the target is (…), "
            "one whole number a row. Did you hand in one-hot rows? Take their argmax."
        )
    return ()


def put(name, x, index, shape):
    return tuple(shape)


def one_hot(name, target, classes, dtype):
    return (*target, classes)


def window_count(name, sizes, kernel, stride, padding, dilation):
    """How many places a window has along height and width. Raises ShapeError where it has none."""
    if min(kernel) < 1 or min(stride) < 1 or min(dilation) < 1 or min(padding) < 0:
        raise ShapeError(
            f"{name}: kernel {kernel}, stride {stride}, dilation {dilation} and padding {padding}: "
            "the first three are at least 1, padding at least 0"
        )
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    padded = tuple(n + 2 * p for n, p in zip(sizes, padding))
    if any(r > n for r, n in zip(reach, padded)):
        enough = tuple(max(p, -((n - r) // 2)) for p, n, r in zip(padding, sizes, reach))
        over = f" reaches over {reach} with dilation {dilation} and" if reach != tuple(kernel) else ""
        raise ShapeError(
            f"{name}: kernel {tuple(kernel)}{over} is larger than the padded image {padded}, which is {tuple(sizes)} "
            f"with padding {tuple(padding)}. Take a smaller kernel, or padding={enough}"
        )
    return tuple((n - r) // s + 1 for n, r, s in zip(padded, reach, stride))


def conv2d(name, x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    both = f"{name}: images {x} and weight {weight}"
    if len(x) != 4 or len(weight) != 4:
        raise ShapeError(
            f"{both}: images are (batch, channels, height, width), the weight is (outputs, channels of a group, kernel "
            "height, kernel width). Did you forget the axis of the channels: unsqueeze(1)?"
        )
    if groups < 1 or x[1] % groups or weight[0] % groups:
        raise ShapeError(
            f"{both}: {x[1]} channels and {weight[0]} outputs do not divide into {groups} groups: "
            "groups must divide both"
        )
    if x[1] != weight[1] * groups:
        cure = f"The images have {x[1]} channels, the weight takes {weight[1] * groups}."
        if x[3] == weight[1] * groups:
            cure = f"{cure} Do the channels stand last (NHWC)? permute(0, 3, 1, 2) brings them to the front."
        raise ShapeError(f"{both} with groups={groups}: {cure}")
    return (x[0], weight[0], *window_count(name, x[2:], weight[2:], stride, padding, dilation))


def conv2d_input(name, g, weight, size, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    x = (g[0], weight[1] * groups, *size)
    _arrives(name, g, conv2d(name, x, weight, stride, padding, dilation, groups))
    return x


def conv2d_weight(name, x, g, kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    weight = (g[1], x[1] // groups, *kernel)
    _arrives(name, g, conv2d(name, x, weight, stride, padding, dilation, groups))
    return weight


def _arrives(name, g, expected):
    if tuple(g) != expected:
        raise ShapeError(f"{name}: a gradient of shape {tuple(g)}: that of the output {expected} is what fits")


def pooled(name, x, kernel, stride, padding=(0, 0), dilation=(1, 1), **attributes):
    _image(name, x)
    if prod(kernel) > 1 << 15:
        raise ShapeError(f"{name}: kernel {tuple(kernel)}: a window has at most {1 << 15} places")
    if any(2 * p > k for p, k in zip(padding, kernel)):
        raise ShapeError(
            f"{name}: images {x}, kernel {tuple(kernel)} and padding {tuple(padding)}: a window must not lie in the "
            "padding alone: padding is at most half the kernel"
        )
    return (*x[:-2], *window_count(name, x[-2:], kernel, stride, padding, dilation))


def unpooled(name, g, *places, size, kernel, stride, padding=(0, 0), dilation=(1, 1), **attributes):
    x = (*g[:-2], *size)
    for shape in (g, *places):
        _arrives(name, shape, pooled(name, x, kernel, stride, padding, dilation))
    return x


def picked(name, x, places, kernel, stride, padding=(0, 0), dilation=(1, 1), dtype=None):
    _arrives(name, places, pooled(name, x, kernel, stride, padding, dilation))
    return places


def adaptive_pooled(name, x, size):
    _image(name, x)
    if min(size) < 1 or min(x[-2:]) < 1:
        raise ShapeError(f"{name}: images {x} to {tuple(size)}: neither may be without a pixel")
    return (*x[:-2], *size)


def adaptive_unpooled(name, g, size):
    return (*g[:-2], *size)


def _image(name, x):
    if len(x) < 2:
        raise ShapeError(f"{name}: {x}: an image has two axes, height and width, and (batch, channels) before them")
