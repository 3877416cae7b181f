"""The table of operations: how each is computed, and how a gradient passes back through it, once.

`table.py` says what the fields of a row mean; `data_movement.py` has the rows that only move numbers about.
Laws: a rule never widens a dtype (a plain number stays a plain number) and never branches on values, for a
graph keeps only one branch: it multiplies by masks. Summing a gradient back over broadcast axes is not a
rule's business: `sum_to` does it, in the one place where gradients are handed back. A vjp of None passes nothing.
"""

from math import pi, prod, sqrt

from karpathy_course.ops.array_library import erf
from karpathy_course.ops.data_movement import cast
from karpathy_course.ops.table import row

# Arithmetic. A mask is 1 or 0 in the gradient's dtype; at 0, `b - 1` would ask for 0 ** -1, hence b's mask.
row("add", lambda xp, a, b: a + b, (lambda F, g, y, a, b: g, lambda F, g, y, a, b: g), "{0} + {1}")
row("sub", lambda xp, a, b: a - b, (lambda F, g, y, a, b: g, lambda F, g, y, a, b: -g), "{0} - {1}")
row("mul", lambda xp, a, b: a * b, (lambda F, g, y, a, b: g * b, lambda F, g, y, a, b: g * a), "{0} * {1}")
row("div", lambda xp, a, b: a / b, (lambda F, g, y, a, b: g / b, lambda F, g, y, a, b: -g * y / b), "{0} / {1}")
row("neg", lambda xp, x: -x, (lambda F, g, y, x: -g,), "-{0}")
row(
    "pow",
    lambda xp, a, b: a**b,
    (
        lambda F, g, y, a, b: g * b * a ** (b - F.astype(b != 0, dtype=y.dtype)),
        lambda F, g, y, a, b: g * y * F.log(a + F.astype(a == 0, dtype=y.dtype)),
    ),
    "{0} ** {1}",
)
row("abs", lambda xp, x: xp.abs(x), (lambda F, g, y, x: g * F.sign(x),), "np.abs({0})")
row("sign", lambda xp, x: xp.sign(x), (None,), "np.sign({0})")

# Functions of one number.
row("exp", lambda xp, x: xp.exp(x), (lambda F, g, y, x: g * y,), "np.exp({0})")
row("log", lambda xp, x: xp.log(x), (lambda F, g, y, x: g / x,), "np.log({0})")
row("log1p", lambda xp, x: xp.log1p(x), (lambda F, g, y, x: g / (1 + x),), "np.log1p({0})")
row("sqrt", lambda xp, x: xp.sqrt(x), (lambda F, g, y, x: 0.5 * g / y,), "np.sqrt({0})")
row("sin", lambda xp, x: xp.sin(x), (lambda F, g, y, x: g * F.cos(x),), "np.sin({0})")
row("cos", lambda xp, x: xp.cos(x), (lambda F, g, y, x: -g * F.sin(x),), "np.cos({0})")
row("tanh", lambda xp, x: xp.tanh(x), (lambda F, g, y, x: g * (1 - y * y),), "np.tanh({0})")
row("erf", erf, (lambda F, g, y, x: g * (2 / sqrt(pi)) * F.exp(-x * x),), "erf({0})")
row(
    "relu",
    lambda xp, x: xp.maximum(x, 0),
    (lambda F, g, y, x: g * F.astype(y > 0, dtype=g.dtype),),
    "np.maximum({0}, 0)",
)
row(
    "sigmoid",  # both exponents are at most 0, so that nothing overflows
    lambda xp, x: xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x))),
    (lambda F, g, y, x: g * (y * (1 - y)),),
    "np.exp(np.minimum({0}, 0)) / (1 + np.exp(-np.abs({0})))",
)

# Comparisons and choices. Where both are equal, `maximum` and `minimum` give each half of the gradient.
for name, forward, source in (
    ("eq", lambda xp, a, b: a == b, "{0} == {1}"),
    ("ne", lambda xp, a, b: a != b, "{0} != {1}"),
    ("lt", lambda xp, a, b: a < b, "{0} < {1}"),
    ("le", lambda xp, a, b: a <= b, "{0} <= {1}"),
    ("gt", lambda xp, a, b: a > b, "{0} > {1}"),
    ("ge", lambda xp, a, b: a >= b, "{0} >= {1}"),
    ("logical_and", lambda xp, a, b: xp.logical_and(a, b), "np.logical_and({0}, {1})"),
    ("logical_or", lambda xp, a, b: xp.logical_or(a, b), "np.logical_or({0}, {1})"),
):
    row(name, forward, (None, None), source)
