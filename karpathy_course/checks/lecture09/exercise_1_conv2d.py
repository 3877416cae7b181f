"""Exercise 09.1: a convolution forwards, over drawn combinations of kernel, stride, padding, dilation and groups.

Right is the definition, in float64. Each option is asked for alone first, with square windows, so that a mistake gives
numbers that tell which it is; then in pairs of unlike numbers, and then all at once.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.lecture05.array_answers import judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first
from karpathy_course.checks.lecture09.windows import convolution, correlate, exactly, how_of, in_words, places

WINDOWS, STEPS, GROUPS = "windows and channels", "stride, padding, dilation", "groups"
EDGES, REFUSED = "bias, batches and edges", "what does not fit"


def right(x, weight, bias, how, **slips):
    y = correlate(x, weight, **how, **slips)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


def with_options(id, message, hint, change, given=()):
    """A Wrong whose model takes other options; given: it is a mistake only where these are not as usual."""

    def model(x, weight, bias, how):
        if any(how[name] == ((0, 0) if name == "padding" else (1, 1)) for name in given):
            return None
        return right(x, weight, bias, how | change(how))

    return wrong(id, message, hint)(model)


FIRST_FOR_BOTH = "is a pair (rows, columns). The number for the rows was used for both directions."
LAST_FOR_BOTH = "is a pair (rows, columns). The number for the columns was used for both directions."
EXCHANGED = "is a pair (rows, columns), and its two numbers were exchanged."
OPTIONS = ("stride", "padding", "dilation")
IGNORED = {
    "stride": "The windows stand at every pixel. With a stride of s, only every s-th window counts, from the first on.",
    "padding": "There is no border of zeros around the pictures: `padding` was not used.",
    "dilation": "The pixels of a window are neighbours. With a dilation of d they are d pixels apart.",
}


@wrong("kernel-flipped", "The kernel is upside down and back to front. That is what mathematicians call a convolution. As in "
       "PyTorch, the kernel is laid over the picture as it is: weight[..., 0, 0] meets the upper left pixel of the window.",
       1)  # fmt: skip
def _flipped(x, weight, bias, how):
    return right(x, weight[:, :, ::-1, ::-1], bias, how)


@wrong("kernel-turned", "The kernel's rows and columns were exchanged.", 1)
def _turned(x, weight, bias, how):
    return right(x, weight.transpose(0, 1, 3, 2), bias, how)


@wrong("outputs-and-channels", "weight[o, c] belongs to output o and channel c. The two were exchanged.", 1)
def _exchanged(x, weight, bias, how):
    return right(x, weight.transpose(1, 0, 2, 3), bias, how)


@wrong("first-channel-alone", "Only the first channel of each group was used. An output is the sum over all channels that its "
       "weight has.", 1)  # fmt: skip
def _first_channel(x, weight, bias, how):
    only = np.zeros_like(weight)
    only[:, :1] = weight[:, :1]
    return right(x, only, bias, how)


@wrong("first-picture-alone", "Only the first picture of the batch was used, for every picture.", 1)
def _first_picture(x, weight, bias, how):
    return right(np.repeat(x[:1], len(x), axis=0), weight, bias, how) if len(x) > 1 else None


@wrong("weights-shared-by-channels", "Each channel has numbers of its own in the kernel. Here all channels were multiplied by "
       "those of the first.", 1)  # fmt: skip
def _shared(x, weight, bias, how):
    return right(x, np.repeat(weight[:, :1], weight.shape[1], axis=1), bias, how) if weight.size else None


@wrong("border-of-edge-pixels", "The border repeats the pixels at the edge. `padding` adds zeros.", 2)
def _edge(x, weight, bias, how):
    return right(x, weight, bias, how, mode="edge") if x.size and max(how["padding"]) else None


@wrong("border-reflected", "The border mirrors the picture. `padding` adds zeros.", 2)
def _reflect(x, weight, bias, how):
    return right(x, weight, bias, how, mode="reflect") if max(how["padding"]) else None


@wrong("border-wraps", "The border continues at the other side of the picture. `padding` adds zeros.", 2)
def _wrap(x, weight, bias, how):
    return right(x, weight, bias, how, mode="wrap") if max(how["padding"]) else None


@wrong(
    "border-on-one-side",
    "The border of zeros is at the top and at the left alone. `padding` adds it on all four sides.",
    2,
)
def _one_side(x, weight, bias, how):
    (ph, pw) = how["padding"]
    padded = np.pad(x, ((0, 0), (0, 0), (ph, 0), (pw, 0)))
    return right(padded, weight, bias, how | {"padding": (0, 0)}) if ph or pw else None


@wrong("border-too-wide", "The border is twice as wide as it should be. `padding` is the number of rows of zeros above **and** "
       "below, each.", 2)  # fmt: skip
def _twice(x, weight, bias, how):
    (ph, pw) = how["padding"]
    return right(x, weight, bias, how | {"padding": (2 * ph, 2 * pw)}) if ph or pw else None


@wrong("last-window-missing", "The last window is missing in each direction. As many fit as (size + 2 · padding - dilation · "
       "(kernel - 1) - 1) // stride, **plus 1**.", 2)  # fmt: skip
def _one_less(x, weight, bias, how):
    return right(x, weight, bias, how)[:, :, :-1, :-1]


@wrong("stride-not-from-the-first", "Every s-th window was taken, but not from the first one on: the first output belongs to the "
       "window at the upper left corner.", 2)  # fmt: skip
def _late(x, weight, bias, how):
    (sh, sw) = how["stride"]
    full = right(x, weight, bias, how | {"stride": (1, 1)})
    return full[:, :, sh - 1 :: sh, sw - 1 :: sw] if sh > 1 or sw > 1 else None


@wrong("dilation-off-by-one", "A dilation of d means that the pixels of a window are d apart: 1 means neighbours. Here they are "
       "d + 1 apart.", 2)  # fmt: skip
def _gap(x, weight, bias, how):
    (dh, dw) = how["dilation"]
    return right(x, weight, bias, how | {"dilation": (dh + 1, dw + 1)})


@wrong("stride-for-dilation", "`stride` and `dilation` were exchanged. The stride is how far apart the windows are, and the "
       "dilation how far apart the pixels of one window are.", 1)  # fmt: skip
def _confused(x, weight, bias, how):
    return right(x, weight, bias, how | {"stride": how["dilation"], "dilation": how["stride"]})


@wrong("groups-interleaved", "Group k takes neighbours: with 4 channels and 2 groups, the first group sees channels 0 and 1, not 0 "
       "and 2.", 3)  # fmt: skip
def _ins(x, weight, bias, how):
    return right(x, weight, bias, how, ins=True) if how["groups"] > 1 else None


@wrong("groups-interleaved", "Group k makes neighbouring outputs: with 4 outputs and 2 groups, the first group makes outputs 0 and "
       "1, not 0 and 2.", 3)  # fmt: skip
def _outs(x, weight, bias, how):
    return right(x, weight, bias, how, outs=True) if how["groups"] > 1 else None


@wrong("groups-interleaved", "The groups are made of neighbours: with 4 channels, 4 outputs and 2 groups, the first group makes "
       "outputs 0 and 1 of channels 0 and 1.", 3)  # fmt: skip
def _both(x, weight, bias, how):
    return right(x, weight, bias, how, ins=True, outs=True) if how["groups"] > 1 else None


@wrong(
    "first-group-for-all",
    "All outputs were made of the channels of the first group. Each group sees channels of its own.",
    3,
)
def _first_group(x, weight, bias, how):
    groups = how["groups"]
    if groups < 2:
        return None
    return right(np.tile(x[:, : x.shape[1] // groups], (1, groups, 1, 1)), weight, bias, how)


@wrong("groups-ignored", "All channels were added up for every output: `groups` was not used. With groups, each output sees the "
       "channels of its own group alone.", 3)  # fmt: skip
def _groups_ignored(x, weight, bias, how):
    groups = how["groups"]
    if groups < 2:
        return None
    return right(x, np.tile(weight, (1, groups, 1, 1)), bias, how | {"groups": 1})


@wrong("bias-missing", "The bias is missing: `bias[o]` is added to every number of output o.", 1)
def _no_bias(x, weight, bias, how):
    return None if bias is None else right(x, weight, None, how)


@wrong("bias-along-the-width", "The bias was added along the last axis, the columns of the picture. It has one number for each "
       "output, axis 1: bias[:, None, None] lines it up.", 2)  # fmt: skip
def _bias_width(x, weight, bias, how):
    return None if bias is None else right(x, weight, None, how) + bias


@wrong(
    "bias-too-often",
    "The bias was added more than once, for every product or every channel. It is added once, at the end.",
    1,
)
def _bias_often(x, weight, bias, how):
    return None if bias is None else right(x, weight, bias * weight[0].size, how)


@wrong(
    "bias-too-often",
    "The bias was added more than once, for each place of the kernel. It is added once, at the end.",
    1,
)
def _bias_places(x, weight, bias, how):
    return None if bias is None else right(x, weight, bias * weight[0, 0].size, how)


@wrong("bias-too-often", "The bias was added more than once, for each channel. It is added once, at the end.", 1)
def _bias_channels(x, weight, bias, how):
    return None if bias is None else right(x, weight, bias * weight.shape[1], how)


USUAL = {"stride": (1, 1), "padding": (0, 0), "dilation": (1, 1)}
WRONG = [
    _flipped, _turned, _exchanged, _first_channel, _first_picture, _shared, _edge, _reflect, _wrap, _one_side, _twice,
    _ins, _outs, _both, _first_group, _groups_ignored,
    _no_bias, _bias_width, _bias_often, _bias_places, _bias_channels,
    *(with_options(f"{name}-ignored", IGNORED[name], 2, lambda how, name=name: {name: USUAL[name]}, (name,))
      for name in OPTIONS),
    _late, _gap,
    *(with_options(f"{name}-pair", f"`{name}` {EXCHANGED}", 2, lambda how, name=name: {name: how[name][::-1]})
      for name in OPTIONS),
    *(with_options(f"{name}-pair", f"`{name}` {FIRST_FOR_BOTH}", 2, lambda how, name=name: {name: how[name][:1] * 2})
      for name in OPTIONS),
    *(with_options(f"{name}-pair", f"`{name}` {LAST_FOR_BOTH}", 2, lambda how, name=name: {name: how[name][1:] * 2})
      for name in OPTIONS),
    _confused, _one_less,
]  # fmt: skip


class Conv2d(Exercise):
    id = "09.1"
    title = "A convolution with all its options"
    section = "Many channels"
    why = "Every convolution of every network is this one function, and PyTorch's own has the same seven arguments."
    difficulty, importance, minutes, points = 4, 5, 40, 5
    needs = ("conv2d",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {WINDOWS: 0.25, STEPS: 0.25, GROUPS: 0.2, EDGES: 0.2, REFUSED: 0.1}
    leaves_out = {"no axis": "pictures have four axes, and a bias has one"}
    task = """\
