"""The stand-in for an array while a function is traced: what is done to it becomes nodes of the graph.

What a graph cannot hold is refused here, each with the learner's line and with what to write instead: nothing
that Python or NumPy asks of a stand-in may be answered with the example's number in silence.
"""

from functools import wraps
from math import prod

import numpy as np

from karpathy_course.graph.learners_line import NoSuchMethod, TraceError, line, said
from karpathy_course.ops import OPS
from karpathy_course.ops.array_library import checked_places
from karpathy_course.tensor.methods import Operators

FROZEN = (
    "float(), int(), math.… and range() would freeze the example's number into the graph: "
    "use the value's own methods (x.exp()), or pass the number as it is"
)
IN_PLACE = "a traced value cannot be changed in place: build a new one with where, cat or stack"
# NumPy's functions that are no ufuncs, and what the course calls them.
_INSTEAD = {
    **{"where": "where(condition, a, b)", "stack": "stack([…], dim)", "concatenate": "cat([…], dim)"},
    **{"concat": "cat([…], dim)", "vstack": "cat([…], 0)", "hstack": "cat([…], -1)", "clip": "x.clamp(low, high)"},
    **{"dot": "a @ b", "inner": "a @ b", "outer": "a.reshape(-1, 1) * b", "tensordot": "a @ b", "einsum": "a @ b"},
    **{"sum": "x.sum(dim)", "mean": "x.mean(dim)", "var": "x.var(dim, correction=0)", "max": "x.amax(dim)"},
    **{"std": "x.std(dim, correction=0)", "min": "x.amin(dim)", "amax": "x.amax(dim)", "amin": "x.amin(dim)"},
    **{"argmax": "x.argmax(dim)", "reshape": "x.reshape(shape)", "ravel": "x.flatten()", "transpose": "x.T"},
    **{"expand_dims": "x.unsqueeze(dim)", "squeeze": "x.squeeze(dim)", "broadcast_to": "x.expand(shape)"},
    **{"take": "x[places]", "take_along_axis": "x.gather(dim, places)", "swapaxes": "x.transpose(dim0, dim1)"},
    **{"zeros_like": "x * 0", "ones_like": "x * 0 + 1", "any": "mask.to('float64').amax() > 0"},
    **{"all": "mask.to('float64').amin() > 0", "copy": "x itself: nothing changes it"},
    **{"round": "no rounding: its slope is 0 everywhere", "linalg.norm": "(x * x).sum().sqrt()"},
}
# Methods of NumPy's arrays and of Python's numbers that a traced value lacks.
_METHODS = {
    **{"any": _INSTEAD["any"], "all": _INSTEAD["all"], "dot": "a @ b", "astype": "x.to(dtype)", "clip": "clamp"},
    **{"copy": _INSTEAD["copy"], "clone": _INSTEAD["copy"], "ravel": "x.flatten()", "take": "x[places]"},
    **{"round": _INSTEAD["round"], "append": "stack([…]) or a list of values", "fill": "x * 0 + number"},
    **{"shuffle": "x[places]", "sort": "sorted(list(x)), which guards every comparison", "swapaxes": "transpose"},
}