row("logical_not", lambda xp, x: xp.logical_not(x), (None,), "np.logical_not({0})")
row(
    "where",
    lambda xp, c, a, b: xp.where(c, a, b),
    (None, lambda F, g, y, c, a, b: F.where(c, g, 0), lambda F, g, y, c, a, b: F.where(c, 0, g)),
    "np.where({0}, {1}, {2})",
)


def _share(F, g, passed_over, tied):
    return g * (1 - F.astype(passed_over, dtype=g.dtype) - 0.5 * F.astype(tied, dtype=g.dtype))


row(
    "maximum",
    lambda xp, a, b: xp.maximum(a, b),
    (lambda F, g, y, a, b: _share(F, g, a < b, a == b), lambda F, g, y, a, b: _share(F, g, b < a, a == b)),
    "np.maximum({0}, {1})",
)
row(
    "minimum",
    lambda xp, a, b: xp.minimum(a, b),
    (lambda F, g, y, a, b: _share(F, g, a > b, a == b), lambda F, g, y, a, b: _share(F, g, b > a, a == b)),
    "np.minimum({0}, {1})",
)


def _kept(shape, axis):
    """The shape of a reduction's result if the reduced axes had been kept, with size 1."""
    axes = range(len(shape)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = {a % len(shape) for a in axes} if shape else ()
    return tuple(1 if k in axes else size for k, size in enumerate(shape))


def _spread(F, g, x, axis):
    """A reduction's gradient, shaped so that it broadcasts against the input x."""
    return F.reshape(g, shape=_kept(x.shape, axis))


# Reductions, over all axes when axis is None. Equal largest elements share the gradient of `max`.
row(
    "sum",
    lambda xp, x, axis=None, keepdims=False: xp.sum(x, axis=axis, keepdims=keepdims),
    (lambda F, g, y, x, axis=None, keepdims=False: F.broadcast_to(_spread(F, g, x, axis), shape=x.shape),),
    "{0}.sum({over})",
    "linear",
)


def _extreme(F, g, y, x, axis=None, keepdims=False):
    mask = F.astype(x == _spread(F, y, x, axis), dtype=g.dtype)
    return mask * (_spread(F, g, x, axis) / F.sum(mask, axis=axis, keepdims=True))


for name, forward in (
    ("max", lambda xp, x, axis=None, keepdims=False: xp.max(x, axis=axis, keepdims=keepdims)),
    ("min", lambda xp, x, axis=None, keepdims=False: xp.min(x, axis=axis, keepdims=keepdims)),
):
    row(name, forward, (_extreme,), f"{{0}}.{name}({{over}})", "other")
row(
    "argmax",
    lambda xp, x, axis=None, keepdims=False: xp.argmax(x, axis=axis, keepdims=keepdims),
    (None,),
    "{0}.argmax({over})",
    "other",
)


def _logsumexp(xp, x, axis=None, keepdims=False):
    top = xp.max(x, axis=axis, keepdims=True)
    top = xp.where(xp.isfinite(top), top, 0)
    y = top + xp.log(xp.sum(xp.exp(x - top), axis=axis, keepdims=True))
    return y if keepdims else xp.sum(y, axis=axis)


row(
    "logsumexp",
    _logsumexp,
    (lambda F, g, y, x, axis=None, keepdims=False: _spread(F, g, x, axis) * F.exp(x - _spread(F, y, x, axis)),),
    "logsumexp({0}, {over})",
    "other",
)


def _cross_entropy(xp, logits, target):
    rows, target = xp.reshape(logits, (-1, logits.shape[-1])), xp.reshape(target, (-1,))
    shifted = rows - xp.max(rows, axis=-1, keepdims=True)
    picked = shifted[xp.arange(target.shape[0], device=target.device), target]
    return xp.sum(xp.log(xp.sum(xp.exp(shifted), axis=-1)) - picked) / target.shape[0]


def _softmax(xp, x, axis):
    e = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return e / xp.sum(e, axis=axis, keepdims=True)


def _one_hot(xp, target, classes, dtype):
    return cast(xp, target[..., None] == xp.arange(classes, device=target.device), dtype)


row(
    "softmax",
    _softmax,
    (lambda F, g, y, x, axis: y * (g - F.sum(g * y, axis=axis, keepdims=True)),),
    "softmax({0}, axis={axis})",
    "other",
)


def _cross_entropy_vjp(F, g, y, logits, target):
    one_hot = F.one_hot(target, classes=logits.shape[-1], dtype=logits.dtype)
    return (F.softmax(logits, axis=-1) - one_hot) * (g / prod(target.shape))


# logits: (…, classes); target: (…) whole numbers. The mean of -log softmax(logits)[target], and its (p - y)/n.
row("cross_entropy", _cross_entropy, (_cross_entropy_vjp, None), "cross_entropy({0}, {1})", "other")
row("one_hot", _one_hot, (None,), "one_hot({0}, classes={classes}, dtype=np.{dtype})", "other")
