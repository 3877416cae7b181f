"""Running a learner's function from outside: which of its lines ran, what it answers on plain numbers, and an end.

``while x < 10: x = x * 2`` never ends at x = 0, and its tape grows until the memory is full. So Python's own trace
hook counts the lines that run in the learner's files (not in the course's or in a library's), and stops the run.
"""

import inspect
import sys
import sysconfig
import textwrap
from functools import lru_cache
from pathlib import Path

import numpy as np

from karpathy_course.ops import OPS, evaluate

ON_NUMBERS, ON_NODES = 10_000, 2_000  # the function's own lines in one run; more than 60 nodes are not drawn anyway
ELSEWHERE = 30_000  # lines of the learner's other functions: the longest tracer that is drawn runs 20 000
MOST_SHOWN = 30  # lines of source
COURSE = str(Path(__file__).resolve().parents[2])
LIBRARIES = ("<frozen", COURSE, *{sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib")})


def source_of(fn):
    """(the function's lines, the number of the first); no lines where there are none to read or too many to show."""
    try:
        lines, first = inspect.getsourcelines(fn)
    except (OSError, TypeError):
        return [], 1
    lines = textwrap.dedent("".join(lines)).rstrip().split("\n")
    return (lines, first) if len(lines) <= MOST_SHOWN else ([], 1)


class Endless(BaseException):
    """Raised inside a function that was stopped. No Exception, so that the function's own handlers let it pass."""


@lru_cache(maxsize=1000)
def _is_the_learners(file):
    return not file.startswith(LIBRARIES)


class Watched:
    """Inside ``with Watched(fn, most) as lines``, ``lines`` collects which of fn's lines run, counted from its first.

    Raises Endless, with how many lines ran, after most of fn's own or ELSEWHERE in the learner's other functions.
    """

    def __init__(self, fn, most):
        self.code, self.most = getattr(fn, "__code__", None), {True: most, False: ELSEWHERE}

    def __enter__(self):
        self.lines, self.before, self.ran = set(), sys.gettrace(), {True: 0, False: 0}
        sys.settrace(self._called)
        return self.lines

    def __exit__(self, *_):
        sys.settrace(self.before)

    def _called(self, frame, event, argument):
        return self._line if frame.f_code is self.code or _is_the_learners(frame.f_code.co_filename) else None

    def _line(self, frame, event, argument):
        if event == "line":
            own = frame.f_code is self.code
            self.ran[own] += 1
            if self.ran[own] > self.most[own]:
                raise Endless(f"{self.most[own]:,} lines")
            if own:
                self.lines.add(frame.f_lineno - self.code.co_firstlineno)
        return self._line


class Number(float):
    """A plain number that also has the table's functions as methods: ``x.tanh()``, as nodes have them."""

    def __getattr__(self, name):
        if name not in OPS:
            raise AttributeError(f"a number has no {name!r}")

        def apply(*operands):
            with np.errstate(all="ignore"):
                return Number(evaluate(name, np.float64(self), *operands))

        return apply


def _as_number(method):
    def operator(self, *operands):
        out = method(self, *operands)
        return Number(out) if isinstance(out, float) else out

    return operator


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow", "rpow", "neg", "abs"):
    setattr(Number, f"__{_name}__", _as_number(getattr(float, f"__{_name}__")))


def on_plain_numbers(fn, numbers):
    """What fn answers on plain numbers: a float, or None where it raises or answers something else.

    Raises Endless as Watched does.
    """
    for kind in (float, Number):  # Number only for a function that calls methods, because it is no plain float
        try:
            with Watched(fn, ON_NUMBERS):
                answer = fn(*map(kind, numbers))
            return float(answer) if isinstance(answer, (int, float, np.number, np.bool_)) else None
        except AttributeError:
            continue
        except Exception:
            return None
    return None
