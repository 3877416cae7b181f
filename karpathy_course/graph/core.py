"""A graph as data: a list of operations in which each one names those made before it.

``code[i]`` is ``(op, inputs, attributes)``: a row of the table, the places of its inputs in the list, and
a tuple of (key, value) pairs. Beside the table's rows there are ``input``, ``constant``, ``guard`` (a side
output that says which branch was taken) and ``fused`` (several elementwise rows as one). Nothing is changed
once it is made: a pass takes a graph and gives another.
"""

import numpy as np

from karpathy_course.graph.errors import GraphError, GuardFailed, InputMismatch, StructureMismatch
from karpathy_course.graph.nesting import leaves_of, positional
from karpathy_course.ops import evaluate
from karpathy_course.ops.dtypes import DtypeError, number_kind
from karpathy_course.ops.table import result_dtype, result_shape

STRUCTURAL = ("input", "constant", "guard")


class Graph:
    """Operations in order, with the shape and dtype of each.

    inputs, outputs: places in code (an output may be None: a gradient of what is not used). names: the text of
    each input. takes, gives: how arguments and results are nested (see `nesting`). Calling it interprets it,
    one table row after the other; called with traced values it becomes part of their graph.
    """

    def __init__(self, code, shapes, dtypes, inputs, outputs, names, takes, gives):
        self.code, self.shapes, self.dtypes = code, shapes, dtypes
        self.inputs, self.outputs, self.names = inputs, outputs, names
        self.takes, self.gives = takes, gives

    def replace(self, **changes):
        """This graph with some of its parts changed, by the names that it is made with: ``replace(code=…)``."""
        return Graph(**{**vars(self), **changes})

    def __len__(self):
        return len(self.code)

    def __call__(self, *arguments, **keywords):
        values = leaves_of(self.takes, positional(self.takes, arguments, keywords) if keywords else arguments)
        traced = next((v for v in values if hasattr(v, "recorder")), None)
        if traced is None:
            values = [checked(self, k, v) for k, v in enumerate(values)]
        return self.gives.build(run(self, values, traced._apply if traced is not None else evaluated))

    def operations(self):
        """How many operations there are; inputs, constants and guards are none, and a fused one is its parts."""
        return sum(
            sum(part[0] != "constant" for part in attributes_of(attributes)["body"]) if op == "fused" else 1
            for op, _, attributes in self.code
            if op not in STRUCTURAL
        )

    def to_list(self):
        from karpathy_course.graph.as_list import to_list

        return to_list(self)

    @staticmethod
    def from_list(entries):
        from karpathy_course.graph.as_list import from_list

        return from_list(entries)

    @staticmethod
    def of(value):
        from karpathy_course.graph.from_eager import of

        return of(value)

    def __repr__(self):
        from karpathy_course.graph.export import to_text

        return to_text(self)


class Builder:
    """A graph in the making: `add` infers the shape and dtype of each operation and returns its place."""

    def __init__(self):
        self.code, self.shapes, self.dtypes, self.inputs = [], [], [], []

    def put(self, op, inputs, attributes, shape, dtype):
        self.code.append((op, inputs, attributes))
        self.shapes.append(shape)
        self.dtypes.append(dtype)
        return len(self.code) - 1

    def input(self, shape, dtype):
        self.inputs.append(self.put("input", (), (), shape, dtype))
        return self.inputs[-1]

    def constant(self, value, dtype=None):
        """A number or an array; dtype where a plain number stands for one of that dtype."""
        plain = isinstance(value, (bool, int, float))
        shape = () if plain else value.shape
        dtype = dtype or (number_kind(value) if plain else str(value.dtype))
        return self.put("constant", (), (("value", value),), shape, dtype)

    def add(self, op, inputs, attributes=()):
        """Raises ShapeError or GraphError where the operation cannot take what it is given."""
        shape = shape_of(op, [self.shapes[a] for a in inputs], attributes)
        named = dict(attributes).get("dtype") if attributes else None
        try:
            dtype = result_dtype(op, tuple([self.dtypes[a] for a in inputs]), named)
        except DtypeError as error:
            raise GraphError(str(error)) from None
        return self.put(op, inputs, attributes, shape, dtype)

    def graph(self, outputs, names, takes, gives):
        return Graph(self.code, self.shapes, self.dtypes, self.inputs, outputs, names, takes, gives)


def rebuilt(graph, builder, outputs):
    """The builder's graph with the signature of another one."""
    return builder.graph(outputs, graph.names, graph.takes, graph.gives)