class Traced(Operators):
    """A stand-in for an array while a function is traced.

    shape, dtype: the example's. value: the example itself, by which Python's branches are decided; ``==`` and
    the other comparisons become nodes, and an ``if`` on them a guard.
    """

    __slots__ = ("dtype", "place", "recorder", "shape", "value")

    def __init__(self, recorder, place, value):
        self.recorder, self.place, self.value = recorder, place, value
        self.shape, self.dtype = recorder.shapes[place], recorder.dtypes[place]

    def _apply(self, name, *inputs, **attributes):
        return self.recorder.apply(name, *inputs, **attributes)

    def _constant(self, other):
        if isinstance(other, Traced):
            return other
        other = getattr(other, "data", other) if isinstance(other, Operators) else other
        array = np.asarray(other, dtype=self.dtype if isinstance(other, (int, float)) else None)
        return Traced(self.recorder, self.recorder.constant(array), array)

    def _refused(self, error):
        return TraceError(said(str(error)))

    def __getitem__(self, index):
        parts = tuple(map(self._known, index if isinstance(index, tuple) else (index,)))
        masks = [p for p in parts if str(getattr(p, "dtype", "")) == "bool"]
        if any(isinstance(p, Traced) for p in masks):
            raise TraceError(
                said(
                    "a mask in the brackets picks as many elements as the example happens to have, and a graph has "
                    "one shape: write where(mask, x, 0) and keep the others as zeros"
                )
            )
        if masks:
            if len(parts) > 1:
                raise TraceError(said("a mask must stand alone in the brackets while tracing"))
            return self._masked(parts[0])
        if any(isinstance(p, (Traced, np.ndarray)) and "int" not in str(p.dtype) for p in parts):
            raise TraceError(said("places in the brackets are whole numbers: give the example as integers"))
        if len(parts) == 1 and isinstance(parts[0], (Traced, np.ndarray)):
            return self._apply("take", self, parts[0], axis=0)
        if any(isinstance(p, (Traced, np.ndarray)) for p in parts):
            raise TraceError(said("only one array of places may stand in the brackets while tracing"))
        return self._apply("getitem", self, index=parts if any(p is ... for p in parts) else (*parts, ...))

    def _known(self, part):
        """A part of an index as what it is: a constant of the graph is its array, whose values do not change."""
        if isinstance(part, Traced) and part.recorder is self.recorder:
            op, _, attributes = self.recorder.code[part.place]
            part = attributes[0][1] if op == "constant" else part
        elif isinstance(part, Operators) and not isinstance(part, Traced):
            part = part.data
        if isinstance(part, list) and any(isinstance(p, Traced) for p in part):
            raise TraceError(said("a list of traced values cannot stand in the brackets: make one array with stack"))
        part = np.asarray(part) if isinstance(part, (list, bool, np.bool_)) else part
        return int(part) if isinstance(part, np.integer) else part

    def _masked(self, mask):
        """A mask that does not depend on the inputs is the places where it holds, the same for every input."""
        if mask.shape != self.shape[: mask.ndim]:
            raise TraceError(said(f"a mask of shape {mask.shape} for a value of shape {self.shape}"))
        flat = self.reshape(mask.size, *self.shape[mask.ndim :]) if mask.ndim != 1 else self
        return self._apply("take", flat, np.flatnonzero(mask), axis=0)

    def gather(self, dim, index):
        """Along dim the elements at index, whole numbers with as many axes as x, as torch.gather."""
        index = self._known(index)
        index = np.asarray(index) if isinstance(index, int) else index
        if self.ndim + len(index.shape) in (0, 1):  # single numbers count as having one dim, as in torch
            return self.reshape(-1).gather(dim, index.reshape(-1)).reshape(index.shape)
        if len(index.shape) != self.ndim or not -self.ndim <= dim < self.ndim:
            raise TraceError(
                said(f"gather: dim {dim} and places of shape {tuple(index.shape)} for a value of shape {self.shape}")
            )
        dim %= self.ndim
        others = tuple(slice(None) if k == dim else slice(n) for k, n in enumerate(index.shape))
        places = np.arange(self.numel()).reshape(self.shape)[others]
        if not isinstance(index, Traced):
            try:
                index = checked_places(np, index, self.shape[dim], "gather: index", "places", negative=False)
            except IndexError as error:
                raise TraceError(said(str(error))) from None
            return self._apply("take", self.reshape(-1), np.take_along_axis(places, np.asarray(index), dim), axis=0)
        first, step = places.take([0], axis=dim), prod(self.shape[dim + 1 :])
        index = index if index.dtype == "int64" else index.to("int64")
        outside = (index < 0) | (index >= self.shape[dim])
        flat = self._apply("where", outside, self.numel(), index * step + first)  # `take` refuses a place behind all
        return self._apply("take", self.reshape(-1), flat, axis=0)

    def __setitem__(self, index, value):
        raise TraceError(said(IN_PLACE))

    def __delitem__(self, index):
        raise TraceError(said(IN_PLACE))

    def __bool__(self):
        if self.shape != ():
            raise TraceError(said(f"an if needs one true or false, this has shape {self.shape}: use where()"))
        taken = bool(self.value)
        self.recorder.guard(self, taken, line())
        return taken

    def decided(self, expected, where):
        """The example's truth, with a guard of another graph that is being taken into this one."""
        self.recorder.guard(self, expected, where)
        return self.value

    def __len__(self):
        if not self.shape:
            raise TraceError(said("len(), sum() and a loop need an axis, and this is a single number"))
        return self.shape[0]

    def __iter__(self):
        return (self[k] for k in range(len(self)))

    def __hash__(self):
        raise TraceError(
            said(
                "a traced value cannot be looked up in a set or be the key of a dict: they would compare the stand-in, "
                "not its number. Compare with ==, or look for it in a list or tuple"
            )
        )

    def __format__(self, form):
        if form:
            raise TraceError(said(f"a traced value has no number to format with {form!r}: print after tracing"))
        return repr(self)

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        instead = f": write {_METHODS[name]}" if name in _METHODS else ""
        raise NoSuchMethod(said(f"a traced value has no .{name}{instead}"))

    def __array__(self, *_, **__):
        raise TraceError(said(FROZEN))

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        name = next((name for name, row in OPS.items() if row.ufunc is ufunc), None)
        if name == "matmul" and method == "__call__" and not keywords:
            a, b = map(self._constant, inputs)
            return a @ b
        if method != "__call__" or keywords or name is None:
            raise TraceError(said(f"np.{ufunc.__name__} is no operation of the table" + _instead(ufunc.__name__)))
        return self._apply(name, *inputs)

    def __array_function__(self, function, *_):
        name = function.__name__
        raise TraceError(said(f"np.{name} is not traced" + _instead(name)))

    def __repr__(self):
        return f"Traced({self.dtype} of shape {self.shape})"

    def __reduce__(self):
        raise TraceError(said("a traced value lives only while its function is traced"))


