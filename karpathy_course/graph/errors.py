"""What can be wrong with a graph, and the one question a caller asks: does it fit what it was called with?

`DoesNotFit` is the answer "no: trace again": a branch, a shape or dtype, or the nesting of the arguments is not
what the graph was traced with. `jit` catches that one class and nothing else.
"""

from functools import wraps


class DoesNotFit(Exception):
    """A graph was called with something that it was not traced for: trace again with it.

    what: the condition, input or argument that did not fit, and what was given; `jit` lists them.
    """

    def __init__(self, message, what=None):
        super().__init__(message)
        self.what = what or message.partition(": this condition")[0]


class GraphError(ValueError):
    """A graph that cannot be, or inputs that are not those it was made for; the message names what and where."""


class GuardFailed(DoesNotFit, RuntimeError):
    """A branch that was taken in the trace would not be taken now; the message quotes the learner's line."""


class InputMismatch(DoesNotFit, GraphError):
    """An input of another shape or dtype than the graph was traced for."""


class StructureMismatch(DoesNotFit, TypeError):
    """Arguments that are nested otherwise than the graph's, or another fixed value (None, text, True)."""


def takes_a_graph(function):
    """The function, refusing whatever is no graph in words that say what was given and what to do."""

    @wraps(function)
    def checked(graph, *arguments, **keywords):
        if not all(hasattr(graph, part) for part in ("code", "shapes", "dtypes")):
            raise TypeError(f"{function.__name__}: expected a graph, got {_given(graph)}")
        return function(graph, *arguments, **keywords)

    return checked


def _given(thing):
    if hasattr(thing, "source") and hasattr(thing, "graph"):
        return "a compiled program: give the graph that it was made of, program.graph"
    if isinstance(thing, (list, tuple)):
        return f"a {type(thing).__name__}: make a graph of its entries first, Graph.from_list(entries)"
    if callable(thing):
        name = getattr(thing, "__name__", "fn")
        name = "fn" if name == "<lambda>" else name
        return f"a function: trace it first, for example trace({name}, 1.0)"
    return f"{type(thing).__name__}: {thing!r:.60}"
