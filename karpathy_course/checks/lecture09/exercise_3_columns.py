"""Exercise 09.3: windows as columns of a matrix, and back: a pair of linear maps, each the adjoint of the other.

Both are judged by their numbers, and the pair by ⟨im2col(x), y⟩ = ⟨x, col2im(y)⟩, where the judge multiplies and adds up
what came back itself.
"""

from karpathy_course.checks.exercise import Exercise, Mistake
from karpathy_course.checks.expectations import expect_dict
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, array_in, drawn, exact, judge_arrays
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture08.one_of_each import one_of_each_first
from karpathy_course.checks.lecture09.windows import (
    counted,
    how_of,
    pair,
    scattered,
    size_for,
    stripped,
    usual,
    windows_of,
    with_partial_windows,
)

COLUMNS, BACK, ADJOINT, EDGES = "windows as columns", "back into pictures", "an adjoint pair", "batches and edges"
OPTIONS = ("stride", "padding", "dilation")
GENERIC = ("wrong-numbers", "wrong-factor", "all-zero")


def flat(windows):
    n, c, kh, kw, rows, columns = windows.shape
    return windows.reshape(n, c * kh * kw, rows * columns)


def unflat(columns, size, kernel, how):
    channels = columns.shape[1] // (kernel[0] * kernel[1])
    return columns.reshape(len(columns), channels, *kernel, *counted(size, kernel, how))


def columns_right(x, kernel, how):
    return flat(windows_of(x, kernel, how))


def picture_right(columns, size, kernel, how):
    windows = unflat(columns, size, kernel, how)
    return stripped(scattered(windows, size, how), how["padding"], np.zeros((1, 1, *size)))


TO, FRO = [], []  # the usual mistakes of im2col, and of col2im


@usual(TO, "channels-last-in-a-column", "In a column, channels change fastest. As weight.reshape(outputs, -1) has them, the channel "
       "comes first, then the row of the window, then its column.", 2)  # fmt: skip
def _channels_last(x, kernel, how):
    return flat(windows_of(x, kernel, how).transpose(0, 2, 3, 1, 4, 5))


@usual(TO, "window-turned", "In a column, the window was read column by column. Read it row by row.", 2)
def _window_turned(x, kernel, how):
    return flat(windows_of(x, kernel, how).transpose(0, 1, 3, 2, 4, 5))


@usual(
    TO, "windows-in-another-order", "The windows stand column by column. They are to stand row by row, as one reads.", 2
)
def _windows_turned(x, kernel, how):
    return flat(windows_of(x, kernel, how).transpose(0, 1, 2, 3, 5, 4))


@usual(
    TO, "transposed", "Each window is a row of the result. It is to be a column: the last axis counts the windows.", 1
)
def _rows(x, kernel, how):
    return columns_right(x, kernel, how).mT


@usual(TO, "not-flattened", "The result has too many axes. Put channels and places of the kernel into one axis, and rows and columns "
       "of windows into another.", 1)  # fmt: skip
def _six_axes(x, kernel, how):
    return windows_of(x, kernel, how)


@usual(TO, "not-flattened", "The windows still have two axes, rows and columns. Put them into one.", 1)
def _four_axes(x, kernel, how):
    windows = windows_of(x, kernel, how)
    return windows.reshape(len(x), -1, *windows.shape[4:]) if len(x) else None


@usual(TO, "batch-in-the-columns", "The pictures of the batch stand side by side in one matrix. Each picture has a matrix of its own: "
       "the first axis is that of the batch.", 1)  # fmt: skip
def _side_by_side(x, kernel, how):
    columns = columns_right(x, kernel, how)
    return columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)


@usual(TO, "kernel-flipped", "The windows are upside down and back to front. They are read as they are.", 1)
def _flipped(x, kernel, how):
    return flat(windows_of(x, kernel, how)[:, :, ::-1, ::-1])


