"""Rows that work on each number by itself: arithmetic, functions of one number, comparisons and choices.

`table.py` says what the facts of a row mean. Shapes broadcast, each number costs one operation, and a batch needs
nothing special: those are an elementwise row's defaults. Laws: a rule never widens a dtype (a plain number stays a
plain number) and never branches on values, for a graph keeps only one branch: it multiplies by masks. Summing a
gradient back over broadcast axes is not a rule's business: `sum_to` does it, in the one place where gradients are
handed back.
"""

from math import log, nan, pi, sqrt

import numpy as np

from karpathy_course.ops import dtypes
from karpathy_course.ops.array_library import erf
from karpathy_course.ops.table import row


def _log_of_base(F, a, y):
    """log(a), and 0 where a is 0: 0 ** b does not move with b. A plain number's is a plain number."""
    if isinstance(a, (bool, int, float)):
        return log(a or 1) if a >= 0 else nan
    return F.log(a + F.astype(a == 0, dtype=y.dtype))


# One line or two an operation, in columns, so that the calculus can be checked by eye.
# fmt: off

# Arithmetic. A mask is 1 or 0 in the gradient's dtype; at 0, `b - 1` would ask for 0 ** -1, hence b's mask.
row("add", lambda xp, a, b: a + b, numpy="{0} + {1}", ufunc=np.add, commutes=True,
    gradients=(lambda F, g, y, a, b: g,     lambda F, g, y, a, b: g))
row("sub", lambda xp, a, b: a - b, numpy="{0} - {1}", ufunc=np.subtract,
    gradients=(lambda F, g, y, a, b: g,     lambda F, g, y, a, b: -g))
row("mul", lambda xp, a, b: a * b, numpy="{0} * {1}", ufunc=np.multiply, commutes=True,
    gradients=(lambda F, g, y, a, b: g * b, lambda F, g, y, a, b: g * a))
row("div", lambda xp, a, b: a / b, numpy="{0} / {1}", ufunc=np.divide,
    gradients=(lambda F, g, y, a, b: g / b, lambda F, g, y, a, b: -g * y / b))
row("pow", lambda xp, a, b: a**b, numpy="{0} ** {1}", ufunc=np.power, dtype=dtypes.power,
    gradients=(lambda F, g, y, a, b: g * b * a ** (b - F.astype(b != 0, dtype=y.dtype)),
               lambda F, g, y, a, b: g * y * _log_of_base(F, a, y)))
row("neg",  lambda xp, x: -x,          (lambda F, g, y, x: -g,),            "-{0}", ufunc=np.negative, twice="cancels")
row("abs",  lambda xp, x: xp.abs(x),   (lambda F, g, y, x: g * F.sign(x),), "np.abs({0})", twice="changes nothing")
row("sign", lambda xp, x: xp.sign(x),  (None,),                             "np.sign({0})")

# Functions of one number.
row("exp",   lambda xp, x: xp.exp(x),   (lambda F, g, y, x: g * y,),           "np.exp({0})")
row("log",   lambda xp, x: xp.log(x),   (lambda F, g, y, x: g / x,),           "np.log({0})")
row("log1p", lambda xp, x: xp.log1p(x), (lambda F, g, y, x: g / (1 + x),),     "np.log1p({0})")
row("sqrt",  lambda xp, x: xp.sqrt(x),  (lambda F, g, y, x: 0.5 * g / y,),     "np.sqrt({0})", sign="√")
row("sin",   lambda xp, x: xp.sin(x),   (lambda F, g, y, x: g * F.cos(x),),    "np.sin({0})")
row("cos",   lambda xp, x: xp.cos(x),   (lambda F, g, y, x: -g * F.sin(x),),   "np.cos({0})")
row("tanh",  lambda xp, x: xp.tanh(x),  (lambda F, g, y, x: g * (1 - y * y),), "np.tanh({0})")
row("erf", erf, (lambda F, g, y, x: g * (2 / sqrt(pi)) * F.exp(-x * x),), "erf({0})")
row("relu", lambda xp, x: xp.maximum(x, 0), numpy="np.maximum({0}, 0)", dtype=dtypes.beside_zero,
    gradients=(lambda F, g, y, x: g * F.astype(y > 0, dtype=g.dtype),), twice="changes nothing")
row("sigmoid",  # both exponents are at most 0, so that nothing overflows
    lambda xp, x: xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x))), dtype=dtypes.floating_number,
    numpy="np.exp(np.minimum({0}, 0)) / (1 + np.exp(-np.abs({0})))",
    gradients=(lambda F, g, y, x: g * (y * (1 - y)),))
row("softplus",  # log(1 + exp(x)), without exp(x)
    lambda xp, x: xp.maximum(x, 0) + xp.log1p(xp.exp(-xp.abs(x))), dtype=dtypes.floating_number,
    numpy="np.maximum({0}, 0) + np.log1p(np.exp(-np.abs({0})))",
    gradients=(lambda F, g, y, x: g * F.sigmoid(x),))

# Comparisons and logic pass no gradient.
row("eq", lambda xp, a, b: a == b, (None, None), "{0} == {1}", ufunc=np.equal, sign="=", commutes=True)
row("ne", lambda xp, a, b: a != b, (None, None), "{0} != {1}", ufunc=np.not_equal, sign="≠", commutes=True)
row("lt", lambda xp, a, b: a < b,  (None, None), "{0} < {1}",  ufunc=np.less, sign="<")
row("le", lambda xp, a, b: a <= b, (None, None), "{0} <= {1}", ufunc=np.less_equal, sign="≤")
row("gt", lambda xp, a, b: a > b,  (None, None), "{0} > {1}",  ufunc=np.greater, sign=">")
row("ge", lambda xp, a, b: a >= b, (None, None), "{0} >= {1}", ufunc=np.greater_equal, sign="≥")
row("logical_and", lambda xp, a, b: xp.logical_and(a, b), (None, None), "np.logical_and({0}, {1})",
    commutes=True, alike=slice(0))
row("logical_or",  lambda xp, a, b: xp.logical_or(a, b),  (None, None), "np.logical_or({0}, {1})",
    commutes=True, alike=slice(0))
row("logical_not", lambda xp, x: xp.logical_not(x),       (None,),      "np.logical_not({0})", twice="cancels")

# Choices. Where both are equal, `maximum` and `minimum` give each half of the gradient.
row("where", lambda xp, c, a, b: xp.where(c, a, b), numpy="np.where({0}, {1}, {2})",
    gradients=(None, lambda F, g, y, c, a, b: F.where(c, g, 0), lambda F, g, y, c, a, b: F.where(c, 0, g)),
    dtype=dtypes.choice, alike=slice(1, None))


def _share(F, g, passed_over, tied):
    return g * (1 - F.astype(passed_over, dtype=g.dtype) - 0.5 * F.astype(tied, dtype=g.dtype))


row("maximum", lambda xp, a, b: xp.maximum(a, b), numpy="np.maximum({0}, {1})",
    gradients=(lambda F, g, y, a, b: _share(F, g, a < b, a == b), lambda F, g, y, a, b: _share(F, g, b < a, a == b)))
row("minimum", lambda xp, a, b: xp.minimum(a, b), numpy="np.minimum({0}, {1})",
    gradients=(lambda F, g, y, a, b: _share(F, g, a > b, a == b), lambda F, g, y, a, b: _share(F, g, b > a, a == b)))
# fmt: on
