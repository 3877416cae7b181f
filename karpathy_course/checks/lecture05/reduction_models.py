"""What the right answer to 05.3 computes, and what each usual mistake gives instead."""

from karpathy_course.checks.lecture05.array_answers import wrong
from karpathy_course.checks.lecture05.numpy_when_used import np

SUM, MEAN, LARGEST, TIES = "sum", "mean", "one largest element", "several largest elements"


def axes_of(x, dim):
    dims = range(x.ndim) if dim is None else dim if isinstance(dim, (list, tuple)) else (dim,)
    return tuple(sorted(d % x.ndim for d in dims)) if x.ndim else ()


def spread(x, g, dim, keepdim):
    """The gradient as it broadcasts against x: the reduced axes back in their places, with size 1."""
    return g if keepdim else np.expand_dims(g, axes_of(x, dim))


def largest(x, dim):
    return x == x.max(axis=axes_of(x, dim), keepdims=True)


def right(kind, x, g, dim, keepdim):
    return shared_out(kind, x, np.broadcast_to(spread(x, g, dim, keepdim), x.shape), dim)


def shared_out(kind, x, g, dim):
    """What each element gets of the gradient of its own result, which stands at its place in g."""
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
    return None if keepdim else shared_out(kind, x, np.broadcast_to(g, x.shape), dim)


@wrong("not-divided", "This is the gradient of the sum. In a mean, each element counts 1/n, where n is how "
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


@wrong("divided-by-an-axis", "This was divided by the size of the first axis of x. Divide by the sizes along `dim`.", 2)
def _by_first(kind, x, g, dim, keepdim):
    return right(SUM, x, g, dim, keepdim) / len(x) if kind == MEAN and x.ndim else None


@wrong("sizes-added", "With several axes, this was divided by the sum of their sizes. One mean is made of as many "
       "elements as the product of the sizes.", 2)  # fmt: skip
def _sizes_added(kind, x, g, dim, keepdim):
    return right(SUM, x, g, dim, keepdim) / sum(x.shape[k] for k in axes_of(x, dim)) if kind == MEAN else None


@wrong("order-of-axes", "The axes were put back one after the other, in the order of `dim`. An axis that is put back "
       "moves those behind it, so begin with the smallest: sort them, or call np.expand_dims once with all.", 2)  # fmt: skip
def _in_the_given_order(kind, x, g, dim, keepdim):
    if keepdim or not isinstance(dim, (list, tuple)):
        return None
    for d in dim:
        g = np.expand_dims(g, min(d % x.ndim, g.ndim))
    return shared_out(kind, x, np.broadcast_to(g, x.shape), dim)


@wrong("divided", "The gradient of a sum is not divided: each element counts in full.", 1)
def _divided(kind, x, g, dim, keepdim):
    return right(MEAN, x, g, dim, keepdim) if kind == SUM else None


@wrong("each-in-full", "If several elements are the largest, each got the whole gradient. They share it: with two "
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


@wrong("first-alone", "If several elements are the largest, the first got all of the gradient, as with argmax. They "
       "share it equally here, as in torch.amax.", 2)  # fmt: skip
def _first(kind, x, g, dim, keepdim):
    return _one(kind, x, g, dim, keepdim, last=False)


@wrong("last-alone", "If several elements are the largest, the last got all of the gradient. They share it equally.", 2)
def _last(kind, x, g, dim, keepdim):
    return _one(kind, x, g, dim, keepdim, last=True)


@wrong("half-each", "Each of the largest elements got half of the gradient, even if there are more than two.", 2)
def _half(kind, x, g, dim, keepdim):
    full = _full.model(kind, x, g, dim, keepdim)
    return None if full is None else full / np.minimum(2, largest(x, dim).sum(axis=axes_of(x, dim), keepdims=True))


@wrong("zeros-apart", "0.0 and -0.0 were told apart. They are equal, so both are the largest.", 2)
def _zeros_apart(kind, x, g, dim, keepdim):
    if kind not in (LARGEST, TIES):
        return None
    top, axes = x.max(axis=axes_of(x, dim), keepdims=True), axes_of(x, dim)
    mask = (x == top) & (np.signbit(x) == np.signbit(top))
    return np.broadcast_to(spread(x, g, dim, keepdim), x.shape) * mask / mask.sum(axis=axes, keepdims=True)


@wrong("ties-of-all", "The gradient was divided by how many largest elements there are in all of x. Count them for "
       "each result by itself: mask.sum(dim, keepdims=True).", 2)  # fmt: skip
def _all_ties(kind, x, g, dim, keepdim):
    full = _full.model(kind, x, g, dim, keepdim)
    return None if full is None else full / largest(x, dim).sum()


@wrong("largest-of-all", "Only elements that are the largest of all of x got a gradient. Each result has a largest "
       "element of its own: compare with x.max along `dim`, keepdims=True.", 2)  # fmt: skip
def _of_all(kind, x, g, dim, keepdim):
    if kind not in (LARGEST, TIES) or not x.size:
        return None
    mask = x == x.max()
    count = np.maximum(1, mask.sum(axis=axes_of(x, dim), keepdims=True))
    return np.broadcast_to(spread(x, g, dim, keepdim), x.shape) * mask / count


@wrong("to-all", "Every element got a gradient. Only the largest one changes the result: all others get 0.", 1)
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


@wrong("times-x", "The gradient was multiplied by x. For a sum, a mean and a largest element, the gradient of x does not "
       "contain x as a factor.", 1)  # fmt: skip
def _times_x(kind, x, g, dim, keepdim):
    return right(kind, x, g, dim, keepdim) * x


@wrong("gradient-of-result", "The gradient was returned in the shape of the result. Every element of x has one, so "
       "spread it to x.shape.", 1)  # fmt: skip
def _as_it_was(kind, x, g, dim, keepdim):
    return g


WRONG = [_in_the_given_order, _from_the_right, _undivided, _divided, _first, _last, _full, _half, _zeros_apart,
         _all_ties, _of_all, _to_all, _smallest, _absolute, _by_first, _by_size, _by_rest, _sizes_added, _ones,
         _times_x, _as_it_was]  # fmt: skip
