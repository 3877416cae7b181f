"""Exercise 09.6: which layers give the same for a picture that was moved, predicted first, and then measured.

The judge moves pictures of its own and holds the predictions to what it finds; the ten layers are fixed, so no message says
what would have been right. The measuring function gets layers that it cannot look into; the judge runs the same ones.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict, expect_text
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture09.ten_layers import WORDS, measured
from karpathy_course.checks.shared.wrong_models import TRIES

PREDICTED, MOVED, STRIDES, CLOSE = "ten predictions", "moved pictures", "strides", "what counts as the same"
CLOSE_ENOUGH = 1e-9
ABOUT = {
    "A": "border", "B": "border", "C": "wraps", "D": "pixel-by-pixel", "E": "stride", "F": "border", "G": "stride", "H": "wraps",
    "I": "place", "J": "whole-picture",
}  # fmt: skip
SAID = {
    "border": "What do the windows at the edge see before and after the move, and what do those in the middle see?",
    "wraps": "np.roll brings what leaves at one side back at the other. Do these windows see any edge at all?",
    "pixel-by-pixel": "Each number of the result depends on one pixel alone, by the same rule everywhere.",
    "stride": "The windows stand on every second row. After the move by one row, do they see the pixels that they saw before?",
    "place": "Does the same pixel give the same result at another place?",
    "whole-picture": "What becomes of the mean of a picture if its pixels change places?",
}


def rolled(x, rows, columns):
    return np.roll(x, (rows, columns), axis=(2, 3))


def results(f, x, rows, columns, stride):
    """What f makes of the moved picture, and what it made, moved."""
    return f(rolled(x, rows, columns)), rolled(f(x), rows // stride[0], columns // stride[1])


def right(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    with np.errstate(invalid="ignore"):
        return (abs(one - other) <= CLOSE_ENOUGH).all(axis=(0, 1))


def compared(one, other, within=CLOSE_ENOUGH):
    with np.errstate(invalid="ignore"):
        return (abs(one - other) <= within).all(axis=(0, 1))


@wrong("result-not-moved", "The result for the moved picture was compared with the result for the picture as it was. Move that "
       "result by as much, too.", 1)  # fmt: skip
def _not_moved(f, x, rows, columns, stride):
    return compared(f(rolled(x, rows, columns)), f(x))


@wrong("result-moved-back", "The result was moved in the opposite direction.", 2)
def _back(f, x, rows, columns, stride):
    return compared(f(rolled(x, rows, columns)), rolled(f(x), -rows // stride[0], -columns // stride[1]))


@wrong("stride-ignored", "The result was moved by as many numbers as the picture by pixels. With a stride of s, one number of the "
       "result is s pixels wide: divide by it.", 2)  # fmt: skip
def _pixels(f, x, rows, columns, stride):
    return compared(f(rolled(x, rows, columns)), rolled(f(x), rows, columns)) if max(stride) > 1 else None


@wrong("stride-pair", "`stride` is a pair (rows, columns), and its two numbers were exchanged.", 2)
def _exchanged(f, x, rows, columns, stride):
    return compared(f(rolled(x, rows, columns)), rolled(f(x), rows // stride[1], columns // stride[0]))


@wrong("stride-pair", "`stride` is a pair (rows, columns). One of its numbers was used for both.", 2)
def _first_for_both(f, x, rows, columns, stride):
    return compared(f(rolled(x, rows, columns)), rolled(f(x), rows // stride[0], columns // stride[0]))


@wrong("stride-pair", "`stride` is a pair (rows, columns). One of its numbers was used for both.", 2)
def _last_for_both(f, x, rows, columns, stride):
    return compared(f(rolled(x, rows, columns)), rolled(f(x), rows // stride[1], columns // stride[1]))


@wrong("directions-exchanged", "Rows and columns were exchanged: `rows` moves the pictures down, along axis 2, and `columns` to the "
       "right, along axis 3.", 2)  # fmt: skip
def _turned(f, x, rows, columns, stride):
    return compared(f(rolled(x, columns, rows)), rolled(f(x), columns // stride[1], rows // stride[0]))


@wrong(
    "directions-exchanged",
    "The picture was moved in the wrong directions: `rows` is along axis 2, and `columns` along axis 3.",
    2,
)
def _turned_picture(f, x, rows, columns, stride):
    return compared(f(rolled(x, columns, rows)), rolled(f(x), rows // stride[0], columns // stride[1]))


@wrong("batch-moved", "The pictures were moved along the first two axes, those of the batch and of the channels. Rows and columns are "
       "axes 2 and 3.", 2)  # fmt: skip
def _first_axes(f, x, rows, columns, stride):
    move = lambda x, *by: np.roll(x, by, axis=(0, 1))
    return compared(f(move(x, rows, columns)), move(f(x), rows // stride[0], columns // stride[1]))


@wrong(
    "not-rolled", "What leaves at one side has to come back at the other, as np.roll does it. Here zeros came in.", 1
)
def _zeros(f, x, rows, columns, stride):
    return compared(
        f(moved_with_zeros(x, rows, columns)), moved_with_zeros(f(x), rows // stride[0], columns // stride[1])
    )


@wrong(
    "any-channel",
    "A place counts as the same if it is in any picture and channel. All of them have to be the same there.",
    2,
)
def _any(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    with np.errstate(invalid="ignore"):
        return (abs(one - other) <= CLOSE_ENOUGH).any(axis=(0, 1))


@wrong(
    "first-channel-alone",
    "Only the first picture, or the first channel, was compared. All of them have to be the same.",
    2,
)
def _first_channel(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return compared(one[:, :1], other[:, :1])


@wrong("first-channel-alone", "Only the first picture was compared. All of them have to be the same.", 2)
def _first_picture(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return compared(one[:1], other[:1])


@wrong(
    "first-channel-alone",
    "Only the first channel of the first picture was compared. All of them have to be the same.",
    2,
)
def _first_of_both(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return compared(one[:1, :1], other[:1, :1])


@wrong("differences-cancel", "The differences were added up before their size was taken, so that they cancel: first abs, then over "
       "pictures and channels.", 2)  # fmt: skip
def _mean(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return (one - other).max(axis=(0, 1)) <= CLOSE_ENOUGH


@wrong(
    "differences-cancel",
    "The differences of pictures or channels were added up before their size was taken, so that they cancel: first abs.",
    2,
)
def _sum(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return abs((one - other).sum(axis=(0, 1))) <= CLOSE_ENOUGH


@wrong("true-for-different", "True and False are the wrong way round: True where both are the same.", 1)
def _inverted(f, x, rows, columns, stride):
    return ~right(f, x, rows, columns, stride)


@wrong("too-strict", "Numbers that differ in the last digit alone, because they were summed in another order, count as different. Allow "
       "a difference of 1e-9.", 3)  # fmt: skip
def _bit_equal(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return (one == other).all(axis=(0, 1))


@wrong("rounded-first", "Both were rounded before they were compared. Two numbers that are close may be rounded to different ones: compare "
       "the difference with 1e-9.", 3)  # fmt: skip
def _rounded(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return (one.round(9) == other.round(9)).all(axis=(0, 1))


@wrong("too-lenient", "Numbers that differ by more than 1e-9 count as the same. np.isclose and np.allclose are too lenient as they come: rtol=0, "
       "atol=1e-9 would do.", 3)  # fmt: skip
def _isclose(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    return np.isclose(one, other).all(axis=(0, 1))


@wrong("nan-counts-as-equal", "Where a result is nan, nothing can be said, so it does not count as the same. nan is not <= 1e-9, but it is not "
       "> 1e-9 either.", 3)  # fmt: skip
def _nan(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    with np.errstate(invalid="ignore"):
        return ~(abs(one - other) > CLOSE_ENOUGH).any(axis=(0, 1))


@wrong("not-by-place", "The array has axes for pictures and channels. One truth for each place is asked for: all pictures and channels "
       "together.", 2)  # fmt: skip
def _all_axes(f, x, rows, columns, stride):
    one, other = results(f, x, rows, columns, stride)
    with np.errstate(invalid="ignore"):
        return abs(one - other) <= CLOSE_ENOUGH


@wrong(
    "not-by-place", "One truth for the whole picture was returned. One for each place of the result is asked for.", 1
)
def _one_truth(f, x, rows, columns, stride):
    return np.array(right(f, x, rows, columns, stride).all())


WRONG = [_isclose, _sum, _not_moved, _back, _pixels, _exchanged, _first_for_both, _last_for_both, _turned, _turned_picture, _first_axes, _zeros, _any,
         _first_channel, _first_picture, _first_of_both, _mean, _inverted, _bit_equal, _rounded, _nan, _all_axes, _one_truth]  # fmt: skip


def moved_with_zeros(x, rows, columns):
    out, (h, w) = np.zeros_like(x), x.shape[2:]
    to = lambda by, n: slice(max(0, by), max(0, min(n, n + by)))
    fro = lambda by, n: slice(max(0, -by), max(0, min(n, n - by)))
    out[:, :, to(rows, h), to(columns, w)] = x[:, :, fro(rows, h), fro(columns, w)]
    return out


class Shifted(Exercise):
    id = "09.6"
    title = "Move the picture"
    section = "Shift the picture"
    why = (
        "A digit is the same digit two pixels further down, and a convolution knows that without having been taught it."
    )
    difficulty, importance, minutes, points = 3, 5, 30, 4
    needs = ("predictions", "same_after_moving")
    shared = tuple(f"karpathy_course.checks.shared.{name}" for name in ("plain_arrays", "picture_layers"))
    properties = {PREDICTED: 0.4, MOVED: 0.3, STRIDES: 0.15, CLOSE: 0.15}
    leaves_out = {"no axis": "pictures have four axes", "an axis of size 0": "no place of a result could differ"}
    task = """\
