"""A function that traces itself: again whenever what it is given does not fit the traces that it has."""

import threading
from functools import update_wrapper

from karpathy_course.graph.codegen import compile
from karpathy_course.graph.errors import DoesNotFit
from karpathy_course.graph.passes.eliminating_dead import eliminate_dead
from karpathy_course.graph.passes.folding import fold_constants
from karpathy_course.graph.passes.fusing import fuse_elementwise
from karpathy_course.graph.passes.merging_common import merge_common
from karpathy_course.graph.passes.rewriting import optimize
from karpathy_course.graph.passes.simplifying import simplify
from karpathy_course.graph.tracing import trace, traced_among

MOST = 8  # traces of one function; more mean that something is traced that should be an argument
EXACT = (fold_constants, simplify, merge_common, eliminate_dead, fuse_elementwise)


class TooManyTraces(RuntimeError):
    """A function was traced `MOST` times and still does not fit; the message lists what kept changing."""


class Retraced:
    """What `jit` returns. programs: the compiled traces, the one that fitted last first."""

    def __init__(self, fn):
        update_wrapper(self, fn)
        self.fn, self.programs, self._met, self._lock = fn, [], {}, threading.Lock()

    def __call__(self, *arguments):
        if traced_among(arguments):
            return self.fn(*arguments)  # becomes part of the graph that is being traced
        refused = []
        for program in list(self.programs):
            try:
                out = program(*arguments)
            except DoesNotFit as error:
                refused.append(error)
                continue
            if refused:  # the next call is probably like this one
                with self._lock:
                    self.programs.remove(program)
                    self.programs.insert(0, program)
            return out
        with self._lock:
            for error in refused:
                self._met.setdefault(error.what)
            if len(self.programs) >= MOST:
                raise TooManyTraces(self._changing())
            program = compile(optimize(trace(self.fn, *arguments), EXACT), "program")
            self.programs.insert(0, program)
        return program(*arguments)

    def _changing(self):
        name = getattr(self.fn, "__name__", "the function")
        listed = "".join(f"\n  {what}" for what in self._met)
        return (
            f"jit: {name} was traced {MOST} times, and this call fits none of the traces. What kept changing:{listed}\n"
            "Write a branch with where(), give every batch the same shape, and pass a number that changes "
            "(a step, a rate) as an argument that is used as a number"
        )


def jit(fn):
    """fn as a function that is traced, optimised and compiled when first called, and again when that does not fit.

    Each trace holds for one nesting, one shape and dtype of every argument and one way through fn's branches;
    the ones that there are are tried, the last that fitted first, before fn is traced again. None, True and text
    among the arguments belong to the function: another one means another trace. Results are nested like fn's,
    and may be changed in place. fn must have no side effects: a call that fits does not run it.
    Raises TooManyTraces after 8 traces, and whatever `trace` raises.
    """
    return Retraced(fn)