@usual(TO, "border-of-edge-pixels", "The border repeats the pixels at the edge. `padding` adds zeros.", 2)
def _edge(x, kernel, how):
    return flat(windows_of(x, kernel, how, "edge")) if x.size and max(how["padding"]) else None


@usual(
    FRO,
    "overwritten",
    "A pixel lies in several windows, and only the number of the last one was kept. Add them: += instead of =.",
    3,
)
def _last(columns, size, kernel, how):
    return stripped(
        scattered(unflat(columns, size, kernel, how), size, how, True), how["padding"], np.zeros((1, 1, *size))
    )


@usual(TO, "not-transposed-first", "reshape alone does not exchange axes: it reads the numbers in the order in which they are. Bring the axes "
       "into the right order first: the places of a window, then the windows.", 2)  # fmt: skip
def _reshaped(x, kernel, how):
    windows = windows_of(x, kernel, how)
    return windows.transpose(0, 1, 4, 5, 2, 3).reshape(flat(windows).shape)


@usual(
    TO,
    "batch-in-the-columns",
    "The windows of all pictures stand side by side. The batch keeps an axis of its own, the first.",
    1,
)
def _joined(x, kernel, how, axes=(1, 2, 0)):
    columns = columns_right(x, kernel, how)
    return columns.transpose(axes).reshape(columns.shape[1], -1)


@usual(
    TO,
    "batch-in-the-columns",
    "The windows of all pictures stand side by side. The batch keeps an axis of its own, the first.",
    1,
)
def _joined_by_picture(x, kernel, how):
    return _joined(x, kernel, how, (1, 0, 2))


@usual(
    TO,
    "partial-windows",
    "At the right or at the bottom there is a window that does not fit into the picture. Round down, with //.",
    2,
)
def _partial(x, kernel, how):
    wide = with_partial_windows(x, kernel, how)
    return None if wide is None else columns_right(wide, kernel, how)


@usual(TO, "kernel-pair", "`kernel` is a pair (rows, columns), and its two numbers were exchanged.", 1)
def _kernel_turned(x, kernel, how):
    return columns_right(x, kernel[::-1], how)


@usual(
    FRO,
    "stripped-to-nothing",
    "Where the padding is 0, a slice such as p:-p is 0:0, which is empty. Write p : p + height.",
    3,
)
def _minus_0(columns, size, kernel, how):
    (ph, pw) = how["padding"]
    return scattered(unflat(columns, size, kernel, how), size, how)[:, :, ph:-ph, pw:-pw]


@usual(FRO, "averaged", "This is the mean of the numbers that belong to a pixel. Add them, and do not divide: col2im is no inverse of "
       "im2col.", 3)  # fmt: skip
def _mean(columns, size, kernel, how):
    count = picture_right(np.ones_like(columns), size, kernel, how)
    return picture_right(columns, size, kernel, how) / np.maximum(1, count)


@usual(FRO, "counted", "This is in how many windows each pixel lies. Add the numbers of `columns`.", 3)
def _count(columns, size, kernel, how):
    return picture_right(np.ones_like(columns), size, kernel, how)


@usual(FRO, "padding-not-stripped", "The border is still around the pictures: what was added there is left away.", 3)
def _border(columns, size, kernel, how):
    return scattered(unflat(columns, size, kernel, how), size, how) if max(how["padding"]) else None


@usual(FRO, "padding-stripped-elsewhere", "The pictures have the right size, but are moved: they begin in the upper left corner of "
       "the border. Leave `padding` rows and columns away there, too.", 3)  # fmt: skip
def _corner(columns, size, kernel, how):
    whole = scattered(unflat(columns, size, kernel, how), size, how)
    return whole[:, :, : size[0], : size[1]] if max(how["padding"]) else None


def read_as(columns, size, kernel, how, *order):
    """What came of columns whose numbers were taken to be in another order; order: that of its six axes."""
    shape = unflat(columns, size, kernel, how).shape
    windows = columns.reshape([shape[k] for k in order]).transpose(np.argsort(order))
    return stripped(scattered(windows, size, how), how["padding"], np.zeros((1, 1, *size)))