Write `conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1)`, with the meaning that these have in
PyTorch's `conv2d`. `x` holds pictures, `(n, channels, height, width)`, and `weight` the kernels, `(outputs, channels //
groups, kernel height, kernel width)`, all floats. Return an array `(n, outputs, rows, columns)` of the dtype of `x`.

* An output is the sum of window times kernel over all its channels, and over all places of the kernel, which is laid over the
  picture as it is, not flipped. Then `bias[o]` is added to all numbers of output o, if there is a bias, `(outputs,)`.
* `padding` rows of zeros are put above and below the pictures, and as many columns at the left and at the right.
* `stride` is how many pixels one window is away from the next, and `dilation` how far apart the pixels of one window are: 1
  means neighbours.
* Each of the three is one whole number for both directions, or a pair `(rows, columns)`. As many windows count as fit, so
  rows = (height + 2 · padding - dilation · (kernel height - 1) - 1) // stride + 1, and the same for the columns.
* With `groups`, the channels are parted into that many groups of neighbours, and so are the outputs. Outputs of group k see
  the channels of group k alone. With 4 channels, 6 outputs and 2 groups, outputs 0, 1, 2 see channels 0 and 1.

Raise a `ValueError` if there is no window that fits, if the channels of `x` are not `groups` times those of `weight` (as when
`x` has its channels last), or if the outputs are not a multiple of `groups`. A batch may be empty.

Two loops, over the places of the kernel, are enough, and fast enough to train with."""
    hints = (
        "Take one place (i, j) of the kernel. The pixels that it meets in all windows are one slice of the padded pictures: it "
        "begins at row i · dilation, goes in steps of stride, and has as many rows as the output. weight[:, :, i, j] then "
        "multiplies channels as a matrix does.",
        "padded = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw))). Rows of the slice: i * dh : i * dh + (rows - 1) * sh + 1 : sh. "
        "A pair or a number: (s, s) if isinstance(s, int) else s. The sum over the channels: np.einsum('nchw,oc->nohw', …).",
        "groups: split x and weight along their axes 0 and 1 for each k: x[:, k * c : (k + 1) * c] with c = weight.shape[1], and "
        "weight[k * o : (k + 1) * o] with o = outputs // groups. Convolve each, and write it to out[:, k * o : (k + 1) * o].",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, *sizes, **more):
            cases.append({"property": property, **convolution(rng, len(cases), *sizes, **more)})

        def unlike(low, high):
            return tuple(rng.sample(range(low, high), 2))

        n, c, o = rng.randrange(2, 4), rng.randrange(2, 4), rng.randrange(2, 5)
        add(WINDOWS, 2, 3, 3, (3, 3), (3, 3))
        add(WINDOWS, n, c, o, (2, 3), (3, 4))
        add(WINDOWS, n, c, c + 1, (3, 1), (2, 3))
        add(WINDOWS, 1, c, o, (1, rng.randrange(2, 5)), (3, 2))
        add(WINDOWS, 2, c, o, (1, 1), (2, 3))
        add(WINDOWS, 2, 1, o, (4, 4), (1, 1))
        add(STEPS, 2, 2, 3, (3, 3), (3, 3), stride=rng.choice((2, 3)), left=1)
        add(STEPS, 2, 2, 3, (3, 3), (4, 4), padding=1)
        add(STEPS, 1, 2, 3, (3, 3), (3, 3), dilation=2)
        add(STEPS, 1, 2, 2, (2, 3), (3, 3), stride=unlike(2, 4))
        add(STEPS, 2, 1, 2, (4, 5), (3, 4), padding=unlike(1, 3))
        add(STEPS, 2, 2, 2, (3, 2), (3, 3), dilation=unlike(2, 4))
        add(STEPS, 1, 2, 2, (4, 4), (3, 4), padding=3)
        add(STEPS, 1, 2, 2, (2, 2), (2, 3), stride=3, left=rng.choice((0, 2)))
        for one_by in ((1, rng.choice((2, 3))), (rng.choice((2, 3)), 1)):  # one direction as usual, and the other not
            other, border = one_by[::-1], [n - 1 for n in one_by]
            add(STEPS, 2, 2, 2, unlike(2, 5), unlike(2, 5), stride=one_by, padding=tuple(border), dilation=other)
        add(
            STEPS, 2, 2, 2, unlike(2, 5), unlike(2, 5), stride=unlike(1, 4), padding=unlike(0, 3), dilation=unlike(1, 4)
        )
        add(GROUPS, 2, 4, 4, (2, 2), (2, 3), groups=2)
        add(GROUPS, 1, 4, 6, (3, 2), (2, 3), groups=2, stride=unlike(1, 3))
        k = rng.choice((3, 4))
        add(GROUPS, 2, k, k, (2, 3), (3, 2), groups=k, padding=(1, 0))
        add(GROUPS, 2, 2, 6, (2, 2), (3, 3), groups=2, dilation=(1, 2))
        add(GROUPS, 1, 6, 3, (2, 3), (2, 2), groups=3, stride=2, padding=1, bias=True)
        add(EDGES, 2, 2, 3, (3, 3), (3, 3), bias=True)
        add(EDGES, n, c, o, (2, 3), (2, o + 1), bias=True, padding=unlike(0, 3), stride=2)
        add(EDGES, 0, 2, 3, (2, 2), (2, 2), bias=True, padding=1)
        add(EDGES, 1, 1, 1, (1, 1), (1, 1), bias=True)
        add(EDGES, 2, 1, 2, (3, 2), (1, 1), padding=(1, 1), bias=True)
        add(EDGES, 1, 2, 2, (1, 2), (1, 2), padding=(0, 2), stride=(1, 4))
        refused = [
            convolution(rng, 0, 2, 2, 3, (4, 3), (0, 2)),
            convolution(rng, 1, 2, 2, 3, (3, 4), (2, 0), padding=1),
            convolution(rng, 0, 1, 2, 3, (3, 2), (0, 2), dilation=(2, 1), stride=2),
            convolution(rng, 1, 2, 4, 3, (2, 2), (2, 2), groups=2),
        ]
        more = convolution(rng, 0, 2, 3, 2, (2, 2), (3, 3))
        channels_last = more["x"]["shape"][0], *more["x"]["shape"][2:], 3
        refused.append(more | {"x": more["x"] | {"shape": list(channels_last)}})
        few = convolution(rng, 1, 2, 3, 2, (2, 2), (3, 2))
        few["weight"] = convolution(rng, 1, 2, 2, 2, (2, 2), (3, 2))["weight"]
        one = convolution(rng, 0, 2, 3, 2, (2, 2), (3, 2))
        one["weight"] = convolution(rng, 0, 2, 1, 2, (2, 2), (3, 2))["weight"]
        cases += [{"property": REFUSED, **case} for case in (*refused, few, one)]
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        options = ("stride", "padding", "dilation", "groups")
        how = {
            name: tuple(case[name]) if isinstance(case[name], list) else case[name] for name in options if name in case
        }
        if "bias" in case:
            call = lambda x, weight, bias: namespace["conv2d"](x, weight, bias, **how)
        else:
            call = lambda x, weight: namespace["conv2d"](x, weight, **how)
        make = lambda: tuple(array_of(case[name]) for name in ("x", "weight", "bias") if name in case)
        with np.errstate(all="ignore"):
            if case["property"] != "what does not fit":
                return answer_of(call, make)
            try:
                return answer_of(call, make)
            except ValueError:
                return "ValueError"

    @staticmethod
    def judge(case, answer):
        x, weight, bias = exactly(case, "x", "weight", "bias")
        how, where = how_of(case), in_words(case)
        if case["property"] == REFUSED:
            if answer != "ValueError":
                raise Mistake(
                    "not-refused", f"{reason(x, weight, how)} Raise a ValueError that says so. {where}", hint=2
                )
            return
        given, dtype = (x, weight, bias, how), case["x"]["dtype"]
        judge_arrays(
            answer, right(*given), dtype, WRONG, given, where, ("x", "weight", "bias"), source=f"`x` is {dtype}"
        )


def reason(x, weight, how):
    """Why a convolution is refused."""
    outputs, channels, *kernel = weight.shape
    if x.shape[1] != channels * how["groups"]:
        last = " The last axis has as many: are the channels last?" * (x.shape[3] == channels)
        return f"`x` has {x.shape[1]} channels, and `weight` is for {channels * how['groups']}.{last}"
    if outputs % how["groups"]:
        return f"{outputs} outputs cannot be parted into {how['groups']} groups of one size."
    fits = [places(*each) for each in zip(x.shape[2:], kernel, how["stride"], how["padding"], how["dilation"])]
    return f"No window fits: {fits[0]} × {fits[1]} outputs are none."
