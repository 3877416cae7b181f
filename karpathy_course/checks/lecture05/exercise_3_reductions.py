"""Exercise 05.3: the gradients of sum, mean and largest element, along any axes, kept or not.

Square arrays come first: in them a gradient that is spread along the wrong axis has the right shape, so that the
mistake can be named. Whether several elements are the largest is never left to chance.
"""

import numpy as np

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays, wrong

SUM, MEAN, LARGEST, TIES = "sum", "mean", "one largest element", "several largest elements"
FUNCTIONS = {SUM: "sum_gradient", MEAN: "mean_gradient", LARGEST: "amax_gradient", TIES: "amax_gradient"}


def axes_of(x, dim):
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, (list, tuple)) else (dim,)
    return tuple(sorted(d % x.ndim for d in dims)) if x.ndim else ()


def spread(x, g, dim, keepdim):
    """The gradient as it broadcasts against x: the reduced axes back in their places, with size 1."""
    return g if keepdim else np.expand_dims(g, axes_of(x, dim))


def largest(x, dim):
    return x == x.max(axis=axes_of(x, dim), keepdims=True)


def right(kind, x, g, dim, keepdim):
    g = np.broadcast_to(spread(x, g, dim, keepdim), x.shape)
    axes = axes_of(x, dim)
    if kind == MEAN:
        return g / np.prod([x.shape[k] for k in axes])
    if kind == SUM:
        return g + 0.0
    mask = largest(x, dim)
    return g * mask / mask.sum(axis=axes, keepdims=True)


@wrong("wrong-axis", "The gradient was spread along the wrong axis: broadcasting aligns shapes from the right, so "
       "`(3,)` lies along the last axis of `(3, 3)`. Give the gradient back the axis that was removed, with size "
       "1.", 1)  # fmt: skip
def _from_the_right(kind, x, g, dim, keepdim):
    if keepdim:
        return None
    flat = np.broadcast_to(g, x.shape)
    if kind in (SUM, MEAN):
        return flat / (np.prod([x.shape[k] for k in axes_of(x, dim)]) if kind == MEAN else 1)
    mask = largest(x, dim)
    return flat * mask / mask.sum(axis=axes_of(x, dim), keepdims=True)


@wrong("not-divided", "This is the gradient of the sum. In the mean each element counts only one n-th, where n is how "
       "many elements one mean is made of.", 1)  # fmt: skip
def _undivided(kind, x, g, dim, keepdim):
    return right(SUM, x, g, dim, keepdim) if kind == MEAN else None


@wrong("divided-by-all", "Divide by how many elements one mean is made of, the product of the sizes along `dim`: not "
       "by how many x has in all.", 2)  # fmt: skip
def _by_size(kind, x, g, dim, keepdim):
    return right(SUM, x, g, dim, keepdim) / x.size if kind == MEAN else None


@wrong("divided-by-the-rest", "This was divided by how many means there are. Divide by how many elements one mean is "
       "made of.", 2)  # fmt: skip
def _by_rest(kind, x, g, dim, keepdim):
    return right(SUM, x, g, dim, keepdim) / max(1, g.size) if kind == MEAN else None


@wrong("divided", "The gradient of a sum is not divided: each element counts in full.", 1)
def _divided(kind, x, g, dim, keepdim):
    return right(MEAN, x, g, dim, keepdim) if kind == SUM else None


@wrong("each-in-full", "Where several elements are the largest, each got the whole gradient. They share it: with two "
       "of them, each gets half.", 2)  # fmt: skip
def _full(kind, x, g, dim, keepdim):
    return np.broadcast_to(spread(x, g, dim, keepdim), x.shape) * largest(x, dim) if kind in (LARGEST, TIES) else None


def _one(kind, x, g, dim, keepdim, last):
    if kind not in (LARGEST, TIES):
        return None
    axes = axes_of(x, dim)
    rest = [k for k in range(x.ndim) if k not in axes]
    order = [*rest, *axes]
    mask = largest(x, dim).transpose(order)
    rows = mask.reshape(*mask.shape[: len(rest)], -1)
    rows = rows[..., ::-1] if last else rows
    first = (np.cumsum(rows, axis=-1) == 1) & rows
    first = (first[..., ::-1] if last else first).reshape(mask.shape).transpose(np.argsort(order))
    return spread(x, g, dim, keepdim) * first


@wrong("first-alone", "Where several elements are the largest, the first got all of the gradient, as with argmax. They "
       "share it equally here, as in torch.amax.", 2)  # fmt: skip
def _first(kind, x, g, dim, keepdim):
    return _one(kind, x, g, dim, keepdim, last=False)


@wrong(
    "last-alone", "Where several elements are the largest, the last got all of the gradient. They share it equally.", 2
)
def _last(kind, x, g, dim, keepdim):
    return _one(kind, x, g, dim, keepdim, last=True)


