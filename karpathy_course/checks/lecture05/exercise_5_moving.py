"""Exercise 05.5: three operations that only move numbers, and the moves that bring their gradients back.

Orders of axes are drawn that are not their own inverse: with two axes exchanged, applying `dims` a second time would be
right, and nobody would notice. The arrays that are joined have different sizes along the axis, 0 among them.
"""

from itertools import accumulate

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

RESHAPE, PERMUTE, CAT = "reshape", "permute", "cat"
FUNCTIONS = {RESHAPE: "reshape_gradient", PERMUTE: "permute_gradient", CAT: "cat_gradient"}


def right(kind, xs, g, dims):
    if kind == RESHAPE:
        return g.reshape(xs[0].shape)
    if kind == PERMUTE:
        return g.transpose(np.argsort([d % g.ndim for d in dims])) if dims else g
    ends = list(accumulate(x.shape[dims] for x in xs))
    return [part_of(g, dims, end - x.shape[dims], end) for end, x in zip(ends, xs)]


def part_of(g, axis, start, end):
    return np.moveaxis(np.moveaxis(g, axis, 0)[start:end], 0, axis)


def of(*kinds):
    """A decorator: a model that is none for other kinds of moves."""
    return lambda model: lambda kind, *given: model(kind, *given) if kind in kinds else None


@wrong(
    "not-moved",
    "The gradient was returned unchanged, in the order of the result. Put each number back where it was in x.",
    1,
)
@of(RESHAPE, PERMUTE)
def _as_it_was(kind, xs, g, dims):
    return g


@wrong("column-by-column", "The numbers were filled in column by column. reshape reads and writes them row by row, however "
       "they are stored in memory: use it without `order`. (`empty_like(x)` is laid out as x is, so its `ravel()` may be a "
       "copy.)", 2)  # fmt: skip
@of(RESHAPE)
def _fortran(kind, xs, g, dims):
    return g.reshape(xs[0].shape, order="F")


@wrong("transposed", "The axes were exchanged. reshape keeps the order of the numbers, row by row, and so does its "
       "backward step.", 2)  # fmt: skip
@of(RESHAPE)
def _transposed(kind, xs, g, dims):
    return g.T.reshape(xs[0].shape)


@wrong("same-order-again", "`dims` was applied a second time. You need its inverse: axis k of the gradient must become axis "
       "dims[k] again. (If `dims` only exchanges two axes, it is its own inverse.)", 2)  # fmt: skip
@of(PERMUTE)
def _again(kind, xs, g, dims):
    return g.transpose(dims)


@wrong("axes-reversed", "The axes were reversed. Put them back where `dims` took them from.", 2)
@of(PERMUTE)
def _reversed(kind, xs, g, dims):
    return g.T


@wrong(
    "reshaped",
    "The shape is right, but reshape put the numbers in the wrong places. Use transpose to reorder axes.",
    1,
)
@of(PERMUTE)
def _pushed(kind, xs, g, dims):
    return g.reshape(xs[0].shape)


@wrong("negative-dims", "With negative dims the order is wrong: -1 is the last axis, and sorting puts it first. Count "
       "all axes from 0 beforehand: d % x.ndim.", 3)  # fmt: skip
@of(PERMUTE)
def _sorted_as_they_are(kind, xs, g, dims):
    return g.transpose(np.argsort(dims))


@wrong("equal-parts", "The gradient was cut into equal parts. The arrays may have different sizes along dim.", 1)
@of(CAT)
def _equal(kind, xs, g, dims):
    return np.array_split(g, len(xs), axis=dims)


@wrong("begins-at-0", "Every part was cut from the beginning of the gradient. The second array begins where the "
       "first one ends.", 1)  # fmt: skip
@of(CAT)
def _from_0(kind, xs, g, dims):
    return [part_of(g, dims, 0, x.shape[dims]) for x in xs]


@wrong("other-axis", "The gradient was cut along axis 0. Cut it along `dim`.", 1)
@of(CAT)
def _axis_0(kind, xs, g, dims):
    return right(CAT, xs, g, 0)


@wrong("parts-reversed", "The parts are in the opposite order. Return one for each array, in the order of `arrays`.", 2)
@of(CAT)
def _reversed_parts(kind, xs, g, dims):
    return right(CAT, xs, g, dims)[::-1]


@wrong("whole-for-each", "Each array got the whole gradient; it gets only the part that belongs to its own numbers.", 1)
@of(CAT)
def _whole(kind, xs, g, dims):
    return [g] * len(xs)


