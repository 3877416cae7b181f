"""From a Python function to a graph: the function runs once on stand-ins that write down what is done to them.

What Python decides (loops over lists, ifs) is decided while tracing. An ``if`` on a traced value is decided by
the example, and a guard in the graph remembers that it was: with other inputs it fails rather than lie.
"""

import inspect
import linecache
import sys

import numpy as np

from karpathy_course.graph.core import Builder, GraphError, evaluated, pairs
from karpathy_course.graph.nesting import Nest, nest_of
from karpathy_course.ops import OPS
from karpathy_course.ops.array_library import is_array, library
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor.methods import Operators


class TraceError(TypeError):
    """Something that a graph cannot hold; the message quotes the learner's line and says what to do."""


class Traced(Operators):
    """A stand-in for an array while a function is traced: what is done to it becomes nodes of the graph.

    shape, dtype: the example's. value: the example itself, by which Python's branches are decided.
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
        array = np.asarray(other, dtype=self.dtype if isinstance(other, (int, float)) else None)
        return Traced(self.recorder, self.recorder.constant(array), array)

    def __getitem__(self, index):
        parts = index if isinstance(index, tuple) else (index,)
        parts = tuple(
            np.asarray(p) if isinstance(p, list) else int(p) if isinstance(p, np.integer) else p for p in parts
        )
        if len(parts) == 1 and (isinstance(parts[0], (Traced, np.ndarray))):
            return self._apply("take", self, parts[0], axis=0)
        if any(isinstance(p, (Traced, np.ndarray)) for p in parts):
            raise TraceError(_said("only one array of places may stand in the brackets while tracing"))
        return self._apply("getitem", self, index=parts if any(p is ... for p in parts) else (*parts, ...))

    def __setitem__(self, index, value):
        raise TraceError(_said("a traced value cannot be changed in place: build a new one with where, cat or stack"))

    def __bool__(self):
        if self.shape != ():
            raise TraceError(_said(f"an if needs one true or false, this has shape {self.shape}: use where()"))
        taken = bool(self.value)
        self.recorder.guard(self, taken, _line())
        return taken

    def decided(self, expected, where):
        """The example's truth, with a guard of another graph that is being taken into this one."""
        self.recorder.guard(self, expected, where)
        return self.value

    def _refuse(self, *_):
        raise TraceError(
            _said(
                "float(), int(), math.… and range() would freeze the example's number into the graph: "
                "use the value's own methods (x.exp()), or pass the number as it is"
            )
        )

    __float__ = __int__ = __index__ = __complex__ = item = tolist = numpy = _refuse

    def __array__(self, *_, **__):
        self._refuse()

    def __array_ufunc__(self, ufunc, method, *inputs, **keywords):
        name = next((name for name, row in OPS.items() if row.ufunc is ufunc), None)
        if method != "__call__" or keywords or name is None:
            raise TraceError(_said(f"np.{ufunc.__name__} is no operation of the table"))
        return self._apply(name, *inputs)

    def __repr__(self):
        return f"Traced({self.dtype} of shape {self.shape})"

    def __reduce__(self):
        raise TraceError(_said("a traced value lives only while its function is traced"))


class Recorder(Builder):
    """The graph that a trace writes, with the learner's line beside each operation.

    Transformations write theirs with it too; having no examples (``evaluating=False``), they decide no branch.
    """

    def __init__(self, evaluating=True):
        super().__init__()
        self.evaluating, self.lines, self.closed = evaluating, {}, False

    def apply(self, name, *inputs, **attributes):
        """One row on traced values and numbers; on numbers alone it is computed at once."""
        if any(isinstance(x, Traced) for x in inputs):
            return self.record(name, inputs, attributes)
        value = evaluated(name, *inputs, **attributes)
        return Traced(self, self.constant(value), value) if isinstance(value, np.ndarray) else value

    def record(self, name, inputs, attributes):
        if self.closed or any(isinstance(x, Traced) and x.recorder is not self for x in inputs):
            raise TraceError(
                _said(
                    "this value belongs to another trace: it was kept in a list or a global outside the function. "
                    "Return what you need instead"
                )
            )
        if name not in OPS:
            raise TraceError(_said(f"the table of operations has no row {name!r}"))
        if "dtype" in attributes:
            attributes = {**attributes, "dtype": _dtype_name(attributes["dtype"])}
        try:
            places = tuple(x.place if isinstance(x, Traced) else self.constant(_plain(x)) for x in inputs)
            place = self.add(name, places, pairs(attributes))
        except (ShapeError, GraphError) as error:
            raise TraceError(_said(str(error))) from error
        if not self.evaluating:
            return Traced(self, place, None)
        self.lines[place] = _line()
        with np.errstate(all="ignore"):
            value = evaluated(name, *(x.value if isinstance(x, Traced) else _plain(x) for x in inputs), **attributes)
        return Traced(self, place, value)

    def guard(self, condition, expected, where):
        if self.closed:
            raise TraceError(_said("this value belongs to a trace that is over"))
        self.put("guard", (condition.place,), (("expected", expected), ("where", where)), (), "bool")