@wrong("ties-of-all", "The gradient was divided by how many largest elements there are in all of x. Count them for "
       "each result by itself: mask.sum(dim, keepdims=True).", 2)  # fmt: skip
def _all_ties(kind, x, g, dim, keepdim):
    full = _full.model(kind, x, g, dim, keepdim)
    return None if full is None else full / largest(x, dim).sum()


@wrong("largest-of-all", "Only elements that are the largest of all of x got something. Each result has a largest "
       "element of its own: compare with x.max along `dim`, keepdims=True.", 2)  # fmt: skip
def _of_all(kind, x, g, dim, keepdim):
    if kind not in (LARGEST, TIES) or not x.size:
        return None
    mask = x == x.max()
    count = np.maximum(1, mask.sum(axis=axes_of(x, dim), keepdims=True))
    return np.broadcast_to(spread(x, g, dim, keepdim), x.shape) * mask / count


@wrong("to-all", "Every element got something. Only the largest one moves the result: all others get 0.", 1)
def _to_all(kind, x, g, dim, keepdim):
    return right(SUM, x, g, dim, keepdim) if kind in (LARGEST, TIES) else None


@wrong("smallest", "This is the gradient of the smallest element.", 2)
def _smallest(kind, x, g, dim, keepdim):
    return right(kind, -x, g, dim, keepdim) if kind in (LARGEST, TIES) else None


@wrong("largest-size", "The elements with the largest absolute value were taken. -3 is smaller than 1.", 2)
def _absolute(kind, x, g, dim, keepdim):
    return right(kind, abs(x), g, dim, keepdim) if kind in (LARGEST, TIES) else None


@wrong("ignores-the-gradient", "The incoming gradient plays no part: this is the answer for a gradient of ones.", 1)
def _ones(kind, x, g, dim, keepdim):
    return right(kind, x, np.ones_like(g), dim, keepdim)


@wrong("times-x", "The gradient was multiplied by x. The derivative of a sum by one of its elements is 1, whatever the "
       "element.", 1)  # fmt: skip
def _times_x(kind, x, g, dim, keepdim):
    return right(kind, x, g, dim, keepdim) * x


@wrong("gradient-of-result", "The gradient came back in the shape of the result. Every element of x has one, so "
       "spread it to x.shape.", 1)  # fmt: skip
def _as_it_was(kind, x, g, dim, keepdim):
    return g


WRONG = [_from_the_right, _undivided, _divided, _first, _last, _full, _all_ties, _of_all, _to_all, _smallest, _absolute,
         _by_size, _by_rest, _ones, _times_x, _as_it_was]  # fmt: skip


def reduced_shape(shape, dim, keepdim):
    axes = axes_of(np.empty(shape), dim)
    return [1 if k in axes else n for k, n in enumerate(shape) if keepdim or k not in axes]


def rows_of(array, dim):
    """(a row for each result, a function that makes the numbers of the array out of rows again)."""
    axes = axes_of(array, dim)
    order = [*(k for k in range(array.ndim) if k not in axes), *axes]
    turned = array.transpose(order)
    back = lambda rows: rows.reshape(turned.shape).transpose(np.argsort(order)).ravel().tolist()
    results = int(np.prod(turned.shape[: array.ndim - len(axes)]))
    return turned.reshape(results, -1).copy() if array.size else np.zeros((0, 1)), back


def with_ties(rng, x, dim, gap=0.0):
    """x with the largest element of each result standing there twice or three times, also below 0, and as 0.0 and -0.0.

    gap: by how much the others are smaller: a little less than the largest is not the largest.
    """
    rows, back = rows_of(exact(x), dim)
    for k, row in enumerate(rows):
        top = (0.0, round(rng.uniform(2.1, 3), 3), -0.125)[k % 3]
        row[:] = np.minimum(row, top - 0.25)
        places = rng.sample(range(len(row)), min(len(row), rng.choice((2, 3))))
        row[places] = top - gap
        row[places[0]] = top if top or gap else -0.0
    return x | {"numbers": back(rows)}


def without_ties(rng, x, dim):
    """x with numbers that are all different. The one farthest from 0 is the largest for some results, and not for all."""
    size = len(x["numbers"])
    while True:
        candidate = x | {"numbers": [step / 32 for step in rng.sample(range(-size - 20, size + 20), size)]}
        rows, _ = rows_of(exact(candidate), dim)
        above = rows.max(axis=1, initial=-1e9) == abs(rows).max(axis=1, initial=0)
        if rows.shape[0] < 2 or rows.shape[1] < 2 or 0 < above.sum() < len(above):
            return candidate


