"""Exercise 09.2: a convolution backwards, for the pictures, the kernels and the bias.

Right is the definition again: each product of the forward pass hands its gradient to both of its factors. A mistake is
known whichever of the three gradients it is made in.
"""

from itertools import combinations

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first
from karpathy_course.checks.lecture09.windows import (
    bordered,
    convolution,
    exactly,
    gradients_of,
    how_of,
    in_words,
    met,
    places,
    shares,
    stripped,
)

ONE_BY_ONE, STEPS, GROUPS, EDGES = "windows one pixel apart", "stride, padding, dilation", "groups", "batches and edges"
NAMES = ["the gradient for x", "the gradient for weight", "the gradient for bias"]
X, WEIGHT, BIAS = 0, 1, 2


def right(x, weight, gradient, how):
    return gradients_of(x, weight, gradient, **how)


WRONG = []


def usual(id, message, hint, *where):
    """A decorator: the mistake as the function below computes it, made in one of these gradients, or in several."""

    def add(model):
        for size in range(len(where), 0, -1):
            for chosen in combinations(where, size):

                def mixed(x, weight, gradient, how, chosen=chosen):
                    made = model(x, weight, gradient, how)
                    if made is None:
                        return None
                    return [
                        made[k] if k in chosen else array for k, array in enumerate(right(x, weight, gradient, how))
                    ]

                WRONG.append(wrong(id, message, hint)(mixed))
        return model

    return add


@usual(
    "swapped",
    "The gradients are in the wrong order: first the one for x, then for weight, then for bias.",
    1,
    X,
    WEIGHT,
)
def _swapped(x, weight, gradient, how):
    for_x, for_weight, for_bias = right(x, weight, gradient, how)
    return for_weight, for_x, for_bias


@usual(
    "ignores-the-gradient",
    "The incoming gradient plays no part: this is the answer for a gradient of ones.",
    1,
    X,
    WEIGHT,
    BIAS,
)
def _ones(x, weight, gradient, how):
    return right(x, weight, np.ones_like(gradient), how)


@usual("kernel-flipped", "The gradient for x is as if the kernel had been upside down. An output's gradient times weight[o, c, i, "
       "j] belongs to the very pixel that (i, j) met. (Where the gradient is convolved again, with a border around it, that "
       "takes the kernel upside down and back to front. Yours is flipped once too often, or not at all.)", 1, X)  # fmt: skip
def _flipped(x, weight, gradient, how):
    return right(x, weight[:, :, ::-1, ::-1], gradient, how)


@usual("weight-flipped", "The gradient for weight is upside down and back to front.", 2, WEIGHT)
def _weight_flipped(x, weight, gradient, how):
    for_x, for_weight, for_bias = right(x, weight, gradient, how)
    return for_x, for_weight[:, :, ::-1, ::-1], for_bias


@usual(
    "outputs-and-channels",
    "Outputs and channels were exchanged: weight[o, c] brings the gradient of output o to channel c.",
    1,
    X,
)
def _exchanged(x, weight, gradient, how):
    return right(x, weight.transpose(1, 0, 2, 3), gradient, how)


@usual(
    "outputs-and-channels",
    "The first two axes of the gradient for weight were exchanged: outputs come first.",
    2,
    WEIGHT,
)
def _weight_turned(x, weight, gradient, how):
    for_x, for_weight, for_bias = right(x, weight, gradient, how)
    return for_x, for_weight.transpose(1, 0, 2, 3), for_bias


def whole(x, weight, gradient, how):
    """The gradient for x with the border still around it."""
    padded = bordered(x, how["padding"])
    return gradients_of(padded, weight, gradient, **how | {"padding": (0, 0)})[0]


@usual("padding-not-stripped", "The gradient for x still has the border of zeros around it. It has exactly the shape of x: leave the "
       "border away, on all sides.", 2, X)  # fmt: skip
def _border(x, weight, gradient, how):
    return whole(x, weight, gradient, how), None, None


@usual("padding-stripped-elsewhere", "The gradient for x has the right size, but is moved: it begins in the upper left corner of the "
       "border. Leave `padding` rows and columns away there, too.", 2, X)  # fmt: skip