def _instead(name):
    return f": write {_INSTEAD[name]}" if name in _INSTEAD else ""


def _refusing(what):
    def refused(self, *_, **__):
        raise TraceError(said(what))

    return refused


for _name in ("__float__", "__int__", "__index__", "__complex__", "item", "tolist", "numpy"):
    setattr(Traced, _name, _refusing(FROZEN))
for _names, _symbol in (
    (("__mod__", "__rmod__"), "%"),
    (("__floordiv__", "__rfloordiv__"), "//"),
    (("__divmod__", "__rdivmod__"), "divmod()"),
    (("__round__",), "round()"),
    (("__floor__", "__ceil__", "__trunc__"), "rounding to a whole number"),
    (("__xor__", "__rxor__"), "^"),
    (("__lshift__", "__rlshift__", "__rshift__", "__rrshift__"), "<< and >>"),
):
    for _name in _names:
        setattr(
            Traced,
            _name,
            _refusing(
                f"{_symbol} is no operation of the table: on plain numbers it may be done before tracing; "
                "as a function of x it jumps, so it has no useful slope"
            ),
        )


def _in_torchs_words(method):
    @wraps(method)
    def called(self, *arguments, **keywords):
        wrong = {"axis": "dim", "keepdims": "keepdim", "ddof": "correction"}
        for word in wrong.keys() & keywords.keys():
            value = keywords[word]
            raise TraceError(said(f"torch's word is {wrong[word]}: write x.{method.__name__}({wrong[word]}={value!r})"))
        return method(self, *arguments, **keywords)

    return called


for _name in [
    "sum",
    "mean",
    "var",
    "std",
    "amax",
    "amin",
    "max",
    "min",
    "argmax",
    "logsumexp",
    "log_softmax",
    "softmax",
    "squeeze",
    "unsqueeze",
]:
    if hasattr(Operators, _name):
        setattr(Traced, _name, _in_torchs_words(getattr(Operators, _name)))