class Reductions(Exercise):
    id = "05.3"
    title = "Sum, mean and largest element, backwards"
    section = "Reductions"
    why = "A sum hands its gradient to everybody, a mean an equal part, and a largest element takes all of it."
    difficulty, importance, minutes, points = 3, 4, 30, 4
    needs = ("sum_gradient", "mean_gradient", "amax_gradient")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {SUM: 0.3, MEAN: 0.2, LARGEST: 0.2, TIES: 0.3}
    task = """\
Write three functions: `sum_gradient`, `mean_gradient` and `amax_gradient`, each of `(x, gradient, dim=None,
keepdim=False)`. They return the gradient for `x` of `x.sum(dim)`, `x.mean(dim)` and the largest element of `x` along
`dim`. `gradient` has the shape of the result.

* `dim` is None (over everything), an axis, which may be negative, or a tuple of axes in any order.
* `keepdim` says whether the reduced axes are still there in the result, and so in `gradient`, with size 1.
* Where several elements are the largest, they share the gradient equally: two of them get half each. So does
  `torch.amax` (`torch.max` along a dim hands all of it to one of them). 0.0 and -0.0 are equal.

The largest element is never looked for along an axis of size 0, and no mean is taken over one."""
    hints = (
        "Think of the result as something that broadcasts back over x. With keepdim=True it does so by itself. "
        "Without, the axes that were removed have to be put back first, with size 1.",
        "np.expand_dims(gradient, dim) puts the axes back, also for a tuple and for negative ones; with dim=None take "
        "all axes of x. For the mean, how many elements is one mean made of? For the largest: mask = x == "
        "x.max(axis=dim, keepdims=True).",
        "spread = gradient if keepdim else np.expand_dims(gradient, dim). Sum: np.broadcast_to(spread, "
        "x.shape).copy(). Mean: that, divided by x.size // gradient.size. Largest: spread * mask / mask.sum(axis=dim, "
        "keepdims=True), and mind that float32 divided by int64 is float64: mask.astype(gradient.dtype).",
    )

    @staticmethod
    def cases(rng):
        cases = []
        n, m, k = rng.sample((2, 3, 4), 3)
        for kind in Reductions.properties:
            largest_of = kind in (LARGEST, TIES)
            kinds = [([3, 3], 1), ([3, 3], 0), ([3, 3, 3], 1), ([3, 3, 3], (0, 2)), ([3, 3], -1), ([3, 3, 3], -3)]
            kinds += [([n, m], 0), ([n, m, k], 1), ([n, m, k], -2), ([n, m, k], None)]
            kinds += [([n, m, k], (0, 1)), ([n, m, k], (2, 0)), ([n, m, k], (-1, 0)), ([2, n, m, 2], (1, -1))]
            kinds += [([4], -1), ([5], None), ([n, 2, m], (1,)), ([1, n, 1], 1), ([n, 0], 0)]
            if kind != TIES:
                kinds += [([], None), ([1], 0), ([1, n], 0), ([n, 1, m], -2)]
            if kind == SUM:
                kinds += [([n, 0], 1), ([0], None), ([0, n], (1, 0))]
            for place, (shape, dim) in enumerate(kinds):
                for keepdim in (False, True) if place < 6 else (place % 2 == 0,):
                    dtype = ("float64", "float32")[(place + keepdim) % 2]
                    x = drawn(rng, shape, dtype, LAYOUTS[place % 4])
                    if largest_of:
                        near = kind == LARGEST and place % 2
                        ties = x["numbers"] and (kind == TIES or near)
                        x = with_ties(rng, x, dim, 1e-6 if near else 0.0) if ties else without_ties(rng, x, dim)
                    g = drawn(rng, reduced_shape(shape, dim, keepdim), dtype, LAYOUTS[(place + 1) % 4])
                    dims = list(dim) if isinstance(dim, tuple) else dim
                    cases.append({"property": kind, "x": x, "gradient": g, "dim": dims, "keepdim": keepdim})
        return cases

    @staticmethod
    def probe(namespace, case):
        from karpathy_course.checks.shared.plain_arrays import answer_of, array_of

        word = {"sum": "sum_gradient", "mean": "mean_gradient"}.get(case["property"], "amax_gradient")
        dim = tuple(case["dim"]) if isinstance(case["dim"], list) else case["dim"]
        settings = ({} if dim is None else {"dim": dim}) | ({"keepdim": True} if case["keepdim"] else {})
        function = lambda x, gradient: namespace[word](x, gradient, **settings)
        return answer_of(function, lambda: (array_of(case["x"]), array_of(case["gradient"])))

    @staticmethod
    def judge(case, answer):
        x, g, kind = exact(case["x"]), exact(case["gradient"]), case["property"]
        dim, keepdim = case["dim"], case["keepdim"]
        given = (kind, x, g, dim, keepdim)
        shown = tuple(dim) if isinstance(dim, list) else dim
        where = f"({FUNCTIONS[kind]}, x of shape {x.shape}, dim={shown}, keepdim={keepdim}.)"
        judge_arrays(answer, right(*given), case["gradient"]["dtype"], WRONG, given, where, ("x", "gradient"))
