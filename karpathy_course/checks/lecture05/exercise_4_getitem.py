"""Exercise 05.4: what an index has read, its gradient adds back, at repeated places more than once.

An index is text, as it stands between the brackets, and is read by NumPy's own rules on both sides.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

REPEATED, ONCE, MASKS, MIXED = "repeated places", "numbers and slices", "masks", "all kinds mixed"


def index_of(text):
    return eval(f"np.s_[{text}]", {"np": np})


def right(x, g, index):
    """By the places themselves: which element of x stands at each place of the result."""
    places = np.arange(x.size).reshape(x.shape)[index]
    return np.bincount(np.ravel(places), np.ravel(g), minlength=x.size)[: x.size].reshape(x.shape)


def places_of(x, index):
    return np.ravel(np.arange(x.size).reshape(x.shape)[index])


def by_place(x, places, numbers):
    out = np.zeros(x.size)
    out[places] = numbers
    return out.reshape(x.shape)


@wrong("last-wins", "If a place was read more than once, only the gradient of the last reading was added. "
       "`out[index] += gradient` reads, adds and writes once: repeated places overwrite each other. np.add.at adds "
       "one after the other.", 1)  # fmt: skip
def _last(x, g, index):
    return by_place(x, places_of(x, index), np.ravel(g))


@wrong("first-wins", "If a place was read more than once, only the gradient of the first reading was added. Add all "
       "of them.", 1)  # fmt: skip
def _first(x, g, index):
    return by_place(x, places_of(x, index)[::-1], np.ravel(g)[::-1])


@wrong("averaged", "If a place was read more than once, this is the mean of its gradients. Add them.", 1)
def _mean(x, g, index):
    count = np.bincount(places_of(x, index), minlength=max(1, x.size))[: x.size].reshape(x.shape)
    return right(x, g, index) / np.maximum(count, 1)


@wrong("counted", "This is how often each place was read. Each reading has a gradient of its own: add those.", 2)
def _count(x, g, index):
    return right(x, np.ones_like(g), index)


@wrong("kept-x", "The places that were not read still hold x. They do not affect the result: their gradient is 0.", 2)
def _kept(x, g, index):
    return np.where(right(x, np.ones_like(g), index) > 0, right(x, g, index), x)


@wrong("added-to-x", "The gradient was added to x. Begin with zeros.", 2)
def _added(x, g, index):
    return x + right(x, g, index)


@wrong("read-again", "The gradient was returned unchanged, in the shape of the result. Make an array of zeros of the "
       "shape of x, and add each number of the gradient at the place of x that was read.", 1)  # fmt: skip
def _as_it_was(x, g, index):
    return g


@wrong("read-again", "This is gradient[index]. The index belongs to x: add the gradient to an array of the shape of x, at the "
       "places that were read.", 1)  # fmt: skip
def _read(x, g, index):
    return g[index]


@wrong("ones", "Each place that was read got 1: the incoming gradient plays no part.", 1)
def _once(x, g, index):
    return np.minimum(1, _count.model(x, g, index))


@wrong(
    "largest-wins",
    "If a place was read more than once, only the largest of its gradients was kept. Add all of them.",
    1,
)
def _largest(x, g, index):
    out = np.full(x.size, -np.inf)
    np.maximum.at(out, places_of(x, index), np.ravel(g))
    return np.where(np.isinf(out), 0, out).reshape(x.shape)


@wrong("times-x", "The gradient was multiplied by x. Reading a number copies it: its slope is 1.", 1)
def _times_x(x, g, index):
    return right(x, g, index) * x


@wrong("negative-places", "A negative place was taken without its sign. -1 is the last place, -2 the one before it.", 2)
def _without_sign(x, g, index):
    places = np.asarray(index) if isinstance(index, (list, np.ndarray)) else None
    return None if places is None or places.dtype.kind != "i" else right(x, g, abs(places) % len(x))


@wrong("grid", "Every row was combined with every column. Two lists of places side by side are read pair by pair: x[[0, 1], [2, "
       "3]] reads x[0, 2] and x[1, 3].", 2)  # fmt: skip
def _grid(x, g, index):
    if not isinstance(index, tuple) or not all(isinstance(part, list) for part in index):
        return None
    out = np.zeros_like(x)
    out[np.ix_(*index)] += g
    return out


@wrong("same-for-all", "All places got the same number. Each place of the result has a gradient of its own.", 2)
def _total(x, g, index):
    return right(x, np.full_like(g, g.sum()), index)


@wrong("turned-round", "The gradients are in the opposite order: the first one belongs to the first place that was "
       "read, wherever that is in x.", 2)  # fmt: skip
def _order(x, g, index):
    return right(x, g[::-1], index) if g.ndim else None


WRONG = [_last, _first, _largest, _mean, _once, _count, _kept, _added, _as_it_was, _read, _grid, _times_x,
         _without_sign, _total, _order]  # fmt: skip


def mask_of(rng, *shape):
    """The text of a mask of this shape that is True at some places and False at others."""
    size = int(np.prod(shape))
    flat = [True, False, *(rng.random() < 0.5 for _ in range(size - 2))]
    rng.shuffle(flat)
    return f"np.array({np.reshape(flat, shape).tolist()})"


def repeated(rng, size, count, negative=True):
    """count places along an axis of this size as text, one of them twice next to itself and again later, from both "
    "ends."""
    one, other = rng.sample(range(size), 2)
    rest = [rng.randrange(size) for _ in range(count - 4)]
    places = [one, one, *rest, other, one - size if negative else one]
    return f"[{', '.join(map(str, places))}]"