def _corner(x, weight, gradient, how):
    return whole(x, weight, gradient, how)[:, :, : x.shape[2], : x.shape[3]], None, None


@usual("left-over-pixels", "The last pixels, which no window reached because of the stride, are missing in the gradient for x. They "
       "did not affect anything, so their gradient is 0.", 2, X)  # fmt: skip
def _reached(x, weight, gradient, how):
    for_x = right(x, weight, gradient, how)[0]
    ends = [(n - 1) * s + (k - 1) * d + 1 - p for n, k, s, d, p in zip(
        gradient.shape[2:], weight.shape[2:], how["stride"], how["dilation"], how["padding"])]  # fmt: skip
    return for_x[:, :, : max(0, ends[0]), : max(0, ends[1])], None, None


@usual(
    "overwritten",
    "A pixel lies in several windows, and only the gradient of the last one was kept. Add them: += instead of =.",
    1,
    X,
)
def _last(x, weight, gradient, how):
    padded = np.zeros(bordered(x, how["padding"]).shape)
    groups_of = list(zip(shares(x.shape[1], how["groups"]), shares(len(weight), how["groups"])))
    for i in range(weight.shape[2]):
        for j in range(weight.shape[3]):
            back = met(padded, i, j, gradient.shape[2:], how["stride"], how["dilation"])
            for here, there in groups_of:
                back[:, here] = np.einsum("nohw,oc->nchw", gradient[:, there], weight[there, :, i, j])
    return stripped(padded, how["padding"], x), None, None


def with_options(name, usual_pair, message):
    """Register the mistakes in one option: not used, its numbers exchanged, one of them for both."""

    def made(change):
        return lambda x, weight, gradient, how: right(x, weight, gradient, how | {name: change(how[name])})

    usual(f"{name}-ignored", message, 2, X, WEIGHT)(made(lambda now: usual_pair))
    words = f"`{name}` is a pair (rows, columns)"
    usual(f"{name}-pair", f"{words}, and its two numbers were exchanged.", 2, X, WEIGHT)(made(lambda now: now[::-1]))
    usual(f"{name}-pair", f"{words}. The number for the rows was used for both.", 2, X, WEIGHT)(
        made(lambda now: now[:1] * 2)
    )
    usual(f"{name}-pair", f"{words}. The number for the columns was used for both.", 2, X, WEIGHT)(
        made(lambda now: now[1:] * 2))  # fmt: skip


with_options("stride", (1, 1), "The outputs were taken for neighbours, one pixel apart. With a stride of s their windows are s "
             "pixels apart, in the gradient as forwards.")  # fmt: skip
with_options("dilation", (1, 1), "The pixels of a window were taken for neighbours. With a dilation of d they are d pixels "
             "apart, in the gradient as forwards.")  # fmt: skip
with_options("padding", (0, 0), "The border of zeros was forgotten: the windows begin `padding` pixels outside of the picture, in "
             "the gradient as forwards.")  # fmt: skip


@usual("first-picture-alone", "Only the first picture of the batch was counted. All pictures use the same weights: add them up.", 1,
       WEIGHT, BIAS)  # fmt: skip
def _first_picture(x, weight, gradient, how):
    return right(x[:1], weight, gradient[:1], how) if len(x) > 1 else None


@usual(
    "averaged",
    "This is the mean over the batch. Every picture used the weight and the bias: add, do not divide.",
    1,
    WEIGHT,
    BIAS,
)
def _mean_of_batch(x, weight, gradient, how):
    return [array / max(1, len(x)) for array in right(x, weight, gradient, how)]