**A. Predict first.** A picture of 16 × 16 random pixels is moved down by np.roll: the rows that leave at the bottom come back at the
top. It goes through a layer. Is the result the same as if the unmoved picture had gone through it, and its *result* had been moved
with np.roll? Write one of three words for each letter: `"everywhere"`, if it is the same at all places; `"inside"`, if it is the
same but for some rows at the top or the bottom; `"nowhere"`, if no row is the same. All ten must be right; guessing will not do.

| | the layer | picture moved by | result moved by |
|---|---|---|---|
| A | a 3 × 3 convolution, without a border | 1 row | 1 row |
| B | a 3 × 3 convolution, with a border of zeros (padding 1) | 1 row | 1 row |
| C | a 3 × 3 convolution, padding 1, whose border continues at the other side of the picture | 1 row | 1 row |
| D | relu | 1 row | 1 row |
| E | a 3 × 3 convolution with stride 2, its border as in C | 1 row | 0 rows, or 1: whichever fits better |
| F | a 3 × 3 convolution with stride 2 and a border of zeros | 2 rows | 1 row |
| G | max-pool, 2 × 2, windows side by side | 1 row | 0 rows, or 1: whichever fits better |
| H | max-pool, 2 × 2, windows side by side | 2 rows | 1 row |
| I | each pixel is multiplied by a weight of its own | 1 row | 1 row |
| J | the mean of all pixels is subtracted from each | 1 row | 1 row |

