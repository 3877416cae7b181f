"""Exercise 09.4: the largest number of each window, and where its gradient goes: to the first of equal ones.

Ties are drawn until every usual way to break them gives something else; windows that overlap until one number is the
largest of two; and borders until a border of zeros would win.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture09.windows import counted, pair, scattered, size_for, stripped, usual, windows_of
from karpathy_course.checks.shared.wrong_models import TRIES

FORWARDS, TIES, OVERLAPS, EDGES = "forwards", "ties", "windows that overlap", "borders and edges"


def how_of(case):
    kernel = pair(case["kernel"])
    return {
        "kernel": kernel,
        "stride": pair(case.get("stride") or kernel),
        "padding": pair(case.get("padding", 0)),
        "dilation": (1, 1),
    }


def cut(x, how, border=-float("inf")):
    """Every window, its places in one axis, row by row: (n, channels, places, rows, columns)."""
    windows = windows_of(x, how["kernel"], how, constant_values=border)
    n, c, kh, kw, rows, columns = windows.shape
    return windows.reshape(n, c, kh * kw, rows, columns)


def pooled(x, how, border=-float("inf")):
    return cut(x, how, border).max(axis=2)


def handed_back(shares, x, how, overwrite=False, strip=True):
    """shares: what each place of each window gets, in the shape of `cut`. Added up to pictures."""
    n, c, _, rows, columns = shares.shape
    padded = scattered(shares.reshape(n, c, *how["kernel"], rows, columns), x.shape[2:], how, overwrite)
    return stripped(padded, how["padding"], x) if strip else padded


def first_of(windows):
    """1 at the first place of each window that is the largest."""
    return (np.arange(windows.shape[2])[:, None, None] == windows.argmax(axis=2)[:, :, None]).astype(float)


def pooled_back(x, gradient, how):
    return handed_back(first_of(cut(x, how)) * gradient[:, :, None], x, how)


TO, FRO = [], []


@usual(FRO, "border-is-no-pixel", "The border holds the smallest number of x. Where a pixel is equal to it, the border is the first of "
       "equal ones, and takes the gradient. Fill it with -np.inf.", 1)  # fmt: skip
def _smallest_border(x, gradient, how):
    return handed_back(first_of(cut(x, how, x.min(initial=np.inf))) * gradient[:, :, None], x, how)


for _low in (-100.0, -999.0, -1e3, -9999.0, -1e4, -1e5, -1e6, -1e9, -1e10):
    _message = "The border is not low enough: it has won against pixels that are further below 0. Fill it with -np.inf."
    usual(TO, "border-of-a-low-number", _message, 1)(lambda x, how, low=_low: pooled(x, how, low))
    usual(FRO, "border-of-a-low-number", _message, 1)(
        lambda x, gradient, how, low=_low: handed_back(first_of(cut(x, how, low)) * gradient[:, :, None], x, how)
    )


@usual(TO, "border-of-zeros", "The border of zeros has won: there is no number below 0 in your result where a window reaches over "
       "the edge. The border may never be the largest: fill it with -np.inf.", 1)  # fmt: skip
def _zeros(x, how):
    return pooled(x, how, 0.0)


@usual(TO, "mean", "This is the mean of each window. Take the largest number.", 1)
def _mean(x, how):
    return cut(x, how, 0.0).mean(axis=2)


@usual(TO, "smallest", "This is the smallest number of each window.", 1)
def _smallest(x, how):
    return cut(x, how, float("inf")).min(axis=2)


@usual(TO, "without-sign", "The numbers were compared without their signs: -3 is smaller than 1.", 1)
def _absolute(x, how):
    return pooled(abs(x), how)


@usual(TO, "without-sign", "The numbers were compared without their signs: -3 is smaller than 1.", 1)
def _largest_size(x, how):
    windows = cut(x, how, 0.0)
    return np.take_along_axis(windows, abs(windows).argmax(axis=2)[:, :, None], axis=2)[:, :, 0]


@usual(TO, "starts-at-0", "No number is below 0: the search for the largest one began at 0. Begin it at -np.inf.", 1)
def _from_0(x, how):
    return np.maximum(pooled(x, how), 0.0)


@usual(TO, "without-sign", "The sign of the largest number is lost.", 1)
def _size_of_largest(x, how):
    return abs(pooled(x, how))


@usual(TO, "channels-mixed", "The largest number of all channels was taken. Each channel has results of its own.", 1)
def _all_channels(x, how):
    return pooled(x, how).max(axis=1, keepdims=True) + np.zeros((1, x.shape[1], 1, 1))


@usual(TO, "partial-windows", "At the right or at the bottom there are windows that do not fit into the picture. As in 09.1, only "
       "windows that fit count.", 2)  # fmt: skip
def _ceil(x, how):
    left = [(n + 2 * p - k) % s for n, k, s, p in zip(x.shape[2:], how["kernel"], how["stride"], how["padding"])]
    more = [(s - rest) % s if rest else 0 for rest, s in zip(left, how["stride"])]
    wide = np.pad(x, ((0, 0), (0, 0), (0, more[0]), (0, more[1])), constant_values=-np.inf)
    return pooled(wide, how)


@usual(FRO, "ties-all-win", "Where several numbers of a window are the largest, each of them got the whole gradient. Only the first of "
       "them gets it.", 3)  # fmt: skip
def _all_win(x, gradient, how):
    windows = cut(x, how)
    return handed_back((windows == windows.max(axis=2, keepdims=True)) * gradient[:, :, None], x, how)


@usual(FRO, "ties-share", "Where several numbers of a window are the largest, they shared the gradient. Here the first of them gets all "
       "of it, as in PyTorch.", 3)  # fmt: skip
def _share(x, gradient, how):
    windows = cut(x, how)
    mask = windows == windows.max(axis=2, keepdims=True)
    return handed_back(mask / mask.sum(axis=2, keepdims=True) * gradient[:, :, None], x, how)


@usual(
    FRO,
    "last-wins",
    "Where several numbers of a window are the largest, the last of them got the gradient. The first gets it.",
    3,
)
def _last(x, gradient, how):
    mask = first_of(cut(x, how)[:, :, ::-1])[:, :, ::-1]
    return handed_back(mask * gradient[:, :, None], x, how)


@usual(FRO, "first-column-by-column", "Where several numbers of a window are the largest, the first one counted column by column got "
       "the gradient. Count row by row.", 3)  # fmt: skip
def _columns(x, gradient, how):
    turn = lambda array: array.transpose(0, 1, 3, 2)
    other = {name: value[::-1] for name, value in how.items()}
    return turn(pooled_back(turn(x), turn(gradient), other))


@usual(FRO, "overwritten", "A number was the largest of several windows, and got the gradient of the last one alone. Add them: += "
       "instead of =.", 2)  # fmt: skip
def _overwritten(x, gradient, how, order=1):
    out, padding = np.zeros([a + 2 * b for a, b in zip(x.shape, (0, 0, *how["padding"]))]), how["padding"]
    windows = cut(x, how)
    best = windows.argmax(axis=2)
    for place in list(np.ndindex(*gradient.shape))[::order]:
        n, c, r, q = place
        i, j = divmod(int(best[place]), how["kernel"][1])
        out[n, c, r * how["stride"][0] + i, q * how["stride"][1] + j] = gradient[place]
    return stripped(out, padding, x)


@usual(FRO, "overwritten", "A number was the largest of several windows, and got the gradient of the first one alone. Add them: += "
       "instead of =.", 2)  # fmt: skip
def _first_kept(x, gradient, how):
    return _overwritten(x, gradient, how, -1)


@usual(FRO, "overwritten", "Of the windows that a number lies in, only one counted: a later window, in which it was not the largest, has "
       "set its gradient back to 0. Add: += instead of =.", 2)  # fmt: skip
def _zeroed(x, gradient, how):
    return handed_back(first_of(cut(x, how)) * gradient[:, :, None], x, how, overwrite=True)


@usual(FRO, "border-of-zeros", "A border of zeros is equal to a largest number of 0, and has taken its gradient. Fill the border with -np.inf on the "
       "way back, too.", 1)  # fmt: skip
def _zeros_tie(x, gradient, how):
    equal = cut(x, how, 0.0) == pooled(x, how)[:, :, None]
    return handed_back(first_of(equal.astype(float)) * gradient[:, :, None], x, how)


@usual(FRO, "border-of-zeros", "The border of zeros has won, and taken the gradient with it. The border may never be the largest: fill it "
       "with -np.inf.", 1)  # fmt: skip
def _zeros_back(x, gradient, how):
    return handed_back(first_of(cut(x, how, 0.0)) * gradient[:, :, None], x, how)


@usual(
    FRO,
    "border-is-no-pixel",
    "The border repeats the pixels at the edge, and took gradients that are theirs. Fill it with -np.inf.",
    1,
)
def _edge_border(x, gradient, how):
    windows = windows_of(x, how["kernel"], how, "edge").reshape(cut(x, how).shape)
    return handed_back(first_of(windows) * gradient[:, :, None], x, how)


@usual(FRO, "close-is-not-equal", "A number that is close to the largest one was taken for it. Compare with ==: max copies a number, and "
       "rounds nothing.", 3)  # fmt: skip
def _isclose(x, gradient, how):
    windows = cut(x, how)
    equal = np.isclose(windows, windows.max(axis=2, keepdims=True))
    return handed_back(first_of(equal.astype(float)) * gradient[:, :, None], x, how)


@usual(
    FRO,
    "stripped-to-nothing",
    "Where the padding is 0, a slice such as p:-p is 0:0, which is empty. Write p : p + height.",
    2,
)
def _minus_0(x, gradient, how):
    (ph, pw) = how["padding"]
    return handed_back(first_of(cut(x, how)) * gradient[:, :, None], x, how, strip=False)[:, :, ph:-ph, pw:-pw]


@usual(FRO, "padding-not-stripped", "The border is still around the gradient. It has the shape of x.", 2)
def _border(x, gradient, how):
    return (
        handed_back(first_of(cut(x, how)) * gradient[:, :, None], x, how, strip=False) if max(how["padding"]) else None
    )


@usual(FRO, "padding-stripped-elsewhere", "The gradient is moved: it begins in the upper left corner of the border. Leave `padding` rows "
       "and columns away there, too.", 2)  # fmt: skip
def _corner(x, gradient, how):
    whole = handed_back(first_of(cut(x, how)) * gradient[:, :, None], x, how, strip=False)
    return whole[:, :, : x.shape[2], : x.shape[3]] if max(how["padding"]) else None


@usual(FRO, "spread-evenly", "The gradient was shared among all numbers of the window, as that of a mean would be. Only the largest number "
       "changes the result.", 1)  # fmt: skip
def _evenly(x, gradient, how):
    windows = cut(x, how)
    return handed_back(np.ones_like(windows) / windows.shape[2] * gradient[:, :, None], x, how)


@usual(
    FRO, "ignores-the-gradient", "The incoming gradient plays no part: this is the answer for a gradient of ones.", 1
)
def _ones(x, gradient, how):
    return pooled_back(x, np.ones_like(gradient), how)


@usual(FRO, "without-sign", "The numbers were compared without their signs: -3 is smaller than 1.", 1)
def _size_back(x, gradient, how):
    return handed_back(first_of(abs(cut(x, how, 0.0))) * gradient[:, :, None], x, how)


@usual(FRO, "times-x", "The gradient was multiplied by x. The largest number is copied: its slope is 1.", 1)
def _times_x(x, gradient, how):
    return pooled_back(x, gradient, how) * x


@usual(FRO, "smallest", "The smallest number of each window got the gradient. The largest gets it.", 1)
def _smallest_wins(x, gradient, how):
    return handed_back(first_of(-cut(x, how, float("inf"))) * gradient[:, :, None], x, how)


def with_option(name, message, change):
    def to(x, how):
        return pooled(x, change(how))

    def fro(x, gradient, how):
        other = change(how)
        fits = counted(x.shape[2:], other["kernel"], other)
        if min(fits) < 1:
            return None
        rows, columns = (min(a, b) for a, b in zip(fits, gradient.shape[2:]))
        g = np.zeros((*gradient.shape[:2], *fits))
        g[:, :, :rows, :columns] = gradient[:, :, :rows, :columns]
        return pooled_back(x, g, other)

    usual(TO, name, message, 2)(to)
    usual(FRO, name, message, 2)(fro)


with_option("stride-ignored", "The windows are as far apart as the kernel is wide, although another stride was asked for.",
            lambda how: how | {"stride": how["kernel"]})  # fmt: skip
with_option("stride-of-1", "The windows stand at every pixel. If no stride is given, it is that of the kernel: windows side by side.",
            lambda how: how | {"stride": (1, 1)})  # fmt: skip


def other_pair(how, name, mixed):
    """The options with one pair mixed up; a stride that was not given follows the kernel."""
    follows = name == "kernel" and how["stride"] == how["kernel"]
    return how | {name: mixed(how[name])} | ({"stride": mixed(how["stride"])} if follows else {})


MIXED = {
    "and its two numbers were exchanged": lambda now: now[::-1],
    "but the number for the rows was used for both": lambda now: now[:1] * 2,
    "but the number for the columns was used for both": lambda now: now[1:] * 2,
}
for _name in ("kernel", "stride", "padding"):
    for _words, _mixed in MIXED.items():
        with_option(f"{_name}-pair", f"`{_name}` is a pair (rows, columns), {_words}.",
                    lambda how, name=_name, mixed=_mixed: other_pair(how, name, mixed))  # fmt: skip
with_option("kernel-pair", "`kernel` is a pair (rows, columns), and its two numbers were exchanged.",
            lambda how: how | {"kernel": how["kernel"][::-1]})  # fmt: skip
with_option("padding-ignored", "There is no border around the pictures: `padding` was not used.",
            lambda how: how | {"padding": (0, 0)})  # fmt: skip
BY_TIES = (_all_win, _share, _last, _columns)


class MaxPool(Exercise):
    id = "09.4"
    title = "The largest of a window"
    section = "Pooling"
    why = "Real pictures hold many equal pixels, such as white paper, so that ties are the rule and not the exception."
    difficulty, importance, minutes, points = 4, 4, 35, 5
    needs = ("max_pool2d", "max_pool2d_gradient")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {FORWARDS: 0.25, TIES: 0.3, OVERLAPS: 0.25, EDGES: 0.2}
    leaves_out = {"no axis": "pictures have four axes"}
    task = """\