@usual(FRO, "channels-last-in-a-column", "The columns were read as if channels changed fastest. As im2col writes them, the channel "
       "comes first, then the row of the window, then its column.", 2)  # fmt: skip
def _read_channels_last(columns, size, kernel, how):
    return read_as(columns, size, kernel, how, 0, 2, 3, 1, 4, 5)


@usual(FRO, "window-turned", "The windows in `columns` were read column by column. They stand row by row.", 2)
def _read_turned(columns, size, kernel, how):
    return read_as(columns, size, kernel, how, 0, 1, 3, 2, 4, 5)


@usual(
    FRO,
    "windows-in-another-order",
    "The last axis was read column by column. The windows stand row by row, as one reads.",
    2,
)
def _read_columns(columns, size, kernel, how):
    return read_as(columns, size, kernel, how, 0, 1, 2, 3, 5, 4)


@usual(FRO, "kernel-flipped", "Every window was added upside down and back to front.", 1)
def _added_flipped(columns, size, kernel, how):
    windows = unflat(columns, size, kernel, how)[:, :, ::-1, ::-1]
    return stripped(scattered(windows, size, how), how["padding"], np.zeros((1, 1, *size)))


def with_option(name, as_usual, forgotten):
    """Register, for both functions, what comes of an option that was not used, or whose pair was mixed up."""
    words = f"`{name}` is a pair (rows, columns)"
    changes = [
        ("ignored", forgotten, lambda now: as_usual),
        ("pair", f"{words}, and its two numbers were exchanged.", lambda now: now[::-1]),
        ("pair", f"{words}. The number for the rows was used for both.", lambda now: now[:1] * 2),
        ("pair", f"{words}. The number for the columns was used for both.", lambda now: now[1:] * 2),
    ]
    for kind, message, change in changes:
        other = lambda how, change=change: how | {name: change(how[name])}

        def to(x, kernel, how, other=other):
            return columns_right(x, kernel, other(how))

        def fro(columns, size, kernel, how, other=other):
            windows = unflat(columns, size, kernel, how)
            return stripped(scattered(windows, size, other(how)), other(how)["padding"], np.zeros((1, 1, *size)))

        usual(TO, f"{name}-{kind}", message, 2)(to)
        usual(FRO, f"{name}-{kind}", message, 2)(fro)


with_option("stride", (1, 1), "The windows stand at every pixel. With a stride of s they are s pixels apart.")
with_option(
    "padding", (0, 0), "The border of zeros was forgotten: windows begin `padding` pixels outside of the picture."
)
with_option(
    "dilation", (1, 1), "The pixels of a window were taken for neighbours. With a dilation of d they are d apart."
)


