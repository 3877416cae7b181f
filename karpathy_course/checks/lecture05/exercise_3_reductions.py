"""Exercise 05.3: the gradients of sum, mean and largest element, along any axes, kept or not.

Square arrays come first: in them a gradient that is spread along the wrong axis has the right shape, so that the
mistake can be named. Whether several elements are the largest is never left to chance.
"""

from karpathy_course.checks.exercise import Exercise
from karpathy_course.checks.lecture05.array_answers import LAYOUTS, drawn, exact, judge_arrays
from karpathy_course.checks.lecture05.numpy_when_used import np
from karpathy_course.checks.lecture05.reduction_models import LARGEST, MEAN, SUM, TIES, WRONG, axes_of, right

FUNCTIONS = {SUM: "sum_gradient", MEAN: "mean_gradient", LARGEST: "amax_gradient", TIES: "amax_gradient"}


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
    """x with numbers that all differ. For some results, but not for all, the one farthest from 0 is the largest."""
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
    why = "A sum passes its whole gradient to every element, a mean passes an equal part to each, and a maximum passes all of it to the largest element."
    difficulty, importance, minutes, points = 3, 4, 30, 4
    needs = ("sum_gradient", "mean_gradient", "amax_gradient")
    shared = ("karpathy_course.checks.shared.plain_arrays",)
    properties = {SUM: 0.3, MEAN: 0.2, LARGEST: 0.2, TIES: 0.3}
    task = """\
Write three functions: `sum_gradient`, `mean_gradient` and `amax_gradient`, each of `(x, gradient, dim=None,
keepdim=False)`. They return the gradient for `x` of `x.sum(dim)`, `x.mean(dim)` and the largest element of `x`
along `dim`. `gradient` has the shape of the result.

* `dim` is PyTorch's word for NumPy's `axis`. It is None (all axes), one axis, which may be negative, or a tuple of
  axes in any order.
* `keepdim` says whether the reduced axes are still there in the result, and so in `gradient`, with size 1.
* If several elements are the largest, they share the gradient equally: two of them get half each. `torch.amax` does
  the same (`torch.max` along a dim passes all of it to one of them). 0.0 and -0.0 are equal.

The check never asks for a largest element or a mean along an axis of size 0."""
    hints = (
        "Think of the result as something that broadcasts back over x. With keepdim=True it does so by itself. "
        "Without it, first put back the axes that were removed, with size 1.",
        "np.expand_dims(gradient, dim) puts the axes back, also for a tuple and for negative ones; with dim=None take "
        "all axes of x. For the mean, how many elements is one mean made of? For the largest: mask = x == "
        "x.max(axis=dim, keepdims=True).",
        "axes = tuple(range(x.ndim)) if dim is None else dim; spread = gradient if keepdim else "
        "np.expand_dims(gradient, axes). Sum: np.broadcast_to(spread, x.shape).copy(). Mean: the same array divided by "
        "x.size // max(1, gradient.size). Largest: spread * mask / mask.sum(axis=dim, keepdims=True). Note that float32 "
        "divided by int64 gives float64, so use mask.astype(gradient.dtype).",
    )

    @staticmethod
    def cases(rng):
        cases = []
        n, m, k = rng.sample((2, 3, 4), 3)
        for kind in Reductions.properties:
            largest_of = kind in (LARGEST, TIES)
            kinds = [([3, 3], 1), ([3, 3], 0), ([3, 3, 3], 1), ([3, 3, 3], (0, 2)), ([3, 3], -1), ([3, 3, 3], -3)]
            kinds += [([n, m], 0), ([n, m, k], 1), ([n, m, k], -2), ([n, m, k], None)]
            kinds += [
                ([n, m, k], (0, 1)),
                ([3, 3, 3], (1, 0)),
                ([n, m, k], (2, 0)),
                ([n, m, k], (-1, 0)),
                ([2, n, m, 2], (1, -1)),
            ]
            kinds += [([4], -1), ([5], None), ([n, 2, m], (1,)), ([1, n, 1], 1), ([n, 0], 0)]
            if kind != TIES:
                kinds += [([], None), ([1], 0), ([1, n], 0), ([n, 1, m], -2)]
            if kind == MEAN:  # here all usual divisors differ, and the axis is kept
                kinds.insert(2, kinds.pop(7))
            if kind == SUM:
                kinds += [([n, 0], 1), ([0], None), ([0, n], (1, 0))]
            if kind == LARGEST:  # the axes are asked for where there are several largest elements
                kinds = [*kinds[:9], *kinds[-4:]]
            for place, (shape, dim) in enumerate(kinds):
                both = (place < 6 and kind != MEAN) or len(shape) == 4
                for keepdim in (False, True) if both else (place % 2 == 0,):
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