def shape_of(op, shapes, attributes):
    return tuple(result_shape(op, shapes, run_attributes(attributes)))


def attributes_of(attributes):
    return dict(attributes)


def run_attributes(attributes):
    """The attributes that a row is called with: without the mark of a repeated operation."""
    return {k: v for k, v in attributes if k != "again"} if attributes else {}


def pairs(attributes):
    """A dict of attributes as the tuple that a graph keeps."""
    return tuple(sorted(attributes.items()))


def key_of(op, inputs, attributes):
    """Equal for operations that compute the same: -0.0 is not 0.0, and an array is its bytes."""
    if not attributes:
        return op, inputs
    return op, inputs, tuple((k, _exact(v)) for k, v in attributes)


def _exact(value):
    if isinstance(value, np.ndarray):
        return value.shape, str(value.dtype), value.tobytes()
    return value if type(value) in (str, bool) else (type(value).__name__, repr(value))


def evaluated(op, *values, **attributes):
    """One row on raw values; numbers alone give a number again, so that nothing is widened."""
    if all(type(v) in (bool, int, float) for v in values):
        with np.errstate(all="ignore"):
            out = evaluate(op, *(np.float64(v) if type(v) is float else v for v in values), **attributes)
        return out.item() if isinstance(out, np.generic) else out
    return evaluate(op, *values, **attributes)


def run(graph, values, apply):
    """The outputs of a graph for its inputs' values, by ``apply(op, *values, **attributes)`` on each operation."""
    memory = [None] * len(graph.code)
    fed = iter(values)
    for i, (op, inputs, attributes) in enumerate(graph.code):
        if op == "input":
            memory[i] = next(fed)
        elif op == "constant":
            memory[i] = attributes[0][1]
        elif op == "fused":
            memory[i] = run_fused(attributes_of(attributes)["body"], [memory[a] for a in inputs], apply)
        elif op == "guard":
            check_guard(memory[inputs[0]], **dict(attributes))
        else:
            memory[i] = apply(op, *[memory[a] for a in inputs], **run_attributes(attributes))
    return [None if o is None else memory[o] for o in graph.outputs]


def run_fused(body, values, apply):
    """The last of a fused operation's parts; a part's inputs count those of the whole first, then the parts."""
    values = list(values)
    for op, inputs, attributes in body:
        if op == "constant":
            values.append(attributes[0][1])
        else:
            values.append(apply(op, *[values[a] for a in inputs], **run_attributes(attributes)))
    return values[-1]


def check_guard(condition, expected, where):
    if hasattr(condition, "recorder"):
        condition = condition.decided(expected, where)
    if bool(condition) is not expected:
        taken, now = ("true", "false") if expected else ("false", "true")
        raise GuardFailed(
            f"{where}: this condition was {taken} when the graph was traced and is {now} now: trace again"
        )


def named(graph, inputs):
    """Which inputs these names mean: ``x`` is also every part of an argument x. Raises GraphError for no input."""
    found = []
    for name in [inputs] if isinstance(inputs, str) else inputs:
        own = [k for k, title in enumerate(graph.names) if title == name or title.startswith((f"{name}[", f"{name}."))]
        if not own:
            raise GraphError(f"the graph has no input {name!r}; it has {', '.join(graph.names)}")
        found += own
    return found


def checked(graph, k, value):
    """The value of input k, of the shape and dtype that the graph was made for. Raises GraphError."""
    place = graph.inputs[k]
    shape, dtype = graph.shapes[place], graph.dtypes[place]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and shape == ():
        return np.asarray(value, dtype=dtype)[()]
    if isinstance(value, (list, tuple, dict, str)) or value is None:
        kind = type(value).__name__
        raise StructureMismatch(
            f"{graph.names[k]}: expected one array or number, got {kind}", f"{graph.names[k]}: {kind}"
        )
    if hasattr(value, "requires_grad") or not hasattr(value, "dtype"):  # of a Tensor or a Value, what it holds
        value = getattr(value, "data", value)
    found = tuple(getattr(value, "shape", ())), str(getattr(value, "dtype", type(value).__name__))
    if found != (shape, dtype):
        raise InputMismatch(
            f"input {graph.names[k]}: the graph was traced for {dtype} of shape {shape}, "
            f"this is {found[1]} of shape {found[0]}: trace again, or convert it",
            f"input {graph.names[k]}: {found[1]} of shape {found[0]}",
        )
    return value