class Columns(Exercise):
    id = "09.3"
    title = "Windows as columns, and back"
    section = "Five ways to compute it"
    why = "With windows as columns a convolution is one product of matrices, which processors compute faster than anything else."
    difficulty, importance, minutes, points = 3, 4, 35, 4
    needs = ("im2col", "col2im")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {COLUMNS: 0.3, BACK: 0.3, ADJOINT: 0.2, EDGES: 0.2}
    leaves_out = {"no axis": "pictures have four axes, and their columns three"}
    task = """\
Write two functions, which PyTorch calls `unfold` and `fold`. `kernel`, `stride`, `padding` and `dilation` mean what they mean in
09.1: each is a whole number, or a pair `(rows, columns)`.

* `im2col(x, kernel, stride=1, padding=0, dilation=1)`. `x` holds pictures, `(n, channels, height, width)`. Return an array `(n,
  channels · kernel height · kernel width, windows)`, in which **each window is a column**. In a column the window's numbers stand
  channel by channel, each channel row by row, as `weight.reshape(outputs, -1)` has them; so `weight.reshape(outputs, -1) @
  im2col(x, …)` is a convolution. The windows stand row by row, as one reads. A border of zeros counts as pixels.
* `col2im(columns, size, kernel, stride=1, padding=0, dilation=1)`: the way back. `size` is `(height, width)`, and `columns` has
  the shape that im2col returns for such pictures. Return pictures `(n, channels, height, width)`: **every number is added to the
  pixel that im2col would have read it from**. What belongs to the border is left out, and a pixel that no window reached is 0.

Both return the dtype of what they are given. All sizes fit, and the batch may be empty.

col2im is not the inverse of im2col: a pixel that lies in nine windows is added nine times. It is its *adjoint*: for all x and y,
the sum of im2col(x) · y is equal to the sum of x · col2im(y), number by number. Every pair of an operation and its gradient has
this property, and it is the quickest test of one: draw an x and a y, and compare two numbers. The check does so, too."""
    hints = (
        "Begin with an array of six axes: (n, channels, kernel height, kernel width, rows, columns). For each place (i, j) of the "
        "kernel, windows[:, :, i, j] is one strided slice of the padded pictures. A reshape then makes three axes of six.",
        "windows[:, :, i, j] = padded[:, :, i * dh : i * dh + (rows - 1) * sh + 1 : sh, …], and windows.reshape(n, channels * kh * kw, "
        "rows * columns). With an empty batch a -1 in reshape cannot be worked out: write the sizes.",
        "col2im: rows and columns from size, as in im2col. windows = columns.reshape(n, channels, kh, kw, rows, columns), with channels "
        "= columns.shape[1] // (kh * kw). Add each windows[:, :, i, j] to the same slice of zeros, with +=, and cut the border off.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def add(property, n, channels, kernel, out, functions=("im2col", "col2im"), left=None, **how):
            options, window = how_of(how), pair(kernel)
            pairs = (window, *(options[name] for name in OPTIONS))
            size = [size_for(rng, o, *each, left) for o, *each in zip(out, *pairs)]
            many = int(np.prod(counted(size, window, options)))
            shapes = {"im2col": [n, channels, *size], "col2im": [n, channels * window[0] * window[1], many]}
            for function in functions:
                k = len(cases)
                arrays = {"x" if name == "im2col" else "columns": drawn(rng, shapes[name], ("float64", "float32")[k % 2],
                          LAYOUTS[(k + place) % 4]) for place, name in enumerate(shapes)
                          if name == function or function == "both"}  # fmt: skip
                more = {name: list(v) if type(v) is tuple else v for name, v in how.items()}
                kernel = list(kernel) if type(kernel) is tuple else kernel
                shown = {"function": function, **arrays, "size": size, "kernel": kernel, **more}
                cases.append({"property": property if property else COLUMNS if function == "im2col" else BACK, **shown})

        def unlike(low, high):
            return tuple(rng.sample(range(low, high), 2))

        n, c = rng.randrange(2, 4), rng.randrange(2, 4)
        add(None, 2, 3, 3, (3, 3))
        add(None, n, c, (2, 3), (3, 4))
        add(None, 1, c, 2, (3, 3), stride=2, left=1)
        add(None, 2, 2, 3, (4, 4), padding=1)
        add(None, 1, 2, 2, (3, 3), dilation=2)
        add(None, 1, 2, 4, (3, 4), padding=3)
        add(None, 1, 2, (3, 3), (2, 2), stride=unlike(2, 4), left=1)
        add(None, 2, 1, (3, 3), (2, 2), padding=unlike(1, 3), stride=3, left=2)
        add(None, 1, 2, (3, 3), (2, 2), dilation=unlike(2, 4), stride=3, left=2)
        few, more = unlike(2, 4)
        for one_by, other in (
            ((1, few), (more, 1)),
            ((more, 1), (1, few)),
        ):  # one direction as usual, and the other not
            border = tuple(n - 1 for n in one_by)
            add(None, 2, 2, unlike(2, 5), unlike(2, 5), stride=one_by, padding=border, dilation=other)
            add(None, 1, 2, unlike(2, 4), unlike(2, 4), dilation=other)
        add(ADJOINT, 2, 2, 3, (3, 3), ("both",))
        add(ADJOINT, n, c, (2, 3), (3, 2), ("both",), stride=unlike(1, 4), padding=unlike(0, 3))
        add(ADJOINT, 1, c, unlike(2, 4), (2, 3), ("both",), dilation=unlike(1, 4), padding=1, stride=2)
        add(EDGES, n, c, (1, 3), (4, 1))
        add(EDGES, n, c, 1, (2, 3), stride=2)
        add(EDGES, 0, 2, 2, (2, 2), padding=1)
        add(EDGES, 1, 1, 1, (1, 1))
        add(EDGES, 2, 1, (3, 2), (1, 1), padding=(1, 1))
        add(EDGES, 2, 1, 2, (2, 2), stride=4, left=3)
        return one_of_each_first(cases)

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        as_given = lambda value: tuple(value) if isinstance(value, list) else value
        how = {name: as_given(case[name]) for name in ("stride", "padding", "dilation") if name in case}
        kernel, size = as_given(case["kernel"]), tuple(case["size"])
        to = lambda x: namespace["im2col"](x, kernel, **how)
        fro = lambda columns: namespace["col2im"](columns, size, kernel, **how)
        found = {}
        with np.errstate(all="ignore"):
            if "x" in case:
                found["im2col"] = answer_of(to, lambda: (array_of(case["x"]),))
            if "columns" in case:
                found["col2im"] = answer_of(fro, lambda: (array_of(case["columns"]),))
        return found

    @staticmethod
    def judge(case, answer):
        how, kernel, size, where = how_of(case), pair(case["kernel"]), tuple(case["size"]), described(case)
        asked = [name for name, given in (("im2col", "x"), ("col2im", "columns")) if given in case]
        expect_dict(answer, asked)
        if "im2col" in asked:
            given = (exact(case["x"]), kernel, how)
            right, dtype = columns_right(*given), case["x"]["dtype"]
            judge_arrays(
                answer["im2col"], right, dtype, TO, given, f"(im2col: {where})", ("x",), source=f"`x` is {dtype}"
            )
        if "col2im" in asked:
            columns = exact(case["columns"])
            given, dtype = (columns, size, kernel, how), case["columns"]["dtype"]
            words, names = f"(col2im: {where})", ("columns",)
            if "im2col" in asked:
                words = f"{in_products(answer['col2im'], exact(case['x']), right, columns)}{words}"
            found = picture_right(*given)
            try:
                judge_arrays(answer["col2im"], found, dtype, FRO, given, words, names, source=f"`columns` are {dtype}")
            except Mistake as mistake:
                if len(asked) < 2 or mistake.id not in GENERIC:
                    raise
                message = f"im2col is right, but col2im is not its adjoint. {words}"
                raise Mistake("not-adjoint", message, mistake.got, mistake.expected, 3) from None


def described(case):
    size = case["x"]["shape"] if "x" in case else [*case["columns"]["shape"][:1], "…", *case["size"]]
    options = [f"{name} {tuple(case[name]) if type(case[name]) is list else case[name]}"
               for name in ("kernel", *OPTIONS) if name in case]  # fmt: skip
    return f"pictures ({', '.join(map(str, size))}), {', '.join(options)}."


def in_products(answer, x, columns, y):
    """The two sums that have to be equal, in words; "" where what came back is no such pictures."""
    try:
        pictures = array_in(answer["parts"][0])
    except (Mistake, LookupError, TypeError):
        return ""
    if pictures.shape != x.shape or not np.isfinite(pictures).all():
        return ""
    one, other = float((columns * y).sum()), float((x * pictures).sum())
    if abs(one - other) <= 1e-4 * max(1.0, float(np.abs(columns * y).sum())):
        return ""
    return f"The sum of im2col(x) · y is {one:.6g}, but the sum of x · col2im(y) is {other:.6g}. "
