"""What the checks of lecture 09 share: a convolution and its gradients by the definition, and sizes that are drawn.

Right is what the definition says, one place of the kernel after the other, in float64. Slips change one step of it each:
`correlate` and `gradients_of` take them as keywords, and the exercises give them names.
"""

from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np


def pair(number):
    """One whole number stands for both directions."""
    return (number, number) if type(number) is int else tuple(number)


def how_of(case):
    """The case's stride, padding, dilation as pairs, and groups; what the case leaves out is as in the signature."""
    one = {"stride": 1, "padding": 0, "dilation": 1}
    return {name: pair(case.get(name, ordinary)) for name, ordinary in one.items()} | {"groups": case.get("groups", 1)}


def places(size, kernel, stride, padding, dilation):
    """How many windows fit in one direction."""
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def bordered(x, padding, mode="constant", **more):
    (ph, pw) = padding
    return np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)), mode=mode, **more)


def met(padded, i, j, out, stride, dilation, late=(0, 0)):
    """The pixels that the place (i, j) of the kernel meets in all windows."""
    rows, columns = (
        slice(k * d + more, k * d + more + (n - 1) * s + 1, s)
        for k, d, n, s, more in zip((i, j), dilation, out, stride, late)
    )
    return padded[:, :, rows, columns]


def shares(channels, groups, interleaved=False):
    """Which channels belong to each group."""
    if interleaved:
        return [list(range(k, channels, groups)) for k in range(groups)]
    size = channels // groups
    return [list(range(k * size, (k + 1) * size)) for k in range(groups)]


def correlate(x, weight, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1, **slips):
    """The convolution as PyTorch's conv2d computes it, without a bias; slips are what mistakes do otherwise."""
    padded = bordered(x, padding, slips.get("mode", "constant"))
    outputs, _, kh, kw = weight.shape
    out = [places(n, k, s, 0, d) for n, k, s, d in zip(padded.shape[2:], (kh, kw), stride, dilation)]
    if min(out) < 1:
        raise ValueError("no window fits")
    y = np.zeros((len(x), outputs, *out))
    ins, outs = shares(x.shape[1], groups, slips.get("ins", False)), shares(outputs, groups, slips.get("outs", False))
    for i in range(kh):
        for j in range(kw):
            patch = met(padded, i, j, out, stride, dilation, slips.get("late", (0, 0)))
            for here, there in zip(ins, outs):
                y[:, there] += np.einsum("nchw,oc->nohw", patch[:, here], weight[there, :, i, j])
    return y


def gradients_of(x, weight, gradient, stride=(1, 1), padding=(0, 0), dilation=(1, 1), groups=1):
    """The gradients for x, weight and bias: every product of the definition hands its gradient back to both factors."""
    padded, (kh, kw), out = bordered(x, padding), weight.shape[2:], gradient.shape[2:]
    for_padded, for_weight = np.zeros(padded.shape), np.zeros(weight.shape)
    groups_of = list(zip(shares(x.shape[1], groups), shares(len(weight), groups)))
    for i in range(kh):
        for j in range(kw):
            patch = met(padded, i, j, out, stride, dilation)
            back = met(for_padded, i, j, out, stride, dilation)
            for here, there in groups_of:
                back[:, here] += np.einsum("nohw,oc->nchw", gradient[:, there], weight[there, :, i, j])
                for_weight[there, :, i, j] = np.einsum("nohw,nchw->oc", gradient[:, there], patch[:, here])
    return stripped(for_padded, padding, x), for_weight, gradient.sum(axis=(0, 2, 3))


def stripped(padded, padding, x):
    """The part of a padded picture that is no border."""
    (ph, pw), (h, w) = padding, x.shape[2:]
    return padded[:, :, ph : ph + h, pw : pw + w]


def counted(size, kernel, how):
    """How many windows fit, (rows, columns)."""
    return [places(*each) for each in zip(size, kernel, how["stride"], how["padding"], how["dilation"])]


def windows_of(x, kernel, how, mode="constant", **more):
    """Every window: (n, channels, kernel height, kernel width, rows, columns). mode, more: of the border, as np.pad."""
    out, padded = counted(x.shape[2:], kernel, how), bordered(x, how["padding"], mode, **more)
    found = np.zeros((*x.shape[:2], *kernel, *out))
    for i, j in np.ndindex(*kernel):
        found[:, :, i, j] = met(padded, i, j, out, how["stride"], how["dilation"])
    return found


def with_partial_windows(x, kernel, how):
    """Pictures with as many rows and columns of zeros at their ends that the last, partial window fits; None if it did."""
    reach = [(k - 1) * d + 1 - 2 * p for k, d, p in zip(kernel, how["dilation"], how["padding"])]
    left = [(n - r) % s for n, r, s in zip(x.shape[2:], reach, how["stride"])]
    more = [(s - rest) % s for rest, s in zip(left, how["stride"])]
    return np.pad(x, ((0, 0), (0, 0), (0, more[0]), (0, more[1]))) if max(more) else None


def scattered(windows, size, how, overwrite=False):
    """Every window added back: (n, channels, height, width) with the border still around it."""
    (n, c, kh, kw), out, (ph, pw) = windows.shape[:4], windows.shape[4:], how["padding"]
    padded = np.zeros((n, c, size[0] + 2 * ph, size[1] + 2 * pw))
    for i, j in np.ndindex(kh, kw):
        back = met(padded, i, j, out, how["stride"], how["dilation"])
        back[...] = windows[:, :, i, j] if overwrite else back + windows[:, :, i, j]
    return padded


def size_for(rng, out, kernel, stride, padding, dilation, left=None):
    """A picture's size in one direction for which `out` windows fit; left: the pixels that the stride leaves over."""
    left = rng.randrange(stride) if left is None else left
    return max(1, (out - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding + left)


def convolution(rng, count, n, channels, outputs, kernel, out, bias=None, left=None, **how):
    """A case's arrays and options: pictures in which out = (rows, columns) windows fit, and as many weights as needed.

    count: how many cases there are already, so that dtypes and layouts take turns. bias: whether there is one.
    """
    options = how_of(how)
    pairs = (kernel, options["stride"], options["padding"], options["dilation"])
    size = [size_for(rng, o, k, s, p, d, left) for o, k, s, p, d in zip(out, *pairs)]
    dtype = ("float64", "float32")[count % 2]
    shapes = {"x": [n, channels, *size], "weight": [outputs, channels // options["groups"], *kernel]}
    shapes |= {"bias": [outputs]} if bias else {}
    arrays = {
        name: drawn(rng, shape, dtype, LAYOUTS[(count + k) % 4]) for k, (name, shape) in enumerate(shapes.items())
    }
    return arrays | {name: list(value) if type(value) is tuple else value for name, value in how.items()}


def in_words(case):
    """The sizes and options of a case, for a message."""
    sizes = [tuple(case[name]["shape"]) for name in ("x", "weight")]
    options = [f"{name} {tuple(value) if type(value) is list else value}" for name, value in case.items()
               if name in ("stride", "padding", "dilation", "groups")]  # fmt: skip
    more = ["with a bias"] * ("bias" in case)
    return f"(x {sizes[0]}, weight {sizes[1]}{''.join(', ' + words for words in (*options, *more))}.)"


def exactly(case, *names):
    return [exact(case[name]) if name in case else None for name in names]


def usual(where, id, message, hint):
    """A decorator: register the mistake that the function below makes."""

    def add(model):
        where.append(wrong(id, message, hint)(model))
        return model

    return add