def trace(fn, *examples):
    """The graph of what fn does to arguments like these examples.

    examples: arrays, Tensors or numbers, or lists, tuples and dicts of them; only their shapes and dtypes matter,
    and, where fn has an ``if`` on a value, which way it goes. fn returns one value or a nest of them; it must
    have no side effects: it is run twice, and both runs must write down the same graph.
    Raises TraceError (a TypeError), which quotes the line: a value that leaves the trace or is turned into a
    Python number, a change in place, a loop over a traced number, shapes or dtypes that do not fit.
    """
    graph, lines = _traced(fn, examples)
    again, _ = _traced(fn, examples)
    if not _same(graph, again):
        first = next((i for i, (a, b) in enumerate(zip(graph.code, again.code)) if repr(a) != repr(b)), len(again.code))
        where = next((line for place, line in lines.items() if place >= first), "the function")
        raise TraceError(
            f"{where}: traced twice, the function did two different things: it depends on something beside its "
            "arguments (random numbers, a counter, a list outside). Pass that in as an argument"
        )
    return graph


def _same(a, b):
    return len(a) == len(b) and a.outputs == b.outputs and all(map(_alike, a.code, b.code))


def _alike(a, b):
    return a[:2] == b[:2] and (a[2] is b[2] or repr(a[2]) == repr(b[2]))


def _traced(fn, examples):
    takes, leaves, names = arguments_of(fn, examples)
    recorder = Recorder()
    stand_ins = []
    for name, leaf in zip(names, leaves):
        value = example(leaf, name)
        stand_ins.append(Traced(recorder, recorder.input(value.shape, str(value.dtype)), value))
    arguments = takes.build(stand_ins)
    try:
        out = fn(*arguments)
    finally:
        recorder.closed = True
    if [id(x) for x in nest_of(arguments)[1]] != [id(x) for x in stand_ins]:
        raise TraceError("the function changed a list or dict that it was given: copy it first, and return what is new")
    gives, results, _ = nest_of(out)
    outputs = []
    for result in results:
        if not isinstance(result, Traced):
            outputs.append(recorder.constant(_plain(result)))
        elif result.recorder is not recorder:
            raise TraceError("the function returned a value of another trace: it was kept outside the function")
        else:
            outputs.append(result.place)
    return recorder.graph(outputs, names, takes, gives), recorder.lines


def arguments_of(fn, examples):
    """(how the arguments are nested, their leaves, what each is called: ``x``, ``weights[0]``, ``batch['labels']``)."""
    try:
        words = [w.name for w in inspect.signature(fn).parameters.values() if w.kind is not w.VAR_POSITIONAL]
    except (TypeError, ValueError):
        words = []
    parts, leaves, names = [], [], []
    for k, thing in enumerate(examples):
        nest, own, titles = nest_of(thing, words[k] if k < len(words) else f"x{k}")
        parts += nest.parts
        leaves += own
        names += titles
    return Nest("leaf", (), (Nest("tuple", (), tuple(parts)),)), leaves, names


def example(leaf, name):
    """An example as a NumPy array or number of its own dtype. Raises TraceError for what is neither."""
    leaf = getattr(leaf, "data", leaf) if isinstance(leaf, Operators) or hasattr(leaf, "local_derivatives") else leaf
    if is_array(leaf) and library(leaf) != "numpy":
        raise TraceError(f"example {name}: graphs compute with NumPy, this is an array of {library(leaf)}: convert it")
    array = np.asarray(float(leaf) if isinstance(leaf, int) else leaf)
    if array.dtype.kind not in "fiub":
        raise TraceError(f"example {name}: expected an array or a number, got {type(leaf).__name__}: {leaf!r:.60}")
    return array[()]


def _plain(x):
    """What a graph keeps of an input from outside: a number or a NumPy array."""
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, (bool, int, float)):
        return x
    array = np.asarray(getattr(x, "data", x) if isinstance(x, Operators) else x)
    if array.dtype.kind not in "fiub":
        raise TraceError(_said(f"expected a number or an array, got {type(x).__name__}: {x!r:.60}"))
    return array


def _dtype_name(dtype):
    return dtype if isinstance(dtype, str) else str(np.dtype(dtype))


def _line():
    """The learner's line that is running: ``file:line: code``."""
    frame = sys._getframe(1)
    while frame and (frame.f_globals.get("__name__") or "").startswith(("karpathy_course.", "numpy.")):
        frame = frame.f_back
    if frame is None:
        return "outside any function"
    path, number = frame.f_code.co_filename, frame.f_lineno
    code = linecache.getline(path, number).strip()
    code = code if len(code) <= 90 else code[:87] + "..."
    short = path.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{'cell' if short.startswith('<') or 'ipykernel' in path else short} line {number}" + f": `{code}`" * bool(
        code
    )


def _said(what):
    return f"{_line()}: {what}"
