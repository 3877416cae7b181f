"""Python's operators and PyTorch's methods, spelled once for everything that rows of the table apply to.

`Tensor` computes at once, a traced value only writes down what it is asked: both say how in ``_apply(name,
*inputs, **attributes)``, and have ``shape`` and ``dtype``. Here torch's words (dim, keepdim) become the
Array API's (axis, keepdims). This file computes nothing itself.
"""

from math import prod

from karpathy_course.ops.shapes import AxisError, ShapeError


def _binary(name):
    return lambda self, other: self._apply(name, self, other)


def _reflected(name):
    return lambda self, other: self._apply(name, other, self)


def _unary(name):
    return lambda self: self._apply(name, self)


class Operators:
    """What Tensor and traced values share. ``dim`` counts from 0, or from the end when negative."""

    __slots__ = ()
    __array_ufunc__ = None  # a NumPy array on the left then leaves the operation to this class
    __hash__ = object.__hash__  # `==` compares numbers, as in PyTorch; as a key a value is itself

    __add__, __sub__, __mul__, __truediv__, __pow__ = map(_binary, ("add", "sub", "mul", "div", "pow"))
    __radd__, __rsub__, __rmul__, __rtruediv__, __rpow__ = map(_reflected, ("add", "sub", "mul", "div", "pow"))
    __eq__, __ne__, __lt__, __le__, __gt__, __ge__ = map(_binary, ("eq", "ne", "lt", "le", "gt", "ge"))
    __and__, __or__ = _binary("logical_and"), _binary("logical_or")
    __pos__ = lambda self: self
    __neg__, __abs__, __invert__ = _unary("neg"), _unary("abs"), _unary("logical_not")
    maximum, minimum, pow = _binary("maximum"), _binary("minimum"), _binary("pow")
    exp, log, log1p, sqrt, sin, cos = map(_unary, ("exp", "log", "log1p", "sqrt", "sin", "cos"))
    tanh, sigmoid, relu, erf, sign = map(_unary, ("tanh", "sigmoid", "relu", "erf", "sign"))
    abs, detach = _unary("abs"), _unary("detach")

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def T(self):
        return self.permute(range(self.ndim)[::-1])

    @property
    def mT(self):
        return self._apply("mT", self)

    def dim(self):
        return len(self.shape)

    def size(self, dim=None):
        if dim is None:
            return tuple(self.shape)
        if not self.shape:
            raise self._refused(AxisError("size: a single number has no dim"))
        return self.shape[self._place("size", dim)]

    def numel(self):
        return prod(self.shape)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a single number: it has no axis")
        return self.shape[0]

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def to(self, dtype):
        """In another dtype: ``"float32"``, or what the array's library calls it."""
        return self._apply("astype", self, dtype=dtype)

    def float(self):
        return self.to("float32")

    def double(self):
        return self.to("float64")

    def square(self):
        return self * self

    def clamp(self, min=None, max=None):
        """What lies outside is moved to the nearer bound; the gradient at a bound is 1, beyond it 0, as in torch."""
        if min is None and max is None:
            raise self._refused(ValueError("clamp: give min, max or both"))
        out = self if min is None else self._apply("where", self < min, min, self)
        return out if max is None else out._apply("where", out > max, max, out)

    def sum(self, dim=None, keepdim=False):
        return self._apply("sum", self, axis=self._dims("sum", dim), keepdims=keepdim)

    def mean(self, dim=None, keepdim=False):
        total = self.sum(dim, keepdim)
        return total / self._each(total)

    def var(self, dim=None, *, correction=1, keepdim=False):
        """The mean squared distance from the mean, over n - correction as in torch; NumPy's is correction=0."""
        off = self - self.mean(dim, keepdim=True)
        total = (off * off).sum(dim, keepdim)
        return total / max(0, self._each(total) - correction)

    def std(self, dim=None, *, correction=1, keepdim=False):
        """The square root of `var`: over n - correction as in torch; NumPy's is correction=0."""
        return self.var(dim, correction=correction, keepdim=keepdim).sqrt()

    def amax(self, dim=None, keepdim=False):
        return self._apply("max", self, axis=self._dims("amax", dim), keepdims=keepdim)

    def amin(self, dim=None, keepdim=False):
        return self._apply("min", self, axis=self._dims("amin", dim), keepdims=keepdim)

    def max(self, dim=None, keepdim=False):
        """The largest element, or along dim the largest elements and their indices, as torch.max."""
        return self.amax() if dim is None else self._at(self.argmax(dim, keepdim=True), dim, keepdim)

    def min(self, dim=None, keepdim=False):
        """The smallest element, or along dim the smallest elements and their indices, as torch.min."""
        return self.amin() if dim is None else self._at(self.argmin(dim, keepdim=True), dim, keepdim)

    def _at(self, index, dim, keepdim):
        values = self.gather(dim, index)
        return (values, index) if keepdim else (values.squeeze(dim), index.squeeze(dim))

    def argmax(self, dim=None, keepdim=False):
        return self._apply("argmax", self, axis=self._dims("argmax", dim), keepdims=keepdim)

    def argmin(self, dim=None, keepdim=False):
        return self._apply("argmin", self, axis=self._dims("argmin", dim), keepdims=keepdim)

    def logsumexp(self, dim, keepdim=False):
        return self._apply("logsumexp", self, axis=self._dims("logsumexp", dim), keepdims=keepdim)

    def log_softmax(self, dim):
        return self - self.logsumexp(dim, keepdim=True)

    def softmax(self, dim):
        if not self.shape:
            return self.reshape(1).softmax(dim).reshape(())
        return self._apply("softmax", self, axis=dim)

    def cross_entropy(self, target):
        """The mean of -log softmax(self)[target]; self: (…, classes), target: (…), whole numbers."""
        return self._apply("cross_entropy", self, target)

    def matmul(self, other):
        """``self @ other`` by NumPy's and PyTorch's rules: vectors, matrices, stacks of matrices that broadcast."""
        n, m = self.ndim, other.ndim
        if n == m == 2:
            return self._apply("matmul", self, other)
        if n == 1 and m >= 1:
            out = self.reshape(1, -1) @ other
            return out.reshape(*out.shape[:-2], out.shape[-1]) if m > 1 else out.reshape(())
        if m == 1 and n >= 1:
            out = self @ self._constant(other).reshape(-1, 1)
            return out.reshape(*out.shape[:-1])
        if m == 2 < n and self.shape[-1] == other.shape[0]:  # one product of matrices is quicker than a stack of them
            out = self._apply("matmul", self.reshape(-1, self.shape[-1]), other)
            return out.reshape(*self.shape[:-1], other.shape[-1])
        return self._apply("matmul", self, other)

    __matmul__ = matmul

    def __rmatmul__(self, other):
        return self._constant(other).matmul(self)

    def reshape(self, *shape):
        return self._apply("reshape", self, shape=_many(shape))

    view = reshape

    def flatten(self, start_dim=0, end_dim=-1):
        start, end = self._place("flatten", start_dim), self._place("flatten", end_dim)
        if start > end:
            raise self._refused(ShapeError(f"flatten: start_dim {start_dim} comes after end_dim {end_dim}"))
        return self.reshape(*self.shape[:start], prod(self.shape[start : end + 1]), *self.shape[end + 1 :])

    def unsqueeze(self, dim):
        at = self._place("unsqueeze", dim, among=self.ndim + 1)
        return self.reshape(*self.shape[:at], 1, *self.shape[at:])

    def squeeze(self, dim=None):
        gone = range(self.ndim) if dim is None else self._places("squeeze", _many((dim,)))
        return self.reshape(*(n for k, n in enumerate(self.shape) if n != 1 or k not in gone))

    def permute(self, *dims):
        if not dims:
            raise self._refused(TypeError("permute: give every dim once, in the new order"))
        return self._apply("permute_dims", self, axes=self._places("permute", _many(dims)))

    def transpose(self, dim0, dim1):
        dims = list(range(self.ndim))
        if dims:
            a, b = self._place("transpose", dim0), self._place("transpose", dim1)
            dims[a], dims[b] = dims[b], dims[a]
        else:
            self._places("transpose", (dim0, dim1), twice=True)
        return self.permute(dims)

    def expand(self, *sizes):
        sizes = _many(sizes)
        lead = len(sizes) - self.ndim
        shape = tuple(self.shape[k - lead] if n == -1 and k >= lead else n for k, n in enumerate(sizes))
        return self._apply("broadcast_to", self, shape=shape)

    def _each(self, total):
        """How many numbers went into each one of a reduction's."""
        return self.numel() // max(1, prod(total.shape))

    def _dims(self, name, dim):
        """A reduction's axes: None for all of them, as torch means it by None, () and a single number's dim 0."""
        dim = tuple(dim) if isinstance(dim, list) else dim
        if dim is None or dim == ():
            return None
        if not self.shape:
            self._places(name, dim if isinstance(dim, tuple) else (dim,))
            return None
        return dim

    def _places(self, name, dims, twice=False):
        places = tuple(self._place(name, dim) for dim in dims)
        if len(set(places)) < len(places) and not twice:
            raise self._refused(ShapeError(f"{name}: dims {tuple(dims)}: one of them stands twice"))
        return places

    def _place(self, name, dim, among=None):
        """A dim counted from the front, or an AxisError (an IndexError as torch's); a single number has dim 0."""
        n = max(1, self.ndim if among is None else among)
        if isinstance(dim, bool) or not hasattr(dim, "__index__") or not -n <= dim < n:
            what = f"dim {dim!r} of a value of shape {tuple(self.shape)}: its dims are {-n} to {n - 1}"
            raise self._refused(AxisError(f"{name}: {what}"))
        return dim % n

    def _refused(self, error):
        """The error to raise; a traced value says where."""
        return error


def _many(words):
    """``(2, 3)`` of both ``f(2, 3)`` and ``f((2, 3))``."""
    return tuple(words[0]) if len(words) == 1 and not isinstance(words[0], int) else tuple(words)