**B. Then measure.** Write `same_after_moving(f, x, rows, columns, stride=1)`. `f` is any layer, a function from pictures `x`, `(n,
channels, height, width)`, to a result with four axes. Move the pictures down by `rows` and to the right by `columns` (below 0: up,
and to the left), as np.roll does, and let `f` act on them. Compare that with `f(x)`, moved: a layer with stride s moves its result by
one number if the picture moves by s pixels. `stride` is a whole number, or a pair `(rows, columns)`. If `rows` or `columns` is not a
multiple of it, raise a `ValueError`.

Return an array of True and False, of the height and width of the result: True at the places where both are the same, in all
pictures and channels. “The same” means that they differ by at most 1e-9; nan is not the same as anything.

Try your predictions with it, and show the arrays as pictures: you see how wide the border is."""
    hints = (
        "Ask of each layer: does a number of its result depend on where its window stands, or only on what is in it? If only on that, then "
        "ask: did all windows see the same pixels, just elsewhere? np.roll joins the picture's first row to its last.",
        "np.roll(x, (rows, columns), axis=(2, 3)) moves pictures, and with rows // s and columns // s the result. Every 2 × 2 window, side by "
        "side, begins on an even row: after a move by 1 it holds other pairs of rows.",
        "close = abs(f(moved) - result) <= 1e-9; close.all(axis=(0, 1)). Do not ask for > 1e-9 and turn the answer round: nan is neither.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = [{"property": PREDICTED, "seed": rng.randrange(10**9)}]  # of the pictures that are moved
        generator = np.random.default_rng(rng.randrange(10**9))

        def weights(*shape):
            return {"shape": list(shape), "dtype": "float64", "numbers": generator.normal(size=shape).ravel().tolist()}

        def conv(outputs, channels, size=3, stride=(1, 1), padding=0, border="constant"):
            weight = weights(outputs, channels, size, size)
            return {"kind": "conv", "weight": weight, "stride": list(stride), "padding": padding, "border": border}

        def weigh(shape, share, channels=1):
            factors = generator.normal(size=(channels, *shape))
            if channels > 1:  # a picture whose channels differ at other places
                factors[0, : shape[0] // 2], factors[1, shape[0] // 2 :] = 0.0, 0.0
            part = {"shape": list(factors.shape), "dtype": "float64", "numbers": factors.ravel().tolist()}
            return {"kind": "weigh", "factors": part, "share": share}

        def opposite(shape):
            """Two channels of one, the second as much darker as the first is brighter."""
            factors = generator.normal(size=shape)
            both = np.stack([factors, -factors])
            part = {"shape": list(both.shape), "dtype": "float64", "numbers": both.ravel().tolist()}
            return {"kind": "weigh", "factors": part, "share": 1.0}

        def black(shape):
            """1 where a picture may be bright: a block of nine pixels. The rest is black, so that moves can be told apart."""
            mask = np.zeros(shape)
            for picture in mask:
                down, across = (rng.randrange(n - 3) for n in shape[2:])
                picture[:, down : down + 3, across : across + 3] = 1.0
            return mask.ravel().tolist()

        def add(property, make, shape, told=(), rows=None, columns=None, dtype=None, on_black=False, **more):
            stride = more.get("stride", 1)
            (sh, sw) = (stride, stride) if type(stride) is int else stride
            for _ in range(TRIES // 10):
                k = len(cases)
                x = drawn(rng, shape, dtype or ("float64", "float32")[k % 2], LAYOUTS[k % 4])
                if on_black:
                    x["numbers"] = [a * b for a, b in zip(x["numbers"], black(shape))]
                down = rng.choice((-2, -1, 1, 2)) * sh if rows is None else rows
                right_by = rng.choice((-2, -1, 1, 2)) * sw if columns is None else columns
                shown = {"x": x, "rows": down, "columns": right_by, **more}
                hidden = {"layers": make()}
                given = arguments({**shown, "parts": hidden["layers"]})
                found = [right(*given), *(model(*given) for model in told)]
                if all(
                    a.shape != b.shape or (a != b).any()
                    for i, a in enumerate(found)
                    for b in found[: i if on_black else 1][:i]
                ):
                    cases.append({"property": property, **shown, "parts": hidden["layers"]})
                    return
            raise ValueError(f"in {TRIES // 10:,} draws mistakes of {property} were never told apart")

        h, w = rng.sample(range(6, 10), 2)
        moves = [m.model for m in (_not_moved, _back, _turned, _turned_picture, _first_axes)]
        of_all = [m.model for m in (_any, _first_channel, _first_picture, _first_of_both)]
        add(MOVED, lambda: [conv(1, 1, padding=1)], [1, 1, h, w], moves, rows=2, columns=-1, on_black=True)
        add(MOVED, lambda: [conv(1, 1), {"kind": "relu"}], [1, 1, 8, 8], moves[:4], rows=1, columns=2)
        add(MOVED, lambda: [conv(3, 2, padding=1, border="wrap")], [2, 2, h, w], [*moves[:2], _zeros.model])
        add(MOVED, lambda: [conv(2, 2, padding=1), conv(1, 2, padding=1)], [1, 2, 9, h], moves[:4])
        add(MOVED, lambda: [weigh((h, w), 1.0, 2)], [2, 2, h, w], of_all, on_black=True)
        add(MOVED, lambda: [weigh((h, w), 1.0)], [1, 1, h, w], rows=0, columns=0)
        add(MOVED, lambda: [{"kind": "relu"}], [1, 1, 1, 1], rows=1, columns=-1)
        add(MOVED, lambda: [conv(1, 2)], [3, 2, 5, 7], rows=rng.choice((6, -8)), columns=0)
        mixed_up = [m.model for m in (_exchanged, _first_for_both, _last_for_both)]
        strided = [m.model for m in (_pixels, _not_moved, _back)]
        add(STRIDES, lambda: [conv(2, 1, stride=(2, 2), padding=1, border="wrap")], [1, 1, 10, 12], strided, on_black=True,
            stride=2, rows=2, columns=-4)  # fmt: skip
        add(STRIDES, lambda: [conv(1, 2, stride=(2, 3), padding=1)], [1, 2, 14, 15], [*strided, *mixed_up], on_black=True,
            stride=[2, 3], rows=-6, columns=6)  # fmt: skip
        add(STRIDES, lambda: [{"kind": "pool", "kernel": [2, 2], "stride": [2, 2]}], [2, 1, 8, 10], strided, stride=2)
        add(STRIDES, lambda: [{"kind": "relu"}], [1, 1, 4, 4], stride=2, rows=3, columns=2)
        add(STRIDES, lambda: [{"kind": "relu"}], [1, 1, 4, 4], stride=[2, 3], rows=2, columns=2)
        add(STRIDES, lambda: [{"kind": "relu"}], [1, 1, 6, 6], stride=(3, 2), rows=-3, columns=rng.choice((1, -1)))
        add(CLOSE, lambda: [{"kind": "centre"}], [2, 2, 9, 9], [_bit_equal.model], rows=1, columns=2, dtype="float64")
        add(CLOSE, lambda: [weigh((h, w), 2e-6)], [1, 1, h, w], [_isclose.model])
        add(CLOSE, lambda: [conv(1, 1, padding=1), {"kind": "root"}], [1, 1, h, w], [_nan.model])
        add(CLOSE, lambda: [weigh((6, 7), 1.0, 2)], [1, 2, 6, 7], [_mean.model])
        add(
            CLOSE,
            lambda: [conv(1, 1, padding=1, border="wrap"), weigh((h, w), 2e-11)],
            [1, 1, h, w],
            [_rounded.model],
            dtype="float64",
        )
        add(CLOSE, lambda: [opposite((h, w))], [1, 1, h, w], [_sum.model])
        return cases

    @staticmethod
    def probe(namespace, case):
        if "x" not in case:
            return namespace["predictions"]
        import numpy as np

        from karpathy_course.checks.shared.picture_layers import layer_of
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        f, stride = layer_of(case["parts"]), case.get("stride")
        more = {} if stride is None else {"stride": tuple(stride) if isinstance(stride, list) else stride}
        call = lambda x: namespace["same_after_moving"](f, x, case["rows"], case["columns"], **more)
        try:
            with np.errstate(all="ignore"):
                return answer_of(call, lambda: (array_of(case["x"]),))
        except ValueError:
            (sh, sw) = (stride, stride) if isinstance(stride, int) else stride or (1, 1)
            if case["rows"] % sh == 0 and case["columns"] % sw == 0:
                raise
            return "ValueError"

    @staticmethod
    def judge(case, answer):
        if case["property"] == PREDICTED:
            return judge_predictions(answer, measured(case["seed"]))
        given = arguments(case)
        _, x, rows, columns, (sh, sw) = given
        kinds = ", ".join(part["kind"] for part in case["parts"])
        where = f"(Layer: {kinds}; x {x.shape}, rows {rows}, columns {columns}, stride {(sh, sw)}.)"
        if rows % sh or columns % sw:
            if answer != "ValueError":
                message = f"The picture moves by {rows} and {columns}, which is no multiple of the stride: raise a ValueError. {where}"
                raise Mistake("not-refused", message, hint=2)
            return
        judge_arrays(answer, right(*given), "bool", WRONG, given, where, ("x",), source="True and False are asked for")


def arguments(case):
    from karpathy_course.checks.shared.picture_layers import layer_of
    from karpathy_course.checks.shared.plain_arrays import array_of

    stride = case.get("stride", 1)
    pair = (stride, stride) if type(stride) is int else tuple(stride)
    return layer_of(case["parts"]), array_of(case["x"]), case["rows"], case["columns"], pair


def judge_predictions(answer, found):
    expect_dict(answer, tuple(found), "`predictions`")
    for letter in found:
        said = expect_text(answer[letter], f"predictions[{letter!r}]")
        if said not in WORDS:
            raise Mistake(
                "wrong-word", f"{letter}: {said[:40]!r} is none of the three words.", said, " · ".join(WORDS), 1
            )
    for letter, true in found.items():
        if answer[letter] != true:
            about = ABOUT[letter]
            raise Mistake(f"{about}-mispredicted", f"{letter}: {answer[letter]!r} is not it. {SAID[about]}", hint=1)