Write two functions. `x` holds pictures, `(n, channels, height, width)`, of finite floats. `kernel` and `padding` are each a whole
number, or a pair `(rows, columns)`. So is `stride`; if it is None, it is the same as `kernel`: the windows stand side by side.

* `max_pool2d(x, kernel, stride=None, padding=0)`: the largest number of each window, channel by channel. Return an array `(n,
  channels, rows, columns)`. Windows that do not fit are left out, as in 09.1.
* `max_pool2d_gradient(x, gradient, kernel, stride=None, padding=0)`: the gradient for `x`, if `gradient` is that of
  `max_pool2d(x, kernel, stride, padding)`. Of each window, **the largest number gets the gradient, and all others get 0. If
  several numbers are equally large, the first of them gets all of it**, counted row by row. If a number is the largest of
  several windows, their gradients add up.

`padding` puts a border around the pictures, so that windows may reach over the edge; it is at most half of the kernel. **The
border never counts as the largest**, not even where all pixels of a window are below 0.

Results have the dtype of `x`. The batch may be empty. (At a tie there is no derivative. PyTorch gives the gradient to the first, and
`amax` in 05.3 shared it: each is a choice.)"""
    hints = (
        "Forwards: a border of -np.inf loses against every number. As in 09.1, one place (i, j) of the kernel meets one strided slice, "
        "and np.maximum of two such slices is the larger one of each pair.",
        "Backwards: go through the places of the kernel in the same order, row by row. Where the slice is equal to the result, the window "
        "has found its largest number. Remember in an array of True and False which windows have found theirs: they take no other.",
        "waiting = np.ones(out.shape, bool); for each place: first = waiting & (padded[met] == out); for_padded[met] += gradient * first; "
        "waiting &= ~first. At the end cut the border off.",
    )  # fmt: skip

    @staticmethod
    def cases(rng):
        cases = []

        def unlike(low, high):
            return tuple(rng.sample(range(low, high), 2))

        def add(property, function, n, channels, out, told=(), numbers=None, left=None, **how):
            options = how_of(how)
            pairs = (options["kernel"], options["stride"], options["padding"], (1, 1))
            size = [size_for(rng, o, *each, left) for o, *each in zip(out, *pairs)]
            k = len(cases)
            dtype, layouts = ("float64", "float32")[k % 2], (LAYOUTS[k % 4], LAYOUTS[(k + 1) % 4])
            shape = [n, channels, *counted(size, options["kernel"], options)]
            for _ in range(TRIES):
                x = drawn(rng, [n, channels, *size], dtype, layouts[0])
                if numbers:
                    x["numbers"] = numbers(len(x["numbers"]))
                gradient = drawn(rng, shape, dtype, layouts[1])
                if function == "max_pool2d":
                    given = (exact(x), options)
                    results = [pooled(*given), *(mistake.model(*given) for mistake in told)]
                else:
                    given = (exact(x), exact(gradient), options)
                    results = [pooled_back(*given), *(mistake.model(*given) for mistake in told)]
                if all(not near(a, b) for i, a in enumerate(results) for b in results[:i]):
                    break
            else:
                raise ValueError(f"in {TRIES:,} draws mistakes of {property} were never told apart")
            more = {} if function == "max_pool2d" else {"gradient": gradient}
            as_lists = {name: list(value) if type(value) is tuple else value for name, value in how.items()}
            cases.append({"property": property, "function": function, "x": x, **more, **as_lists})

        def from_few(count):
            levels = rng.sample((-1.5, -1.0, 0.0, 0.5, 1.0, 2.0), 3)
            return [rng.choice(levels) for _ in range(count)]

        def below_0(count):
            return [-rng.randrange(200_001, 2_000_000) / 1_000_000 for _ in range(count)]

        def far_below_0(count):
            return [1e12 * number for number in below_0(count)]

        def close_together(count):
            return [rng.choice((1.0, 1.0 + 2.0**-18)) for _ in range(count)]  # both are float32 numbers

        def all_far_below_0(count):
            return [-1e30] * count

        def at_most_0(count):
            return [rng.choice((0.0, -0.5, -1.0)) for _ in range(count)]

        def few_below_0(count):
            levels = rng.sample((-1.5, -1.0, -0.25, -2.0), 3)
            return [rng.choice(levels) for _ in range(count)]

        to, fro = "max_pool2d", "max_pool2d_gradient"
        mistakes_to = [named(TO, model) for model in (_mean, _smallest, _absolute, _largest_size)]
        by_ties = [named(FRO, model) for model in BY_TIES]
        n, c = rng.randrange(2, 4), rng.randrange(2, 4)
        add(FORWARDS, to, 2, 2, (3, 3), mistakes_to, kernel=2, left=0)
        add(FORWARDS, to, n, c, (2, 3), mistakes_to, kernel=unlike(2, 5))
        add(FORWARDS, to, 1, c, (4, 4), mistakes_to, kernel=3, stride=1)
        add(FORWARDS, to, n, c, (2, 3), mistakes_to, kernel=(3, 3), stride=unlike(2, 4), left=1)
        add(FORWARDS, to, 1, 2, (2, 2), mistakes_to, kernel=2, stride=3, left=2)
        add(FORWARDS, to, 1, 2, (3, 3), (named(TO, _zeros),), below_0, kernel=3, stride=2, padding=1)
        add(
            FORWARDS, to, 2, 2, (3, 3), (named(TO, _zeros),), few_below_0, kernel=(4, 4), stride=2, padding=unlike(0, 3)
        )
        add(FORWARDS, to, 1, 2, (2, 3), (named(TO, _zeros),), far_below_0, kernel=2, padding=1, left=1)
        add(TIES, fro, 2, 2, (3, 3), by_ties, from_few, kernel=2, left=0)
        add(TIES, fro, n, c, (2, 2), by_ties, from_few, kernel=(3, 3), left=1)
        add(TIES, fro, 2, c, (2, 3), by_ties, from_few, kernel=unlike(2, 4))
        add(TIES, fro, 1, 2, (3, 3), by_ties, few_below_0, kernel=3, stride=2, padding=1)
        add(TIES, fro, 2, 1, (2, 2), (named(FRO, _all_win), named(FRO, _share), named(FRO, _last)),
            lambda count: [rng.choice((1.0, -1.0, 0.0, 0.75))] * count, kernel=(2, 3), stride=2)  # fmt: skip
        add(TIES, fro, 1, 2, (2, 3), (named(FRO, _isclose),), close_together, kernel=2)
        piled = (named(FRO, _overwritten), named(FRO, _zeroed))
        add(OVERLAPS, fro, 2, 2, (3, 3), piled, kernel=3, stride=1)
        add(OVERLAPS, fro, n, c, (3, 3), piled, kernel=(3, 3), stride=unlike(1, 3))
        add(OVERLAPS, fro, 1, c, (3, 4), piled, kernel=unlike(2, 5), stride=1)
        add(OVERLAPS, fro, 2, 2, (3, 3), (*piled, *by_ties), from_few, kernel=3, stride=(1, 2), padding=(1, 0))
        add(EDGES, fro, 1, 2, (3, 3), (named(FRO, _zeros_back),), below_0, kernel=3, stride=2, padding=1)
        add(
            EDGES,
            fro,
            1,
            2,
            (3, 3),
            (named(FRO, _zeros_back),),
            below_0,
            kernel=(4, 4),
            stride=3,
            padding=unlike(1, 3),
            left=2,
        )
        add(EDGES, fro, 1, 2, (2, 3), (named(FRO, _zeros_back),), far_below_0, kernel=2, padding=1, left=1)
        add(
            EDGES,
            fro,
            2,
            2,
            (3, 3),
            (named(FRO, _zeros_tie), named(FRO, _zeros_back)),
            at_most_0,
            kernel=3,
            stride=2,
            padding=1,
        )
        add(EDGES, fro, 1, 1, (2, 2), (named(FRO, _smallest_border),), all_far_below_0, kernel=3, stride=2, padding=1)
        add(EDGES, fro, 2, c, (2, 2), kernel=2, stride=3, left=2)
        add(EDGES, fro, 1, 1, (1, 1), kernel=1)
        add(EDGES, to, 1, 1, (1, 1), kernel=1)
        add(EDGES, fro, 0, 2, (2, 2), kernel=2, padding=1)
        add(EDGES, to, 0, 2, (2, 2), kernel=(2, 3))
        add(EDGES, fro, 2, 2, (3, 4), kernel=(1, 1), stride=(1, 2))
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        as_given = lambda value: tuple(value) if isinstance(value, list) else value
        how = {name: as_given(case[name]) for name in ("stride", "padding") if name in case}
        names = [name for name in ("x", "gradient") if name in case]
        call = lambda *arrays: namespace[case["function"]](*arrays, as_given(case["kernel"]), **how)
        with np.errstate(all="ignore"):
            return answer_of(call, lambda: tuple(array_of(case[name]) for name in names))

    @staticmethod
    def judge(case, answer):
        how, x, dtype = how_of(case), exact(case["x"]), case["x"]["dtype"]
        options = ", ".join(f"{name} {tuple(case[name]) if type(case[name]) is list else case[name]}"
                            for name in ("kernel", "stride", "padding") if name in case)  # fmt: skip
        where, source = f"({case['function']}: x {x.shape}, {options}.)", f"`x` is {dtype}"
        if case["function"] == "max_pool2d":
            judge_arrays(answer, pooled(x, how), dtype, TO, (x, how), where, ("x",), source=source)
        else:
            given = (x, exact(case["gradient"]), how)
            judge_arrays(answer, pooled_back(*given), dtype, FRO, given, where, ("x", "gradient"), source=source)


def near(a, b):
    return a.shape == b.shape and bool((abs(a - b) < 1e-3).all())


def named(mistakes, model):
    """The Wrong that holds this model."""
    return next(mistake for mistake in mistakes if mistake.model is model)