@usual(
    "averaged",
    "This is the mean over all places. Every window used the weight and the bias: add, do not divide.",
    1,
    WEIGHT,
    BIAS,
)
def _mean_of_all(x, weight, gradient, how):
    return [array / max(1, gradient.size // max(1, len(weight))) for array in right(x, weight, gradient, how)]


@usual("bias-not-summed", "The bias is added to every number of its output, so its gradient is the sum over pictures, rows and "
       "columns: axes 0, 2 and 3.", 1, BIAS)  # fmt: skip
def _over_places(x, weight, gradient, how):
    return None, None, gradient.sum(axis=(2, 3))


@usual(
    "bias-not-summed", "The bias has one number for each output. The gradients of all outputs were added up.", 1, BIAS
)
def _over_all(x, weight, gradient, how):
    return None, None, np.full(len(weight), gradient.sum())


@usual(
    "bias-not-summed",
    "The bias has one number for each output: sum over the axes 0, 2 and 3, and only over these.",
    1,
    BIAS,
)
def _over_batch(x, weight, gradient, how):
    return None, None, gradient.sum(axis=0)


@usual(
    "bias-not-summed",
    "The shape must be that of the bias: one number for each output, without axes of size 1.",
    3,
    BIAS,
)
def _kept(x, weight, gradient, how):
    return None, None, gradient.sum(axis=(0, 2, 3), keepdims=True)


@usual("groups-interleaved", "Group k takes neighbours: with 4 channels and 2 groups, its first group sees channels 0 and 1, not 0 "
       "and 2.", 3, X, WEIGHT)  # fmt: skip
def _interleaved(x, weight, gradient, how):
    groups = how["groups"]
    if groups < 2:
        return None
    ordered = [c for group in shares(x.shape[1], groups, True) for c in group]
    order = np.argsort(ordered)
    for_x, for_weight, for_bias = right(x[:, ordered], weight, gradient, how)
    return for_x[:, order], for_weight, for_bias


@usual("first-group-for-all", "The channels of the first group were taken for those of every group.", 3, WEIGHT)
def _first_group(x, weight, gradient, how):
    groups = how["groups"]
    return (
        right(np.tile(x[:, : x.shape[1] // groups], (1, groups, 1, 1)), weight, gradient, how) if groups > 1 else None
    )


@usual("groups-ignored", "Every channel got gradients from all outputs, or every weight from all channels. With groups, those of one "
       "group alone belong together.", 3, X, WEIGHT)  # fmt: skip
def _all_groups(x, weight, gradient, how):
    groups = how["groups"]
    if groups < 2:
        return None
    return gradients_of(x, np.tile(weight, (1, groups, 1, 1)), gradient, **how | {"groups": 1})


class ConvolutionGradients(Exercise):
    id = "09.2"
    title = "A convolution, backwards"
    section = "Backwards"
    why = "With these three gradients a network finds its own kernels, which nobody has to set by hand any more."
    difficulty, importance, minutes, points = 4, 5, 40, 5
    needs = ("conv2d_gradients",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {ONE_BY_ONE: 0.3, STEPS: 0.3, GROUPS: 0.2, EDGES: 0.2}
    leaves_out = {"no axis": "pictures, kernels and their gradients have four axes"}
    task = """\
Write `conv2d_gradients(x, weight, gradient, stride=1, padding=0, dilation=1, groups=1)`, the way back of 09.1's
`conv2d(x, weight, bias, …)`. `gradient` is that of its result, `(n, outputs, rows, columns)`. Return three arrays: the gradients
for `x`, for `weight` and for the bias, in the shapes of `x`, of `weight`, and `(outputs,)`, and in the dtype of `x`.

Every output is a sum of products, pixel times weight. So of each product, the pixel gets the output's gradient times the
weight, and the weight gets the output's gradient times the pixel. All that one pixel gets from the windows that it lies in adds
up, and all that one weight gets from windows and pictures.

* `padding`, `stride`, `dilation` and `groups` mean what they mean in 09.1, each of the first three a whole number or a pair
  `(rows, columns)`.
* Zeros of the border get gradients, too, but nobody wants these: the gradient for `x` has the shape of `x`.
* A stride may leave pixels over at the right and at the bottom that no window reached. Their gradient is 0.

All sizes fit, and the batch may be empty. You need not have solved 09.1."""
    hints = (
        "Take one place (i, j) of the kernel. In the forward pass it met the pixels of one strided slice of the padded pictures, and "
        "multiplied them by weight[:, :, i, j]. On the way back, the same slice of an array of zeros gets something added.",
        "pixels = padded[:, :, rows, columns] as forwards. For weight[:, :, i, j]: np.einsum('nohw,nchw->oc', gradient, pixels). For "
        "x: for_padded[:, :, rows, columns] += np.einsum('nohw,oc->nchw', gradient, weight[:, :, i, j]). For the bias: "
        "gradient.sum(axis=(0, 2, 3)).",
        "At the end cut the border off: for_padded[:, :, ph : ph + height, pw : pw + width] (with padding 0, -0 as an end would cut "
        "all). groups: do the same for each k, with gradient[:, k * o : (k + 1) * o] and channels k * c : (k + 1) * c.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, *sizes, **more):
            case = convolution(rng, len(cases), *sizes, **more)
            how, x, weight = how_of(case), case["x"], case["weight"]
            options = (how["stride"], how["padding"], how["dilation"])
            out = [places(*each) for each in zip(x["shape"][2:], weight["shape"][2:], *options)]
            shape = [x["shape"][0], weight["shape"][0], *out]
            gradient = drawn(rng, shape, x["dtype"], LAYOUTS[(len(cases) + 2) % 4])
            cases.append({"property": property, **case, "gradient": gradient})

        def unlike(low, high):
            return tuple(rng.sample(range(low, high), 2))

        n, c, o = rng.randrange(2, 4), rng.randrange(2, 4), rng.randrange(2, 5)
        add(ONE_BY_ONE, 2, 3, 3, (3, 3), (3, 3))
        add(ONE_BY_ONE, n, c, c + 1, (2, 3), (3, 4))
        add(ONE_BY_ONE, 2, c, o, (3, 1), (2, 3))
        add(ONE_BY_ONE, n, 1, o, (1, 1), (2, 3))
        add(ONE_BY_ONE, 2, c, 1, (3, 4), (1, 1))
        add(STEPS, 2, 2, 3, (3, 3), (3, 3), stride=2, left=1)
        add(STEPS, 2, 2, 3, (3, 3), (4, 4), padding=1)
        add(STEPS, 1, 2, 3, (3, 3), (3, 3), dilation=2)
        # Pictures with pixels left over, in which windows fit even where a pair's numbers are exchanged.
        add(STEPS, 1, 2, 2, (3, 3), (2, 2), stride=unlike(2, 4), left=1)
        add(STEPS, 2, 2, 2, (3, 3), (2, 2), padding=unlike(1, 3), stride=3, left=2)
        add(STEPS, 1, 2, 2, (3, 3), (2, 2), dilation=unlike(2, 4), stride=3, left=2)
        add(STEPS, 1, 2, 2, (2, 3), (3, 3), stride=unlike(2, 4))
        add(STEPS, 2, 1, 2, (4, 5), (3, 4), padding=unlike(1, 3))
        add(STEPS, 2, 2, 2, (3, 2), (3, 3), dilation=unlike(2, 4))
        add(STEPS, 2, 2, 2, (2, 2), (2, 3), stride=3)
        add(STEPS, 1, 2, 2, (4, 4), (3, 4), padding=3)
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
        add(GROUPS, 1, 6, 3, (2, 3), (2, 2), groups=3, stride=2, padding=1)
        add(EDGES, 3, 2, 3, (2, 2), (3, 3), padding=1, stride=2)
        add(EDGES, 0, 2, 3, (2, 2), (2, 2), padding=1)
        add(EDGES, 1, 1, 1, (1, 1), (1, 1))
        add(EDGES, 2, 1, 2, (3, 2), (1, 1), padding=(1, 1))
        add(EDGES, 1, 2, 2, (1, 2), (1, 2), padding=(0, 2), stride=(1, 4))
        add(EDGES, 2, 1, 1, (2, 2), (2, 2), stride=4, left=3)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        options = ("stride", "padding", "dilation", "groups")
        how = {
            name: tuple(case[name]) if isinstance(case[name], list) else case[name] for name in options if name in case
        }
        call = lambda x, weight, gradient: namespace["conv2d_gradients"](x, weight, gradient, **how)
        with np.errstate(all="ignore"):
            return answer_of(call, lambda: tuple(array_of(case[name]) for name in ("x", "weight", "gradient")))

    @staticmethod
    def judge(case, answer):
        given, dtype = (*exactly(case, "x", "weight", "gradient"), how_of(case)), case["x"]["dtype"]
        names, where = ("x", "weight", "gradient"), in_words(case)
        judge_arrays(answer, right(*given), dtype, WRONG, given, where, names, NAMES, f"`x` is {dtype}")