class Getitem(Exercise):
    id = "05.4"
    title = "Indexing, backwards"
    section = "Indexing"
    why = "A language model reads the rows of a table by word number, often the same row twice; this gradient trains those rows."
    difficulty, importance, minutes, points = 3, 4, 25, 3
    needs = ("getitem_gradient",)
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {REPEATED: 0.4, ONCE: 0.2, MASKS: 0.2, MIXED: 0.2}
    task = """\
Write `getitem_gradient(x, gradient, index)`: the gradient for `x` of `x[index]`. `gradient` has the shape of
`x[index]`.

`index` is anything that NumPy allows between the brackets: a number, a slice (also with a negative step),
`None` or `...`, a list or an array of whole numbers in which a place may occur **more than once**, a mask (an
array of True and False), or a tuple of these.

If a place of `x` was read twice, it affects two numbers of the result, so it gets the sum of their gradients. A place
that was not read gets 0. Do not change `index` either."""
    hints = (
        "Begin with an array of zeros of the shape of x, and add the gradient where the numbers were read. Try it in a "
        "new cell: out = np.zeros(3), then `out[[1, 1]] += [5., 7.]`. What is out[1], and what should it be?",
        "`out[index] += gradient` first computes out[index] + gradient from the old numbers, and then writes. At a "
        "repeated place only the last write remains. Look up the method `at` of np.add in NumPy's documentation.",
        "out = np.zeros_like(x); np.add.at(out, index, gradient); return out. zeros_like also keeps the dtype.",
    )

    @staticmethod
    def cases(rng):
        n, m, k = rng.sample((3, 4, 5), 3)
        a, b = rng.randrange(n), rng.randrange(m)
        step = rng.choice((-1, -2))
        column = "".join(f"[{rng.randrange(n)}], " for _ in range(2))
        found = [
            (REPEATED, [n], repeated(rng, n, 5)),
            (REPEATED, [n], f"np.array({repeated(rng, n, 6)})"),
            (REPEATED, [n, m], repeated(rng, n, 5)),
            (REPEATED, [n, m], f":, {repeated(rng, m, 6)}"),
            (REPEATED, [n, m], f"{repeated(rng, n, 5)}, {repeated(rng, m, 5)}"),
            (REPEATED, [n, n], f"{repeated(rng, n, 4)}, {repeated(rng, n, 4)}"),
            (REPEATED, [n, m, k], f"..., {repeated(rng, k, 5)}"),
            (REPEATED, [n, m], f"np.array([{repeated(rng, n, 4)}, {repeated(rng, n, 4)}])"),
            (REPEATED, [n, 1, m, 2], repeated(rng, n, 5)),
            (REPEATED, [n, m], f"[[{a}], [{a}], [{a - n}]], {repeated(rng, m, 4)}"),
            (ONCE, [n], f"{a}"),
            (ONCE, [n, m], f"{a - n}"),
            (ONCE, [n, m], f"{a}, {b - m}"),
            (ONCE, [n, m, k], f":, {b}"),
            (ONCE, [n, m, k], f"..., {step}"),
            (ONCE, [n, m], "::-1"),
            (ONCE, [n, m], f":, ::{step}"),
            (ONCE, [5, 4, 3, 2], "1::2, ::-1, :2"),
            (ONCE, [n, m], f"None, {a}"),
            (ONCE, [n, m], "1:1"),
            (ONCE, [0, m], "::-1"),
            (ONCE, [], "..."),
            (ONCE, [], "()"),
            (ONCE, [1, 1], "0, 0"),
            (MASKS, [n], mask_of(rng, n)),
            (MASKS, [n, m], mask_of(rng, n, m)),
            (MASKS, [n, m], mask_of(rng, n)),
            (MASKS, [n, m], f":, {mask_of(rng, m)}"),
            (MASKS, [n, m, k], mask_of(rng, n, m)),
            (MASKS, [n, m, 1, 2], f"{mask_of(rng, n)}, ::-1"),
            (MASKS, [n, m], f"np.zeros(({n}, {m}), bool)"),
            (MASKS, [0], "np.zeros(0, bool)"),
            (MASKS, [], "np.array(True)"),
            (MIXED, [n, m], f"{a}, {repeated(rng, m, 5)}"),
            (MIXED, [n, m, k], f"{repeated(rng, n, 5)}, ::-1, {rng.randrange(k)}"),
            (MIXED, [n, m, k], f"{repeated(rng, n, 4)}, :, {repeated(rng, k, 4)}"),
            (MIXED, [n, m, k], f"::-1, {repeated(rng, m, 5)}, None"),
            (MIXED, [n, m], f"{mask_of(rng, n)}, [{b}]"),
            (MIXED, [n, m, 2, 2], f"None, {repeated(rng, n, 5)}, ..., ::-1"),
            (MIXED, [n, m], f"({column}), {repeated(rng, m, 5)}"),
            (MIXED, [n, 0], f"{repeated(rng, n, 5)}, :"),
            (MIXED, [1], "[0, 0, -1], None"),
        ]
        cases = []
        for place, (kind, shape, text) in enumerate(found):
            dtype = ("float64", "float32")[place % 2]
            out = np.zeros(shape)[index_of(text)].shape
            x, g = drawn(rng, shape, dtype, LAYOUTS[place % 4]), drawn(rng, out, dtype, LAYOUTS[(place + 1) % 4])
            if (
                place == 0
            ):  # of the three readings of one place, neither the first nor the last has the largest gradient
                numbers = g["numbers"]
                most = max((0, 1, len(numbers) - 1), key=numbers.__getitem__)
                numbers[1], numbers[most] = numbers[most], numbers[1]
            cases.append({"property": kind, "x": x, "gradient": g, "index": text})
        return cases

    @staticmethod
    def probe(namespace, case):
        import numpy as np

        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        def make():
            return array_of(case["x"]), array_of(case["gradient"]), eval(f"np.s_[{case['index']}]", {"np": np})

        return answer_of(namespace["getitem_gradient"], make)

    @staticmethod
    def judge(case, answer):
        given = exact(case["x"]), exact(case["gradient"]), index_of(case["index"])
        where = f"(Seen in x[{case['index']}], x of shape {given[0].shape}.)"
        names = ("x", "gradient", "index")
        judge_arrays(answer, right(*given), case["gradient"]["dtype"], WRONG, given, where, names)
