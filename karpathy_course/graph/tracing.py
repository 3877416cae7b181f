"""From a Python function to a graph: the function runs once on stand-ins that write down what is done to them.

What Python decides (loops over lists, ifs) is decided while tracing. An ``if`` on a traced value is decided by
the example, and a guard in the graph remembers that it was: with other inputs it fails rather than lie.
"""

import inspect
import threading

import numpy as np

from karpathy_course.graph.core import Builder, GraphError, evaluated, pairs
from karpathy_course.graph.learners_line import TraceError, line, said
from karpathy_course.graph.nesting import Nest, nest_of
from karpathy_course.graph.traced_value import Traced
from karpathy_course.ops import OPS
from karpathy_course.ops.array_library import is_array, library
from karpathy_course.ops.shapes import ShapeError
from karpathy_course.tensor.methods import Operators


class _Running(threading.local):
    traces = 0  # of this thread alone


_running = _Running()


def traced_among(arguments):
    """Whether a stand-in is among the arguments; at no cost while nothing is traced."""
    return _running.traces > 0 and any(isinstance(x, Traced) for x in nest_of(arguments)[1])


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
                said(
                    "this value belongs to another trace: it was kept in a list or a global outside the function. "
                    "Return what you need instead"
                )
            )
        if name not in OPS:
            raise TraceError(said(f"the table of operations has no row {name!r}"))
        if "dtype" in attributes:
            attributes = {**attributes, "dtype": _dtype_name(attributes["dtype"])}
        try:
            places = tuple(x.place if isinstance(x, Traced) else self.constant(_plain(x)) for x in inputs)
            place = self.add(name, places, pairs(attributes))
        except (ShapeError, GraphError) as error:
            raise TraceError(said(str(error))) from error
        if not self.evaluating:
            return Traced(self, place, None)
        self.lines[place] = line()
        with np.errstate(all="ignore"):
            value = evaluated(name, *(x.value if isinstance(x, Traced) else _plain(x) for x in inputs), **attributes)
        return Traced(self, place, value)

    def guard(self, condition, expected, where):
        if self.closed:
            raise TraceError(said("this value belongs to a trace that is over"))
        self.put("guard", (condition.place,), (("expected", expected), ("where", where)), (), "bool")


def trace(fn, *examples):
    """The graph of what fn does to arguments like these examples.

    examples: arrays, Tensors or numbers, or lists, tuples and dicts of them; only their shapes and dtypes matter,
    and, where fn has an ``if`` on a value, which way it goes. fn returns one value or a nest of them; it must
    have no side effects: it is run twice, and both runs must write down the same graph.
    One thing cannot be seen: ``isinstance(x, float)`` is False of a stand-in. Ask for a kind of container instead.
    Raises TraceError (a TypeError), which quotes the line: a value that leaves the trace or is turned into a
    Python number, a change in place, a loop over a traced number, shapes or dtypes that do not fit.
    """
    graph, lines = _traced(fn, examples)
    again, _ = _traced(fn, examples)
    if not _same(graph, again):
        first = next((i for i, (a, b) in enumerate(zip(graph.code, again.code)) if repr(a) != repr(b)), len(again.code))
        where = next((text for place, text in lines.items() if place >= first), "the function")
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
    _running.traces += 1
    try:
        out = fn(*arguments)
    finally:
        recorder.closed = True
        _running.traces -= 1
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
        raise TraceError(said(f"expected a number or an array, got {type(x).__name__}: {x!r:.60}"))
    return array


def _dtype_name(dtype):
    return dtype if isinstance(dtype, str) else str(np.dtype(dtype))