@wrong("dims-reversed", "`dims` was read from back to front, or its axes were exchanged pair by pair. Its inverse is something "
       "else: axis k of the gradient must become axis dims[k] again.", 2)  # fmt: skip
@of(PERMUTE)
def _dims_reversed(kind, xs, g, dims):
    return g.transpose(dims[::-1])


@wrong("sizes-for-places", "np.split takes the places where to cut, not the sizes: the places are the sums of the sizes so far, "
       "np.cumsum(sizes)[:-1].", 2)  # fmt: skip
@of(CAT)
def _cut_at_sizes(kind, xs, g, dims):
    return np.split(g, [x.shape[dims] for x in xs][:-1], axis=dims)


@wrong("steps-along-axis-0", "The next array begins later by the size of this one along `dim`, not along axis 0.", 2)
@of(CAT)
def _steps_of_axis_0(kind, xs, g, dims):
    starts = list(accumulate((len(x) for x in xs), initial=0))
    return [part_of(g, dims, start, start + x.shape[dims]) for start, x in zip(starts, xs)]


@wrong(
    "row-by-row",
    "The numbers were cut in the order in which one reads them. That is right along axis 0 alone: cut along `dim`.",
    1,
)
@of(CAT)
def _cut_as_read(kind, xs, g, dims):
    ends = np.cumsum([x.size for x in xs])
    return [part.reshape(x.shape) for part, x in zip(np.split(g.ravel(), ends[:-1]), xs)]


@wrong("same-array-summed", "The list holds the same array twice. Return a gradient for each entry: the engine adds "
       "them.", 2)  # fmt: skip
@of(CAT)
def _summed_for_the_same(kind, xs, g, dims):
    parts = right(CAT, xs, g, dims)
    return [sum(part for part, y in zip(parts, xs) if y is x) for x in xs]


@wrong("returned-the-arrays", "These are the arrays that were passed in, not their gradients.", 1)
def _inputs(kind, xs, g, dims):
    return list(xs) if kind == CAT else xs[0]


WRONG = [_sorted_as_they_are, _dims_reversed, _cut_at_sizes, _steps_of_axis_0, _cut_as_read, _summed_for_the_same,
         _as_it_was, _fortran, _transposed, _again, _reversed, _pushed, _equal, _from_0, _axis_0, _reversed_parts,
         _whole, _inputs]  # fmt: skip


