"""Rows of several steps that stand as one, because together they neither overflow nor lose digits."""

from math import prod

from karpathy_course.ops import batches, dtypes, shapes
from karpathy_course.ops.array_library import picked
from karpathy_course.ops.data_movement import cast
from karpathy_course.ops.reductions import spread
from karpathy_course.ops.table import row


def _five_each(out, x, *others, **attributes):
    return 5 * prod(x)  # largest, difference, exp, sum, and a quotient or a logarithm


def _logsumexp(xp, x, axis=None, keepdims=False):
    top = xp.max(x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, 0)
    y = top + xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=True))
    return y if keepdims else xp.sum(y, axis=axis)


row(
    "logsumexp",
    forward=_logsumexp,
    gradients=(lambda F, g, y, x, axis=None, keepdims=False: spread(F, g, x, axis) * F.exp(x - spread(F, y, x, axis)),),
    numpy="logsumexp({0}, {over})",
    kind="other",
    shape=shapes.reduced,
    dtype=dtypes.floating_beside_zero,
    batch=batches.reduced,
    cost=_five_each,
)


def _softmax(xp, x, axis):
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


row(
    "softmax",
    forward=_softmax,
    gradients=(lambda F, g, y, x, axis: y * (g - F.sum(g * y, axis=axis, keepdims=True)),),
    numpy="softmax({0}, axis={axis})",
    kind="other",
    shape=shapes.along,
    dtype=dtypes.floating_number,
    batch=batches.next_axis,
    cost=_five_each,
)


def _cross_entropy(xp, logits, target):
    if logits.ndim != 2:
        logits, target = xp.reshape(logits, (-1, logits.shape[-1])), xp.reshape(target, (-1,))
    shifted = logits - xp.max(logits, axis=-1, keepdims=True)
    own = picked(xp, shifted, target, "cross_entropy: target", "classes")
    return xp.sum(xp.log(xp.sum(xp.exp(shifted), axis=-1)) - own) / target.shape[0]


def _cross_entropy_vjp(F, g, y, logits, target):
    one_hot = F.one_hot(target, classes=logits.shape[-1], dtype=logits.dtype)
    return (F.softmax(logits, axis=-1) - one_hot) * (g / prod(target.shape))


row(
    "cross_entropy",  # logits: (…, classes); target: (…) whole numbers. The mean of -log softmax(logits)[target]
    forward=_cross_entropy,
    gradients=(_cross_entropy_vjp, None),  # (p - y) / n
    numpy="cross_entropy({0}, {1})",
    kind="other",
    shape=shapes.cross_entropy,
    dtype=dtypes.floating_number,
    alike=slice(1),
    batch=None,
    cost=_five_each,
)
row(
    "one_hot",
    forward=lambda xp, target, classes, dtype: cast(
        xp, target[..., None] == xp.arange(classes, device=target.device), dtype
    ),
    gradients=(None,),
    numpy="one_hot({0}, classes={classes}, dtype=np.{dtype})",
    kind="other",
    shape=shapes.one_hot,
    dtype=dtypes.named,
    batch=batches.from_behind,
    cost=lambda out, target, **attributes: 0,
)