class Moving(Exercise):
    id = "05.5"
    title = "Moving numbers, backwards"
    section = "Moving numbers without computing"
    why = "If an operation only moves numbers, its backward step only moves gradients back, at the cost of one copy and no arithmetic."
    difficulty, importance, minutes, points = 2, 4, 25, 3
    needs = ("reshape_gradient", "permute_gradient", "cat_gradient")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {RESHAPE: 0.2, PERMUTE: 0.4, CAT: 0.4}
    task = """\
Three operations move numbers and compute nothing. Write the backward step of each; `gradient` has the shape of the
result.

* `reshape_gradient(x, gradient)`: the gradient for `x` of `x.reshape(shape)`, whatever the shape was.
* `permute_gradient(x, gradient, dims)`: the gradient for `x` of `x.transpose(dims)`, in which axis `k` of the result
  is axis `dims[k]` of `x`. `dims` is a tuple that holds each axis once; axes may be negative, as in `(-1, 0, 1)`. If
  `dims` reorders three or more axes, applying the same `dims` again does not always restore the order.
* `cat_gradient(arrays, gradient, dim=0)`: `np.concatenate(arrays, axis=dim)` has joined a list of arrays along axis
  `dim`. Return the list of their gradients. The arrays may have different sizes along `dim`, including 0. The list may
  hold only one array, or the same array twice (each of the two has a gradient of its own), and `dim` may be negative.

Remember that each gradient must be an array of its own: reshape, transpose and a slice return views."""
    hints = (
        "Which operation brings the numbers back to where they were? For reshape it is a reshape, for transpose "
        "another transpose, for concatenate a cut.",
        "Permute: you need an order `back` with back[dims[k]] = k. Fill it in a loop, or use np.argsort. If dims are "
        "negative, first count them from 0. Cat: remember where each array begins along dim; the next one begins there "
        "plus the size of this one.",
        "Permute: gradient.transpose(np.argsort([d % x.ndim for d in dims])).copy(). Cat: np.split(gradient, "
        "np.cumsum(sizes)[:-1], axis=dim) with sizes = [a.shape[dim] for a in arrays]; then a copy of each.",
    )

    @staticmethod
    def cases(rng):
        n, m, k = rng.sample((2, 3, 4), 3)
        cases = []

        def add(kind, shapes, out, **settings):
            count = len(cases)
            dtype = ("float64", "float32")[count % 2]
            xs = [drawn(rng, shape, dtype, LAYOUTS[(count + i) % 4]) for i, shape in enumerate(shapes)]
            g = drawn(rng, out, dtype, LAYOUTS[(count + 1) % 4])
            given = {"arrays": xs} if kind == CAT else {"x": xs[0]}
            cases.append({"property": kind, **given, "gradient": g, **settings})

        for shape, out in (
            *[([n, m], [m, n]), ([n, m], [n * m]), ([n * m], [n, m]), ([n, m, k], [k, n * m]), ([n, m], [n, 1, m])],
            *[([n, m, 2, 2], [4, n * m]), ([n * n, n], [n, n, n]), ([], [1, 1]), ([1], []), ([0, n], [m, 0, k])],
            *[([n, m], [n, m])],
        ):
            add(RESHAPE, [shape], out)
        turns = [(1, 2, 0), (2, 0, 1)]
        rng.shuffle(turns)
        orders = [([n, m, k], turns[0]), ([n, n, n], turns[0]), ([n, m, k], turns[1]), ([n, n, n], (-1, 0, 1))]
        orders += [([n, m, k], (-2, -1, 0)), ([n, m, k, 2], (3, 0, 1, 2)), ([n, m, k, n], (-2, 3, 1, 0))]
        orders += [
            ([n, m], (1, 0)),
            ([n, m], (0, 1)),
            ([n], (0,)),
            ([], ()),
            ([n, 0, m], (2, 0, 1)),
            ([1, n, m], (1, 2, 0)),
        ]
        for shape, dims in orders:
            add(PERMUTE, [shape], [shape[d] for d in dims], dims=list(dims))
        for sizes, dim in (
            ((n, n, n), 0), ((n, m), 0), ((n, m, k), 1), ((m, n), -1), ((n, 0, m), 0), ((k,), 1), ((0, n), -2),
            ((0, 0), 0), ((n, m, n, k), -1), ((1, 1), 1), ((2, 2), 0),
        ):  # fmt: skip
            shape = [m, k, 2, 2][: rng.choice((2, 3, 4))] if sizes != (n, n, n) else [n, 3 * n]
            shapes = [
                [size if axis == dim % len(shape) else other for axis, other in enumerate(shape)] for size in sizes
            ]
            add(CAT, shapes, [sum(sizes) if axis == dim % len(shape) else x for axis, x in enumerate(shape)], dim=dim)
        add(CAT, [[n], [m], [1]], [n + m + 1], dim=0)
        add(CAT, [[n, m], [n, m], [n, m]], [n, 3 * m], dim=-1, twice=True)
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        kind = case["property"]
        settings = [tuple(case["dims"])] if kind == "permute" else [case["dim"]] if case.get("dim") else []

        def make():
            if kind != "cat":
                return array_of(case["x"]), array_of(case["gradient"]), *settings
            arrays = [array_of(x) for x in case["arrays"]]
            if case.get("twice"):
                arrays[-1] = arrays[0]
            return arrays, array_of(case["gradient"]), *settings

        return answer_of(namespace[f"{kind}_gradient"], make)

    @staticmethod
    def judge(case, answer):
        kind, g = case["property"], exact(case["gradient"])
        xs = [exact(x) for x in (case["arrays"] if kind == CAT else [case["x"]])]
        if case.get("twice"):
            xs[-1] = xs[0]
        dims = case.get("dim", case.get("dims"))
        given, shapes = (kind, xs, g, dims), [x.shape for x in xs]
        what = f"arrays of shapes {shapes}, dim={dims}" if kind == CAT else f"x of shape {shapes[0]}"
        what += f", dims={tuple(dims)}" if kind == PERMUTE else f" made {g.shape}" if kind == RESHAPE else ""
        where, names = f"({FUNCTIONS[kind]}, {what}.)", ("arrays" if kind == CAT else "x", "gradient", "dims")
        judge_arrays(answer, right(*given), case["gradient"]["dtype"], WRONG, given, where, names)
